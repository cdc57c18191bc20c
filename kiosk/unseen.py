"""Returned, not yet seen: what a kiosk was told came back, until somebody of the library has the copy in the hand."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from kiosk.models_desk import UnseenReturn

_TABLE = UnseenReturn.__table__.c
_OF_COPY = select(UnseenReturn.__table__).where(_TABLE.copy_id == bindparam("copy"), _TABLE.settled_at.is_(None))
_OF_ENTRY = select(UnseenReturn.__table__).where(
    _TABLE.loan_id == bindparam("loan"), _TABLE.entry_id == bindparam("entry")
)
_SETTLE = update(UnseenReturn).where(UnseenReturn.id == bindparam("unseen"))


def add(connection: Connection, copy: int, loan: int, reader: int, station: str, now: datetime, entry: int) -> None:
    """A return was told at a station where nobody of the library stands; `entry` is its id in the ledger."""
    values = {"copy_id": copy, "loan_id": loan, "reader_id": reader, "station": station, "told_at": now}
    connection.execute(insert(UnseenReturn), {**values, "entry_id": entry})


def of_copy(connection: Connection, copy: int) -> Row[Any] | None:
    """The copy's return that nobody has seen yet."""
    return connection.execute(_OF_COPY, {"copy": copy}).first()


def of_entry(connection: Connection, loan: int, entry: int) -> Row[Any] | None:
    """What became of the return with this ledger entry; None where it was seen when it was made."""
    return connection.execute(_OF_ENTRY, {"loan": loan, "entry": entry}).first()


def settle(
    connection: Connection, unseen: int, how: str, now: datetime, staff: int | None, reconciliation: int | None = None
) -> None:
    """Say what became of it: box, shelf, reopened, undone, lent, counter or lost."""
    values = {"settled_at": now, "settled_how": how, "settled_by": staff, "reconciliation_id": reconciliation}
    connection.execute(_SETTLE.values(values), {"unseen": unseen})


def open_again(connection: Connection, unseen: int) -> None:
    """What settled it was undone: it is unseen as before."""
    values = {"settled_at": None, "settled_how": None, "settled_by": None, "reconciliation_id": None}
    connection.execute(_SETTLE.values(values), {"unseen": unseen})
