"""How a copy is: to be mended and back, given up and found, each with who and why; and loans that no rule counts."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from kiosk import condition, outcome, reconcile, verdicts
from kiosk.decision import Reason
from kiosk.models import Copy, LedgerEntry, Loan
from kiosk.models_desk import Repair, UnseenReturn
from kiosk.overdue import by_class
from tests import cast
from tests.branch import CHILD, Branch
from tests.cast import BEES, BEES_AGAIN, DAY, FERRY, GONE, LIMIT, MAGAZINE, MAGAZINE_AGAIN, MISSING, PLAIN, XIAOMING

LONG_AGO = date(2026, 2, 20)
TORN_PAGE = "page 12 is torn"


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    return Branch(tmp_path)


# To be mended


def test_a_copy_is_sent_to_repair_and_back_and_the_ledger_keeps_who_and_what_is_wrong(branch: Branch) -> None:
    branch.repair(FERRY, TORN_PAGE, cast.ASSISTANT)
    (entry,) = branch.entries(outcome.REPAIR)
    assert (entry.copy_id, entry.staff_id, entry.details) == (FERRY.id, cast.ASSISTANT.id, {"why": TORN_PAGE})
    (away,) = branch.rows(Repair)
    assert (away.wrong, away.sent_by, away.mended_at, branch.state(FERRY)) == (TORN_PAGE, 2, None, "repair")
    back = branch.mended(FERRY)
    (away,) = branch.rows(Repair)
    assert (away.mended_at, away.mended_by, branch.state(FERRY)) == (back.at, cast.LIBRARIAN.id, "ok")


def test_what_is_wrong_is_kept_in_two_hundred_characters(branch: Branch) -> None:
    branch.repair(FERRY, "  " + "湿" * 500)
    assert branch.rows(Repair)[0].wrong == "湿" * 200


def test_a_copy_in_repair_is_lent_to_nobody_without_a_librarian(branch: Branch) -> None:
    branch.repair(FERRY)
    assert [each.reason for each in branch.lend(XIAOMING, FERRY).findings] == [Reason.IN_REPAIR]
    assert branch.lend(XIAOMING, FERRY, cast.ASSISTANT, "please").has(Reason.NOT_ALLOWED)
    assert branch.lend(XIAOMING, FERRY, cast.LIBRARIAN, "it is only a smudge").verb == outcome.LENT
    assert branch.back(FERRY).has(Reason.NEEDS_REPAIR)


def test_a_copy_at_home_may_be_marked_and_goes_to_repair_when_it_comes(branch: Branch) -> None:
    branch.lent(FERRY)
    assert branch.repair(FERRY).verb == outcome.REPAIR
    assert branch.back(FERRY).has(Reason.NEEDS_REPAIR)


def test_a_told_copy_that_is_sent_to_repair_has_been_seen(branch: Branch) -> None:
    branch.lent(FERRY)
    branch.back(FERRY)
    branch.repair(FERRY)
    assert branch.unseen() == []
    assert branch.tally(branch.begin()) == (0, 0, 0, 0)


@pytest.mark.parametrize("verb", ["repair", "mended", "lost", "found"])
def test_what_is_so_already_is_said_and_changes_nothing(branch: Branch, verb: str) -> None:
    prepared = {"repair": branch.repair, "lost": branch.lost}
    if verb in prepared:
        prepared[verb](FERRY)
    before = branch.state(FERRY), len(branch.rows(Repair))
    done = getattr(branch, verb)(FERRY)
    assert (done.verb, done.why) == (outcome.ALREADY, verb)
    assert (branch.state(FERRY), len(branch.rows(Repair))) == before


@pytest.mark.parametrize("verb", ["repair", "mended", "lost", "found"])
def test_a_withdrawn_copy_and_one_that_is_not_there_are_left_alone(branch: Branch, verb: str) -> None:
    assert getattr(branch, verb)(GONE).has(Reason.WITHDRAWN)
    assert getattr(branch, verb)(cast.Thing(999, "", 1)).has(Reason.COPY_UNKNOWN)
    assert branch.state(GONE) == "withdrawn"


# Given up


def test_a_lost_book_stays_on_its_readers_loan_and_the_ledger_says_who_gave_it_up(branch: Branch) -> None:
    branch.lend(XIAOMING, FERRY)
    done = branch.lost(FERRY)
    (entry,) = branch.entries(outcome.LOST)
    assert (entry.reader_id, entry.copy_id, entry.loan_id) == (XIAOMING.id, FERRY.id, branch.loan(FERRY).id)
    assert (entry.staff_id, done.verb) == (cast.LIBRARIAN.id, outcome.LOST)
    assert (branch.is_out(FERRY), branch.loan(FERRY).excused, branch.state(FERRY)) == (True, True, "lost")
    assert branch.flaws() == []


def test_an_assistant_gives_nothing_up_but_may_find_it(branch: Branch) -> None:
    done = branch.lost(FERRY, cast.ASSISTANT)
    assert ([each.reason for each in done.findings], done.staff_id) == ([Reason.NOT_ALLOWED], cast.ASSISTANT.id)
    assert branch.rows(LedgerEntry)[-1].verb == outcome.REFUSED
    branch.lost(FERRY)
    assert branch.found(FERRY, cast.ASSISTANT).verb == outcome.FOUND


def test_whoever_brings_a_lost_book_has_found_it_and_is_not_late(branch: Branch) -> None:
    branch.desk.lend(XIAOMING.id, FERRY.id, station=cast.ENTRANCE, now=branch.now - 40 * DAY)
    branch.lost(FERRY)
    done = branch.back(FERRY)
    assert [each.reason for each in done.findings] == [Reason.FOUND]
    assert (branch.state(FERRY), branch.is_out(FERRY)) == ("ok", False)
    assert branch.flaws() == []


def test_a_book_that_was_to_be_mended_when_it_was_lost_still_is_when_it_is_found(branch: Branch) -> None:
    branch.repair(FERRY, TORN_PAGE)
    branch.lost(FERRY)
    branch.found(FERRY)
    assert branch.state(FERRY) == "repair"
    branch.mended(FERRY)
    assert branch.repair(FERRY, "and another page").verb == outcome.REPAIR


def test_a_book_lost_out_of_repair_and_brought_back_is_still_to_be_mended(branch: Branch) -> None:
    branch.lent(FERRY)
    branch.repair(FERRY)
    branch.lost(FERRY)
    branch.back(FERRY)
    assert branch.state(FERRY) == "repair"


def test_a_missing_return_that_is_given_up_is_asked_after_no_more(branch: Branch) -> None:
    branch.lent(FERRY)
    branch.back(FERRY)
    branch.lost(FERRY)
    (told,) = branch.rows(UnseenReturn)
    assert (told.settled_how, told.settled_by) == ("lost", cast.LIBRARIAN.id)
    assert branch.tally(branch.begin()) == (0, 0, 0, 0)


def test_a_lost_copy_in_the_box_is_found(branch: Branch) -> None:
    found = branch.scan(branch.begin(), MISSING)
    assert found.line is not None
    assert (found.line.destination, branch.state(MISSING)) == (reconcile.FOUND, "ok")


# What no rule counts


def excused(branch: Branch, *things: cast.Thing, due: date | None = None) -> None:
    """Xiaoming told these back, nobody found them, and their loans are open again."""
    for thing in things:
        branch.lend(XIAOMING, thing)
        if due:
            branch.due(thing, due)
        branch.back(thing)
    number = branch.begin()
    branch.finish(number)
    for thing in things:
        assert branch.decide(number, thing, verdicts.REOPENED).verb == outcome.UNDONE
        assert branch.is_out(thing) and branch.loan(thing).excused


def test_excused_books_do_not_count_towards_the_limit(branch: Branch) -> None:
    excused(branch, *PLAIN[:LIMIT])
    for thing in PLAIN[LIMIT : 2 * LIMIT]:
        assert branch.lend(XIAOMING, thing).verb == outcome.LENT
    assert branch.lend(XIAOMING, FERRY).has(Reason.LIMIT_REACHED)


def test_excused_things_do_not_count_towards_the_limit_of_their_kind(branch: Branch) -> None:
    excused(branch, MAGAZINE)
    assert branch.lend(XIAOMING, MAGAZINE_AGAIN).verb == outcome.LENT


def test_excused_books_are_not_overdue_at_home(branch: Branch) -> None:
    excused(branch, FERRY, due=LONG_AGO)
    assert branch.lend(XIAOMING, PLAIN[0]).verb == outcome.LENT
    with branch.desk.database.reading() as connection:
        assert by_class(connection, branch.day()) == []


def test_an_excused_book_that_comes_back_is_not_late(branch: Branch) -> None:
    excused(branch, FERRY, due=LONG_AGO)
    assert branch.back(FERRY).findings == ()


def test_an_excused_book_that_was_found_at_home_may_be_kept_longer(branch: Branch) -> None:
    excused(branch, FERRY, due=LONG_AGO)
    assert branch.renew(XIAOMING, FERRY).verb == outcome.RENEWED


def test_another_copy_of_an_excused_title_may_be_borrowed_and_reserved(branch: Branch) -> None:
    excused(branch, BEES)
    branch.lent(BEES_AGAIN)
    assert branch.reserve(XIAOMING, BEES).verb == outcome.RESERVED
    branch.back(BEES_AGAIN)
    assert branch.lend(XIAOMING, BEES_AGAIN).verb == outcome.LENT


def test_excused_loans_pass_the_audit_and_one_changed_behind_the_desk_does_not(branch: Branch) -> None:
    excused(branch, FERRY, due=LONG_AGO)
    assert branch.flaws() == []
    loan = branch.loan(FERRY)
    cast.change(branch.desk.database, update(Loan).where(Loan.id == loan.id).values(excused=False))
    assert branch.flaws() == [f"loan {loan.id}: excused is False, but True by the ledger"]


# Where the copy's state was changed by other ways


@pytest.mark.parametrize("verb", ["lost", "repair"])
def test_a_copy_that_was_withdrawn_since_is_not_brought_back_by_undoing(branch: Branch, verb: str) -> None:
    done = getattr(branch, verb)(FERRY)
    cast.change(branch.desk.database, update(Copy).where(Copy.id == FERRY.id).values(state="withdrawn"))
    assert branch.undo(done).has(Reason.CANNOT_UNDO)
    assert branch.state(FERRY) == "withdrawn"


def test_nobody_alone_at_a_kiosk_sends_or_gives_up_anything(branch: Branch) -> None:
    for act in (condition.give_up, condition.mended, condition.found_again):
        assert branch.do(lambda counter, act=act: act(counter, FERRY.id), CHILD).refused  # type: ignore[misc]
    assert branch.do(lambda counter: condition.send_to_repair(counter, FERRY.id, ""), CHILD).refused
