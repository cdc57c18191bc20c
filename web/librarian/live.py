"""News for the pages of the desk: a stream that says no more than that something has changed.

A page that hears it asks for its own content again, so that each page is drawn in one place only.
"""

import json
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from flask import Response

from kiosk import ledger
from kiosk.database import DatabaseError
from web.house import House
from web.librarian.door import bp, house
from web.stream import BEAT


def version(here: House) -> str:
    """Another text whenever a page of the desk may have something else to show. Cheap: it is asked every second."""
    today = here.clock().astimezone(ZoneInfo(here.config.timezone)).date()
    devices = [(each.devices.told("en"), each.devices.screens > 0) for each in here.stations]
    try:
        with here.database.reading() as connection:
            newest = ledger.newest(connection)
    except DatabaseError as error:
        return f"{today} {error}"
    return f"{today} {newest} {hash(tuple(devices)):x}"


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


@bp.get("/events")
def events() -> Response:
    """The stream for this browser, as long as somebody is signed in at it."""
    here = house()
    return here.streams.respond(lambda: changes(here), "text/event-stream")
