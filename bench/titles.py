"""A school's 50,000 titles, made up: a few hundred Chinese words in the forms that titles have, numbered volumes,
Chinese and foreign authors, ISBNs with right check digits, class numbers of the 中图法; and their copies."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, insert

from kiosk.database import Database
from kiosk.models import Copy, Loan, Place, Reader, SchoolClass, Title

_WORDS = """
小王子 狐狸 魔法 海底 森林 时间 星星 月亮 太阳 恐龙 爸爸 妈妈 奶奶 外婆 老师 学校
教室 同桌 秘密 花园 城堡 公主 骑士 巫婆 长袜子 木偶 玻璃 石头 河流 大海 草原 沙漠
冬天 春天 夏天 秋天 夜晚 清晨 雨滴 雪花 白云 彩虹 蝴蝶 蜜蜂 蚂蚁 青蛙 乌龟 兔子 老虎
狮子 大象 鲸鱼 海豚 企鹅 猫头鹰 麻雀 燕子 天鹅 骆驼 小狗 黑猫 白马 火车 飞机 帆船
气球 风筝 钢琴 小提琴 图书馆 博物馆 中国 长城 黄河 长江 北京 上海 西安 重庆 敦煌
丝绸之路 唐诗 宋词 成语 汉字 论语 三国 水浒 西游 红楼 聊斋 数学 物理 化学 生物 地理
历史 天文 宇宙 地球 火山 地震 台风 人体 细胞 植物 昆虫 机器人 编程 人工智能 航天 火箭
潜水艇 音乐 绘画 书法 围棋 足球 篮球 游泳 勇气 友谊 梦想 孤独 快乐 悲伤 愤怒 诚实
成长 冒险 旅行 环游 侦探 幽灵 怪物 外星人 精灵 龙 凤凰 神话 传说
"""
_FORMS = """
{a}的{b} {a}与{b} {a}和{b}的{c} 会飞的{a} {a}历险记 {a}奇遇记 给孩子的{a} 写给儿童的{a}史 我的{a}{b} {a}里的{b} {a}{b}记
十万个为什么·{a} 了不起的{a} 寻找{a} {a}小百科 谁动了我的{a} 长长的{a} 重返{a} {a}之歌 没有{a}的{b} 神奇校车：{a}
DK{a}百科全书 {a}第{n}册 {a}{n}
"""
_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
_GIVEN = "文轩清秋冰心渊洁红樱华伟敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英金波润青云山树人立之先光远志国安康思"
_FOREIGN = "安徒生 格林 罗尔德·达尔 圣埃克苏佩里 林格伦 法布尔 凡尔纳 杨·布热德 新美南吉 E.B.怀特 J.K.罗琳"
_CLASSES = "I287.45 I287.5 I287.7 I287.8 I516.88 I561.84 I712.84 K82 K209 N49 P1-49 Q95-49 V4-49 O1-49 J228 G634 TP242"


def build(file: Path, titles: int, now: datetime) -> None:
    """Make the database: so many titles, twice as many copies, every fortieth copy on loan."""
    database, rng = Database(f"sqlite:///{file}", "NORMAL"), Random(4)
    database.migrate()
    database.write(lambda connection: _furnish(connection, titles, rng, now))
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("ANALYZE")
    database.engine.dispose()


def _furnish(connection: Connection, titles: int, rng: Random, now: datetime) -> None:
    connection.execute(insert(SchoolClass), [{"id": 1, "grade": 3, "number": 2}])
    places = [("低年级书架", "shelf", None), ("三2班图书角", "corner", 1), ("阅览室", "reading_room", None)]
    connection.execute(insert(Place), [{"name": name, "kind": kind, "class_id": of} for name, kind, of in places])
    readers = [{"id": n, "card": f"2025{n:05}", "name": "王小明", "category": "student"} for n in range(1, 1201)]
    connection.execute(insert(Reader), readers)
    connection.execute(insert(Title), list(_titles(titles, rng)))
    copies = [_copy(n, titles, rng) for n in range(1, 2 * titles + 1)]
    connection.execute(insert(Copy), copies)
    connection.execute(insert(Loan), [_loan(copy, rng, now) for copy in copies[::40] if copy["state"] == "ok"])


def _titles(count: int, rng: Random) -> Iterator[dict[str, Any]]:
    words, forms, classes = _WORDS.split(), _FORMS.split(), _CLASSES.split()
    for n in range(1, count + 1):
        a, b, c = rng.sample(words, 3)
        title = rng.choice(forms).format(a=a, b=b, c=c, n=rng.randint(1, 30))
        yield {"id": n, "isbn": _isbn(n), "title": title, "author": _author(rng), "class_number": rng.choice(classes)}


def _author(rng: Random) -> str:
    if rng.random() < 0.3:
        return f"[{rng.choice('英法德美日')}]{rng.choice(_FOREIGN.split())}"
    return rng.choice(_FAMILY) + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2)))) + rng.choice(("", " 著", " 编"))


def _isbn(n: int) -> str:
    twelve = f"9787{n * 1_987 % 100_000_000:08}"
    return twelve + str(-sum(int(each) * (3 if at % 2 else 1) for at, each in enumerate(twelve)) % 10)


def _copy(n: int, titles: int, rng: Random) -> dict[str, Any]:
    title = n % titles + 1
    state = "withdrawn" if title % 50 == 0 else rng.choice(("ok",) * 30 + ("repair", "lost"))
    place = rng.choice((1, 1, 1, 1, 2, 3))
    return {"id": n, "label": f"{n:08}", "accession": f"A{n:07}", "title_id": title, "place_id": place, "state": state}


def _loan(copy: dict[str, Any], rng: Random, now: datetime) -> dict[str, Any]:
    lent, ids = now - timedelta(days=rng.randint(1, 20)), {"copy_id": copy["id"], "title_id": copy["title_id"]}
    due = (lent + timedelta(days=14)).date()
    return {**ids, "reader_id": rng.randint(1, 1200), "lent_at": lent, "lent_station": "entrance", "due_on": due}
