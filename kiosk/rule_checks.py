"""PURE. What cannot be meant by a library's rules, each with what to write instead."""

from collections.abc import Collection, Iterator
from datetime import time
from itertools import groupby, pairwise

from kiosk.marks import say
from kiosk.policy import Hours
from kiosk.rulebook import KIND_FIELDS, Problem, Rules, hours_text

LEAST, MOST = 0, 500
FEWEST_RESERVED, MOST_RESERVED = 1, 60
LONGEST_TERM = 300  # days; a school year has two
LONGEST_NAME = 80

RANGE = say("Write a number from %(least)s to %(most)s.")
ENDS_EARLY = say("The term ends before it begins. Write a last day after %(day)s.")
TERM_LONG = say("A term has no more than %(most)s days. Write an earlier last day.")
TERMS_OVERLAP = say("The term begins before %(other)s has ended. Write a first day after %(day)s.")
NAME_LONG = say("The name is too long. Write at most %(most)s characters.")
CLOSES_EARLY = say("%(hours)s closes before it opens. Write %(instead)s.")
HOURS_OVERLAP = say("%(hours)s overlap. Write %(instead)s.")
NO_STATION = say("There is no station of this name any more. Empty its row.")


def problems(rules: Rules, stations: Collection[str]) -> tuple[Problem, ...]:
    """Everything that is wrong, in the order of the page; nothing when the rules make sense.

    `stations` are the names of those that lend.
    """
    return (*_numbers(rules), *_terms(rules), *_hours(rules, stations))


def _numbers(rules: Rules) -> Iterator[Problem]:
    for (category, kind), rule in rules.kinds.items():
        for name in KIND_FIELDS:
            yield from _in_range(f"kind/{category}/{kind}/{name}", getattr(rule, name), LEAST, MOST)
    for category, over_all in rules.categories.items():
        yield from _in_range(f"category/{category}/limit", over_all.limit, LEAST, MOST)
    yield from _in_range("reservation_days", rules.reservation_days, FEWEST_RESERVED, MOST_RESERVED)


def _in_range(key: str, number: int, least: int, most: int) -> Iterator[Problem]:
    if not least <= number <= most:
        yield Problem(key, RANGE, {"least": least, "most": most})


def _terms(rules: Rules) -> Iterator[Problem]:
    for name, term in rules.terms.items():
        key = f"term/{name}"
        if term.ends_on <= term.starts_on:
            yield Problem(key, ENDS_EARLY, {"day": term.starts_on.isoformat()})
        elif (term.ends_on - term.starts_on).days >= LONGEST_TERM:
            yield Problem(key, TERM_LONG, {"most": LONGEST_TERM})
        if len(name) > LONGEST_NAME:
            yield Problem(key, NAME_LONG, {"most": LONGEST_NAME})
    in_order = sorted(rules.terms.items(), key=lambda item: (item[1].starts_on, item[1].ends_on))
    for (before, first), (name, second) in pairwise(in_order):
        if first.starts_on < first.ends_on and second.starts_on <= first.ends_on:
            yield Problem(f"term/{name}", TERMS_OVERLAP, {"other": before, "day": first.ends_on.isoformat()})


def _hours(rules: Rules, stations: Collection[str]) -> Iterator[Problem]:
    def place(each: Hours) -> tuple[str, int]:
        return each.station or "", each.weekday

    for (station, weekday), group in groupby(sorted(rules.hours, key=place), key=place):
        key, hours = f"hours/{weekday}/{station}", sorted(group, key=lambda each: (each.opens, each.closes))
        if station and station not in stations:
            yield Problem(key, NO_STATION)
        for each in hours:
            if each.closes <= each.opens:
                later = each.opens if each.closes < each.opens else time(min(each.opens.hour + 1, 23), 59)
                turned = Hours(weekday, each.closes, later)
                said = {"hours": hours_text(iter([each])), "instead": hours_text(iter([turned]))}
                yield Problem(key, CLOSES_EARLY, said)
        for first, second in pairwise(hours):
            if first.opens < first.closes and second.opens < first.closes:
                joined = Hours(weekday, first.opens, max(first.closes, second.closes))
                said = {"hours": hours_text(iter([first, second])), "instead": hours_text(iter([joined]))}
                yield Problem(key, HOURS_OVERLAP, said)
