"""What should have come back and has not, class by class. Loans that no rule counts are left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kiosk.models import Copy, Loan, Reader, SchoolClass, Title


@dataclass(frozen=True, slots=True)
class Late:
    """A class with overdue books; without a `class_id` those who are in none. `since` is the eldest due date."""

    class_id: int | None
    grade: int | None
    number: int | None
    books: int
    readers: int
    since: date

    def days(self, today: date) -> int:
        """How many days the book that is latest is late."""
        return (today - self.since).days


def _overdue(today: date) -> tuple[Any, ...]:
    return Loan.returned_at.is_(None), Loan.due_on < today, Loan.excused.is_(False)


def by_class(connection: Connection, today: date) -> list[Late]:
    """The classes in their order, those in no class last."""
    counts = func.count(), func.count(Loan.reader_id.distinct()), func.min(Loan.due_on)
    query = (
        select(Reader.class_id, SchoolClass.grade, SchoolClass.number, *counts)
        .select_from(Loan)
        .join(Reader, Reader.id == Loan.reader_id)
        .outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)
        .where(*_overdue(today))
        .group_by(Reader.class_id, SchoolClass.grade, SchoolClass.number)
    )
    found = [Late(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda late: (late.grade or 99, late.number or 99))


def of_class(connection: Connection, class_id: int | None, today: date) -> Sequence[Row[Any]]:
    """The overdue loans of one class, reader by reader: reader_id, reader, category, title, author, label, due_on."""
    columns: list[Any] = [
        Reader.id.label("reader_id"),
        Reader.name.label("reader"),
        Reader.category,
        Title.title,
        Title.author,
        Copy.label,
        Loan.due_on,
    ]
    query = (
        select(*columns)
        .select_from(Loan)
        .join(Reader, Reader.id == Loan.reader_id)
        .join(Copy, Copy.id == Loan.copy_id)
        .join(Title, Title.id == Loan.title_id)
        .where(*_overdue(today), Reader.class_id == class_id)
    )
    return connection.execute(query.order_by(Reader.card, Loan.due_on, Loan.id)).all()


def class_of(connection: Connection, class_id: int) -> tuple[int, int] | None:
    """A class's grade and number."""
    row = connection.execute(select(SchoolClass.grade, SchoolClass.number).where(SchoolClass.id == class_id)).first()
    return (row.grade, row.number) if row else None
