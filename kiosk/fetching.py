"""Reservations that somebody has to see to: copies to be fetched by their readers, off the shelf, or back to it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kiosk.models import Copy, LedgerEntry, Place, Reader, SchoolClass, Title
from kiosk.models_desk import Reservation, UnseenReturn
from kiosk.reservations import free_copies

_LEDGER = LedgerEntry.__table__.c
_REMEMBERED = timedelta(days=7)  # how long a copy that was kept in vain is asked after
_OPEN = Reservation.ended_at.is_(None)
_COLUMNS: list[Any] = [
    Reservation.id,
    Reservation.waits_until,
    Copy.label,
    Title.title,
    Reader.name.label("reader"),
    Reader.category,
    SchoolClass.grade,
    SchoolClass.number,
    UnseenReturn.station.label("box"),
]
_KEPT = (
    select(*_COLUMNS)
    .select_from(Reservation)
    .join(Copy, Copy.id == Reservation.copy_id)
    .join(Title, Title.id == Reservation.title_id)
    .join(Reader, Reader.id == Reservation.reader_id)
    .outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)
    .outerjoin(UnseenReturn, (UnseenReturn.copy_id == Copy.id) & UnseenReturn.settled_at.is_(None))
    .where(_OPEN)
    .order_by(Reservation.waits_until, Reservation.id)
)


def kept(connection: Connection, today: date) -> Sequence[Row[Any]]:
    """The copies set aside for readers who have not come yet, the most pressing first: waits_until, label, title,
    reader, category, grade, number; and the station in whose `box` the copy still lies, if nobody has seen it."""
    return connection.execute(_KEPT.where((Reservation.waits_until >= today) | UnseenReturn.id.is_not(None))).all()


def on_the_shelf(connection: Connection) -> Sequence[Row[Any]]:
    """The reserved titles of which a copy is free, though nobody has set it aside: title, class_number, place and label
    of one such copy, and how many readers are `waiting`."""
    queues = (
        select(Reservation.title_id, func.count().label("waiting"), func.min(Reservation.made_at).label("since"))
        .where(_OPEN, Reservation.copy_id.is_(None))
        .group_by(Reservation.title_id)
        .subquery()
    )
    first = (
        select(queues.c.title_id, queues.c.waiting, queues.c.since, func.min(Copy.id).label("copy_id"))
        .join(Copy, Copy.title_id == queues.c.title_id)
        .join(Place, Place.id == Copy.place_id)
        .where(*free_copies())
        .group_by(queues.c.title_id, queues.c.waiting, queues.c.since)
        .subquery()
    )
    query = (
        select(Copy.label, Title.title, Title.class_number, Place.name.label("place"), first.c.waiting)
        .select_from(first)
        .join(Copy, Copy.id == first.c.copy_id)
        .join(Title, Title.id == Copy.title_id)
        .join(Place, Place.id == Copy.place_id)
    )
    return connection.execute(query.order_by(first.c.since, first.c.title_id)).all()


def to_put_back(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """The copies that were kept in vain within the last days and that nobody has scanned since: label, title, place.
    They still lie where reserved copies lie."""
    since = now - _REMEMBERED
    ended = select(Reservation.copy_id, Reservation.ended_at)
    ended = ended.where(Reservation.ended_how == "expired", Reservation.ended_at >= since).order_by(
        Reservation.ended_at
    )
    kept = {row.copy_id: row.ended_at for row in connection.execute(ended)}
    if not kept:
        return []
    scanned = select(_LEDGER.copy_id, func.max(_LEDGER.at)).where(_LEDGER.at > since, _LEDGER.copy_id.in_(kept))
    last = {row[0]: row[1] for row in connection.execute(scanned.group_by(_LEDGER.copy_id))}
    lying = [copy for copy, at in kept.items() if copy not in last or last[copy] <= at]
    columns: list[Any] = [Copy.label, Title.title, Place.name.label("place")]
    query = select(*columns).join(Title, Title.id == Copy.title_id).join(Place, Place.id == Copy.place_id)
    return connection.execute(query.where(Copy.id.in_(lying), *free_copies()).order_by(Copy.id)).all()
