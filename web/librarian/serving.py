"""What the screens of the desk have the desk do: as whoever is signed in, at the desk's own station."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from kiosk.counter import Counter
from web.librarian.door import house, person

T = TypeVar("T")


def at_desk(work: Callable[[Counter], T], scan_id: str | None = None, age: timedelta = timedelta(0)) -> T:
    """Run `work` in one transaction, as of so long ago. Raises DatabaseError, which the door turns into a sentence."""
    here = house()
    return here.desk.at_counter(here.config.desk.name, here.clock() - age, scan_id, work, person())
