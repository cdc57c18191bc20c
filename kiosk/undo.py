"""Undo: a new entry that reverses what an older one did, if the world is still as that one left it.

A station may undo what it did itself; the staff may undo what any station did within the hour.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from kiosk import condition, memory, outcome, reader_notes, reservations, setting_aside, unseen
from kiosk.counter import Counter
from kiosk.decision import Decision, Reason
from kiosk.loan_rules import refuse
from kiosk.models import LedgerEntry, Loan
from kiosk.models_desk import Reconciliation, ReconciliationLine, UnseenReturn
from kiosk.outcome import Outcome
from kiosk.roles import Right

THE_HOUR = timedelta(hours=1)
_NEEDS: Mapping[str, Right] = {outcome.DUE: "override", outcome.LOST: "stock"}
_LEDGER = LedgerEntry.__table__.c
# Verbs that follow one another on the same thing, and what the ledger knows that thing by.
_FAMILIES: tuple[tuple[tuple[str, ...], str], ...] = (
    (outcome.DEEDS, "loan_id"),
    (condition.VERBS, "copy_id"),
    ((outcome.RESERVED, outcome.CANCELLED), "reservation"),
    ((outcome.NOTED, outcome.UNNOTED), "note"),
)
# A return that a reconciliation made, and that is undone while the box is still open, did not lie in it.
_OPEN_BOX = select(Reconciliation.id).where(Reconciliation.finished_at.is_(None))
_OUT_OF_THE_BOX = update(ReconciliationLine).where(
    ReconciliationLine.entry_id == bindparam("entry"),
    ReconciliationLine.undone_at.is_(None),
    ReconciliationLine.reconciliation_id.in_(_OPEN_BOX),
)


def undo(counter: Counter, entry: int, within: timedelta = THE_HOUR) -> Outcome:
    """Reverse what this ledger entry did, by a new entry; refused when things have moved on since."""
    done = _done(counter, entry)
    if done is not None and counter.staff and not counter.staff.may(_right(done)):
        return counter.refuse("undo", Decision((refuse(Reason.NOT_ALLOWED),)), None, done.copy_id)
    in_time = done is not None and (counter.staff is None or counter.now - done.at <= within)
    if done is None or not in_time or not _reverse(counter, done):
        return counter.refuse("undo", Decision((refuse(Reason.CANNOT_UNDO),)), None, done.copy_id if done else None)
    return _undone(counter, done)


def reopen(counter: Counter, unseen_return: Row[Any]) -> Outcome:
    """A return that was told, and whose copy nobody finds: the loan is open again, and no rule counts it."""
    row = counter.connection.execute(select(LedgerEntry.__table__).where(LedgerEntry.id == unseen_return.entry_id))
    done = outcome.of_row(row.mappings().one())
    if not _stands(counter, done) or not _give_back_out(counter, done, how="reopened"):
        return counter.refuse("reopen", Decision((refuse(Reason.CANNOT_UNDO),)), None, done.copy_id)
    assert done.loan_id is not None
    counter.change(done.loan_id, excused=True)
    return _undone(counter, done, excused=True)


def _done(counter: Counter, entry: int) -> Outcome | None:
    query = select(LedgerEntry.__table__).where(LedgerEntry.id == entry)
    if counter.staff is None:
        query = query.where(LedgerEntry.station == counter.station)
    row = counter.connection.execute(query).mappings().first()
    return outcome.of_row(row) if row else None


def _right(done: Outcome) -> Right:
    return "override" if done.kept.get("override") else _NEEDS.get(done.verb, "serve")


def _undone(counter: Counter, done: Outcome, excused: bool = False) -> Outcome:
    what = f"{done.verb} {done.entry}"
    kept: dict[str, Any] = {"excused": excused, "reservation": done.kept.get("reservation")}
    return counter.note(outcome.UNDONE, done.reader_id, done.copy_id, done.loan_id, why=what, **kept)


def _reverse(counter: Counter, done: Outcome) -> bool:
    """Reverse the deed; False when what it was done to has moved on since."""
    how: dict[str, Callable[[Counter, Outcome], bool]] = {
        outcome.LENT: _take_loan_back,
        outcome.RETURNED: _give_back_out,
        outcome.RENEWED: _earlier_due_date,
        outcome.DUE: _earlier_due_date,
        outcome.RESERVED: _unreserve,
        outcome.CANCELLED: _uncancel,
        outcome.NOTED: reader_notes.take_away,
        outcome.UNNOTED: reader_notes.put_back,
        **dict.fromkeys(condition.VERBS, condition.reverse),
    }
    return done.verb in how and _stands(counter, done) and how[done.verb](counter, done)


def _take_loan_back(counter: Counter, done: Outcome) -> bool:
    if done.loan_id is None or done.copy_id is None:
        return False
    counter.change(done.loan_id, returned_at=counter.now, returned_station=counter.station, undone=True)
    if (waited := reservations.fetched_by(counter.connection, done.loan_id)) is not None:
        setting_aside.waits_again(counter, waited)
    setting_aside.given_back(counter, done.copy_id, done.kept.get("taken_from"))
    was = select(UnseenReturn.id).where(UnseenReturn.copy_id == done.copy_id, UnseenReturn.settled_at == done.at)
    was = was.where(UnseenReturn.settled_how == "lent").order_by(UnseenReturn.id.desc()).limit(1)
    if (lost_sight := counter.connection.scalar(was)) is not None:
        unseen.open_again(counter.connection, lost_sight)
    return True


def _give_back_out(counter: Counter, done: Outcome, how: str = "undone") -> bool:
    facts = memory.copy_facts(counter.connection, done.copy_id or 0)
    if done.loan_id is None or facts is None or facts.loan is not None or facts.state == "lost":
        return False
    told = unseen.of_entry(counter.connection, done.loan_id, done.entry)
    if told and told.settled_at is not None:
        return False  # somebody of the library has seen the copy: it did come back
    if told:
        unseen.settle(counter.connection, told.id, how, counter.now, counter.staff_id)
    counter.change(done.loan_id, returned_at=None, returned_station=None)
    counter.connection.execute(_OUT_OF_THE_BOX.values(undone_at=counter.now), {"entry": done.entry})
    setting_aside.taken_away(counter, facts.id)
    return True


def _earlier_due_date(counter: Counter, done: Outcome) -> bool:
    loan = counter.connection.execute(select(Loan.__table__).where(Loan.id == done.loan_id)).first()
    if loan is None or loan.returned_at is not None:
        return False
    renewals = loan.renewals - 1 if done.verb == outcome.RENEWED else loan.renewals
    counter.change(loan.id, due_on=date.fromisoformat(done.why), renewals=renewals)
    return True


def _unreserve(counter: Counter, done: Outcome) -> bool:
    row = reservations.of(counter.connection, done.kept.get("reservation"))
    if row is None or row.ended_at is not None:
        return False
    reservations.end(counter.connection, row.id, "cancelled", counter.now)
    if row.copy_id is not None:
        setting_aside.for_next(counter, row.copy_id)
    return True


def _uncancel(counter: Counter, done: Outcome) -> bool:
    row = reservations.of(counter.connection, done.kept.get("reservation"))
    return row is not None and row.ended_how == "cancelled" and setting_aside.waits_again(counter, row)


def _stands(counter: Counter, done: Outcome) -> bool:
    """Whether this deed is the last on its loan, copy, reservation or note, at any station, that was not undone."""
    family, by = next(each for each in _FAMILIES if done.verb in each[0])
    column = by if by in _LEDGER else "reader_id"
    query = select(_LEDGER.id, _LEDGER.verb, _LEDGER.details).where(
        _LEDGER.id >= done.entry,
        _LEDGER[column] == getattr(done, column),
        _LEDGER.verb.in_((*family, outcome.UNDONE)),
    )
    standing: list[int] = []
    for entry, verb, details in counter.connection.execute(query.order_by(_LEDGER.id)):
        if verb != outcome.UNDONE and (column == by or details.get(by) == done.kept.get(by)):
            standing.append(entry)
        elif verb == outcome.UNDONE and (undone := outcome.undone(details)) in standing:
            standing.remove(undone)
    return standing == [done.entry]
