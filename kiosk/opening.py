"""Opening the database when the kiosk starts, and again and again until it opens.

A kiosk whose disk is full or whose file is damaged still shows its screens: they say what is wrong, and it recovers
by itself where that is possible.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Self

from kiosk import backups, demo, latch, trouble
from kiosk.config import Config
from kiosk.database import Database
from kiosk.trouble import DatabaseError, on_terminal


class Opening:
    """Makes `database` ready, or leaves in `database.trouble` why it is not. As a context it keeps other kiosks away.

    A file that is missing is made anew only where there never was one: with backups at hand somebody has lost it.
    """

    def __init__(self, config: Config, database: Database, clock: Callable[[], datetime]) -> None:
        self._config, self._database, self._clock = config, database, clock
        self._latches = ExitStack()
        self._held = False
        self._may_be_made = not (database.file and backups.kept(config))
        self._looked_at: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        self._hold()
        return self

    def __exit__(self, *_: object) -> None:
        self._database.engine.dispose()  # SQLite folds its log into the file: what is copied by hand is then all there
        self._latches.close()

    def attempt(self) -> bool:
        """Try to open it; whether it is open now."""
        before = self._database.trouble
        if before and before.message == trouble.DAMAGED and self._looked_at == self._face():
            return False  # nobody has put another file in its place
        try:
            self._open()
        except DatabaseError as error:
            self._database.trouble = error
            self._looked_at = self._face()
            return False
        if before:
            self._database.engine.dispose()  # its connections may be to a file that is no longer there
        self._database.trouble = None
        return True

    def look_over(self) -> None:
        """Ask SQLite whether every page can be read. A damaged one is said before somebody stumbles over it."""
        database = Database(self._database.url)
        try:
            _read_every_page(database)
        except DatabaseError as error:
            if error.message == trouble.DAMAGED:
                self._database.trouble = error
                self._looked_at = self._face()
        finally:
            database.engine.dispose()

    def _open(self) -> None:
        """By connections of its own: `database` lets nobody in while it is in trouble, not even us."""
        self._hold()
        database = Database(self._database.url, self._config.synchronous)
        if not self._may_be_made and not self._face():
            raise DatabaseError(trouble.GONE, retry=True)
        try:
            database.migrate()
            if self._database.trouble and self._database.trouble.message == trouble.DAMAGED:
                _read_every_page(database)
            if self._config.database == f"sqlite:///{(self._config.path.parent / 'data/kiosk.sqlite').as_posix()}":
                self._load_demo(database)
        finally:
            database.engine.dispose()
        self._may_be_made = self._database.file is None

    def _hold(self) -> None:
        if not self._held:
            self._held = self._latches.enter_context(latch.kiosk_open(self._database.file))

    def _load_demo(self, database: Database) -> None:
        """A school that has not chosen a database of its own gets to see one that is full."""
        with database.reading() as connection:
            if not demo.is_empty(connection):
                return
        on_terminal("The database is empty: loading a demo school …")
        if demo.load(database, self._config.timezone, self._clock()):
            on_terminal(f"The demo school is in {database.file}.")

    def _face(self) -> tuple[int, ...]:
        """What tells the file from another one of the same name; nothing where there is none, or an empty one."""
        try:
            found = self._database.file.stat() if self._database.file else None
        except OSError:
            return ()
        return (found.st_ino, found.st_size, found.st_mtime_ns) if found and found.st_size else ()


def _read_every_page(database: Database) -> None:
    if database.is_sqlite:
        with database.reading() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalars().first() != "ok":
                raise DatabaseError(trouble.DAMAGED, retry=False)
