"""Readers by what somebody at the desk types: name, pinyin, initials, class, or the number on the card."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from kiosk.models import Reader, SchoolClass
from kiosk.search_text import normal, readings

LONGEST = 80  # characters that are looked at; no name is longer
_DIGITS = {each: number for number, each in enumerate("零一二三四五六七八九十")} | {"两": 2}
_CLASS = re.compile(
    r"([0-9]{1,2}|[一二三四五六七八九]|十[一二]?)(?:年级?|-)?[(（]?([0-9]{1,2}|[一二三四五六七八九十]{1,3})[)）]?班?"
)


@dataclass(frozen=True, slots=True)
class FoundReader:
    """A reader as a list of the desk shows them; `grade` and `number` are of the class, if they are in one."""

    id: int
    card: str
    name: str
    category: str
    class_id: int | None
    grade: int | None
    number: int | None


_READERS = select(
    Reader.id, Reader.card, Reader.name, Reader.category, Reader.class_id, SchoolClass.grade, SchoolClass.number
).outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)


def find(connection: Connection, words: str, limit: int = 20) -> list[FoundReader]:
    """The readers whom every one of the words fits, at most `limit`: class by class, the likeliest names first.

    Who has left the school is not among them.
    """
    asked = [word for word in words[:LONGEST].split() if normal(word)]
    if not asked:
        return []
    readers = (FoundReader(*row) for row in connection.execute(_READERS.where(Reader.left_on.is_(None))))
    found = [reader for reader in readers if all(_fits(reader, word) for word in asked)]
    return sorted(found, key=lambda reader: _order(reader, asked))[:limit]


def of(connection: Connection, reader: int) -> FoundReader | None:
    """One reader, told as `find` tells them."""
    row = connection.execute(_READERS.where(Reader.id == reader)).first()
    return FoundReader(*row) if row else None


def named_class(word: str) -> tuple[int, int] | None:
    """The grade and number of the class that the word names: 3-2, 三2班, 三年级（2）班; or None."""
    found = _CLASS.fullmatch(word)
    if found is None or (word.isdecimal() and word.isascii()):
        return None
    grade, number = (_number(each) for each in found.groups())
    return grade, number


def _number(written: str) -> int:
    if written.isdecimal():
        return int(written)
    tens, _, ones = written.rpartition("十")
    if "十" not in written:
        return _DIGITS[written[-1]]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _fits(reader: FoundReader, word: str) -> bool:
    if (named := named_class(word)) is not None and named == (reader.grade, reader.number):
        return True
    asked = normal(word)
    return any(asked in way for way in _ways(reader.name)) or reader.card.casefold().startswith(word.casefold())


def _order(reader: FoundReader, asked: Iterable[str]) -> tuple[Any, ...]:
    begins = any(way.startswith(normal(word)) for word in asked for way in _ways(reader.name))
    return not begins, reader.grade or 99, reader.number or 99, reader.card


@lru_cache(maxsize=20_000)
def _ways(name: str) -> tuple[str, ...]:
    """How a name may be written or said: its characters, its pinyin and its initials."""
    said = (way for reading in readings(name) for way in reading)
    return tuple(dict.fromkeys((normal(name), *said)))
