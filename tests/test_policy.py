"""When a book is due: the policy's days, the calendar, the end of term."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.policy import (
    CATEGORIES,
    CLASS,
    KINDS,
    NOBODY,
    NOT_LENT,
    STUDENT,
    TEACHER,
    Calendar,
    CategoryRule,
    Hours,
    KindRule,
    Policy,
    Term,
)

NATIONAL_DAY = frozenset(date(2026, 10, day) for day in range(1, 9))
WORKING = frozenset({date(2026, 9, 27), date(2026, 10, 10)})
AUTUMN = Term(date(2026, 9, 1), date(2027, 1, 22))
CALENDAR = Calendar((AUTUMN,), NATIONAL_DAY, WORKING)


def days_of(days: int, calendar: Calendar = CALENDAR) -> Policy:
    rule = KindRule(days=days, limit=5, renewals=1, renew_within=3)
    return Policy({(category, kind): rule for category in CATEGORIES for kind in KINDS}, calendar=calendar)


@pytest.mark.parametrize(
    ("today", "days", "due", "why"),
    [
        (date(2026, 9, 7), 14, date(2026, 9, 21), "Monday to Monday"),
        (date(2026, 9, 5), 14, date(2026, 9, 21), "a Saturday moves to Monday"),
        (date(2026, 9, 6), 14, date(2026, 9, 21), "a Sunday moves to Monday"),
        (date(2026, 9, 17), 14, date(2026, 10, 9), "the National Day holiday is jumped over"),
        (date(2026, 9, 18), 14, date(2026, 10, 9), "so is its second day"),
        (date(2026, 9, 13), 14, date(2026, 9, 27), "a 调休 Sunday is a school day"),
        (date(2026, 9, 26), 14, date(2026, 10, 10), "a 调休 Saturday after the holiday is one too"),
        (date(2026, 9, 7), 0, date(2026, 9, 7), "no days at all: today"),
        (date(2026, 9, 5), 0, date(2026, 9, 7), "no days at all, lent on a Saturday: Monday"),
    ],
)
def test_a_book_is_due_after_its_days_on_the_next_open_day(today: date, days: int, due: date, why: str) -> None:
    assert days_of(days).due_on(STUDENT, "book", today) == due, why


def test_a_holiday_on_a_working_weekend_is_still_a_holiday() -> None:
    day = date(2026, 10, 3)
    assert not Calendar(closed=frozenset({day}), working=frozenset({day})).is_open(day)


def test_a_pupil_brings_everything_back_by_the_end_of_term() -> None:
    assert days_of(30).due_on(STUDENT, "book", date(2027, 1, 11)) == date(2027, 1, 22)


def test_when_term_ends_on_a_weekend_a_pupils_book_is_due_on_the_friday_before() -> None:
    calendar = Calendar((Term(date(2026, 9, 1), date(2027, 1, 24)),))
    assert days_of(30, calendar).due_on(STUDENT, "book", date(2027, 1, 11)) == date(2027, 1, 22)


def test_a_due_date_that_a_holiday_would_push_past_the_end_of_term_stays_in_the_term() -> None:
    calendar = Calendar((Term(date(2026, 9, 1), date(2026, 10, 2)),), NATIONAL_DAY, frozenset())
    assert days_of(14, calendar).due_on(STUDENT, "book", date(2026, 9, 17)) == date(2026, 9, 30)


def test_on_the_last_day_of_term_a_pupils_book_is_due_today() -> None:
    assert days_of(14).due_on(STUDENT, "book", date(2027, 1, 22)) == date(2027, 1, 22)


def test_a_book_lent_on_the_last_day_of_term_when_that_is_a_sunday_is_not_due_before_it_was_lent() -> None:
    calendar = Calendar((Term(date(2026, 9, 1), date(2027, 1, 24)),))
    assert days_of(14, calendar).due_on(STUDENT, "book", date(2027, 1, 24)) == date(2027, 1, 24)


@pytest.mark.parametrize("category", [TEACHER, CLASS])
def test_the_end_of_term_does_not_shorten_a_loan_of_a_teacher_or_a_class(category: str) -> None:
    assert days_of(30).due_on(category, "book", date(2027, 1, 11)) == date(2027, 2, 10)


def test_in_the_holidays_a_pupil_has_the_plain_days() -> None:
    assert days_of(14).due_on(STUDENT, "book", date(2027, 2, 1)) == date(2027, 2, 15)


def test_a_calendar_closed_for_ever_still_gives_a_due_date() -> None:
    shut = Calendar(closed=frozenset(date(2026, 9, 1) + timedelta(days=n) for n in range(400)))
    assert days_of(14, shut).due_on(TEACHER, "book", date(2026, 9, 7)) == date(2026, 9, 21)


def test_what_the_matrix_does_not_mention_is_not_lent() -> None:
    assert Policy().kind(STUDENT, "book") == NOT_LENT
    assert Policy().category("guest") == NOBODY


def test_with_no_lending_hours_books_are_lent_at_any_time() -> None:
    assert Policy().lends_at(datetime(2026, 9, 6, 3, 0))


@pytest.mark.parametrize(
    ("moment", "lends"),
    [
        (datetime(2026, 9, 7, 11, 59, 59), False),
        (datetime(2026, 9, 7, 12, 0), True),
        (datetime(2026, 9, 7, 12, 59, 59), True),
        (datetime(2026, 9, 7, 13, 0), False),
        (datetime(2026, 9, 7, 16, 30), True),
        (datetime(2026, 9, 8, 12, 30), False),
    ],
)
def test_books_are_lent_from_the_opening_minute_until_just_before_the_closing_one(
    moment: datetime, lends: bool
) -> None:
    hours = (Hours(0, time(12), time(13)), Hours(0, time(16), time(17)))
    assert Policy(hours=hours).lends_at(moment) is lends


NOON = datetime(2026, 9, 7, 12, 30)
AFTERNOON = datetime(2026, 9, 7, 16, 15)
IN_GENERAL, IN_ROOM_3_2 = Hours(0, time(12), time(13)), Hours(0, time(16), time(17), "room 3-2")


def test_a_station_with_hours_of_its_own_keeps_only_those() -> None:
    policy = Policy(hours=(IN_GENERAL, IN_ROOM_3_2))
    assert policy.lends_at(AFTERNOON, "room 3-2")
    assert not policy.lends_at(NOON, "room 3-2")


def test_every_other_station_keeps_the_hours_that_name_no_station() -> None:
    policy = Policy(hours=(IN_GENERAL, IN_ROOM_3_2))
    assert policy.lends_at(NOON, "entrance") and policy.lends_at(NOON)
    assert not policy.lends_at(AFTERNOON, "entrance") and not policy.lends_at(AFTERNOON)


def test_the_hours_of_one_station_do_not_close_the_others() -> None:
    assert Policy(hours=(IN_ROOM_3_2,)).lends_at(NOON, "entrance")


def test_a_reserved_copy_is_kept_for_three_days_unless_the_library_says_otherwise() -> None:
    assert Policy().reservation_days == 3


def test_no_reservation_has_precedence_unless_the_category_says_so() -> None:
    assert not CategoryRule(5, True).precedence


days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
calendars = st.builds(
    Calendar,
    terms=st.just((Term(date(2026, 2, 20), date(2026, 7, 10)), AUTUMN, Term(date(2027, 2, 22), date(2027, 7, 9)))),
    closed=st.frozensets(days, max_size=60),
    working=st.frozensets(days, max_size=20),
)
periods = st.integers(0, 90)
categories = st.sampled_from(CATEGORIES)


@given(calendars, periods, categories, days)
def test_no_book_is_ever_due_before_the_day_it_is_lent(
    calendar: Calendar, period: int, category: str, today: date
) -> None:
    assert days_of(period, calendar).due_on(category, "book", today) >= today


@given(calendars, periods, categories, days)
def test_a_due_date_is_a_day_on_which_the_library_is_open_or_the_day_of_the_loan(
    calendar: Calendar, period: int, category: str, today: date
) -> None:
    due = days_of(period, calendar).due_on(category, "book", today)
    assert calendar.is_open(due) or due == today


@given(calendars, periods, days)
def test_a_pupils_due_date_never_lies_after_the_running_term(calendar: Calendar, period: int, today: date) -> None:
    term = calendar.term_of(today)
    due = days_of(period, calendar).due_on(STUDENT, "book", today)
    assert term is None or due <= term.ends_on


@given(calendars, periods, categories, days)
def test_a_day_more_in_the_matrix_never_makes_a_loan_shorter(
    calendar: Calendar, period: int, category: str, today: date
) -> None:
    shorter, longer = days_of(period, calendar), days_of(period + 1, calendar)
    assert shorter.due_on(category, "book", today) <= longer.due_on(category, "book", today)


@given(calendars, periods, categories, days)
def test_within_a_term_who_borrows_later_never_has_to_return_sooner(
    calendar: Calendar, period: int, category: str, today: date
) -> None:
    tomorrow = today + timedelta(days=1)
    if calendar.term_of(today) == calendar.term_of(tomorrow):
        policy = days_of(period, calendar)
        assert policy.due_on(category, "book", today) <= policy.due_on(category, "book", tomorrow)


@given(calendars, periods, days)
def test_a_teacher_never_has_less_time_than_a_pupil(calendar: Calendar, period: int, today: date) -> None:
    policy = days_of(period, calendar)
    assert policy.due_on(STUDENT, "book", today) <= policy.due_on(TEACHER, "book", today)


def test_a_policy_of_other_kinds_leaves_this_kind_alone() -> None:
    policy = Policy({(STUDENT, "periodical"): KindRule(7, 1, 0, 0)}, {STUDENT: CategoryRule(5, True)})
    assert policy.kind(STUDENT, "book").limit == 0
    assert policy.kind(STUDENT, "periodical").days == 7
