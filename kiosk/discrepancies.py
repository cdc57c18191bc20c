"""What a term's reconciliations show: at which station and at what hour returns go missing or are not told."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

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
    """The reconciliations finished from `since` to before `until`, by station and by school hour of the telling."""
    finished = (Reconciliation.finished_at >= since, Reconciliation.finished_at < until)
    stations: defaultdict[str, Count] = defaultdict(Count)
    hours: defaultdict[int, Count] = defaultdict(Count)
    told = select(UnseenReturn.station, UnseenReturn.told_at)
    line = ReconciliationLine
    found = (
        told.join(line, line.unseen_id == UnseenReturn.id)
        .join(Reconciliation, Reconciliation.id == line.reconciliation_id)
        .where(line.account == CONFIRMED, line.undone_at.is_(None), *finished)
    )
    lost = (
        told.join(ReconciliationMissing, ReconciliationMissing.unseen_id == UnseenReturn.id)
        .join(Reconciliation, Reconciliation.id == ReconciliationMissing.reconciliation_id)
        .where(*finished)
    )
    for query, name in ((found, "confirmed"), (lost, "missing")):
        for station, at in connection.execute(query):
            for count in (stations[station], hours[at.astimezone(zone).hour]):
                setattr(count, name, getattr(count, name) + 1)
    untold = (
        select(ReconciliationStation.station)
        .join(line, line.reconciliation_id == ReconciliationStation.reconciliation_id)
        .join(Reconciliation, Reconciliation.id == line.reconciliation_id)
        .where(line.account == RETURNED, line.undone_at.is_(None), *finished)
    )
    for station in connection.scalars(untold):
        stations[station].untold += 1
    number = len(connection.scalars(select(Reconciliation.id).where(*finished)).all())
    return Report(number, dict(sorted(stations.items())), dict(sorted(hours.items())))
