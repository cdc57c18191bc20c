"""Today at the library: everything that may need a person now, read in one moment. Reads only.

The number of queries is the same on every day, and none walks through the past: each has an index over what is still
open, or over the ledger's moments since midnight.
"""

from collections import Counter as Counts
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, exists, func, select

from kiosk import fetching, help_calls, outcome, overdue, unknown_codes
from kiosk.help_calls import Call
from kiosk.models import Copy, LedgerEntry, Reader
from kiosk.models_desk import (
    Reconciliation,
    ReconciliationMissing,
    ReconciliationStation,
    Repair,
    Staff,
    UnseenReturn,
)
from kiosk.overdue import Late
from kiosk.unknown_codes import Stranger

CODES_SHOWN = 6
_LEDGER = LedgerEntry.__table__.c
_COUNTED = (outcome.LENT, outcome.RETURNED, outcome.REFUSED)


@dataclass(frozen=True, slots=True)
class Box:
    """Returns that a station was told of and that nobody has seen, and since when."""

    station: str
    books: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Reconciling:
    """A reconciliation that is still open, or whose missing books still wait for a verdict."""

    id: int
    opened_at: datetime
    staff: str
    stations: tuple[str, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class Hour:
    """What was lent and returned within an hour of the school's day."""

    hour: int
    lent: int
    returned: int


@dataclass(frozen=True, slots=True)
class Repairs:
    """How many copies are away to be mended, and since when the eldest."""

    copies: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Today:
    """One look at the library. Rows of `kept`, `on_the_shelf` and `to_put_back` are those of kiosk.fetching."""

    day: date
    calls: tuple[Call, ...]
    boxes: tuple[Box, ...]
    reconciling: tuple[Reconciling, ...]
    undecided: tuple[Reconciling, ...]
    codes: tuple[Stranger, ...]
    codes_waiting: int
    kept: Sequence[Row[Any]]
    on_the_shelf: Sequence[Row[Any]]
    to_put_back: Sequence[Row[Any]]
    overdue: tuple[Late, ...]
    repairs: Repairs
    hours: tuple[Hour, ...]
    refused: int
    has_copies: bool
    has_readers: bool
    last_used: Mapping[str, datetime | None]

    @property
    def lent(self) -> int:
        """The loans of today that were not undone."""
        return sum(hour.lent for hour in self.hours)

    @property
    def returned(self) -> int:
        """The returns of today that were not undone."""
        return sum(hour.returned for hour in self.hours)

    @property
    def unseen(self) -> int:
        """The returns that nobody has seen, at all stations together."""
        return sum(box.books for box in self.boxes)


def read(connection: Connection, now: datetime, zone: ZoneInfo, stations: Collection[str]) -> Today:
    """How things stand; `stations` are those that the house has now."""
    day = now.astimezone(zone).date()
    midnight = datetime.combine(day, time(), zone)
    reconciliations = _reconciliations(connection)
    counted = _counted(connection, midnight, zone)
    return Today(
        day=day,
        calls=tuple(help_calls.waiting(connection, midnight)),
        boxes=_boxes(connection),
        reconciling=tuple(each for each in reconciliations if not each.missing),
        undecided=tuple(each for each in reconciliations if each.missing),
        codes=tuple(unknown_codes.waiting(connection, CODES_SHOWN)),
        codes_waiting=unknown_codes.count(connection),
        kept=fetching.kept(connection, day),
        on_the_shelf=fetching.on_the_shelf(connection),
        to_put_back=fetching.to_put_back(connection, now),
        overdue=tuple(overdue.by_class(connection, day)),
        repairs=_repairs(connection),
        hours=_hours(counted),
        refused=sum(count for (verb, _), count in counted.items() if verb == outcome.REFUSED),
        **_begun(connection),
        last_used=_last_used(connection, stations),
    )


def _boxes(connection: Connection) -> tuple[Box, ...]:
    query = select(UnseenReturn.station, func.count(), func.min(UnseenReturn.told_at))
    query = query.where(UnseenReturn.settled_at.is_(None)).group_by(UnseenReturn.station)
    return tuple(Box(*row) for row in connection.execute(query.order_by(func.min(UnseenReturn.told_at))))


def _reconciliations(connection: Connection) -> list[Reconciling]:
    """The open ones, and those that are finished but for some verdicts; a line for each of their stations."""
    undecided = (
        select(ReconciliationMissing.reconciliation_id, func.count().label("missing"))
        .join(UnseenReturn, UnseenReturn.id == ReconciliationMissing.unseen_id)
        .where(ReconciliationMissing.verdict.is_(None), UnseenReturn.settled_at.is_(None))
        .group_by(ReconciliationMissing.reconciliation_id)
        .subquery()
    )
    columns = (Reconciliation.id, Reconciliation.opened_at, Staff.name, ReconciliationStation.station)
    query = (
        select(*columns, func.coalesce(undecided.c.missing, 0))
        .join(Staff, Staff.id == Reconciliation.opened_by)
        .join(ReconciliationStation, ReconciliationStation.reconciliation_id == Reconciliation.id)
        .outerjoin(undecided, undecided.c.reconciliation_id == Reconciliation.id)
        .where(Reconciliation.finished_at.is_(None) | undecided.c.missing.is_not(None))
        .order_by(Reconciliation.id, ReconciliationStation.station)
    )
    found: dict[int, Reconciling] = {}
    for number, opened_at, staff, station, missing in connection.execute(query):
        before = found[number].stations if number in found else ()
        found[number] = Reconciling(number, opened_at, staff, (*before, station), missing)
    return list(found.values())


def _begun(connection: Connection) -> dict[str, bool]:
    """Whether there is anything to lend, and anybody to lend it to."""
    found = connection.execute(select(exists(select(Copy.id)), exists(select(Reader.id)))).one()
    return {"has_copies": bool(found[0]), "has_readers": bool(found[1])}


def _repairs(connection: Connection) -> Repairs:
    query = select(func.count(), func.min(Repair.sent_at)).where(Repair.mended_at.is_(None))
    return Repairs(*connection.execute(query).one())


def _counted(connection: Connection, midnight: datetime, zone: ZoneInfo) -> Counts[tuple[str, int]]:
    """How often each verb happened in each hour; what was undone later did not happen."""
    since = _LEDGER.at >= midnight
    undone = connection.scalars(select(_LEDGER.details).where(since, _LEDGER.verb == outcome.UNDONE))
    not_counted = {int(details["why"].split()[1]) for details in undone}
    rows = connection.execute(select(_LEDGER.id, _LEDGER.verb, _LEDGER.at).where(since, _LEDGER.verb.in_(_COUNTED)))
    return Counts((verb, at.astimezone(zone).hour) for entry, verb, at in rows if entry not in not_counted)


def _hours(counted: Counts[tuple[str, int]]) -> tuple[Hour, ...]:
    """From the first hour in which something happened to the last, those between with nothing as well."""
    busy = [hour for verb, hour in counted if verb != outcome.REFUSED]
    hours = range(min(busy), max(busy) + 1) if busy else range(0)
    return tuple(Hour(each, counted[outcome.LENT, each], counted[outcome.RETURNED, each]) for each in hours)


def _last_used(connection: Connection, stations: Collection[str]) -> dict[str, datetime | None]:
    """When something last happened at each station, in one query."""
    if not stations:
        return {}
    newest = [
        select(_LEDGER.at).where(_LEDGER.station == each).order_by(_LEDGER.number.desc()).limit(1).scalar_subquery()
        for each in stations
    ]
    return dict(zip(stations, connection.execute(select(*newest)).one(), strict=True))
