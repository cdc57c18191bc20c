"""What can be done with the page of rules before it is saved: days put in, a term taken out, hours for a station."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from flask import request

from kiosk.holiday_sentence import LONGEST_HOLIDAY
from kiosk.holidays import Found, Reading, read
from kiosk.holidays_ics import read_file
from kiosk.marks import say
from kiosk.rulebook import CLOSED, LONGEST_NOTE, OPEN
from web.librarian.rules_form import Sheet, year_in

_RANGE_WRONG = say("Write the first day, and a last day that is not before it.")
_RANGE_LONG = say("These are more than %(most)s days in a row. Put them in in parts.")
_NOTHING_TO_READ = say("Paste the days into the box or choose a file first.")
_LOOK, _NOT_IN_TERM = say("to be looked at"), say("in no term: is the library open?")
_SCHOOL_DAYS = 5
_RANGE = ("range_first", "range_last", "range_what", "range_note")


@dataclass(frozen=True, slots=True)
class Row:
    """Found days in a row that are alike; `doubt` says why somebody should look before they are taken."""

    first: date
    last: date
    open: bool
    note: str
    doubt: str

    @property
    def value(self) -> str:
        """The days and what is said of them, as one text."""
        return f"{self.first}..{self.last} {OPEN if self.open else CLOSED} {self.note}".strip()


@dataclass(frozen=True, slots=True)
class Typed:
    """What came of the fields that put days into the calendar: what was read, or the sentence why nothing was."""

    reading: Reading | None = None
    problem: str = ""
    values: Mapping[str, str | int] | None = None


def pasted(sheet: Sheet) -> Typed:
    """The days in the pasted text or in the file that was sent."""
    text, file = request.form.get("pasted", ""), request.files.get("file")
    if file and file.filename:
        found = read_file(file.stream.read(), sheet.year)
        return Typed(found) if isinstance(found, Reading) else Typed(problem=found)
    return Typed(read(text, sheet.year)) if text.strip() else Typed(problem=_NOTHING_TO_READ)


def kept(done: str) -> dict[str, str]:
    """What was typed to be put into the calendar and is not `done`: range (put in), or take (what was pasted)."""
    names = {"range": ("pasted",), "take": _RANGE}.get(done, ("pasted", *_RANGE))
    return {name: request.form.get(name, "") for name in names}


def take(sheet: Sheet, _: str = "") -> Sheet:
    """Put the found days that are ticked into the calendar."""
    for each in request.form.getlist("found"):
        days, _, text = each.partition(" ")
        first, last = _days_between(*days.partition("..")[::2])
        if first and last and text.partition(" ")[0] in (OPEN, CLOSED):
            sheet = _marked(sheet, first, last, text[: LONGEST_NOTE + len(CLOSED) + 1])
    return sheet


def add_range(sheet: Sheet) -> Sheet | Typed:
    """Put the days of the fields "from" and "to" into the calendar; nothing when both are empty."""
    form = request.form
    if not form.get("range_first") and not form.get("range_last"):
        return sheet
    first, last = _days_between(form.get("range_first", ""), form.get("range_last", ""))
    if not first or not last or last < first:
        return Typed(problem=_RANGE_WRONG)
    if (last - first).days >= LONGEST_HOLIDAY:
        return Typed(problem=_RANGE_LONG, values={"most": LONGEST_HOLIDAY})
    what = form.get("range_what", "")
    note = form.get("range_note", "").strip()[:LONGEST_NOTE]
    return _marked(sheet, first, last, f"{what} {note}".strip() if what in (OPEN, CLOSED) else "")


def _marked(sheet: Sheet, first: date, last: date, text: str) -> Sheet:
    count = min((last - first).days + 1, LONGEST_HOLIDAY)
    return sheet.with_days({(first + timedelta(days=n)).isoformat(): text for n in range(count)})


def _days_between(first: str, last: str) -> tuple[date | None, date | None]:
    try:
        return date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        return None, None


def rows(reading: Reading, sheet: Sheet) -> list[Row]:
    """The found days, those in a row together. A working weekend outside every term is doubted: schools are closed."""
    terms = list(sheet.spans())

    def alike(numbered: tuple[int, Found]) -> tuple[int, bool, str, str]:
        place, each = numbered
        free = each.open and bool(terms) and not any(first <= each.day <= last for first, last in terms)
        doubt = _LOOK if each.day in reading.doubtful else _NOT_IN_TERM if free else ""
        return each.day.toordinal() - place, each.open, each.note, doubt

    found = []
    for (_, is_open, note, doubt), group in groupby(enumerate(reading.days), alike):
        days = [each.day for _, each in group]
        found.append(Row(days[0], days[-1], is_open, note, doubt))
    return found


def turn_to(sheet: Sheet, year: str) -> Sheet:
    """Show another year's calendar."""
    return replace(sheet, year=year_in(year, sheet.year))


def drop_term(sheet: Sheet, number: str) -> Sheet:
    """Take a row of the terms out."""
    rows = [row for place, row in enumerate(sheet.terms) if str(place) != number]
    return replace(sheet, terms=tuple(rows))


def own_hours(sheet: Sheet, _: str) -> Sheet:
    """Give a station a row of lending hours of its own, which begins as the row of all others."""
    station = request.form.get("new_own", "")
    if not station or station in sheet.own:
        return sheet
    texts = {f"hours/{day}/{station}": sheet.texts.get(f"hours/{day}/", "") for day in range(7)}
    return replace(sheet, own=(*sheet.own, station), texts={**sheet.texts, **texts})


def drop_own(sheet: Sheet, station: str) -> Sheet:
    """Let a station keep the hours of all others again."""
    texts = {key: text for key, text in sheet.texts.items() if not _is_hour_of(key, station)}
    return replace(sheet, own=tuple(each for each in sheet.own if each != station), texts=texts)


def _is_hour_of(key: str, station: str) -> bool:
    return key.startswith("hours/") and key.split("/", 2)[2] == station


def spread(sheet: Sheet, station: str) -> Sheet:
    """Let Tuesday to Friday have Monday's hours."""
    monday = sheet.texts.get(f"hours/0/{station}", "")
    return replace(sheet, texts={**sheet.texts, **{f"hours/{day}/{station}": monday for day in range(1, _SCHOOL_DAYS)}})


EDITS: Mapping[str, Callable[[Sheet, str], Sheet]] = {
    "take": take,
    "year": turn_to,
    "drop-term": drop_term,
    "own": own_hours,
    "drop-own": drop_own,
    "spread": spread,
    "back": lambda sheet, _: sheet,
}
