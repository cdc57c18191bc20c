"""Against the rules: only a librarian, only with a reason, and the ledger keeps who, why and against which rules."""

from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import update

from kiosk import outcome
from kiosk.decision import Reason, Tier
from kiosk.models import KindRule, LedgerEntry, Reader
from tests import cast
from tests.branch import CHILD, Branch
from tests.cast import ATLAS, DAY, FERRY, GONE, LIHUA, PLAIN, TEXTBOOK, THEIR_CORNER, TORN, XIAOMING, Thing

WHY = "The class needs it for the reading day"


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    return Branch(tmp_path)


def full(branch: Branch) -> Thing:
    cast.fill_bag(branch.desk, XIAOMING, branch.now)
    branch.rule(update(KindRule).where(KindRule.category == "student").values(limit=9))
    return FERRY


def suspended(branch: Branch) -> Thing:
    branch.reader(XIAOMING, suspended_until=cast.TODAY)
    return FERRY


def expired(branch: Branch) -> Thing:
    branch.reader(XIAOMING, card_expires_on=cast.TODAY - DAY)
    return FERRY


def late(branch: Branch) -> Thing:
    branch.desk.lend(XIAOMING.id, PLAIN[0].id, station=cast.ENTRANCE, now=branch.now - 40 * DAY)
    return FERRY


def closed(branch: Branch) -> Thing:
    branch.rule(cast.lending_hours(4, time(8), time(9)))
    return FERRY


def spoken_for(branch: Branch) -> Thing:
    branch.reserve(LIHUA, FERRY, cast.LIBRARIAN)
    return FERRY


RULES = {
    Reason.LIMIT_REACHED: full,
    Reason.SUSPENDED: suspended,
    Reason.CARD_EXPIRED: expired,
    Reason.OVERDUE_AT_HOME: late,
    Reason.OUTSIDE_HOURS: closed,
    Reason.RESERVED: spoken_for,
    Reason.IN_REPAIR: lambda branch: TORN,
    Reason.READING_ROOM_ONLY: lambda branch: ATLAS,
    Reason.OTHER_CORNER: lambda branch: THEIR_CORNER,
    Reason.KIND_NOT_LENT: lambda branch: TEXTBOOK,
}
each_rule = pytest.mark.parametrize("reason", RULES)


@each_rule
def test_a_librarian_passes_over_the_rule_and_the_ledger_keeps_both(branch: Branch, reason: Reason) -> None:
    thing = RULES[reason](branch)
    refused = branch.lend(XIAOMING, thing, cast.LIBRARIAN)
    assert (refused.findings[0].reason, refused.findings[0].tier) == (reason, Tier.OVERRIDE)
    done = branch.lend(XIAOMING, thing, cast.LIBRARIAN, WHY)
    assert (done.verb, done.kept["override"], done.staff_id) == (outcome.LENT, WHY, cast.LIBRARIAN.id)
    entry = branch.rows(LedgerEntry)[-1]
    assert (entry.details["override"], entry.staff_id, entry.reader_id) == (WHY, cast.LIBRARIAN.id, XIAOMING.id)
    assert [reason.value, "note"] in [each[:2] for each in entry.details["findings"]]
    assert branch.flaws() == []


@each_rule
def test_an_assistant_is_refused_and_that_is_in_the_ledger(branch: Branch, reason: Reason) -> None:
    thing = RULES[reason](branch)
    done = branch.lend(XIAOMING, thing, cast.ASSISTANT, WHY)
    assert (done.verb, done.findings[-1].reason) == (outcome.REFUSED, Reason.NOT_ALLOWED)
    entry = branch.rows(LedgerEntry)[-1]
    assert (entry.verb, entry.staff_id, entry.copy_id) == (outcome.REFUSED, cast.ASSISTANT.id, thing.id)
    assert [each[0] for each in entry.details["findings"]] == [reason.value, "NOT_ALLOWED"]
    assert not branch.is_out(thing)


def test_all_rules_passed_over_at_once_are_kept_in_their_order(branch: Branch) -> None:
    cast.fill_bag(branch.desk, XIAOMING, branch.now - 40 * DAY)
    suspended(branch)
    done = branch.lend(XIAOMING, THEIR_CORNER, cast.LIBRARIAN, WHY)
    assert [each.reason for each in done.findings] == [
        Reason.SUSPENDED,
        Reason.OTHER_CORNER,
        Reason.LIMIT_REACHED,
        Reason.KIND_LIMIT_REACHED,
        Reason.OVERDUE_AT_HOME,
    ]


@pytest.mark.parametrize("why", ["", "   ", "\n"])
def test_without_a_reason_no_rule_is_passed_over(branch: Branch, why: str) -> None:
    assert branch.lend(XIAOMING, TORN, cast.LIBRARIAN, why).has(Reason.IN_REPAIR)
    assert not branch.is_out(TORN)


def test_a_long_reason_is_cut_and_blanks_around_it_are_left_out(branch: Branch) -> None:
    done = branch.lend(XIAOMING, TORN, cast.LIBRARIAN, "  " + "因" * 1000)
    assert done.kept["override"] == "因" * 200


def test_a_reason_that_no_rule_asked_for_is_not_kept(branch: Branch) -> None:
    assert branch.lend(XIAOMING, FERRY, cast.LIBRARIAN, WHY).kept == {}


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"card_lost_on": cast.TODAY}, Reason.CARD_LOST), ({"left_on": cast.TODAY}, Reason.LEFT_SCHOOL)],
)
def test_a_lost_card_and_somebody_who_has_left_nobody_passes_over(
    branch: Branch, values: dict[str, date], reason: Reason
) -> None:
    cast.change(branch.desk.database, update(Reader).where(Reader.id == XIAOMING.id).values(values))
    done = branch.lend(XIAOMING, FERRY, cast.LIBRARIAN, WHY)
    assert (done.verb, [each.reason for each in done.findings]) == (outcome.REFUSED, [reason])


def test_a_withdrawn_copy_and_one_on_anothers_card_nobody_passes_over(branch: Branch) -> None:
    branch.lend(LIHUA, FERRY)
    assert branch.lend(XIAOMING, FERRY, cast.LIBRARIAN, WHY).has(Reason.ON_LOAN_TO_ANOTHER)
    assert branch.lend(XIAOMING, GONE, cast.LIBRARIAN, WHY).has(Reason.WITHDRAWN)


def test_nobody_alone_at_a_kiosk_passes_over_a_rule(branch: Branch) -> None:
    done = branch.lend(XIAOMING, TORN, CHILD, WHY)
    assert [each.reason for each in done.findings] == [Reason.IN_REPAIR, Reason.NOT_ALLOWED]


# Keeping a book longer


def test_a_renewal_against_the_rules_is_a_librarians(branch: Branch) -> None:
    branch.desk.lend(XIAOMING.id, FERRY.id, station=cast.ENTRANCE, now=branch.now - 40 * DAY)
    assert branch.renew(XIAOMING, FERRY, cast.LIBRARIAN).has(Reason.OVERDUE)
    assert branch.renew(XIAOMING, FERRY, cast.ASSISTANT, WHY).has(Reason.NOT_ALLOWED)
    done = branch.renew(XIAOMING, FERRY, cast.LIBRARIAN, WHY)
    assert (done.verb, done.kept["override"], done.has(Reason.OVERDUE)) == (outcome.RENEWED, WHY, True)
    assert branch.undo(done, cast.ASSISTANT).has(Reason.NOT_ALLOWED)


# Another due date


def test_another_due_date_is_a_librarians_and_the_ledger_keeps_both_dates(branch: Branch) -> None:
    branch.lend(XIAOMING, FERRY)
    before = branch.loan(FERRY).due_on
    assert branch.due(FERRY, date(2026, 7, 1), cast.ASSISTANT).has(Reason.NOT_ALLOWED)
    assert branch.loan(FERRY).due_on == before
    done = branch.due(FERRY, date(2026, 7, 1))
    assert (done.verb, done.due_on, done.why) == (outcome.DUE, date(2026, 7, 1), before.isoformat())
    (entry,) = branch.entries(outcome.DUE)
    assert (entry.staff_id, entry.reader_id, entry.details) == (
        cast.LIBRARIAN.id,
        XIAOMING.id,
        {"due": "2026-07-01", "why": before.isoformat()},
    )
    assert branch.flaws() == []


def test_a_book_that_is_in_has_no_due_date_to_change(branch: Branch) -> None:
    assert branch.due(FERRY, date(2026, 7, 1)).has(Reason.NOT_YOURS)


def test_a_renewal_after_another_due_date_never_shortens_it(branch: Branch) -> None:
    branch.lend(XIAOMING, FERRY)
    branch.due(FERRY, date(2026, 7, 1))
    branch.now = branch.now.replace(month=6, day=29)
    assert branch.renew(XIAOMING, FERRY).due_on == cast.TERM_ENDS
    assert branch.flaws() == []
