"""PURE. The rules of lending, one function each, in the order in which a child is told.

A rule is `(facts, policy) -> Finding | None`.
"""

from collections.abc import Callable

from kiosk.decision import Facts, Finding, Reason, Tier
from kiosk.policy import Policy

Rule = Callable[[Facts, Policy], Finding | None]


def refuse(reason: Reason, **facts: str | int) -> Finding:
    """A finding nobody may pass over."""
    return Finding(reason, Tier.REFUSE, facts)


def ask_librarian(reason: Reason, **facts: str | int) -> Finding:
    """A finding the librarian may pass over."""
    return Finding(reason, Tier.OVERRIDE, facts)


def note(reason: Reason, **facts: str | int) -> Finding:
    """A finding worth saying that hinders nothing."""
    return Finding(reason, Tier.NOTE, facts)


# The reader


def reader_unknown(facts: Facts, policy: Policy) -> Finding | None:
    """Nobody has this card."""
    return refuse(Reason.READER_UNKNOWN) if facts.reader is None else None


def suspended(facts: Facts, policy: Policy) -> Finding | None:
    """The reader may not borrow until a day, that day included."""
    until = facts.reader.suspended_until if facts.reader else None
    return ask_librarian(Reason.SUSPENDED, until=until.isoformat()) if until and until >= facts.today else None


def card_expired(facts: Facts, policy: Policy) -> Finding | None:
    """The card's last day is over."""
    last = facts.reader.card_expires_on if facts.reader else None
    return ask_librarian(Reason.CARD_EXPIRED, on=last.isoformat()) if last and last < facts.today else None


def card_lost(facts: Facts, policy: Policy) -> Finding | None:
    """The card was reported lost: whoever shows it may not be its owner."""
    return refuse(Reason.CARD_LOST) if facts.reader and facts.reader.card_lost_on else None


def left_school(facts: Facts, policy: Policy) -> Finding | None:
    """The reader has left the school."""
    left = facts.reader.left_on if facts.reader else None
    return refuse(Reason.LEFT_SCHOOL) if left and left <= facts.today else None


# The copy


def copy_unknown(facts: Facts, policy: Policy) -> Finding | None:
    """No copy has this label."""
    return refuse(Reason.COPY_UNKNOWN) if facts.copy is None else None


def withdrawn(facts: Facts, policy: Policy) -> Finding | None:
    """The copy was taken out of the stock."""
    return refuse(Reason.WITHDRAWN) if facts.copy and facts.copy.state == "withdrawn" else None


def in_repair(facts: Facts, policy: Policy) -> Finding | None:
    """The copy is to be mended first."""
    return ask_librarian(Reason.IN_REPAIR) if facts.copy and facts.copy.state == "repair" else None


def reading_room_only(facts: Facts, policy: Policy) -> Finding | None:
    """The copy is read in the library."""
    if facts.copy and facts.copy.place_kind == "reading_room":
        return ask_librarian(Reason.READING_ROOM_ONLY)
    return None


def found(facts: Facts, policy: Policy) -> Finding | None:
    """The copy had been given up for lost, and here it is."""
    return note(Reason.FOUND) if facts.copy and facts.copy.state == "lost" else None


def already_yours(facts: Facts, policy: Policy) -> Finding | None:
    """This reader has this copy already."""
    loan = facts.copy.loan if facts.copy else None
    if loan and facts.reader and loan.reader_id == facts.reader.id:
        return refuse(Reason.ALREADY_YOURS, due=loan.due_on.isoformat())
    return None


def on_loan_to_another(facts: Facts, policy: Policy) -> Finding | None:
    """Somebody else has this copy; who, is nobody's business."""
    loan = facts.copy.loan if facts.copy else None
    if loan and facts.reader and loan.reader_id != facts.reader.id:
        return refuse(Reason.ON_LOAN_TO_ANOTHER)
    return None


def reserved(facts: Facts, policy: Policy) -> Finding | None:
    """The copy is set aside for somebody else, or all free copies of its title are spoken for."""
    title, copy = facts.title, facts.copy
    if title is None or copy is None or facts.reader is None or copy.loan is not None:
        return None
    holder = title.set_aside.get(copy.id)
    if holder is not None:
        return ask_librarian(Reason.RESERVED) if holder != facts.reader.id else None
    mine = facts.reader.id
    if mine in title.set_aside.values():
        return None  # another copy is theirs, which goes to the next
    ahead = title.waiting.index(mine) if mine in title.waiting else len(title.waiting)
    return ask_librarian(Reason.RESERVED) if ahead >= max(title.free, 1) else None


def other_corner(facts: Facts, policy: Policy) -> Finding | None:
    """The copy lives in another class's book corner."""
    copy, reader = facts.copy, facts.reader
    if copy and reader and copy.corner_class_id is not None and copy.corner_class_id != reader.class_id:
        return ask_librarian(Reason.OTHER_CORNER, corner=copy.corner)
    return None


# The library


def outside_hours(facts: Facts, policy: Policy) -> Finding | None:
    """Books are not lent at this time of day."""
    return None if policy.lends_at(facts.moment, facts.station) else ask_librarian(Reason.OUTSIDE_HOURS)


def limit_reached(facts: Facts, policy: Policy) -> Finding | None:
    """The reader has as many things at home as the category allows."""
    if facts.reader is None:
        return None
    limit = policy.category(facts.reader.category).limit
    held = len(facts.reader.counted)
    return ask_librarian(Reason.LIMIT_REACHED, limit=limit, held=held) if held >= limit else None


def kind_limit_reached(facts: Facts, policy: Policy) -> Finding | None:
    """The reader has as many of this kind as allowed, or the kind is not lent to this category."""
    if facts.reader is None or facts.copy is None:
        return None
    limit = policy.kind(facts.reader.category, facts.copy.kind).limit
    held = sum(loan.kind == facts.copy.kind for loan in facts.reader.counted)
    if limit == 0:
        return ask_librarian(Reason.KIND_NOT_LENT, kind=facts.copy.kind)
    if held >= limit:
        return ask_librarian(Reason.KIND_LIMIT_REACHED, kind=facts.copy.kind, limit=limit, held=held)
    return None


def overdue_at_home(facts: Facts, policy: Policy) -> Finding | None:
    """Overdue books are to come back first, where the category's rule says so."""
    if facts.reader is None or not policy.category(facts.reader.category).overdue_blocks:
        return None
    late = sum(loan.due_on < facts.today for loan in facts.reader.counted)
    return ask_librarian(Reason.OVERDUE_AT_HOME, count=late) if late else None


def same_title(facts: Facts, policy: Policy) -> Finding | None:
    """The reader has another copy of the same title at home."""
    copy, reader = facts.copy, facts.reader
    if copy and reader and any(loan.title_id == copy.title_id and loan.copy_id != copy.id for loan in reader.counted):
        return ask_librarian(Reason.SAME_TITLE)
    return None


def read_before(facts: Facts, policy: Policy) -> Finding | None:
    """The reader had this title once: worth saying, never a hindrance."""
    return note(Reason.READ_BEFORE) if facts.read_before else None


LOAN_RULES: tuple[Rule, ...] = (
    reader_unknown,
    suspended,
    card_expired,
    card_lost,
    left_school,
    copy_unknown,
    withdrawn,
    in_repair,
    reading_room_only,
    found,
    already_yours,
    on_loan_to_another,
    reserved,
    other_corner,
    outside_hours,
    limit_reached,
    kind_limit_reached,
    overdue_at_home,
    same_title,
    read_before,
)
READER_RULES: tuple[Rule, ...] = (reader_unknown, suspended, card_expired, card_lost, left_school)
