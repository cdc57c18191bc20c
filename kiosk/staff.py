"""The accounts of those who work at the library. Every change is in the ledger, by ids alone."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from kiosk import ledger, passwords, sessions
from kiosk.database import Database
from kiosk.marks import say
from kiosk.models_desk import Staff as Account
from kiosk.roles import ASSISTANT, LIBRARIAN, ROLES, Staff

ADDED, DISABLED, ENABLED, PASSWORD_SET = "staff_added", "staff_disabled", "staff_enabled", "password_set"

BAD_NAME = say("A name has 1 to 40 visible characters.")
NAME_TAKEN = say("There is an account of this name already.")
NO_SUCH_ROLE = say("An account is a librarian's or an assistant's.")
NO_SUCH_ACCOUNT = say("There is no account of this name.")
NOT_THE_FIRST = say("There is an account already. Sign in with it.")
DIFFER = say("The two passwords are not the same.")
LAST_LIBRARIAN = say("This is the last librarian's account. Add another librarian first.")

_LONGEST_NAME, _LONGEST_KEY = 40, 80


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why an account was not changed, in a sentence for whoever asked."""

    words: str


@dataclass(frozen=True, slots=True)
class Office:
    """Looks after the accounts: at which station a change is made, and by whom (None at the command line)."""

    database: Database
    station: str
    by: int | None = None

    def add(self, name: str, role: str, password: str, now: datetime, *, first: bool = False) -> Staff | Complaint:
        """Add an account; `first` only while there is none, however many ask at once."""
        name = cleaned(name)
        wrong = _flaw(name, role, password)
        if wrong:
            return Complaint(wrong)
        kept = passwords.hashed(password)

        def work(connection: Connection) -> Staff | Complaint:
            if first and any_account(connection):
                return Complaint(NOT_THE_FIRST)
            if find(connection, name):
                return Complaint(NAME_TAKEN)
            row = {"name": name, "role": role, "password": kept, "created_at": now}
            number = ledger.new_id(connection.execute(insert(Account), row))
            self._tell(connection, ADDED, number, now, role=role)
            return Staff(number, name, role)

        return self.database.write(work)

    def set_password(self, account: int, password: str, now: datetime, *, keep: str = "") -> Complaint | None:
        """Give an account another password, and end its sessions but the one whose token is `keep`."""
        with self.database.reading() as connection:
            row = _of_id(connection, account)
        wrong = passwords.weakness(password, row.name) if row else NO_SUCH_ACCOUNT
        if wrong:
            return Complaint(wrong)
        kept = passwords.hashed(password)

        def work(connection: Connection) -> None:
            connection.execute(update(Account).where(Account.id == account).values(password=kept))
            sessions.end_all(connection, account, now, keep=keep)
            self._tell(connection, PASSWORD_SET, account, now)

        self.database.write(work)
        return None

    def disable(self, account: int, now: datetime) -> Complaint | None:
        """Nobody signs in with this account any more, and whoever is signed in with it is not from now on."""

        def work(connection: Connection) -> Complaint | None:
            row = _of_id(connection, account)
            if row is None:
                return Complaint(NO_SUCH_ACCOUNT)
            if row.disabled_at is None:
                if row.role == LIBRARIAN and _librarians(connection) == 1:
                    return Complaint(LAST_LIBRARIAN)
                self._switch(connection, account, DISABLED, now)
                sessions.end_all(connection, account, now)
            return None

        return self.database.write(work)

    def enable(self, account: int, now: datetime) -> Complaint | None:
        """A disabled account may be used again, with the password it had."""

        def work(connection: Connection) -> Complaint | None:
            row = _of_id(connection, account)
            if row is None:
                return Complaint(NO_SUCH_ACCOUNT)
            if row.disabled_at is not None:
                self._switch(connection, account, ENABLED, now)
            return None

        return self.database.write(work)

    def _switch(self, connection: Connection, account: int, verb: str, now: datetime) -> None:
        at = now if verb == DISABLED else None
        connection.execute(update(Account).where(Account.id == account).values(disabled_at=at))
        self._tell(connection, verb, account, now)

    def _tell(self, connection: Connection, verb: str, account: int, now: datetime, **more: Any) -> None:
        details = {"staff": account, **more}
        ledger.append(connection, self.station, ledger.Entry(verb, now, None, None, None, None, details, self.by))


def cleaned(name: str) -> str:
    """A name as it is kept: in one form, without blanks around it."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def key(name: str) -> str:
    """One form for all ways to write a name: short, and without anything that moves a cursor."""
    text = name[:400]
    for _ in range(2):  # folding may leave what normalizing changes again
        text = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(visible.split())[:_LONGEST_KEY].strip()


def any_account(connection: Connection) -> bool:
    """Whether somebody has set up the desk already."""
    return connection.scalar(select(Account.id).limit(1)) is not None


def accounts(connection: Connection) -> list[Row[Any]]:
    """Every account, those in use first, by role and name."""
    query = select(Account.id, Account.name, Account.role, Account.created_at, Account.disabled_at)
    in_use_first = (Account.disabled_at.is_not(None), Account.role != LIBRARIAN, Account.name)
    return list(connection.execute(query.order_by(*in_use_first)))


def find(connection: Connection, name: str) -> Row[Any] | None:
    """The account of this name, in whatever case it is written; disabled ones too."""
    wanted = key(name)  # the database's own lower() knows ASCII only
    rows = connection.execute(select(Account.__table__))
    return next((row for row in rows if key(row.name) == wanted), None)


def usual_role(connection: Connection) -> str:
    """The role of a new account for which none was named: the first must be able to add the others."""
    return ASSISTANT if any_account(connection) else LIBRARIAN


def _flaw(name: str, role: str, password: str) -> str | None:
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        return BAD_NAME
    return NO_SUCH_ROLE if role not in ROLES else passwords.weakness(password, name)


def _of_id(connection: Connection, account: int) -> Row[Any] | None:
    return connection.execute(select(Account.__table__).where(Account.id == account)).first()


def _librarians(connection: Connection) -> int:
    query = select(func.count()).where(Account.role == LIBRARIAN, Account.disabled_at.is_(None))
    return connection.scalar(query) or 0
