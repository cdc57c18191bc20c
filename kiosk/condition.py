"""How a copy is: sent to be mended and back, given up for lost and found again. Each a verb of the counter."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from kiosk import memory, outcome, setting_aside, unseen
from kiosk.counter import Counter
from kiosk.decision import CopyFacts, Decision, Reason
from kiosk.loan_rules import note, refuse
from kiosk.models import Loan
from kiosk.models_desk import Repair, UnseenReturn
from kiosk.outcome import Outcome
from kiosk.roles import Right
from kiosk.typed_text import typed_text

VERBS = (outcome.REPAIR, outcome.MENDED, outcome.LOST, outcome.FOUND)
# The states in which a verb can be done, and those in which it leaves the copy.
_BEFORE = {
    outcome.REPAIR: ("ok",),
    outcome.MENDED: ("repair",),
    outcome.LOST: ("ok", "repair"),
    outcome.FOUND: ("lost",),
}
_AFTER = {
    outcome.REPAIR: ("repair",),
    outcome.MENDED: ("ok",),
    outcome.LOST: ("lost",),
    outcome.FOUND: ("ok", "repair"),
}
_LONGEST = 200  # characters of what is wrong


def send_to_repair(counter: Counter, copy: int, wrong: str) -> Outcome:
    """The copy is to be mended; `wrong` says what is the matter. A copy that is away already is `already`."""
    facts = memory.copy_facts(counter.connection, copy)
    if refused := _refusal(counter, facts, "serve", outcome.REPAIR):
        return refused
    wrong = typed_text(wrong, _LONGEST)
    counter.connection.execute(
        insert(Repair), {"copy_id": copy, "wrong": wrong, "sent_at": counter.now, "sent_by": counter.staff_id}
    )
    counter.see(copy)
    return _gone(counter, copy, outcome.REPAIR, "repair", why=wrong)


def mended(counter: Counter, copy: int) -> Outcome:
    """The copy is back from being mended."""
    facts = memory.copy_facts(counter.connection, copy)
    if refused := _refusal(counter, facts, "serve", outcome.MENDED):
        return refused
    _mend(counter, copy, counter.now)
    return _here(counter, copy, outcome.MENDED)


def give_up(counter: Counter, copy: int) -> Outcome:
    """The copy is lost. A loan of it stays open, and no rule counts it; whoever brings the copy has found it."""
    facts = memory.copy_facts(counter.connection, copy)
    if refused := _refusal(counter, facts, "stock", outcome.LOST):
        return refused
    if was_unseen := unseen.of_copy(counter.connection, copy):
        unseen.settle(counter.connection, was_unseen.id, "lost", counter.now, counter.staff_id)
    assert facts is not None
    was, loan = facts.state if facts.state != "ok" else None, facts.loan
    if loan is None:
        return _gone(counter, copy, outcome.LOST, "lost", was=was)
    counter.change(loan.id, excused=True)
    return _gone(counter, copy, outcome.LOST, "lost", loan.reader_id, loan.id, was=was, was_excused=loan.excused)


def found_again(counter: Counter, copy: int) -> Outcome:
    """The copy is here after all. One that was to be mended when it was lost still is."""
    facts = memory.copy_facts(counter.connection, copy)
    if refused := _refusal(counter, facts, "serve", outcome.FOUND):
        return refused
    return _here(counter, copy, outcome.FOUND)


def reverse(counter: Counter, done: Outcome) -> bool:
    """Undo one of these verbs, the last of them on this copy; False when the copy has moved on since by other ways."""
    copy = done.copy_id or 0
    facts = memory.copy_facts(counter.connection, copy)
    if facts is None or facts.state not in _AFTER[done.verb]:
        return False
    if done.verb in (outcome.MENDED, outcome.FOUND):
        return _gone_again(counter, facts, done)
    if done.verb == outcome.REPAIR:
        _mend(counter, copy, counter.now)
    else:
        _not_lost(counter, done, copy)
    counter.put(copy, done.kept.get("was", "ok"))
    setting_aside.given_back(counter, copy, done.kept.get("taken_from"))
    return True


def _refusal(counter: Counter, facts: CopyFacts | None, right: Right, verb: str) -> Outcome | None:
    """Why the verb cannot be done, or that there is nothing to do."""
    copy = facts.id if facts else None
    if facts is None or facts.state == "withdrawn":
        reason = Reason.COPY_UNKNOWN if facts is None else Reason.WITHDRAWN
        return counter.refuse(verb, Decision((refuse(reason),)), None, copy)
    if not counter.may(right):
        return counter.refuse(verb, Decision((refuse(Reason.NOT_ALLOWED),)), None, copy)
    return None if facts.state in _BEFORE[verb] else counter.note(outcome.ALREADY, None, copy, why=verb)


def _gone(
    counter: Counter, copy: int, verb: str, state: str, reader: int | None = None, loan: int | None = None, **kept: Any
) -> Outcome:
    """Nobody can have the copy; whoever it was set aside for waits again."""
    counter.put(copy, state)
    return counter.note(verb, reader, copy, loan, taken_from=setting_aside.taken_away(counter, copy), **kept)


def _here(counter: Counter, copy: int, verb: str) -> Outcome:
    """The copy is in the hand again, and set aside if somebody waits for it."""
    counter.put(copy, "ok")
    reservation = setting_aside.for_next(counter, copy)
    findings = (note(Reason.SET_ASIDE),) if reservation else ()
    return counter.note(verb, None, copy, findings=findings, reservation=reservation)


def _gone_again(counter: Counter, facts: CopyFacts, done: Outcome) -> bool:
    loan = facts.loan.id if facts.loan else None
    lent_at = counter.connection.scalar(select(Loan.lent_at).where(Loan.id == loan))
    if lent_at is not None and lent_at >= done.at:
        return False
    if done.verb == outcome.MENDED:
        _mend(counter, facts.id, None)
    counter.put(facts.id, "repair" if done.verb == outcome.MENDED else "lost")
    setting_aside.taken_away(counter, facts.id)
    return True


def _not_lost(counter: Counter, done: Outcome, copy: int) -> None:
    """The loan counts as before, and a return that was told and not seen is unseen again."""
    if done.loan_id is not None:
        counter.change(done.loan_id, excused=bool(done.kept.get("was_excused")))
    settled = UnseenReturn.copy_id == copy, UnseenReturn.settled_how == "lost", UnseenReturn.settled_at == done.at
    if (told := counter.connection.scalar(select(UnseenReturn.id).where(*settled))) is not None:
        unseen.open_again(counter.connection, told)


def _mend(counter: Counter, copy: int, at: datetime | None) -> None:
    """The copy's last repair is over, or is not over after all."""
    last = select(Repair.id).where(Repair.copy_id == copy).order_by(Repair.id.desc()).limit(1)
    row = update(Repair).where(Repair.id == last.scalar_subquery())
    counter.connection.execute(row.values(mended_at=at, mended_by=counter.staff_id if at else None))
