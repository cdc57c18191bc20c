"""PURE. The library's rules as one value that a page can edit, and the same as plain texts by name.

The texts (`facts`) are what a form holds, what two versions are compared by, and what the ledger keeps of a change:
`kind/student/book/days` is "14", `day/2026-10-01` is "closed 国庆节", `hours/0/room 3-2` is "12:10-13:00, 16:20-17:00".
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time

from kiosk.marks import say
from kiosk.policy import (
    CATEGORIES,
    KINDS,
    NOBODY,
    NOT_LENT,
    RESERVATION_DAYS,
    Calendar,
    CategoryRule,
    Hours,
    KindRule,
    Policy,
    Term,
)

KIND_FIELDS = ("days", "limit", "renewals", "renew_within")
CATEGORY_SWITCHES = ("overdue_blocks", "precedence")
OPEN, CLOSED = "open", "closed"
LONGEST_NOTE = 80
_HOURS = re.compile(r"(\d{1,2})[:.]?(\d\d)(?:-+|~|—+|–|至|到)(\d{1,2})[:.]?(\d\d)")


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day unlike its weekday: closed for a holiday or open on a 调休 weekend, and what for."""

    open: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that the page of rules edits. `version` is the Setting `policy_version` that it was read with."""

    kinds: Mapping[tuple[str, str], KindRule] = field(default_factory=dict)
    categories: Mapping[str, CategoryRule] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    days: Mapping[date, SpecialDay] = field(default_factory=dict)
    hours: tuple[Hours, ...] = ()
    reservation_days: int = RESERVATION_DAYS
    version: str = ""

    def policy(self) -> Policy:
        """What the desk decides by under these rules."""
        calendar = Calendar(
            tuple(sorted(self.terms.values(), key=lambda term: term.starts_on)),
            frozenset(day for day, special in self.days.items() if not special.open),
            frozenset(day for day, special in self.days.items() if special.open),
        )
        return Policy(self.kinds, self.categories, calendar, self.hours, self.reservation_days)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the fact of this name; `message` says what to write instead, with its `values`."""

    key: str
    message: str
    values: Mapping[str, str | int] = field(default_factory=dict)


class _NotAFactError(Exception):
    """A text that cannot be what its name says."""


A_NUMBER = say("Write a whole number.")
A_DATE = say("Write a date such as 2026-09-01.")
A_NAME = say("Give the term a name.")
BOTH_DAYS = say("Write the first and the last day of the term.")
ANOTHER_NAME = say("Two terms have this name. Give one of them another.")
THE_TIMES = say("Write times such as 12:10-13:00, one after the other with a comma between.")
UNKNOWN_RULE = say("There is no such rule.")


def facts(rules: Rules) -> dict[str, str]:
    """The rules as texts by name, always in the same order; a reader category or kind without a row has zeros."""
    return dict(_facts(rules))


def _facts(rules: Rules) -> Iterator[tuple[str, str]]:
    categories = list(dict.fromkeys([*CATEGORIES, *rules.categories, *(each for each, _ in rules.kinds)]))
    for category in categories:
        for kind in dict.fromkeys([*KINDS, *(each for _, each in rules.kinds)]):
            rule = rules.kinds.get((category, kind), NOT_LENT)
            yield from ((f"kind/{category}/{kind}/{name}", str(getattr(rule, name))) for name in KIND_FIELDS)
    for category in categories:
        over_all = rules.categories.get(category, NOBODY)
        yield f"category/{category}/limit", str(over_all.limit)
        yield from (
            (f"category/{category}/{name}", "1" if getattr(over_all, name) else "") for name in CATEGORY_SWITCHES
        )
    yield "reservation_days", str(rules.reservation_days)
    for name, term in sorted(rules.terms.items(), key=lambda item: item[1].starts_on):
        yield f"term/{name}", f"{term.starts_on}..{term.ends_on}"
    for station in sorted({each.station or "" for each in rules.hours}):
        for weekday in range(7):
            if spoken := hours_text(each for each in rules.hours if _is_at(each, station, weekday)):
                yield f"hours/{weekday}/{station}", spoken
    for day, special in sorted(rules.days.items()):
        yield f"day/{day}", f"{OPEN if special.open else CLOSED} {special.note}".strip()


def _is_at(hours: Hours, station: str, weekday: int) -> bool:
    return (hours.station or "", hours.weekday) == (station, weekday)


def hours_text(hours: Iterator[Hours]) -> str:
    """Hours of one day as they are written: 12:10-13:00, 16:20-17:00."""
    return ", ".join(
        f"{each.opens:%H:%M}-{each.closes:%H:%M}" for each in sorted(hours, key=lambda each: (each.opens, each.closes))
    )


def parse(texts: Mapping[str, str], version: str = "") -> tuple[Rules, tuple[Problem, ...]]:
    """The rules that the texts mean, as far as they mean anything, and every text that does not.

    Whether the rules make sense is for kiosk.rule_checks to say.
    """
    reader = _Reader()
    for key, text in texts.items():
        try:
            reader.read(key, text.strip())
        except _NotAFactError as error:
            reader.problems.append(Problem(key, str(error)))
    return reader.rules(version), tuple(reader.problems)


class _Reader:
    """Collects facts until they are rules."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._kinds: dict[tuple[str, str], dict[str, int]] = {}
        self._categories: dict[str, dict[str, int]] = {}
        self._terms: dict[str, Term] = {}
        self._days: dict[date, SpecialDay] = {}
        self._hours: list[Hours] = []
        self._reservation_days = RESERVATION_DAYS

    def read(self, key: str, text: str) -> None:
        """Take one fact; an empty one is none, except where a number has to be."""
        match key.split("/", 3):
            case ["kind", category, kind, name] if name in KIND_FIELDS:
                self._kinds.setdefault((category, kind), {})[name] = _number(text)
            case ["category", category, "limit"]:
                self._categories.setdefault(category, {})["limit"] = _number(text)
            case ["category", category, name] if name in CATEGORY_SWITCHES:
                self._categories.setdefault(category, {})[name] = bool(text)
            case ["reservation_days"]:
                self._reservation_days = _number(text)
            case ["term", *name]:
                self._terms["/".join(name)] = _term("/".join(name), text)
            case ["hours", weekday, *station] if weekday in tuple("0123456"):
                self._hours += _hours(int(weekday), "/".join(station) or None, text)
            case ["day", day]:
                self._day(day, text)
            case _:
                raise _NotAFactError(UNKNOWN_RULE)

    def _day(self, day: str, text: str) -> None:
        verdict, _, note = text.partition(" ")
        if verdict not in (OPEN, CLOSED):
            raise _NotAFactError(UNKNOWN_RULE)
        self._days[_date(day)] = SpecialDay(verdict == OPEN, note.strip()[:LONGEST_NOTE])

    def rules(self, version: str) -> Rules:
        """What has been collected."""
        return Rules(
            {cell: KindRule(*(rule.get(name, 0) for name in KIND_FIELDS)) for cell, rule in self._kinds.items()},
            {
                category: CategoryRule(rule.get("limit", 0), *(bool(rule.get(name)) for name in CATEGORY_SWITCHES))
                for category, rule in self._categories.items()
            },
            self._terms,
            self._days,
            tuple(self._hours),
            self._reservation_days,
            version,
        )


def _number(text: str) -> int:
    digits = unicodedata.normalize("NFKC", text)
    if not re.fullmatch(r"[+-]?[0-9]{1,6}", digits):
        raise _NotAFactError(A_NUMBER)
    return int(digits)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _NotAFactError(A_DATE) from None


def _term(name: str, text: str) -> Term:
    days = [part.strip() for part in text.split("..")]
    if len(days) > 2:
        raise _NotAFactError(ANOTHER_NAME)
    if len(days) < 2 or not all(days):
        raise _NotAFactError(BOTH_DAYS)
    if not name.strip():
        raise _NotAFactError(A_NAME)
    return Term(_date(days[0]), _date(days[1]))


def _hours(weekday: int, station: str | None, text: str) -> Iterator[Hours]:
    packed = re.sub(r"\s*(-+|~|—+|–|至|到)\s*", r"\1", unicodedata.normalize("NFKC", text))
    for part in filter(None, re.split(r"[\s,;、。]+", packed)):
        found = _HOURS.fullmatch(part)
        try:
            opens, closes = (time(int(found[n]), int(found[n + 1])) for n in (1, 3)) if found else (None, None)
        except ValueError:
            opens = closes = None
        if opens is None or closes is None:
            raise _NotAFactError(THE_TIMES)
        yield Hours(weekday, opens, closes, station)
