"""Who is signed in at which browser. The cookie holds 32 random bytes, the table only their SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from kiosk.models_desk import Staff as Account
from kiosk.models_desk import StaffSession
from kiosk.roles import Staff

AT_MOST_EVERY = timedelta(minutes=1)  # how often it is written down that somebody is there


@dataclass(frozen=True, slots=True)
class Session:
    """A browser at which somebody is signed in."""

    id: int
    staff: Staff
    seen_at: datetime


def begin(connection: Connection, staff: int, address: str, now: datetime) -> str:
    """Open a session and give back its token, which nobody can have known before."""
    token = secrets.token_urlsafe(32)
    row = {"token": _digest(token), "staff_id": staff, "address": address[:45], "opened_at": now, "seen_at": now}
    connection.execute(insert(StaffSession), row)
    return token


def find(connection: Connection, token: str, now: datetime, idle: timedelta) -> Session | None:
    """The session of this token, if it has not ended and somebody was there within the idle time.

    What is written down may be AT_MOST_EVERY older than what was done: nobody is sent away before the time is over.
    """
    table = StaffSession
    query = (
        select(table.id, table.seen_at, Account.id.label("staff"), Account.name, Account.role)
        .join(Account, Account.id == table.staff_id)
        .where(table.token == _digest(token), table.ended_at.is_(None), Account.disabled_at.is_(None))
        .where(table.seen_at > now - idle - AT_MOST_EVERY)
    )
    row = connection.execute(query).first()
    return Session(row.id, Staff(row.staff, row.name, row.role), row.seen_at) if row else None


def is_due(session: Session, now: datetime) -> bool:
    """Whether it is time to write down again that somebody is there."""
    return now - session.seen_at >= AT_MOST_EVERY


def touch(connection: Connection, session: Session, now: datetime) -> None:
    """Write down that somebody was there now."""
    connection.execute(update(StaffSession).where(StaffSession.id == session.id).values(seen_at=now))


def end(connection: Connection, session: Session, now: datetime) -> None:
    """End one session."""
    ended = StaffSession.id == session.id, StaffSession.ended_at.is_(None)
    connection.execute(update(StaffSession).where(*ended).values(ended_at=now))


def end_all(connection: Connection, staff: int, now: datetime, *, keep: str = "") -> None:
    """End every session of one account but the one whose token is `keep`."""
    theirs = StaffSession.staff_id == staff, StaffSession.ended_at.is_(None), StaffSession.token != _digest(keep)
    connection.execute(update(StaffSession).where(*theirs).values(ended_at=now))


def end_forgotten(connection: Connection, now: datetime, idle: timedelta) -> None:
    """Give those that ended by themselves the end they had."""
    forgotten = StaffSession.ended_at.is_(None), StaffSession.seen_at <= now - idle - AT_MOST_EVERY
    connection.execute(update(StaffSession).where(*forgotten).values(ended_at=now))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
