"""The demo school's rules: its terms and holidays around a day, and what each category may borrow.

Holidays that follow the moon are left out: they differ every year, and a school enters them itself.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import Connection, insert

from kiosk.models import CalendarDay, CategoryRule, KindRule, Setting, Term
from kiosk.policy import CLASS, STUDENT, TEACHER

SCHOOL = "示范小学"
_DAY = timedelta(days=1)
# category: (limit over all kinds, overdue books block)
_CATEGORIES = {STUDENT: (5, True), TEACHER: (20, False), CLASS: (60, False)}
# (category, kind): (days, limit, renewals, days before the due date from which one may renew)
_KINDS = {
    (STUDENT, "book"): (14, 5, 1, 3),
    (STUDENT, "periodical"): (7, 2, 0, 0),
    (STUDENT, "textbook"): (0, 0, 0, 0),
    (TEACHER, "book"): (60, 20, 1, 7),
    (TEACHER, "periodical"): (14, 5, 1, 3),
    (TEACHER, "textbook"): (120, 20, 1, 14),
    (CLASS, "book"): (90, 60, 1, 7),
    (CLASS, "periodical"): (30, 20, 1, 7),
    (CLASS, "textbook"): (120, 60, 1, 14),
}


def write_rules(connection: Connection, today: date) -> None:
    """Enter the settings, the policy, and the terms and holidays of the school year around today."""
    settings = {"demo": "1", "school": SCHOOL, "policy_version": "1"}
    connection.execute(insert(Setting), [{"key": key, "value": value} for key, value in settings.items()])
    connection.execute(
        insert(CategoryRule),
        [{"category": each, "limit": limit, "overdue_blocks": blocks} for each, (limit, blocks) in _CATEGORIES.items()],
    )
    names = ("category", "kind", "days", "limit", "renewals", "renew_within")
    connection.execute(
        insert(KindRule), [dict(zip(names, (*cell, *rule), strict=True)) for cell, rule in _KINDS.items()]
    )
    terms = list(terms_around(today))
    connection.execute(insert(Term), [{"name": name, "starts_on": start, "ends_on": end} for name, start, end in terms])
    connection.execute(
        insert(CalendarDay),
        [{"day": day, "open": is_open, "note": note} for day, (is_open, note) in _special_days(terms).items()],
    )


def terms_around(today: date) -> Iterator[tuple[str, date, date]]:
    """(name, first day, last day) of four terms: today's (in the holidays the one before), two earlier, one later."""
    terms = [term for year in range(today.year - 2, today.year + 2) for term in _terms_from(year)]
    running = max(place for place, (_, starts_on, _) in enumerate(terms) if starts_on <= today)
    yield from terms[running - 2 : running + 2]


def _terms_from(year: int) -> Iterator[tuple[str, date, date]]:
    """The two terms of the school year that begins in September of `year`."""
    name = f"{year}-{year + 1} 学年"
    yield f"{name}第一学期", _weekday_from(date(year, 9, 1)), _friday_until(date(year + 1, 1, 20))
    yield f"{name}第二学期", _monday_from(date(year + 1, 2, 24)), _friday_until(date(year + 1, 7, 5))


def _special_days(terms: list[tuple[str, date, date]]) -> dict[date, tuple[bool, str]]:
    """Every day from the first term to the last that differs from its weekday: (open, why)."""
    days: dict[date, tuple[bool, str]] = {}
    for (_, _, end), (_, start, _) in pairwise(terms):
        free = [end + _DAY * n for n in range(1, (start - end).days)]
        days |= {day: (False, "暑假" if start.month == 9 else "寒假") for day in free if day.weekday() < 5}
    for year in range(terms[0][1].year, terms[-1][2].year + 1):
        days |= {day: (False, note) for day, note in _holidays(year)}
        days[_saturday_from(date(year, 5, 6))] = (True, "劳动节调休上班")
        days[_saturday_from(date(year, 10, 8))] = (True, "国庆节调休上班")
    return days


def _holidays(year: int) -> Iterator[tuple[date, str]]:
    yield date(year, 1, 1), "元旦"
    yield from ((date(year, 4, day), "清明节") for day in (4, 5))
    yield from ((date(year, 5, day), "劳动节") for day in range(1, 6))
    yield from ((date(year, 10, day), "国庆节") for day in range(1, 8))


def _weekday_from(day: date) -> date:
    return day if day.weekday() < 5 else _monday_from(day)


def _monday_from(day: date) -> date:
    return day + _DAY * (-day.weekday() % 7)


def _saturday_from(day: date) -> date:
    return day + _DAY * ((5 - day.weekday()) % 7)


def _friday_until(day: date) -> date:
    return day - _DAY * ((day.weekday() - 4) % 7)
