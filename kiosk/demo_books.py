"""The demo school's titles: the Ministry of Education's 2020 reading list for primary schools, and a few invented ones.

The list gives no ISBN, so its titles have none here. Only the invented titles carry ISBNs, under 979-9, a prefix that
the International ISBN Agency has given to nobody: scanned by mistake they can never mean a real book.
"""

import csv
from dataclasses import dataclass
from importlib import resources
from random import Random

_LIST = "moe-2020-primary-110.csv"
_INVENTED = "演示数据"


@dataclass(frozen=True, slots=True)
class Book:
    """A title and how many copies of it; `grades` are the lowest and the highest it is meant for."""

    title: str
    author: str
    class_number: str
    grades: tuple[int, int]
    copies: int
    kind: str = "book"
    isbn: str | None = None
    publisher: str = ""


# Class numbers (中图法) of the list's titles 1 to 110, short as a school library writes them.
_CLASS_NUMBERS = """
D6 K92 K82 I287.8 I287.7 I287.2 I287.7 I287.7 I287.8 I287.5
I287.8 I287.8 I287.8 I516.88 I521.84 P1-49 V4-49 O1-49 Q95-49 J22
J82 K827 K828 K209 K92 K835 B-49 B-49 I287.5 I277.4
I277.5 I287.7 I287.7 J228 I287.7 I287.7 I287.45 I287.2 I287.7 I287.2
I287.7 I287.8 I546.84 I712.88 I313.84 N49 K87 Q96-49 V4-49 N33-49
N49 O6-49 J228 K825 J238 A4 D2 A7 D92 K82
K27 K82 I22 K826 B-49 B-49 H194 I222.7 I266 I287.6
I287.7 I246.5 I287.7 I247 I247 I287.45 I267 I287.6 I287.45 I287.45
I287.45 I287.45 I287.45 I287.45 I287.45 I287.45 I287.45 I534.88 I712.84 K837
I565.88 I516.88 I561.84 K99 N12 N092 K91 TS20 Q17 P1-49
X5 P15 N49 Q96-49 J29 J82 J228 J82 J60 TU-8
"""

INVENTED = (
    Book("示例图书：校园里的树", "演示编写组", "S718", (1, 6), 1, isbn="9799000000011", publisher=_INVENTED),
    Book("示例图书：班级故事集", "演示编写组", "I287.5", (1, 6), 4, isbn="9799000000028", publisher=_INVENTED),
    Book("示例图书：天气日记", "演示编写组", "P4-49", (3, 6), 1, isbn="9799000000035", publisher=_INVENTED),
    Book("示例期刊：小学生科学（1）", "", "N49", (3, 6), 2, kind="periodical", publisher=_INVENTED),
    Book("示例期刊：小学生科学（2）", "", "N49", (3, 6), 2, kind="periodical", publisher=_INVENTED),
    Book("示例教材：口算练习", "演示编写组", "G62", (3, 3), 10, kind="textbook", publisher=_INVENTED),
)


def reading_list(rng: Random) -> list[Book]:
    """The list's 110 titles in its own order, each with the number of copies that a school might have."""
    text = resources.files("kiosk").joinpath("data", _LIST).read_text("utf-8-sig")
    rows = zip(csv.DictReader(text.splitlines()), _CLASS_NUMBERS.split(), strict=True)
    return [
        Book(row["title"], row["author"], number, _grades(row["grades"]), rng.choice((3, 4, 5, 5, 6, 6, 7, 7)))
        for row, number in rows
    ]


def _grades(written: str) -> tuple[int, int]:
    low, high = written.split("-")
    return int(low), int(high)
