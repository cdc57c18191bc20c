"""PURE. A due date as somebody types it: a whole date, a day of this year or the next, or a number of days."""

import re
from datetime import date, timedelta

_DAYS = re.compile(r"\+\s*([0-9]{1,3})(?:天|d|days?)?")
_WHOLE = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})日?")
_SHORT = re.compile(r"([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})[日号號]?")
_DIGITS = re.compile(r"([0-9]{4})?([0-9]{2})([0-9]{2})")


def typed_date(text: str, today: date, due_on: date) -> date | None:
    """The day that is meant: "2026-04-10", "4-10", "4月10日", "0410", or "+7" for so many days after the due date (or
    after today, when that is over). None for what is no day, or a day before today."""
    text = text.strip().translate(str.maketrans("０１２３４５６７８９＋－／．", "0123456789+-/."))
    if found := _DAYS.fullmatch(text):
        return max(due_on, today) + timedelta(days=int(found[1]))
    if found := _WHOLE.fullmatch(text) or _DIGITS.fullmatch(text):
        if found[1]:
            return _not_before(today, _day(int(found[1]), int(found[2]), int(found[3])))
        return _next(int(found[2]), int(found[3]), today)
    if found := _SHORT.fullmatch(text):
        return _next(int(found[1]), int(found[2]), today)
    return None


def _next(month: int, number: int, today: date) -> date | None:
    """The day of this year or, when that is over by more than a season, of the next."""
    day = _day(today.year, month, number)
    if day and day < today:
        day = _day(today.year + 1, month, number) if (today - day).days > 180 else None
    return day


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _not_before(today: date, day: date | None) -> date | None:
    return day if day and today <= day else None
