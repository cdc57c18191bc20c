"""Who uses the database file: at most one open kiosk, any number of commands, or one restore alone.

A file beside the database is locked in two places; the system lets go of them when a process ends, however it ends.
Where the file cannot be made (a read-only disk) nobody can restore either, so that going on without it does no harm.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kiosk.trouble import DatabaseError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_KIOSK, _USERS = 0, 1  # the two places in the file


@contextmanager
def kiosk_open(file: Path | None) -> Iterator[bool]:
    """Held as long as a kiosk is open on this file; False where nothing can be locked.

    Raises DatabaseError when another kiosk is open on it.
    """
    if file:
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
    with _latch(file) as latch:
        if latch is not None and not (_lock(latch, _KIOSK) and _lock(latch, _USERS, shared=True)):
            raise DatabaseError(f"Another kiosk is open on {file}{_who(latch)}. One is enough.", retry=True)
        if latch is not None:
            _sign(latch)
        yield latch is not None


@contextmanager
def in_use(file: Path | None) -> Iterator[None]:
    """Held while a command works with the file. Raises DatabaseError while a backup is being put in its place."""
    with _latch(file) as latch:
        if latch is not None and not _lock(latch, _USERS, shared=True):
            raise DatabaseError(f"A backup is being restored to {file}. Try again in a moment.", retry=True)
        yield


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Held by whoever puts another file in this one's place. Raises DatabaseError while anybody uses it."""
    with _latch(file) as latch:
        if latch is not None and not _lock(latch, _KIOSK):
            raise DatabaseError(f"The kiosk is open{_who(latch)}. Close it, then restore again.", retry=True)
        if latch is not None and not _lock(latch, _USERS):
            raise DatabaseError(f"Another command is using {file}. Let it finish, then restore again.", retry=True)
        yield


@contextmanager
def _latch(file: Path | None) -> Iterator[int | None]:
    """The open file to lock. Only here: closing it anywhere in a process gives up all that the process has locked."""
    latch = _opened(file.with_name(f"{file.name}.lock")) if file and file.parent.is_dir() else None
    try:
        yield latch
    finally:
        if latch is not None:
            os.close(latch)


def _opened(path: Path) -> int | None:
    with suppress(OSError):
        latch = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if sys.platform != "win32" and os.geteuid() == 0:  # so that whoever owns the folder can lock it, too
            owner = path.parent.stat()
            os.fchown(latch, owner.st_uid, owner.st_gid)
        return latch
    return None


if sys.platform == "win32":

    def _lock(latch: int, place: int, shared: bool = False) -> bool:
        """Windows shares no locks; nor does it let anybody rename a file that is in use."""
        if shared:
            return True
        try:
            os.lseek(latch, place, os.SEEK_SET)
            msvcrt.locking(latch, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _lock(latch: int, place: int, shared: bool = False) -> bool:
        try:
            fcntl.lockf(latch, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB, 1, place)
        except OSError:
            return False
        return True


def _sign(latch: int) -> None:
    """Behind the places that are locked: Windows lets nobody read those."""
    with suppress(OSError):  # a full disk: the lock holds all the same
        os.ftruncate(latch, 0)
        os.lseek(latch, 2, os.SEEK_SET)
        os.write(latch, f"{os.getpid()}\n".encode())


def _who(latch: int) -> str:
    """Which process, if it has signed."""
    try:
        os.lseek(latch, 2, os.SEEK_SET)
        return f" (process {int(os.read(latch, 20))})"
    except (OSError, ValueError):
        return ""
