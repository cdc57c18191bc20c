"""The accounts of the desk: names, passwords, sessions, and the command line that looks after them."""

import os
import pty
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from kiosk import audit, ledger, passwords, sessions, staff
from kiosk.__main__ import main
from kiosk.database import Database
from kiosk.models import LedgerEntry
from kiosk.models_desk import Staff as Account
from kiosk.models_desk import StaffSession
from kiosk.roles import Staff
from kiosk.sessions import AT_MOST_EVERY
from kiosk.staff import Complaint, Office
from tests import cast
from tests.cast import MORNING, SECOND

GOOD = "four words make one"
IDLE = timedelta(minutes=20)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return cast.school_at(tmp_path)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database, "librarian")


def added(office: Office, name: str, role: str = "librarian") -> Staff:
    made = office.add(name, role, GOOD, MORNING)
    assert isinstance(made, Staff), made
    return made


def signed_in(office: Office, person: Staff) -> str:
    return office.database.write(lambda connection: sessions.begin(connection, person.id, "this machine", MORNING))


def found(office: Office, token: str, now: datetime = MORNING) -> sessions.Session | None:
    with office.database.reading() as connection:
        return sessions.find(connection, token, now, IDLE)


def entries(database: Database) -> list[tuple[str, Any, int | None]]:
    table = LedgerEntry.__table__.c
    with database.reading() as connection:
        rows = connection.execute(select(table.verb, table.details, table.staff_id).order_by(table.id))
        return [(row.verb, row.details, row.staff_id) for row in rows]


# Names


@pytest.mark.parametrize("name", ["陈老师", "Ann Lee", "阿依古丽·买买提", "x" * 40, "李"])
def test_a_name_is_what_people_are_called(office: Office, name: str) -> None:
    assert added(office, name).name == name


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\x00b", "a\x1b[2Jb", "\u202eabc", "a\u200bb"])
def test_a_name_is_short_and_visible(office: Office, name: str) -> None:
    assert office.add(name, "assistant", GOOD, MORNING) == Complaint(staff.BAD_NAME)


@pytest.mark.parametrize("again", ["Ann", "ANN", "  ann ", "Ａｎｎ", "ａＮＮ"])
def test_no_two_accounts_have_names_that_look_the_same(office: Office, again: str) -> None:
    added(office, "Ann")
    assert office.add(again, "assistant", GOOD, MORNING) == Complaint(staff.NAME_TAKEN)


def test_an_account_is_a_librarians_or_an_assistants(office: Office) -> None:
    assert office.add("Ann", "king", GOOD, MORNING) == Complaint(staff.NO_SUCH_ROLE)


def test_the_first_account_is_the_first_only_once(office: Office) -> None:
    """Both have passed every check before either writes."""
    start = threading.Barrier(4)
    made: list[Staff | Complaint] = []

    def ask(name: str) -> None:
        start.wait()
        made.append(office.add(name, "librarian", GOOD, MORNING, first=True))

    asking = [threading.Thread(target=ask, args=(f"teacher {number}",)) for number in range(4)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert sum(isinstance(each, Staff) for each in made) == 1
    assert made.count(Complaint(staff.NOT_THE_FIRST)) == 3


# Passwords


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", passwords.TOO_SHORT),
        ("seven77", passwords.TOO_SHORT),
        ("七个字的密码啊", passwords.TOO_SHORT),
        ("x" * 201, passwords.TOO_LONG),
        ("LIBRARIAN CHEN", passwords.IS_THE_NAME),
        (" librarian chen", passwords.IS_THE_NAME),
    ],
)
def test_a_weak_password_is_refused_in_a_sentence(office: Office, password: str, sentence: str) -> None:
    assert office.add("Librarian Chen", "librarian", password, MORNING) == Complaint(sentence)


def test_eight_characters_of_any_script_are_a_password(office: Office) -> None:
    assert isinstance(office.add("Ann", "assistant", "八个字的密码在此", MORNING), Staff)


def test_a_password_is_kept_as_argon2_only(office: Office) -> None:
    added(office, "Ann")
    with office.database.reading() as connection:
        kept = connection.scalar(select(Account.password))
    assert kept is not None and kept.startswith("$argon2id$") and GOOD not in kept


def test_the_password_is_the_same_whichever_input_method_composed_it() -> None:
    assert passwords.fits(passwords.hashed("caf\u00e9 au lait"), "cafe\u0301 au lait")


def test_a_wrong_password_and_none_at_all_do_not_fit() -> None:
    kept = passwords.hashed(GOOD)
    assert not passwords.fits(kept, GOOD + "x")
    assert not passwords.fits(kept, "")
    assert not passwords.fits("no hash", GOOD)
    assert not passwords.fits(None, GOOD)


def test_a_real_desk_hashes_with_what_its_library_recommends() -> None:
    code = "from kiosk import passwords; from argon2 import PasswordHasher as P; h = passwords.hasher; d = P()"
    code += "; assert (h.time_cost, h.memory_cost, h.type) == (d.time_cost, d.memory_cost, d.type)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_hash_of_weaker_parameters_is_known_as_outdated(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = passwords.hashed(GOOD)
    assert not passwords.outdated(kept)
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert passwords.outdated(kept)


# Sessions


def test_the_table_cannot_open_a_session_for_whoever_reads_it(office: Office) -> None:
    token = signed_in(office, added(office, "Ann"))
    with office.database.reading() as connection:
        kept = connection.scalar(select(StaffSession.token))
    assert kept is not None and token not in kept
    assert found(office, kept) is None
    assert found(office, token) is not None


def test_a_session_ends_after_the_idle_time_and_not_before(office: Office) -> None:
    """Written down at most once a minute: so nobody is sent away early, and at the latest a minute late."""
    token = signed_in(office, added(office, "Ann"))
    assert found(office, token, MORNING + IDLE)
    assert found(office, token, MORNING + IDLE + AT_MOST_EVERY - SECOND)
    assert found(office, token, MORNING + IDLE + AT_MOST_EVERY) is None


def test_a_session_that_is_used_goes_on(office: Office) -> None:
    token = signed_in(office, added(office, "Ann"))
    session = found(office, token)
    assert session is not None
    assert not sessions.is_due(session, MORNING + MINUTE - SECOND)
    assert sessions.is_due(session, MORNING + MINUTE)
    office.database.write(lambda connection: sessions.touch(connection, session, MORNING + IDLE))
    assert found(office, token, MORNING + 2 * IDLE)


def test_a_disabled_account_is_signed_out_at_once(office: Office) -> None:
    added(office, "Ann")
    helper = added(office, "Bo", "assistant")
    token = signed_in(office, helper)
    assert office.disable(helper.id, MORNING) is None
    assert found(office, token) is None
    assert office.enable(helper.id, MORNING) is None
    assert found(office, token) is None


def test_a_new_password_ends_every_other_session(office: Office) -> None:
    person = added(office, "Ann")
    here, there = signed_in(office, person), signed_in(office, person)
    other = signed_in(office, added(office, "Bo"))
    assert office.set_password(person.id, "another good one", MORNING, keep=here) is None
    assert (found(office, here), found(office, there)) != (None, None)
    assert found(office, there) is None
    assert found(office, other)


def test_what_ended_by_itself_is_given_its_end(office: Office) -> None:
    signed_in(office, added(office, "Ann"))
    later = MORNING + 3 * IDLE
    office.database.write(lambda connection: sessions.end_forgotten(connection, later, IDLE))
    with office.database.reading() as connection:
        assert connection.scalar(select(func.count()).where(StaffSession.ended_at.is_(None))) == 0


# Accounts


def test_the_last_librarian_stays(office: Office) -> None:
    person = added(office, "Ann")
    added(office, "Bo", "assistant")
    assert office.disable(person.id, MORNING) == Complaint(staff.LAST_LIBRARIAN)
    added(office, "Cai")
    assert office.disable(person.id, MORNING) is None


def test_what_is_not_there_is_not_changed(office: Office) -> None:
    no = Complaint(staff.NO_SUCH_ACCOUNT)
    assert (office.disable(9, MORNING), office.enable(9, MORNING)) == (no, no)
    assert office.set_password(9, GOOD, MORNING) == no


def test_the_ledger_tells_who_changed_an_account_without_a_name_or_a_password(office: Office) -> None:
    boss = added(office, "Ann")
    by_boss = Office(office.database, "librarian", boss.id)
    helper = added(by_boss, "Bo", "assistant")
    by_boss.set_password(helper.id, "another good one", MORNING)
    by_boss.disable(helper.id, MORNING)
    by_boss.disable(helper.id, MORNING)
    by_boss.enable(helper.id, MORNING)
    assert entries(office.database) == [
        (staff.ADDED, {"staff": boss.id, "role": "librarian"}, None),
        (staff.ADDED, {"staff": helper.id, "role": "assistant"}, boss.id),
        (staff.PASSWORD_SET, {"staff": helper.id}, boss.id),
        (staff.DISABLED, {"staff": helper.id}, boss.id),
        (staff.ENABLED, {"staff": helper.id}, boss.id),
    ]
    with office.database.reading() as connection:
        assert list(audit.audit(connection)) == list(ledger.verify(connection)) == []


# At the command line


class Typed:
    """What `kiosk staff` answers in a school's folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.config, self._capsys, self._patch = folder / "config.toml", capsys, monkeypatch
        self.database = cast.school_at(folder)
        self.config.write_text(f'database = "{self.database.url}"\n', "utf-8")

    def __call__(self, *words: str, typed: str = "") -> tuple[int, str]:
        self._patch.setattr("sys.stdin", StringIO(typed))
        status = main(["--config", str(self.config), "staff", *words])
        said = self._capsys.readouterr()
        return status, said.out + said.err


@pytest.fixture
def kiosk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    return Typed(tmp_path, capsys, monkeypatch)


def test_the_first_account_is_a_librarians_and_the_next_an_assistants(kiosk: Typed) -> None:
    assert kiosk("add", "陈老师", typed=GOOD + "\n") == (0, "陈老师 may sign in at the desk as librarian.\n")
    assert kiosk("add", "Bo", typed=GOOD) == (0, "Bo may sign in at the desk as assistant.\n")
    assert kiosk("add", "Cai", "--role", "librarian", typed=GOOD)[1] == "Cai may sign in at the desk as librarian.\n"


def test_the_list_says_since_when_and_what_is_disabled(kiosk: Typed) -> None:
    assert kiosk("list") == (0, "There is no account yet. Make one: kiosk staff add NAME\n")
    kiosk("add", "Ann", typed=GOOD)
    kiosk("add", "Bo", typed=GOOD)
    assert kiosk("disable", "BO") == (0, "Bo may no longer sign in.\n")
    status, said = kiosk("list")
    ann, bo = said.splitlines()
    assert status == 0
    assert ann.startswith("Ann: librarian since ")
    assert bo.startswith("Bo: assistant since ") and ", disabled since " in bo
    assert kiosk("enable", "Bo") == (0, "Bo may sign in again.\n")
    assert '"disabled": false' in kiosk("list", "--json")[1]


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        (("add", "Ann"), GOOD, staff.NAME_TAKEN),
        (("add", "Bo"), "short", passwords.TOO_SHORT),
        (("add", "Bo"), "", passwords.TOO_SHORT),
        (("add", "\x1b[2J"), GOOD, staff.BAD_NAME),
        (("password", "Bo"), GOOD, staff.NO_SUCH_ACCOUNT),
        (("password", "Ann"), "short", passwords.TOO_SHORT),
        (("disable", "Ann"), "", staff.LAST_LIBRARIAN),
    ],
)
def test_what_cannot_be_done_with_an_account_is_said(
    kiosk: Typed, words: tuple[str, ...], typed: str, sentence: str
) -> None:
    kiosk("add", "Ann", typed=GOOD)
    assert kiosk(*words, typed=typed) == (1, sentence + "\n")


def test_a_new_password_is_the_one_that_holds(kiosk: Typed) -> None:
    kiosk("add", "Ann", typed=GOOD)
    assert kiosk("password", "ann", typed="another good one\n")[0] == 0
    with kiosk.database.reading() as connection:
        row = staff.find(connection, "Ann")
    assert row is not None
    assert passwords.fits(row.password, "another good one")


def read_until(terminal: int, word: str) -> str:
    """What a terminal shows until this word, or until its program has ended."""
    shown = b""
    while not word or word.encode() not in shown:
        try:
            more = os.read(terminal, 1000)
        except OSError:  # the terminal is gone with its program
            break
        if not more:
            break
        shown += more
    return shown.decode()


@pytest.mark.parametrize(("again", "status"), [(GOOD, 0), (GOOD + "!", 1)])
def test_at_a_terminal_the_password_is_asked_for_twice_and_never_shown(kiosk: Typed, again: str, status: int) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(Path(__file__).parent.parent)
        os.execv(sys.executable, [sys.executable, "-m", "kiosk", "--config", str(kiosk.config), "staff", "add", "Ann"])
    shown = read_until(terminal, "Password: ")
    os.write(terminal, GOOD.encode() + b"\n")
    shown += read_until(terminal, "The same once more: ")
    os.write(terminal, again.encode() + b"\n")
    shown += read_until(terminal, "")
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == status
    assert GOOD not in shown
    assert ("Ann may sign in" in shown) == (status == 0)
    with closing(sqlite3.connect(kiosk.database.file or "")) as connection:
        assert connection.execute("SELECT count(*) FROM staff").fetchone() == (1 - status,)
