"""The file of a demo school, for tests that meddle with it or copy it."""

from datetime import UTC, datetime
from pathlib import Path

from kiosk import demo
from kiosk.database import Database

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def database_at(file: Path) -> Database:
    """The database in this file."""
    return Database(f"sqlite:///{file.as_posix()}", synchronous="NORMAL")


def demo_file(folder: Path) -> Path:
    """A closed file with the demo school as it was at NOW, in which nobody has meddled."""
    file = folder / "kiosk.sqlite"
    database = database_at(file)
    database.migrate()
    demo.load(database, "Asia/Shanghai", NOW)
    database.engine.dispose()
    return file
