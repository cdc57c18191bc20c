"""The library's rules in the database: read as one value, saved in one transaction with one entry in the ledger."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from kiosk import memory
from kiosk.counter import Counter
from kiosk.decision import Decision, Reason
from kiosk.loan_rules import refuse
from kiosk.models import CalendarDay, CategoryRule, KindRule, LedgerEntry, LendingHours, Reader, Setting, Term
from kiosk.policy import NOBODY
from kiosk.policy import Term as TermDays
from kiosk.rule_changes import Change, changes, details, undone
from kiosk.rule_checks import problems
from kiosk.rulebook import KIND_FIELDS, Problem, Rules, SpecialDay, facts

VERB = "rules"
_VERSION, _ENTRY, _RESERVATION_DAYS = "policy_version", "policy_entry", "reservation_days"


class Saving(Enum):
    """What became of a wish to save."""

    SAVED = "saved"
    UNCHANGED = "unchanged"
    NOT_ALLOWED = "not_allowed"
    STALE = "stale"  # somebody else has saved since the rules were read
    WRONG = "wrong"  # the rules make no sense


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of it, what changed, and what is wrong."""

    saving: Saving
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class LastChange:
    """Who changed the rules last, and when."""

    staff_id: int | None
    at: datetime


def read(connection: Connection) -> Rules:
    """The rules as they stand. A reader category that some reader has is among them, even if it may borrow nothing."""
    policy = memory.current_policy(connection)
    known = dict.fromkeys(connection.scalars(select(Reader.category).distinct().order_by(Reader.category)), NOBODY)
    terms = connection.execute(select(Term.name, Term.starts_on, Term.ends_on).order_by(Term.starts_on, Term.id))
    days = connection.execute(select(CalendarDay.day, CalendarDay.open, CalendarDay.note))
    return Rules(
        policy.kinds,
        {**known, **policy.categories},
        dict(_named([(row.name, TermDays(row.starts_on, row.ends_on)) for row in terms])),
        {row.day: SpecialDay(row.open, row.note) for row in days},
        policy.hours,
        policy.reservation_days,
        memory.setting(connection, _VERSION),
    )


def _named(terms: list[tuple[str, TermDays]]) -> Iterator[tuple[str, TermDays]]:
    """The terms by names of their own, even where two were set up with one name."""
    seen: list[str] = []
    for name, term in terms:
        yield f"{name} ({seen.count(name) + 1})" if name in seen else name, term
        seen.append(name)


def save(counter: Counter, rules: Rules, stations: Collection[str]) -> Saved:
    """Let these rules hold for whatever is lent from now on. `rules.version` is the one that they were made from;
    `stations` are the names of those that lend."""
    if not counter.may("rules"):
        counter.refuse(VERB, Decision((refuse(Reason.NOT_ALLOWED),)), None, None)
        return Saved(Saving.NOT_ALLOWED)
    now = read(counter.connection)
    if rules.version != now.version:
        return Saved(Saving.STALE)
    if wrong := problems(rules, stations):
        return Saved(Saving.WRONG, problems=wrong)
    rules = replace(rules, categories={**dict.fromkeys(now.categories, NOBODY), **rules.categories})
    found = changes(facts(now), facts(rules))
    if not found:
        return Saved(Saving.UNCHANGED)
    _write(counter.connection, rules)
    _note(counter, found, now.version)
    return Saved(Saving.SAVED, found)


def before_version(connection: Connection, version: str) -> dict[str, str]:
    """The facts as they were at that version, told backwards from the present by the ledger."""
    now = read(connection)
    then, standing = facts(now), now.version
    for row in _entries(connection):
        if standing == version:
            break
        then, standing = undone(then, row["details"]["changed"]), row["details"].get("follows", "")
    return then


def last_change(connection: Connection) -> LastChange | None:
    """Who changed the rules last; None when they are as they were set up."""
    row = next(_entries(connection), None)
    return LastChange(row["staff_id"], row["at"]) if row else None


def _entries(connection: Connection) -> Iterator[RowMapping]:
    """The entries of all changes, the latest first: each names the one before, so that no ledger is searched."""
    entry = memory.setting(connection, _ENTRY)
    while entry:
        query = select(LedgerEntry.__table__).where(LedgerEntry.id == int(entry), LedgerEntry.verb == VERB)
        row = connection.execute(query).mappings().first()
        if row is None:
            return
        yield row
        entry = str(row["details"].get("entry", ""))


def _note(counter: Counter, found: tuple[Change, ...], version: str) -> None:
    """Write the entry, and give the rules a new version so that every desk reads them again."""
    before = memory.setting(counter.connection, _ENTRY)
    done = counter.note(VERB, changed=details(found), follows=version, entry=int(before or 0))
    number = int(version) + 1 if version.isdecimal() else 1
    _set(counter.connection, **{_VERSION: str(number), _ENTRY: str(done.entry)})


def _write(connection: Connection, rules: Rules) -> None:
    """Put the rules in the place of those that were there."""
    _replace(connection, CategoryRule, list(_category_rows(rules)))
    _replace(connection, KindRule, list(_kind_rows(rules)))
    terms = [{"name": name, "starts_on": term.starts_on, "ends_on": term.ends_on} for name, term in rules.terms.items()]
    _replace(connection, Term, terms)
    days = [{"day": day, "open": special.open, "note": special.note} for day, special in rules.days.items()]
    _replace(connection, CalendarDay, days)
    names = ("weekday", "opens", "closes", "station")
    hours = [{name: getattr(each, name) for name in names} for each in rules.hours]
    _replace(connection, LendingHours, hours)
    _set(connection, **{_RESERVATION_DAYS: str(rules.reservation_days)})


def _category_rows(rules: Rules) -> Iterator[dict[str, Any]]:
    for category, rule in rules.categories.items():
        names = ("limit", "overdue_blocks", "precedence")
        yield {"category": category, **{name: getattr(rule, name) for name in names}}


def _kind_rows(rules: Rules) -> Iterator[dict[str, Any]]:
    for (category, kind), rule in rules.kinds.items():
        yield {"category": category, "kind": kind, **{name: getattr(rule, name) for name in KIND_FIELDS}}


def _replace(connection: Connection, table: type[Any], rows: list[dict[str, Any]]) -> None:
    connection.execute(delete(table))
    if rows:
        connection.execute(insert(table), rows)


def _set(connection: Connection, **settings: str) -> None:
    connection.execute(delete(Setting).where(Setting.key.in_(settings)))
    connection.execute(insert(Setting), [{"key": key, "value": value} for key, value in settings.items()])
