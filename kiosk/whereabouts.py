"""Where each copy of some titles is. `where` knows no reader; `holders` and `waiting` do, and are for the desk only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, select

from kiosk.models import Copy, Loan, Place, Reader, SchoolClass
from kiosk.models_desk import Repair, Reservation, UnseenReturn


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One copy. `status` is in, loan, kept (for who reserved it), unseen (returned at a kiosk), repair, lost or
    withdrawn; `until` the day it is due or kept; `grade` and `number` are of the class whose corner it belongs to;
    `note` is the station that took it back unseen, or what is wrong with it."""

    id: int
    title_id: int
    label: str
    accession: str
    status: str
    place: str
    place_kind: str
    grade: int | None
    number: int | None
    until: date | None = None
    late: bool = False
    note: str = ""

    @property
    def is_in(self) -> bool:
        """Whether it stands where it belongs."""
        return self.status == "in"


@dataclass(frozen=True, slots=True)
class Person:
    """A reader as the desk names them."""

    id: int
    name: str
    category: str
    grade: int | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open reservation of a title, with the copy set aside for it, if any."""

    id: int
    reader: Person
    made_at: datetime
    copy_id: int | None
    waits_until: date | None


_WHERE = (
    select(
        *(Copy.id, Copy.title_id, Copy.label, Copy.accession, Copy.state, Place.name.label("place")),
        *(Place.kind.label("place_kind"), SchoolClass.grade, SchoolClass.number),
        *(Loan.due_on, Reservation.id.label("kept"), Reservation.waits_until, UnseenReturn.station, Repair.wrong),
    )
    .join(Place, Place.id == Copy.place_id)
    .outerjoin(SchoolClass, SchoolClass.id == Place.class_id)
    .outerjoin(Loan, (Loan.copy_id == Copy.id) & Loan.returned_at.is_(None))
    .outerjoin(Reservation, (Reservation.copy_id == Copy.id) & Reservation.ended_at.is_(None))
    .outerjoin(UnseenReturn, (UnseenReturn.copy_id == Copy.id) & UnseenReturn.settled_at.is_(None))
    .outerjoin(Repair, (Repair.copy_id == Copy.id) & Repair.mended_at.is_(None))
    .order_by(Copy.title_id, Copy.label)
)
_PERSON = (Reader.id, Reader.name, Reader.category, SchoolClass.grade, SchoolClass.number)
_BORROWED = (
    select(Loan.copy_id, *_PERSON)
    .join(Reader, Reader.id == Loan.reader_id)
    .outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)
    .where(Loan.returned_at.is_(None))
)
_WAITING = (
    select(Reservation.id.label("reservation"), Reservation.made_at, Reservation.copy_id, Reservation.waits_until)
    .add_columns(*_PERSON)
    .join(Reader, Reader.id == Reservation.reader_id)
    .outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)
    .where(Reservation.ended_at.is_(None))
    .order_by(Reservation.precedence.desc(), Reservation.made_at, Reservation.id)
)


def where(connection: Connection, titles: Iterable[int], today: date) -> Mapping[int, Sequence[Whereabouts]]:
    """Every copy of these titles, by title, in the order of their labels; by one query, and never with who has it."""
    asked = tuple(titles)
    found: dict[int, list[Whereabouts]] = {title: [] for title in asked}
    if asked:
        for row in connection.execute(_WHERE.where(Copy.title_id.in_(asked))).mappings():
            copy = _whereabouts(row, today)
            found[copy.title_id].append(copy)
    return found


def holders(connection: Connection, copies: Iterable[int]) -> Mapping[int, Person]:
    """Who has each of these copies at home, by copy. For the desk only."""
    rows = connection.execute(_BORROWED.where(Loan.copy_id.in_(tuple(copies))))
    return {row[0]: Person(*row[1:]) for row in rows}


def waiting(connection: Connection, title: int) -> Sequence[Waiting]:
    """Who waits for the title, the next one first. For the desk only."""
    rows = connection.execute(_WAITING.where(Reservation.title_id == title))
    return [Waiting(row[0], Person(*row[4:]), *row[1:4]) for row in rows]


def _whereabouts(row: RowMapping, today: date) -> Whereabouts:
    status, until, note = _status(row, today)
    known = {name: row[name] for name in ("id", "title_id", "label", "accession", "place", "place_kind")}
    late = status == "loan" and until is not None and until < today
    return Whereabouts(
        **known, grade=row["grade"], number=row["number"], status=status, until=until, late=late, note=note
    )


def _status(row: RowMapping, today: date) -> tuple[str, date | None, str]:
    """What is true of the copy first and foremost, until when, and a word on it."""
    if row["state"] in ("withdrawn", "lost"):
        return row["state"], None, ""
    if row["due_on"] is not None:
        return "loan", row["due_on"], ""
    if row["state"] == "repair":
        return "repair", None, row["wrong"] or ""
    if row["kept"] is not None and (row["waits_until"] is None or row["waits_until"] >= today):
        return "kept", row["waits_until"], ""
    if row["station"] is not None:
        return "unseen", None, row["station"]
    return "in", None, ""
