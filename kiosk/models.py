"""The tables.

Times are UTC; due dates are dates in the school's time zone. Nothing that happened is deleted: a loan keeps who,
when and where at both ends, and the ledger keeps the rest.
"""

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kiosk.search_text import search_text


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; SQLite itself keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time rather than guess its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time {value!r} was given where an aware one is needed")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the time back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The one metadata; constraint names are fixed so that a migration can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON}  # noqa: RUF012


class Setting(Base):
    """A fact about the whole library, by name: `school`, `demo`, `policy_version`."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class SchoolClass(Base):
    """A class: grade 1 to 12 and its number within the grade."""

    __tablename__ = "school_class"
    __table_args__ = (UniqueConstraint("grade", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    grade: Mapped[int]
    number: Mapped[int]


class Reader(Base):
    """A student, a teacher or a class that may borrow. `card` is the text of the card's barcode."""

    __tablename__ = "reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    card: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(16))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id"), index=True)
    card_expires_on: Mapped[date | None]
    card_lost_on: Mapped[date | None]
    suspended_until: Mapped[date | None]
    left_on: Mapped[date | None]


def _search_text(context: DefaultExecutionContext) -> str:
    values = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return search_text(*(values.get(name) or "" for name in ("title", "author", "isbn", "class_number")))


class Title(Base):
    """What a catalogue describes. `kind` is book, periodical or textbook; `class_number` is of the 中图法; `search` is
    made of the other columns when a title is added, and whoever changes those makes it anew."""

    __tablename__ = "title"
    id: Mapped[int] = mapped_column(primary_key=True)
    isbn: Mapped[str | None] = mapped_column(String(13), index=True)
    title: Mapped[str] = mapped_column(String(300))
    author: Mapped[str] = mapped_column(String(300), default="")
    publisher: Mapped[str] = mapped_column(String(200), default="")
    class_number: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(16), default="book")
    search: Mapped[str] = mapped_column(Text, default=_search_text)


class Place(Base):
    """Where a copy belongs: `shelf`, `corner` (a class's book corner) or `reading_room`."""

    __tablename__ = "place"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(16), default="shelf")
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id"))


class Copy(Base):
    """One physical thing with a label. `state` is ok, repair, lost or withdrawn; the ledger knows since when."""

    __tablename__ = "copy"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(80), unique=True)
    accession: Mapped[str] = mapped_column(String(40), default="")
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default="ok")


class Loan(Base):
    """One copy with one reader from a moment until it came back; `undone` when it should never have been.

    `excused`: nobody knows where the copy is (it was told back, or is given up for lost); no rule counts it.
    """

    __tablename__ = "loan"
    __table_args__ = (
        Index(
            "uq_loan_open_copy",
            "copy_id",
            unique=True,
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
        Index(
            "ix_loan_open_reader",
            "reader_id",
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
        Index("ix_loan_reader_title", "reader_id", "title_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("copy.id"))
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"))
    lent_at: Mapped[datetime]
    lent_station: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[date]
    renewals: Mapped[int] = mapped_column(default=0)
    returned_at: Mapped[datetime | None]
    returned_station: Mapped[str | None] = mapped_column(String(40))
    undone: Mapped[bool] = mapped_column(default=False)
    excused: Mapped[bool] = mapped_column(default=False)


class CategoryRule(Base):
    """What holds for all kinds together: how many a category may have, and whether overdue books block.

    With `precedence` its reservations come before those of the others.
    """

    __tablename__ = "category_rule"
    category: Mapped[str] = mapped_column(String(16), primary_key=True)
    limit: Mapped[int]
    overdue_blocks: Mapped[bool]
    precedence: Mapped[bool] = mapped_column(default=False)


class KindRule(Base):
    """One cell of the policy matrix, reader category by kind; `limit` 0 means not lent at all."""

    __tablename__ = "kind_rule"
    category: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    days: Mapped[int]
    limit: Mapped[int]
    renewals: Mapped[int]
    renew_within: Mapped[int]


class Term(Base):
    """A school term, both days included."""

    __tablename__ = "term"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class CalendarDay(Base):
    """A day unlike its weekday: a holiday (not open) or a 调休 working weekend (open)."""

    __tablename__ = "calendar_day"
    day: Mapped[date] = mapped_column(primary_key=True)
    open: Mapped[bool]
    note: Mapped[str] = mapped_column(String(80), default="")


class LendingHours(Base):
    """When books are lent on a weekday (0 is Monday), school time; with no row at all, always. A station with rows of
    its own keeps only those; the rows without a station are for all others."""

    __tablename__ = "lending_hours"
    id: Mapped[int] = mapped_column(primary_key=True)
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]
    station: Mapped[str | None] = mapped_column(String(40))


class LedgerEntry(Base):
    """One thing that happened at a station. Readers and staff are ids, never names, so a graduate can be forgotten."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("station", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    station: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
    verb: Mapped[str] = mapped_column(String(16))
    reader_id: Mapped[int | None]
    copy_id: Mapped[int | None]
    loan_id: Mapped[int | None]
    scan_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    details: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[int | None]
