"""What a title can be found by, as one text: title, author, ISBN, class number, pinyin and its initials.

A field begins after a line break, and each way in which the title may be said or abbreviated after a tab; so that a
find knows where it begins, and none reaches from one field into the next.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

FIELD, SOUND = "\n", "\t"  # nothing that is typed holds them, once it is `normal`
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_MARKS = " 《「『【〈〔([“‘\"'"
# Characters that a title or a family name may begin with, and their readings. The dictionary of phrases knows most, but
# not whether 长长的路 or 重重的心事 is meant, and no names: 曾, 单, 查, 朴.
_READ_TWICE = """
长長chang,zhang 重zhong,chong 行xing,hang 乐樂le,yue 曾ceng,zeng 朝chao,zhao 传傳chuan,zhuan 单單dan,shan
调調diao,tiao 都dou,du 觉覺jue,jiao 藏cang,zang 盛sheng,cheng 弹彈tan,dan 会會hui,kuai 校xiao,jiao 降jiang,xiang
种種zhong,chong 还還hai,huan 没沒mei,mo 着著zhe,zhao,zhu 参參can,shen 差cha,chai 率shuai,lv 强強qiang,jiang 解jie,xie
查cha,zha 盖蓋gai,ge 仇chou,qiu 区區qu,ou 翟zhai,di 尉wei,yu 薄bo,bao 卜bu,bo 车車che,ju 卡ka,qia 便bian,pian
扁bian,pian 剥剝bao,bo 爪zhua,zhao 壳殼ke,qiao 蚌bang,beng 蛤ha,ge 贾賈jia,gu 角jiao,jue 血xue,xie 露lu,lou 熟shu,shou
大da,dai 地di,de 得de,dei 了liao,le 数數shu,shuo 说說shuo,shui 谁誰shui,shei 省sheng,xing 宿su,xiu 吓嚇xia,he
叶葉ye,xie 阿a,e 厦廈xia,sha 沈shen,chen 见見jian,xian 奇qi,ji 塞sai,se 尾wei,yi 削xiao,xue 殷yin,yan 折zhe,she
朴樸pu,piao 缪繆miao,mou 繁fan,po 褚chu,zhu
"""


def normal(text: str) -> str:
    """How text is compared: nothing but letters and digits, the letters small, without width or accents, ü as v."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("u\u0308", "v")
    return "".join(each for each in plain if each.isalnum())


def search_text(title: str, author: str, isbn: str, class_number: str) -> str:
    """The normalised text of a title's row; a search is a LIKE on it."""
    written = FIELD.join(map(normal, (title, author, isbn, class_number)))
    return f"{written}{FIELD}{SOUND}{_joined(SOUND, title)}{FIELD}{_joined(FIELD, author)}"


def _joined(between: str, text: str) -> str:
    return between.join(dict.fromkeys(each for way in zip(*readings(text), strict=True) for each in way))


def readings(text: str) -> list[tuple[str, str]]:
    """The pinyin of the whole text and its initials, in each way in which its first character may be read.

    Never empty, the likeliest first. Of what is not Chinese, words are kept and give their first letter, numbers stay.
    """
    return [("".join(sounds), "".join(map(_initial, sounds))) for sounds in _sounds(text)]


def _initial(sound: str) -> str:
    return sound if sound.isdigit() else sound[:1]


def _sounds(text: str) -> Iterator[list[str]]:
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a while to load, and most programs add no title

    text = unicodedata.normalize("NFKC", text).lstrip(_MARKS)
    said = lazy_pinyin(text, style=Style.NORMAL)
    sounds = [normal(word) for each in said for word in _WORDS.findall(each)]
    yield sounds
    same = len(text) - len(text.lstrip(text[:1]))  # 重重的心事: both are read alike
    for other in _read_twice().get(text[:1], ()):
        if other != sounds[0]:
            yield [*[other] * same, *sounds[same:]]


@cache
def _read_twice() -> dict[str, list[str]]:
    found = re.findall(r"([^\x00-\x7f]+)([a-z,]+)", _READ_TWICE)
    return {character: sounds.split(",") for characters, sounds in found for character in characters}
