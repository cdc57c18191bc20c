"""Reserving as verbs of the counter: reserve, cancel, and pass on what has waited in vain."""

from dataclasses import replace
from typing import Any

from kiosk import outcome, reservations, setting_aside
from kiosk.counter import Counter
from kiosk.decision import Decision, Facts, Reason, Tier
from kiosk.loan_rules import refuse
from kiosk.outcome import Outcome
from kiosk.reserve_rules import judge_reservation


def reserve(counter: Counter, title: int, reader: int, copy: int | None = None) -> Outcome:
    """Put the reader into the title's queue, or say every reason why not. `copy`, if given, stands for the title.

    At the desk a reader may wait though a copy is on the shelf; what else a librarian may allow, only a librarian does.
    """
    facts = _facts(counter, title, reader)
    decision = judge_reservation(facts, counter.policy)
    allowed = _allowed(counter, decision)
    if not allowed.allowed or facts.reader is None:
        return counter.refuse("reserve", decision, reader, copy, title=title)
    first = counter.policy.category(facts.reader.category).precedence
    here = (counter.station, counter.staff_id, counter.now)
    made = reservations.make(counter.connection, title, reader, first, *here)
    return counter.note(outcome.RESERVED, reader, copy, findings=allowed.findings, reservation=made, title=title)


def is_possible(counter: Counter, title: int, reader: int) -> bool:
    """Whether the reader might reserve the title here and now."""
    return judge_reservation(_facts(counter, title, reader), counter.policy).allowed


def cancel(counter: Counter, reservation: int) -> Outcome:
    """End a reservation; its copy, if one was set aside, goes to the next who waits."""
    row = reservations.of(counter.connection, reservation)
    if row is None or row.ended_at is not None:
        return counter.refuse("cancel", Decision((refuse(Reason.CANNOT_UNDO),)), None, None)
    reservations.end(counter.connection, reservation, "cancelled", counter.now)
    if row.copy_id is not None:
        setting_aside.for_next(counter, row.copy_id)
    kept: dict[str, Any] = {"reservation": reservation, "title": row.title_id}
    return counter.note(outcome.CANCELLED, row.reader_id, row.copy_id, **kept)


def pass_on(counter: Counter) -> list[Outcome]:
    """End every reservation whose copy has waited in vain or whose reader has left; the copy goes to the next."""
    done = []
    for reservation, title, reader, copy in reservations.expired(counter.connection, counter.moment.date()):
        reservations.end(counter.connection, reservation, "expired", counter.now)
        following = setting_aside.for_next(counter, copy) if copy is not None else None
        kept: dict[str, Any] = {"reservation": reservation, "title": title, "next": following}
        done.append(counter.note(outcome.EXPIRED, reader, copy, **kept))
    return done


def _allowed(counter: Counter, decision: Decision) -> Decision:
    """The decision, with what whoever stands at the desk may pass over made a note."""
    if counter.may("override"):
        return decision.passed_over()
    only_here = all(each.tier is Tier.NOTE or each.reason is Reason.ON_THE_SHELF for each in decision.findings)
    return decision.passed_over() if counter.may("serve") and only_here else decision


def _facts(counter: Counter, title: int, reader: int) -> Facts:
    facts = counter.facts(reader, None)
    waits = reservations.open_of_reader(counter.connection, reader)
    known = replace(facts.reader, reserved=waits) if facts.reader else None
    class_id = known.class_id if known else None
    return replace(facts, reader=known, title=reservations.reservable(counter.connection, title, class_id, facts.today))
