"""A school whose database was made before there was a desk: tables of revision 0001, with a past."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, select

import kiosk
from kiosk import reserving
from kiosk.audit import audit
from kiosk.counter import Counter
from kiosk.database import Database
from kiosk.desk import Desk
from kiosk.models import CategoryRule, Loan
from kiosk.outcome import Outcome
from kiosk.search import find
from tests.cast import BEES, ENTRANCE, FERRY, LIBRARIAN, LIHUA, MORNING, ROOM, XIAOMING, ZONE, hire, rows

LATER = MORNING + timedelta(hours=1)
# station, moment, verb, reader, copy, loan, details
PAST: tuple[tuple[Any, ...], ...] = (
    (ENTRANCE, MORNING, "greeted", XIAOMING.id, None, None, {"why": "greet"}),
    (ENTRANCE, MORNING, "lent", XIAOMING.id, FERRY.id, 1, {"due": "2026-03-16"}),
    (ROOM, MORNING, "lent", LIHUA.id, BEES.id, 2, {"due": "2026-03-16", "findings": [["READ_BEFORE", "note", {}]]}),
    (ROOM, LATER, "returned", XIAOMING.id, FERRY.id, 1, {"due": "2026-03-16"}),
    (ENTRANCE, LATER, "unknown", None, None, None, {"why": "NOT_OURS"}),
)
LOANS: tuple[dict[str, Any], ...] = (
    {"id": 1, "copy_id": FERRY.id, "title_id": FERRY.title, "reader_id": XIAOMING.id, "lent_station": ENTRANCE},
    {"id": 2, "copy_id": BEES.id, "title_id": BEES.title, "reader_id": LIHUA.id, "lent_station": ROOM},
)
_OVER: dict[str, Any] = {"returned_at": LATER, "returned_station": ROOM}


def settle_in(database: Database) -> list[str]:
    """Make the tables as they were, and let a day happen in them; gives back the hashes of its ledger."""
    return database.write(_settle_in)


def _settle_in(connection: Connection) -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(Path(kiosk.__file__ or "").parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    metadata = MetaData()
    metadata.reflect(connection)
    tables = metadata.tables
    for model, values in rows().items():
        table = tables[model.__tablename__]
        connection.execute(table.insert(), [{**_blanks(table), **each} for each in values])
    for loan in LOANS:
        over = _OVER if loan["id"] == 1 else {"returned_at": None, "returned_station": None}
        more = {"lent_at": MORNING, "due_on": MORNING.date() + timedelta(days=14), "renewals": 0, "undone": False}
        connection.execute(tables["loan"].insert(), {**loan, **more, **over})
    entries = _chained()
    connection.execute(tables["ledger"].insert(), entries)
    return [each["hash"] for each in entries]


def _blanks(table: Table) -> dict[str, str]:
    """What a title or a copy has where the cast says nothing."""
    return {name: "" for name in ("author", "publisher", "class_number", "accession") if name in table.columns}


def _chained() -> list[dict[str, Any]]:
    """The ledger of that day, numbered and chained as it was then: before anybody of the staff was named."""
    heads: dict[str, tuple[int, str]] = {}
    entries = []
    for station, at, verb, reader, copy, loan, details in PAST:
        number, previous = heads.get(station, (0, "0" * 64))
        values = [at.timestamp(), station, number + 1, verb, reader, copy, loan, None, details, previous]
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        own = hashlib.sha256(text.encode()).hexdigest()
        heads[station] = (number + 1, own)
        what = {
            "verb": verb,
            "reader_id": reader,
            "copy_id": copy,
            "loan_id": loan,
            "scan_id": None,
            "details": details,
        }
        entries.append({"station": station, "number": number + 1, "at": at, "previous": previous, "hash": own, **what})
    return entries


def assert_the_past_is_there(database: Database) -> None:
    """What was so is so still, what is new has the value that changes nothing, and life goes on."""
    with database.reading() as connection:
        loans = connection.execute(select(Loan.__table__).order_by(Loan.id)).all()
        assert [(row.reader_id, row.returned_at, row.excused) for row in loans] == [
            (XIAOMING.id, LATER, False),
            (LIHUA.id, None, False),
        ]
        assert set(connection.scalars(select(CategoryRule.precedence))) == {False}
        assert [each.id for each in find(connection, "shu 14").titles] == [14], "titles can be searched by their sound"
    desk = Desk(database, ZONE)
    assert desk.take_back(BEES.id, station=ENTRANCE, now=LATER).verb == "returned"
    hire(database)

    def reserve(counter: Counter) -> Outcome:
        return reserving.reserve(counter, FERRY.title, LIHUA.id)

    assert desk.at_counter("librarian", LATER, "the first of the desk", reserve, LIBRARIAN).verb == "reserved"
    with database.reading() as connection:
        assert list(audit(connection)) == []
