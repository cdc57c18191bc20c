"""What the staff write about a reader. The ledger keeps that there was a note, never what it said."""

from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from kiosk import ledger, memory, outcome
from kiosk.counter import Counter
from kiosk.decision import Decision, Reason
from kiosk.loan_rules import refuse
from kiosk.models_desk import ReaderNote
from kiosk.outcome import Outcome
from kiosk.typed_text import typed_text

LONGEST = 300  # characters


def write(counter: Counter, reader: int, text: str) -> Outcome:
    """Add a note about the reader; an empty one is nothing to write."""
    if not counter.may("serve"):
        return counter.refuse(outcome.NOTED, Decision((refuse(Reason.NOT_ALLOWED),)), reader, None)
    if memory.person(counter.connection, reader) is None:
        return counter.refuse(outcome.NOTED, Decision((refuse(Reason.READER_UNKNOWN),)), None, None)
    if not (text := typed_text(text, LONGEST, lines=True)):
        return counter.note(outcome.ALREADY, reader, why=outcome.NOTED)
    values = {"reader_id": reader, "text": text, "made_at": counter.now, "made_by": counter.staff_id}
    note = ledger.new_id(counter.connection.execute(insert(ReaderNote), values))
    return counter.note(outcome.NOTED, reader, note=note)


def remove(counter: Counter, note: int) -> Outcome:
    """Take a note off the reader's page."""
    if not counter.may("serve"):
        return counter.refuse(outcome.UNNOTED, Decision((refuse(Reason.NOT_ALLOWED),)), None, None)
    row = counter.connection.execute(select(ReaderNote.__table__).where(ReaderNote.id == note)).first()
    if row is None or row.removed_at is not None:
        return counter.note(outcome.ALREADY, row.reader_id if row else None, why=outcome.UNNOTED)
    _mark(counter, note, counter.now)
    return counter.note(outcome.UNNOTED, row.reader_id, note=note)


def of_reader(connection: Connection, reader: int) -> list[Row[tuple[int, str, datetime, int | None]]]:
    """(id, text, made_at, made_by) of the notes about a reader, the newest first."""
    columns = (ReaderNote.id, ReaderNote.text, ReaderNote.made_at, ReaderNote.made_by)
    query = select(*columns).where(ReaderNote.reader_id == reader, ReaderNote.removed_at.is_(None))
    return list(connection.execute(query.order_by(ReaderNote.id.desc())))


def take_away(counter: Counter, done: Outcome) -> bool:
    """Undo the writing of a note."""
    return _mark(counter, int(done.kept["note"]), counter.now)


def put_back(counter: Counter, done: Outcome) -> bool:
    """Undo the removing of a note."""
    return _mark(counter, int(done.kept["note"]), None)


def _mark(counter: Counter, note: int, at: datetime | None) -> bool:
    row = update(ReaderNote).where(ReaderNote.id == note)
    row = row.where(ReaderNote.removed_at.is_(None) if at else ReaderNote.removed_at.is_not(None))
    by = counter.staff_id if at else None
    return counter.connection.execute(row.values(removed_at=at, removed_by=by)).rowcount == 1
