"""A copy of the whole database while the kiosk goes on working, looked over before it gets its name."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from sqlalchemy import URL, make_url

from kiosk.audit import Extent, audit, extent
from kiosk.database import Database, DatabaseError

_PAGES_AT_ONCE = 2500  # of 4 kB: ten megabytes between two reports
Progress = Callable[[int, int], None]


def backup(database: Database, file: Path, *, force: bool = False, progress: Progress | None = None) -> Extent:
    """Write a verified copy of the database to `file` and say how much is in it.

    The copy is made as FILE.part, checked by SQLite and by the audit, and only then renamed, so that `file` is a whole
    backup or is not there. An existing file is replaced only by `force`. `progress` is told (pages done, pages in all).
    Raises DatabaseError with a sentence; a copy that the audit finds flawed stays as FILE.part.
    """
    source = _source(database, file)
    part = file.with_name(file.name + ".part")
    _check_target(source, file, part, force)
    with _in_words(file):
        try:
            _copy(source, part, progress or (lambda done, total: None))
            found = _verified(part)
            _settle(part, file)
        except _FlawedError:
            raise
        except BaseException:  # a half copy is of no use to anybody, and a stopped one is no backup
            _remove(part)
            raise
    return found


class _FlawedError(DatabaseError):
    """The copy is whole, but what it tells does not hold together."""


def _source(database: Database, file: Path) -> Path:
    if not database.is_sqlite:
        at = make_url(database.url)
        address = URL.create("postgresql", at.username, None, at.host, at.port, at.database, at.query)
        command = f'pg_dump --format=custom --file="{file}" "{address.render_as_string()}"'
        raise DatabaseError(f"PostgreSQL makes its own backups. Run: {command}", retry=False)
    if database.file is None or not database.file.exists():
        raise DatabaseError("There is no database file to copy yet.", retry=False)
    return database.file


def _check_target(source: Path, file: Path, part: Path, force: bool) -> None:
    own = {source.with_name(source.name + end).resolve() for end in ("", "-wal", "-shm", "-journal")}
    if {file.resolve(), part.resolve()} & own or (file.exists() and file.samefile(source)):
        raise DatabaseError(f"{file} is the database itself. Name another file for the backup.", retry=False)
    if not file.parent.is_dir():
        raise DatabaseError(f"The folder {file.parent} is not there. Make it, or name another.", retry=False)
    if file.is_dir():
        raise DatabaseError(f"{file} is a folder. Name a file in it.", retry=False)
    if file.exists() and not force:
        raise DatabaseError(f"{file} exists already. Name another file, or add --force to replace it.", retry=False)


def _copy(source: Path, part: Path, progress: Progress) -> None:
    _remove(part)
    address = f"{source.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=10, isolation_level=None)) as original:
        original.execute("BEGIN")  # one moment is copied: without it, every loan made meanwhile would start it again
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(_opened(part)) as copy:
            original.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, total: progress(total - left, total))


def _opened(part: Path) -> sqlite3.Connection:
    return sqlite3.connect(part)


def _verified(part: Path) -> Extent:
    """What is in the copy, once SQLite and the audit have found nothing wrong."""
    copy = Database(f"sqlite:///{part.as_posix()}")
    try:
        with copy.reading() as connection:
            said = list(connection.exec_driver_sql("PRAGMA integrity_check").scalars())
            if said != ["ok"]:
                what = f"The copy is damaged ({said[0]}), and so may be the database. No backup was made."
                raise DatabaseError(what, retry=False)
            flaws = list(islice(audit(connection), 1))
            if flaws:
                what = f"The copy does not hold together ({flaws[0].what}). It stays as {part}; see: kiosk audit"
                raise _FlawedError(what, retry=False)
            return extent(connection)
    finally:
        copy.engine.dispose()


def _settle(part: Path, file: Path) -> None:
    """One file without companions, on the disk before it gets its name."""
    with closing(sqlite3.connect(part)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
    with part.open("r+b") as written:
        os.fsync(written.fileno())
    part.replace(file)
    if os.name == "posix":  # elsewhere a folder cannot be opened, and the system keeps the name by itself
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _remove(part: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        part.with_name(part.name + end).unlink(missing_ok=True)


@contextmanager
def _in_words(file: Path) -> Iterator[None]:
    """Turn what SQLite and the system say about the copying into a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        if "full" in said:
            raise DatabaseError(f"The disk is full: {file} could not be written. Free some space.", True) from error
        if "unable to open" in said or "readonly" in said:
            raise DatabaseError(f"{file} may not be written. Check its folder's permissions.", False) from error
        if "malformed" in said or "not a database" in said:
            raise DatabaseError("The database file is damaged. Restore the latest backup.", False) from error
        raise DatabaseError(f"The backup could not be written: {said}.", retry=True) from error
    except OSError as error:
        raise DatabaseError(f"{file} could not be written: {error.strerror}.", retry=True) from error
