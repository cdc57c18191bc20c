"""The folder of backups: one a day, the newest kept by number, and never fewer because one has failed."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk import backups
from kiosk.audit import audit
from kiosk.backups import Kept
from kiosk.config import Backup, Config
from kiosk.database import Database, DatabaseError
from kiosk.desk import Desk
from tests.cast import ENTRANCE, FERRY, MORNING, XIAOMING, ZONE, school_at

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # in Shanghai
DAY = timedelta(days=1)


@pytest.fixture
def school(tmp_path: Path) -> Database:
    return school_at(tmp_path)


@pytest.fixture
def config(tmp_path: Path, school: Database) -> Config:
    return Config(
        path=tmp_path / "config.toml", database=school.url, timezone=ZONE, backup=Backup(tmp_path / "safe", keep=3)
    )


def names(config: Config) -> list[str]:
    return sorted(path.name for path in config.backup.folder.iterdir())


def at(day: int, hour: int = 12) -> Kept:
    return Kept(Path("x"), datetime(2026, 3, day, hour, tzinfo=ZoneInfo(ZONE)), 1)


def test_a_backup_is_named_by_the_schools_own_time_and_passes_the_audit(school: Database, config: Config) -> None:
    made, size = backups.make(school, config, NOON)
    assert names(config) == ["kiosk-20260302-120000.sqlite"]
    assert (made.at, made.bytes) == (NOON, made.file.stat().st_size)
    assert size.loans == 0
    with Database(f"sqlite:///{made.file}").reading() as connection:
        assert list(audit(connection)) == []


def test_the_newest_are_kept_by_number_and_listed_newest_first(school: Database, config: Config) -> None:
    for day in range(5):
        backups.make(school, config, NOON + day * DAY)
    assert [kept.at.day for kept in backups.kept(config)] == [6, 5, 4]
    assert names(config) == [f"kiosk-2026030{day}-120000.sqlite" for day in (4, 5, 6)]


def test_files_of_other_names_are_neither_listed_nor_taken_away(school: Database, config: Config) -> None:
    config.backup.folder.mkdir()
    others = ["kiosk-20260101-120000.sqlite.old", "before-the-holidays.sqlite", "kiosk-99999999-999999.sqlite"]
    for name in others:
        (config.backup.folder / name).write_text("kept by hand")
    for day in range(5):
        backups.make(school, config, NOON + day * DAY)
    assert set(others) <= set(names(config))
    assert len(backups.kept(config)) == 3


def test_a_machine_whose_clock_fell_back_keeps_the_backup_it_has_just_made(school: Database, config: Config) -> None:
    for day in range(3):
        backups.make(school, config, NOON + day * DAY)
    made, _ = backups.make(school, config, datetime(2000, 1, 1, tzinfo=UTC))
    assert made.file.exists()
    assert len(names(config)) == 4


@pytest.mark.parametrize(
    ("there", "due"), [((), True), ((at(1),), True), ((at(2, hour=7),), False), ((at(2, hour=23), at(1)), False)]
)
def test_a_day_without_a_backup_is_due_one(there: tuple[Kept, ...], due: bool) -> None:
    assert backups.is_due(there, datetime(2026, 3, 2, 12, tzinfo=ZoneInfo(ZONE))) is due


def test_the_day_is_the_schools_own(school: Database, config: Config) -> None:
    backups.make(school, config, datetime(2026, 3, 1, 16, 30, tzinfo=UTC))  # half past midnight in Shanghai
    assert not backups.is_due(backups.kept(config), NOON.astimezone(ZoneInfo(ZONE)))


# What fails


def flaw(school: Database) -> None:
    """Meddle with a loan, so that it is not as the ledger tells."""
    Desk(school, ZONE).lend(XIAOMING.id, FERRY.id, station=ENTRANCE, now=MORNING)
    school.write(lambda connection: connection.exec_driver_sql("UPDATE loan SET renewals = 7"))


def damage(school: Database) -> None:
    assert school.file
    school.engine.dispose()
    content = bytearray(school.file.read_bytes())
    for page in range(8, len(content) // 4096, 3):
        content[page * 4096 : page * 4096 + 60] = b"\xff" * 60
    school.file.write_bytes(content)


@pytest.mark.parametrize(
    ("happens", "said"), [(flaw, "does not hold together"), (damage, "damaged")], ids=["flawed", "damaged"]
)
def test_a_backup_that_fails_takes_none_of_the_older_ones_away(
    school: Database, config: Config, happens: Any, said: str
) -> None:
    for day in range(3):
        backups.make(school, config, NOON + day * DAY)
    before = names(config)
    happens(school)
    with pytest.raises(DatabaseError, match=said):
        backups.make(school, config, NOON + 3 * DAY)
    assert [name for name in names(config) if not name.endswith(".part")] == before


def test_what_a_flawed_backup_left_to_be_looked_at_does_not_pile_up(school: Database, config: Config) -> None:
    flaw(school)
    for hour in range(4):
        with pytest.raises(DatabaseError, match="does not hold together"):
            backups.make(school, config, datetime.now(UTC) + timedelta(hours=2 * hour))
    assert len(names(config)) == 1


def test_a_stopped_backup_leaves_nothing_behind(school: Database, config: Config) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backups.make(school, config, NOON, stop)
    assert names(config) == []


def test_too_little_room_is_said_before_anything_is_written(
    school: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    with pytest.raises(
        DatabaseError, match=r"There is no room for a backup in .*safe: it takes 2 MB, and 0 MB are"
    ) as at:
        backups.make(school, config, NOON)
    assert at.value.retry
    assert names(config) == []


def test_a_folder_that_cannot_be_made_is_said(school: Database, config: Config) -> None:
    config.backup.folder.write_text("a file where the folder should be")
    with pytest.raises(DatabaseError, match=r"safe cannot be used: File exists\."):
        backups.make(school, config, NOON)


def test_postgresql_is_sent_to_its_own_tool_and_no_folder_is_made(config: Config) -> None:
    with pytest.raises(DatabaseError, match="PostgreSQL makes its own backups"):
        backups.make(Database("postgresql+psycopg://librarian@/library"), config, NOON)
    assert not config.backup.folder.exists()
