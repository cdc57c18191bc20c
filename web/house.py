"""What every request can reach, as `app.extensions["kiosk"]`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.config import Config
from kiosk.database import Database
from kiosk.desk import Desk
from kiosk.doorkeeper import Doorkeeper
from web.caretaker import Caretaker
from web.station import Station
from web.stream import Pulse, Streams


@dataclass(frozen=True, slots=True)
class House:
    """One of each, for the whole program. The first station is on this machine; `spelt` puts pinyin over HTML."""

    config: Config
    database: Database
    desk: Desk
    stations: tuple[Station, ...]
    streams: Streams
    pulse: Pulse
    caretaker: Caretaker
    doorkeeper: Doorkeeper
    clock: Callable[[], datetime]
    spelt: Callable[[str], str]
