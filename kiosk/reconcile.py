"""Reconciling the returns: what the kiosk was told came back, compared with what lies in the box.

The told of a reconciliation are the unseen returns of its stations from before it was opened, and whatever else of the
told is found in the box. Each scan is one transaction; one bad line never stops the next.

    told = confirmed + missing        box = confirmed + extra
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from kiosk import ledger, memory, outcome, reconciliations, setting_aside, undo, unknown_codes, unseen
from kiosk.circulation import judge_return
from kiosk.counter import Counter
from kiosk.decision import CopyFacts, Reason
from kiosk.labels import CopyLabel, Isbn, LabelRules, ReaderCard, meanings
from kiosk.models import LedgerEntry, Loan
from kiosk.models_desk import (
    Reconciliation,
    ReconciliationLine,
    ReconciliationStation,
)
from kiosk.outcome import Outcome
from kiosk.reconciliations import (
    AGAIN,
    ALREADY,
    CARD,
    CLOSED,
    CONFIRMED,
    CORNER,
    FOUND,
    ISBN,
    REPAIR,
    RESERVED,
    RETURNED,
    SHELF,
    UNKNOWN,
    WITHDRAWN,
)

_LINE = ReconciliationLine.__table__.c


@dataclass(frozen=True, slots=True)
class Found:
    """What one scan says: the line it made (or the one that was there already), and what kind of news it is.

    `kind` is confirmed, returned, already or unknown for a new line; again for a copy that has a line;
    card, isbn or closed where there is no line at all.
    """

    kind: str
    line: Row[Any] | None = None


def begin(counter: Counter, stations: Collection[str]) -> int | None:
    """Open a reconciliation of these stations' boxes; None when one of them is being reconciled already, or none."""
    taken = [each for each in stations if reconciliations.open_at(counter.connection, each) is not None]
    if taken or not stations or counter.staff is None:
        return None
    values = {"opened_at": counter.now, "opened_by": counter.staff.id}
    number = ledger.new_id(counter.connection.execute(insert(Reconciliation), values))
    rows = [{"reconciliation_id": number, "station": each} for each in sorted(set(stations))]
    counter.connection.execute(insert(ReconciliationStation), rows)
    counter.note("reconciling", reconciliation=number, stations=sorted(set(stations)))
    return number


def scan(counter: Counter, number: int, text: str, rules: LabelRules) -> Found:
    """Take one scanned code into the reconciliation. The same scan id again gives the same line."""
    if told := _line(counter.connection, _LINE.scan_id == counter.scan_id):
        return Found(told.account, told)
    held = reconciliations.of(counter.connection, number)
    if held is None or held.finished_at is not None:
        return Found(CLOSED)
    kind, copy = meant(counter.connection, text, rules)
    if copy is not None:
        return take(counter, held, copy, text)
    if kind != UNKNOWN:
        return Found(kind)
    done = unknown_codes.record(counter, text, "NOT_OURS")
    shown = unknown_codes.shown(text)
    unknown = unknown_codes.newest(counter.connection, shown)
    return Found(UNKNOWN, _write(counter, number, shown, UNKNOWN, UNKNOWN, None, done, unknown_id=unknown))


def take(counter: Counter, held: Row[Any], copy: int, text: str) -> Found:
    """A copy is in the box: confirm what was told of it, or take it back now, or say that it was in already."""
    facts = memory.copy_facts(counter.connection, copy)
    assert facts is not None
    told = unseen.of_copy(counter.connection, copy)
    here = (_LINE.reconciliation_id == held.id, _LINE.copy_id == copy, _LINE.undone_at.is_(None))
    earlier = _line(counter.connection, *here)
    if earlier is not None and told is None and facts.loan is None:
        return Found(AGAIN, earlier)
    if told is not None:
        account, done = CONFIRMED, see(counter, told, "box", held.id)
    else:
        before = facts.loan is not None and _lent_at(counter.connection, facts.loan.id) <= held.opened_at
        done = counter.take_back(copy, credited=held.opened_at if before else None)
        account = RETURNED if done.verb == outcome.RETURNED else ALREADY
    to = destination(facts, done)
    made = {"unseen_id": told.id if told else None, "loan_id": done.loan_id, "reservation_id": None}
    if to == RESERVED:
        made["reservation_id"] = done.kept.get("reservation")
    return Found(account, _write(counter, held.id, unknown_codes.shown(text), account, to, copy, done, **made))


def see(counter: Counter, told: Row[Any], how: str, reconciliation: int | None = None) -> Outcome:
    """Somebody of the library has the copy of a told return in the hand: in the box, or on the shelf."""
    facts = counter.facts(None, told.copy_id)
    kept: dict[str, Any] = {"reservation": setting_aside.in_hand(counter, facts), "reconciliation": reconciliation}
    unseen.settle(counter.connection, told.id, how, counter.now, counter.staff_id, reconciliation)
    findings = judge_return(facts, counter.policy).findings
    notes = tuple(each for each in findings if each.reason is not Reason.NOT_ON_LOAN)
    return counter.note(outcome.SEEN, told.reader_id, told.copy_id, told.loan_id, None, notes, how, **kept)


def destination(facts: CopyFacts, done: Outcome) -> str:
    """Where the copy goes now, by its state before the scan: what needs a hand comes before what needs a shelf."""
    if facts.state in ("withdrawn", "repair"):
        return {"withdrawn": WITHDRAWN, "repair": REPAIR}[facts.state]
    if done.kept.get("reservation"):
        return RESERVED
    if facts.state == "lost":
        return FOUND
    return CORNER if facts.corner_class_id is not None else SHELF


def damaged(counter: Counter, line: int) -> Row[Any] | None:
    """The copy of this line was sent to repair meanwhile: that is where it goes."""
    counter.connection.execute(
        update(ReconciliationLine).where(ReconciliationLine.id == line).values(destination=REPAIR)
    )
    return _line(counter.connection, _LINE.id == line)


def name_unknown(counter: Counter, line: int, copy: int) -> Found:
    """Say which copy the unknown code of a line is: the line becomes what scanning that copy would have made."""
    row = _line(counter.connection, _LINE.id == line)
    held = reconciliations.of(counter.connection, row.reconciliation_id) if row else None
    if row is None or held is None or held.finished_at is not None or row.account != UNKNOWN or row.undone_at:
        return Found(CLOSED)
    _mark_undone(counter, row.id)
    return take(counter, held, copy, row.code)


def undo_line(counter: Counter, line: int) -> bool:
    """What was scanned does not lie in the box after all; False when things have moved on since."""
    row = _line(counter.connection, _LINE.id == line)
    held = reconciliations.of(counter.connection, row.reconciliation_id) if row else None
    if row is None or row.undone_at is not None or held is None or held.finished_at is not None:
        return False
    if row.account == RETURNED and undo.undo(counter, row.entry_id, within=counter.now - held.opened_at).refused:
        return False
    if row.account == CONFIRMED:
        if _has_moved_on(counter.connection, row):
            return False
        unseen.open_again(counter.connection, row.unseen_id)
    if row.account != RETURNED:
        counter.note("unseen", None, row.copy_id, row.loan_id, reconciliation=held.id)
    _mark_undone(counter, row.id)
    return True


def meant(connection: Connection, text: str, rules: LabelRules) -> tuple[str, int | None]:
    """What a code in a box of returned books means: a copy before all else; by its ISBN, if only one can be meant."""
    kind = UNKNOWN
    for meaning in meanings(text, rules):
        match meaning:
            case CopyLabel() if (copy := memory.copy_of(connection, meaning)) is not None:
                return CONFIRMED, copy
            case Isbn() if copies := memory.copies_of_isbn(connection, meaning):
                kind = ISBN
                told = [copy for copy, _ in copies if unseen.of_copy(connection, copy)]
                one = copies[0][0] if len(copies) == 1 else told[0] if len(told) == 1 else None
                if one is not None:
                    return CONFIRMED, one
            case ReaderCard() if memory.reader_of(connection, meaning) is not None:
                kind = CARD
    return kind, None


def _has_moved_on(connection: Connection, line: Row[Any]) -> bool:
    """Whether the copy of a confirmed line was lent, told back again or given up since: it did lie in the box."""
    facts = memory.copy_facts(connection, line.copy_id)
    if facts is None or facts.state == "lost" or unseen.of_copy(connection, line.copy_id) is not None:
        return True
    later = select(LedgerEntry.loan_id).where(LedgerEntry.id > line.entry_id, LedgerEntry.copy_id == line.copy_id)
    lent = select(Loan.id).where(Loan.id.in_(later.where(LedgerEntry.verb == outcome.LENT)), Loan.undone.is_(False))
    return connection.scalar(lent.limit(1)) is not None


def _lent_at(connection: Connection, loan: int) -> datetime:
    return connection.scalars(select(Loan.lent_at).where(Loan.id == loan)).one()


def _line(connection: Connection, *which: Any) -> Row[Any] | None:
    query = select(ReconciliationLine.__table__).where(*which).order_by(_LINE.id.desc()).limit(1)
    return connection.execute(query).first()


def _write(
    counter: Counter,
    number: int,
    text: str,
    account: str,
    to: str,
    copy: int | None,
    done: Outcome,
    **more: int | None,
) -> Row[Any] | None:
    assert counter.staff is not None and counter.scan_id is not None
    what = {"code": text, "account": account, "destination": to, "copy_id": copy, "entry_id": done.entry, **more}
    who = {"reconciliation_id": number, "at": counter.now, "staff_id": counter.staff.id, "scan_id": counter.scan_id}
    written = ledger.new_id(counter.connection.execute(insert(ReconciliationLine), {**who, **what}))
    return _line(counter.connection, _LINE.id == written)


def _mark_undone(counter: Counter, line: int) -> None:
    counter.connection.execute(
        update(ReconciliationLine).where(ReconciliationLine.id == line).values(undone_at=counter.now)
    )
