"""Search: titles as one types, where each copy is, and who waits. What is scanned opens its title at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, request
from sqlalchemy import Connection

from kiosk.marks import say
from kiosk.search import LONGEST, Found, FoundTitle, described, find
from kiosk.whereabouts import Person, Waiting, Whereabouts, holders, waiting, where
from kiosk.words import day
from web.librarian.classes import class_name
from web.librarian.door import bp, house, language, person, render, words
from web.view import Book

PAGE = 20
_FARTHEST = 2_000  # titles; whoever looks further types another word

# What is true of a copy -> its meaning and its words.
_STATES = {
    "in": ("well", say("In")),
    "loan": ("look", say("On loan until %(day)s")),
    "late": ("not", say("Overdue since %(day)s")),
    "kept": ("look", say("Set aside until %(day)s")),
    "unseen": ("look", say("Returned at %(note)s, not yet seen")),
    "repair": ("look", say("In repair")),
    "lost": ("not", say("Lost")),
    "withdrawn": ("not", say("Withdrawn")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A title of the list and how many of its copies are in, of those not withdrawn."""

    id: int
    book: Book
    stocked: bool
    there: int
    stock: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A copy as the panel shows it; `reader` has it at home or has it set aside, where one may know."""

    copy: Whereabouts
    place: str
    kind: str
    said: str
    note: str
    reader: str


@bp.get("/search", endpoint="search")
def search_page() -> str:
    """The page for ?q=, from ?from= on; with the panel of ?title= or of the title that was named in full."""
    with house().database.reading() as connection:
        shown = _listed(connection)
        named = request.args.get("title", shown["named"], int)
        panel = _panel(connection, named) if named else {}
    return render("librarian/search.html", **shown, **panel)


@bp.get("/search/list")
def search_list() -> str:
    """The titles alone, for a page that asks as one types."""
    with house().database.reading() as connection:
        return render("librarian/search_list.html", **_listed(connection))


@bp.get("/titles/<int:number>")
def title(number: int) -> str:
    """The page of one title."""
    with house().database.reading() as connection:
        shown = _panel(connection, number) or abort(404)
    return render("librarian/search.html", **_shown("", 0, Found(), []), **shown)


@bp.get("/titles/<int:number>/panel")
def title_panel(number: int) -> str:
    """The same as a piece of the search page."""
    with house().database.reading() as connection:
        shown = _panel(connection, number) or abort(404)
    return render("librarian/title_panel.html", **shown)


def _listed(connection: Connection) -> dict[str, Any]:
    typed, start = request.args.get("q", "")[:LONGEST], request.args.get("from", 0, int)
    start = min(max(start, 0), _FARTHEST)
    found = find(connection, typed, limit=PAGE, offset=start, rules=house().config.labels.rules)
    copies = where(connection, (each.id for each in found.titles), _today())
    return _shown(typed, start, found, [_row(each, copies[each.id]) for each in found.titles])


def _shown(typed: str, start: int, found: Found, rows: list[Row]) -> dict[str, Any]:
    more = start + PAGE if found.more and start < _FARTHEST else 0
    back = max(start - PAGE, 0) if start else None
    said = {"by_sound": found.by_sound, "named": found.named, "more": more, "back": back}
    return {"typed": typed, "rows": rows, **said}


def _row(found: FoundTitle, copies: Sequence[Whereabouts]) -> Row:
    stock = [copy for copy in copies if copy.status != "withdrawn"]
    there = sum(copy.is_in for copy in stock)
    return Row(found.id, _book(found), found.stocked, there, len(stock))


def _book(found: FoundTitle) -> Book:
    return Book("", found.title, found.author, found.class_number, found.id)


def _panel(connection: Connection, number: int) -> dict[str, Any]:
    """Everything about one title; nothing where there is none. Names are for those who serve readers."""
    found = described(connection, number)
    if found is None:
        return {}
    copies = where(connection, [number], _today())[number]
    queue = waiting(connection, number) if person().may("serve") else []
    readers = holders(connection, [copy.id for copy in copies]) if person().may("serve") else {}
    readers = {**{each.copy_id: each.reader for each in queue if each.copy_id}, **readers}
    return {
        "title": found,
        "book": _book(found),
        "copies": [_standing(copy, readers.get(copy.id)) for copy in copies],
        "queue": [_waits(each, copies) for each in queue],
    }


def _standing(copy: Whereabouts, reader: Person | None) -> Standing:
    kind, sentence = _STATES["late" if copy.late else copy.status]
    until = day(copy.until, language()) if copy.until else ""
    said = words(sentence, day=until, note=copy.note)
    note = copy.note if copy.status == "repair" else ""
    return Standing(copy, copy.place, kind, said, note, _named(reader) if reader else "")


def _waits(each: Waiting, copies: Sequence[Whereabouts]) -> tuple[str, str, str]:
    """Who waits, since when, and the label of the copy set aside."""
    since = day(each.made_at.astimezone(house().desk.zone).date(), language())
    return _named(each.reader), since, next((copy.label for copy in copies if copy.id == each.copy_id), "")


def _named(reader: Person) -> str:
    if reader.grade is None or reader.category == "class":
        return reader.name
    return f"{reader.name} · {class_name(reader.grade, reader.number)}"


def _today() -> date:
    return house().clock().astimezone(house().desk.zone).date()
