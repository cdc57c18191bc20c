"""What the page of rules shows: its rows, twelve small months, and every rule by its name in the reader's language."""

from calendar import Calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from babel.dates import get_month_names
from sqlalchemy import Connection

from kiosk import rule_words as words
from kiosk import staff
from kiosk.holiday_sentence import Remark
from kiosk.marks import say
from kiosk.rule_preview import Line
from kiosk.rulebook import KIND_FIELDS, Problem
from kiosk.words import translations
from web.librarian.rules_form import Sheet

_MONDAY_FIRST = Calendar()


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar: `state` is closed, open or nothing, as it is said in the sheet."""

    day: date
    state: str
    note: str
    in_term: bool

    @property
    def is_weekend(self) -> bool:
        """Whether the library is closed on it unless it is said to be open."""
        return self.day.weekday() >= 5


@dataclass(frozen=True, slots=True)
class Month:
    """A month by weeks; None for days that are not its own."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True, slots=True)
class HoursRow:
    """Lending hours of one station, or with an empty name of all others; a text for each weekday."""

    station: str
    texts: tuple[str, ...]
    is_known: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all, which does not mean that nothing is lent."""
        return not any(self.texts)

    @property
    def never(self) -> list[int]:
        """The weekdays without lending."""
        return [] if self.is_empty else [day for day, text in enumerate(self.texts) if not text]


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of the page."""

    categories: tuple[str, ...]
    kinds: tuple[str, ...]
    hours: tuple[HoursRow, ...]
    without_own: tuple[str, ...]
    months: tuple[Month, ...]
    days_of_year: int
    today: date
    fields: tuple[str, ...] = KIND_FIELDS


def page(sheet: Sheet, stations: list[str], today: date) -> Page:
    """The rows that the sheet has, for these stations."""
    cells = [key.split("/") for key in sheet.texts if key.startswith("kind/") and key.count("/") == 3]
    hours = [HoursRow(each, _week(sheet, each), not each or each in stations) for each in ("", *sheet.own)]
    return Page(
        tuple(dict.fromkeys(each[1] for each in cells)),
        tuple(dict.fromkeys(each[2] for each in cells)),
        tuple(hours),
        tuple(each for each in stations if each not in sheet.own),
        tuple(_months(sheet)),
        sum(day.startswith(f"{sheet.year}-") for day in sheet.days),
        today,
    )


def _week(sheet: Sheet, station: str) -> tuple[str, ...]:
    return tuple(sheet.texts.get(f"hours/{day}/{station}", "") for day in range(7))


def _months(sheet: Sheet) -> Iterator[Month]:
    terms = list(sheet.spans())

    def cell(day: date, month: int) -> Cell | None:
        if day.month != month:
            return None
        state, _, note = sheet.days.get(day.isoformat(), "").partition(" ")
        return Cell(day, state, note, any(first <= day <= last for first, last in terms))

    for month in range(1, 13):
        weeks = _MONDAY_FIRST.monthdatescalendar(sheet.year, month)
        yield Month(date(sheet.year, month, 1), tuple(tuple(cell(day, month) for day in week) for week in weeks))


def name_of(connection: Connection, staff_id: int | None) -> str:
    """What an account is called; nothing for one that is no more."""
    return next((str(row.name) for row in staff.accounts(connection) if row.id == staff_id), "")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says the rules in one language, on this day."""

    language: str
    today: date

    def label(self, key: str) -> str:
        """What a rule is called."""
        return words.label(key, self.language)

    def value(self, key: str, text: str) -> str:
        """How a rule's text reads."""
        return words.value(key, text, self.language)

    def problem(self, problem: Problem) -> str:
        """What is wrong, and what to write instead."""
        return words.problem_sentence(problem, self.language)

    def doubt(self, remark: Remark) -> str:
        """Why a part of a text was not taken."""
        return words.doubt_sentence(remark, self.language)

    def due(self, line: Line, day: date) -> str:
        """When a loan of that day would be due."""
        return words.due_sentence(line, day, self.today, self.language)

    def day(self, day: date) -> str:
        """A date with its weekday and year."""
        return words.long_day(day, self.language)

    def reader(self, category: str) -> str:
        """A reader category."""
        return words.reader(category, self.language)

    def thing(self, kind: str) -> str:
        """A kind of title."""
        return words.thing(kind, self.language)

    def weekdays(self, numbers: list[int]) -> str:
        """Some weekdays, one after the other."""
        return translations(self.language).gettext(say(", ")).join(map(self.weekday, numbers))

    def weekday(self, number: int) -> str:
        """A weekday, short; 0 is Monday."""
        return words.weekday_name(number, self.language)

    def initial(self, number: int) -> str:
        """A weekday in one letter."""
        return words.weekday_initial(number, self.language)

    def month(self, day: date) -> str:
        """The name of a day's month."""
        return str(get_month_names("wide", context="stand-alone", locale=self.language)[day.month])
