"""The audit: a memory that holds together passes; whatever is changed behind the desk's back is found and named."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.audit import audit, extent
from kiosk.desk import Desk
from kiosk.ledger import Flaw
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
