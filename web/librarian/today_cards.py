"""What of today needs a hand, the most pressing first; and what is well, in as few words as possible."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.marks import say
from kiosk.today import Today
from web.caretaker import Status
from web.station import Station
from web.view import Device


@dataclass(frozen=True, slots=True)
class Place:
    """A station as the desk sees it: what its devices say, whether a screen shows it."""

    name: str
    devices: tuple[Device, ...]
    screens: int
    attended: bool

    @property
    def broken(self) -> tuple[Device, ...]:
        """The devices that do not work."""
        return tuple(each for each in self.devices if each.sentence)

    @property
    def is_busy(self) -> bool:
        """Whether it is to be seen at once, however many stations there are."""
        return bool(self.broken or self.screens)


@dataclass(frozen=True, slots=True)
class Card:
    """One subject that needs somebody: its template is librarian/today/<key>.html. `meaning` is look, not or plain;
    with a `weight` above 0 it counts as something to do."""

    key: str
    meaning: str
    weight: int


def places(stations: Sequence[Station], attended: frozenset[str], language: str) -> tuple[Place, ...]:
    """The stations as they are now."""
    return tuple(
        Place(each.name, each.devices.told(language), each.devices.screens, each.name in attended) for each in stations
    )


def cards(today: Today, stations: Sequence[Place], backups: Status) -> list[Card]:
    """What needs a hand, in the order in which a hand is needed."""
    broken = sum(len(each.broken) for each in stations)
    boxes = len(today.boxes) + len(today.reconciling) + len(today.undecided)
    failing = backups.problem or backups.last
    found = (
        Card("calls", "look", len(today.calls)),
        Card("devices", "not", broken),
        Card("returns", "look", boxes),
        Card("backup", "not" if failing else "look", int(backups.worries)),
        Card("codes", "look", today.codes_waiting),
        Card("shelf", "look", len(today.on_the_shelf)),
        Card("back", "look", len(today.to_put_back)),
        Card("kept", "plain", len(today.kept)),
        Card("overdue", "plain", len(today.overdue)),
    )
    return [card for card in found if card.weight]


_WELL = (
    ("calls", say("Nobody is calling for help.")),
    ("devices", say("All scanners and cameras are well.")),
    ("returns", say("Every return has been seen.")),
    ("codes", say("Every scanned code is known.")),
    ("shelf", say("No reserved book is to be fetched.")),
    ("overdue", say("No book is overdue.")),
)


def well(needed: Sequence[Card]) -> list[str]:
    """A sentence for each subject that needs nobody."""
    keys = {card.key for card in needed}
    return [sentence for key, sentence in _WELL if key not in keys]
