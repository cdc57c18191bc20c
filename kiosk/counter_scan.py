"""What one scanned code means at the counter, given whose page is open; and the doing of it.

Nothing on the happy path is confirmed, and nothing that lies in the librarian's hand is left as it was because a key
was not pressed: a book on loan is taken back by its scan, and what else may be meant is one key away.

                    nobody's page open       a reader's page open
    card            opens                    own: closes; another's: closes, opens the other
    copy, free      is in already            lent
    copy, on loan   taken back               own: taken back (one key: renewed instead); lent within the hour: asked
                                             another's: taken back (one key, or its scan once more: lent on)
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, bindparam, select

from kiosk import labels, memory, outcome, recent, reserving, undo, unknown_codes
from kiosk.counter import Counter
from kiosk.decision import CopyFacts
from kiosk.labels import LabelRules
from kiosk.models import LedgerEntry, Loan
from kiosk.outcome import Outcome
from kiosk.sitting import CARD_OR_LABEL, LENT_JUST_NOW, SHOWN, WHICH_COPY, Answer, Question, Sitting, answered

A_MOMENT = timedelta(seconds=2)  # a scanner's double read
JUST_NOW = timedelta(hours=1)  # what was lent so recently hardly comes back by scanning it
_SAID_AGAIN = (outcome.LENT, outcome.RETURNED, outcome.RENEWED)
_LEDGER = LedgerEntry.__table__.c
_MOMENT = select(LedgerEntry.__table__).where(_LEDGER.at > bindparam("since"))
_MOMENT = _MOMENT.order_by(_LEDGER.at.desc(), _LEDGER.id.desc()).limit(50)


def scan(counter: Counter, sitting: Sitting, text: str, rules: LabelRules) -> Answer:
    """What one code leads to. The same scan id again changes nothing and tells the first outcomes."""
    if told := counter.told():
        return answered(sitting, *told, text=unknown_codes.shown(text))
    meanings = labels.meanings(text, rules)
    match meanings[0]:
        case labels.Command(name):
            return _command(counter, sitting, name)
        case labels.Unknown(why):
            return _unknown(counter, sitting, text, why)
    reader, copy, copies = _named(counter.connection, meanings)
    if reader is not None and copy is not None:
        return Answer(sitting, question=Question(CARD_OR_LABEL, reader, (copy,)))
    if reader is not None:
        return card(counter, sitting, reader)
    if copy is None and copies:
        copy = _only(copies, sitting.reader)
        if copy is None:
            return Answer(sitting, question=Question(WHICH_COPY, None, tuple(each for each, _ in copies)))
    if copy is not None:
        return book(counter, sitting, copy)
    why = "ISBN_NOT_OURS" if any(isinstance(each, labels.Isbn) for each in meanings) else "NOT_OURS"
    return _unknown(counter, sitting, text, why)


def card(counter: Counter, sitting: Sitting, reader: int) -> Answer:
    """A reader's card: their page opens, or closes when it was open."""
    if sitting.reader == reader and sitting.reserving is None:
        if again := _read_twice(counter, (outcome.GREETED,), reader=reader):
            return answered(sitting, again)
        return close(counter, sitting, "own card")
    done = tuple(_opened(counter, sitting, reader))
    if sitting.reserving is not None and not done[-1].refused:
        done = (*done, reserving.reserve(counter, sitting.reserving, reader))
    return answered(sitting, *done)


def book(counter: Counter, sitting: Sitting, copy: int) -> Answer:
    """A copy's label: lent, taken back or renewed, by whose page is open and who has it."""
    if again := _read_twice(counter, _SAID_AGAIN, copy=copy):
        return answered(sitting, again)
    facts = memory.copy_facts(counter.connection, copy)
    holder = facts.loan.reader_id if facts and facts.loan else None
    if sitting.renewing and (sitting.reader or holder) is not None:
        return answered(sitting, counter.renew(sitting.reader or holder or 0, copy))
    if sitting.reader is not None and holder is None:
        return answered(sitting, counter.lend(sitting.reader, copy))
    if sitting.reader is not None and sitting.reader == holder and _is_fresh(counter, facts):
        return Answer(sitting, question=Question(LENT_JUST_NOW, holder, (copy,)))
    return answered(sitting, counter.take_back(copy))


def close(counter: Counter, sitting: Sitting, why: str) -> Answer:
    """The reader who is served has gone; nobody's page is open."""
    if sitting.reader is None:
        return Answer(Sitting(), (shown(counter, "nothing open"),) if sitting == Sitting() else ())
    return answered(sitting, counter.note(outcome.FINISHED, sitting.reader, why=why))


def shown(counter: Counter, why: str, reader: int | None = None, copy: int | None = None) -> Outcome:
    """Something that is only said."""
    return Outcome(SHOWN, counter.now, 0, reader, copy, why=why)


def _opened(counter: Counter, sitting: Sitting, reader: int) -> Iterator[Outcome]:
    if sitting.reader is not None and sitting.reader != reader:
        yield counter.note(outcome.FINISHED, sitting.reader, why="next reader")
    yield counter.greet(reader)


def _command(counter: Counter, sitting: Sitting, name: str) -> Answer:
    match name:
        case "DONE":
            return close(counter, sitting, "done")
        case "RENEW":
            return Answer(replace(sitting, renewing=True), (shown(counter, "scan to renew"),))
        case "UNDO":
            who = counter.staff_id or 0
            entry = recent.last_of(counter.connection, who, counter.station, counter.now)
            done = shown(counter, "nothing to undo") if entry is None else undo.undo(counter, entry)
            return Answer(sitting, (done,))
    return Answer(sitting, (shown(counter, "for the self-check"),))


def _unknown(counter: Counter, sitting: Sitting, text: str, why: str) -> Answer:
    return answered(sitting, unknown_codes.record(counter, text, why), text=unknown_codes.shown(text))


def _named(
    connection: Connection, meanings: tuple[labels.Meaning, ...]
) -> tuple[int | None, int | None, list[tuple[int, int | None]]]:
    """The reader, the copy, and the copies (with who has them) of the ISBN that the code can mean.

    As everywhere, the likeliest meaning that exists here is taken; only one and the same number that is a card and a
    label is both.
    """
    copies: list[tuple[int, int | None]] = []
    for meaning in meanings:
        match meaning:
            case labels.ReaderCard(number):
                if (reader := memory.reader_of(connection, meaning)) is not None:
                    twin = labels.CopyLabel(number)
                    return reader, memory.copy_of(connection, twin) if twin in meanings else None, []
            case labels.CopyLabel():
                if (copy := memory.copy_of(connection, meaning)) is not None:
                    return None, copy, []
            case labels.Isbn():
                copies = memory.copies_of_isbn(connection, meaning)
    return None, None, copies


def _only(copies: list[tuple[int, int | None]], reader: int | None) -> int | None:
    """The one copy that can be meant: the library's only one, or the only one that this reader has."""
    own = [copy for copy, holder in copies if holder is not None and holder == reader]
    return copies[0][0] if len(copies) == 1 else own[0] if len(own) == 1 else None


def _read_twice(
    counter: Counter, verbs: tuple[str, ...], reader: int | None = None, copy: int | None = None
) -> Outcome | None:
    """What this person's last entry here says, if it is of this very moment and about the same thing."""
    recent_ones = counter.connection.execute(_MOMENT, {"since": counter.now - A_MOMENT}).mappings()
    here = (counter.station, counter.staff_id)
    last = next((row for row in recent_ones if (row["station"], row["staff_id"]) == here), None)
    if last is None or last["verb"] not in verbs:
        return None
    about = (last["reader_id"], reader) if copy is None else (last["copy_id"], copy)
    return outcome.of_row(last) if about[0] == about[1] else None


def _is_fresh(counter: Counter, facts: CopyFacts | None) -> bool:
    loan = facts.loan.id if facts and facts.loan else None
    lent_at = counter.connection.scalar(select(Loan.lent_at).where(Loan.id == loan))
    return lent_at is not None and counter.now - lent_at < JUST_NOW
