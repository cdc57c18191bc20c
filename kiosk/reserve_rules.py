"""PURE. May this reader reserve this title? Facts in, a Decision out, as for a loan."""

from kiosk.decision import Decision, Facts, Finding, Reason
from kiosk.loan_rules import (
    Rule,
    ask_librarian,
    card_expired,
    card_lost,
    left_school,
    reader_unknown,
    refuse,
    suspended,
)
from kiosk.policy import Policy


def title_unknown(facts: Facts, policy: Policy) -> Finding | None:
    """The library has no copy of this title."""
    return refuse(Reason.TITLE_UNKNOWN) if facts.title is None or facts.title.copies == 0 else None


def already_reserved(facts: Facts, policy: Policy) -> Finding | None:
    """The reader waits for this title already."""
    if facts.reader is None or facts.title is None:
        return None
    waits = facts.reader.id in (*facts.title.waiting, *facts.title.set_aside.values())
    return refuse(Reason.ALREADY_RESERVED) if waits else None


def at_home(facts: Facts, policy: Policy) -> Finding | None:
    """The reader has a copy at home."""
    if facts.reader is None or facts.title is None:
        return None
    has = any(loan.title_id == facts.title.id for loan in facts.reader.counted)
    return refuse(Reason.SAME_TITLE) if has else None


def kind_not_lent(facts: Facts, policy: Policy) -> Finding | None:
    """The kind is not lent to this category, or every copy is for the reading room or for another class's corner."""
    if facts.reader is None or facts.title is None:
        return None
    kind = facts.title.kind
    if facts.title.copies and not facts.title.lendable:
        return refuse(Reason.KIND_NOT_LENT, kind=kind)
    return None if policy.kind(facts.reader.category, kind).limit else ask_librarian(Reason.KIND_NOT_LENT, kind=kind)


def on_the_shelf(facts: Facts, policy: Policy) -> Finding | None:
    """A free copy that nobody waits for can be taken at once."""
    title = facts.title
    return ask_librarian(Reason.ON_THE_SHELF) if title and title.free > len(title.waiting) else None


def reservations_reached(facts: Facts, policy: Policy) -> Finding | None:
    """The reader waits for as many titles as may be borrowed at once."""
    if facts.reader is None:
        return None
    limit = policy.category(facts.reader.category).limit
    return ask_librarian(Reason.RESERVATIONS_REACHED, limit=limit) if facts.reader.reserved >= limit else None


RESERVE_RULES: tuple[Rule, ...] = (
    reader_unknown,
    suspended,
    card_expired,
    card_lost,
    left_school,
    title_unknown,
    already_reserved,
    at_home,
    kind_not_lent,
    on_the_shelf,
    reservations_reached,
)


def judge_reservation(facts: Facts, policy: Policy) -> Decision:
    """May the reader reserve the title?"""
    return Decision(tuple(finding for rule in RESERVE_RULES if (finding := rule(facts, policy))))
