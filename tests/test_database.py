"""The database when the world is broken: a full disk, a file that may not be written, that is damaged, or is none."""

import multiprocessing
import os
import resource
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, insert, inspect, select, text

from kiosk.audit import audit
from kiosk.database import Database, DatabaseError
from kiosk.desk import Desk
from kiosk.models import Loan, Setting
from tests.cast import DAY, ENTRANCE, FERRY, LIHUA, MORNING, PLAIN, SECOND, TEACHER, XIAOMING, ZONE, change, school_at
from tests.schema import differences

HERE: dict[str, Any] = {"station": ENTRANCE, "now": MORNING}
NOBODY = 65534


@pytest.fixture
def school(tmp_path: Path) -> Database:
    return school_at(tmp_path)


def loans(school: Database) -> int:
    with school.reading() as connection:
        return connection.scalar(select(func.count()).select_from(Loan)) or 0


def flaws(school: Database) -> list[Any]:
    with school.reading() as connection:
        return list(audit(connection))


def lend_until_it_fails(school: Database) -> tuple[int, DatabaseError]:
    """Lend and take back until the database gives up: how many loans were acknowledged, and what it said."""
    desk, acknowledged = Desk(school, ZONE), 0
    while True:
        now = MORNING + acknowledged * SECOND
        try:
            assert desk.lend(TEACHER.id, PLAIN[0].id, station=ENTRANCE, now=now).verb == "lent"
            acknowledged += 1
            desk.take_back(PLAIN[0].id, station=ENTRANCE, now=now)
        except DatabaseError as error:
            return acknowledged, error


# The tables


def test_the_tables_that_the_migrations_make_are_those_of_the_models(school: Database) -> None:
    assert differences(school) == []


def test_migrating_again_changes_nothing(school: Database) -> None:
    assert school.file
    before = school.file.read_bytes()
    school.migrate()
    school.migrate()
    school.engine.dispose()
    assert school.file.read_bytes() == before


def test_a_new_file_is_made_with_its_folder(tmp_path: Path) -> None:
    school = Database(f"sqlite:///{tmp_path / 'data' / 'deep' / 'kiosk.sqlite'}")
    school.migrate()
    with school.reading() as connection:
        assert {"loan", "ledger", "reader"} <= set(inspect(connection).get_table_names())


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10000)]
)
def test_the_file_is_kept_so_that_a_power_cut_loses_nothing_acknowledged(
    tmp_path: Path, pragma: str, value: object
) -> None:
    with school_at(tmp_path, "FULL").reading() as connection:
        assert connection.scalar(text(f"PRAGMA {pragma}")) == value


def test_a_loan_of_a_reader_who_does_not_exist_is_refused_by_the_database_itself(school: Database) -> None:
    with school.engine.connect() as connection, pytest.raises(Exception, match="FOREIGN KEY constraint failed"):
        values = {"copy_id": 1, "title_id": 1, "reader_id": 999, "lent_at": MORNING, "lent_station": ENTRANCE}
        connection.execute(insert(Loan).values(**values, due_on=MORNING.date()))


def test_times_come_back_as_they_were_written_in_utc(school: Database) -> None:
    exact = MORNING.replace(microsecond=123456)
    Desk(school, ZONE).lend(XIAOMING.id, FERRY.id, station=ENTRANCE, now=exact)
    with school.reading() as connection:
        lent_at = connection.scalar(select(Loan.lent_at))
    assert isinstance(lent_at, datetime)
    assert (lent_at, lent_at.utcoffset()) == (exact, DAY - DAY)


def test_a_reader_sees_one_moment_while_others_lend(school: Database) -> None:
    with school.reading() as connection:
        counting = select(func.count()).select_from(Loan)
        assert connection.scalar(counting) == 0
        Desk(school, ZONE).lend(XIAOMING.id, FERRY.id, **HERE)
        assert connection.scalar(counting) == 0
    assert loans(school) == 1


def test_what_a_transaction_wrote_before_it_failed_is_gone(school: Database) -> None:
    def work(connection: Any) -> None:
        connection.execute(insert(Setting).values(key="half", value="done"))
        raise RuntimeError("something else went wrong")

    with pytest.raises(RuntimeError):
        school.write(work)
    change(school, insert(Setting).values(key="half", value="done again"))


def test_a_file_that_another_program_keeps_locked_is_said_to_be_busy(
    school: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.database.BUSY_SECONDS", 0.1)
    hasty = Desk(Database(school.url), ZONE)

    def hold_the_pen(_: Any) -> None:
        with pytest.raises(DatabaseError, match="The database is busy") as error:
            hasty.lend(XIAOMING.id, FERRY.id, **HERE)
        assert error.value.retry

    school.write(hold_the_pen)
    assert loans(school) == 0


# The disk is full


def test_a_full_disk_is_said_and_every_acknowledged_loan_is_there(school: Database) -> None:
    @event.listens_for(school.engine, "connect")
    def nearly_full(connection: sqlite3.Connection, _: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + 6}")

    acknowledged, error = lend_until_it_fails(school)
    assert "The disk is full" in str(error)
    assert error.retry
    assert acknowledged > 0
    again = Database(school.url)  # there is room again
    assert loans(again) == acknowledged
    assert flaws(again) == []
    assert Desk(again, ZONE).lend(XIAOMING.id, FERRY.id, **HERE).verb == "lent"


def test_a_disk_that_stops_writing_in_the_middle_of_a_file_half_writes_no_loan(school: Database) -> None:
    school.engine.dispose()
    acknowledged, said = in_a_program_of_its_own(short_of_disk, school.url)
    assert said.startswith(("The disk is full", "The disk cannot be read or written"))
    assert acknowledged > 0
    assert loans(school) == acknowledged
    assert flaws(school) == []
    assert Desk(school, ZONE).lend(XIAOMING.id, FERRY.id, **HERE).verb == "lent"


def short_of_disk(url: str) -> tuple[int, str]:
    """Lend where no file may grow beyond 300 kB, as on a disk that is full while a file is being written."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    acknowledged, error = lend_until_it_fails(Database(url))
    return acknowledged, str(error)


# The file may not be written, is damaged, is none


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that every user of this machine may enter: root, too, can then try as somebody else."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_file_that_may_not_be_written_is_said_and_stays_as_it_was(outside: Path) -> None:
    school = school_at(outside)
    school.engine.dispose()
    assert school.file
    before = school.file.read_bytes()
    school.file.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    outside.chmod(0o555)
    said = in_a_program_of_its_own(lend_as_an_ordinary_user, school.url)
    assert said.startswith(("The database file may not be written.", "The database file cannot be opened."))
    assert school.file.read_bytes() == before


def lend_as_an_ordinary_user(url: str) -> str:
    if os.geteuid() == 0:
        os.setegid(NOBODY)
        os.seteuid(NOBODY)  # root may write everything
    with pytest.raises(DatabaseError) as error:
        Desk(Database(url), ZONE).lend(XIAOMING.id, FERRY.id, **HERE)
    return str(error.value)


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.sqlite"
    file.write_text("Dear diary, today I borrowed a book. " * 100, "utf-8")
    for use in uses(Database(f"sqlite:///{file}")):
        with pytest.raises(DatabaseError, match="The database file is damaged") as error:
            use()
        assert not error.value.retry
    assert file.read_text("utf-8").startswith("Dear diary")


def test_a_damaged_page_is_said_and_nothing_is_acknowledged(school: Database) -> None:
    assert school.file
    with school.reading() as connection:
        page = connection.scalar(text("SELECT rootpage FROM sqlite_schema WHERE name = 'ledger'"))
        size = connection.scalar(text("PRAGMA page_size"))
    school.engine.dispose()
    damaged = bytearray(school.file.read_bytes())
    damaged[(page - 1) * size : page * size] = b"\xa5" * size
    school.file.write_bytes(damaged)
    with pytest.raises(DatabaseError, match="The database file is damaged"):
        Desk(school, ZONE).lend(XIAOMING.id, FERRY.id, **HERE)
    assert loans(Database(school.url)) == 0


def test_a_database_that_was_found_damaged_is_neither_read_nor_written_any_more(school: Database) -> None:
    assert school.file
    school.engine.dispose()
    whole = school.file.read_bytes()
    school.file.write_bytes(b"not any more a database" + whole[23:])
    with pytest.raises(DatabaseError, match="The database file is damaged"):
        loans(school)
    school.file.write_bytes(whole)  # who knows what else is wrong with it
    for use in uses(school):
        with pytest.raises(DatabaseError, match="Close the kiosk, then run: bin/kiosk restore latest"):
            use()
    assert loans(Database(school.url)) == 0


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    for use in uses(Database(f"sqlite:///{tmp_path}")):
        with pytest.raises(DatabaseError, match="The database file cannot be opened"):
            use()


def uses(database: Database) -> list[Callable[[], object]]:
    """Each way to begin with a database."""
    return [
        database.migrate,
        lambda: loans(database),
        lambda: Desk(database, ZONE).lend(LIHUA.id, FERRY.id, **HERE),
    ]


def in_a_program_of_its_own(work: Callable[[str], Any], url: str) -> Any:
    """What `work(url)` gives in a forked process, whose limits and user are its own."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(work, (url,))
