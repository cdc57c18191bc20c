"""Reconciling the returns: open a box, scan what lies in it, give the missing a verdict, sort the trolley."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from kiosk import condition, reconcile, reconciliations, verdicts
from kiosk.counter import Counter
from kiosk.discrepancies import report
from kiosk.marks import say
from kiosk.reconcile import Found
from web import posted
from web.librarian import reconcile_words as said
from web.librarian.door import bp, house, language, notice, render, require, words
from web.librarian.serving import at_desk

_LATEST = 40  # lines on the screen; the rest are counted, and on the finished page


@bp.before_request
def _may_reconcile() -> None:
    if request.endpoint and request.endpoint.startswith("librarian.reconcile"):
        require("reconcile")


@bp.get("/reconcile", endpoint="reconcile")
def reconcile_() -> str:
    """The boxes and what is told of each, what is open, and what was finished."""
    with house().database.reading() as connection:
        told = reconciliations.told_at(connection)
        names = list(dict.fromkeys([*(each.name for each in house().stations), *sorted(told)]))
        boxes = [(name, told.get(name, 0), reconciliations.open_at(connection, name)) for name in names]
        history = [_summary(connection, row) for row in reconciliations.history(connection)]
    return render("librarian/reconcile.html", boxes=boxes, history=history)


@bp.post("/reconcile")
def reconcile_begin() -> ResponseReturnValue:
    """Open the boxes that were ticked."""
    known = {each.name for each in house().stations}
    with house().database.reading() as connection:
        known |= set(reconciliations.told_at(connection))
    stations = [each for each in request.form.getlist("station") if each in known]
    number = at_desk(lambda counter: reconcile.begin(counter, stations))
    if number is None:
        sentence = say("One of these boxes is open already. Go on with it.") if stations else say("Tick a box first.")
        notice("look", words(sentence))
        return redirect(url_for("librarian.reconcile"), 303)
    return redirect(url_for("librarian.reconcile_one", number=number), 303)


@bp.get("/reconcile/<int:number>")
def reconcile_one(number: int) -> str:
    """One box: to scan into while it is open; with its report once it is finished."""
    with house().database.reading() as connection:
        page = _page(connection, number)
    template = "librarian/reconcile_open.html" if page["held"].finished_at is None else "librarian/reconcile_done.html"
    return render(template, **page, volume=house().config.sound.volume, damages=said.DAMAGES)


@bp.get("/reconcile/<int:number>/body")
def reconcile_body(number: int) -> str:
    """The counts and the lines as they are now: both scanners' work."""
    with house().database.reading() as connection:
        return render("librarian/reconcile_body.html", **_page(connection, number))


@bp.post("/reconcile/<int:number>/scan")
def reconcile_scan(number: int) -> ResponseReturnValue:
    """One code: {"id", "text", "at", "sent"}; an id counts once."""
    body, rules = posted.body(), house().config.labels.rules
    text = posted.text(body)
    found = at_desk(lambda counter: _scanned(counter, number, text, rules), posted.scan_id(body))
    return _answer(number, found)


@bp.post("/reconcile/<int:number>/lines/<int:line>")
def reconcile_line(number: int, line: int) -> ResponseReturnValue:
    """Something about a line: {"id", "do": "undo"} or {"id", "do": "repair", "text": what is wrong}."""
    body = posted.body()
    wrong = posted.text(body) if body.get("do") == "repair" else ""

    def work(counter: Counter) -> bool:
        if counter.told():
            return True
        return _damaged(counter, line, wrong) if wrong else reconcile.undo_line(counter, line)

    done = at_desk(work, posted.scan_id(body))
    with house().database.reading() as connection:
        row = reconciliations.line(connection, line)
    if not done or row is None:
        return _answer(number, Found(reconciliations.MOVED_ON))
    return _answer(number, Found(row.account if wrong else reconciliations.TAKEN_OUT, row))


@bp.post("/reconcile/<int:number>/finish")
def reconcile_finish(number: int) -> ResponseReturnValue:
    """The box is empty."""
    at_desk(lambda counter: verdicts.finish(counter, number))
    return redirect(url_for("librarian.reconcile_one", number=number), 303)


@bp.post("/reconcile/<int:number>/missing/<int:unseen>")
def reconcile_verdict(number: int, unseen: int) -> ResponseReturnValue:
    """A verdict for something missing."""
    verdict = request.form.get("verdict", "")
    done = at_desk(lambda counter: verdicts.decide(counter, number, unseen, verdict))
    if done.refused:
        notice("look", words(say("This was settled meanwhile. Nothing was changed.")))
    return redirect(url_for("librarian.reconcile_one", number=number, _anchor="missing"), 303)


@bp.get("/reconcile/<int:number>/trolley")
def reconcile_trolley(number: int) -> str:
    """What goes back, in the order of the shelves, to print."""
    with house().database.reading() as connection:
        rows = reconciliations.trolley(connection, number)
        page = _page(connection, number)
    return render("librarian/reconcile_trolley.html", rows=rows, **page)


@bp.get("/reconcile/report")
def reconcile_report() -> str:
    """What the reconciliations of some days show; of the running term, unless others are asked for."""
    here = house()
    zone, now = ZoneInfo(here.config.timezone), here.clock()
    with here.database.reading() as connection:
        term = here.desk.rules(connection).calendar.term_of(now.astimezone(zone).date())
        first = term.starts_on if term else now.astimezone(zone).date() - timedelta(days=120)
        since, until = _day("since", first), _day("until", now.astimezone(zone).date())
        begins = datetime.combine(since, time(), zone)
        found = report(connection, begins, datetime.combine(until + timedelta(days=1), time(), zone), zone)
    return render("librarian/reconcile_report.html", report=found, since=since.isoformat(), until=until.isoformat())


def _day(name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise


def _scanned(counter: Counter, number: int, text: str, rules: Any) -> Found:
    held = reconciliations.of(counter.connection, number)
    if held is not None and held.finished_at is not None:
        return Found(reconciliations.SEEN) if counter.told() else verdicts.scan_missing(counter, number, text, rules)
    return reconcile.scan(counter, number, text, rules)


def _damaged(counter: Counter, line: int, wrong: str) -> bool:
    row = reconciliations.line(counter.connection, line)
    if row is None or row.copy_id is None or condition.send_to_repair(counter, row.copy_id, wrong).refused:
        return False
    reconcile.damaged(counter, line)
    return True


def _answer(number: int, found: Found) -> ResponseReturnValue:
    """What the page shows next: the large word of this scan, and everything that counts."""
    with house().database.reading() as connection:
        page = _page(connection, number)
        line = reconciliations.line(connection, found.line.id) if found.line else None
    shown = said.said(found.kind, line, language())
    return jsonify(
        said=render("librarian/reconcile_said.html", said=shown),
        body=render("librarian/reconcile_body.html", **page),
        sound=shown.sound,
    )


def _page(connection: Connection, number: int) -> dict[str, Any]:
    held = reconciliations.of(connection, number)
    if held is None:
        abort(404)
    is_open = held.finished_at is None
    return {
        "number": number,
        "held": held,
        "stations": reconciliations.stations_of(connection, number),
        "tally": reconciliations.tally(connection, number),
        "lines": reconciliations.lines(connection, number, _LATEST if is_open else None),
        "missing": [] if is_open else reconciliations.missing(connection, number),
        "words": said,
    }


def _summary(connection: Connection, row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "stations": reconciliations.stations_of(connection, row.id),
        "tally": reconciliations.tally(connection, row.id),
        "waiting": reconciliations.searched_for(connection, row.id),
    }
