"""Returned, not yet seen: what a kiosk is told is unseen until exactly one thing has happened to it."""

from pathlib import Path

import pytest

from kiosk import outcome
from kiosk.models_desk import UnseenReturn
from kiosk.roles import Staff
from tests import cast
from tests.branch import CHILD, Branch
from tests.cast import FERRY, LIHUA, ROOM, XIAOMING


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    """FERRY was told back at the entrance."""
    branch = Branch(tmp_path)
    branch.lent(FERRY)
    branch.back(FERRY)
    return branch


def settled(branch: Branch) -> tuple[str | None, int | None]:
    """How, and by whom of the staff."""
    (row,) = branch.rows(UnseenReturn)
    return row.settled_how, row.settled_by


def test_a_told_return_keeps_who_where_when_and_its_entry_in_the_ledger(branch: Branch) -> None:
    (row,) = branch.rows(UnseenReturn)
    (entry,) = branch.entries(outcome.RETURNED)
    assert (row.copy_id, row.reader_id, row.station) == (FERRY.id, cast.TEACHER.id, cast.ENTRANCE)
    assert (row.told_at, row.loan_id, row.entry_id) == (entry.at, entry.loan_id, entry.id)


def test_a_book_told_twice_at_a_kiosk_is_unseen_once(branch: Branch) -> None:
    for station in (cast.ENTRANCE, ROOM):
        assert branch.back(FERRY, station=station).verb == outcome.ALREADY
    assert settled(branch) == (None, None)
    assert branch.tally(branch.begin()) == (1, 0, 1, 0)


def test_a_book_told_again_where_somebody_stands_has_been_seen(branch: Branch) -> None:
    branch.desk.attended = frozenset({ROOM})
    assert branch.back(FERRY, station=ROOM).verb == outcome.ALREADY
    assert settled(branch) == ("counter", None)


@pytest.mark.parametrize("staff", [cast.LIBRARIAN, cast.ASSISTANT])
def test_a_book_scanned_at_the_counter_has_been_seen_by_whoever_stands_there(branch: Branch, staff: Staff) -> None:
    assert branch.back(FERRY, staff).verb == outcome.ALREADY
    assert settled(branch) == ("counter", staff.id)


@pytest.mark.parametrize(("staff", "by"), [(CHILD, None), (cast.ASSISTANT, cast.ASSISTANT.id)])
def test_a_book_lent_out_of_the_box_was_there(branch: Branch, staff: Staff | None, by: int | None) -> None:
    assert branch.lend(XIAOMING, FERRY, staff).verb == outcome.LENT
    assert settled(branch) == ("lent", by)


def test_a_refused_loan_out_of_the_box_leaves_it_unseen(branch: Branch) -> None:
    branch.reserve(LIHUA, FERRY)
    assert branch.lend(XIAOMING, FERRY).refused
    assert settled(branch) == (None, None)


def test_a_book_lent_and_told_again_is_told_twice_and_seen_once(branch: Branch) -> None:
    branch.lend(XIAOMING, FERRY)
    branch.back(FERRY)
    number = branch.begin()
    branch.scan(number, FERRY)
    assert [row.settled_how for row in branch.rows(UnseenReturn)] == ["lent", "box"]
    assert branch.tally(number) == (1, 1, 0, 0)
