"""Finding a reader whose card is forgotten: by name, pinyin or its initials, card or class."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import Connection, select

from kiosk.models import Reader, SchoolClass
from kiosk.names import grade_name
from kiosk.search_text import normal, search_text

MOST = 30
_ALL = (
    select(
        *(Reader.id, Reader.card, Reader.name, Reader.category, Reader.left_on),
        *(SchoolClass.grade, SchoolClass.number),
    )
    .outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)
    .order_by(SchoolClass.grade.is_(None), SchoolClass.grade, SchoolClass.number, Reader.name, Reader.id)
)
_CLASS = re.compile(
    r"(?P<grade>[0-9]{1,2}|[一二三四五六七八九十]{1,2})(?:年级|年級|年|[-.(（])?(?P<number>[0-9]{1,2})[)）]?班?"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A reader as a list of them shows one."""

    id: int
    card: str
    name: str
    category: str
    left_on: date | None
    grade: int | None
    number: int | None


def find(connection: Connection, query: str, most: int = MOST) -> tuple[Found, ...]:
    """The readers for whom every word of the query holds: who has that card first, those who have left the school last,
    otherwise class by class. Nothing for an empty query."""
    words = query[:80].split()
    if not any(map(normal, words)):
        return ()
    readers = (Found(*row) for row in connection.execute(_ALL))
    found = [each for each in readers if all(_holds(word, each) for word in words)]
    cards = {normal(word) for word in words}
    found.sort(key=lambda each: (normal(each.card) not in cards, each.left_on is not None))
    return tuple(found[:most])


def _holds(word: str, reader: Found) -> bool:
    plain = normal(word)
    if not plain or plain in normal(reader.card) or plain in _name_text(reader.name):
        return True
    return reader.grade is not None and any(
        (reader.grade, reader.number) == (grade, number) for grade, number in _classes(word)
    )


def _classes(word: str) -> Iterable[tuple[int, int]]:
    """The classes that a word can name: 3-2, 三2, 三年级2班, 302."""
    if found := re.fullmatch(r"([0-9]{1,2})0([0-9])", word):
        yield int(found[1]), int(found[2])
    if found := _CLASS.fullmatch(word):
        grades = {grade_name(grade, "zh"): grade for grade in range(1, 11)} | {"十一": 11, "十二": 12}
        grade = found["grade"]
        yield (int(grade) if grade.isdigit() else grades.get(grade, 0)), int(found["number"])


@lru_cache(maxsize=8192)
def _name_text(name: str) -> str:
    return search_text(name, "", "", "")
