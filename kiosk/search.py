"""Titles by what somebody types or scans: Chinese, pinyin, initials, ISBN, author, class number, a copy's label.

Every word that is typed must be somewhere in the one text of a title (kiosk.search_text). What the words begin comes
before what only holds them, the shorter title before the longer, and what is no longer in stock comes last.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from kiosk.labels import CopyLabel, LabelRules, isbn13, meanings
from kiosk.models import Copy, Title
from kiosk.search_text import FIELD, SOUND, normal, readings

LONGEST = 300  # characters that are looked at; no title is longer
MOST_WORDS = 12
_SPARE = 30
_PLAIN = LabelRules()
# Where an input method was used half-way, 小wz, each part is looked for by itself; 3d打印 and 第2册 are read as one.
_PARTS = re.compile(r"[0-9]*[a-z][a-z0-9]*|[^a-z]+")
_LATIN = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class FoundTitle:
    """A title as a list shows it. `stocked`: not all of its copies were withdrawn."""

    id: int
    isbn: str | None
    title: str
    author: str
    publisher: str
    class_number: str
    kind: str
    stocked: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the titles found, the likeliest first, and whether there are more.

    `by_sound`: nothing is written like that, but these are said like it. `named` is the one title whose ISBN or whose
    copy's number was given in full.
    """

    titles: tuple[FoundTitle, ...] = ()
    more: bool = False
    by_sound: bool = False
    named: int | None = None


_IN_STOCK, _COPIES = func.count(Copy.id).filter(Copy.state != "withdrawn"), func.count(Copy.id)
_SHOWN = (
    select(
        *(Title.id, Title.isbn, Title.title, Title.author, Title.publisher, Title.class_number, Title.kind),
        or_(_IN_STOCK > 0, _COPIES == 0),
    )
    .select_from(Title)
    .outerjoin(Copy, Copy.title_id == Title.id)
    .group_by(Title.id)
)


@dataclass(frozen=True, slots=True)
class _Query:
    """What is looked for: `words` must all be there; `whole` may begin a text, each of `sounds` a pronunciation."""

    words: tuple[str, ...]
    whole: str
    sounds: tuple[str, ...]
    named: tuple[int, ...] = ()


def find(connection: Connection, words: str, *, limit: int = 20, offset: int = 0, rules: LabelRules = _PLAIN) -> Found:
    """The titles that the words mean, from `offset` on, at most `limit`; nothing for words without letter or digit.

    The words are what a person types or a scanner reads; `rules` say how this school's labels are made.
    """
    words = words[:LONGEST]
    query = _query(words)
    if not query.words:
        return Found()
    query = replace(query, named=_named(connection, words, rules))
    found = _page(connection, query, limit, offset)
    if not found.titles and (heard := _by_sound(query)):
        found = replace(_page(connection, heard, limit, offset), by_sound=True)
    return replace(found, named=query.named[0] if len(query.named) == 1 else None)


def described(connection: Connection, title: int) -> FoundTitle | None:
    """One title by its id."""
    row = connection.execute(_SHOWN.where(Title.id == title)).first()
    return FoundTitle(*row) if row else None


def _query(words: str) -> _Query:
    whole = normal(words)
    parts = [part for word in words.split() for part in _PARTS.findall(normal(word))]
    sounds = (whole,) if whole.isascii() else tuple(_spoken(whole)) if _LATIN.search(whole) else ()
    return _Query(tuple(dict.fromkeys(parts))[:MOST_WORDS], whole, sounds)


def _by_sound(query: _Query) -> _Query | None:
    """The same by its pinyin: another character of the same sound was meant, or the traditional one."""
    if query.whole.isascii():
        return None
    words = (_spoken(word)[0] for word in query.words)
    return replace(query, words=tuple(filter(None, words)), sounds=(_spoken(query.whole)[0],))


def _spoken(text: str) -> tuple[str, str]:
    """The pinyin of what is Chinese in it, and its initials; what is Latin stays as it is."""
    parts = [(part, part) if part.isascii() else readings(part)[0] for part in _PARTS.findall(text)]
    return "".join(pinyin for pinyin, _ in parts), "".join(initials for _, initials in parts)


def _named(connection: Connection, words: str, rules: LabelRules) -> tuple[int, ...]:
    """The titles with this ISBN, or with a copy of this label or accession number."""
    numbers = [each.number for each in meanings(words, rules) if isinstance(each, CopyLabel)]
    ways: list[ColumnElement[bool]] = []
    if numbers:
        ways.append(Title.id.in_(select(Copy.title_id).where(Copy.label.in_(numbers))))
        if any(map(str.isdigit, words)):
            ways.append(Title.id.in_(select(Copy.title_id).where(Copy.accession.in_(numbers))))
    if isbn := isbn13(words):
        ways.append(Title.isbn == isbn)
    return tuple(connection.scalars(select(Title.id).where(or_(*ways)).limit(9))) if ways else ()


def _page(connection: Connection, query: _Query, limit: int, offset: int) -> Found:
    """Only the likeliest are looked up in the stock, so many that the few without a copy can hardly leave a gap."""
    wanted = offset + limit + 1
    asked = wanted + wanted // 8 + _SPARE
    while True:
        titles = _likeliest(connection, query, asked)
        stocked = [each for each in titles if each.stocked]
        if len(stocked) >= wanted or len(titles) < asked:
            break
        asked *= 4
    ordered = [*stocked, *(each for each in titles if not each.stocked)]
    return Found(tuple(ordered[offset : offset + limit]), len(ordered) >= wanted)


def _likeliest(connection: Connection, query: _Query, most: int) -> Sequence[FoundTitle]:
    """So many titles in order, as if every one were in stock."""
    rank, length = _rank(query).label("rank"), func.length(Title.title).label("length")
    first = select(Title.id, rank, length).where(_fits(query)).order_by(rank, length, Title.id).limit(most).subquery()
    order = (first.c.rank, first.c.length, Title.id)
    found = _SHOWN.join(first, first.c.id == Title.id).group_by(*order).order_by(*order)
    return [FoundTitle(*row) for row in connection.execute(found)]


def _fits(query: _Query) -> ColumnElement[bool]:
    # No sign of LIKE's own is left in a normal text, so there is nothing to escape.
    text = Title.search
    if len(query.whole) == 1 and query.whole.isascii():  # one letter is in nearly everything
        fits = or_(text.like(f"{query.whole}%"), text.like(f"%{SOUND}{query.whole}%"))
    else:
        fits = and_(*(text.like(f"%{word}%") for word in query.words))
    return or_(fits, Title.id.in_(query.named)) if query.named else fits


def _rank(query: _Query) -> ColumnElement[int]:
    text, whole = Title.search, query.whole
    ranks = (
        text.like(f"{whole}{FIELD}%"),
        text.like(f"{whole}%"),
        Title.id.in_(query.named) if query.named else None,
        or_(*(text.like(f"%{SOUND}{each}%") for each in query.sounds)) if query.sounds else None,
        text.like(f"%{FIELD}{whole}%"),
    )
    return case(*((fits, rank) for rank, fits in enumerate(ranks) if fits is not None), else_=len(ranks))
