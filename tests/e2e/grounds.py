"""What a kiosk's data stands on in the tests of a broken world: a disk that can be filled and made read-only.

Where this machine allows it, that is a small tmpfs in a private mount namespace: the kiosk's whole process lives in it,
and nobody else sees it. Otherwise it is a plain folder under other real limits: the longest file a process may write,
and permissions that also bind root. The tests' names say which way it went; KIOSK_TEST_GROUND="limits" chooses.
"""

import os
import resource
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

UNSHARE = {
    "tmpfs": ("unshare", "--mount"),
    "tmpfs of a user": ("unshare", "--user", "--map-root-user", "--mount"),
}
SIZE = "16m"
_TRY = 'mount -t tmpfs -o size=1m tmpfs "$0" && touch "$0/x" && mount -o remount,bind,ro "$0" && ! touch "$0/x"'
_MAKE = f'mount -t tmpfs -o size={SIZE},mode=755 tmpfs "$0" && echo ready && exec cat'


@cache
def way() -> str:
    """Which ground this machine allows, found out by trying."""
    if chosen := os.environ.get("KIOSK_TEST_GROUND"):
        return chosen
    for name, unshare in UNSHARE.items():
        with suppress(OSError):
            if subprocess.run([*unshare, "sh", "-c", _TRY, "/mnt"], capture_output=True, check=False).returncode == 0:
                return name
    return "limits"


class Mounted:
    """A tmpfs that only processes started by `command` see as `place`; `folder` is how the tests reach it."""

    full = "The disk is full."
    read_only = "The disk can only be read"

    def __init__(self, place: Path) -> None:
        self.place, unshare = place, UNSHARE[way()]
        place.mkdir()
        # It lives as long as this: `cat` waits for the end of its input.
        self._holder = subprocess.Popen(
            [*unshare, "sh", "-c", _MAKE, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n"
        self.folder = Path(f"/proc/{self._holder.pid}/root{place}")
        own_user = ["--user", "--preserve-credentials"] if "--user" in unshare else []
        self._enter = ["nsenter", f"--target={self._holder.pid}", *own_user, "--mount"]

    def command(self, line: Sequence[str]) -> list[str]:
        """The line, as it is run on this ground."""
        return [*self._enter, *line]

    def fill(self, pid: int | None = None, spare: int = 0) -> None:
        """Let somebody else's file take all the room but `spare` bytes."""
        left = shutil.disk_usage(self.folder).free - spare if spare else 1 << 40
        with (self.folder / "holiday photos").open("ab", buffering=0) as file, suppress(OSError):
            while left > 0:
                left -= file.write(b"x" * min(left, 65_536))

    def empty(self, pid: int | None = None) -> None:
        """Take that file away."""
        (self.folder / "holiday photos").unlink()

    def only_read(self, yes: bool) -> None:
        """From now on the disk is read-only, or no longer. Nobody may have a file open for writing."""
        how = f"remount,bind,{'ro' if yes else 'rw'}"
        subprocess.run(self.command(["mount", "-o", how, str(self.place)]), check=True)

    def close(self) -> None:
        """Let the disk go."""
        assert self._holder.stdin is not None
        self._holder.stdin.close()
        self._holder.wait()


class Limited:
    """A plain folder. Full means that no file may grow longer; read-only, that the permissions say so."""

    full = "The disk"  # it cannot be written: SQLite is not told why
    read_only = "The database file"  # it may not be written, or not be opened
    _FEW = 1000  # bytes a file may have on a full disk

    def __init__(self, place: Path) -> None:
        self.place = self.folder = place
        self._limit: int | None = None
        place.mkdir()

    def command(self, line: Sequence[str]) -> list[str]:
        """The line, as it is run on this ground: with the limits of now, and without root's right to overlook them."""
        limit = [f"--fsize={self._limit}:unlimited"] if self._limit is not None else []
        bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
        return ["prlimit", *limit, *bound, *line] if limit else [*bound, *line]

    def fill(self, pid: int | None = None, spare: int = 0) -> None:
        """No file may grow longer than it is, for the kiosk of this process and for those that begin now."""
        log = self.folder / "kiosk.sqlite-wal"
        self._limit = log.stat().st_size if pid and log.exists() else spare or self._FEW
        if pid:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (self._limit, resource.RLIM_INFINITY))

    def empty(self, pid: int | None = None) -> None:
        """Files may grow again."""
        self._limit = None
        if pid:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def only_read(self, yes: bool) -> None:
        """From now on nothing may be written here, or everything."""
        for file in self.folder.iterdir():
            file.chmod(0o444 if yes else 0o644)
        self.folder.chmod(0o555 if yes else 0o755)

    def close(self) -> None:
        """Leave a folder that can be taken away."""
        self.only_read(False)


Ground = Mounted | Limited


def ground(place: Path) -> Ground:
    """A ground at this place, which is not there yet."""
    return Limited(place) if way() == "limits" else Mounted(place)
