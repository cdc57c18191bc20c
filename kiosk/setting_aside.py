"""Setting copies aside for those who wait: for the next in the queue, and back again when things have changed.

The counter's verbs call these within their transaction; each reads how things stand now, and writes reservations only.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from kiosk import memory, reservations, unseen
from kiosk.circulation import can_be_set_aside
from kiosk.decision import Facts

if TYPE_CHECKING:
    from kiosk.counter import Counter

_ONE_DAY = timedelta(days=1)


def for_next(counter: "Counter", copy: int) -> int | None:
    """Set the copy aside for the first who waits and may have it; gives back that reservation, if there is one."""
    if not _is_here(counter, copy):
        return None
    facts = memory.copy_facts(counter.connection, copy)
    following = reservations.next_for(counter.connection, facts, counter.moment.date()) if facts else None
    if following is not None:
        reservations.set_aside(counter.connection, following, copy, counter.now, last_day(counter))
    return following


def in_hand(counter: "Counter", facts: Facts) -> int | None:
    """The reservation that the copy in hand is set aside for, now or already; it waits its days from when seen."""
    copy = facts.copy
    if copy is None or facts.title is None or not can_be_set_aside(copy):
        return None
    held = reservations.of_copy(counter.connection, copy.id)
    if held is None:
        return for_next(counter, copy.id)
    if counter.seen and unseen.of_copy(counter.connection, copy.id):
        reservations.set_aside(counter.connection, held.id, copy.id, counter.now, last_day(counter))
    return int(held.id)


def fetched(counter: "Counter", title: int, reader: int, copy: int, loan: int) -> int | None:
    """The copy is lent, and its reader waits no longer. What was set aside for them instead goes to the next.

    Gives back the reservation of somebody else for whom this copy was set aside: they wait again, at their old place.
    """
    queue = reservations.queue(counter.connection, title)
    taken = next((row.id for row in queue if row.copy_id == copy and row.reader_id != reader), None)
    if taken is not None:
        reservations.set_aside(counter.connection, taken, None, counter.now, None)
    if mine := next((row for row in queue if row.reader_id == reader), None):
        reservations.end(counter.connection, mine.id, "fetched", counter.now, loan)
        if mine.copy_id not in (None, copy):
            for_next(counter, mine.copy_id)
    return taken


def taken_away(counter: "Counter", copy: int) -> int | None:
    """The copy cannot be had after all: whoever it was set aside for waits again. Gives back that reservation."""
    held = reservations.of_copy(counter.connection, copy)
    if held is None:
        return None
    reservations.set_aside(counter.connection, held.id, None, counter.now, None)
    return int(held.id)


def given_back(counter: "Counter", copy: int, reservation: int | None) -> None:
    """Undo: the copy is set aside again for the reservation it was taken from, or for the next if that has another."""
    if reservation is None or not _is_here(counter, copy):
        return
    row = reservations.of(counter.connection, reservation)
    if row is not None and row.ended_at is None and row.copy_id is None:
        reservations.set_aside(counter.connection, reservation, copy, counter.now, last_day(counter))
    else:
        for_next(counter, copy)


def waits_again(counter: "Counter", ended: Row[Any]) -> bool:
    """Undo the ending of a reservation. Its copy is set aside again if it lies here for nobody else; otherwise it waits
    at its old place. False when the reader has reserved the title anew."""
    queue = reservations.queue(counter.connection, ended.title_id)
    if any(row.reader_id == ended.reader_id for row in queue):
        return False
    if ended.copy_id is not None and not _is_here(counter, ended.copy_id):
        reservations.set_aside(counter.connection, ended.id, None, counter.now, None)
    reservations.open_again(counter.connection, ended.id)
    return True


def last_day(counter: "Counter") -> date:
    """The last day on which a copy that is set aside now waits for its reader."""
    days = counter.policy.reservation_days
    return counter.policy.calendar.open_from(counter.moment.date() + _ONE_DAY * days)


def _is_here(counter: "Counter", copy: int) -> bool:
    """Whether the copy is in, fit to be lent, and set aside for nobody."""
    facts = memory.copy_facts(counter.connection, copy)
    fit = facts is not None and facts.loan is None and facts.state != "lost" and can_be_set_aside(facts)
    return fit and reservations.of_copy(counter.connection, copy) is None
