"""Backups: whole, verified, made while the kiosk works; never half, never over something else by mistake."""

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk import backup
from kiosk.audit import audit
from kiosk.database import Database, DatabaseError
from kiosk.desk import Desk
from tests.demo_file import database_at, demo_file


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_file(tmp_path_factory.mktemp("loaded"))


@pytest.fixture
def database(loaded: Path, tmp_path: Path) -> Database:
    return database_at(Path(shutil.copy(loaded, tmp_path / "kiosk.sqlite")))


def loans(file: Path) -> int:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM loan").fetchone()[0])


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if ".part" in path.name]


def test_a_backup_is_one_file_that_opens_and_passes_the_audit(database: Database, tmp_path: Path) -> None:
    target = tmp_path / "safe" / "backup.sqlite"
    target.parent.mkdir()
    said = backup.backup(database, target)
    assert [path.name for path in target.parent.iterdir()] == ["backup.sqlite"]
    assert said.loans == loans(target) > 1000
    with database_at(target).reading() as connection:
        assert list(audit(connection)) == []


def test_a_backup_holds_one_moment_while_books_are_lent(database: Database, tmp_path: Path) -> None:
    desk, stop, lent = Desk(database, "Asia/Shanghai"), threading.Event(), list[str]()

    def lend_and_take_back() -> None:
        while not stop.is_set():
            lent.append(desk.lend(1, 1, station="busy", now=datetime.now(UTC)).verb)
            desk.take_back(1, station="busy", now=datetime.now(UTC))

    busy = threading.Thread(target=lend_and_take_back)
    busy.start()
    try:
        for number in range(3):
            assert backup.backup(database, tmp_path / f"{number}.sqlite").loans > 1000
    finally:
        stop.set()
        busy.join()
    assert "lent" in lent


def test_an_existing_file_is_replaced_only_when_asked(database: Database, tmp_path: Path) -> None:
    target = tmp_path / "report.doc"
    target.write_text("a year of work")
    with pytest.raises(DatabaseError, match="exists already"):
        backup.backup(database, target)
    assert target.read_text() == "a year of work"
    backup.backup(database, target, force=True)
    assert loans(target) > 1000


def test_the_database_itself_is_never_the_target_not_even_by_another_name(database: Database, tmp_path: Path) -> None:
    source = tmp_path / "kiosk.sqlite"
    other_name = tmp_path / "other.sqlite"
    os.link(source, other_name)
    for target in (source, other_name, tmp_path / "kiosk.sqlite-wal"):
        with pytest.raises(DatabaseError, match="is the database itself"):
            backup.backup(database, target, force=True)
    assert loans(source) > 1000


def test_a_missing_folder_and_a_folder_instead_of_a_file_are_said(database: Database, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="is not there"):
        backup.backup(database, tmp_path / "no" / "backup.sqlite")
    with pytest.raises(DatabaseError, match="is a folder"):
        backup.backup(database, tmp_path)


def test_a_full_disk_is_said_and_the_older_backup_stays(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened_on_a_small_disk(part: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(part)
        connection.execute("PRAGMA max_page_count = 20")
        return connection

    target = tmp_path / "backup.sqlite"
    target.write_text("yesterday's")
    monkeypatch.setattr("kiosk.backup._opened", opened_on_a_small_disk)
    with pytest.raises(DatabaseError, match="disk is full"):
        backup.backup(database, target, force=True)
    assert target.read_text() == "yesterday's"
    assert leftovers(tmp_path) == []


def test_a_stopped_backup_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.backup(database, tmp_path / "backup.sqlite", progress=stop)
    assert not (tmp_path / "backup.sqlite").exists()
    assert leftovers(tmp_path) == []


def test_the_half_copy_of_a_crash_does_not_stand_in_the_way(database: Database, tmp_path: Path) -> None:
    (tmp_path / "backup.sqlite.part").write_text("half of something")
    backup.backup(database, tmp_path / "backup.sqlite")
    assert leftovers(tmp_path) == []


def test_the_progress_ends_with_everything_copied(database: Database, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    backup.backup(database, tmp_path / "backup.sqlite", progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 100


def test_a_flawed_memory_does_not_replace_a_good_backup(database: Database, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite"
    backup.backup(database, target)
    with closing(sqlite3.connect(tmp_path / "kiosk.sqlite")) as connection:
        connection.execute("UPDATE loan SET renewals = 7 WHERE id = 1")
        connection.commit()
    with pytest.raises(DatabaseError, match=r"loan 1: renewals is 7.*stays as"):
        backup.backup(database, target, force=True)
    assert leftovers(tmp_path) == ["backup.sqlite.part"]
    with database_at(target).reading() as connection:
        assert list(audit(connection)) == []


def test_a_damaged_database_makes_no_backup(database: Database, tmp_path: Path) -> None:
    database.engine.dispose()
    source = tmp_path / "kiosk.sqlite"
    content = bytearray(source.read_bytes())
    for page in range(20, len(content) // 4096, 3):
        content[page * 4096 : page * 4096 + 60] = b"\xff" * 60
    source.write_bytes(content)
    with pytest.raises(DatabaseError, match="damaged"):
        backup.backup(database, tmp_path / "backup.sqlite")
    assert not (tmp_path / "backup.sqlite").exists()
    assert leftovers(tmp_path) == []


def test_postgresql_is_sent_to_its_own_tool_without_the_password(tmp_path: Path) -> None:
    database = Database("postgresql+psycopg://librarian:secret@db.school:5433/library")
    with pytest.raises(DatabaseError) as said:
        backup.backup(database, tmp_path / "backup.dump")
    assert f'pg_dump --format=custom --file="{tmp_path / "backup.dump"}"' in str(said.value)
    assert '"postgresql://librarian@db.school:5433/library"' in str(said.value)
    assert "secret" not in str(said.value)
