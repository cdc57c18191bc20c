"""What a change of the rules would mean for a book that is borrowed today."""

from datetime import date

import pytest

from kiosk.policy import CATEGORIES, KINDS, STUDENT, TEACHER, Calendar, CategoryRule, KindRule, Policy, Term
from kiosk.rule_preview import eve_of_term_end, preview

TODAY = date(2026, 9, 7)
AUTUMN = Term(date(2026, 9, 1), date(2027, 1, 22))
CALENDAR = Calendar((AUTUMN,))


def policy(days: int = 14, limit: int = 5, calendar: Calendar = CALENDAR) -> Policy:
    kinds = {(category, "book"): KindRule(days if category == STUDENT else 60, limit, 1, 3) for category in CATEGORIES}
    return Policy(kinds, {category: CategoryRule(5, True) for category in CATEGORIES}, calendar)


def test_there_is_a_line_for_every_reader_and_kind() -> None:
    lines = preview(policy(), policy(), TODAY).lines
    assert {(line.category, line.kind) for line in lines} == {(each, kind) for each in CATEGORIES for kind in KINDS}


def test_a_line_says_when_a_book_borrowed_today_is_due_before_and_after() -> None:
    line = preview(policy(14), policy(21), TODAY).lines[0]
    assert (line.category, line.kind) == (STUDENT, "book")
    assert (line.before, line.after) == (date(2026, 9, 21), date(2026, 9, 28))


def test_the_changed_lines_come_first() -> None:
    after = Policy({**policy().kinds, (TEACHER, "book"): KindRule(90, 5, 1, 3)}, policy().categories, policy().calendar)
    lines = preview(policy(), after, TODAY).lines
    assert [(line.category, line.changed) for line in lines[:2]] == [(TEACHER, True), (STUDENT, False)]


def test_nothing_is_changed_by_the_same_rules() -> None:
    assert not preview(policy(), policy(), TODAY).changed


@pytest.mark.parametrize("nothing", [policy(limit=0), Policy(policy().kinds, {}, policy().calendar)])
def test_what_is_not_lent_has_no_due_date(nothing: Policy) -> None:
    line = next(
        line for line in preview(policy(), nothing, TODAY).lines if (line.category, line.kind) == (STUDENT, "book")
    )
    assert (line.before, line.after) == (date(2026, 9, 21), None)


def test_a_new_holiday_moves_the_due_date() -> None:
    holiday = Calendar((AUTUMN,), frozenset({date(2026, 9, 21)}))
    assert preview(policy(), policy(calendar=holiday), TODAY).lines[0].after == date(2026, 9, 22)


@pytest.mark.parametrize(
    ("today", "eve", "why"),
    [
        (TODAY, date(2027, 1, 21), "the running term"),
        (date(2026, 8, 1), date(2027, 1, 21), "the term that comes next"),
        (date(2027, 1, 21), None, "it is today"),
        (date(2027, 1, 22), None, "no term is left"),
    ],
)
def test_the_eve_of_the_end_of_term_is_looked_at_too(today: date, eve: date | None, why: str) -> None:
    assert eve_of_term_end(policy(), today) == eve, why


def test_the_eve_of_the_end_of_term_is_a_day_on_which_the_library_is_open() -> None:
    closed = Calendar((AUTUMN,), frozenset({date(2027, 1, 21)}))
    assert eve_of_term_end(policy(calendar=closed), TODAY) == date(2027, 1, 20)
