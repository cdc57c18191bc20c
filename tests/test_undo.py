"""Undo: each verb reversed by an entry of its own, once, within the hour, by whom it may be, if nothing moved on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from kiosk import outcome, undo, verdicts
from kiosk.decision import Reason
from kiosk.models import LedgerEntry
from kiosk.models_desk import ReaderNote
from kiosk.outcome import Outcome
from kiosk.undo import THE_HOUR
from tests import cast
from tests.branch import CHILD, Branch
from tests.cast import BEES, DAY, FERRY, LIHUA, SECOND, XIAOMING

NOTE = "Forgets the bag. Be kind."
JULY = date(2026, 7, 1)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be undone, and how things come to stand before it."""

    do: Callable[[Branch], Outcome]
    first: Callable[[Branch], object] = lambda branch: None

    def __call__(self, branch: Branch) -> Outcome:
        """Do it from the beginning."""
        self.first(branch)
        return self.do(branch)


def lend_long_ago(branch: Branch) -> object:
    return branch.desk.lend(XIAOMING.id, FERRY.id, station=cast.ENTRANCE, now=branch.now - 10 * DAY)


def lend(branch: Branch) -> Outcome:
    return branch.lend(XIAOMING, FERRY)


def reserve(branch: Branch) -> Outcome:
    return branch.reserve(LIHUA, FERRY, cast.LIBRARIAN)


def last_note(branch: Branch) -> int:
    number: int = branch.rows(ReaderNote)[-1].id
    return number


DEEDS = {
    outcome.LENT: Deed(lend),
    outcome.RETURNED: Deed(lambda branch: branch.back(FERRY), lend),
    outcome.RENEWED: Deed(lambda branch: branch.renew(XIAOMING, FERRY), lend_long_ago),
    outcome.DUE: Deed(lambda branch: branch.due(FERRY, JULY), lend),
    outcome.LOST: Deed(lambda branch: branch.lost(FERRY), lend),
    outcome.FOUND: Deed(lambda branch: branch.found(FERRY), lambda branch: branch.lost(FERRY)),
    outcome.REPAIR: Deed(lambda branch: branch.repair(FERRY)),
    outcome.MENDED: Deed(lambda branch: branch.mended(FERRY), lambda branch: branch.repair(FERRY)),
    outcome.RESERVED: Deed(reserve),
    outcome.CANCELLED: Deed(lambda branch: branch.cancel(branch.open_ones()[0].id), reserve),
    outcome.NOTED: Deed(lambda branch: branch.note(LIHUA, NOTE)),
    outcome.UNNOTED: Deed(lambda branch: branch.unnote(last_note(branch)), lambda branch: branch.note(LIHUA, NOTE)),
}
ONLY_A_LIBRARIAN = (outcome.DUE, outcome.LOST)
every_verb = pytest.mark.parametrize("verb", DEEDS)


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    return Branch(tmp_path)


def standing(branch: Branch) -> tuple[object, ...]:
    """What is so of the book and its reader; of a loan, whether it is open and until when."""
    loan = branch.loan(FERRY)
    open_loan = (loan.reader_id, loan.due_on, loan.renewals, loan.excused) if loan and not loan.returned_at else None
    waiting = [(row.reader_id, row.copy_id) for row in branch.open_ones()]
    return open_loan, branch.state(FERRY), waiting, branch.notes(LIHUA), branch.unseen()


# Each verb


@every_verb
def test_each_verb_is_undone_by_an_entry_that_says_who_what_and_when(branch: Branch, verb: str) -> None:
    done = DEEDS[verb](branch)
    assert done.verb == verb
    undone = branch.undo(done)
    entry = branch.rows(LedgerEntry)[-1]
    assert (entry.verb, entry.staff_id, entry.details["why"]) == ("undone", cast.LIBRARIAN.id, f"{verb} {done.entry}")
    assert (entry.reader_id, entry.copy_id, entry.loan_id) == (done.reader_id, done.copy_id, done.loan_id)
    assert (undone.verb, undone.entry, undone.at) == (entry.verb, entry.id, entry.at)
    assert branch.flaws() == []


@every_verb
def test_what_was_undone_is_as_it_was_before(branch: Branch, verb: str) -> None:
    DEEDS[verb].first(branch)
    before = standing(branch)
    done = DEEDS[verb].do(branch)
    assert standing(branch) != before
    branch.undo(done)
    assert standing(branch) == before
    assert branch.flaws() == []


@every_verb
def test_nothing_is_undone_twice(branch: Branch, verb: str) -> None:
    done = DEEDS[verb](branch)
    branch.undo(done)
    before = standing(branch)
    again = branch.undo(done)
    assert (again.verb, [each.reason for each in again.findings]) == (outcome.REFUSED, [Reason.CANNOT_UNDO])
    assert standing(branch) == before


@every_verb
def test_nothing_is_undone_twice_though_the_same_was_done_once_more(branch: Branch, verb: str) -> None:
    first = DEEDS[verb](branch)
    branch.undo(first)
    assert DEEDS[verb].do(branch).verb == verb
    before = standing(branch)
    assert branch.undo(first).refused
    assert standing(branch) == before


@every_verb
def test_an_assistant_undoes_what_an_assistant_may_do(branch: Branch, verb: str) -> None:
    done = DEEDS[verb](branch)
    before = standing(branch)
    undone = branch.undo(done, cast.ASSISTANT)
    if verb in ONLY_A_LIBRARIAN:
        assert ([each.reason for each in undone.findings], undone.staff_id) == ([Reason.NOT_ALLOWED], cast.ASSISTANT.id)
        assert standing(branch) == before
    else:
        assert undone.verb == outcome.UNDONE


@every_verb
def test_what_was_done_an_hour_ago_can_be_undone_and_a_second_later_no_more(branch: Branch, verb: str) -> None:
    done = DEEDS[verb](branch)
    branch.now = done.at + THE_HOUR
    assert branch.undo(done).has(Reason.CANNOT_UNDO), "the next second has begun"
    branch.now = done.at + THE_HOUR - SECOND
    assert branch.undo(done).verb == outcome.UNDONE


# Who may


def test_a_kiosk_undoes_what_it_did_itself_and_nothing_else(branch: Branch) -> None:
    lent = branch.lend(XIAOMING, FERRY)
    assert branch.do(lambda counter: undo.undo(counter, lent.entry), CHILD, cast.ROOM).has(Reason.CANNOT_UNDO)
    assert branch.undo(lent, CHILD).verb == outcome.UNDONE


def test_the_staff_undo_what_any_station_did(branch: Branch) -> None:
    for station in (cast.ENTRANCE, cast.ROOM):
        lent = branch.do(lambda counter: counter.lend(XIAOMING.id, FERRY.id), CHILD, station)
        assert branch.undo(lent, cast.ASSISTANT).verb == outcome.UNDONE


def test_what_a_librarian_allowed_against_the_rules_no_assistant_undoes(branch: Branch) -> None:
    branch.reader(XIAOMING, suspended_until=cast.TODAY)
    done = branch.lend(XIAOMING, FERRY, cast.LIBRARIAN, "one more time")
    assert branch.undo(done, cast.ASSISTANT).has(Reason.NOT_ALLOWED)
    assert branch.undo(done).verb == outcome.UNDONE


def test_what_no_rule_stood_against_an_assistant_undoes_though_a_reason_was_given(branch: Branch) -> None:
    done = branch.lend(XIAOMING, FERRY, cast.LIBRARIAN, "a reason nobody asked for")
    assert "override" not in done.kept
    assert branch.undo(done, cast.ASSISTANT).verb == outcome.UNDONE


def test_what_is_no_deed_or_not_there_cannot_be_undone(branch: Branch) -> None:
    lent = branch.lend(XIAOMING, FERRY)
    undone = branch.undo(lent)
    refused = branch.undo(lent)
    greeted = branch.do(lambda counter: counter.greet(XIAOMING.id), CHILD)
    for each in (undone, refused, greeted):
        assert branch.undo(each).has(Reason.CANNOT_UNDO)
    assert branch.at_desk(lambda counter: undo.undo(counter, 999)).has(Reason.CANNOT_UNDO)


# When the world has moved on


def test_a_loan_that_was_renewed_is_undone_after_its_renewal_only(branch: Branch) -> None:
    lent = branch.lend(XIAOMING, FERRY)
    moved = branch.due(FERRY, JULY)
    assert branch.undo(lent).has(Reason.CANNOT_UNDO)
    assert branch.undo(moved).verb == outcome.UNDONE
    assert branch.undo(lent).verb == outcome.UNDONE


def test_a_return_is_not_undone_when_the_book_is_with_somebody_else(branch: Branch) -> None:
    done = DEEDS[outcome.RETURNED](branch)
    branch.lend(LIHUA, FERRY)
    assert branch.undo(done).has(Reason.CANNOT_UNDO)
    assert branch.loan(FERRY).reader_id == LIHUA.id


def test_a_return_is_not_undone_when_somebody_of_the_library_has_seen_the_book(branch: Branch) -> None:
    done = DEEDS[outcome.RETURNED](branch)
    branch.scan(branch.begin(), FERRY)
    assert branch.undo(done).has(Reason.CANNOT_UNDO)


def test_a_return_is_not_undone_when_the_book_was_given_up_since(branch: Branch) -> None:
    branch.lend(XIAOMING, FERRY)
    done = branch.back(FERRY, cast.LIBRARIAN)
    branch.lost(FERRY)
    assert branch.undo(done).has(Reason.CANNOT_UNDO)


def test_a_loan_is_undone_though_it_was_given_up_and_that_was_undone(branch: Branch) -> None:
    lent = branch.lend(XIAOMING, FERRY)
    branch.undo(branch.lost(FERRY))
    assert branch.undo(lent).verb == outcome.UNDONE
    assert branch.flaws() == []


def test_a_book_given_up_and_brought_back_is_not_lost_again_by_undoing(branch: Branch) -> None:
    done = DEEDS[outcome.LOST](branch)
    branch.back(FERRY)
    assert branch.undo(done).has(Reason.CANNOT_UNDO)
    assert branch.state(FERRY) == "ok"


@pytest.mark.parametrize("verb", [outcome.FOUND, outcome.MENDED])
def test_a_book_found_or_mended_that_went_home_with_somebody_is_not_away_again(branch: Branch, verb: str) -> None:
    done = DEEDS[verb](branch)
    branch.lend(XIAOMING, FERRY)
    assert branch.undo(done).has(Reason.CANNOT_UNDO)
    assert branch.state(FERRY) == "ok"


def test_what_was_said_of_a_copy_is_taken_back_step_by_step(branch: Branch) -> None:
    steps = [branch.repair(FERRY), branch.mended(FERRY), branch.lost(FERRY), branch.found(FERRY)]
    assert branch.undo(steps[0]).refused, "not the first before the others"
    states = []
    for step in reversed(steps):
        assert branch.undo(step).verb == outcome.UNDONE
        states.append(branch.state(FERRY))
    assert states == ["lost", "ok", "repair", "ok"]


def test_a_book_given_up_while_it_was_to_be_mended_is_to_be_mended_again(branch: Branch) -> None:
    branch.repair(FERRY)
    branch.undo(branch.lost(FERRY))
    assert branch.state(FERRY) == "repair"
    assert branch.mended(FERRY).verb == outcome.MENDED


def test_a_told_return_that_was_given_up_is_unseen_again_and_does_not_vanish(branch: Branch) -> None:
    DEEDS[outcome.RETURNED](branch)
    done = branch.lost(FERRY)
    assert branch.unseen() == []
    branch.undo(done)
    assert branch.unseen() == [FERRY.id]
    assert branch.tally(branch.begin()) == (1, 0, 1, 0)


def test_a_loan_out_of_the_box_undone_lies_in_the_box_again(branch: Branch) -> None:
    DEEDS[outcome.RETURNED](branch)
    lent = branch.lend(LIHUA, FERRY)
    branch.undo(lent, CHILD)
    assert branch.unseen() == [FERRY.id]


def test_a_loan_that_was_excused_before_the_book_was_lost_stays_excused(branch: Branch) -> None:
    DEEDS[outcome.RETURNED](branch)
    number = branch.begin()
    branch.finish(number)
    branch.decide(number, FERRY, verdicts.REOPENED)
    branch.undo(branch.lost(FERRY))
    assert branch.loan(FERRY).excused
    assert branch.flaws() == []


def test_a_note_that_was_removed_twice_is_put_back_by_the_last_removal_only(branch: Branch) -> None:
    number = branch.note(LIHUA, NOTE).kept["note"]
    first = branch.unnote(number)
    branch.undo(first)
    second = branch.unnote(number)
    assert branch.undo(first).has(Reason.CANNOT_UNDO)
    assert branch.notes(LIHUA) == []
    assert branch.undo(second).verb == outcome.UNDONE
    assert branch.notes(LIHUA) == [NOTE]


def test_undoing_one_readers_note_leaves_another_alone(branch: Branch) -> None:
    first, second = branch.note(LIHUA, "one"), branch.note(LIHUA, "two")
    branch.undo(first)
    assert branch.notes(LIHUA) == ["two"]
    branch.undo(second)
    assert branch.notes(LIHUA) == []


def test_undoing_one_of_two_reservations_leaves_the_other(branch: Branch) -> None:
    first = branch.reserve(LIHUA, FERRY, cast.LIBRARIAN)
    branch.reserve(LIHUA, BEES, cast.LIBRARIAN)
    branch.undo(first)
    assert [row.title_id for row in branch.open_ones()] == [BEES.title]


def test_a_return_taken_back_at_the_counter_no_longer_counts_in_the_box(branch: Branch) -> None:
    branch.lent(FERRY)
    number = branch.begin()
    line = branch.scan(number, FERRY).line
    assert line is not None
    assert branch.at_desk(lambda counter: undo.undo(counter, line.entry_id)).verb == outcome.UNDONE
    assert branch.tally(number) == (0, 0, 0, 0)
    branch.scan(number, FERRY)
    assert branch.tally(number) == (0, 1, 0, 1)
