"""A backup takes the database's place. The former database is kept, whatever state it is in.

The backup is copied beside the database and looked over there; then it takes the name at one stroke. Wherever that is
broken off, the name belongs to the whole former database or to the whole restored one, and nothing is deleted.
"""

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from kiosk import backups, latch, ledger, trouble
from kiosk.audit import Extent, audit, extent
from kiosk.backup import Progress, copy, give_name, keep_names, remove, seal
from kiosk.config import Config
from kiosk.database import Database, versions
from kiosk.models import LedgerEntry
from kiosk.trouble import DatabaseError

STATION = "command line"
RESTORED = "restored"  # the verb of the ledger entry that tells of it
_COMPANIONS = ("-wal", "-shm", "-journal")
_SPARE = 4 * 1024 * 1024  # bytes: what bringing older tables up to date may take


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: `former` is where the former database is now, if there was one.

    `missing` counts what it was told after the backup, by verb; None where it cannot be read.
    """

    backup: Path
    extent: Extent
    last_entry: str
    former: Path | None
    missing: Counter[str] | None


def restore(config: Config, wanted: str, now: datetime, progress: Progress | None = None) -> Restored:
    """Put the backup `wanted` ("latest", a path, or a name in the folder of backups) in the database's place.

    Raises DatabaseError, with a sentence, and has changed nothing, when it is not a sound backup of a kiosk that we
    know, when a kiosk is open, or when there is no room.
    """
    database = Database(config.database)
    if database.file is None:
        raise DatabaseError("PostgreSQL restores its own backups, with pg_restore.", retry=False)
    file, source = database.file, find(config, wanted)
    part = file.with_name(f"{file.name}.part")
    with latch.alone(file):
        try:
            _check_room(source, file)
            _copied(source, part, progress)
            found, last_entry = _looked_over(part, source)
            missing = _missing(file, part) if file.exists() else Counter[str]()
            _tell(part, source, now)
            former = _put(part, file, now.astimezone(ZoneInfo(config.timezone)))
        except OSError as error:
            raise trouble.of_system(error, file) from error
        except sqlite3.Error as error:
            raise trouble.of_driver(str(error), file, retry=True) from error
        finally:
            remove(part)
    return Restored(source, found, last_entry, former, missing)


def find(config: Config, wanted: str) -> Path:
    """The backup that is meant."""
    there = backups.kept(config)
    if wanted == "latest":
        if not there:
            raise DatabaseError(f"There is no backup in {config.backup.folder}. Name the file to restore.", retry=False)
        return there[0].file
    places = (Path(wanted), config.backup.folder / wanted)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        names = ", ".join(each.file.name for each in there[:3]) or "none"
        raise DatabaseError(f"There is no backup {wanted}. The newest are: {names}.", retry=False)
    return found


def _check_room(source: Path, file: Path) -> None:
    if file.exists() and source.samefile(file):
        raise DatabaseError(f"{source} is the database itself. Name a backup of it.", retry=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(file.parent).free < source.stat().st_size + _SPARE:
        raise DatabaseError(
            f"The disk is full: there is no room for the backup in {file.parent}. Free some space.", True
        )


def _copied(source: Path, part: Path, progress: Progress | None) -> None:
    try:
        copy(source, part, progress)
    except sqlite3.Error as error:
        said = trouble.of_driver(str(error), part, retry=False)
        if said.message in (trouble.DAMAGED, trouble.CLOSED):
            raise DatabaseError(f"{source} is damaged, or no database. Name another backup.", retry=False) from error
        raise said from error


def _looked_over(part: Path, source: Path) -> tuple[Extent, str]:
    """Bring the copy up to date and audit it; how much is in it, and when its last entry was made."""
    try:
        with _opened(part) as database:
            with database.reading() as connection:
                _check_origin(connection, source)
            database.migrate()
            with database.reading() as connection:
                if flaw := next(islice(audit(connection), 1), None):
                    what = f"{source} does not hold together ({flaw.what}). Name another backup."
                    raise DatabaseError(what, retry=False)
                last = connection.scalar(select(func.max(LedgerEntry.at)))
                return extent(connection), last.isoformat() if last else ""
    except DatabaseError as error:
        if error.message == trouble.DAMAGED:
            raise DatabaseError(f"{source} is damaged. Name another backup.", retry=False) from error
        raise


def _tell(part: Path, source: Path, now: datetime) -> None:
    """The ledger itself says that it begins again at this backup."""
    entry = ledger.Entry(RESTORED, now, None, None, None, None, {"why": source.name})
    with _opened(part) as database:
        database.write(lambda connection: ledger.append(connection, STATION, entry))
    seal(part)


@contextmanager
def _opened(part: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{part.as_posix()}")
    try:
        yield database
    finally:
        database.engine.dispose()


def _check_origin(connection: Connection, source: Path) -> None:
    """SQLite can read every page of it, and a kiosk made it that is not newer than we are."""
    if connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
        raise DatabaseError(trouble.DAMAGED, retry=False)
    query = "SELECT count(*) FROM sqlite_master WHERE name IN ('ledger', 'loan', 'alembic_version')"
    if connection.exec_driver_sql(query).scalar() != 3:
        raise DatabaseError(f"{source} is not a kiosk's database. Name another backup.", retry=False)
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if version not in versions():
        what = f"{source} was made by a newer kiosk (tables {version}). Update this one, or name an older backup."
        raise DatabaseError(what, retry=False)


def _missing(former: Path, part: Path) -> Counter[str] | None:
    """What the former database was told that the backup does not know, by verb, station for station."""
    counted: Counter[str] = Counter()
    try:
        with closing(_reading(part)) as restored, closing(_reading(former)) as old:
            known = dict(restored.execute("SELECT station, max(number) FROM ledger GROUP BY station"))
            for (station,) in old.execute("SELECT DISTINCT station FROM ledger"):
                query = "SELECT verb, count(*) FROM ledger WHERE station = ? AND number > ? GROUP BY verb"
                counted.update(dict(old.execute(query, (station, known.get(station, 0)))))
    except sqlite3.Error:
        return None
    return counted


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _put(part: Path, file: Path, moment: datetime) -> Path | None:
    """Give the name to the restored database; where the former one is kept."""
    former = None
    if file.exists():
        _fold(file)
        _resemble(file, part)
        former = _unused(file.with_name(f"{file.name}.before-restore-{moment:%Y%m%d-%H%M%S}"))
        for end in ("", *_COMPANIONS):
            _keep(file.with_name(file.name + end), former.with_name(former.name + end))
        keep_names(file.parent)
        for end in _COMPANIONS:  # a log left beside another database would be taken for its own
            file.with_name(file.name + end).unlink(missing_ok=True)
        keep_names(file.parent)
    give_name(part, file)
    return former


def _fold(file: Path) -> None:
    """Write what waits in the log into the file, which SQLite does only when nobody else has it open."""
    try:
        with closing(sqlite3.connect(file, timeout=2, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        said = trouble.of_driver(str(error), file, retry=True)
        if said.message == trouble.BUSY:
            what = f"Another program has {file} open. Close it, then restore again."
            raise DatabaseError(what, retry=True) from error
        if said.message in (trouble.FULL, trouble.READ_ONLY, trouble.FORBIDDEN):
            raise said from error
    except sqlite3.DatabaseError:
        return  # it is damaged, and is kept as it is


def _resemble(file: Path, part: Path) -> None:
    """Whoever could use the former file can use the new one, also when an administrator restores it."""
    shutil.copymode(file, part)
    if os.name == "posix":
        owner = file.stat()
        with suppress(PermissionError):
            os.chown(part, owner.st_uid, owner.st_gid)


def _unused(name: Path) -> Path:
    others = (name.with_name(f"{name.name}-{number}") for number in range(2, 100))
    return next(each for each in (name, *others) if not each.exists())


def _keep(file: Path, name: Path) -> None:
    """A second name for the file, so that it is never without one; on disks that know no second names, a copy."""
    if not file.exists():
        return
    try:
        name.hardlink_to(file)
    except OSError:
        shutil.copy2(file, name)
        with name.open("r+b") as written:
            os.fsync(written.fileno())
