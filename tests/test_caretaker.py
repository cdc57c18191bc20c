"""The caretaker: a backup a day whoever forgets it, chores that stop nothing when they fail, a look at the disk."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from kiosk import backups, trouble
from kiosk.database import Database, DatabaseError
from kiosk.models import Setting
from kiosk.opening import Opening
from tests import cast
from tests.e2e.running import until
from tests.house import Home
from tests.test_backups import flaw
from tests.test_restore import scribble
from web.caretaker import Caretaker

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    caretaker(home).stop()


def caretaker(home: Home) -> Caretaker:
    found: Caretaker = home.app.extensions["kiosk"].caretaker
    return found


def round_(home: Home) -> None:
    """One round, and the backup it may have begun."""
    caretaker(home).round()
    caretaker(home).saving.wait()


def kept(home: Home) -> list[str]:
    return [each.file.name for each in backups.kept(home.config)]


# Every day


def test_a_backup_is_made_once_a_day(home: Home) -> None:
    for minutes in (1, 60, 300):
        home.clock.turn(60 * minutes)
        round_(home)
    assert kept(home) == ["kiosk-20260302-100100.sqlite"]
    home.clock.turn(86400)
    round_(home)
    assert len(kept(home)) == 2


def test_as_many_are_kept_as_the_school_wants(home: Home) -> None:
    for _ in range(5):
        round_(home)
        home.clock.turn(86400)
    assert len(kept(home)) == home.config.backup.keep == 3


def test_the_backup_of_the_day_may_have_been_made_by_hand(home: Home) -> None:
    backups.make(home.database, home.config, home.clock.now)
    home.clock.turn(3600)
    round_(home)
    assert len(kept(home)) == 1


def test_one_that_fails_is_said_and_tried_again_after_half_an_hour(home: Home) -> None:
    home.config.backup.folder.write_text("a file where the folder should be")
    round_(home)
    status = caretaker(home).status()
    assert status.worries
    assert status.failed_at == home.clock.now
    assert "cannot be used" in str(status.problem)
    home.config.backup.folder.unlink()
    home.clock.turn(60)
    round_(home)
    assert kept(home) == []
    home.clock.turn(1800)
    round_(home)
    assert len(kept(home)) == 1
    assert (caretaker(home).status().problem, caretaker(home).status().failed_at) == (None, None)


def test_a_flaw_is_said_in_the_words_of_the_audit_and_no_older_backup_goes(home: Home) -> None:
    round_(home)
    home.clock.turn(86400)
    flaw(home.database)
    round_(home)
    assert "loan 1: renewals is 7, but 0 by the ledger" in str(caretaker(home).status().problem)
    assert len(kept(home)) == 1


def test_a_database_of_a_server_is_left_to_the_servers_own_tools(tmp_path: Path) -> None:
    home = Home(tmp_path)
    elsewhere = Caretaker(Database("postgresql+psycopg://librarian@/library"), home.config, home.clock, {})
    elsewhere.round()
    elsewhere.saving.wait()
    assert (kept(home), elsewhere.status().by_postgresql, elsewhere.status().worries) == ([], True, False)


# How they stand


def test_the_age_of_the_newest_backup_is_told(home: Home) -> None:
    assert caretaker(home).status().age is None
    assert caretaker(home).status().worries
    round_(home)
    home.clock.turn(7200)
    status = caretaker(home).status()
    assert (status.age, status.worries) == (2 * HOUR, False)
    assert status.last and status.last.bytes == status.last.file.stat().st_size
    home.clock.turn(3 * 86400)
    assert caretaker(home).status().worries


def test_just_after_opening_nobody_is_worried_by_what_the_holidays_have_left_undone(home: Home) -> None:
    caretaker(home).start()
    assert not caretaker(home).status().worries
    home.clock.turn(600)
    assert caretaker(home).status().worries


def test_the_desks_pages_hear_of_a_backup_and_of_a_disk_in_trouble(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [caretaker(home).news()]
    round_(home)
    told.append(caretaker(home).news())
    monkeypatch.setattr("web.caretaker.of_disk", lambda file: DatabaseError(trouble.FULL, retry=True))
    caretaker(home).look()
    told.append(caretaker(home).news())
    assert len(set(told)) == 3


# On demand


def test_two_at_once_are_one(home: Home) -> None:
    saving = caretaker(home).saving
    assert saving.start()
    assert saving.running
    assert not saving.start()
    saving.wait()
    assert len(kept(home)) == 1
    assert saving.running is None
    home.clock.turn(1)
    assert saving.start()


def test_a_stopped_one_leaves_nothing_behind_and_is_no_problem(home: Home) -> None:
    for number in range(20):  # so much that it is not done before it can be stopped
        cast.change(home.database, insert(Setting).values(key=f"long {number}", value="x" * 4_000_000))
    saving = caretaker(home).saving
    saving.start()
    until(lambda: saving.running and saving.running.total)
    saving.stop()
    assert list(home.config.backup.folder.iterdir()) == []
    assert (saving.running, saving.problem) == (None, None)


def test_one_whose_process_was_killed_is_said_and_leaves_nothing_behind(home: Home) -> None:
    saving = caretaker(home).saving
    saving.start()
    process = until(lambda: saving._process)
    os.kill(process.pid, signal.SIGKILL)
    saving.wait()
    assert "broken off" in str(saving.problem)
    assert list(home.config.backup.folder.iterdir()) == []


# Chores


def test_a_chore_that_fails_stops_no_other_chore(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    did: list[datetime] = []

    def breaks(now: datetime) -> None:
        raise RuntimeError("a mistake of ours")

    def meets_a_full_disk(now: datetime) -> None:
        raise DatabaseError(trouble.FULL, retry=True)

    chores = {"this": breaks, "that": meets_a_full_disk, "the last": did.append}
    Caretaker(home.database, home.config, home.clock, chores).round()
    assert did == [home.clock.now]
    said = capsys.readouterr().err
    assert "Not done: this." in said
    assert "a mistake of ours" in said
    assert "Not done: that. The disk is full." in said


def test_he_begins_when_told_and_ends_when_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.caretaker.LOOK", 0.01)
    monkeypatch.setattr("web.caretaker.ROUND", 0.02)
    rounds = threading.Semaphore(0)
    busy = Caretaker(home.database, home.config, home.clock, {"count": lambda now: rounds.release()})
    busy.start()
    assert rounds.acquire(timeout=10) and rounds.acquire(timeout=10)
    busy.stop()
    assert "caretaker" not in {thread.name for thread in threading.enumerate()}


# A broken world, on every screen


def screens(home: Home) -> list[str]:
    return [station.payload()["html"] for station in home.app.extensions["kiosk"].stations]


def test_a_disk_in_trouble_is_said_on_every_screen_and_no_longer_when_it_is_well(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.caretaker.of_disk", lambda file: DatabaseError(trouble.FULL, retry=True))
    caretaker(home).look()
    assert all("磁盘满了" in html for html in screens(home))
    assert not any("现在还不能借还" in html for html in screens(home))  # it may still be tried
    monkeypatch.undo()
    caretaker(home).look()
    assert not any("磁盘" in html for html in screens(home))


def test_a_damaged_database_is_said_large_on_every_screen(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    home.database.engine.dispose()
    caretaker(home).opening = opening = Opening(home.config, home.database, home.clock)
    scribble(home.database.file or Path())
    opening.look_over()
    caretaker(home).look()
    for html in screens(home):
        assert "现在还不能借还" in html
        assert "bin/kiosk restore latest" in html
    told = home.scan(cast.FERRY.label)
    assert "这次没有登记上" in told["html"]
    assert told["sound"] == "refused"


def test_a_database_that_is_taken_away_is_said_before_anything_is_written_into_nowhere(home: Home) -> None:
    assert home.database.file
    caretaker(home).opening = Opening(home.config, home.database, home.clock)
    home.scan(cast.XIAOMING.card)
    away = home.database.file.rename(home.database.file.with_name("away"))
    caretaker(home).look()
    assert all("数据库文件不见了" in html for html in screens(home))
    home.scan(cast.FERRY.label)
    away.replace(home.database.file)
    caretaker(home).look()
    assert home.scan(cast.FERRY.label)["sound"] == "lent"


def test_in_trouble_no_chore_is_begun(home: Home) -> None:
    home.database.trouble = DatabaseError(trouble.DAMAGED, retry=False)
    round_(home)
    assert kept(home) == []
