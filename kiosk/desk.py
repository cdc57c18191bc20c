"""The desk: each verb of circulation as one transaction. What a verb does is in `counter`, the only writer of loans."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kiosk import memory, reserving, undo
from kiosk.counter import Counter
from kiosk.database import Database
from kiosk.outcome import Outcome
from kiosk.policy import Policy
from kiosk.roles import Staff

T = TypeVar("T")


class Desk:
    """Where circulation happens, whoever asks. Each verb is one transaction; the same scan id again changes nothing.

    Every verb may raise DatabaseError; then nothing was written. At the `attended` stations somebody of the library
    sees what comes back.
    """

    def __init__(self, database: Database, timezone: str, attended: Collection[str] = ()) -> None:
        self.database = database
        self.zone = ZoneInfo(timezone)
        self.attended = frozenset(attended)
        self._policy: tuple[str, Policy] | None = None
        self._day: date | None = None  # on which what had waited in vain was passed on

    def lend(self, reader: int, copy: int, *, station: str, now: datetime, scan_id: str | None = None) -> Outcome:
        """Lend the copy to the reader, or say every reason why not."""
        return self._once(station, now, scan_id, lambda counter: counter.lend(reader, copy))

    def take_back(self, copy: int, *, station: str, now: datetime, scan_id: str | None = None) -> Outcome:
        """Take the copy back, whoever brings it; a copy that was in already is `already`, not an error."""
        return self._once(station, now, scan_id, lambda counter: counter.take_back(copy))

    def renew(self, reader: int, copy: int, *, station: str, now: datetime, scan_id: str | None = None) -> Outcome:
        """Let the reader keep the copy longer, or say every reason why not."""
        return self._once(station, now, scan_id, lambda counter: counter.renew(reader, copy))

    def undo(self, entry: int, *, station: str, now: datetime, scan_id: str | None = None) -> Outcome:
        """Reverse what this station's ledger entry did, by a new entry."""
        return self._once(station, now, scan_id, lambda counter: undo.undo(counter, entry))

    def at_counter(
        self,
        station: str,
        now: datetime,
        scan_id: str | None,
        work: Callable[[Counter], T],
        staff: Staff | None = None,
    ) -> T:
        """Run `work` in one transaction of this station; it may be run again when another station was quicker.

        `staff` is who stands there, if it is one of the staff: every entry will say so. The first work of a day finds
        the reservations that ended with the day before passed on already.
        """
        seen, today = station in self.attended or staff is not None, now.astimezone(self.zone).date()

        def attempt(connection: Connection) -> T:
            here = connection, self.rules(connection), self.zone, station, now
            if today != self._day:
                reserving.pass_on(Counter(*here, scan_id=None))
            return work(Counter(*here, scan_id, staff, seen))

        done = self.database.write(attempt)
        self._day = today
        return done

    def _once(self, station: str, now: datetime, scan_id: str | None, act: Callable[[Counter], Outcome]) -> Outcome:
        def work(counter: Counter) -> Outcome:
            return next(iter(counter.told()), None) or act(counter)

        return self.at_counter(station, now, scan_id, work)

    def rules(self, connection: Connection) -> Policy:
        """The policy, read again only when its version has changed."""
        version = memory.setting(connection, "policy_version")
        if self._policy is None or self._policy[0] != version:
            self._policy = (version, memory.current_policy(connection))
        return self._policy[1]
