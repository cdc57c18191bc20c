"""Find a book: what the self-check answers to whoever types there. Where a book is, and never who has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, current_app, render_template, request

from kiosk.marks import say
from kiosk.search import Found, FoundTitle, find
from kiosk.whereabouts import Whereabouts, where
from kiosk.words import class_name, short_day, translations
from web.language import speaking
from web.selfcheck import station
from web.view import Book

bp = Blueprint("finder", __name__)

MOST = 12
_STILL = 5  # seconds of a session's silence that typing need not end at once

# Of a title's copies the nearest to hand is told: how near, the symbol and the meaning of each status, and its words.
_ASIDE = {"shelf": 0, "corner": 1, "reading_room": 2}
_STATUS = {
    "in": (0, "i-check", "well"),
    "unseen": (1, "i-home", "look"),
    "loan": (2, "i-out", "look"),
    "kept": (3, "i-out", "look"),
    "repair": (4, "i-close", "not"),
    "lost": (5, "i-close", "not"),
    "withdrawn": (6, "i-close", "not"),
}
_SENTENCES = {
    "shelf": say("On the shelf: %(place)s"),
    "corner": say("%(class_name)s's book corner"),
    "reading_room": say("For reading here: %(place)s"),
    "unseen": say("Just came back: ask the teacher"),
    "loan": say("At home with someone until %(day)s"),
    "late": say("Somebody still has it"),
    "kept": say("Kept for someone who asked first"),
    "repair": say("Being mended"),
    "lost": say("Missing at the moment"),
    "withdrawn": say("No longer in the library"),
    "": say("Not in the library yet"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A title that was found: where its nearest copy is, what that means, and whether it may be waited for."""

    book: Book
    where: str
    symbol: str
    kind: str
    reservable: bool


@bp.get("/find")
def search() -> str:
    """The titles for ?q=, as a piece of the page in the station's language."""
    house, here = current_app.extensions["kiosk"], station()
    told = here.payload()
    if told["phase"] == "session" and told["seconds"] < told["secondsTotal"] - _STILL:
        here.stay()
    words, language = request.args.get("q", ""), told["language"]
    today = house.clock().astimezone(house.desk.zone).date()
    with house.database.reading() as connection:
        found = find(connection, words, limit=MOST, rules=house.config.labels.rules)
        copies = where(connection, (each.id for each in found.titles), today)
    hits = [_hit(each, copies[each.id], language) for each in found.titles]
    with speaking(language):
        html: str = render_template("selfcheck/found.html", **_shown(words, found, hits))
    return str(house.spelt(html)) if language != "en" else html


def _shown(words: str, found: Found, hits: list[Hit]) -> dict[str, Any]:
    return {"asked": bool(words.strip()), "hits": hits, "more": found.more, "by_sound": found.by_sound}


def _hit(title: FoundTitle, copies: Sequence[Whereabouts], language: str) -> Hit:
    book = Book("", title.title, title.author, title.class_number, title.id)
    if not copies:
        return Hit(book, _said("", language), "i-close", "not", False)
    nearest = min(copies, key=lambda copy: (_STATUS[copy.status][0], _ASIDE.get(copy.place_kind, 0), _until(copy)))
    _, symbol, kind = _STATUS[nearest.status]
    return Hit(book, _whereabouts(nearest, language), symbol, kind, _reservable(copies))


def _until(copy: Whereabouts) -> date:
    return copy.until or date.max


def _reservable(copies: Sequence[Whereabouts]) -> bool:
    """None can be taken now, but one may come back."""
    lent = [copy for copy in copies if copy.place_kind != "reading_room"]
    return not any(copy.is_in for copy in lent) and any(copy.status not in ("lost", "withdrawn") for copy in lent)


def _whereabouts(copy: Whereabouts, language: str) -> str:
    key = copy.status
    if copy.is_in:
        key = "corner" if copy.grade is not None else "reading_room" if copy.place_kind == "reading_room" else "shelf"
    elif copy.late:
        key = "late"
    return _said(
        key,
        language,
        place=copy.place,
        class_name=class_name(copy.grade, copy.number, language),
        day=_day(copy, language),
    )


def _day(copy: Whereabouts, language: str) -> str:
    return short_day(copy.until, language) if copy.until else ""


def _said(key: str, language: str, **facts: str) -> str:
    return translations(language).gettext(_SENTENCES[key]) % facts
