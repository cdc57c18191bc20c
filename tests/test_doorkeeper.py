"""Wrong passwords, a thousand of them: slowed, written down, and no hindrance to the librarian at her own machine."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from kiosk import attempts, passwords, staff
from kiosk.attempts import EARLY, HERE, WRONG, Attempt
from kiosk.doorkeeper import Doorkeeper, NotIn, SignedIn
from kiosk.models import LedgerEntry
from kiosk.models_desk import SignInAttempt
from kiosk.models_desk import Staff as Account
from tests import cast
from tests.cast import MORNING, SECOND
from tests.house import PASSWORD, DeskClient, Home

FAR = "192.0.2.7"
OTHER = "192.0.2.8"
CAP = 60


class Counted(PasswordHasher):
    """The hasher of the tests, which counts how often a password is looked at, and can be held up."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.looked = 0
        self.held: dict[str, threading.Event] = {}
        self.begun = threading.Semaphore(0)

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        self.looked += 1
        if password in self.held:
            self.begun.release()
            self.held[str(password)].wait(20)
        return super().verify(hash, password)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()
    monkeypatch.setattr(passwords, "hasher", counted)
    return counted


@pytest.fixture
def home(tmp_path: Path, hasher: Counted) -> Home:
    home = Home(tmp_path)
    home.account()
    return home


@pytest.fixture
def keeper(home: Home) -> Doorkeeper:
    return keeper_of(home)


def keeper_of(home: Home) -> Doorkeeper:
    keeper: Doorkeeper = home.app.extensions["kiosk"].doorkeeper
    return keeper


class Somebody:
    """A browser that tries to sign in, from this machine or from elsewhere."""

    def __init__(self, home: Home, address: str = "127.0.0.1") -> None:
        self.client: DeskClient = home.browser()
        self.there = {"REMOTE_ADDR": address}
        self.client.environ_base = {**self.client.environ_base, **self.there}
        self.client.token_on("/desk/signin")

    def tries(self, password: str, name: str = "librarian") -> Any:
        """What the door answers."""
        return self.client.send("/desk/signin", {"name": name, "password": password})


def written(home: Home) -> Counter[str]:
    """How many attempts of each outcome are in the table."""
    home.app.extensions["kiosk"].doorkeeper.flush()
    with home.database.reading() as connection:
        return Counter(connection.scalars(select(SignInAttempt.outcome)))


def test_a_thousand_wrong_passwords_are_slowed_and_written_down_and_hinder_nobody_at_her_own_machine(
    home: Home, hasher: Counted
) -> None:
    attacker = Somebody(home, FAR)
    for number in range(1000):
        assert attacker.tries(f"guess {number}").status_code in (403, 429)
        home.clock.turn(1)
    looked = hasher.looked
    assert looked < 30  # in a quarter of an hour
    assert written(home) == {WRONG: looked, EARLY: 1000 - looked}
    librarian = Somebody(home)
    attacker.tries("guess 1000")
    assert librarian.tries(PASSWORD).status_code == 303


def test_a_thousand_wrong_passwords_at_her_own_machine_keep_the_librarian_out_for_a_minute_at_most(
    home: Home, hasher: Counted
) -> None:
    somebody = Somebody(home)
    for number in range(1000):
        somebody.tries(f"guess {number}")
        home.clock.turn(0.1)
    assert hasher.looked < 12
    assert somebody.tries(PASSWORD).status_code == 429
    home.clock.turn(CAP)
    assert somebody.tries(PASSWORD).status_code == 303


def test_while_an_attacker_goes_on_elsewhere_the_librarian_signs_in_each_time(home: Home) -> None:
    attacker, librarian = Somebody(home, FAR), Somebody(home)
    for number in range(100):
        attacker.tries(f"guess {number}")
        if number % 10 == 0:
            assert librarian.tries(PASSWORD).status_code == 303
            librarian = Somebody(home)
        home.clock.turn(7)


def test_each_failure_after_the_second_doubles_the_wait_and_says_how_long_it_is(home: Home) -> None:
    somebody = Somebody(home, FAR)
    waits = []
    for _ in range(10):
        answer = somebody.tries("wrong")
        assert answer.status_code == 403
        wait = next((n for n in range(CAP, 0, -1) if f"请等 {n} 秒" in answer.text), 0)
        waits.append(wait)
        home.clock.turn(max(wait, 0.001))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_trying_too_early_is_written_down_but_does_not_lengthen_the_wait(home: Home, hasher: Counted) -> None:
    somebody = Somebody(home, FAR)
    for _ in range(5):
        somebody.tries("wrong")
        home.clock.turn(4)
    before = hasher.looked
    somebody.tries("wrong")
    for _ in range(50):
        assert somebody.tries(PASSWORD).status_code == 429  # the right password is not looked at either
    assert hasher.looked == before + 1
    home.clock.turn(8)
    assert somebody.tries(PASSWORD).status_code == 303
    assert written(home)[EARLY] == 50


def test_an_attacker_with_many_addresses_is_slowed_by_the_account(home: Home, hasher: Counted) -> None:
    for number in range(200):
        Somebody(home, f"198.51.100.{number}").tries("wrong")
    assert hasher.looked == 3


def test_an_attacker_with_many_names_is_slowed_by_the_address(home: Home, hasher: Counted) -> None:
    somebody = Somebody(home, FAR)
    for number in range(200):
        somebody.tries("wrong", name=f"name {number}")
    assert hasher.looked == 3


def test_the_ways_to_write_a_name_are_one_account(home: Home, hasher: Counted) -> None:
    for number, name in enumerate(
        ("librarian", "LIBRARIAN", " Librarian ", "ｌibrarian", "libra\x00rian", "librarian ")
    ):
        Somebody(home, f"198.51.100.{number}").tries("wrong", name=name)
    assert hasher.looked == 4  # the one with a hole in it is another, which does not exist


@given(st.text(max_size=60), st.integers(min_value=0, max_value=500))
def test_no_way_to_write_a_name_is_counted_apart_from_the_account_it_opens(text: str, padding: int) -> None:
    assert staff.key(staff.key(text)) == staff.key(text)
    assert staff.key(" " * padding + text) in (staff.key(text), staff.key(text[: max(0, 400 - padding)]))


def test_blanks_before_a_name_are_no_way_around_the_wait(home: Home, hasher: Counted) -> None:
    for blanks in range(380, 410):
        Somebody(home, f"198.51.100.{blanks - 380}").tries("wrong", name=" " * blanks + "librarian")
    assert isinstance(keeper_of(home).check(" " * 395 + "librarian", PASSWORD, HERE, MORNING), NotIn)


def test_a_success_makes_the_accounts_failures_good_on_that_side_only(keeper: Doorkeeper) -> None:
    for number in range(3):
        assert isinstance(keeper.check("librarian", "wrong", f"198.51.100.{number}", MORNING), NotIn)
        assert isinstance(keeper.check("librarian", "wrong", HERE, MORNING), NotIn)
    later = MORNING + SECOND
    assert isinstance(keeper.sign_in("librarian", PASSWORD, HERE, later), SignedIn)
    assert keeper.check("librarian", "wrong", OTHER, later + SECOND) == NotIn(2, early=False)
    assert keeper.check("librarian", "wrong", HERE, later + SECOND) == NotIn(0, early=False)


def test_an_attacker_who_may_sign_in_with_an_account_of_their_own_stays_slowed(home: Home, keeper: Doorkeeper) -> None:
    home.account("assistant")
    for number in range(3):
        keeper.check(f"name {number}", "wrong", FAR, MORNING)
        keeper.check("librarian", "wrong", HERE, MORNING)
    later = MORNING + SECOND
    assert isinstance(keeper.sign_in("assistant", PASSWORD, FAR, later), SignedIn)
    assert isinstance(keeper.sign_in("assistant", PASSWORD, HERE, later), SignedIn)
    assert keeper.check("another name", "wrong", FAR, later + SECOND) == NotIn(2, early=False)  # by the address
    assert keeper.check("librarian", "wrong", HERE, later + SECOND) == NotIn(2, early=False)  # by the account


def test_a_foreign_name_for_this_machine_is_not_this_machine(home: Home) -> None:
    """A page elsewhere whose host name has been pointed at 127.0.0.1 slows nobody here."""
    browser = home.browser()
    evil = {"Host": "evil.example", "Origin": "http://evil.example"}
    browser.get("/desk/signin", headers=evil)
    browser.token_on("/desk/signin")
    browser.post("/desk/signin", data={"name": "librarian", "password": "wrong", "csrf": browser.csrf}, headers=evil)
    with home.database.reading() as connection:
        assert HERE not in set(connection.scalars(select(SignInAttempt.address)))


# What an attacker learns


def test_an_unknown_account_is_answered_as_a_wrong_password_is(home: Home, hasher: Counted) -> None:
    home.account("assistant", "gone")
    home.office.disable(home.account("assistant", "gone").id, home.clock())
    answers = []
    for address, name in (("192.0.2.11", "librarian"), ("192.0.2.12", "nobody"), ("192.0.2.13", "gone")):
        before, somebody = hasher.looked, Somebody(home, address)
        told = [somebody.tries("wrong", name=name) for _ in range(5)]
        shown = [each.text.replace(name, "NAME").replace(somebody.client.csrf, "") for each in told]
        answers.append(([each.status_code for each in told], shown, hasher.looked - before))
    assert answers[0] == answers[1] == answers[2]


def test_what_an_unknown_account_is_checked_against_costs_as_much_as_a_real_one(hasher: Counted) -> None:
    real, nobodys = passwords.hashed(PASSWORD), passwords._nobodys(hasher)
    assert real.rsplit("$", 2)[0] == nobodys.rsplit("$", 2)[0]  # kind, version, memory, passes and lanes


def test_a_password_hashed_with_weaker_parameters_is_hashed_anew_at_the_next_sign_in(
    home: Home, keeper: Doorkeeper
) -> None:
    weak = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    cast.change(home.database, update(Account).values(password=weak))
    assert isinstance(keeper.sign_in("librarian", PASSWORD, HERE, MORNING), SignedIn)
    with home.database.reading() as connection:
        kept = connection.scalar(select(Account.password))
    assert kept is not None and not passwords.outdated(kept)
    assert isinstance(keeper.sign_in("librarian", PASSWORD, HERE, MORNING), SignedIn)


# What is kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann\tLee ", "ann lee"),
        ("ＡＮＮ", "ann"),
        ("a\x1b[2J\x00\u202eb", "a [2j b"),
        ("x" * 10_000, "x" * 80),
        ("\ufdfa" * 80, None),
        ("<script>'; DROP TABLE staff; --", "<script>'; drop table staff; --"),
        ("", ""),
    ],
)
def test_the_name_that_was_tried_is_kept_short_and_harmless(typed: str, kept: str | None) -> None:
    found = staff.key(typed)
    assert len(found) <= 80 and found.isprintable()
    assert kept is None or found == kept


def test_a_flood_fills_no_disk_and_hides_no_failure(home: Home) -> None:
    flood = [Attempt(MORNING, "librarian", FAR)] * 4_000

    def work(connection: Any) -> None:
        for _ in range(3):
            attempts.charge(connection, flood[0])
        attempts.add_early(connection, flood)
        attempts.add_early(connection, flood)

    home.database.write(work)
    assert written(home) == {WRONG: 3, EARLY: attempts.KEPT_EARLY}
    with home.database.reading() as connection:
        assert attempts.waiting(connection, flood[0]) == SECOND


def test_only_so_many_failures_are_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "KEPT", 150)
    who = Attempt(MORNING, "librarian", FAR)
    home.database.write(lambda connection: [attempts.charge(connection, who) for _ in range(300)])
    with home.database.reading() as connection:
        newest = connection.scalar(select(func.max(SignInAttempt.id)))
    assert written(home) == {WRONG: 150}
    assert newest == 300


def test_early_attempts_are_written_down_together(home: Home, keeper: Doorkeeper) -> None:
    """A flood costs a transaction a second, not one for each."""
    for _ in range(103):
        keeper.check("librarian", "wrong", FAR, MORNING)
    with home.database.reading() as connection:
        rows = Counter(connection.scalars(select(SignInAttempt.outcome)))
    assert rows == {WRONG: 3}
    keeper.check("librarian", "wrong", FAR, MORNING + SECOND - cast.SECOND / 10)
    assert written(home) == {WRONG: 3, EARLY: 101}


def test_signing_in_and_out_is_in_the_ledger_by_number(home: Home) -> None:
    browser = home.sign_in()
    browser.send("/desk/signout")
    table = LedgerEntry.__table__.c
    with home.database.reading() as connection:
        rows = connection.execute(select(table.verb, table.station, table.staff_id, table.details).order_by(table.id))
        told = [tuple(row) for row in rows]
    number = home.account().id
    assert told[-2:] == [("signed_in", "librarian", number, {}), ("signed_out", "librarian", number, {})]


# Many at once


@pytest.fixture
def crowd() -> Iterator[list[threading.Thread]]:
    threads: list[threading.Thread] = []
    yield threads
    for each in threads:
        each.join(20)


def test_a_crowd_at_the_door_takes_few_threads_and_leaves_the_librarians_own_door_free(
    home: Home, keeper: Doorkeeper, hasher: Counted, crowd: list[threading.Thread]
) -> None:
    hold = hasher.held["attack"] = threading.Event()
    told: list[Any] = []

    def attack(number: int) -> None:
        told.append(keeper.check(f"name {number}", "attack", f"198.51.100.{number}", MORNING))

    crowd += [threading.Thread(target=attack, args=(number,)) for number in range(20)]
    for each in crowd:
        each.start()
    assert hasher.begun.acquire(timeout=20)
    for each in crowd[:]:
        each.join(0.01)
    until_few_are_left(crowd)
    assert hasher.looked == 1  # one at a time, the others of the queue wait
    assert all(each == NotIn(1, early=True) for each in told)
    assert isinstance(keeper.sign_in("librarian", PASSWORD, HERE, MORNING), SignedIn)
    hold.set()
    for each in crowd:
        each.join(20)
    assert len(told) == 20
    assert hasher.looked == 5


def until_few_are_left(crowd: list[threading.Thread]) -> None:
    """Wait until all but those who are let in to wait have got their answer."""
    while sum(each.is_alive() for each in crowd) > 4:
        for each in crowd:
            each.join(0.01)


def test_a_hundred_attempts_at_once_are_counted_like_a_hundred_in_a_row(
    home: Home, keeper: Doorkeeper, hasher: Counted, crowd: list[threading.Thread]
) -> None:
    start = threading.Barrier(20)

    def attack(number: int) -> None:
        start.wait()
        for turn in range(5):
            keeper.check("librarian", f"guess {number} {turn}", FAR, MORNING)

    crowd += [threading.Thread(target=attack, args=(number,)) for number in range(20)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(20)
    assert hasher.looked == 3
    assert written(home) == {WRONG: 3, EARLY: 97}
