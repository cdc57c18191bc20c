"""PURE. Invented names for a demo school: common surnames, and given names put together from common characters."""

from collections.abc import Iterator
from random import Random

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁沈任"
    "姚卢姜崔谭陆汪范石廖贾韦夏付方邹熊白孟秦邱侯江尹薛"
)
_DOUBLE_SURNAMES = ("欧阳", "司马", "诸葛", "上官")
_FIRST = "子思雨梓一欣佳明浩嘉文晓俊若诗志心家书天语安承可雅景瑞清乐怀知"
_SECOND = "涵怡轩宇琪妍辰泽萱宁豪睿洋菲阳悦彤航晨博瑶然霖楠琳桐恒诺远帆"
_SHORT = "宁悦晨博睿涵楠阳帆航彤琪洋森雪颖磊倩"


def names(rng: Random) -> Iterator[str]:
    """Names without end, each given once; about one in sixty has a surname of two characters."""
    given: set[str] = set()
    while True:
        name = _one(rng)
        if name not in given:
            given.add(name)
            yield name


def _one(rng: Random) -> str:
    if rng.random() < 1 / 60:
        surname = rng.choice(_DOUBLE_SURNAMES)
    else:
        surname = _SURNAMES[min(int(rng.expovariate(1 / 18)), len(_SURNAMES) - 1)]  # the commonest stand first
    if rng.random() < 0.15:
        return surname + rng.choice(_SHORT)
    return surname + rng.choice(_FIRST) + rng.choice(_SECOND)
