"""What nobody should have to think of: the daily backup, a look at the disk, and other chores, once a minute.

One thread of the server. Each chore stands alone: one that fails says so on the terminal and stops no other.
"""

import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kiosk import backups
from kiosk.backups import Kept
from kiosk.config import Config
from kiosk.database import Database
from kiosk.opening import Opening
from kiosk.trouble import GONE, DatabaseError, of_disk, on_terminal
from web.saving import Running, Saving

Chore = Callable[[datetime], object]
LOOK, ROUND = 2.0, 60.0  # seconds between looks at the disk, and between rounds of the chores
_PAUSE = timedelta(minutes=30)  # after a backup that failed, before the next attempt
_OLD = timedelta(days=2)
_FIRST = timedelta(minutes=5)  # after opening: the backup of the day has been made by then


@dataclass(frozen=True, slots=True)
class Status:
    """How the backups stand. `kept` is newest first; `problem` is why there is none newer; PostgreSQL keeps its own."""

    kept: tuple[Kept, ...]
    age: timedelta | None
    running: Running | None
    problem: DatabaseError | None
    failed_at: datetime | None
    by_postgresql: bool
    awaited: bool  # the kiosk has just been opened, and the backup of the day is still to come

    @property
    def last(self) -> Kept | None:
        """The newest backup; all that are kept were opened and audited when they were made."""
        return self.kept[0] if self.kept else None

    @property
    def worries(self) -> bool:
        """Whether somebody should look: the newest is old, or there is none, or the last attempt has failed."""
        is_old = not self.awaited and (self.age is None or self.age > _OLD)
        return not self.by_postgresql and (self.problem is not None or is_old)


class Caretaker:
    """Goes round until stopped. `chores` are called with the time, once a minute, while the database is open."""

    def __init__(
        self,
        database: Database,
        config: Config,
        clock: Callable[[], datetime],
        chores: Mapping[str, Chore],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database, self._config, self._clock = database, config, clock
        self._chores = {"the daily backup": self._back_up_if_due, **chores}
        self._changed = changed
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.saving = Saving(database, config, clock)
        self.opening: Opening | None = None  # who tries to open the database again; nobody in tests
        self._said = ""
        self._begun: datetime | None = None
        self.warning: DatabaseError | None = None  # what is wrong with the disk or the database server

    def start(self) -> None:
        """Begin; the first round comes after a minute, so that a machine that is on only at noon gets its backup."""
        self._begun = self._clock()
        self._thread = threading.Thread(target=self._go_round, name="caretaker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and break off the backup that is being made."""
        self._stopped.set()
        self.saving.stop()
        if self._thread:
            self._thread.join(timeout=5)

    def status(self) -> Status:
        """How the backups stand now."""
        there, saving = backups.kept(self._config), self.saving
        now, elsewhere = self._clock(), not self._database.is_sqlite
        age = now - there[0].at if there else None
        awaited = self._begun is not None and now - self._begun < _FIRST
        return Status(there, age, saving.running, saving.problem, saving.failed_at, elsewhere, awaited)

    def news(self) -> str:
        """Another text whenever the backups, the disk or the database stand otherwise. Cheap."""
        return f"{self.saving.ended} {self.saving.running is None} {self.trouble()}"

    def trouble(self) -> DatabaseError | None:
        """What every screen should say now."""
        return self._database.trouble or self.warning

    def look(self) -> None:
        """Ask the disk and the database how they are; a closed one is tried again."""
        if self._database.trouble and self.opening:
            self.opening.attempt()
        self.warning = None if self._database.trouble else self._wrong()
        trouble = self.trouble()
        if self._said != (trouble.message if trouble else ""):  # whoever came upon it first
            self._said = trouble.message if trouble else ""
            on_terminal(f"Trouble: {trouble}" if trouble else "The trouble is over.")
            self._changed()

    def round(self) -> None:
        """Do every chore once."""
        if self._database.trouble:
            return
        for name, chore in self._chores.items():
            try:
                chore(self._clock())
            except DatabaseError as error:
                on_terminal(f"Not done: {name}. {error}")
            except Exception:  # a chore of any kind must not end the others
                on_terminal(f"Not done: {name}.\n{traceback.format_exc()}")

    def _go_round(self) -> None:
        if self.opening and not self._database.trouble:
            self.opening.look_over()
        waited = 0.0
        self.look()
        while not self._stopped.wait(LOOK):
            self.look()
            waited += LOOK
            if waited >= ROUND:
                waited = 0.0
                self.round()

    def _wrong(self) -> DatabaseError | None:
        file = self._database.file
        if file and not file.exists():  # what is written now goes into a file without a name, and with it
            self._database.trouble = DatabaseError(GONE, retry=True)
            return self._database.trouble
        if file and (found := of_disk(file)):
            return found
        try:
            with self._database.reading() as connection:
                connection.exec_driver_sql("SELECT 1 FROM setting")
        except DatabaseError as error:
            return error
        return None

    def _back_up_if_due(self, now: datetime) -> None:
        failed_at = self.saving.failed_at
        if not self._database.is_sqlite or (failed_at and now - failed_at < _PAUSE):
            return
        if backups.is_due(backups.kept(self._config), now.astimezone(ZoneInfo(self._config.timezone))):
            self.saving.start()
