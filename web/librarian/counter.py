"""The counter: a card opens its reader's page, a book is lent or taken back, and everything else is one key.

The browser keeps whose page is open, in its address and in what it sends; the answer to each scan or key is the whole
stage, drawn here.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, abort, jsonify, request

from kiosk import counter_deeds, counter_scan, photos, reader_page, recent
from kiosk.counter import Counter
from kiosk.counter_deeds import DEEDS, Deed
from kiosk.sitting import Answer, Sitting
from web import posted
from web.librarian import counter_keys, counter_said, counter_words, picks
from web.librarian.classes import category_name, class_name
from web.librarian.door import bp, house, language, person, render, require
from web.librarian.moments import today, when, zone
from web.librarian.reconcile_words import DAMAGES
from web.librarian.serving import at_desk

QUIET = timedelta(minutes=10)  # until a reader's page closes by itself: the next card must not find it open
_LONGEST = 300  # characters of what is typed
_NUMBERS = 2**31


@bp.before_request
def _may_serve() -> None:
    if request.endpoint and request.endpoint.startswith(("librarian.counter", "librarian.readers")):
        require("serve")


@bp.get("/counter")
def counter() -> str:
    """The whole page, with the reader open whom its address names."""
    sitting, is_closed = _of_address()
    stage = _stage(Answer(sitting), is_closed)
    return render(
        "librarian/counter.html",
        **{**stage, "volume": house().config.sound.volume, "quiet": int(QUIET.total_seconds())},
        overrides=picks.OVERRIDES,
        damages=DAMAGES,
    )


@bp.get("/counter/stage")
def counter_stage() -> Response:
    """The stage as its address would show it; `closed` says that a page was open too long."""
    sitting, is_closed = _of_address()
    return _told(Answer(sitting), is_closed or "closed" in request.args)


@bp.post("/counter/scan")
def counter_scanned() -> Response:
    """One code: {"id", "text", "at", "sent"}; an id counts once."""
    body, rules = posted.body(), house().config.labels.rules
    sitting, text = _asked_in(body), posted.text(body)
    return _answer(body, lambda counter: counter_scan.scan(counter, sitting, text, rules))


@bp.post("/counter/do")
def counter_done() -> Response:
    """One key: {"id", "do", "at", "sent"} and what that deed needs; an id counts once."""
    body = posted.body()
    sitting, deed = _asked_in(body), _deed(body)
    return _answer(body, lambda counter: counter_deeds.do(counter, sitting, deed))


def _answer(body: dict[str, Any], work: Callable[[Counter], Answer]) -> Response:
    return _told(at_desk(work, posted.scan_id(body), posted.age(body)))


def _told(answer: Answer, is_closed: bool = False) -> Response:
    stage = _stage(answer, is_closed)
    html = render("librarian/counter_stage.html", **stage)
    return jsonify(html=html, sitting=stage["address"], sound=stage["said"].sound, title=stage["title"])


def _stage(answer: Answer, is_closed: bool) -> dict[str, Any]:
    """Everything the stage shows."""
    here, now = house(), house().clock()
    with here.database.reading() as connection:
        sitting, page = answer.sitting, None
        if sitting.reader is not None:
            policy, moment = here.desk.rules(connection), now.astimezone(zone())
            page = reader_page.of(connection, policy, sitting.reader, moment)
        if answer.outcomes or answer.question:
            said = counter_said.said(connection, answer, page, person())
        else:
            said = counter_said.first(connection, page, is_closed, sitting.reserving)
        lines = recent.lines(connection, now)
    return {
        "said": said,
        "page": page,
        "lines": lines,
        "sitting": sitting,
        "address": _address(sitting, now) if page or sitting.reserving or sitting.renewing else "",
        "title": page.name if page else "",
        "photo": page is not None and photos.photo_of(photos.folder(here.config), page.card) is not None,
        **_words(),
    }


def _words() -> Mapping[str, Any]:
    """What the templates say things with."""
    tools = {"keys": counter_keys, "manner_of": counter_words.of_line, "reason": counter_said.reason, "when": when}
    return {**tools, "class_name": class_name, "category_name": category_name, "today": today(), "spoken": language()}


def _of_address() -> tuple[Sitting, bool]:
    """The sitting that the page's address names, and whether it has been quiet there for too long."""
    sitting = _sitting(list(request.args.items()))
    at = request.args.get("at", "")
    if at.isdecimal() and len(at) < 12 and house().clock() - datetime.fromtimestamp(int(at), UTC) > QUIET:
        return Sitting(), sitting.reader is not None
    return sitting, False


def _asked_in(body: dict[str, Any]) -> Sitting:
    """The sitting in which something was asked: as the browser wrote it down then or, where that had still to follow
    from what was asked before, as it is now."""
    written = body.get("sitting")
    return _sitting(parse_qsl(written if isinstance(written, str) else request.headers.get("X-Counter", "")))


def _sitting(values: list[tuple[str, str]]) -> Sitting:
    told = {name: int(value) for name, value in values if value.isdecimal() and len(value) < 11}
    numbers = {name: value for name, value in told.items() if 0 < value < _NUMBERS}
    return Sitting(numbers.get("reader"), "renewing" in numbers, numbers.get("reserve"))


def _address(sitting: Sitting, now: datetime) -> str:
    """The sitting as the query of the page's address; `at` says as of when, for whoever loads it much later."""
    told = {"reader": sitting.reader, "renewing": int(sitting.renewing), "reserve": sitting.reserving}
    return urlencode({**{name: value for name, value in told.items() if value}, "at": int(now.timestamp())})


def _deed(body: dict[str, Any]) -> Deed:
    verb, text = str(body.get("do")), body.get("text", "")
    numbers = {name: body.get(name, 0) for name in ("reader", "copy", "title", "number")}
    if verb not in DEEDS or not isinstance(text, str):
        abort(400)
    if not all(type(each) is int and 0 <= each < _NUMBERS for each in numbers.values()):
        abort(400)
    return Deed(verb, **numbers, text=text[:_LONGEST])
