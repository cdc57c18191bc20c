"""PURE. Two versions of the rules' facts compared: what changed from what to what, and what two people changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = "day/"
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """One fact before and after; an empty text is none. Days in a row that change alike are one: `day/A..B`."""

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A fact that somebody else has changed meanwhile. `mine` is `base` where only they have touched it."""

    key: str
    base: str
    mine: str
    theirs: str

    @property
    def mine_too(self) -> bool:
        """Whether both have changed it."""
        return self.mine != self.base


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """Every fact that differs, in the order of the page, the calendar's days in a row taken together."""
    differing = [
        Change(key, before.get(key, ""), after.get(key, ""))
        for key in dict.fromkeys([*before, *after])
        if before.get(key, "") != after.get(key, "")
    ]
    days = sorted((each for each in differing if each.key.startswith(_DAY)), key=lambda each: each.key)
    return (*(each for each in differing if not each.key.startswith(_DAY)), *_in_rows(days))


def details(found: Iterable[Change]) -> dict[str, list[str]]:
    """Changes as the ledger keeps them: name -> [before, after]."""
    return {each.key: [each.before, each.after] for each in found}


def undone(facts: Mapping[str, str], kept: Mapping[str, list[str]]) -> dict[str, str]:
    """The facts as they were before a change that the ledger keeps."""
    values = dict(facts)
    for key, (before, _) in kept.items():
        for each in days_of(key):
            values[each] = before
    return {key: text for key, text in values.items() if text or not _may_lack(key)}


def clashes(base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> tuple[Clash, ...]:
    """The facts that others have changed since `base` and that differ from mine; those that both changed come first."""
    found = [
        Clash(key, base.get(key, ""), mine.get(key, ""), theirs.get(key, ""))
        for key in dict.fromkeys([*theirs, *mine])
        if theirs.get(key, "") not in (base.get(key, ""), mine.get(key, ""))
    ]
    return tuple(sorted(found, key=lambda each: not each.mine_too))


def days_of(key: str) -> Iterator[str]:
    """The single facts of a change: each day of `day/A..B`, or the name itself."""
    first, dots, last = key.removeprefix(_DAY).partition("..")
    if not key.startswith(_DAY) or not dots:
        yield key
        return
    begins = date.fromisoformat(first)
    for number in range((date.fromisoformat(last) - begins).days + 1):
        yield f"{_DAY}{begins + _ONE_DAY * number}"


def _in_rows(days: list[Change]) -> Iterator[Change]:
    row: list[Change] = []
    for each in days:
        if row and not _follows(row[-1], each):
            yield _one(row)
            row = []
        row.append(each)
    if row:
        yield _one(row)


def _follows(before: Change, each: Change) -> bool:
    alike = (before.before, before.after) == (each.before, each.after)
    return alike and date.fromisoformat(each.key[len(_DAY) :]) == (
        date.fromisoformat(before.key[len(_DAY) :]) + _ONE_DAY
    )


def _one(row: list[Change]) -> Change:
    first, last = row[0], row[-1]
    key = first.key if len(row) == 1 else f"{first.key}..{last.key[len(_DAY) :]}"
    return Change(key, first.before, first.after)


def _may_lack(key: str) -> bool:
    """Whether an empty fact is the same as none: a term, a day, an hour; but not a switch."""
    return key.split("/")[0] in ("term", "hours", "day")
