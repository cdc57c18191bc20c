"""The append-only record of everything that happened at any station, refusals included.

Each station numbers its own entries from 1 and chains them: an entry's hash covers its values and the hash before it.
A changed or missing entry in the past shows, and the ledgers of several stations can be merged.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, RowMapping, bindparam, func, insert, select

from kiosk.models import LedgerEntry

FIRST = "0" * 64  # what the first entry of a station is chained to
TABLE = LedgerEntry.__table__.c


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, before it has a number. `details` holds plain JSON values; `staff_id` says who did it, if that was
    one of the staff."""

    verb: str
    at: datetime
    reader_id: int | None
    copy_id: int | None
    loan_id: int | None
    scan_id: str | None
    details: Mapping[str, Any]
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where a chain or a story does not hold; `entry` is the ledger id, if there is one to point at."""

    code: str
    station: str
    entry: int | None
    what: str


# Every scan asks these: made once, they cost half.
_LAST = (
    select(TABLE.number, TABLE.hash).where(TABLE.station == bindparam("station")).order_by(TABLE.number.desc()).limit(1)
)
_OF_SCAN = (
    select(LedgerEntry.__table__)
    .where(
        (TABLE.scan_id == bindparam("first"))
        | ((TABLE.scan_id > bindparam("after")) & (TABLE.scan_id < bindparam("before")))
    )
    .order_by(TABLE.id)
)
_INSERT = insert(LedgerEntry)
_NEWEST = select(func.max(TABLE.id))


def append(connection: Connection, station: str, entry: Entry) -> int:
    """Write the entry at the end of the station's chain and return its id."""
    last = connection.execute(_LAST, {"station": station}).first()
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    values = {name: getattr(entry, name) for name in Entry.__slots__}
    row = {"station": station, "number": number, "previous": previous, **values}
    return new_id(connection.execute(_INSERT, {**row, "hash": digest(row)}))


def new_id(result: CursorResult[Any]) -> int:
    """The id that the database gave to the one row just inserted."""
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def digest(row: Mapping[str, Any] | RowMapping) -> str:
    """The SHA-256, in hex, of an entry's values in a canonical JSON form.

    Who did it is covered where somebody is named: the entries from before there was a staff keep their hashes.
    """
    names = ("station", "number", "verb", "reader_id", "copy_id", "loan_id", "scan_id", "details", "previous")
    values = [row["at"].timestamp(), *(row[name] for name in names)]
    if row.get("staff_id") is not None:
        values.append(row["staff_id"])
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def newest(connection: Connection) -> int:
    """The id of the latest entry of any station: whoever sees another one than before knows that something happened."""
    return connection.scalar(_NEWEST) or 0


def of_scan(connection: Connection, scan_id: str) -> list[Row[Any]]:
    """Every entry that one scan has made, in order; its second entry is named `id#1`, and so on."""
    mine = {"first": scan_id, "after": f"{scan_id}#", "before": f"{scan_id}$"}
    return list(connection.execute(_OF_SCAN, mine))


def latest(connection: Connection, station: str, most: int) -> list[Row[Any]]:
    """A station's newest entries, oldest first: as cheap for a station with a long past as for a new one."""
    query = select(LedgerEntry.__table__).where(TABLE.station == station).order_by(TABLE.number.desc())
    return list(connection.execute(query.limit(most)))[::-1]


def verify(connection: Connection) -> Iterator[Flaw]:
    """Walk every station's chain and yield where it is broken: a gap in the numbers, a wrong link, changed values."""
    heads: dict[str, tuple[int, str]] = {}
    query = select(LedgerEntry.__table__).order_by(TABLE.station, TABLE.number)
    for row in connection.execution_options(yield_per=2000).execute(query):
        number, previous = heads.get(row.station, (0, FIRST))
        if row.number != number + 1:
            yield Flaw("GAP", row.station, row.id, f"entry {number + 1} is missing")
        elif row.previous != previous:
            yield Flaw("LINK", row.station, row.id, f"entry {row.number} does not follow entry {number}")
        if digest(row._mapping) != row.hash:
            yield Flaw("CHANGED", row.station, row.id, f"entry {row.number} was changed")
        heads[row.station] = (row.number, row.hash)
