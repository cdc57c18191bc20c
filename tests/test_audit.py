"""The audit: a memory that holds together passes; whatever is changed behind the desk's back is found and named."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from kiosk import verdicts
from kiosk.audit import audit, extent
from kiosk.desk import Desk
from kiosk.ledger import Flaw
from kiosk.models import LedgerEntry
from tests import cast
from tests.branch import Branch
from tests.cast import FERRY, LIHUA, PLAIN
from tests.demo_file import NOW, database_at, demo_file


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a demo school, in which nobody has meddled."""
    return demo_file(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def flaws_after(sound: Path, tmp_path: Path) -> Callable[[str], list[Flaw]]:
    """What the audit says after somebody has run this SQL in the file, with the triggers out of the way."""

    def meddle(sql: str) -> list[Flaw]:
        file = tmp_path / "meddled.sqlite"
        shutil.copy(sound, file)
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(
                "DROP TRIGGER ledger_refuses_update; DROP TRIGGER ledger_refuses_delete; PRAGMA foreign_keys=OFF;" + sql
            )
        with database_at(file).reading() as connection:
            return list(audit(connection))

    return meddle


def codes(flaws: list[Flaw]) -> set[str]:
    return {flaw.code for flaw in flaws}


def test_the_demo_school_passes_the_audit(sound: Path) -> None:
    with database_at(sound).reading() as connection:
        assert list(audit(connection)) == []
        assert extent(connection).loans > 1000
        assert extent(connection).entries > 2000


def test_an_empty_library_passes_the_audit(tmp_path: Path) -> None:
    database = database_at(tmp_path / "new.sqlite")
    database.migrate()
    with database.reading() as connection:
        assert list(audit(connection)) == []


def test_every_verb_of_the_desk_and_its_undoing_passes_the_audit(sound: Path, tmp_path: Path) -> None:
    file = tmp_path / "busy.sqlite"
    shutil.copy(sound, file)
    desk, later = Desk(database_at(file), "Asia/Shanghai"), NOW + timedelta(days=11)
    lent = desk.lend(1, 1, station="one", now=NOW)
    renewed = desk.renew(1, 1, station="two", now=later)
    desk.undo(renewed.entry, station="two", now=later)
    returned = desk.take_back(1, station="one", now=later)
    desk.undo(returned.entry, station="one", now=later)
    desk.undo(lent.entry, station="one", now=later)
    assert [lent.verb, renewed.verb, returned.verb] == ["lent", "renewed", "returned"]
    with database_at(file).reading() as connection:
        assert list(audit(connection)) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("due_on", "'2030-01-01'"),
        ("renewals", "renewals + 1"),
        ("reader_id", "reader_id + 1"),
        ("copy_id", "600"),
        ("lent_station", "'somewhere'"),
        ("lent_at", "'2020-01-01 00:00:00.000000'"),
        ("returned_at", "NULL"),
        ("undone", "1"),
    ],
)
def test_a_loan_changed_behind_the_desk_is_found_and_named(
    flaws_after: Callable[[str], list[Flaw]], column: str, value: str
) -> None:
    oldest = "(SELECT min(id) FROM loan WHERE returned_at IS NOT NULL AND NOT undone)"
    flaws = flaws_after(f"UPDATE loan SET {column} = {value} WHERE id = {oldest};")
    assert [flaw.code for flaw in flaws] == ["DIFFERENT"]
    assert column in flaws[0].what
    assert "loan 1:" in flaws[0].what


def test_a_deleted_loan_is_found(flaws_after: Callable[[str], list[Flaw]]) -> None:
    flaws = flaws_after("DELETE FROM loan WHERE id = 7;")
    assert [(flaw.code, flaw.what) for flaw in flaws] == [
        ("MISSING", "loan 7 is in the ledger, but not among the loans")
    ]


@pytest.mark.parametrize("number", [0, 90_000])
def test_a_loan_that_no_entry_tells_of_is_found_first_or_last(
    flaws_after: Callable[[str], list[Flaw]], number: int
) -> None:
    flaws = flaws_after(
        "INSERT INTO loan (id, copy_id, title_id, reader_id, lent_at, lent_station, due_on, renewals, undone) "
        f"VALUES ({number}, 1, 1, 1, '2026-11-01 00:00:00.000000', 'x', '2026-11-15', 0, 0);"
    )
    assert codes(flaws) == {"UNTOLD"}


def test_an_entry_changed_in_the_past_breaks_the_chain(flaws_after: Callable[[str], list[Flaw]]) -> None:
    flaws = flaws_after("UPDATE ledger SET reader_id = reader_id + 1 WHERE id = 5;")
    assert "CHANGED" in codes(flaws)
    assert any(flaw.entry == 5 for flaw in flaws)


def test_an_entry_taken_out_leaves_a_gap(flaws_after: Callable[[str], list[Flaw]]) -> None:
    assert "GAP" in codes(flaws_after("DELETE FROM ledger WHERE id = 5;"))


def test_a_loan_and_its_entries_taken_out_together_still_leave_a_gap(
    flaws_after: Callable[[str], list[Flaw]],
) -> None:
    flaws = flaws_after("DELETE FROM ledger WHERE loan_id = 9; DELETE FROM loan WHERE id = 9;")
    assert codes(flaws) == {"GAP"}


def test_a_story_that_cannot_have_happened_is_found(flaws_after: Callable[[str], list[Flaw]]) -> None:
    flaws = flaws_after("UPDATE ledger SET verb = 'returned' WHERE verb = 'lent' AND loan_id = 3;")
    assert codes(flaws) == {"CHANGED", "IMPOSSIBLE"}


def test_an_entry_without_its_loan_is_found(flaws_after: Callable[[str], list[Flaw]]) -> None:
    flaws = flaws_after("UPDATE ledger SET loan_id = NULL WHERE verb = 'lent' AND loan_id = 3;")
    assert {"CHANGED", "NAMELESS"} <= codes(flaws)


@pytest.mark.parametrize(
    "change", ["details = 'nonsense'", "details = '[]'", 'details = \'{"due": "soon"}\'', "at = 'yesterday'"]
)
def test_what_no_program_of_ours_has_written_is_a_flaw_and_not_a_crash(
    flaws_after: Callable[[str], list[Flaw]], change: str
) -> None:
    assert codes(flaws_after(f"UPDATE ledger SET {change} WHERE id = 5;")) & {"UNREADABLE", "CHANGED"}


# What the desk adds: returns credited to an earlier moment, due dates, lost and reopened loans


def everything_at_the_desk(branch: Branch) -> None:
    """A credited return, due dates, lost and reopened loans, and what was undone of them."""
    branch.lent(*PLAIN[:5])
    box = branch.begin()
    branch.scan(box, PLAIN[0])
    branch.finish(box)
    branch.due(PLAIN[1], date(2026, 7, 1))
    branch.undo(branch.due(PLAIN[2], date(2026, 7, 1)))
    branch.lost(PLAIN[3])
    branch.undo(branch.lost(PLAIN[4]))
    branch.back(PLAIN[4])
    missing = branch.begin()
    branch.finish(missing)
    branch.decide(missing, PLAIN[4], verdicts.REOPENED)
    branch.undo(branch.reserve(LIHUA, FERRY, cast.LIBRARIAN))
    branch.undo(branch.repair(FERRY))


@pytest.fixture
def busy(tmp_path: Path) -> Branch:
    """A school whose desk has done all it can do to a loan."""
    branch = Branch(tmp_path)
    everything_at_the_desk(branch)
    return branch


def meddled(busy: Branch, statement: str) -> list[Flaw]:
    """What the audit says after this was run behind the desk's back."""

    def work(connection: Connection) -> None:
        connection.execute(text("DROP TRIGGER IF EXISTS ledger_refuses_update"))
        connection.execute(text("DROP TRIGGER IF EXISTS ledger_refuses_delete"))
        connection.execute(text(statement))

    busy.desk.database.write(work)
    with busy.desk.database.reading() as connection:
        return list(audit(connection))


def test_all_that_the_desk_can_do_to_a_loan_passes_the_audit(busy: Branch) -> None:
    assert busy.flaws() == []
    loans = [busy.loan(thing) for thing in PLAIN[:5]]
    assert [loan.excused for loan in loans] == [False, False, False, True, True]
    assert [loan.returned_at is None for loan in loans] == [False, True, True, True, True]


def test_a_credited_return_is_compared_with_the_moment_it_was_credited_to(busy: Branch) -> None:
    loan = busy.loan(PLAIN[0])
    entry = next(row for row in busy.entries("returned") if row.loan_id == loan.id)
    assert datetime.fromisoformat(entry.details["credited"]) == loan.returned_at < entry.at
    assert codes(meddled(busy, f"UPDATE loan SET returned_at = datetime('now') WHERE id = {loan.id}")) == {"DIFFERENT"}


@pytest.mark.parametrize(
    ("thing", "change", "said"),
    [
        (PLAIN[1], "due_on = '2026-06-01'", "due_on is 2026-06-01, but 2026-07-01 by the ledger"),
        (PLAIN[2], "due_on = '2026-07-01'", "due_on is 2026-07-01, but 2026-04-30 by the ledger"),
        (PLAIN[3], "excused = 0", "excused is False, but True by the ledger"),
        (PLAIN[4], "excused = 0", "excused is False, but True by the ledger"),
        (PLAIN[2], "excused = 1", "excused is True, but False by the ledger"),
    ],
)
def test_a_due_date_or_an_excuse_changed_behind_the_desk_is_named(
    busy: Branch, thing: cast.Thing, change: str, said: str
) -> None:
    number = busy.loan(thing).id
    (flaw,) = meddled(busy, f"UPDATE loan SET {change} WHERE id = {number}")
    assert (flaw.code, flaw.what) == ("DIFFERENT", f"loan {number}: {said}")


def test_an_excuse_taken_out_of_the_ledger_shows_twice(busy: Branch) -> None:
    assert codes(meddled(busy, "DELETE FROM ledger WHERE verb = 'lost'")) >= {"GAP", "DIFFERENT"}


@pytest.mark.parametrize("verb", ["due", "returned", "lost"])
def test_what_is_done_to_a_loan_that_is_over_is_impossible(busy: Branch, verb: str) -> None:
    number = busy.loan(PLAIN[0]).id
    (last,) = (row for row in busy.entries("returned") if row.loan_id == number)
    busy.back(PLAIN[1], cast.LIBRARIAN)
    newest = busy.rows(LedgerEntry)[-1].id
    due = """'{"due": "2026-07-01"}'"""
    same = f"loan_id = {number}, copy_id = {last.copy_id}, reader_id = {last.reader_id}"
    flaws = meddled(busy, f"UPDATE ledger SET verb = '{verb}', {same}, details = {due} WHERE id = {newest}")
    assert {"CHANGED", "IMPOSSIBLE"} <= codes(flaws)


def test_an_undone_entry_of_a_loan_must_name_it_and_that_of_a_reservation_need_not(busy: Branch) -> None:
    flaws = meddled(busy, "UPDATE ledger SET loan_id = NULL WHERE verb = 'undone' AND details LIKE '%due %'")
    assert [flaw.code for flaw in flaws if flaw.code == "NAMELESS"] == ["NAMELESS"]
