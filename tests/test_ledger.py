"""The ledger: append-only, numbered and chained at each station, so that a changed past shows."""

from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from kiosk import ledger
from kiosk.audit import audit
from kiosk.database import Database
from kiosk.ledger import FIRST, Entry
from kiosk.models import LedgerEntry
from tests import former
from tests.cast import ENTRANCE, MORNING, ROOM, SECOND, school_at
from tests.former import assert_the_past_is_there
from tests.schema import differences


@pytest.fixture
def school(tmp_path: Path) -> Database:
    return school_at(tmp_path)


def entry(scan_id: str | None = None, verb: str = "lent", **details: object) -> Entry:
    return Entry(verb, MORNING, 1, 14, 1, scan_id, details)


def write(school: Database, station: str, *entries: Entry) -> list[int]:
    return school.write(lambda connection: [ledger.append(connection, station, each) for each in entries])


def tamper(school: Database, statement: str) -> None:
    """Change the past as somebody would who holds the file and knows SQL."""

    def work(connection: Connection) -> None:
        connection.execute(text("DROP TRIGGER ledger_refuses_update"))
        connection.execute(text("DROP TRIGGER ledger_refuses_delete"))
        connection.execute(text(statement))

    school.write(work)


def flaws(school: Database) -> list[tuple[str, str]]:
    with school.reading() as connection:
        return [(flaw.code, flaw.station) for flaw in ledger.verify(connection)]


def test_each_station_numbers_its_own_entries_from_one(school: Database) -> None:
    write(school, ENTRANCE, entry(), entry())
    write(school, ROOM, entry())
    write(school, ENTRANCE, entry())
    with school.reading() as connection:
        rows = connection.execute(text("SELECT station, number FROM ledger ORDER BY id")).all()
    assert rows == [(ENTRANCE, 1), (ENTRANCE, 2), (ROOM, 1), (ENTRANCE, 3)]
    assert flaws(school) == []


def test_every_entry_carries_the_hash_of_the_one_before(school: Database) -> None:
    write(school, ENTRANCE, entry(), entry(), entry())
    with school.reading() as connection:
        rows = connection.execute(text("SELECT previous, hash FROM ledger ORDER BY id")).all()
    assert [row.previous for row in rows] == [FIRST, rows[0].hash, rows[1].hash]
    assert all(len(row.hash) == 64 for row in rows)


@pytest.mark.parametrize("statement", ["UPDATE ledger SET verb = 'returned'", "DELETE FROM ledger WHERE id = 1"])
def test_the_ledger_refuses_to_be_changed(school: Database, statement: str) -> None:
    write(school, ENTRANCE, entry(), entry())
    with school.engine.connect() as connection, pytest.raises(IntegrityError, match="the ledger is append-only"):
        connection.execute(text(statement))
    assert flaws(school) == []


@pytest.mark.parametrize(
    "change",
    [
        "verb = 'returned'",
        "reader_id = 2",
        "copy_id = NULL",
        "loan_id = 7",
        "at = '2026-03-01 02:00:00.000000'",
        "scan_id = 'another'",
        """details = '{"due": "2027-01-01"}'""",
        "hash = previous",
    ],
)
def test_a_changed_entry_shows_where_it_is(school: Database, change: str) -> None:
    write(school, ENTRANCE, entry("a", due="2026-03-16"), entry("b"), entry("c"))
    tamper(school, f"UPDATE ledger SET {change} WHERE id = 2")
    assert ("CHANGED", ENTRANCE) in flaws(school)
    with school.reading() as connection:
        assert next(ledger.verify(connection)).entry == 2


def test_a_changed_entry_whose_hash_was_made_to_fit_breaks_the_link_to_the_next(school: Database) -> None:
    write(school, ENTRANCE, entry("a"), entry("b"), entry("c"))
    with school.reading() as connection:
        row = dict(ledger.latest(connection, ENTRANCE, 2)[0]._mapping)
    tamper(school, f"UPDATE ledger SET reader_id = 2, hash = '{ledger.digest({**row, 'reader_id': 2})}' WHERE id = 2")
    assert flaws(school) == [("LINK", ENTRANCE)]


def test_a_missing_entry_shows(school: Database) -> None:
    write(school, ENTRANCE, *(entry() for _ in range(4)))
    tamper(school, "DELETE FROM ledger WHERE id = 2")
    assert flaws(school) == [("GAP", ENTRANCE)]


def test_a_missing_first_entry_shows(school: Database) -> None:
    write(school, ENTRANCE, entry(), entry())
    tamper(school, "DELETE FROM ledger WHERE id = 1")
    assert flaws(school) == [("GAP", ENTRANCE)]


def test_a_missing_entry_shows_even_when_the_others_are_numbered_again(school: Database) -> None:
    write(school, ENTRANCE, entry("a"), entry("b"), entry("c"))
    tamper(school, "DELETE FROM ledger WHERE id = 2")
    school.write(lambda connection: connection.execute(text("UPDATE ledger SET number = 2 WHERE id = 3")))
    assert flaws(school) == [("LINK", ENTRANCE), ("CHANGED", ENTRANCE)]


def test_entries_in_another_order_show(school: Database) -> None:
    write(school, ENTRANCE, entry("a"), entry("b"), entry("c"))
    tamper(school, "UPDATE ledger SET number = number + 10 WHERE id = 2")
    for swap in ("UPDATE ledger SET number = 2 WHERE id = 3", "UPDATE ledger SET number = 3 WHERE id = 2"):
        school.write(lambda connection, swap=swap: connection.execute(text(swap)))  # type: ignore[misc]
    assert {code for code, _ in flaws(school)} == {"LINK", "CHANGED"}


def test_an_entry_moved_to_another_station_shows_at_both(school: Database) -> None:
    write(school, ENTRANCE, entry("a"), entry("b"), entry("c"))
    write(school, ROOM, entry("d"))
    tamper(school, f"UPDATE ledger SET station = '{ROOM}' WHERE id = 2")
    assert {station for _, station in flaws(school)} == {ENTRANCE, ROOM}


def test_the_same_moment_in_another_time_zone_has_the_same_hash() -> None:
    row = {"station": ENTRANCE, "number": 1, "previous": FIRST, "verb": "lent", "reader_id": 1, "copy_id": 1}
    row |= {"loan_id": 1, "scan_id": None, "details": {}, "at": MORNING}
    abroad = {**row, "at": MORNING.astimezone(timezone(timedelta(hours=8)))}
    assert ledger.digest(row) == ledger.digest(abroad)


def test_what_one_scan_led_to_is_found_in_order_and_nothing_of_its_neighbours(school: Database) -> None:
    write(school, ENTRANCE, entry("ab"), entry("a"), entry("a#1"), entry("a#2"), entry("a$"), entry("a0"), entry("A"))
    with school.reading() as connection:
        assert [row.scan_id for row in ledger.of_scan(connection, "a")] == ["a", "a#1", "a#2"]
        assert [row.scan_id for row in ledger.of_scan(connection, "ab")] == ["ab"]
        assert ledger.of_scan(connection, "b") == []


def test_more_than_ten_entries_of_one_scan_are_all_found(school: Database) -> None:
    ids = ["a", *(f"a#{n}" for n in range(1, 13))]
    write(school, ENTRANCE, *map(entry, ids))
    with school.reading() as connection:
        assert [row.scan_id for row in ledger.of_scan(connection, "a")] == ids


def test_a_scan_id_is_written_once_whatever_happens(school: Database) -> None:
    write(school, ENTRANCE, entry("a"))
    with school.engine.connect() as connection, pytest.raises(IntegrityError):
        ledger.append(connection, ROOM, entry("a"))


def test_a_stations_latest_entries_are_its_own_and_in_order(school: Database) -> None:
    write(school, ENTRANCE, entry(), entry(verb="help"), entry(verb="returned"))
    write(school, ROOM, entry())
    with school.reading() as connection:
        assert [row.verb for row in ledger.latest(connection, ENTRANCE, 2)] == ["help", "returned"]
        assert len(ledger.latest(connection, ENTRANCE, 9)) == 3
        assert ledger.latest(connection, "nowhere", 9) == []


# Who did it, and the past from before anybody was named


def by(staff: int | None) -> Entry:
    return Entry("lent", MORNING, 1, 14, 1, None, {}, staff)


@pytest.mark.parametrize("change", ["staff_id = 2", "staff_id = NULL"])
def test_who_did_it_is_covered_by_the_hash(school: Database, change: str) -> None:
    write(school, ENTRANCE, by(1), by(1), by(None))
    tamper(school, f"UPDATE ledger SET {change} WHERE id = 2")
    assert flaws(school) == [("CHANGED", ENTRANCE)]


def test_nobody_can_be_named_afterwards(school: Database) -> None:
    write(school, ENTRANCE, by(None), by(None))
    tamper(school, "UPDATE ledger SET staff_id = 1 WHERE id = 1")
    assert flaws(school) == [("CHANGED", ENTRANCE)]


def test_a_ledger_from_before_there_was_a_desk_holds_after_the_tables_were_changed(tmp_path: Path) -> None:
    old = Database(f"sqlite:///{tmp_path / 'old.sqlite'}")
    hashes = former.settle_in(old)
    old.migrate()
    with old.reading() as connection:
        kept = connection.execute(select(LedgerEntry.hash, LedgerEntry.staff_id).order_by(LedgerEntry.id)).all()
        assert [(row.hash, row.staff_id) for row in kept] == [(each, None) for each in hashes]
        assert list(audit(connection)) == []
    write(old, ENTRANCE, by(1))
    assert flaws(old) == []


def test_a_filled_database_from_before_there_was_a_desk_has_all_its_tables_and_its_past(tmp_path: Path) -> None:
    old = Database(f"sqlite:///{tmp_path / 'old.sqlite'}")
    former.settle_in(old)
    old.migrate()
    assert differences(old) == []
    assert_the_past_is_there(old)


def test_the_old_ledger_still_refuses_to_be_changed_after_the_tables_were(tmp_path: Path) -> None:
    old = Database(f"sqlite:///{tmp_path / 'old.sqlite'}")
    former.settle_in(old)
    old.migrate()
    with old.engine.connect() as connection, pytest.raises(IntegrityError, match="the ledger is append-only"):
        connection.execute(text("UPDATE ledger SET staff_id = 1"))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
entries = st.builds(
    Entry,
    verb=st.sampled_from(["lent", "refused", "unknown"]),
    at=st.integers(0, 10**9).map(lambda micro: MORNING + micro * SECOND / 1000),
    reader_id=st.none() | st.integers(1, 9),
    copy_id=st.none() | st.integers(1, 9),
    loan_id=st.none() | st.integers(1, 9),
    scan_id=st.none(),
    details=st.dictionaries(st.sampled_from(["why", "due", "findings"]), values, max_size=3),
    staff_id=st.none() | st.integers(1, 3),
)


@pytest.fixture(scope="module")
def long_past(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """One school for all examples: its past only grows."""
    return school_at(tmp_path_factory.mktemp("long_past"), "OFF")


@given(st.lists(st.tuples(st.sampled_from([ENTRANCE, ROOM]), entries), max_size=6))
def test_whatever_is_written_the_chain_holds(long_past: Database, written: list[tuple[str, Entry]]) -> None:
    for station, each in written:
        write(long_past, station, each)
    assert flaws(long_past) == []
