"""Today: what needs a person now, live, and the day in numbers."""

from itertools import groupby
from typing import Any

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import help_calls, memory, overdue
from kiosk import today as reading
from kiosk.marks import say
from web.librarian import classes, moments
from web.librarian.chart import chart
from web.librarian.door import bp, house, language, notice, render, require, wants_json, words
from web.librarian.serving import at_desk
from web.librarian.today_cards import cards, places, well

OTHERS = "others"  # the address of those who are in no class


@bp.get("")
def today() -> str:
    """The whole page."""
    return render("librarian/today.html", volume=house().config.sound.volume, **_shown())


@bp.get("/today/body")
def today_body() -> str:
    """What changes on it."""
    return render("librarian/today_body.html", **_shown())


@bp.post("/help")
def help_came() -> ResponseReturnValue:
    """Somebody went to the station that called: {"entry": its latest call}."""
    require("serve")
    entry, station = request.form.get("entry", type=int), request.form.get("station", "")
    if entry is None:
        abort(400)
    at_desk(lambda counter: help_calls.answer(counter, entry))
    for each in house().stations:
        if each.name == station:
            each.help_came()
    if wants_json():
        return "", 204
    notice("well", words(say("Help came: %(station)s."), station=station))
    return redirect(url_for("librarian.today"), 303)


@bp.get("/overdue/<which>")
def overdue_of(which: str) -> str:
    """What a class has not brought back, to print for its teacher; `which` is the class's id, or OTHERS."""
    class_id = None if which == OTHERS else _class_id(which)
    day = moments.today()
    with house().database.reading() as connection:
        named = overdue.class_of(connection, class_id) if class_id is not None else None
        if class_id is not None and named is None:
            abort(404)
        rows = overdue.of_class(connection, class_id, day)
    readers = [list(books) for _, books in groupby(rows, key=lambda row: row.reader_id)]
    spoken = {"category": classes.category_name, "on": moments.on}
    name = classes.class_name(*named) if named else words(say("Teachers and others"))
    return render("librarian/overdue.html", readers=readers, count=len(rows), name=name, day=day, **spoken)


def _class_id(which: str) -> int:
    if not which.isdecimal() or len(which) > 9:
        abort(404)
    return int(which)


def _shown() -> dict[str, Any]:
    here = house()
    stations = places(here.stations, here.desk.attended, language())
    with here.database.reading() as connection:
        look = reading.read(connection, here.clock(), moments.zone(), [each.name for each in stations])
        school = memory.setting(connection, "school")
    backups = here.caretaker.status()
    needed = cards(look, stations, backups)
    return {
        "look": look,
        "stations": stations,
        "cards": needed,
        "to_do": sum(card.weight > 0 and card.meaning != "plain" for card in needed),
        "well": well(needed),
        "backups": backups,
        "chart": chart(look.hours),
        "school": school,
        "others": OTHERS,
        "backups_page": url_for("librarian.backups") if "librarian.backups" in current_app.view_functions else "",
        "when": moments.when,
        "ago": moments.ago,
        "on": moments.on,
        "class_name": classes.class_name,
    }
