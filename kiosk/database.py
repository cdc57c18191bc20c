"""The engine, its pragmas and its transactions.

SQLite: a writing transaction begins IMMEDIATE, so that what it read is still true when it writes; readers stay
deferred and see one moment. PostgreSQL: the same, by a lock that writers queue for and by repeatable reads.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from kiosk import trouble
from kiosk.trouble import DatabaseError as DatabaseError

BUSY_SECONDS = 10
ATTEMPTS = 8
_WRITING = "kiosk_writing"
_LONGEST_LOG = 16 * 1024 * 1024  # bytes SQLite's log keeps on the disk, however long it grew while a backup read
_NO_SERIAL_ORDER = ("40001", "40P01", "23505")  # PostgreSQL: serialization failure, deadlock, a key was taken
# PostgreSQL: one writer at a time, as on SQLite; eight stations that retry instead soon run out of attempts.
_WAIT_FOR_MY_TURN = text("SELECT pg_advisory_xact_lock(1802465131)")

_MIGRATIONS = Path(__file__).with_name("migrations")

T = TypeVar("T")


class Database:
    """One database and how to speak to it. Raises DatabaseError, with a sentence, where the world is broken.

    While `trouble` is set, nothing is read or written. A damaged file sets it: what it says can no longer be believed,
    and what is written into it may be lost.
    """

    def __init__(self, url: str, synchronous: str = "FULL") -> None:
        self.url = url
        self.trouble: DatabaseError | None = None
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = self._engine(synchronous)

    @property
    def file(self) -> Path | None:
        """The SQLite file, if there is one."""
        name = make_url(self.url).database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    def migrate(self) -> None:
        """Bring the tables up to date; quick when they are, for then Alembic is not even loaded."""
        if file := self.file:
            with _said_of(file):
                file.parent.mkdir(parents=True, exist_ok=True)
        with self.reading() as connection:
            is_new = _version(connection) == versions()[-1]
        if not is_new:
            self.write(_catch_up)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment and writes nothing."""
        with self._in_words(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one writing transaction and commit. A lost race is tried again, so `work` must be repeatable.

        Raises DatabaseError when the disk is full, the file is read-only or broken, or nothing helps.
        """
        for attempt in range(ATTEMPTS):
            try:
                with self._in_words(), self._writing() as connection:
                    return work(connection)
            except _LostRaceError as lost:
                if attempt == ATTEMPTS - 1:
                    raise DatabaseError(trouble.BUSY, retry=True) from lost
        raise AssertionError("unreachable")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Turn what a driver says into a lost race or a sentence."""
        if self.trouble:
            raise self.trouble.again()
        try:
            yield
        except IntegrityError as error:
            raise _LostRaceError(str(error.orig)) from error
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") in _NO_SERIAL_ORDER:
                raise _LostRaceError(str(error.orig)) from error
            said = trouble.of_driver(str(error.orig), self.file, isinstance(error, OperationalError))
            if said.message == trouble.DAMAGED:
                self.trouble = said
            raise said.again() from error

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITING: True})
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(_WAIT_FOR_MY_TURN)
                yield connection

    def _engine(self, synchronous: str) -> Engine:
        if not self.is_sqlite:
            options = f"-c lock_timeout={BUSY_SECONDS * 1000:.0f}"
            return create_engine(self.url, pool_pre_ping=True, connect_args={"options": options})
        engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS})
        pragmas = (
            "PRAGMA journal_mode=WAL",
            f"PRAGMA synchronous={synchronous}",
            "PRAGMA foreign_keys=ON",
            "PRAGMA cache_size=-16000",
            f"PRAGMA journal_size_limit={_LONGEST_LOG}",
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, record: Any) -> None:
            connection.isolation_level = None  # SQLAlchemy begins; the driver must not begin later on its own
            for pragma in pragmas:
                connection.execute(pragma)

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            writing = connection.get_execution_options().get(_WRITING)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

        return engine


class _LostRaceError(Exception):
    """Another station was quicker; look again."""


@contextmanager
def _said_of(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise trouble.of_system(error, file) from error


def versions() -> list[str]:
    """The versions of the tables that this kiosk knows, the newest last: each migration's file begins with its own."""
    return sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _catch_up(connection: Connection) -> None:
    """Upgrade, unless another program that started at the same time was quicker."""
    if _version(connection) != versions()[-1]:
        _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        version = _version(connection)
        raise DatabaseError(trouble.OTHER_VERSION, retry=False, version=version) from error
