"""Who waits for what: the queue of a title, the copy set aside for the first, and how a reservation ends.

Reads and writes the table only; the counter asks the rules first and writes the ledger.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, exists, func, insert, or_, select, update

from kiosk import ledger
from kiosk.decision import CopyFacts, TitleFacts
from kiosk.models import Copy, Loan, Place, Reader, Title
from kiosk.models_desk import Reservation, UnseenReturn

Waiting = Row[int, int, int | None, date | None, int | None, date | None, date | None]

_OPEN = Reservation.ended_at.is_(None)
_QUEUE = (
    select(Reservation.id, Reservation.reader_id, Reservation.copy_id, Reservation.waits_until)
    .add_columns(Reader.class_id, Reader.card_lost_on, Reader.left_on)
    .join(Reader, Reader.id == Reservation.reader_id)
    .where(Reservation.title_id == bindparam("title"), _OPEN)
    .order_by(Reservation.precedence.desc(), Reservation.made_at, Reservation.id)
)
_OUT = exists().where(Loan.copy_id == Copy.id, Loan.returned_at.is_(None)).correlate(Copy)
_KEPT = exists().where(Reservation.copy_id == Copy.id, _OPEN).correlate(Copy)
_UNSEEN = exists().where(UnseenReturn.copy_id == Copy.id, UnseenReturn.settled_at.is_(None)).correlate(Copy)
_IS_FREE = (Copy.state == "ok", Place.kind != "reading_room", ~_OUT, ~_KEPT, ~_UNSEEN)
_COPIES = (
    select(Place.kind, Place.class_id, func.count())
    .select_from(Copy)
    .join(Place, Place.id == Copy.place_id)
    .where(Copy.title_id == bindparam("title"))
    .group_by(Place.kind, Place.class_id)
)
_STOCK = _COPIES.where(Copy.state.in_(("ok", "repair")))
_FREE = _COPIES.where(*_IS_FREE)
_KIND = select(Title.kind).where(Title.id == bindparam("title"))


def queue(connection: Connection, title: int) -> Sequence[Waiting]:
    """The open reservations of a title, the next one first: id, reader_id, copy_id, waits_until, and of the reader
    class_id, card_lost_on and left_on."""
    return list(connection.execute(_QUEUE, {"title": title}))


def next_for(connection: Connection, copy: CopyFacts, today: date) -> int | None:
    """The reservation that this copy should be set aside for."""
    waiting = queue(connection, copy.title_id)
    return next((row.id for row in waiting if _waits(row, today) and _may_have(row, copy.corner_class_id)), None)


def free_copies() -> tuple[ColumnElement[bool], ...]:
    """What a query over copies and their places asks for, to find those that lie free on a shelf."""
    return _IS_FREE


def title_facts(connection: Connection, copy: CopyFacts, today: date) -> TitleFacts | None:
    """What the rules need to know when this copy moves; None where nobody has reserved its title, which is cheap.

    Only those count as waiting who may have the copy, and only those copies as free that stand where it does: the
    corner of a class is for that class.
    """
    waiting = queue(connection, copy.title_id)
    if not waiting:
        return None
    asked, corner = {"title": copy.title_id}, copy.corner_class_id
    free = sum(number for _, class_id, number in connection.execute(_FREE, asked) if class_id == corner)
    hoping = tuple(row.reader_id for row in waiting if _waits(row, today) and _may_have(row, corner))
    if copy.place_kind == "reading_room":
        hoping = ()
    return TitleFacts(copy.title_id, copy.kind, free=free, waiting=hoping, set_aside=_set_aside(waiting))


def reservable(connection: Connection, title: int, class_id: int | None, today: date) -> TitleFacts | None:
    """What the rules need to know before somebody of a class reserves the title; None for one that is not there."""
    asked = {"title": title}
    if (kind := connection.scalar(_KIND, asked)) is None:
        return None
    stock = connection.execute(_STOCK, asked).all()
    mine = sum(number for place, corner, number in stock if place != "reading_room" and corner in (None, class_id))
    free = sum(number for _, corner, number in connection.execute(_FREE, asked) if corner in (None, class_id))
    waiting = queue(connection, title)
    hoping = tuple(row.reader_id for row in waiting if _waits(row, today))
    return TitleFacts(title, kind, sum(row[2] for row in stock), mine, free, hoping, _set_aside(waiting))


def _waits(row: Waiting, today: date) -> bool:
    """Whether the reader hopes for a copy. Whose card is lost keeps the place, and gets nothing meanwhile."""
    return row.copy_id is None and row.card_lost_on is None and (row.left_on is None or row.left_on > today)


def _may_have(row: Waiting, corner: int | None) -> bool:
    return corner is None or row.class_id == corner


def _set_aside(waiting: Sequence[Waiting]) -> dict[int, int]:
    return {row.copy_id: row.reader_id for row in waiting if row.copy_id is not None}


def open_of_reader(connection: Connection, reader: int) -> int:
    """How many titles a reader waits for."""
    found = connection.scalar(
        select(func.count()).select_from(Reservation).where(Reservation.reader_id == reader, _OPEN)
    )
    return found or 0


def make(
    connection: Connection,
    title: int,
    reader: int,
    precedence: bool,
    station: str,
    staff: int | None,
    now: datetime,
) -> int:
    """Put the reader into the title's queue and give back the reservation's id."""
    values = {"title_id": title, "reader_id": reader, "precedence": precedence}
    where = {"made_at": now, "made_station": station, "made_by": staff}
    return ledger.new_id(connection.execute(insert(Reservation), {**values, **where}))


def set_aside(connection: Connection, reservation: int, copy: int | None, now: datetime, until: date | None) -> None:
    """Keep the copy for this reservation until a day, that day included; no copy lets it wait again."""
    values = {"copy_id": copy, "set_aside_at": now if copy else None, "waits_until": until}
    connection.execute(update(Reservation).where(Reservation.id == reservation).values(values))


def end(connection: Connection, reservation: int, how: str, now: datetime, loan: int | None = None) -> None:
    """End a reservation: fetched (by a loan), cancelled or expired. Its copy, if any, is free again."""
    values = {"ended_at": now, "ended_how": how, "loan_id": loan}
    connection.execute(update(Reservation).where(Reservation.id == reservation).values(values))


def open_again(connection: Connection, reservation: int) -> None:
    """Undo an ending; the copy that was set aside, if any, is set aside again."""
    values = {"ended_at": None, "ended_how": None, "loan_id": None}
    connection.execute(update(Reservation).where(Reservation.id == reservation).values(values))


def of(connection: Connection, reservation: int | None) -> Row[Any] | None:
    """The reservation with this number."""
    return connection.execute(select(Reservation.__table__).where(Reservation.id == reservation)).first()


def fetched_by(connection: Connection, loan: int) -> Row[Any] | None:
    """The reservation that this loan has ended."""
    return connection.execute(select(Reservation.__table__).where(Reservation.loan_id == loan)).first()


def of_copy(connection: Connection, copy: int) -> Row[int, int, date | None] | None:
    """The open reservation that this copy is set aside for: id, reader_id, waits_until."""
    query = select(Reservation.id, Reservation.reader_id, Reservation.waits_until)
    return connection.execute(query.where(Reservation.copy_id == copy, _OPEN)).first()


def expired(connection: Connection, today: date) -> list[tuple[int, int, int, int | None]]:
    """(id, title_id, reader_id, copy_id) of the open reservations that are over: their copy has waited in vain, or
    their reader has left. A copy that still lies unseen in a box has not waited yet."""
    box = exists().where(UnseenReturn.copy_id == Reservation.copy_id, UnseenReturn.settled_at.is_(None))
    in_vain = Reservation.copy_id.is_not(None) & (Reservation.waits_until < today) & ~box
    query = (
        select(Reservation.id, Reservation.title_id, Reservation.reader_id, Reservation.copy_id)
        .join(Reader, Reader.id == Reservation.reader_id)
        .where(_OPEN, or_(in_vain, Reader.left_on <= today))
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query.order_by(Reservation.id))]
