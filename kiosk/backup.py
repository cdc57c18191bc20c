"""A copy of the whole database while the kiosk goes on working, looked over before it gets its name."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from sqlalchemy import URL, make_url

from kiosk import trouble
from kiosk.audit import Extent, audit, extent
from kiosk.database import Database
from kiosk.marks import say
from kiosk.trouble import DatabaseError

_PAGES_AT_ONCE = 2500  # of 4 kB: ten megabytes between two reports
Progress = Callable[[int, int], None]


def backup(database: Database, file: Path, *, force: bool = False, progress: Progress | None = None) -> Extent:
    """Write a verified copy of the database to `file` and say how much is in it.

    The copy is made as FILE.part, checked by SQLite and by the audit, and only then renamed, so that `file` is a whole
    backup or is not there. An existing file is replaced only by `force`. `progress` is told (pages done, pages in all).
    Raises DatabaseError with a sentence; a copy that the audit finds flawed stays as FILE.part.
    """
    source = source_of(database, file)
    part = file.with_name(file.name + ".part")
    _check_target(source, file, part, force)
    with _in_words(file):
        try:
            copy(source, part, progress)
            found = _verified(part)
            seal(part)
            give_name(part, file)
        except _FlawedError:
            raise
        except BaseException:  # a half copy is of no use to anybody, and a stopped one is no backup
            remove(part)
            raise
    return found


class _FlawedError(DatabaseError):
    """The copy is whole, but what it tells does not hold together."""


def source_of(database: Database, file: Path) -> Path:
    """The file to copy. Raises DatabaseError where there is none, with the command that saves a PostgreSQL database."""
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


def copy(source: Path, part: Path, progress: Progress | None = None) -> None:
    """Copy one moment of a SQLite database, what waits in its log included, while others go on writing it."""
    tell = progress or (lambda done, total: None)
    remove(part)
    address = f"{source.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=10, isolation_level=None)) as original:
        original.execute("BEGIN")  # one moment is copied: without it, every loan made meanwhile would start it again
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(_opened(part)) as target:
            original.backup(target, pages=_PAGES_AT_ONCE, progress=lambda _, left, total: tell(total - left, total))


def _opened(part: Path) -> sqlite3.Connection:
    return sqlite3.connect(part)


def _verified(part: Path) -> Extent:
    """What is in the copy, once SQLite and the audit have found nothing wrong."""
    opened = Database(f"sqlite:///{part.as_posix()}")
    try:
        with opened.reading() as connection:
            said = list(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars())
            if said != ["ok"]:
                message = say(
                    "The copy is damaged (%(said)s), and so may be the database. No backup was made. "
                    "Close the kiosk, then run: bin/kiosk restore latest"
                )
                raise DatabaseError(message, retry=False, said=said[0])
            flaws = list(islice(audit(connection), 1))
            if flaws:
                message = say("The copy does not hold together (%(flaw)s). It stays as %(part)s; see: bin/kiosk audit")
                raise _FlawedError(message, retry=False, flaw=flaws[0].what, part=part)
            return extent(connection)
    finally:
        opened.engine.dispose()


def seal(part: Path) -> None:
    """Make the copy one file without companions, and be sure that the disk has it."""
    with closing(sqlite3.connect(part)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
    with part.open("r+b") as written:
        os.fsync(written.fileno())


def give_name(part: Path, file: Path) -> None:
    """Let the sealed copy take the name at one stroke, whatever had it before."""
    part.replace(file)
    keep_names(file.parent)


def keep_names(folder: Path) -> None:
    """Be sure that the disk has the names in this folder."""
    if os.name == "posix":  # elsewhere a folder cannot be opened, and the system keeps names by itself
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def remove(part: Path) -> None:
    """Take away a copy that is not whole, with the files SQLite may have put beside it."""
    for end in ("", "-wal", "-shm", "-journal"):
        part.with_name(part.name + end).unlink(missing_ok=True)


@contextmanager
def _in_words(file: Path) -> Iterator[None]:
    """Turn what SQLite and the system say about the copying into a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise _of_copying(str(error), file) from error
    except OSError as error:
        raise _of_copying(str(error.strerror), file) from error


def _of_copying(said: str, file: Path) -> DatabaseError:
    """It may be the backup's own disk that is in trouble, so each sentence names its file."""
    meant = trouble.of_driver(said, file, retry=True).message
    if meant == trouble.FULL:
        return DatabaseError(say("The disk is full: %(file)s could not be written. Free some space."), True, file=file)
    if meant in (trouble.FORBIDDEN, trouble.CLOSED, trouble.READ_ONLY) or "ermission" in said:
        return DatabaseError(say("%(file)s may not be written. Check its folder's permissions."), False, file=file)
    if meant == trouble.DAMAGED:
        return DatabaseError(trouble.DAMAGED, retry=False)
    return DatabaseError(say("The backup could not be written: %(said)s."), True, said=said)
