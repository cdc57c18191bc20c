"""A kiosk that really runs: a process of its own, a folder and a demo school of its own, a station for each test."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeVar

from sqlalchemy import exists, select

from kiosk import audit, demo, outcome
from kiosk import demo_showcase as shown
from kiosk.database import Database
from kiosk.desk import Desk
from kiosk.models import Copy, LedgerEntry, Loan, Place, Reader, Title
from kiosk.names import first_name

ROOT = Path(__file__).resolve().parents[2]
ZONE = "Asia/Shanghai"
STATIONS = 60  # as many tests as may share one kiosk
PATIENCE = 20.0  # seconds until something that should have happened is said to have failed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pupil:
    """A reader of the demo school whom no other test uses."""

    id: int
    card: str
    name: str

    @property
    def first(self) -> str:
        """What the screen may call them."""
        return first_name(self.name)


@dataclass(frozen=True, slots=True)
class Book:
    """A copy of the demo school, on its shelf, that no other test uses."""

    id: int
    label: str
    title: str


def until(what: Callable[[], T | None], patience: float = PATIENCE) -> T:
    """Ask again and again until the answer is something true, and give it back."""
    end = time.monotonic() + patience
    while not (answer := what()):
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.02)
    return answer


@cache
def demo_school() -> bytes:
    """The SQLite file of a demo school as it is on its first day."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "kiosk.sqlite")
        database = Database(f"sqlite:///{path}", "NORMAL")
        database.migrate()
        demo.load(database, ZONE, datetime.now(UTC))
        database.engine.dispose()
        return path.read_bytes()


class Kiosk:
    """One server process over one database; `kill` and `start` may follow each other."""

    def __init__(self, folder: Path, station: str = "", settings: str = 'language = "en"') -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "kiosk.sqlite").write_bytes(demo_school())
        tables = [f'[station]\nname = "entrance"\n{station}']
        tables += [f'[[stations]]\nname = "room {n}"\ntoken = "{token(n)}"' for n in range(1, STATIONS + 1)]
        lines = [f"port = {self.port}", f'database = "sqlite:///{folder}/kiosk.sqlite"', settings, *tables]
        (folder / "config.toml").write_text("\n".join(lines), "utf-8")
        self.database = Database(f"sqlite:///{folder}/kiosk.sqlite", "NORMAL")
        self.desk = Desk(self.database, ZONE)
        self._process: subprocess.Popen[bytes] | None = None
        self._pupils, self._books = self._free_pupils(), self._free_books()
        self._tokens = iter(range(1, STATIONS + 1))

    def start(self) -> "Kiosk":
        """Start it and wait until it answers."""
        line = self.command("serve")
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(line, cwd=ROOT, stdout=log, stderr=log)
        until(self._answers)
        return self

    def command(self, *words: str) -> list[str]:
        """The command line that has the kiosk do this."""
        return [sys.executable, "-m", "kiosk", "--config", str(self.folder / "config.toml"), *words]

    def kill(self) -> None:
        """Pull the plug: SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Close it in peace, and let the database go."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=PATIENCE)
        self.database.engine.dispose()

    def station(self) -> str:
        """The token of a station that no other test uses."""
        return token(next(self._tokens))

    def pupil(self) -> Pupil:
        """A pupil with nothing at home."""
        return next(self._pupils)

    def books(self, count: int) -> list[Book]:
        """Some copies of different titles, all on their shelves."""
        return [next(self._books) for _ in range(count)]

    def book(self) -> Book:
        """One copy on its shelf."""
        return next(self._books)

    def lent(self, pupil: Pupil, days: int = 3) -> Book:
        """A book that the pupil took home some days ago."""
        book, then = self.book(), datetime.now(UTC) - timedelta(days=days)
        assert self.desk.lend(pupil.id, book.id, station="librarian", now=then).verb == outcome.LENT
        return book

    def nearly_due(self, pupil: Pupil) -> Book:
        """A book that the pupil took home so long ago that it may be renewed now, whatever the weekday is today."""
        with self.database.reading() as connection:
            policy = self.desk.rules(connection)
        today = datetime.now(self.desk.zone).date()
        within = policy.kind("student", "book").renew_within
        due = {days: policy.due_on("student", "book", today - timedelta(days=days)) for days in range(1, 40)}
        return self.lent(pupil, next(days for days, on in due.items() if 0 <= (on - today).days <= within))

    def at_home(self, pupil: Pupil) -> set[str]:
        """The labels of what is lent to the pupil now."""
        query = select(Copy.label).join(Loan, Loan.copy_id == Copy.id)
        with self.database.reading() as connection:
            return set(connection.scalars(query.where(Loan.reader_id == pupil.id, Loan.returned_at.is_(None))))

    def told(self, book: Book) -> list[str]:
        """The verbs of every ledger entry that a screen has made about the book, oldest first."""
        return [verb for verb, _ in self.entries(book)]

    def entries(self, book: Book) -> list[tuple[str, str]]:
        """The verb and scan id of every ledger entry that a screen has made about the book, oldest first."""
        table = LedgerEntry.__table__.c
        query = select(table.verb, table.scan_id).where(table.copy_id == book.id, table.scan_id.is_not(None))
        with self.database.reading() as connection:
            return [(row.verb, row.scan_id) for row in connection.execute(query.order_by(table.id))]

    def flaws(self) -> list[str]:
        """Everything the audit finds wrong."""
        with self.database.reading() as connection:
            return [flaw.what for flaw in audit.audit(connection)]

    def scanner_pid(self) -> int | None:
        """The process id of the scanner that the server keeps, if it runs now."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        pids = [int(word) for each in children for word in each.read_text().split()]
        return next((pid for pid in pids if b"scanner" in Path(f"/proc/{pid}/cmdline").read_bytes()), None)

    def kill_scanner(self) -> int:
        """SIGKILL to the scanner; gives back the process id it had."""
        pid = until(self.scanner_pid)
        os.kill(pid, signal.SIGKILL)
        return pid

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "server.log").read_text("utf-8")
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _free_pupils(self) -> Iterator[Pupil]:
        owing = exists().where(Loan.reader_id == Reader.id, Loan.returned_at.is_(None))
        query = select(Reader.id, Reader.card, Reader.name).where(Reader.category == "student", ~owing)
        query = query.where(Reader.card.not_in(shown.CARDS), Reader.card != shown.TWIN).order_by(Reader.id)
        with self.database.reading() as connection:
            found = [Pupil(*row) for row in connection.execute(query)]
        return iter(found)

    def _free_books(self) -> Iterator[Book]:
        """Ordered so that neighbours are copies of different titles, whoever reads them for the first time."""
        out = exists().where(Loan.copy_id == Copy.id, Loan.returned_at.is_(None))
        query = select(Copy.id, Copy.label, Title.title).join(Title, Title.id == Copy.title_id)
        query = query.join(Place, Place.id == Copy.place_id).where(Place.kind == "shelf", Copy.state == "ok", ~out)
        query = query.where(Title.kind == "book", Title.isbn.is_(None), Copy.label.not_in([*shown.LABELS, shown.TWIN]))
        with self.database.reading() as connection:
            found = [Book(*row) for row in connection.execute(query.order_by(Copy.label))]
        return iter(found)


IMPATIENT = 'language = "en"\n[timing]\nsession_seconds = 10\noutcome_seconds = 3'  # as little as config.toml allows


@contextmanager
def opened(folder: Path, **settings: str) -> Iterator[Kiosk]:
    """A kiosk from its start to its end. Its audit must be clean when it is done."""
    running = Kiosk(folder, **settings).start()
    yield running
    flaws = running.flaws()
    running.stop()
    assert flaws == []


def token(number: int) -> str:
    """The token of the station called "room <number>"."""
    return f"a-token-of-room-{number:03}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
