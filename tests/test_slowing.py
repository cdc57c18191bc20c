"""How failures to sign in slow down the next attempt."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from kiosk.slowing import ENOUGH, LONGEST, SLACK, WINDOW, still_to_wait, wait_after
from tests.cast import MORNING, SECOND

SECONDS = st.floats(min_value=0, max_value=10_000).map(lambda seconds: timedelta(seconds=seconds))
FAILURES = st.lists(SECONDS, max_size=30).map(lambda ages: sorted((MORNING - age for age in ages), reverse=True))


def test_who_mistypes_twice_need_not_wait() -> None:
    assert [wait_after(count) for count in (0, 1, 2)] == [timedelta(0)] * 3


def test_from_the_third_failure_each_wait_is_twice_as_long_up_to_a_minute() -> None:
    assert [wait_after(count).seconds for count in range(3, 12)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert wait_after(ENOUGH) == wait_after(10**9) == LONGEST


def test_the_wait_is_counted_from_the_last_failure() -> None:
    failures = [MORNING - 3 * SECOND, MORNING - 5 * SECOND, MORNING - 9 * SECOND, MORNING - 9 * SECOND]
    failures.append(MORNING - 10 * SECOND)
    assert still_to_wait(failures, MORNING) == SECOND  # four seconds after the fifth failure
    assert still_to_wait(failures, MORNING + SECOND) == timedelta(0)


def test_what_failed_an_hour_ago_is_forgotten() -> None:
    assert still_to_wait([MORNING - WINDOW] * 20, MORNING) == timedelta(0)


def test_failures_dated_by_a_clock_that_ran_ahead_lock_nobody_out() -> None:
    assert still_to_wait([MORNING + timedelta(days=400)] * 20, MORNING) == timedelta(0)
    assert still_to_wait([MORNING + SLACK] * 20, MORNING) == LONGEST


@given(FAILURES)
def test_nobody_ever_waits_longer_than_the_longest(failures: list) -> None:
    wait = still_to_wait(failures, MORNING)
    assert timedelta(0) <= wait <= LONGEST
    assert still_to_wait(failures, MORNING + LONGEST + SECOND) == timedelta(0)


@given(FAILURES, SECONDS)
def test_another_failure_never_shortens_the_wait(failures: list, later: timedelta) -> None:
    now = MORNING + later
    recent = [at for at in failures if at > now - WINDOW]
    assert still_to_wait([now, *recent], now) >= still_to_wait(recent, now)
