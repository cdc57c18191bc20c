"""Reserving as verbs of the counter: reserve, cancel, and pass on what has waited in vain."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from kiosk import outcome, reservations
from kiosk.counter import Counter
from kiosk.decision import Decision, Facts, Reason, Tier
from kiosk.loan_rules import refuse
from kiosk.models_desk import Reservation
from kiosk.outcome import Outcome
from kiosk.reserve_rules import judge_reservation


def reserve(counter: Counter, title: int, reader: int) -> Outcome:
    """Put the reader into the title's queue, or say every reason why not.

    What only a librarian may pass over hinders nobody of the staff but a title that is not lent: who asks at the desk
    is asked there whether to wait.
    """
    decision = judge_reservation(_facts(counter, title, reader), counter.policy)
    passed = decision.passed_over() if counter.may("serve") else decision
    if not passed.allowed:
        return counter.refuse("reserve", decision, reader, None, title=title)
    category = counter.facts(reader, None).reader
    first = category is not None and counter.policy.category(category.category).precedence
    here = (counter.station, counter.staff_id, counter.now)
    made = reservations.make(counter.connection, title, reader, first, *here)
    notes = tuple(each for each in passed.findings if each.tier is Tier.NOTE)
    return counter.note(outcome.RESERVED, reader, findings=notes, reservation=made, title=title)


def is_possible(counter: Counter, title: int, reader: int) -> bool:
    """Whether the reader might reserve the title here and now."""
    return judge_reservation(_facts(counter, title, reader), counter.policy).allowed


def cancel(counter: Counter, reservation: int) -> Outcome:
    """End a reservation; its copy, if one was set aside, goes to the next who waits."""
    row = counter.connection.execute(select(Reservation.__table__).where(Reservation.id == reservation)).first()
    if row is None or row.ended_at is not None:
        return counter.refuse("cancel", Decision((refuse(Reason.CANNOT_UNDO),)), None, None)
    reservations.end(counter.connection, reservation, "cancelled", counter.now)
    if row.copy_id is not None:
        counter.keep_for_next(row.copy_id, row.title_id)
    kept: dict[str, Any] = {"reservation": reservation, "title": row.title_id}
    return counter.note(outcome.CANCELLED, row.reader_id, row.copy_id, **kept)


def pass_on(counter: Counter) -> list[Outcome]:
    """End every reservation whose copy has waited in vain, and set the copy aside for the next in its queue."""
    done = []
    for reservation, title, reader, copy in reservations.expired(counter.connection, counter.moment.date()):
        reservations.end(counter.connection, reservation, "expired", counter.now)
        following = counter.keep_for_next(copy, title)
        kept: dict[str, Any] = {"reservation": reservation, "title": title, "next": following}
        done.append(counter.note(outcome.EXPIRED, reader, copy, **kept))
    return done


def _facts(counter: Counter, title: int, reader: int) -> Facts:
    facts = counter.facts(reader, None)
    waits = reservations.open_of_reader(counter.connection, reader)
    known = replace(facts.reader, reserved=waits) if facts.reader else None
    return replace(facts, reader=known, title=reservations.reservable(counter.connection, title, facts.today))
