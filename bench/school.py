"""A school with a long past, written straight into SQLite: the same readers and books, only more years of loans.

1,200 pupils, 8,000 titles, 20,000 copies. Every two minutes a loan; each came back after ten days but for the last
600, which are out. The ledger tells all of it: an entry for each loan and each return, numbered and hash-chained,
with the scan ids a station would have given, so every table and every index has its true size.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from kiosk import ledger
from kiosk.database import Database
from kiosk.demo_calendar import write_rules

READERS, TITLES, COPIES, OUT = 1_200, 8_000, 20_000, 600
_STEP, _AWAY, _ALLOWED = timedelta(minutes=2), timedelta(days=10), timedelta(days=14)
_STATION = "entrance"
_BATCH = 20_000
Row = tuple[Any, ...]


def build(file: Path, loans: int, now: datetime) -> None:
    """Make the database: `loans` loans up to `now` and their ledger."""
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.write(lambda connection: write_rules(connection, now.date()))
    database.engine.dispose()
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "foreign_keys=OFF"):
            raw.execute(f"PRAGMA {pragma}")
        raw.execute("BEGIN")
        _furnish(raw)
        indexes = _taken_away(raw)
        _insert(raw, "loan", 12, (_loan(n, loans, now) for n in range(loans)))
        _insert(raw, "ledger", 13, _chained(_events(loans, now)))
        for index in indexes:
            raw.execute(index)
        raw.execute("COMMIT")
        raw.execute("ANALYZE")
        raw.execute("PRAGMA journal_mode=WAL")


def free_copies(loans: int) -> list[int]:
    """Copies that are in, and of which no other copy of the title is out."""
    out = {_copy(n) % TITLES for n in range(max(loans - OUT, 0), loans)}
    return [copy for copy in range(1, COPIES + 1) if copy % TITLES not in out]


def _furnish(raw: sqlite3.Connection) -> None:
    raw.executemany("INSERT INTO school_class VALUES (?, ?, ?)", [(n, n // 6 + 1, n % 6 + 1) for n in range(30)])
    readers = [(n, f"2025{n:05}", "王小明", "student", n % 30, None, None, None, None) for n in range(1, READERS + 1)]
    _insert(raw, "reader", 9, readers)
    titles = [
        (n + 1, f"978{n:010}", f"第{n}本书", "无名氏", "出版社", "I287", "book", f"第{n}本书") for n in range(TITLES)
    ]
    _insert(raw, "title", 8, titles)
    raw.execute("INSERT INTO place VALUES (1, '书架', 'shelf', NULL)")
    copies = [(n, f"{n:08}", f"{n:06}", n % TITLES + 1, 1, "ok") for n in range(1, COPIES + 1)]
    _insert(raw, "copy", 6, copies)


def _taken_away(raw: sqlite3.Connection) -> list[str]:
    """Drop the indexes of the tables about to be filled, and give back how to make them again."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('loan', 'ledger') AND sql > ''"
    found = raw.execute(query).fetchall()
    for name, _ in found:
        raw.execute(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def _insert(raw: sqlite3.Connection, table: str, columns: int, rows: Iterable[Row]) -> None:
    rows, statement = iter(rows), f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"
    while batch := list(islice(rows, _BATCH)):
        raw.executemany(statement, batch)


def _copy(n: int) -> int:
    return n * 7_919 % COPIES + 1


def _reader(n: int) -> int:
    return n * 7 % READERS + 1


def _lent_at(n: int, loans: int, now: datetime) -> datetime:
    return now - _STEP * (loans - n)


def _loan(n: int, loans: int, now: datetime) -> Row:
    lent, out, copy = _lent_at(n, loans, now), n >= loans - OUT, _copy(n)
    returned, where = (None, None) if out else (_written(lent + _AWAY), _STATION)
    due = (lent + _ALLOWED).date().isoformat()
    return n + 1, copy, copy % TITLES + 1, _reader(n), _written(lent), _STATION, due, 0, returned, where, 0, 0


def _events(loans: int, now: datetime) -> Iterator[tuple[datetime, str, int]]:
    """(when, verb, loan) of everything that happened, in order. The last to be out need no day of their own."""
    lent = ((_lent_at(n, loans, now), "lent", n) for n in range(loans))
    returned = ((_lent_at(n, loans, now) + _AWAY, "returned", n) for n in range(loans - OUT))
    return merge(lent, returned)


def _chained(events: Iterable[tuple[datetime, str, int]]) -> Iterator[Row]:
    rng, previous = Random(1), ledger.FIRST
    for number, (at, verb, n) in enumerate(events, start=1):
        details = {"due": (at.date() + _ALLOWED).isoformat()}
        ids = {
            "reader_id": _reader(n),
            "copy_id": _copy(n),
            "loan_id": n + 1,
            "scan_id": f"{rng.getrandbits(128):032x}",
        }
        row = {"station": _STATION, "number": number, "at": at, "verb": verb, **ids, "details": details}
        link, previous = previous, ledger.digest({**row, "previous": previous})
        yield number, _STATION, number, _written(at), verb, *ids.values(), json.dumps(details), link, previous, None


def _written(moment: datetime) -> str:
    """A moment as SQLAlchemy writes it into SQLite."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
