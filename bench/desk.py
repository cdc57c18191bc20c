"""The desk's verbs against raw sqlite3: the same statements with the same parameters under the same pragmas.

A pair is one `desk.lend` and one `desk.take_back`, two transactions, by a random reader with a random free copy.
What the desk would say to the database is taken down at a rehearsal that is rolled back; sqlite3 then executes
exactly that, BEGIN IMMEDIATE and COMMIT included, and fetches every row. So the ratio is what rules, ledger hashes
and SQLAlchemy cost. Both take turns on each file, and the files take turns, so that a busy machine slows all alike.
"""

import argparse
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, event

from bench import school
from bench.figures import machine, quantile, table
from kiosk.database import Database
from kiosk.desk import Desk

SIZES, QUICK_SIZES = (1_000, 100_000, 1_000_000), (700, 2_000)
PAIRS, QUICK_PAIRS = 600, 20
_TURN = 20  # pairs by one before it is the other's turn
T = TypeVar("T")
Statement = tuple[str, Any]


class Rehearsal(Database):
    """Runs what a desk does in a transaction that never was, and takes down the statements."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.statements: list[Statement] = []
        event.listen(self.engine, "before_cursor_execute", self._heard)

    def _heard(self, connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        self.statements.append((statement, parameters))

    def of(self, play: Callable[[Desk], None]) -> list[Statement]:
        """What sqlite3 has to execute to do as the desk does in `play`."""
        with self.engine.connect() as connection:
            self._stage, transaction = connection, connection.begin()
            self.statements.clear()
            play(self.desk)
            transaction.rollback()
        return list(self.statements)

    def write(self, work: Callable[[Connection], T]) -> T:
        """One transaction of the desk, inside the one that will be rolled back."""
        self.statements.append(("BEGIN IMMEDIATE", ()))
        done = work(self._stage)
        self.statements.append(("COMMIT", ()))
        return done

    @property
    def desk(self) -> Desk:
        """The desk that rehearses here; it knows the policy already, as one does after the first scan of the day."""
        if not hasattr(self, "_desk"):
            self._desk = Desk(self, "Asia/Shanghai")
            with self.reading() as connection:
                self._desk.rules(connection)
        return self._desk


@dataclass
class Contest:
    """The desk and sqlite3 on one file."""

    file: Path
    loans: int
    synchronous: str
    ours: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)
    statements: int = 0

    def __post_init__(self) -> None:
        url, self.rng = f"sqlite:///{self.file}", Random(f"{self.loans} {self.synchronous}")  # no scan id twice
        self.database, self.rehearsal = Database(url, self.synchronous), Rehearsal(url)
        self.desk = Desk(self.database, "Asia/Shanghai")
        self.sqlite = sqlite3.connect(self.file, isolation_level=None)
        for pragma in ("journal_mode=WAL", f"synchronous={self.synchronous}", "foreign_keys=ON", "cache_size=-16000"):
            self.sqlite.execute(f"PRAGMA {pragma}")
        self.copies = school.free_copies(self.loans)

    def close(self) -> None:
        """Let the file go."""
        self.sqlite.close()
        self.database.engine.dispose()
        self.rehearsal.engine.dispose()

    def turn(self, pairs: int, keep: bool = True) -> None:
        """So many pairs by the desk, then as many by sqlite3."""
        for spent, run in ((self.ours, self._desk_pair), (self.raw, self._raw_pair)):
            times = [run() for _ in range(pairs)]
            spent.extend(times if keep else [])

    def _desk_pair(self) -> float:
        pair = Pair.drawn(self)
        self.rehearsal.of(pair.play)  # as for sqlite3, so that neither finds the file warmer than the other
        start = time.perf_counter()
        pair.play(self.desk)
        return 1000 * (time.perf_counter() - start)

    def _raw_pair(self) -> float:
        said = self.rehearsal.of(Pair.drawn(self).play)
        self.statements, execute = len(said), self.sqlite.execute
        start = time.perf_counter()
        for statement, parameters in said:
            execute(statement, parameters).fetchall()
        return 1000 * (time.perf_counter() - start)


@dataclass(frozen=True)
class Pair:
    """A reader takes a copy out and brings it back."""

    reader: int
    copy: int
    scans: tuple[str, str]
    now: datetime

    @classmethod
    def drawn(cls, contest: Contest) -> "Pair":
        """A random reader and a random copy that is in."""
        rng = contest.rng
        scans = (UUID(int=rng.getrandbits(128)).hex, UUID(int=rng.getrandbits(128)).hex)
        return cls(rng.randint(1, school.READERS), rng.choice(contest.copies), scans, datetime.now(UTC))

    def play(self, desk: Desk) -> None:
        """Both verbs. A desk that refuses would be measured doing something else, so that is an error."""
        lent = desk.lend(self.reader, self.copy, station="bench", now=self.now, scan_id=self.scans[0])
        back = desk.take_back(self.copy, station="bench", now=self.now, scan_id=self.scans[1])
        if (lent.verb, back.verb) != ("lent", "returned"):
            raise RuntimeError(f"the desk said {lent} and {back}")


def main(argv: Sequence[str]) -> None:
    """Print the figures. `--quick` tries the bench itself on small files."""
    parser = argparse.ArgumentParser(prog="python -m bench desk", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pairs", type=int, help=f"pairs by either on each file (default {PAIRS})")
    options = parser.parse_args(argv)
    sizes = QUICK_SIZES if options.quick else SIZES
    pairs = options.pairs or (QUICK_PAIRS if options.quick else PAIRS)
    print(f"desk, one lend and one take_back, {pairs} pairs by either on each file, ms a pair; SQLite", end=" ")
    print(f"{sqlite3.sqlite_version}; {machine()}")
    with TemporaryDirectory(prefix="kiosk-bench-") as folder:
        files = {loans: Path(folder) / f"{loans}.sqlite" for loans in sizes}
        now = datetime.now(UTC)
        for loans, file in files.items():
            start = time.perf_counter()
            school.build(file, loans, now)
            size, took = file.stat().st_size / 1e6, time.perf_counter() - start
            print(
                f"  {loans:,} loans, {2 * loans - school.OUT:,} ledger entries: {size:,.0f} MB, built in {took:.0f} s"
            )
        for synchronous in ("NORMAL", "FULL"):
            _compare(files, synchronous, pairs)


def _compare(files: dict[int, Path], synchronous: str, pairs: int) -> None:
    contests = [Contest(file, loans, synchronous) for loans, file in files.items()]
    for contest in contests:
        contest.turn(min(_TURN, pairs), keep=False)
    for done in range(0, pairs, _TURN):
        for contest in contests:
            contest.turn(min(_TURN, pairs - done))
    heads = ("loans", "desk p50", "desk p95", "sqlite3 p50", "sqlite3 p95", "ratio p50", "ratio p95", "statements")
    print(f"synchronous={synchronous}")
    print(table([heads, *(_row(contest) for contest in contests)]))
    first, last = contests[0], contests[-1]
    print(
        f"  growth of the median from {first.loans:,} to {last.loans:,} loans: desk "
        f"{median(last.ours) / median(first.ours):.2f}, sqlite3 {median(last.raw) / median(first.raw):.2f}"
    )
    for contest in contests:
        contest.close()


def _row(contest: Contest) -> tuple[str, ...]:
    ours, raw = contest.ours, contest.raw
    late, late_raw = quantile(ours, 0.95), quantile(raw, 0.95)
    figures = (median(ours), late, median(raw), late_raw, median(ours) / median(raw), late / late_raw)
    return f"{contest.loans:,}", *(f"{figure:.2f}" for figure in figures), str(contest.statements)
