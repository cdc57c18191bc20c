"""What happened in the last hour at any station, line by line: what the staff can undo, and what no longer.

Whether a line can be undone is told from a handful of bounded queries; `undo` itself looks again before it acts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from kiosk import condition, outcome
from kiosk.models import Copy, LedgerEntry, Reader, Title
from kiosk.models_desk import ReaderNote, Reservation, Staff, UnseenReturn
from kiosk.undo import THE_HOUR

MOST = 200  # lines; a class with a trolley makes a hundred in an hour
VERBS = (
    *(outcome.LENT, outcome.RETURNED, outcome.RENEWED, outcome.DUE),
    *(outcome.LOST, outcome.FOUND, outcome.REPAIR, outcome.MENDED),
    *(outcome.RESERVED, outcome.CANCELLED, outcome.NOTED, outcome.UNNOTED),
)
_LEDGER = LedgerEntry.__table__.c
_COLUMNS = (
    *(_LEDGER.id, _LEDGER.at, _LEDGER.station, _LEDGER.verb, _LEDGER.details),
    *(_LEDGER.reader_id, _LEDGER.copy_id, _LEDGER.loan_id, _LEDGER.staff_id),
    *(Reader.name, Copy.label, Title.title, Staff.name.label("staff")),
)
_HOUR = (
    select(*_COLUMNS)
    .outerjoin(Reader, Reader.id == _LEDGER.reader_id)
    .outerjoin(Copy, Copy.id == _LEDGER.copy_id)
    .outerjoin(Title, Title.id == Copy.title_id)
    .outerjoin(Staff, Staff.id == _LEDGER.staff_id)
    .where(_LEDGER.verb.in_((*VERBS, outcome.UNDONE)))
)


@dataclass(frozen=True, slots=True)
class Line:
    """One deed of the last hour: who (by name and staff), what, when and where; and what has become of it."""

    entry: int
    at: datetime
    station: str
    verb: str
    staff_id: int | None
    staff: str
    reader_id: int | None
    reader: str
    copy_id: int | None
    label: str
    title: str
    due_on: date | None = None
    override: str = ""
    undone: bool = False
    can_be_undone: bool = False


@dataclass(slots=True)
class _Hour:
    """What the lines of the hour say together."""

    rows: Sequence[Row[Any]]
    undone: set[int] = field(default_factory=set)
    standing: dict[int, list[int]] = field(default_factory=dict)  # loan -> its deeds, the last one last
    state: dict[int, list[int]] = field(default_factory=dict)  # copy -> what was said of how it is, the last one last
    lent: dict[int, int] = field(default_factory=dict)  # copy -> the last entry that lent it and still stands
    over: set[int] = field(default_factory=set)  # entries whose subject has moved on by other ways


def lines(connection: Connection, now: datetime) -> tuple[Line, ...]:
    """The deeds of the last hour at all stations, the newest first."""
    hour = _Hour(_rows(connection, now))
    _replay(hour)
    hour.over |= _seen_since(connection, hour.rows) | _changed_since(connection, hour)
    titles = _titles(connection, hour.rows)
    return tuple(_line(hour, row, titles) for row in reversed(hour.rows) if row.verb in VERBS)[:MOST]


def last_of(connection: Connection, staff: int, station: str, now: datetime) -> int | None:
    """The newest entry of this person at this station that can be undone."""
    found = (each for each in lines(connection, now) if each.can_be_undone)
    return next((each.entry for each in found if (each.staff_id, each.station) == (staff, station)), None)


def _rows(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    query = _HOUR.where(_LEDGER.at >= now - THE_HOUR).order_by(_LEDGER.at.desc(), _LEDGER.id.desc())  # by its index
    return sorted(connection.execute(query.limit(MOST * 2)), key=lambda row: row.id)


def _replay(hour: _Hour) -> None:
    for row in hour.rows:
        if row.verb == outcome.UNDONE:
            _take_out(hour, row)
        elif row.verb in outcome.DEEDS and row.loan_id is not None:
            hour.standing.setdefault(row.loan_id, []).append(row.id)
            if row.verb == outcome.LENT:
                hour.lent[row.copy_id] = row.id
        elif row.verb in condition.VERBS:
            hour.state.setdefault(row.copy_id, []).append(row.id)


def _take_out(hour: _Hour, row: Row[Any]) -> None:
    entry = outcome.undone(row.details)
    hour.undone.add(entry)
    for deeds in (hour.standing.get(row.loan_id, []), hour.state.get(row.copy_id, [])):
        if entry in deeds:
            deeds.remove(entry)
    if hour.lent.get(row.copy_id) == entry:
        del hour.lent[row.copy_id]


def _seen_since(connection: Connection, rows: Sequence[Row[Any]]) -> set[int]:
    """The returns whose copy somebody of the library has had in the hand since: they did come back."""
    loans = {row.loan_id for row in rows if row.verb == outcome.RETURNED}
    query = select(UnseenReturn.entry_id).where(UnseenReturn.loan_id.in_(loans), UnseenReturn.settled_at.is_not(None))
    return set(connection.scalars(query)) if loans else set()


def _changed_since(connection: Connection, hour: _Hour) -> set[int]:
    """The reservations and notes that are no longer as their line left them."""
    made = {int(row.details["reservation"]): row for row in _with(hour.rows, "reservation", outcome.RESERVED)}
    ended = {int(row.details["reservation"]): row for row in _with(hour.rows, "reservation", outcome.CANCELLED)}
    notes = {int(row.details["note"]): row for row in _with(hour.rows, "note", outcome.NOTED)}
    removed = {int(row.details["note"]): row for row in _with(hour.rows, "note", outcome.UNNOTED)}
    over = set[int]()
    if made or ended:
        query = select(Reservation.id, Reservation.ended_how).where(Reservation.id.in_({*made, *ended}))
        for number, how in connection.execute(query):
            over |= {made[number].id} if number in made and how is not None else set()
            over |= {ended[number].id} if number in ended and how != "cancelled" else set()
    if notes or removed:
        marks = select(ReaderNote.id, ReaderNote.removed_at).where(ReaderNote.id.in_({*notes, *removed}))
        for number, at in connection.execute(marks):
            over |= {notes[number].id} if number in notes and at is not None else set()
            over |= {removed[number].id} if number in removed and at is None else set()
    return over


def _with(rows: Iterable[Row[Any]], name: str, verb: str) -> Iterable[Row[Any]]:
    return (row for row in rows if row.verb == verb and name in row.details)


def _titles(connection: Connection, rows: Iterable[Row[Any]]) -> Mapping[int, str]:
    """The titles of the lines that are about a title and not about a copy."""
    wanted = {int(row.details["title"]) for row in rows if "title" in row.details}
    query = select(Title.id, Title.title).where(Title.id.in_(wanted))
    return {row[0]: row[1] for row in connection.execute(query)} if wanted else {}


def _line(hour: _Hour, row: Row[Any], titles: Mapping[int, str]) -> Line:
    due = row.details.get("due")
    return Line(
        row.id,
        row.at,
        row.station,
        row.verb,
        row.staff_id,
        row.staff or "",
        row.reader_id,
        row.name or "",
        row.copy_id,
        "" if row.verb == outcome.RESERVED else row.label or "",  # any copy stands for the title
        row.title or titles.get(row.details.get("title", 0), ""),
        date.fromisoformat(due) if due else None,
        row.details.get("override", ""),
        row.id in hour.undone,
        row.id not in hour.undone and row.id not in hour.over and _is_last(hour, row),
    )


def _is_last(hour: _Hour, row: Row[Any]) -> bool:
    """Whether nothing in the hour has come after it on the same loan or copy."""
    if row.verb in outcome.DEEDS:
        gone = row.verb == outcome.RETURNED and hour.lent.get(row.copy_id, 0) > row.id
        return not gone and hour.standing.get(row.loan_id, [])[-1:] == [row.id]
    return row.verb not in condition.VERBS or hour.state.get(row.copy_id, [])[-1:] == [row.id]
