"""How a copy is: sent to be mended and back, given up for lost and found again. Each a verb of the counter."""

from sqlalchemy import Connection, insert, select, update

from kiosk import memory, outcome, unseen
from kiosk.counter import Counter
from kiosk.decision import CopyFacts, Decision, Reason
from kiosk.loan_rules import refuse
from kiosk.models import Copy, LedgerEntry
from kiosk.models_desk import Repair
from kiosk.outcome import Outcome
from kiosk.roles import Right

VERBS = (outcome.REPAIR, outcome.MENDED, outcome.LOST, outcome.FOUND)
_STATE_BEFORE = {outcome.REPAIR: "ok", outcome.MENDED: "repair", outcome.LOST: "ok", outcome.FOUND: "lost"}
_STATE_AFTER = {outcome.REPAIR: "repair", outcome.MENDED: "ok", outcome.LOST: "lost", outcome.FOUND: "ok"}
_LONGEST = 200  # characters of what is wrong


def send_to_repair(counter: Counter, copy: int, wrong: str) -> Outcome:
    """The copy is to be mended; `wrong` says what is the matter. A copy that is away already is `already`."""
    facts = memory.copy_facts(counter.connection, copy)
    if refused := _refusal(counter, facts, "serve", outcome.REPAIR):
        return refused
    wrong = wrong.strip()[:_LONGEST]
    counter.connection.execute(
        insert(Repair), {"copy_id": copy, "wrong": wrong, "sent_at": counter.now, "sent_by": counter.staff_id}
    )
    return _set(counter, copy, outcome.REPAIR, why=wrong)


def mended(counter: Counter, copy: int) -> Outcome:
    """The copy is back from being mended."""
    facts = memory.copy_facts(counter.connection, copy)
    if refused := _refusal(counter, facts, "serve", outcome.MENDED):
        return refused
    _mend(counter.connection, counter, copy)
    return _set(counter, copy, outcome.MENDED)


def give_up(counter: Counter, copy: int) -> Outcome:
    """The copy is lost. A loan of it stays open, and no rule counts it; whoever brings the copy has found it."""
    facts = memory.copy_facts(counter.connection, copy)
    if refused := _refusal(counter, facts, "stock", outcome.LOST):
        return refused
    loan = facts.loan if facts else None
    if loan is not None:
        counter.change(loan.id, excused=True)
    if was_unseen := unseen.of_copy(counter.connection, copy):
        unseen.settle(counter.connection, was_unseen.id, "lost", counter.now, counter.staff_id)
    return _set(counter, copy, outcome.LOST, loan.reader_id if loan else None, loan.id if loan else None)


def found_again(counter: Counter, copy: int) -> Outcome:
    """The copy is here after all."""
    facts = memory.copy_facts(counter.connection, copy)
    if refused := _refusal(counter, facts, "serve", outcome.FOUND):
        return refused
    return _set(counter, copy, outcome.FOUND)


def reverse(counter: Counter, done: Outcome) -> bool:
    """Undo one of these verbs; False when the copy's state has changed since."""
    copy = done.copy_id
    facts = memory.copy_facts(counter.connection, copy) if copy is not None else None
    if copy is None or facts is None or facts.state != _STATE_AFTER[done.verb] or not _is_last(counter, done):
        return False
    if done.verb == outcome.REPAIR:
        _mend(counter.connection, counter, copy)
    elif done.verb == outcome.MENDED:
        last = select(Repair.id).where(Repair.copy_id == copy).order_by(Repair.id.desc()).limit(1)
        again = update(Repair).where(Repair.id == last.scalar_subquery())
        counter.connection.execute(again.values(mended_at=None, mended_by=None))
    elif done.verb == outcome.LOST and done.loan_id is not None:
        counter.change(done.loan_id, excused=False)
    counter.connection.execute(update(Copy).where(Copy.id == copy).values(state=_STATE_BEFORE[done.verb]))
    return True


def _refusal(counter: Counter, facts: CopyFacts | None, right: Right, verb: str) -> Outcome | None:
    """Why the verb cannot be done, or that there is nothing to do."""
    copy = facts.id if facts else None
    if facts is None or facts.state == "withdrawn":
        reason = Reason.COPY_UNKNOWN if facts is None else Reason.WITHDRAWN
        return counter.refuse(verb, Decision((refuse(reason),)), None, copy)
    if not counter.may(right):
        return counter.refuse(verb, Decision((refuse(Reason.NOT_ALLOWED),)), None, copy)
    starts = (_STATE_BEFORE[verb],) if verb != outcome.LOST else ("ok", "repair")
    return None if facts.state in starts else counter.note(outcome.ALREADY, None, copy, why=verb)


def _set(
    counter: Counter, copy: int, verb: str, reader: int | None = None, loan: int | None = None, why: str = ""
) -> Outcome:
    counter.connection.execute(update(Copy).where(Copy.id == copy).values(state=_STATE_AFTER[verb]))
    return counter.note(verb, reader, copy, loan, why=why)


def _mend(connection: Connection, counter: Counter, copy: int) -> None:
    away = update(Repair).where(Repair.copy_id == copy, Repair.mended_at.is_(None))
    connection.execute(away.values(mended_at=counter.now, mended_by=counter.staff_id))


def _is_last(counter: Counter, done: Outcome) -> bool:
    """Whether no later entry has changed the copy's state."""
    later = select(LedgerEntry.id).where(LedgerEntry.id > done.entry, LedgerEntry.copy_id == done.copy_id)
    return counter.connection.scalar(later.where(LedgerEntry.verb.in_(VERBS)).limit(1)) is None
