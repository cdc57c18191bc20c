"""What a term's reconciliations show: at which station and at what hour returns go missing or are not told."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, select

from kiosk.models_desk import (
    Reconciliation,
    ReconciliationLine,
    ReconciliationMissing,
    ReconciliationStation,
    UnseenReturn,
)
from kiosk.reconciliations import CONFIRMED, RETURNED


@dataclass(slots=True)
class Count:
    """Returns that were told and found, told and not found, and found without having been told."""

    confirmed: int = 0
    missing: int = 0
    untold: int = 0

    @property
    def told(self) -> int:
        """How many the kiosk was told of."""
        return self.confirmed + self.missing


@dataclass(frozen=True, slots=True)
class Report:
    """The counts of finished reconciliations; an untold return has no hour, and belongs to all boxes it may be from."""

    reconciliations: int
    stations: dict[str, Count]
    hours: dict[int, Count]


def report(connection: Connection, since: datetime, until: datetime, zone: ZoneInfo) -> Report:
    """The reconciliations finished from `since` to before `until`, by station and by school hour of the telling.

    A return counts once, however often it was searched for: as confirmed, if it was found in a box in the end.
    """
    finished = (Reconciliation.finished_at >= since, Reconciliation.finished_at < until)
    stations: defaultdict[str, Count] = defaultdict(Count)
    hours: defaultdict[int, Count] = defaultdict(Count)
    for station, at, is_confirmed in _told(connection, finished):
        for count in (stations[station], hours[at.astimezone(zone).hour]):
            count.confirmed += is_confirmed
            count.missing += not is_confirmed
    for station in connection.scalars(_UNTOLD.where(*finished)):
        stations[station].untold += 1
    number = len(connection.scalars(select(Reconciliation.id).where(*finished)).all())
    return Report(number, dict(sorted(stations.items())), dict(sorted(hours.items())))


_LINE = ReconciliationLine
_TOLD = select(UnseenReturn.id, UnseenReturn.station, UnseenReturn.told_at)
_FOUND = (
    _TOLD.join(_LINE, _LINE.unseen_id == UnseenReturn.id)
    .join(Reconciliation, Reconciliation.id == _LINE.reconciliation_id)
    .where(_LINE.account == CONFIRMED, _LINE.undone_at.is_(None))
)
_MISSING = _TOLD.join(ReconciliationMissing, ReconciliationMissing.unseen_id == UnseenReturn.id).join(
    Reconciliation, Reconciliation.id == ReconciliationMissing.reconciliation_id
)
_UNTOLD = (
    select(ReconciliationStation.station)
    .join(_LINE, _LINE.reconciliation_id == ReconciliationStation.reconciliation_id)
    .join(Reconciliation, Reconciliation.id == _LINE.reconciliation_id)
    .where(_LINE.account == RETURNED, _LINE.undone_at.is_(None))
)


def _told(connection: Connection, finished: tuple[ColumnElement[bool], ...]) -> list[tuple[str, datetime, bool]]:
    """Where and when each return was told, and whether it was found in a box."""
    told: dict[int, tuple[str, datetime, bool]] = {}
    for query, is_confirmed in ((_MISSING, False), (_FOUND, True)):
        for number, station, at in connection.execute(query.where(*finished)):
            told[number] = (station, at, is_confirmed)
    return list(told.values())
