"""PURE. May this copy be lent, taken back, renewed? Facts in, a Decision out.

All findings are collected, never only the first; the order of a tuple of rules is the order of telling.
"""

from kiosk.decision import CopyFacts, Decision, Facts, Finding, Reason
from kiosk.loan_rules import (
    LOAN_RULES,
    READER_RULES,
    Rule,
    ask_librarian,
    card_lost,
    copy_unknown,
    found,
    left_school,
    note,
    reader_unknown,
    refuse,
)
from kiosk.policy import Policy

# Coming back


def late(facts: Facts, policy: Policy) -> Finding | None:
    """The copy comes back after its due date."""
    loan = facts.copy.loan if facts.copy else None
    days = (facts.today - loan.due_on).days if loan and not loan.excused else 0
    return note(Reason.LATE, days=days) if days > 0 else None


def not_on_loan(facts: Facts, policy: Policy) -> Finding | None:
    """The copy was in already: not an error."""
    return note(Reason.NOT_ON_LOAN) if facts.copy and facts.copy.loan is None else None


def belongs_to_corner(facts: Facts, policy: Policy) -> Finding | None:
    """The copy goes back to a class's book corner."""
    if facts.copy and facts.copy.corner_class_id is not None:
        return note(Reason.BELONGS_TO_CORNER, corner=facts.copy.corner)
    return None


def needs_repair(facts: Facts, policy: Policy) -> Finding | None:
    """The copy is waited for by whoever mends it."""
    return note(Reason.NEEDS_REPAIR) if facts.copy and facts.copy.state == "repair" else None


def came_back_withdrawn(facts: Facts, policy: Policy) -> Finding | None:
    """The copy was taken out of the stock while it was away."""
    return note(Reason.WITHDRAWN) if facts.copy and facts.copy.state == "withdrawn" else None


def somebody_waits(facts: Facts, policy: Policy) -> Finding | None:
    """The copy is, or from now on will be, set aside for whoever waits for it."""
    copy, title = facts.copy, facts.title
    if copy is None or title is None or not can_be_set_aside(copy):
        return None
    return note(Reason.SET_ASIDE) if copy.id in title.set_aside or title.waiting else None


def can_be_set_aside(copy: CopyFacts) -> bool:
    """Whether a reader could take the copy home, once it is in."""
    return copy.state not in ("repair", "withdrawn") and copy.place_kind != "reading_room"


RETURN_RULES: tuple[Rule, ...] = (
    copy_unknown,
    not_on_loan,
    late,
    found,
    somebody_waits,
    belongs_to_corner,
    needs_repair,
    came_back_withdrawn,
)


# Staying longer


def not_yours(facts: Facts, policy: Policy) -> Finding | None:
    """Only a loan of this reader can be renewed."""
    loan = facts.copy.loan if facts.copy else None
    if facts.copy and (loan is None or (facts.reader and loan.reader_id != facts.reader.id)):
        return refuse(Reason.NOT_YOURS)
    return None


def renewals_reached(facts: Facts, policy: Policy) -> Finding | None:
    """The loan was renewed as often as the matrix allows."""
    loan = facts.copy.loan if facts.copy else None
    if loan is None or facts.reader is None:
        return None
    allowed = policy.kind(facts.reader.category, loan.kind).renewals
    return ask_librarian(Reason.RENEWALS_REACHED, limit=allowed) if loan.renewals >= allowed else None


def overdue(facts: Facts, policy: Policy) -> Finding | None:
    """A book that is late already comes back first: others may be waiting."""
    loan = facts.copy.loan if facts.copy else None
    days = (facts.today - loan.due_on).days if loan and not loan.excused else 0
    return ask_librarian(Reason.OVERDUE, days=days) if days > 0 else None


def renew_later(facts: Facts, policy: Policy) -> Finding | None:
    """The due date is not near yet."""
    loan = facts.copy.loan if facts.copy else None
    if loan is None or facts.reader is None:
        return None
    days = (loan.due_on - facts.today).days - policy.kind(facts.reader.category, loan.kind).renew_within
    return ask_librarian(Reason.RENEW_LATER, days=days, due=loan.due_on.isoformat()) if days > 0 else None


def others_wait(facts: Facts, policy: Policy) -> Finding | None:
    """More of the other readers wait for the title than there are free copies of it."""
    title, mine = facts.title, facts.reader.id if facts.reader else None
    others = [reader for reader in title.waiting if reader != mine] if title else []
    return ask_librarian(Reason.RESERVED) if title and len(others) > title.free else None


RENEW_RULES: tuple[Rule, ...] = (
    reader_unknown,
    card_lost,
    left_school,
    copy_unknown,
    not_yours,
    renewals_reached,
    others_wait,
    overdue,
    renew_later,
)


def _findings(rules: tuple[Rule, ...], facts: Facts, policy: Policy) -> tuple[Finding, ...]:
    return tuple(finding for rule in rules if (finding := rule(facts, policy)))


def judge_reader(facts: Facts, policy: Policy) -> Decision:
    """How the reader stands, with no copy in hand yet."""
    return Decision(_findings(READER_RULES, facts, policy))


def judge_loan(facts: Facts, policy: Policy) -> Decision:
    """May the copy be lent to the reader, and until when?"""
    due = None
    if facts.reader and facts.copy:
        due = policy.due_on(facts.reader.category, facts.copy.kind, facts.today)
    return Decision(_findings(LOAN_RULES, facts, policy), due)


def judge_return(facts: Facts, policy: Policy) -> Decision:
    """What is there to say when the copy comes back? Only an unknown copy is refused."""
    return Decision(_findings(RETURN_RULES, facts, policy))


def judge_renewal(facts: Facts, policy: Policy) -> Decision:
    """May the reader keep the copy longer, and until when? Never shorter than before."""
    loan = facts.copy.loan if facts.copy else None
    due = None
    if loan and facts.reader:
        due = max(loan.due_on, policy.due_on(facts.reader.category, loan.kind, facts.today))
    return Decision(_findings(RENEW_RULES, facts, policy), due)
