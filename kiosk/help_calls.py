"""Calls for help: a station has asked for somebody, until one of the staff says that help came."""

from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import Connection, select

from kiosk import outcome
from kiosk.counter import Counter
from kiosk.decision import Decision, Reason
from kiosk.loan_rules import refuse
from kiosk.models import LedgerEntry
from kiosk.outcome import Outcome

HELP, ANSWERED = "help", "answered"
_TABLE = LedgerEntry.__table__.c
_CALLS = select(_TABLE.id, _TABLE.station, _TABLE.at, _TABLE.verb, _TABLE.details)


@dataclass(frozen=True, slots=True)
class Call:
    """A station called, by its ledger entry; `why` is asked or unknown codes."""

    entry: int
    station: str
    at: datetime
    why: str


def waiting(connection: Connection, since: datetime) -> list[Call]:
    """The calls from that moment on that nobody has answered, the eldest first."""
    query = _CALLS.where(_TABLE.at >= since, _TABLE.verb.in_((HELP, ANSWERED)))
    rows = sorted(connection.execute(query), key=lambda row: row.id)  # ordered by id, SQLite would walk through it all
    answered = {row.details.get(HELP) for row in rows if row.verb == ANSWERED}
    calls = [row for row in rows if row.verb == HELP and row.id not in answered]
    return [Call(row.id, row.station, row.at, row.details.get("why", "")) for row in calls]


def answer(counter: Counter, entry: int) -> Outcome:
    """Help came: this call is answered, and whatever the same station has called before it today.

    `already` when somebody was quicker.
    """
    if not counter.may("serve"):
        return counter.refuse(ANSWERED, Decision((refuse(Reason.NOT_ALLOWED),)), None, None)
    midnight = datetime.combine(counter.moment.date(), time(), counter.moment.tzinfo)
    open_ones = waiting(counter.connection, midnight)
    station = next((call.station for call in open_ones if call.entry == entry), None)
    done = [
        counter.note(ANSWERED, help=call.entry) for call in open_ones if call.station == station and call.entry <= entry
    ]
    return done[-1] if done else Outcome(outcome.ALREADY, counter.now, why=ANSWERED)
