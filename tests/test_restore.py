"""A backup takes the database's place: looked over first, at one stroke, and the former database is kept."""

import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection

from kiosk import backups
from kiosk.__main__ import main
from kiosk.audit import audit
from kiosk.config import Config, load
from kiosk.database import Database, DatabaseError, versions
from kiosk.desk import Desk
from kiosk.restore import restore
from tests.cast import ENTRANCE, FERRY, MORNING, PLAIN, SECOND, TEACHER, XIAOMING, ZONE, school_at
from tests.test_latch import held_by_another

HOUR = timedelta(hours=1)
THEN, NOW = MORNING + HOUR, MORNING + 2 * HOUR


class School:
    """A school with a backup, and two loans and a return that came after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "config.toml").write_text('database = "sqlite:///kiosk.sqlite"\n[backup]\nfolder = "safe"\n', "utf-8")
        self.config: Config = load(folder / "config.toml")
        self.database = school_at(folder)
        self.file = folder / "kiosk.sqlite"
        desk = Desk(self.database, ZONE)
        desk.lend(XIAOMING.id, FERRY.id, station=ENTRANCE, now=MORNING)
        self.backup = backups.make(self.database, self.config, THEN)[0].file
        desk.lend(TEACHER.id, PLAIN[0].id, station=ENTRANCE, now=THEN)
        desk.lend(TEACHER.id, PLAIN[1].id, station=ENTRANCE, now=THEN + SECOND)
        desk.take_back(FERRY.id, station="room 3-2", now=THEN + SECOND)
        self.database.engine.dispose()

    def loans(self, file: Path | None = None) -> int:
        """How many there are in the file."""
        with closing(sqlite3.connect(file or self.file)) as connection:
            return int(connection.execute("SELECT count(*) FROM loan").fetchone()[0])

    def flaws(self, file: Path | None = None) -> list[str]:
        """What the audit finds in the file."""
        database = Database(f"sqlite:///{file or self.file}")
        with database.reading() as connection:
            found = [flaw.what for flaw in audit(connection)]
        database.engine.dispose()
        return found

    def former(self) -> list[Path]:
        """The databases that were kept."""
        return sorted(path for path in self.folder.glob("kiosk.sqlite.before-restore-*") if path.name[-1].isdigit())

    def restore(self, wanted: str = "latest") -> Any:
        """Restore it now."""
        return restore(self.config, wanted, NOW)

    def lends(self) -> str:
        """Whether it goes on: the verb of one more loan."""
        desk = Desk(Database(self.database.url), ZONE)
        return desk.lend(TEACHER.id, PLAIN[5].id, station=ENTRANCE, now=NOW).verb


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path)


@pytest.fixture
def typed(school: School, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def answer(*words: str) -> tuple[int, str]:
        status = main(["--config", str(school.config.path), *words])
        said = capsys.readouterr()
        return status, said.out + said.err

    return answer


# What is done


def test_the_backup_takes_the_place_and_the_former_database_is_kept_whole(school: School) -> None:
    done = school.restore()
    assert (school.loans(), school.flaws()) == (1, [])
    assert done.former == school.folder / "kiosk.sqlite.before-restore-20260302-120000"
    assert (school.loans(done.former), school.flaws(done.former)) == (3, [])
    assert school.lends() == "lent"


def test_what_is_missing_since_the_backup_is_counted(school: School) -> None:
    assert school.restore().missing == {"lent": 2, "returned": 1}


def test_the_ledger_itself_says_that_it_begins_again_at_the_backup(school: School) -> None:
    school.restore()
    with closing(sqlite3.connect(school.file)) as connection:
        row = connection.execute("SELECT station, verb, details FROM ledger ORDER BY id DESC").fetchone()
    assert row == ("command line", "restored", json.dumps({"why": school.backup.name}))


def test_nothing_is_left_beside_the_two_databases(school: School) -> None:
    done = school.restore()
    names = {path.name for path in school.folder.iterdir()}
    assert names == {"config.toml", "safe", "kiosk.sqlite", "kiosk.sqlite.lock", done.former.name}


def test_one_can_go_back_to_the_former_database_and_nothing_is_missing(school: School) -> None:
    done = school.restore()
    school.restore(str(done.former))
    assert (school.loans(), school.flaws()) == (3, [])
    assert len(school.former()) == 2  # in the same second, under another name


def test_a_backup_can_be_named_by_its_name_alone(school: School) -> None:
    assert school.restore(school.backup.name).backup == school.backup


def test_a_new_machine_without_a_database_is_given_one(school: School) -> None:
    school.file.unlink()
    done = school.restore()
    assert (done.former, done.missing) == (None, {})
    assert school.loans() == 1


def test_what_waited_in_the_log_of_a_killed_kiosk_is_in_the_database_that_is_kept(school: School) -> None:
    in_a_process_of_its_own(lend_and_be_killed, school.database.url)
    assert Path(f"{school.file}-wal").stat().st_size > 0
    done = school.restore()
    assert done.missing["lent"] == 3
    assert [path.name for path in school.folder.glob("*-wal")] == []
    assert school.loans(done.former) == 4


def lend_and_be_killed(url: str) -> None:
    Desk(Database(url), ZONE).lend(TEACHER.id, PLAIN[2].id, station=ENTRANCE, now=NOW)
    os.kill(os.getpid(), signal.SIGKILL)


def test_whoever_could_write_the_former_database_can_write_the_restored_one(school: School) -> None:
    school.file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(school.file, 65534, 65534)
    before = school.file.stat()
    school.restore()
    after = school.file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_an_older_backup_is_brought_up_to_date(school: School) -> None:
    old = school.folder / "old.sqlite"
    Database(f"sqlite:///{old}").write(lambda connection: upgraded(connection, "0001"))
    done = school.restore(str(old))
    assert done.extent.loans == 0
    with Database(school.database.url).reading() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == versions()[-1]


def upgraded(connection: Connection, version: str) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", "kiosk/migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


# A damaged database


def scribble(file: Path) -> None:
    """The first page of the loans is overwritten."""
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'loan'").fetchone()
    content = bytearray(file.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    file.write_bytes(content)


def test_a_damaged_database_is_kept_as_it_is_and_its_ledger_still_tells_what_is_missing(school: School) -> None:
    scribble(school.file)
    damaged = school.file.read_bytes()
    done = school.restore()
    assert done.former.read_bytes()[4096:] == damaged[4096:]
    assert done.missing == {"lent": 2, "returned": 1}
    assert (school.loans(), school.flaws(), school.lends()) == (1, [], "lent")


def test_a_database_that_nobody_can_read_is_kept_with_its_log(school: School) -> None:
    in_a_process_of_its_own(lend_and_be_killed, school.database.url)
    school.file.write_bytes(b"\0" * 20_000)
    log = Path(f"{school.file}-wal").read_bytes()
    done = school.restore()
    assert done.former.stat().st_size == 20_000
    assert Path(f"{done.former}-wal").read_bytes() == log
    assert not Path(f"{school.file}-wal").exists()
    assert (school.loans(), school.lends()) == (1, "lent")


def test_a_disk_that_knows_no_second_names_keeps_a_copy(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(self: Path, target: Path) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", unknown)
    assert school.loans(school.restore().former) == 3


# What is refused; then everything is as it was


def untouched(school: School, before: bytes) -> bool:
    leftovers = [path.name for path in school.folder.iterdir() if "part" in path.name or "before" in path.name]
    return school.file.read_bytes() == before and leftovers == []


def other_tables(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE recipe (name)")
        connection.commit()


def change(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


NO_LEDGER = ("DROP TRIGGER ledger_refuses_delete", "DELETE FROM ledger")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda file: file.write_text("Dear diary, " * 500), "is damaged, or no database"),
        (lambda file: file.write_bytes(b""), "is not a kiosk's database"),
        (lambda file: (file.unlink(), other_tables(file)), "is not a kiosk's database"),
        (scribble, "is damaged"),
        (lambda file: file.write_bytes(file.read_bytes()[:60_000]), "is damaged"),
        (lambda file: change(file, "UPDATE loan SET renewals = 9"), "does not hold together"),
        (
            lambda file: change(file, "DROP TRIGGER ledger_refuses_delete", "DELETE FROM ledger"),
            "does not hold together",
        ),
        (lambda file: change(file, "UPDATE alembic_version SET version_num = '9999'"), "was made by a newer kiosk"),
    ],
    ids=["diary", "empty", "foreign", "page", "truncated", "flawed", "no ledger", "newer"],
)
def test_what_is_no_sound_backup_is_refused_in_a_sentence(
    school: School, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(school.backup)
    before = school.file.read_bytes()
    with pytest.raises(DatabaseError, match=said) as error:
        school.restore()
    assert str(school.backup) in str(error.value)
    assert untouched(school, before)


def test_an_open_kiosk_is_not_restored_under_its_feet(school: School, typed: Any) -> None:
    before = school.file.read_bytes()
    with held_by_another("kiosk_open", school.file) as kiosk:
        assert typed("restore", "latest") == (
            2,
            f"The kiosk is open (process {kiosk.pid}). Close it, then restore again.\n",
        )
    assert untouched(school, before)


def test_another_program_that_has_the_database_open_is_waited_out(school: School) -> None:
    with closing(sqlite3.connect(school.file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match=r"Another program has .* open\. Close it"):
            school.restore()
    assert school.former() == []
    assert school.loans() == 3


def test_the_database_itself_is_no_backup(school: School) -> None:
    with pytest.raises(DatabaseError, match="is the database itself"):
        school.restore(str(school.file))


def test_too_little_room_is_said_beforehand(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    before = school.file.read_bytes()
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Room)
    with pytest.raises(DatabaseError, match="The disk is full"):
        school.restore()
    assert untouched(school, before)


class Room:
    """A disk with little of it."""

    free = 1_000_000


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("latest", "There is no backup in"), ("kiosk-20200101-000000.sqlite", "The newest are: none.")],
)
def test_a_backup_that_is_not_there_is_said(school: School, wanted: str, said: str) -> None:
    school.backup.unlink()
    with pytest.raises(DatabaseError, match=said):
        school.restore(wanted)


def test_postgresql_restores_its_own_backups(tmp_path: Path) -> None:
    config = Config(path=tmp_path / "config.toml", database="postgresql+psycopg://librarian@/library")
    with pytest.raises(DatabaseError, match="pg_restore"):
        restore(config, "latest", NOW)


# By the command


def test_the_command_says_what_was_done_what_is_missing_and_how_to_go_back(school: School, typed: Any) -> None:
    status, said = typed("restore", "latest")
    (former,) = school.former()
    assert status == 0
    assert said.splitlines() == [
        f"Restored: {school.backup} (1 entries, 1 loans) is now the database.",
        "Missing is what the former database was told since 2026-03-02 10:00: 2 loans, 1 return.",
        f"The former database is kept as {former}.",
        f"To go back to it: bin/kiosk restore {former}",
        "Now open the kiosk again: bin/kiosk",
    ]


def test_the_command_answers_a_program_too(school: School, typed: Any) -> None:
    status, said = typed("restore", "latest", "--json")
    answer = json.loads(said)
    assert status == 0
    assert (answer["done"], answer["command"], answer["missing"]) == (True, "restore", {"lent": 2, "returned": 1})
    assert (answer["backup"], answer["former"]) == (str(school.backup), str(school.former()[0]))


def test_a_former_database_that_cannot_be_read_is_said(school: School, typed: Any) -> None:
    school.file.write_bytes(b"\0" * 9000)
    _, said = typed("restore", "latest")
    assert "cannot be read: whatever was lent and returned since 2026-03-02 10:00 is missing" in said


def test_a_backup_without_a_file_name_goes_into_the_folder(school: School, typed: Any) -> None:
    status, said = typed("backup")
    assert (status, len(backups.kept(school.config))) == (0, 2)
    assert str(backups.kept(school.config)[0].file) in said


# SIGKILL at every step

_OURS = tuple(f"kiosk{os.sep}{name}.py" for name in ("restore", "backup"))
# Before these functions are run, nothing but the copy has been touched.
AT_STAKE = {"_put", "_fold", "_resemble", "_unused", "_keep", "give_name", "keep_names", "remove"}


def killed_at(step: int, folder: str, among: set[str]) -> int:
    """Restore, and be killed before the given line of these functions (of ours, when none are named) is run.

    How many lines there were, if it was not reached.
    """
    ran = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal ran
        code = frame.f_code
        if not code.co_filename.endswith(_OURS) or (among and code.co_name not in among):
            return None
        if event == "line":
            ran += 1
            if ran == step:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    config = load(Path(folder) / "config.toml")
    sys.settrace(trace)
    restore(config, "latest", NOW)
    sys.settrace(None)
    return ran


def in_a_process_of_its_own(work: Callable[..., Any], *values: Any) -> Any:
    """What it gives, or None when it was killed."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=lambda: theirs.send(work(*values)))
    process.start()
    process.join()
    return ours.recv() if process.exitcode == 0 else None


def states_after_a_kill(image: Path, folder: Path) -> Iterator[Path]:
    """The folder as a kill at each step has left it, one after the other, and at last as it is when it is done."""
    step, lines = 0, None
    while lines is None:
        step += 1
        shutil.copytree(image, folder)
        lines = in_a_process_of_its_own(killed_at, step, str(folder), AT_STAKE)
        yield folder
        shutil.rmtree(folder)
    assert step > 30


def rows(file: Path) -> int:
    """How many loans are in the file, every page of which can be read."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT count(*) FROM loan").fetchone()[0])


@pytest.mark.parametrize("log", [False, True], ids=["closed in peace", "was itself killed"])
def test_killed_at_any_step_the_name_belongs_to_one_whole_database_and_the_former_is_never_gone(
    school: School, tmp_path_factory: pytest.TempPathFactory, log: bool
) -> None:
    if log:
        in_a_process_of_its_own(lend_and_be_killed, school.database.url)
    former, found = 3 + log, set()
    for folder in states_after_a_kill(school.folder, tmp_path_factory.mktemp("killed") / "school"):
        found.add(loans := rows(folder / "kiosk.sqlite"))
        if loans != former:
            assert loans == 1
            assert [rows(kept) for kept in folder.glob("kiosk.sqlite.before-restore-*")] == [former]
    assert found == {1, former}


def test_killed_at_any_step_a_damaged_database_is_never_gone_either(
    school: School, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scribble(school.file)
    damaged, found = school.file.read_bytes()[4096:], set()  # the first page says how the log is kept
    for folder in states_after_a_kill(school.folder, tmp_path_factory.mktemp("killed") / "school"):
        found.add(restored := (folder / "kiosk.sqlite").read_bytes()[4096:] != damaged)
        if restored:
            assert rows(folder / "kiosk.sqlite") == 1
            assert [kept.read_bytes()[4096:] for kept in folder.glob("*.before-restore-*")] == [damaged]
    assert found == {False, True}


def test_what_a_killed_restore_left_does_not_stand_in_the_way_of_the_next(school: School) -> None:
    lines = in_a_process_of_its_own(count_lines, str(school.folder))
    for step in range(lines, 0, -lines // 8):
        assert in_a_process_of_its_own(killed_at, step, str(school.folder), set()) is None
        assert not school.flaws()
    school.restore()
    assert (school.loans(), school.flaws(), school.lends()) == (1, [], "lent")
    assert 3 in {school.loans(file) for file in school.former()}
    assert [path.name for path in school.folder.iterdir() if ".part" in path.name] == []


def count_lines(folder: str) -> int:
    copy = Path(folder).with_name("counted")
    shutil.copytree(folder, copy)
    return killed_at(-1, str(copy), set())
