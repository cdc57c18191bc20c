"""Lets people sign in at the desk, slows down who fails, and writes down every attempt.

An attempt is written down as a failure before its password is looked at, and made good afterwards: a hundred attempts
at once count like a hundred in a row. There are two doors, from this machine and from elsewhere: whatever happens at
the one neither slows nor blocks the other, and behind each one password at a time is looked at.
"""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from kiosk import attempts, ledger, passwords, sessions, staff
from kiosk.attempts import HERE, Attempt
from kiosk.database import Database
from kiosk.models_desk import Staff as Account
from kiosk.roles import Staff
from kiosk.sessions import Session

SIGNED_IN, SIGNED_OUT = "signed_in", "signed_out"

_AT_A_DOOR = 4  # who may be at one door at a time; the others are told to come again
_BUSY = timedelta(seconds=1)
_TOGETHER = 200  # early attempts that are written down at once, or those of a second
_OFTEN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has signed in, and the token for their browser."""

    person: Staff
    token: str


@dataclass(frozen=True, slots=True)
class NotIn:
    """Not let in. The next attempt is heard after `seconds`; `early` when this one was not even looked at."""

    seconds: int
    early: bool


@dataclass(frozen=True, slots=True)
class _Door:
    one: threading.Lock = field(default_factory=threading.Lock)
    places: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_AT_A_DOOR))

    @contextmanager
    def entered(self) -> Iterator[bool]:
        """Wait for one's turn; False at once when others wait already: a flood must not take every thread there is."""
        if not self.places.acquire(blocking=False):
            yield False
            return
        try:
            with self.one:
                yield True
        finally:
            self.places.release()


class Doorkeeper:
    """The one of this program: every attempt to sign in at its desk goes through here."""

    def __init__(self, database: Database, station: str, idle: timedelta) -> None:
        self.database, self.station, self.idle = database, station, idle
        self._here, self._elsewhere = _Door(), _Door()
        self._early: list[Attempt] = []
        self._lock = threading.Lock()

    def sign_in(self, name: str, password: str, address: str, now: datetime) -> SignedIn | NotIn:
        """Let in whoever knows this account's password. `address` is HERE for whoever sits at this machine."""
        person = self.check(name, password, address, now)
        return self.admit(person, address, now) if isinstance(person, Staff) else person

    def check(self, name: str, password: str, address: str, now: datetime) -> Staff | NotIn:
        """Whose password this is, for an account in use. Unknown names are answered as wrong passwords are."""
        who = attempts.attempt(name, address, now)
        with (self._here if address == HERE else self._elsewhere).entered() as mine:
            wait = self._wait(who) if mine else _BUSY
            if wait:
                return self._too_early(who, wait)
            return self._look_at(who, password)

    def admit(self, person: Staff, address: str, now: datetime) -> SignedIn:
        """Open a session for somebody whose password was right; the others that are long over get their end."""

        def work(connection: Connection) -> SignedIn:
            sessions.end_forgotten(connection, now, self.idle)
            token = sessions.begin(connection, person.id, address, now)
            self._tell(connection, SIGNED_IN, person, now)
            return SignedIn(person, token)

        return self.database.write(work)

    def sign_out(self, session: Session, now: datetime) -> None:
        """End this session."""

        def work(connection: Connection) -> None:
            sessions.end(connection, session, now)
            self._tell(connection, SIGNED_OUT, session.staff, now)

        self.database.write(work)

    def flush(self) -> None:
        """Write down the early attempts that are not yet."""
        with self._lock:
            tried, self._early = self._early, []
        if tried:
            self.database.write(lambda connection: attempts.add_early(connection, tried))

    def _wait(self, who: Attempt) -> timedelta:
        with self.database.reading() as connection:
            return attempts.waiting(connection, who)

    def _too_early(self, who: Attempt, wait: timedelta) -> NotIn:
        """Costs no look at the password, and a write transaction only once a second, however many come."""
        with self._lock:
            self._early.append(who)
            is_time = len(self._early) >= _TOGETHER or who.at - self._early[0].at >= _OFTEN
        if is_time:
            self.flush()
        return NotIn(math.ceil(wait.total_seconds()), early=True)

    def _look_at(self, who: Attempt, password: str) -> Staff | NotIn:
        def charge(connection: Connection) -> tuple[int, int | None, str | None]:
            account = staff.find(connection, who.account)
            number = attempts.charge(connection, who)
            if account is None or account.disabled_at is not None:
                return number, None, None
            return number, account.id, account.password

        self.flush()
        number, account, kept = self.database.write(charge)
        right = passwords.fits(kept, password)  # asked even where there is no account, so that it takes as long
        if not right or account is None or kept is None:
            return NotIn(math.ceil(self._wait(who).total_seconds()), early=False)
        return self._right(number, account, kept, password)

    def _right(self, number: int, account: int, kept: str, password: str) -> Staff | NotIn:
        renewed = passwords.hashed(password) if passwords.outdated(kept) else kept

        def work(connection: Connection) -> Staff | NotIn:
            same = Account.id == account, Account.password == kept, Account.disabled_at.is_(None)
            row = connection.execute(select(Account.id, Account.name, Account.role).where(*same)).first()
            if row is None:
                return NotIn(0, early=False)  # changed or disabled while its password was looked at
            attempts.make_good(connection, number)
            connection.execute(update(Account).where(Account.id == account).values(password=renewed))
            return Staff(row.id, row.name, row.role)

        return self.database.write(work)

    def _tell(self, connection: Connection, verb: str, person: Staff, now: datetime) -> None:
        entry = ledger.Entry(verb, now, None, None, None, None, {}, person.id)
        ledger.append(connection, self.station, entry)
