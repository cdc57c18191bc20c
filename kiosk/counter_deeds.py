"""What one key at the counter asks for, and the doing of it: one transaction each, as with a scan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kiosk import condition, counter_scan, memory, outcome, reader_notes, reserving, undo
from kiosk.counter import Counter
from kiosk.outcome import Outcome
from kiosk.sitting import Answer, Sitting, answered
from kiosk.typed_date import typed_date


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do. `verb` is a key of DEEDS; of the rest each verb reads what it needs. `number` is a ledger entry,
    a reservation or a note; `text` a reason, what is wrong with a copy, a note or a typed date."""

    verb: str
    reader: int = 0
    copy: int = 0
    title: int = 0
    number: int = 0
    text: str = ""


def do(counter: Counter, sitting: Sitting, deed: Deed) -> Answer:
    """What one key leads to. The same id again changes nothing and tells the first outcomes."""
    if told := counter.told():
        return answered(sitting, *told)
    return DEEDS[deed.verb](counter, sitting, deed)


def _one(act: Callable[[Counter, Deed], Outcome]) -> "_Act":
    return lambda counter, sitting, deed: answered(sitting, act(counter, deed))


def _renew(counter: Counter, deed: Deed) -> Outcome:
    """Renew a loan. A return that was meant to be this, a moment ago, is undone first. If it may not be renewed, it
    stays returned, and the refusal keeps which return it was."""
    if not deed.number:
        return counter.renew(deed.reader, deed.copy, deed.text)
    with counter.connection.begin_nested() as both:
        undone = undo.undo(counter, deed.number)
        done = undone if undone.refused else counter.renew(deed.reader, deed.copy, deed.text)
        if not done.refused:
            return done
        both.rollback()
    return counter.note(
        outcome.REFUSED, done.reader_id, done.copy_id, findings=done.findings, why=done.why, returned=deed.number
    )


def _renew_all(counter: Counter, sitting: Sitting, deed: Deed) -> Answer:
    facts = memory.reader_facts(counter.connection, deed.reader)
    loans = facts.counted if facts else ()
    done = tuple(counter.renew(deed.reader, loan.copy_id) for loan in loans)
    return answered(sitting, *done) if done else Answer(sitting, (counter_scan.shown(counter, "nothing to renew"),))


def _due(counter: Counter, sitting: Sitting, deed: Deed) -> Answer:
    facts = memory.copy_facts(counter.connection, deed.copy)
    due_on = facts.loan.due_on if facts and facts.loan else counter.moment.date()
    day = typed_date(deed.text, counter.moment.date(), due_on)
    if day is None and counter.may("override"):
        return Answer(sitting, (counter_scan.shown(counter, "no such day", copy=deed.copy),))
    return answered(sitting, counter.change_due(deed.copy, day or due_on))


def _reserve(counter: Counter, sitting: Sitting, deed: Deed) -> Answer:
    """Reserve a title, found by itself or by a copy of it. With nobody's page open, the next card is the reader's."""
    title = deed.title
    if deed.copy and memory.copy_facts(counter.connection, deed.copy) is not None:
        title = memory.title_of(counter.connection, deed.copy)
    if not deed.reader:
        waiting = replace(sitting, reserving=title)
        return Answer(waiting, (counter_scan.shown(counter, "scan the card to reserve", copy=deed.copy or None),))
    return answered(sitting, reserving.reserve(counter, title, deed.reader))


_Act = Callable[[Counter, Sitting, Deed], Answer]

DEEDS: Mapping[str, _Act] = {
    "open": lambda counter, sitting, deed: counter_scan.card(counter, sitting, deed.reader),
    "book": lambda counter, sitting, deed: counter_scan.book(counter, sitting, deed.copy),
    "close": lambda counter, sitting, deed: counter_scan.close(counter, sitting, "done"),
    "lend": _one(lambda counter, deed: counter.lend(deed.reader, deed.copy, deed.text)),
    "back": _one(lambda counter, deed: counter.take_back(deed.copy)),
    "renew": _one(_renew),
    "renew_all": _renew_all,
    "due": _due,
    "lost": _one(lambda counter, deed: condition.give_up(counter, deed.copy)),
    "found": _one(lambda counter, deed: condition.found_again(counter, deed.copy)),
    "repair": _one(lambda counter, deed: condition.send_to_repair(counter, deed.copy, deed.text)),
    "mended": _one(lambda counter, deed: condition.mended(counter, deed.copy)),
    "reserve": _reserve,
    "cancel": _one(lambda counter, deed: reserving.cancel(counter, deed.number)),
    "note": _one(lambda counter, deed: reader_notes.write(counter, deed.reader, deed.text)),
    "unnote": _one(lambda counter, deed: reader_notes.remove(counter, deed.number)),
    "undo": _one(lambda counter, deed: undo.undo(counter, deed.number)),
}
