"""Codes that are nothing of ours: kept with their moment, until somebody says what they are.

What such a code says stays out of the ledger, which can forget nothing: it may be a pupil's number.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select, update

from kiosk import outcome
from kiosk.counter import Counter
from kiosk.labels import LONGEST
from kiosk.models import LedgerEntry
from kiosk.models_desk import UnknownCode
from kiosk.outcome import Outcome
from kiosk.typed_text import typed_text

_OPEN = UnknownCode.resolved_at.is_(None)


@dataclass(frozen=True, slots=True)
class Stranger:
    """A code that somebody has scanned, how often, when and where last; `id` is its latest record, `why` says why it
    was unknown."""

    text: str
    times: int
    last_at: datetime
    station: str
    id: int
    why: str


def record(counter: Counter, text: str, why: str) -> Outcome:
    """Note that an unknown code was scanned; one that says nothing at all is noted without its text."""
    done = counter.note(outcome.UNKNOWN, why=why)
    if readable := shown(text):
        row = {"text": readable, "station": counter.station, "at": counter.now, "entry_id": done.entry}
        counter.connection.execute(insert(UnknownCode), row)
    return done


def shown(text: str) -> str:
    """A code's text as it may be kept and shown: no control characters, no more than a label can hold."""
    return typed_text(text[: LONGEST * 8], LONGEST)


def newest(connection: Connection, text: str) -> int | None:
    """The latest open record of this code."""
    query = select(UnknownCode.id).where(UnknownCode.text == text, UnknownCode.resolved_at.is_(None))
    return connection.scalar(query.order_by(UnknownCode.id.desc()).limit(1))


def waiting(connection: Connection, most: int = 50) -> list[Stranger]:
    """The codes that nobody has looked at, the latest first."""
    query = _stranger().order_by(UnknownCode.id.desc()).limit(most)
    return [_told(row) for row in connection.execute(query)]


def count(connection: Connection) -> int:
    """How many codes nobody has looked at."""
    return connection.scalar(select(func.count(UnknownCode.text.distinct())).where(_OPEN)) or 0


def of(connection: Connection, number: int) -> Stranger | None:
    """The code of this record, if nobody has looked at it yet."""
    text = connection.scalar(select(UnknownCode.text).where(UnknownCode.id == number, _OPEN))
    row = connection.execute(_stranger(UnknownCode.text == text)).first()
    return _told(row) if row else None


def resolved_as(connection: Connection, number: int) -> str:
    """What somebody has said that the code of this record is: copy, card or dismissed; nothing as long as it waits."""
    return connection.scalar(select(UnknownCode.resolved_as).where(UnknownCode.id == number)) or ""


def _stranger(*which: ColumnElement[bool]) -> Select[Any]:
    """The latest record of each code, how many there are, and what the ledger says of it."""
    times = select(func.max(UnknownCode.id).label("last"), func.count().label("times")).where(_OPEN, *which)
    grouped = times.group_by(UnknownCode.text).subquery()
    columns: list[Any] = [UnknownCode.text, grouped.c.times, UnknownCode.at, UnknownCode.station, UnknownCode.id]
    columns.append(LedgerEntry.details)
    query = select(*columns).join(grouped, grouped.c.last == UnknownCode.id)
    return query.join(LedgerEntry, LedgerEntry.id == UnknownCode.entry_id)


def _told(row: Row[Any]) -> Stranger:
    return Stranger(row.text, row.times, row.at, row.station, row.id, row.details.get("why", ""))


def resolve(counter: Counter, text: str, how: str) -> Outcome:
    """Say what every scan of this code was: copy, card or dismissed. Whoever made it so has done it already."""
    open_ones = update(UnknownCode).where(UnknownCode.text == text, UnknownCode.resolved_at.is_(None))
    values = {"resolved_at": counter.now, "resolved_by": counter.staff_id, "resolved_as": how}
    changed = counter.connection.execute(open_ones.values(values)).rowcount
    return counter.note("resolved" if changed else outcome.ALREADY, why=how)
