"""May this copy be lent, taken back, renewed? Each rule alone, then all of them together and in their order."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from kiosk.circulation import RENEW_RULES, RETURN_RULES, judge_loan, judge_reader, judge_renewal, judge_return
from kiosk.decision import CopyFacts, Decision, Facts, OpenLoan, ReaderFacts, Reason, Tier
from kiosk.loan_rules import LOAN_RULES, READER_RULES
from kiosk.policy import Calendar, CategoryRule, Hours, KindRule, Policy, Term

NOON = datetime(2026, 3, 4, 12, 0)  # a Wednesday
TODAY = NOON.date()
DAY = timedelta(days=1)
POLICY = Policy(
    {
        ("student", "book"): KindRule(days=14, limit=3, renewals=1, renew_within=5),
        ("student", "periodical"): KindRule(days=7, limit=1, renewals=0, renew_within=0),
        ("teacher", "book"): KindRule(days=60, limit=10, renewals=2, renew_within=10),
    },
    {"student": CategoryRule(limit=3, overdue_blocks=True), "teacher": CategoryRule(limit=12, overdue_blocks=False)},
    Calendar((Term(date(2026, 2, 23), date(2026, 7, 3)),)),
)
PUPIL = ReaderFacts(1, "student", class_id=32)
TEACHER = ReaderFacts(2, "teacher")
BOOK = CopyFacts(100, title_id=10)


def loan(
    copy: int = 200, title: int = 20, kind: str = "book", reader: int = 1, due: int = 7, renewals: int = 0
) -> OpenLoan:
    """An open loan that is due in so many days."""
    return OpenLoan(copy * 10, copy, title, kind, reader, TODAY + due * DAY, renewals)


def with_loans(*loans: OpenLoan, reader: ReaderFacts = PUPIL) -> ReaderFacts:
    return replace(reader, loans=loans)


def on_loan(**about: Any) -> CopyFacts:
    return replace(BOOK, loan=loan(100, 10, **about))


def facts(reader: ReaderFacts | None = PUPIL, copy: CopyFacts | None = BOOK, **more: Any) -> Facts:
    return Facts(NOON, reader, copy, **more)


def told(decision: Decision) -> list[Reason]:
    return [finding.reason for finding in decision.findings]


def only(decision: Decision) -> tuple[Reason, Tier, dict[str, Any]]:
    """The one finding there is."""
    (finding,) = decision.findings
    return finding.reason, finding.tier, dict(finding.facts)


# Lending


def test_a_pupil_borrows_a_book_from_the_shelf_with_nothing_to_say() -> None:
    assert judge_loan(facts(), POLICY) == Decision((), date(2026, 3, 18))


@pytest.mark.parametrize(
    ("reader", "finding"),
    [
        (None, (Reason.READER_UNKNOWN, Tier.REFUSE, {})),
        (replace(PUPIL, suspended_until=TODAY), (Reason.SUSPENDED, Tier.OVERRIDE, {"until": "2026-03-04"})),
        (replace(PUPIL, card_expires_on=TODAY - DAY), (Reason.CARD_EXPIRED, Tier.OVERRIDE, {"on": "2026-03-03"})),
        (replace(PUPIL, card_lost_on=TODAY), (Reason.CARD_LOST, Tier.REFUSE, {})),
        (replace(PUPIL, left_on=TODAY), (Reason.LEFT_SCHOOL, Tier.REFUSE, {})),
    ],
)
def test_a_readers_own_hindrance_is_told_with_or_without_a_book(reader: ReaderFacts | None, finding: Any) -> None:
    assert only(judge_loan(facts(reader), POLICY)) == finding
    assert only(judge_reader(facts(reader, None), POLICY)) == finding


@pytest.mark.parametrize(
    "reader",
    [
        replace(PUPIL, suspended_until=TODAY - DAY),
        replace(PUPIL, card_expires_on=TODAY),
        replace(PUPIL, left_on=TODAY + DAY),
    ],
)
def test_a_suspension_that_is_over_a_card_on_its_last_day_and_a_leaver_still_here_hinder_nothing(
    reader: ReaderFacts,
) -> None:
    assert judge_loan(facts(reader), POLICY).findings == ()


@pytest.mark.parametrize(
    ("copy", "finding"),
    [
        (None, (Reason.COPY_UNKNOWN, Tier.REFUSE, {})),
        (replace(BOOK, state="withdrawn"), (Reason.WITHDRAWN, Tier.REFUSE, {})),
        (replace(BOOK, state="repair"), (Reason.IN_REPAIR, Tier.OVERRIDE, {})),
        (replace(BOOK, state="lost"), (Reason.FOUND, Tier.NOTE, {})),
        (replace(BOOK, place_kind="reading_room"), (Reason.READING_ROOM_ONLY, Tier.OVERRIDE, {})),
        (on_loan(reader=9), (Reason.ON_LOAN_TO_ANOTHER, Tier.REFUSE, {})),
        (
            replace(BOOK, place_kind="corner", corner_class_id=31, corner="3-1"),
            (Reason.OTHER_CORNER, Tier.OVERRIDE, {"corner": "3-1"}),
        ),
        (replace(BOOK, kind="textbook"), (Reason.KIND_NOT_LENT, Tier.OVERRIDE, {"kind": "textbook"})),
    ],
)
def test_what_hinders_a_copy_is_told(copy: CopyFacts | None, finding: Any) -> None:
    assert only(judge_loan(facts(copy=copy), POLICY)) == finding


def test_a_finding_about_another_readers_loan_never_says_whose_it_is() -> None:
    (finding,) = judge_loan(facts(copy=on_loan(reader=9)), POLICY).findings
    assert not finding.facts


def test_a_book_of_ones_own_class_corner_is_lent() -> None:
    copy = replace(BOOK, place_kind="corner", corner_class_id=32, corner="3-2")
    assert judge_loan(facts(copy=copy), POLICY).findings == ()


def test_a_teacher_asks_the_librarian_for_a_book_of_a_class_corner() -> None:
    copy = replace(BOOK, place_kind="corner", corner_class_id=32, corner="3-2")
    assert told(judge_loan(facts(TEACHER, copy), POLICY)) == [Reason.OTHER_CORNER]


def test_a_copy_the_reader_has_already_is_not_lent_twice_and_its_due_date_is_told() -> None:
    reader, copy = with_loans(loan(100, 10)), on_loan()
    assert only(judge_loan(facts(reader, copy), POLICY)) == (
        Reason.ALREADY_YOURS,
        Tier.REFUSE,
        {"due": "2026-03-11"},
    )


def test_outside_lending_hours_only_the_librarian_lends() -> None:
    policy = replace(POLICY, hours=(Hours(2, time(15), time(16)),))
    assert only(judge_loan(facts(), policy)) == (Reason.OUTSIDE_HOURS, Tier.OVERRIDE, {})
    assert judge_loan(replace(facts(), moment=datetime(2026, 3, 4, 15, 0)), policy).allowed


def test_the_last_book_of_the_limit_is_lent_and_the_one_after_it_is_not() -> None:
    two, three = (with_loans(*(loan(n, n) for n in range(200, 200 + held))) for held in (2, 3))
    assert judge_loan(facts(two), POLICY).findings == ()
    assert judge_loan(facts(three), POLICY).findings[0].facts == {"limit": 3, "held": 3}
    assert told(judge_loan(facts(three), POLICY)) == [Reason.LIMIT_REACHED, Reason.KIND_LIMIT_REACHED]


def test_a_reader_of_a_category_without_rules_borrows_nothing() -> None:
    decision = judge_loan(facts(ReaderFacts(3, "guest")), POLICY)
    assert told(decision) == [Reason.LIMIT_REACHED, Reason.KIND_NOT_LENT]
    assert decision.overridable


def test_the_limit_of_one_kind_leaves_room_for_another() -> None:
    reader = with_loans(loan(kind="periodical"))
    assert only(judge_loan(facts(reader, replace(BOOK, kind="periodical")), POLICY)) == (
        Reason.KIND_LIMIT_REACHED,
        Tier.OVERRIDE,
        {"kind": "periodical", "limit": 1, "held": 1},
    )
    assert judge_loan(facts(reader), POLICY).allowed


def test_overdue_books_at_home_come_back_first() -> None:
    reader = with_loans(loan(200, 20, due=-1), loan(201, 21, due=0))
    assert only(judge_loan(facts(reader), POLICY)) == (Reason.OVERDUE_AT_HOME, Tier.OVERRIDE, {"count": 1})


def test_overdue_books_do_not_stop_a_teacher() -> None:
    assert judge_loan(facts(with_loans(loan(reader=2, due=-30), reader=TEACHER)), POLICY).findings == ()


def test_a_second_copy_of_a_title_at_home_is_not_lent() -> None:
    assert only(judge_loan(facts(with_loans(loan(101, 10))), POLICY)) == (Reason.SAME_TITLE, Tier.OVERRIDE, {})


def test_a_title_read_before_is_only_a_note() -> None:
    decision = judge_loan(facts(read_before=True), POLICY)
    assert only(decision) == (Reason.READ_BEFORE, Tier.NOTE, {})
    assert decision.allowed


def test_all_that_hinders_a_loan_is_told_at_once_and_in_the_order_of_telling() -> None:
    reader = ReaderFacts(1, "student", 32, TODAY - DAY, TODAY, TODAY, TODAY, loans=(loan(101, 10, due=-1),) * 3)
    copy = CopyFacts(100, 10, "book", "repair", "reading_room", 31, "3-1", loan(100, 10, reader=9))
    decision = judge_loan(Facts(NOON, reader, copy, True), replace(POLICY, hours=(Hours(6, time(8), time(9)),)))
    assert told(decision) == [
        Reason.SUSPENDED,
        Reason.CARD_EXPIRED,
        Reason.CARD_LOST,
        Reason.LEFT_SCHOOL,
        Reason.IN_REPAIR,
        Reason.READING_ROOM_ONLY,
        Reason.ON_LOAN_TO_ANOTHER,
        Reason.OTHER_CORNER,
        Reason.OUTSIDE_HOURS,
        Reason.LIMIT_REACHED,
        Reason.KIND_LIMIT_REACHED,
        Reason.OVERDUE_AT_HOME,
        Reason.SAME_TITLE,
        Reason.READ_BEFORE,
    ]
    assert not decision.allowed
    assert not decision.overridable


def test_nobody_and_nothing_are_both_told() -> None:
    assert told(judge_loan(facts(None, None), POLICY)) == [Reason.READER_UNKNOWN, Reason.COPY_UNKNOWN]
    assert judge_loan(facts(None, None), POLICY).due_on is None


@pytest.mark.parametrize("rules", [LOAN_RULES, READER_RULES, RETURN_RULES, RENEW_RULES])
def test_no_rule_is_asked_twice(rules: tuple[Any, ...]) -> None:
    assert len(set(rules)) == len(rules)


# Taking back


def test_a_book_in_time_comes_back_with_nothing_to_say() -> None:
    assert judge_return(facts(None, on_loan(due=0)), POLICY) == Decision(())


@pytest.mark.parametrize(
    ("copy", "finding"),
    [
        (on_loan(due=-3), (Reason.LATE, Tier.NOTE, {"days": 3})),
        (BOOK, (Reason.NOT_ON_LOAN, Tier.NOTE, {})),
        (replace(on_loan(), state="lost"), (Reason.FOUND, Tier.NOTE, {})),
        (
            replace(on_loan(), corner_class_id=31, corner="3-1"),
            (Reason.BELONGS_TO_CORNER, Tier.NOTE, {"corner": "3-1"}),
        ),
        (replace(on_loan(), state="repair"), (Reason.NEEDS_REPAIR, Tier.NOTE, {})),
        (replace(on_loan(), state="withdrawn"), (Reason.WITHDRAWN, Tier.NOTE, {})),
    ],
)
def test_what_there_is_to_say_of_a_returned_book_never_stops_its_return(copy: CopyFacts, finding: Any) -> None:
    decision = judge_return(facts(None, copy), POLICY)
    assert only(decision) == finding
    assert decision.allowed


def test_only_an_unknown_copy_cannot_be_taken_back() -> None:
    assert only(judge_return(facts(None, None), POLICY)) == (Reason.COPY_UNKNOWN, Tier.REFUSE, {})


def test_all_that_there_is_to_say_of_a_return_is_said_in_order() -> None:
    copy = replace(on_loan(due=-1), state="lost", corner_class_id=31, corner="3-1")
    assert told(judge_return(facts(None, copy), POLICY)) == [Reason.LATE, Reason.FOUND, Reason.BELONGS_TO_CORNER]


# Renewing


def test_a_book_near_its_due_date_may_be_kept_for_the_days_of_a_new_loan() -> None:
    assert judge_renewal(facts(copy=on_loan(due=5)), POLICY) == Decision((), date(2026, 3, 18))


@pytest.mark.parametrize(
    ("copy", "finding"),
    [
        (None, (Reason.COPY_UNKNOWN, Tier.REFUSE, {})),
        (BOOK, (Reason.NOT_YOURS, Tier.REFUSE, {})),
        (on_loan(reader=9, due=1), (Reason.NOT_YOURS, Tier.REFUSE, {})),
        (on_loan(due=1, renewals=1), (Reason.RENEWALS_REACHED, Tier.OVERRIDE, {"limit": 1})),
        (on_loan(due=-2), (Reason.OVERDUE, Tier.OVERRIDE, {"days": 2})),
        (on_loan(due=6), (Reason.RENEW_LATER, Tier.OVERRIDE, {"days": 1, "due": "2026-03-10"})),
    ],
)
def test_what_hinders_a_renewal_is_told(copy: CopyFacts | None, finding: Any) -> None:
    assert only(judge_renewal(facts(copy=copy), POLICY)) == finding


@pytest.mark.parametrize(
    ("reader", "reason"),
    [
        (None, Reason.READER_UNKNOWN),
        (replace(PUPIL, card_lost_on=TODAY), Reason.CARD_LOST),
        (replace(PUPIL, left_on=TODAY), Reason.LEFT_SCHOOL),
    ],
)
def test_nothing_is_renewed_for_nobody_on_a_lost_card_or_for_a_leaver(
    reader: ReaderFacts | None, reason: Reason
) -> None:
    assert told(judge_renewal(facts(reader, on_loan(due=1)), POLICY)) == [reason]


def test_a_renewal_never_makes_a_loan_shorter() -> None:
    copy = on_loan(due=5)
    short = replace(POLICY, kinds={("student", "book"): KindRule(days=2, limit=3, renewals=1, renew_within=5)})
    assert judge_renewal(facts(copy=copy), short).due_on == TODAY + 5 * DAY


def test_a_pupils_renewal_ends_with_the_term() -> None:
    late_in_term = replace(facts(copy=replace(BOOK, loan=replace(loan(), due_on=date(2026, 6, 30)))))
    moved = replace(late_in_term, moment=datetime(2026, 6, 28, 12, 0))
    assert judge_renewal(moved, POLICY).due_on == date(2026, 7, 3)


def test_all_that_hinders_a_renewal_is_told_in_order() -> None:
    reader = replace(PUPIL, card_lost_on=TODAY, left_on=TODAY)
    copy = on_loan(reader=9, due=-1, renewals=5)
    assert told(judge_renewal(facts(reader, copy), POLICY)) == [
        Reason.CARD_LOST,
        Reason.LEFT_SCHOOL,
        Reason.NOT_YOURS,
        Reason.RENEWALS_REACHED,
        Reason.OVERDUE,
    ]
