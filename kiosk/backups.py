"""The folder of backups: one a day and whenever somebody asks, the newest of them kept by number.

A file has its name only when it is whole and verified (see kiosk.backup); the name says when, in the school's time.
"""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.audit import Extent
from kiosk.backup import Progress, backup, source_of
from kiosk.config import Config
from kiosk.database import Database
from kiosk.marks import say
from kiosk.trouble import DatabaseError, of_system

_NAME = re.compile(r"kiosk-(\d{8}-\d{6})\.sqlite")
_PART = re.compile(_NAME.pattern + r"\.part(-wal|-shm|-journal)?")
_WRITTEN = "kiosk-%Y%m%d-%H%M%S.sqlite"
_LONGEST_BACKUP = 3600  # seconds
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """One backup: whole, and verified when it was made."""

    file: Path
    at: datetime
    bytes: int


def kept(config: Config) -> tuple[Kept, ...]:
    """The backups that are there, newest first. Files of other names are nobody's business here."""
    zone, found = ZoneInfo(config.timezone), []
    for file in _files(config.backup.folder):
        if name := _NAME.fullmatch(file.name):
            try:
                at = datetime.strptime(name[1], "%Y%m%d-%H%M%S").replace(tzinfo=zone)
                found.append(Kept(file, at, file.stat().st_size))
            except (ValueError, OSError):  # a day that is none; a file that has just been taken away
                continue
    return tuple(sorted(found, key=lambda each: each.file.name, reverse=True))


def is_due(there: Sequence[Kept], now: datetime) -> bool:
    """Whether there is no backup of this day yet; `now` in the school's time."""
    return all(each.at.date() != now.date() for each in there)


def make(database: Database, config: Config, now: datetime, progress: Progress | None = None) -> tuple[Kept, Extent]:
    """Make a verified backup in the folder, then let go of the oldest beyond the number that is kept.

    Raises DatabaseError, with a sentence; then every older backup is still there.
    """
    file = prepare(database, config, now)
    found = backup(database, file, progress=progress)
    return settle(config, file), found


def prepare(database: Database, config: Config, now: datetime) -> Path:
    """The file that a backup of this moment is to become, once there is a folder for it and room in it."""
    folder = config.backup.folder
    file = folder / now.astimezone(ZoneInfo(config.timezone)).strftime(_WRITTEN)
    source = source_of(database, file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder, now)
        needed, free = _needed(source), shutil.disk_usage(folder).free
    except OSError as error:
        raise of_system(error, folder) from error
    if free < needed:
        message = say("There is no room for a backup in %(folder)s: it takes %(needed)s MB, and %(free)s MB are free.")
        raise DatabaseError(message, True, folder=folder, needed=-(-needed // _MEGABYTE), free=free // _MEGABYTE)
    return file


def settle(config: Config, made: Path) -> Kept:
    """The backup just made; all but the newest `keep` are let go of, and never this one."""
    there = kept(config)
    for old in there[config.backup.keep :]:
        if old.file != made:
            old.file.unlink(missing_ok=True)
    return next(each for each in there if each.file == made)


def _sweep(folder: Path, now: datetime) -> None:
    """Take away what a broken-off backup has left, if it is too old to be another one that is being made now."""
    for file in _files(folder):
        if _PART.fullmatch(file.name) and file.stat().st_mtime < now.timestamp() - _LONGEST_BACKUP:
            file.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # not there yet, or not to be read: there is nothing we can offer from it
        return []


def _needed(source: Path) -> int:
    """The bytes a copy may take: the file, what waits in its log, and a little for the checks."""
    parts = (source.with_name(source.name + end) for end in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists()) + _MEGABYTE
