"""News for the pages of the desk: a stream that says no more than that something has changed.

A page that hears it asks for its own content again, so that each page is drawn in one place only. The same is said once
a minute, so that "3 minutes ago" stays true.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

from flask import Response, request

from kiosk import ledger, sessions
from kiosk.database import DatabaseError
from web.house import House
from web.librarian import cookies
from web.librarian.door import bp, house
from web.stream import BEAT


@bp.get("/events")
def events() -> Response:
    """The stream for this browser, as long as somebody is signed in at it."""
    here, token = house(), cookies.session_token()
    return here.streams.respond(lambda: changes(here, lambda: _is_in(here, token)), "text/event-stream")


@bp.after_request
def _tell_the_others(response: Response) -> Response:
    """What is done at one page of the desk is seen at once at the others."""
    if request.method == "POST":
        house().pulse.beat()
    return response


def changes(here: House, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[bytes]:
    """What is so now as the first event, another at each change, a beat each second in between.

    Ends when the house closes, or when whoever looked `is_wanted` no longer.
    """
    told = ""
    while not any(station.stopped for station in here.stations) and is_wanted():
        seen, now = here.pulse.count, version(here)
        yield f"event: changed\ndata: {json.dumps(now)}\n\n".encode() if now != told else b": beat\n\n"
        told = now
        here.pulse.wait(seen, BEAT)


def version(here: House) -> str:
    """Another text whenever a page of the desk may have something else to show. Cheap: it is asked every second."""
    minute = f"{here.clock():%Y-%m-%d %H:%M}"
    devices = [(each.devices.told("en"), each.devices.screens > 0) for each in here.stations]
    try:
        with here.database.reading() as connection:
            newest = ledger.newest(connection)
    except DatabaseError as error:
        return f"{minute} {error}"
    return f"{minute} {newest} {here.caretaker.news()} {hash(tuple(devices)):x}"


def _is_in(here: House, token: str) -> bool:
    idle = timedelta(minutes=here.config.desk.idle_minutes)
    try:
        with here.database.reading() as connection:
            return sessions.find(connection, token, here.clock(), idle) is not None
    except DatabaseError:
        return True  # nothing is known of it, and the page itself says what is wrong
