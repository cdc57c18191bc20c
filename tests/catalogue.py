"""A few titles worth looking for, added to the school of `cast`: the same on every database."""

from typing import Any

from sqlalchemy import Connection, insert

from kiosk.database import Database
from kiosk.models import Copy, Title
from kiosk.search import Found, find
from tests.cast import CORNER_3_2, READING_ROOM, SHELF

PRINCE, PRINCE_TALES, LITTLE_HORSE, FIELDS, LONG_ROAD, HEAVY, GREEN, PRINTING, SONGS, LATIN, GONE_TITLE, HAT = range(
    101, 113
)
ISBN_OF_PRINCE = "9787020042494"
ISBN10_OF_PRINCE = "7-02-004249-X"
# id, title, author, ISBN, class number
TITLES = (
    (PRINCE, "小王子", "[法]圣埃克苏佩里", ISBN_OF_PRINCE, "I565.88"),
    (PRINCE_TALES, "小王子的故事集", "曹文轩", None, "I287.45"),
    (LITTLE_HORSE, "小马过河", "彭文席 文/陈永镇 画", None, "I287.8"),
    (FIELDS, "青铜葵花", "曹文轩 著", None, "I287.45"),
    (LONG_ROAD, "长长的路", "曾文", None, "I247"),
    (HEAVY, "重重的石头", "查理·王", None, "I247"),
    (GREEN, "绿野仙踪", "[美]弗兰克·鲍姆", None, "I712.84"),
    (PRINTING, "3D打印·小学生第2册", "Ann Lee", None, "TP3"),
    (SONGS, "儿歌300首", "金波，郑春华等 著", None, "I287.2"),
    (LATIN, "The Little Prince", "Antoine de Saint-Exupéry", None, "H319.4"),
    (GONE_TITLE, "小王", "佚名", None, "I287"),
    (HAT, "魔法师的帽子", "[芬]托芙·扬松", None, "I531.88"),
)
# label, accession number, title, place, state
COPIES = (
    ("P00001", "2019-0001", PRINCE, SHELF, "ok"),
    ("P00002", "2019-0002", PRINCE, CORNER_3_2, "ok"),
    ("P00003", "", PRINCE, SHELF, "withdrawn"),
    ("P00004", "", PRINCE_TALES, SHELF, "ok"),
    ("P00005", "", FIELDS, READING_ROOM, "ok"),
    ("P00006", "", GONE_TITLE, SHELF, "withdrawn"),
    ("P00007", "", HAT, SHELF, "lost"),
)


def stock(database: Database) -> None:
    """Put the titles and their copies into the school."""
    database.write(_stock)


def _stock(connection: Connection) -> None:
    names: tuple[str, ...] = ("id", "title", "author", "isbn", "class_number")
    connection.execute(insert(Title), [_row(names, each) for each in TITLES])
    names = ("label", "accession", "title_id", "place_id", "state")
    connection.execute(insert(Copy), [{"id": 101 + n, **_row(names, each)} for n, each in enumerate(COPIES)])


def _row(names: tuple[str, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


def ids(found: Found) -> list[int]:
    """The titles found, in their order."""
    return [each.id for each in found.titles]


QUERIES = (
    *("小王子", "王子", "小", "xwz", "xiao wang zi", "x", "an", "小wz", "caowenxuan", "曹文轩", "I287.45", "i287"),
    *("9787020042494", "7-02-004249-X", "P00003", "2019-0002", "魔法師的帽子", "小王自", "qqqq", "!?", "%", "_", "的"),
)


def answers(database: Database) -> list[list[int]]:
    """What each of QUERIES finds."""
    with database.reading() as connection:
        return [ids(find(connection, words, limit=50)) for words in QUERIES]
