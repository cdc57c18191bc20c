"""PURE. Loan periods, limits and the calendar: from the library's rules to a due date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

STUDENT, TEACHER, CLASS = "student", "teacher", "class"
CATEGORIES = (STUDENT, TEACHER, CLASS)
KINDS = ("book", "periodical", "textbook")
RESERVATION_DAYS = 3  # for which a reserved copy is kept, unless the library says otherwise
_ONE_DAY = timedelta(days=1)
_LONGEST_CLOSURE = 120  # days; a calendar closed for longer than a summer is a mistake, not a holiday


@dataclass(frozen=True, slots=True)
class Term:
    """A school term, both days included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Calendar:
    """Terms, and the days that differ from their weekday: `closed` holidays, `working` weekends (调休)."""

    terms: tuple[Term, ...] = ()
    closed: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()

    def is_open(self, day: date) -> bool:
        """Whether the library is open on this day at all."""
        if day in self.closed:
            return False
        return day.weekday() < 5 or day in self.working

    def open_from(self, day: date) -> date:
        """The first open day, this one or later; the day itself when all that follow are closed."""
        days = (day + _ONE_DAY * n for n in range(_LONGEST_CLOSURE))
        return next((each for each in days if self.is_open(each)), day)

    def open_until(self, day: date) -> date:
        """The last open day, this one or earlier; the day itself when all before are closed."""
        days = (day - _ONE_DAY * n for n in range(_LONGEST_CLOSURE))
        return next((each for each in days if self.is_open(each)), day)

    def term_of(self, day: date) -> Term | None:
        """The term this day lies in, or None in the holidays."""
        return next((term for term in self.terms if term.starts_on <= day <= term.ends_on), None)


@dataclass(frozen=True, slots=True)
class KindRule:
    """One cell of the matrix: days of a loan, how many at once, renewals, and how near the due date they begin."""

    days: int
    limit: int
    renewals: int
    renew_within: int


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """What holds over all kinds together for one reader category; with `precedence` its reservations come first."""

    limit: int
    overdue_blocks: bool
    precedence: bool = False


NOT_LENT = KindRule(days=0, limit=0, renewals=0, renew_within=0)
NOBODY = CategoryRule(limit=0, overdue_blocks=False)


@dataclass(frozen=True, slots=True)
class Hours:
    """From `opens` (included) to `closes` (not included), school time, on a weekday (0 is Monday), at one station; with
    None at all those that have no hours of their own."""

    weekday: int
    opens: time
    closes: time
    station: str | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Whether this local moment lies within."""
        return self.weekday == moment.weekday() and self.opens <= moment.time() < self.closes


@dataclass(frozen=True, slots=True)
class Policy:
    """The library's rules as they stand now. With no lending hours given, books are lent at any time; a reserved copy
    is kept for `reservation_days`."""

    kinds: Mapping[tuple[str, str], KindRule] = field(default_factory=dict)
    categories: Mapping[str, CategoryRule] = field(default_factory=dict)
    calendar: Calendar = Calendar()
    hours: tuple[Hours, ...] = ()
    reservation_days: int = RESERVATION_DAYS

    def kind(self, category: str, kind: str) -> KindRule:
        """The cell of the matrix; what no row allows is not lent."""
        return self.kinds.get((category, kind), NOT_LENT)

    def category(self, category: str) -> CategoryRule:
        """The rule over all kinds; an unlisted category borrows nothing."""
        return self.categories.get(category, NOBODY)

    def hours_at(self, station: str) -> tuple[Hours, ...]:
        """The hours that a station keeps: its own or, when it has none, those without a station."""
        own = tuple(each for each in self.hours if each.station == station)
        return own or tuple(each for each in self.hours if each.station is None)

    def lends_at(self, moment: datetime, station: str = "") -> bool:
        """Whether lending hours are on at this local moment and station; with no hours to keep, always."""
        hours = self.hours_at(station)
        return not hours or any(each.holds_at(moment) for each in hours)

    def due_on(self, category: str, kind: str, today: date) -> date:
        """The due date of a loan made today.

        The rule's days, moved past closed days; for students never after the last open day of the running term,
        and never before today.
        """
        calendar = self.calendar
        due = calendar.open_from(today + timedelta(days=self.kind(category, kind).days))
        term = calendar.term_of(today)
        if category == STUDENT and term and due > term.ends_on:
            due = calendar.open_until(term.ends_on)
        return max(due, today)
