"""A broken world in words: what SQLite, PostgreSQL and the system say, and what a person is told to do next.

A driver's own words do not do: on a full disk SQLite may say that it cannot open a file. So the disk is asked too.
"""

import errno
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from kiosk.marks import say
from kiosk.words import translations

FULL = say("The disk is full. Free some space; nothing that was acknowledged is lost.")
READ_ONLY = say("The disk can only be read: it may be failing. Have it checked; nothing that was acknowledged is lost.")
FORBIDDEN = say("The database file may not be written. Check the permissions of the file and its folder.")
DAMAGED = say("The database file is damaged. Close the kiosk, then run: bin/kiosk restore latest")
GONE = say("The database file is gone. Put it back, or close the kiosk and run: bin/kiosk restore latest")
BUSY = say("The database is busy. Try again in a moment.")
UNREADABLE = say("The disk cannot be read or written. Check the disk; nothing that was acknowledged is lost.")
CLOSED = say("The database file cannot be opened. Check that its folder exists and may be written.")
UNREACHABLE = say("The database server cannot be reached. Check that it runs, and the network.")
OTHER_VERSION = say(
    "The database was made by another version of the kiosk (%(version)s). Use that version, or restore a backup."
)
UNKNOWN = say("The database failed: %(said)s. Start the kiosk again; if that does not help, run: bin/kiosk audit")

_SIGNS = (  # what is in a database's own words, and what that means
    ("No space left", FULL),
    ("disk is full", FULL),
    ("readonly", FORBIDDEN),
    ("malformed", DAMAGED),
    ("not a database", DAMAGED),
    ("locked", BUSY),
    ("lock timeout", BUSY),
    ("disk I/O error", UNREADABLE),
    ("connection", UNREACHABLE),
    ("unable to open", CLOSED),
)
_BLAMED_ON_THE_FILE = (FORBIDDEN, UNREADABLE, CLOSED)
_SYSTEM = {errno.ENOSPC: FULL, errno.EROFS: READ_ONLY, errno.EACCES: FORBIDDEN, errno.EPERM: FORBIDDEN}
if hasattr(errno, "EDQUOT"):  # this user's part of the disk is full
    _SYSTEM[errno.EDQUOT] = FULL
_TOO_LITTLE = 128 * 1024  # bytes: less is needed for one loan, its log and SQLite's index of the log


class DatabaseError(Exception):
    """The database cannot do what was asked; `retry` says whether trying again later can help.

    `message` is a sentence of the catalogues with places for `facts`; str() is that sentence in English.
    """

    def __init__(self, message: str, retry: bool, **facts: object) -> None:
        super().__init__(message % facts if facts else message)
        self.message, self.retry, self.facts = message, retry, facts

    def again(self) -> "DatabaseError":
        """The same, to be raised once more: one exception raised by several threads mixes up their traces."""
        return DatabaseError(self.message, self.retry, **self.facts)


def told(error: DatabaseError, locale: str) -> str:
    """The error's sentence in this language."""
    words = translations(locale).gettext(error.message)
    return words % error.facts if error.facts else words


def of_driver(said: str, file: Path | None, retry: bool) -> DatabaseError:
    """What a driver says, put right by what the disk says; `file` is the SQLite file, if there is one."""
    message = next((meaning for sign, meaning in _SIGNS if sign in said), UNKNOWN)
    if message == UNKNOWN:
        return DatabaseError(UNKNOWN, retry, said=said.strip().splitlines()[0].rstrip("."))
    if message in _BLAMED_ON_THE_FILE and file is not None and (found := of_disk(file)):
        return found
    return DatabaseError(message, retry)


def of_system(error: OSError, file: Path) -> DatabaseError:
    """What the system says about a file."""
    if error.errno in _SYSTEM:
        return DatabaseError(_SYSTEM[error.errno], retry=True)
    message = say("%(file)s cannot be used: %(said)s.")
    return DatabaseError(message, True, file=file, said=error.strerror or str(error))


def of_disk(file: Path) -> DatabaseError | None:
    """What is wrong with the disk that holds the file: nothing, no room, or that it may not be written."""
    folder = next((each for each in file.absolute().parents if each.is_dir()), None)
    if folder is None:
        return None
    try:
        if hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY:
            return DatabaseError(READ_ONLY, retry=True)
        if shutil.disk_usage(folder).free < _TOO_LITTLE:
            return DatabaseError(FULL, retry=True)
    except OSError as error:
        return of_system(error, folder)
    return None


def on_terminal(words: str) -> None:
    """Say it where the kiosk was started. A log on the disk that is full must not end it."""
    with suppress(OSError, ValueError):
        print(words, file=sys.stderr, flush=True)
