"""The same library on PostgreSQL: a private cluster, made for this run and thrown away after it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import inspect, select, text

from kiosk import ledger, staff
from kiosk.audit import audit
from kiosk.database import Database, DatabaseError
from kiosk.decision import Reason
from kiosk.desk import Desk
from kiosk.doorkeeper import Doorkeeper, NotIn, SignedIn
from kiosk.labels import LabelRules
from kiosk.models import LedgerEntry, Loan
from kiosk.reception import Reception
from kiosk.turns import State
from kiosk.whereabouts import where
from tests import cast, catalogue, former
from tests.branch import Branch
from tests.cast import BEES, DAY, ENTRANCE, FERRY, LIHUA, MISSING, MORNING, SECOND, XIAOMING, ZONE, fill
from tests.races import RACES
from tests.schema import differences

HERE: dict[str, Any] = {"station": ENTRANCE, "now": MORNING}


class Cluster:
    """A PostgreSQL server that listens on a socket in its own folder and keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.numbers = folder, count(1)
        self.user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        if self.user:
            shutil.chown(folder, self.user)
        self.run("initdb", "-D", "data", "-U", "kiosk", "-A", "trust", "-E", "UTF8", "--no-sync", *CHINESE)
        settings = ("listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=50")
        options = [part for setting in settings for part in ("-c", setting)]
        self.server = self.start("postgres", "-D", "data", "-k", str(folder), *options)
        self.wait_until_it_answers()

    def run(self, program: str, *arguments: str) -> None:
        process = self.start(program, *arguments)
        assert process.wait() == 0, (self.folder / "log").read_text("utf-8", "replace")

    def start(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        groups: dict[str, Any] = {}
        if self.user:
            groups = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}
        command = [str(programs() / program), *arguments]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **groups)

    def wait_until_it_answers(self) -> None:
        while self.server.poll() is None:
            with suppress(psycopg.OperationalError):  # it is still starting
                self.sql("SELECT 1")
                return
        raise AssertionError((self.folder / "log").read_text("utf-8", "replace"))

    def sql(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="kiosk", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def new(self, template: str = "template0") -> Database:
        name = f"school_{next(self.numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return Database(f"postgresql://kiosk@/{name}?host={self.folder}")

    def stop(self) -> None:
        self.server.send_signal(signal.SIGINT)
        self.server.wait()


# Text is compared as Chinese libraries have it, not by bytes: the ids of one scan must be found all the same.
CHINESE = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=zh-Hans-CN")


def programs() -> Path:
    """The folder of the newest PostgreSQL server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which("initdb")
    if not found and beside is None:
        pytest.fail("These tests need a PostgreSQL server. Please run: sudo apt-get install -y postgresql")
    return found[-1].parent if found else Path(str(beside)).parent


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder))
        yield cluster
        cluster.stop()


@pytest.fixture(scope="module")
def template(cluster: Cluster) -> str:
    """A database with the cast in it, to be copied."""
    school = cluster.new()
    fill(school)
    school.engine.dispose()
    return str(school.engine.url.database)


@pytest.fixture
def school(cluster: Cluster, template: str) -> Iterator[Database]:
    school = cluster.new(template)
    yield school
    school.engine.dispose()


@pytest.fixture
def desk(school: Database) -> Desk:
    return Desk(school, ZONE)


def rows(desk: Desk, table: Any) -> list[Any]:
    with desk.database.reading() as connection:
        return list(connection.execute(select(table.__table__).order_by(table.id)))


def flaws(desk: Desk) -> list[Any]:
    with desk.database.reading() as connection:
        return list(audit(connection))


def test_the_tables_are_those_of_the_models(school: Database) -> None:
    assert differences(school) == []


def test_migrating_again_changes_nothing(school: Database) -> None:
    school.migrate()
    with school.reading() as connection:
        assert "loan" in inspect(connection).get_table_names()
        assert connection.scalar(text("SELECT count(*) FROM copy"))


def test_a_filled_database_from_before_there_was_a_desk_has_all_its_tables_and_its_past(cluster: Cluster) -> None:
    old = cluster.new()
    hashes = former.settle_in(old)
    old.migrate()
    assert [entry.hash for entry in rows(Desk(old, ZONE), LedgerEntry)] == hashes
    assert differences(old) == []
    former.assert_the_past_is_there(old)
    old.engine.dispose()


def test_a_book_is_lent_renewed_and_taken_back_and_the_ledger_tells_it_again(desk: Desk) -> None:
    lent = desk.lend(XIAOMING.id, FERRY.id, **HERE, scan_id="lend")
    later: dict[str, Any] = {"station": ENTRANCE, "now": MORNING + 10 * DAY}
    renewed = desk.renew(XIAOMING.id, FERRY.id, **later, scan_id="renew")
    returned = desk.take_back(FERRY.id, **later, scan_id="return")
    assert [each.verb for each in (lent, renewed, returned)] == ["lent", "renewed", "returned"]
    for scan_id, outcome in {"lend": lent, "renew": renewed, "return": returned}.items():
        assert desk.take_back(BEES.id, **later, scan_id=scan_id) == outcome
    (loan,) = rows(desk, Loan)
    assert (loan.lent_at, loan.returned_at, loan.renewals) == (MORNING, MORNING + 10 * DAY, 1)
    assert flaws(desk) == []


def test_refusals_undos_and_found_books_are_as_on_sqlite(desk: Desk) -> None:
    lent = desk.lend(XIAOMING.id, MISSING.id, **HERE)
    assert lent.has(Reason.FOUND)
    assert desk.lend(LIHUA.id, MISSING.id, **HERE).has(Reason.ON_LOAN_TO_ANOTHER)
    assert desk.undo(lent.entry, **HERE).verb == "undone"
    assert desk.undo(lent.entry, **HERE).has(Reason.CANNOT_UNDO)
    assert [entry.verb for entry in rows(desk, LedgerEntry)] == ["lent", "refused", "undone", "refused"]
    assert flaws(desk) == []


def test_a_card_lends_all_books_in_the_hand_once_though_the_scan_comes_twice(desk: Desk) -> None:
    reception = Reception(desk, ENTRANCE, LabelRules(), ("zh_Hans",))
    state = State()
    for number, text_ in enumerate((FERRY.label, BEES.label, XIAOMING.card)):
        reply = reception.scan(state, text_, "", f"scan-{number}", MORNING + number * SECOND)
        state = reply.state
    assert [outcome.verb for outcome in reply.outcomes] == ["greeted", "lent", "lent"]
    again = reception.scan(state, XIAOMING.card, "", "scan-2", MORNING + 3 * SECOND)
    assert again.outcomes == reply.outcomes
    assert len(rows(desk, Loan)) == 2
    restored = reception.restore().state
    assert (restored.reader, restored.deeds) == (state.reader, state.deeds)


@pytest.mark.parametrize("statement", ["UPDATE ledger SET verb = 'x'", "DELETE FROM ledger", "TRUNCATE ledger"])
def test_the_ledger_refuses_to_be_changed(desk: Desk, statement: str) -> None:
    desk.lend(XIAOMING.id, FERRY.id, **HERE)
    with pytest.raises(DatabaseError, match="the ledger is append-only"):
        desk.database.write(lambda connection: connection.execute(text(statement)))
    assert [entry.verb for entry in rows(desk, LedgerEntry)] == ["lent"]


def test_a_changed_entry_shows(desk: Desk) -> None:
    desk.lend(XIAOMING.id, FERRY.id, **HERE)

    def tamper(connection: Any) -> None:
        connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE ledger SET reader_id = 2"))

    desk.database.write(tamper)
    with desk.database.reading() as connection:
        assert [flaw.code for flaw in ledger.verify(connection)] == ["CHANGED"]


@pytest.mark.parametrize("race", RACES)
def test_stations_that_race_leave_one_story(race: Callable[[Database], None], school: Database) -> None:
    race(school)


def test_the_same_titles_are_found_in_the_same_order_as_on_sqlite(school: Database, tmp_path: Path) -> None:
    sqlite = cast.school_at(tmp_path)
    for each in (school, sqlite):
        catalogue.stock(each)
    assert catalogue.answers(school) == catalogue.answers(sqlite)
    with school.reading() as connection:
        (copies,) = where(connection, [catalogue.GONE_TITLE], cast.TODAY).values()
    assert [each.status for each in copies] == ["withdrawn"]


def test_a_reader_sees_one_moment_while_others_lend(desk: Desk) -> None:
    with desk.database.reading() as connection:
        count_ = text("SELECT count(*) FROM loan")
        assert connection.scalar(count_) == 0
        desk.lend(XIAOMING.id, FERRY.id, **HERE)
        assert connection.scalar(count_) == 0
    assert len(rows(desk, Loan)) == 1


def test_a_writer_that_waits_too_long_for_its_turn_says_so_in_a_sentence(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.database.BUSY_SECONDS", 0.1)
    hasty = Desk(Database(desk.database.url), ZONE)

    def hold_the_pen(_: Any) -> None:
        with pytest.raises(DatabaseError, match="The database is busy") as error:
            hasty.lend(XIAOMING.id, FERRY.id, **HERE)
        assert error.value.retry

    desk.database.write(hold_the_pen)
    assert rows(desk, Loan) == []


def test_a_connection_that_was_cut_is_replaced_without_a_word(desk: Desk, cluster: Cluster) -> None:
    desk.lend(XIAOMING.id, FERRY.id, **HERE)
    name = desk.database.engine.url.database
    cluster.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert desk.take_back(FERRY.id, **HERE).verb == "returned"


def test_a_server_that_is_not_there_is_said_and_worth_another_try(tmp_path: Path) -> None:
    desk = Desk(Database(f"postgresql://kiosk@/school?host={tmp_path}"), ZONE)
    with pytest.raises(DatabaseError) as error:
        desk.lend(XIAOMING.id, FERRY.id, **HERE)
    assert error.value.retry


def test_the_door_of_the_desk_lets_in_slows_down_and_writes_down_the_same(school: Database) -> None:
    office, keeper = staff.Office(school, "librarian"), Doorkeeper(school, "librarian", 20 * 60 * SECOND)
    assert isinstance(office.add("陈老师", "librarian", "four words make one", MORNING), staff.Staff)
    assert office.add("陈老师", "assistant", "four words make one", MORNING) == staff.Complaint(staff.NAME_TAKEN)
    told = [keeper.check("陈老师\x00", f"guess {number}", "192.0.2.7", MORNING) for number in range(4)]
    assert told == [NotIn(0, False), NotIn(0, False), NotIn(1, False), NotIn(1, True)]
    keeper.flush()
    assert isinstance(keeper.sign_in("陈老师", "four words make one", "this machine", MORNING), SignedIn)
    assert isinstance(keeper.sign_in("陈老师", "four words make one", "192.0.2.7", MORNING + SECOND), SignedIn)


def test_waiting_overriding_and_undoing_are_as_on_sqlite(desk: Desk) -> None:
    cast.hire(desk.database)
    library = Branch.over(desk)
    library.lent(FERRY)
    library.wait(FERRY, LIHUA, XIAOMING)
    assert library.back(FERRY).has(Reason.SET_ASIDE)
    number = library.begin()
    assert library.scan(number, FERRY).kind == "confirmed"
    lent = library.lend(XIAOMING, FERRY, cast.LIBRARIAN, "because")
    assert (library.waits(LIHUA), library.undo(lent).verb, library.kept(FERRY)) == (True, "undone", LIHUA.id)
    library.undo(library.repair(FERRY, "wet"))
    library.undo(library.lost(FERRY))
    assert library.kept(FERRY) == LIHUA.id
    library.now += 10 * DAY
    library.pass_on()
    assert library.kept(FERRY) == XIAOMING.id
    assert library.note(LIHUA, "a\x00b").verb == "noted"
    assert library.flaws() == []
