"""The page of rules as it is typed: every field as a text, whether it makes sense or not, so that nothing is lost."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date

from werkzeug.datastructures import MultiDict

from kiosk.rulebook import Rules, facts

_WHOLE = ("kind", "category", "hours", "reservation_days")  # facts that are a field each
_EMPTY_TERM = ("", "", "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is typed: `texts` are facts by name, `terms` rows of name, first and last day, `days` a line for each
    special day, `own` the stations that have a row of lending hours. `year` is the one whose calendar is shown."""

    version: str
    year: int
    texts: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[tuple[str, str, str], ...] = ()
    days: Mapping[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()

    def facts(self) -> dict[str, str]:
        """The facts that are meant; a row of a term that is wholly empty is none. Two of one name become one that
        cannot be read, so that it is said."""
        named: dict[str, str] = {}
        for name, first, last in self.terms:
            if name or first or last:
                key, days = f"term/{name}", f"{first}..{last}"
                named[key] = f"{named[key]}..{days}" if key in named else days
        hours = {key: text for key, text in self.texts.items() if text or not key.startswith("hours/")}
        return {**hours, **named, **{f"day/{day}": text for day, text in self.days.items()}}

    def fields(self) -> Iterator[tuple[str, str]]:
        """Everything as fields of a form, to be carried through another page."""
        yield from (("version", self.version), ("year", str(self.year)), ("days", self.days_text))
        yield from self.texts.items()
        for row in self.terms:
            yield from zip(("term_name", "term_first", "term_last"), row, strict=True)
        yield from (("own", station) for station in self.own)

    @property
    def days_text(self) -> str:
        """The special days, a line for each."""
        return "\n".join(f"{day} {text}" for day, text in sorted(self.days.items()))

    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """The rows of terms, with an empty one at the end to type into."""
        return (*(row for row in self.terms if any(row)), _EMPTY_TERM)

    def spans(self) -> Iterator[tuple[date, date]]:
        """The first and the last day of every term that has both."""
        for _, first, last in self.terms:
            with suppress(ValueError):
                yield date.fromisoformat(first), date.fromisoformat(last)

    def with_days(self, days: Mapping[str, str]) -> "Sheet":
        """The sheet with these days in place of what was said of them; an empty text is a day like any other."""
        return replace(self, days={day: text for day, text in {**self.days, **days}.items() if text})


def of_rules(rules: Rules, year: int) -> Sheet:
    """The page as it is opened."""
    return of_facts(facts(rules), rules.version, year)


def of_facts(told: Mapping[str, str], version: str, year: int) -> Sheet:
    """The page that says these facts."""
    texts = {key: text for key, text in told.items() if key.split("/")[0] in _WHOLE}
    terms = [
        (key.removeprefix("term/"), *text.partition("..")[::2]) for key, text in told.items() if key.startswith("term/")
    ]
    days = {key.removeprefix("day/"): text for key, text in told.items() if key.startswith("day/")}
    stations = (key.split("/", 2)[2] for key in texts if key.startswith("hours/"))
    return Sheet(version, year, texts, tuple(terms), days, tuple(dict.fromkeys(filter(None, stations))))


def year_in(text: str, otherwise: int) -> int:
    """The year in a text, if there is one whose calendar can be shown."""
    return int(text) if re.fullmatch("(19|2[0-8])[0-9]{2}", text) else otherwise


def of_form(form: MultiDict[str, str], this_year: int) -> Sheet:
    """The page as it was sent. Of a switch two values come, and the last one holds: an empty one, and 1 if it is on."""
    rows = zip(*(form.getlist(f"term_{name}") for name in ("name", "first", "last")), strict=False)
    terms = tuple((name.strip(), first.strip(), last.strip()) for name, first, last in rows)
    lines = (line.strip().partition(" ") for line in form.get("days", "").splitlines())
    return Sheet(
        form.get("version", ""),
        year_in(form.get("year", ""), this_year),
        {key: values[-1].strip() for key, values in form.lists() if key.split("/")[0] in _WHOLE},
        tuple(row for row in terms if any(row)),
        {day: text for day, _, text in lines if day},
        tuple(dict.fromkeys(filter(None, form.getlist("own")))),
    )
