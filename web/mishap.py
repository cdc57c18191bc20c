"""What a station could not do because the world is broken: said large for a while, and small as long as it lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from kiosk.trouble import DatabaseError, told
from web.view import Device


class Mishap:
    """The last thing that went wrong at one station; its lock is the station's."""

    def __init__(self) -> None:
        self.error: DatabaseError | None = None
        self.unrecorded = False  # whether it has cost a scan
        self._at = datetime.min

    @property
    def message(self) -> str:
        """What is wrong, or nothing."""
        return self.error.message if self.error else ""

    @contextmanager
    def watched(self, clock: Callable[[], datetime], unrecorded: bool) -> Iterator[None]:
        """A broken database ends nothing inside: it is said on the screen, and the state stays as it was."""
        try:
            yield
            self.forget()
        except DatabaseError as error:
            self.note(error, clock(), unrecorded)

    def note(self, error: DatabaseError, now: datetime, unrecorded: bool) -> None:
        """Something went wrong just now."""
        self.error, self._at, self.unrecorded = error, now, unrecorded

    def forget(self) -> None:
        """It is well again, or about to be tried again."""
        self.error, self.unrecorded = None, False

    def is_over(self, now: datetime, seconds: float) -> bool:
        """Whether it has been said for long enough."""
        return self.error is not None and now - self._at > timedelta(seconds=seconds)

    def noted(self, around: DatabaseError | None, language: str) -> tuple[Device, ...]:
        """What is wrong around us, for the edge of a screen whose middle does not say it already."""
        if around is None or self.error:
            return ()
        return (Device("disk", "lost", told(around, language)),)
