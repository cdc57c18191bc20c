"""A due date as somebody types it."""

from datetime import date

import pytest

from kiosk.typed_date import typed_date

TODAY, DUE = date(2026, 3, 2), date(2026, 3, 16)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-04-10", date(2026, 4, 10)),
        ("2026/4/10", date(2026, 4, 10)),
        ("2026年4月10日", date(2026, 4, 10)),
        ("20260410", date(2026, 4, 10)),
        ("4-10", date(2026, 4, 10)),
        ("4月10日", date(2026, 4, 10)),
        ("0410", date(2026, 4, 10)),
        (" ０４１０ ", date(2026, 4, 10)),
        ("+7", date(2026, 3, 23)),
        ("+7天", date(2026, 3, 23)),
        ("3-2", TODAY),
    ],
)
def test_a_day_is_understood_as_a_librarian_writes_it(typed: str, meant: date) -> None:
    assert typed_date(typed, TODAY, DUE) == meant


@pytest.mark.parametrize(
    "typed", ["", "soon", "2-30", "13-1", "2026-02-29", "2026-03-01", "3-1", "+", "99999999", "-7"]
)
def test_what_is_no_day_or_is_over_is_none(typed: str) -> None:
    assert typed_date(typed, TODAY, DUE) is None


def test_days_are_counted_from_today_once_the_due_date_is_over() -> None:
    assert typed_date("+7", date(2026, 3, 20), DUE) == date(2026, 3, 27)


def test_a_day_long_over_is_next_years() -> None:
    assert typed_date("1-10", date(2026, 11, 20), DUE) == date(2027, 1, 10)
