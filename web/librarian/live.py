"""News for the pages of the desk: a stream that says no more than that something has changed.

A page that hears it asks for its own content again, so that each page is drawn in one place only. The same is said once
a minute, so that "3 minutes ago" stays true.
"""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kiosk import ledger
from kiosk.database import DatabaseError
from web.stream import BEAT

if TYPE_CHECKING:
    from web import House


def version(house: "House") -> str:
    """Another text whenever a page of the desk may have something else to show. Cheap: it is asked every second."""
    minute = f"{house.clock():%Y-%m-%d %H:%M}"
    devices = [(each.devices.told("en"), each.devices.screens > 0) for each in house.stations]
    try:
        with house.database.reading() as connection:
            newest = ledger.newest(connection)
    except DatabaseError as error:
        return f"{minute} {error}"
    return f"{minute} {newest} {hash(tuple(devices)):x}"


def changes(house: "House", is_wanted: Callable[[], bool] = lambda: True) -> Iterator[bytes]:
    """What is so now as the first event, another at each change, a beat each second in between.

    Ends when the house closes, or when whoever looked `is_wanted` no longer.
    """
    told = ""
    while not any(station.stopped for station in house.stations) and is_wanted():
        seen, now = house.pulse.count, version(house)
        yield f"event: changed\ndata: {json.dumps(now)}\n\n".encode() if now != told else b": beat\n\n"
        told = now
        house.pulse.wait(seen, BEAT)


def _is_in(house: "House", token: str) -> bool:
    idle = timedelta(minutes=house.config.desk.idle_minutes)
    try:
        with house.database.reading() as connection:
            return sessions.find(connection, token, house.clock(), idle) is not None
    except DatabaseError:
        return True  # nothing is known of it, and the page itself says what is wrong
