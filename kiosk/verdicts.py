"""The end of a reconciliation: what was told and not found is missing, and gets one verdict each.

Seen on the shelf; still searching (asked again the next time); or the loan is open again, and no rule counts it.
"""

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from kiosk import memory, reconciliations, setting_aside, undo, unseen
from kiosk.counter import Counter
from kiosk.decision import Decision, Reason
from kiosk.labels import LabelRules
from kiosk.loan_rules import refuse
from kiosk.models_desk import Reconciliation, ReconciliationMissing, UnseenReturn
from kiosk.outcome import Outcome
from kiosk.reconcile import Found, meant, see
from kiosk.reconciliations import CLOSED, NOT_MISSING, SEEN, SHELF

SEARCHING, REOPENED = "searching", "reopened"
VERDICTS = (SHELF, SEARCHING, REOPENED)


def finish(counter: Counter, number: int) -> bool:
    """The box is empty: what was told and not found is missing, and waits for a verdict. False when it is closed."""
    held = reconciliations.of(counter.connection, number)
    if held is None or held.finished_at is not None:
        return False
    lost_sight = reconciliations.still_told(counter.connection, held)
    rows = [{"reconciliation_id": number, "unseen_id": each.id} for each in lost_sight]
    if rows:
        counter.connection.execute(insert(ReconciliationMissing), rows)
    for each in lost_sight:  # nobody can fetch it: whoever waits for it gets the next copy that comes
        setting_aside.taken_away(counter, each.copy_id)
    closed = update(Reconciliation).where(Reconciliation.id == number)
    counter.connection.execute(closed.values(finished_at=counter.now, finished_by=counter.staff_id))
    counter.note("reconciled", reconciliation=number, missing=len(rows))
    return True


def decide(counter: Counter, number: int, unseen_id: int, verdict: str) -> Outcome:
    """Give a missing return its verdict: seen on the shelf, still searching, or the loan is open again.

    Refused when it was settled meanwhile, or when the loan has moved on since.
    """
    told = _open_missing(counter.connection, number, ReconciliationMissing.unseen_id == unseen_id)
    if told is None or verdict not in VERDICTS:
        return counter.refuse("verdict", Decision((refuse(Reason.CANNOT_UNDO),)), None, None)
    if verdict == SHELF:
        done = see(counter, told, SHELF, number)
    elif verdict == REOPENED:
        done = undo.reopen(counter, told)
    else:
        done = counter.note(SEARCHING, told.reader_id, told.copy_id, told.loan_id, reconciliation=number)
    if not done.refused:
        row = update(ReconciliationMissing).where(
            ReconciliationMissing.reconciliation_id == number, ReconciliationMissing.unseen_id == unseen_id
        )
        values = {"verdict": verdict, "verdict_at": counter.now, "verdict_by": counter.staff_id}
        counter.connection.execute(row.values(values))
    return done


def scan_missing(counter: Counter, number: int, text: str, rules: LabelRules) -> Found:
    """A missing copy is scanned at the shelf: seen. Whatever else is scanned there changes nothing; what is on loan or
    still unseen belongs into a reconciliation that is open."""
    kind, copy = meant(counter.connection, text, rules)
    if copy is None:
        return Found(kind)
    told = _open_missing(counter.connection, number, UnseenReturn.copy_id == copy)
    if told is None:
        facts = memory.copy_facts(counter.connection, copy)
        waits = unseen.of_copy(counter.connection, copy) is not None or (facts is not None and facts.loan is not None)
        return Found(CLOSED if waits else NOT_MISSING)
    decide(counter, number, told.id, SHELF)
    return Found(SEEN)


def _open_missing(connection: Connection, number: int, which: Any) -> Row[Any] | None:
    query = select(UnseenReturn.__table__).join(
        ReconciliationMissing, ReconciliationMissing.unseen_id == UnseenReturn.id
    )
    open_ones = query.where(ReconciliationMissing.reconciliation_id == number, UnseenReturn.settled_at.is_(None))
    return connection.execute(open_ones.where(which)).first()
