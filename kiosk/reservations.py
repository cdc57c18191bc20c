"""Who waits for what: the queue of a title, the copy set aside for the first, and how a reservation ends.

Reads and writes the table only; the counter asks the rules first and writes the ledger.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Row, bindparam, exists, func, insert, select, update

from kiosk import ledger
from kiosk.decision import TitleFacts
from kiosk.models import Copy, Loan, Place, Title
from kiosk.models_desk import Reservation, UnseenReturn

Waiting = Row[int, int, int | None, date | None]

_OPEN = Reservation.ended_at.is_(None)
_QUEUE = (
    select(Reservation.id, Reservation.reader_id, Reservation.copy_id, Reservation.waits_until)
    .where(Reservation.title_id == bindparam("title"), _OPEN)
    .order_by(Reservation.precedence.desc(), Reservation.made_at, Reservation.id)
)
_OUT = exists().where(Loan.copy_id == Copy.id, Loan.returned_at.is_(None)).correlate(Copy)
_KEPT = exists().where(Reservation.copy_id == Copy.id, _OPEN).correlate(Copy)
_UNSEEN = exists().where(UnseenReturn.copy_id == Copy.id, UnseenReturn.settled_at.is_(None)).correlate(Copy)
_STOCK = select(func.count()).where(Copy.title_id == bindparam("title"), Copy.state.in_(("ok", "repair")))
_IS_FREE = (Copy.state == "ok", Place.kind != "reading_room", ~_OUT, ~_KEPT, ~_UNSEEN)
_FREE = (
    select(func.count())
    .select_from(Copy)
    .join(Place, Place.id == Copy.place_id)
    .where(Copy.title_id == bindparam("title"), *_IS_FREE)
)
_KIND = select(Title.kind).where(Title.id == bindparam("title"))


def queue(connection: Connection, title: int) -> Sequence[Waiting]:
    """The open reservations of a title, the next one first: id, reader_id, copy_id, waits_until."""
    return list(connection.execute(_QUEUE, {"title": title}))


def free_copies() -> tuple[ColumnElement[bool], ...]:
    """What a query over copies and their places asks for, to find those that lie free on a shelf."""
    return _IS_FREE


def title_facts(connection: Connection, title: int, today: date) -> TitleFacts | None:
    """What the rules need to know when a copy of the title moves; None where nobody has reserved it, which is cheap."""
    waiting = queue(connection, title)
    return _facts(connection, title, today, waiting) if waiting else None


def reservable(connection: Connection, title: int, today: date) -> TitleFacts | None:
    """What the rules need to know before somebody reserves the title; None for a title that is not there."""
    if connection.scalar(_KIND, {"title": title}) is None:
        return None
    return _facts(connection, title, today, queue(connection, title))


def _facts(connection: Connection, title: int, today: date, waiting: Sequence[Waiting]) -> TitleFacts:
    asked = {"title": title}
    return TitleFacts(
        title,
        connection.scalar(_KIND, asked) or "book",
        connection.scalar(_STOCK, asked) or 0,
        connection.scalar(_FREE, asked) or 0,
        tuple(row.reader_id for row in waiting if row.copy_id is None),
        {
            row.copy_id: row.reader_id
            for row in waiting
            if row.copy_id is not None and row.waits_until and row.waits_until >= today
        },
    )


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


def open_again(connection: Connection, reservation: int, copy: int | None = None) -> None:
    """Undo an ending. The copy in hand is set aside again if it was before; otherwise the reservation waits."""
    values = {"ended_at": None, "ended_how": None, "loan_id": None}
    connection.execute(update(Reservation).where(Reservation.id == reservation).values(values))
    elsewhere = Reservation.copy_id.is_not(None) if copy is None else Reservation.copy_id != copy
    other = update(Reservation).where(Reservation.id == reservation, elsewhere)
    connection.execute(other.values(copy_id=None, set_aside_at=None, waits_until=None))


def fetched_by(connection: Connection, loan: int) -> int | None:
    """The reservation that this loan has ended."""
    return connection.scalar(select(Reservation.id).where(Reservation.loan_id == loan))


def of_copy(connection: Connection, copy: int) -> Row[int, int, date | None] | None:
    """The open reservation that this copy is set aside for: id, reader_id, waits_until."""
    query = select(Reservation.id, Reservation.reader_id, Reservation.waits_until)
    return connection.execute(query.where(Reservation.copy_id == copy, _OPEN)).first()


def expired(connection: Connection, today: date) -> list[tuple[int, int, int, int]]:
    """(id, title_id, reader_id, copy_id) of the open reservations whose copy has waited in vain."""
    columns = (Reservation.id, Reservation.title_id, Reservation.reader_id, Reservation.copy_id)
    query = select(*columns).where(_OPEN, Reservation.copy_id.is_not(None), Reservation.waits_until < today)
    return [(row[0], row[1], row[2], row[3] or 0) for row in connection.execute(query.order_by(Reservation.id))]
