"""Does the memory hold together? The chains of the ledger, and whether ledger and loans tell the same story.

Each loan is told again from its ledger entries and compared with its row. Both are read once, side by side in the order
of the loans, so that a million loans need no more memory than one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kiosk import ledger, outcome
from kiosk.ledger import Flaw
from kiosk.models import LedgerEntry, Loan

_BATCH = 2000
_TABLE = LedgerEntry.__table__.c
_TELLING = _TABLE.verb.in_((*outcome.DEEDS, outcome.UNDONE))
_ENTRIES = (
    select(*(_TABLE[name] for name in ("id", "loan_id", "station", "at", "verb", "reader_id", "copy_id", "details")))
    .where(_TELLING | (_TABLE.verb == outcome.LOST), _TABLE.loan_id.is_not(None))
    .order_by(_TABLE.loan_id, _TABLE.id)
)
_NAMELESS = select(_TABLE.id, _TABLE.station, _TABLE.verb, _TABLE.details).where(_TELLING, _TABLE.loan_id.is_(None))
_LOANS = select(Loan.__table__).order_by(Loan.id)


@dataclass(slots=True)
class _Story:
    """A loan as the ledger tells it. `dues` are its due dates and the verbs that set them, the present one last."""

    copy_id: int
    reader_id: int
    lent_at: datetime
    lent_station: str
    dues: list[tuple[str, date]] = field(default_factory=list)
    returned_at: datetime | None = None
    returned_station: str | None = None
    undone: bool = False
    excused: bool = False
    before: list[bool] = field(default_factory=list)  # whether it was excused before it was lost, each time

    def values(self) -> dict[str, Any]:
        """What the loan's row should hold."""
        return {
            "copy_id": self.copy_id,
            "reader_id": self.reader_id,
            "lent_at": self.lent_at,
            "lent_station": self.lent_station,
            "due_on": self.dues[-1][1],
            "renewals": sum(verb == outcome.RENEWED for verb, _ in self.dues),
            "returned_at": self.returned_at,
            "returned_station": self.returned_station,
            "undone": self.undone,
            "excused": self.excused,
        }


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there was to look at."""

    entries: int
    loans: int


def extent(connection: Connection) -> Extent:
    """How many ledger entries and loans there are."""
    entries = connection.scalar(select(func.count()).select_from(LedgerEntry))
    loans = connection.scalar(select(func.count()).select_from(Loan))
    return Extent(entries or 0, loans or 0)


def audit(connection: Connection) -> Iterator[Flaw]:
    """Yield every flaw: first the chains of the stations, then loan by loan. Nothing yielded means all is well.

    Raises DatabaseError where the database cannot be read.
    """
    try:
        yield from ledger.verify(connection)
        yield from _stories(connection.execution_options(yield_per=_BATCH))
    except (ValueError, AttributeError) as error:  # a value that no program of ours has written
        yield Flaw("UNREADABLE", "", None, f"a value cannot be read, and the audit ends there: {error}")


def _stories(connection: Connection) -> Iterator[Flaw]:
    for entry in connection.execute(_NAMELESS):
        if entry.verb == outcome.UNDONE and _undone(entry.details) not in outcome.DEEDS:
            continue  # a reservation, a repair or the like: no loan had part in it
        what = f"entry id {entry.id} does not say which loan was {entry.verb}"
        yield Flaw("NAMELESS", entry.station, entry.id, what)
    told = groupby(connection.execute(_ENTRIES), key=lambda entry: int(entry.loan_id))
    yield from _side_by_side(told, iter(connection.execute(_LOANS)))


def _side_by_side(told: Iterator[tuple[int, Iterator[Row[Any]]]], loans: Iterator[Row[Any]]) -> Iterator[Flaw]:
    loan = next(loans, None)
    for number, entries in told:
        while loan is not None and loan.id < number:
            yield _untold(loan)
            loan = next(loans, None)
        row = loan if loan is not None and loan.id == number else None
        yield from _compared(number, entries, row)
        if row is not None:
            loan = next(loans, None)
    while loan is not None:
        yield _untold(loan)
        loan = next(loans, None)


def _untold(loan: Row[Any]) -> Flaw:
    return Flaw("UNTOLD", loan.lent_station, None, f"loan {loan.id} is there, but no ledger entry tells of it")


def _compared(number: int, entries: Iterable[Row[Any]], loan: Row[Any] | None) -> Iterator[Flaw]:
    story: _Story | None = None
    for entry in entries:
        story = _goes_on(story, entry) if story else _begins(entry)
        if story is None:
            what = f"entry id {entry.id} says loan {number} was {entry.verb}, which cannot follow what was before"
            yield Flaw("IMPOSSIBLE", entry.station, entry.id, what)
            return
    if story is not None and loan is None:
        yield Flaw("MISSING", story.lent_station, None, f"loan {number} is in the ledger, but not among the loans")
    elif story is not None:
        for name, value in story.values().items():
            if (kept := getattr(loan, name)) != value:
                what = f"loan {number}: {name} is {_plain(kept)}, but {_plain(value)} by the ledger"
                yield Flaw("DIFFERENT", story.lent_station, None, what)


def _begins(entry: Row[Any]) -> _Story | None:
    due = _due(entry)
    if entry.verb != outcome.LENT or due is None or entry.copy_id is None or entry.reader_id is None:
        return None
    return _Story(entry.copy_id, entry.reader_id, entry.at, entry.station, [(entry.verb, due)])


def _goes_on(story: _Story, entry: Row[Any]) -> _Story | None:
    """The story with one more entry, or None when that cannot have happened."""
    if (entry.copy_id, entry.reader_id) != (story.copy_id, story.reader_id):
        return None
    is_open, due = story.returned_at is None, _due(entry)
    undone = _undone(entry.details) if entry.verb == outcome.UNDONE else ""
    match entry.verb, undone:
        case (outcome.RENEWED | outcome.DUE, _) if is_open and due is not None:
            story.dues.append((entry.verb, due))
        case (outcome.RETURNED, _) if is_open:
            credited = entry.details.get("credited")
            story.returned_at = datetime.fromisoformat(credited) if credited else entry.at
            story.returned_station = entry.station
        case (outcome.UNDONE, outcome.LENT) if is_open:
            story.returned_at, story.returned_station, story.undone = entry.at, entry.station, True
        case (outcome.UNDONE, outcome.RETURNED) if not is_open and not story.undone:
            story.returned_at, story.returned_station = None, None
            story.excused = story.excused or bool(entry.details.get("excused"))
        case (outcome.UNDONE, outcome.RENEWED | outcome.DUE) if is_open and len(story.dues) > 1:
            story.dues.pop()
        case (outcome.LOST, _) if is_open:
            story.before.append(story.excused)
            story.excused = True
        case (outcome.UNDONE, outcome.LOST) if story.before:
            story.excused = story.before.pop()
        case _:
            return None
    return story


def _undone(details: Mapping[str, Any]) -> str:
    """The verb of what an entry with these details has undone."""
    return str(details.get("why", "")).split(" ")[0]


def _due(entry: Row[Any]) -> date | None:
    written = entry.details.get("due")
    return date.fromisoformat(written) if isinstance(written, str) else None


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return "empty" if value is None else str(value)
