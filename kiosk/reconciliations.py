"""What is known of reconciliations: their counts, their lines, what is missing, and what a term shows. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, select

from kiosk.models import Copy, Place, Reader, SchoolClass, Title
from kiosk.models_desk import (
    Reconciliation,
    ReconciliationLine,
    ReconciliationMissing,
    ReconciliationStation,
    Reservation,
    Staff,
    UnseenReturn,
)

CONFIRMED, RETURNED, ALREADY, UNKNOWN = "confirmed", "returned", "already", "unknown"
AGAIN, CARD, ISBN, CLOSED = "again", "card", "isbn", "closed"  # what makes no line
SEEN, NOT_MISSING = "seen", "not_missing"  # what is said of a scan into a finished one
MOVED_ON, TAKEN_OUT = "moved_on", "taken_out"  # what is said of a line
SHELF, RESERVED, CORNER, REPAIR, WITHDRAWN, FOUND = "shelf", "reserved", "corner", "repair", "withdrawn", "found"
_LINE = ReconciliationLine.__table__.c
_COUNTED = (_LINE.undone_at.is_(None),)


@dataclass(frozen=True, slots=True)
class Tally:
    """The running count: `told` is confirmed and missing, `box` is confirmed and extra; `unknown` is part of extra."""

    confirmed: int
    missing: int
    extra: int
    unknown: int

    @property
    def told(self) -> int:
        """How many returns the kiosk was told of."""
        return self.confirmed + self.missing

    @property
    def box(self) -> int:
        """How many things lay in the box."""
        return self.confirmed + self.extra


def open_at(connection: Connection, station: str) -> int | None:
    """The open reconciliation that a station's box is part of."""
    query = select(Reconciliation.id).join(
        ReconciliationStation, ReconciliationStation.reconciliation_id == Reconciliation.id
    )
    return connection.scalar(
        query.where(Reconciliation.finished_at.is_(None), ReconciliationStation.station == station)
    )


def of(connection: Connection, number: int) -> Row[Any] | None:
    """The reconciliation with this number."""
    return connection.execute(select(Reconciliation.__table__).where(Reconciliation.id == number)).first()


def still_told(connection: Connection, held: Row[Any]) -> list[Row[Any]]:
    """The unseen returns of its stations from before it was opened: what is missing as long as it is not found."""
    query = select(UnseenReturn.__table__).where(_is_still_told(held))
    return list(connection.execute(query.order_by(UnseenReturn.told_at, UnseenReturn.id)))


def _is_still_told(held: Row[Any]) -> ColumnElement[bool]:
    stations = select(ReconciliationStation.station).where(ReconciliationStation.reconciliation_id == held.id)
    here = and_(UnseenReturn.settled_at.is_(None), UnseenReturn.station.in_(stations))
    return and_(here, UnseenReturn.told_at <= held.opened_at)


def stations_of(connection: Connection, number: int) -> list[str]:
    """The stations whose boxes are looked through."""
    query = select(ReconciliationStation.station).where(ReconciliationStation.reconciliation_id == number)
    return list(connection.scalars(query.order_by(ReconciliationStation.station)))


def told_at(connection: Connection) -> dict[str, int]:
    """How many returns each station was told of that nobody has seen yet."""
    query = select(UnseenReturn.station, func.count()).where(UnseenReturn.settled_at.is_(None))
    return {row[0]: row[1] for row in connection.execute(query.group_by(UnseenReturn.station))}


def tally(connection: Connection, number: int) -> Tally:
    """The running count of a reconciliation, or the final one."""
    held = of(connection, number)
    assert held is not None
    kinds = select(_LINE.account, func.count()).where(_LINE.reconciliation_id == number, *_COUNTED)
    counts = {row[0]: row[1] for row in connection.execute(kinds.group_by(_LINE.account))}
    lost = select(func.count()).where(ReconciliationMissing.reconciliation_id == number)
    told = select(func.count()).select_from(UnseenReturn).where(_is_still_told(held))
    missing = connection.scalar(told if held.finished_at is None else lost)
    confirmed = counts.pop(CONFIRMED, 0)
    return Tally(confirmed, missing or 0, sum(counts.values()), counts.get(UNKNOWN, 0))


# What both a line and something missing say of the book, of who scanned it or gave the verdict, and of a class.
_BOOK: list[Any] = [
    Copy.label,
    Copy.title_id,
    Title.title,
    Title.author,
    Title.class_number,
    Place.name.label("place"),
    Staff.name.label("staff"),
    SchoolClass.grade,
    SchoolClass.number,
]
_OF_LINE: list[Any] = [*_LINE, *_BOOK, Reader.name.label("for_reader")]
_TOGETHER = (
    select(*_OF_LINE)
    .select_from(ReconciliationLine)
    .outerjoin(Copy, Copy.id == _LINE.copy_id)
    .outerjoin(Title, Title.id == Copy.title_id)
    .outerjoin(Place, Place.id == Copy.place_id)
    .outerjoin(Staff, Staff.id == _LINE.staff_id)
    .outerjoin(Reservation, Reservation.id == _LINE.reservation_id)
    .outerjoin(Reader, Reader.id == Reservation.reader_id)
    .outerjoin(SchoolClass, SchoolClass.id == func.coalesce(Reader.class_id, Place.class_id))
)


def lines(connection: Connection, number: int, most: int | None = None) -> Sequence[Row[Any]]:
    """What was scanned, the latest first: the line's columns, its book, who scanned it, for whom it is set aside
    (and their class, or the class of its corner). What was scanned by mistake is left out."""
    query = _TOGETHER.where(_LINE.reconciliation_id == number, *_COUNTED).order_by(_LINE.id.desc())
    return connection.execute(query.limit(most) if most else query).all()


def line(connection: Connection, number: int) -> Row[Any] | None:
    """One line, told as `lines` tells it."""
    return connection.execute(_TOGETHER.where(_LINE.id == number)).first()


def trolley(connection: Connection, number: int) -> list[Row[Any]]:
    """What goes back to a shelf or a corner, in the order of the shelves: place, class number, title."""
    query = _TOGETHER.where(_LINE.reconciliation_id == number, *_COUNTED, _LINE.destination.in_((SHELF, CORNER, FOUND)))
    return list(connection.execute(query.order_by(Place.name, Title.class_number, Title.title, Copy.label)))


_OF_MISSING: list[Any] = [
    *UnseenReturn.__table__.c,
    *_BOOK,
    Reader.name.label("reader"),
    ReconciliationMissing.verdict,
]


def missing(connection: Connection, number: int) -> Sequence[Row[Any]]:
    """What was told and not found: the return, its book and reader, its verdict, and what has settled it since."""
    query = (
        select(*_OF_MISSING)
        .join(ReconciliationMissing, ReconciliationMissing.unseen_id == UnseenReturn.id)
        .join(Copy, Copy.id == UnseenReturn.copy_id)
        .join(Title, Title.id == Copy.title_id)
        .join(Place, Place.id == Copy.place_id)
        .join(Reader, Reader.id == UnseenReturn.reader_id)
        .outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)
        .outerjoin(Staff, Staff.id == ReconciliationMissing.verdict_by)
    )
    which = ReconciliationMissing.reconciliation_id == number
    return connection.execute(query.where(which).order_by(UnseenReturn.told_at, UnseenReturn.id)).all()


def searched_for(connection: Connection, number: int) -> int:
    """How much of what was missing nobody has found, and no verdict has settled."""
    query = select(func.count()).select_from(ReconciliationMissing)
    query = query.join(UnseenReturn, UnseenReturn.id == ReconciliationMissing.unseen_id)
    open_ones = query.where(ReconciliationMissing.reconciliation_id == number, UnseenReturn.settled_at.is_(None))
    return connection.scalar(open_ones) or 0


def history(connection: Connection, most: int = 30) -> Sequence[Row[Any]]:
    """The reconciliations, open ones first, then the latest finished."""
    query = select(Reconciliation.__table__, Staff.name.label("staff")).join(
        Staff, Staff.id == Reconciliation.opened_by
    )
    order = (case((Reconciliation.finished_at.is_(None), 0), else_=1), Reconciliation.id.desc())
    return connection.execute(query.order_by(*order).limit(most)).all()
