"""One backup at a time, made by a child process in the background: how far it is, how to stop it, how it went."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kiosk import backups
from kiosk.backup import remove
from kiosk.config import Config
from kiosk.database import Database
from kiosk.marks import say
from kiosk.trouble import DatabaseError

_COMMAND = (sys.executable, "-m", "kiosk.copying")
_BROKEN_OFF = DatabaseError(say("The backup was broken off before it was whole."), retry=True)
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Running:
    """A backup that is being made: pages copied, pages in all; when all are copied it is being looked over."""

    done: int = 0
    total: int = 0

    @property
    def checking(self) -> bool:
        """Whether the copy is there and is now opened and audited."""
        return 0 < self.total == self.done


class Saving:
    """Makes backups; every method may be called from any thread."""

    def __init__(self, database: Database, config: Config, clock: Callable[[], datetime]) -> None:
        self._database, self._config, self._clock = database, config, clock
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.ended = 0  # how many have come to an end, however
        self.problem: DatabaseError | None = None  # why there is no newer one
        self.failed_at: datetime | None = None

    @property
    def running(self) -> Running | None:
        """The backup that is being made now."""
        return self._running

    def start(self) -> bool:
        """Begin one; False when one is being made already."""
        with self._lock:
            if self._running:
                return False
            self._running, self._stopped = Running(), False
        self._thread = threading.Thread(target=self._make, name="backup", daemon=True)
        self._thread.start()
        return True

    def stop(self) -> None:
        """Break off the one that is being made, and wait until nothing of it is left."""
        with self._lock:
            self._stopped = True
            if self._process:
                self._process.terminate()
        self.wait()

    def wait(self) -> None:
        """Wait until none is being made."""
        if (thread := self._thread) and thread is not threading.current_thread():
            thread.join()

    def _make(self) -> None:
        try:
            file = backups.prepare(self._database, self._config, self._clock())
            failed = self._copied(file)
            if failed is None:
                backups.settle(self._config, file)
        except DatabaseError as error:
            failed = error
        except OSError as error:
            failed = DatabaseError(say("The backup could not be written: %(said)s."), True, said=error.strerror)
        with self._lock:
            if failed is None or not self._stopped:  # who stops it knows why there is none
                self.problem, self.failed_at = failed, self._clock() if failed else None
            self._running = self._process = None
            self.ended += 1

    def _copied(self, file: Path) -> DatabaseError | None:
        """Have the child copy and verify; what went wrong."""
        with self._lock:
            if self._stopped:
                return _BROKEN_OFF
            self._process = subprocess.Popen(
                [*_COMMAND, self._database.url, str(file)], cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
            )
        said: dict[str, Any] = {}
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "total" in said:
                self._running = Running(said["done"], said["total"])
        ended = self._process.wait()
        if ended == 0:
            return None
        if "message" in said:
            return DatabaseError(said["message"], said["retry"], **said["facts"])
        remove(file.with_name(file.name + ".part"))
        return _BROKEN_OFF
