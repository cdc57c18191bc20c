"""What the database knows, gathered into the values the pure modules decide with. Reads only."""

from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, select

from kiosk import policy
from kiosk.decision import CopyFacts, OpenLoan, ReaderFacts
from kiosk.labels import CopyLabel, Isbn, ReaderCard
from kiosk.models import (
    CalendarDay,
    CategoryRule,
    Copy,
    KindRule,
    LendingHours,
    Loan,
    Place,
    Reader,
    SchoolClass,
    Setting,
    Term,
    Title,
)

_OPEN_LOANS = (
    select(
        Loan.id,
        Loan.copy_id,
        Loan.title_id,
        Title.kind,
        Loan.reader_id,
        Loan.due_on,
        Loan.renewals,
        Loan.excused,
    )
    .join(Title, Title.id == Loan.title_id)
    .where(Loan.returned_at.is_(None))
)
_LOANS_OF = _OPEN_LOANS.where(Loan.reader_id == bindparam("reader")).order_by(Loan.due_on, Loan.id)
_READER = select(
    Reader.id,
    Reader.category,
    Reader.class_id,
    Reader.card_expires_on,
    Reader.card_lost_on,
    Reader.suspended_until,
    Reader.left_on,
).where(Reader.id == bindparam("reader"))
_COPY = (
    select(
        Copy.id,
        Copy.title_id,
        Title.kind,
        Copy.state,
        Place.kind.label("place_kind"),
        Place.class_id,
        SchoolClass.grade,
        SchoolClass.number,
        Loan.id.label("loan_id"),
        Loan.reader_id,
        Loan.due_on,
        Loan.renewals,
        Loan.excused,
    )
    .join(Title, Title.id == Copy.title_id)
    .join(Place, Place.id == Copy.place_id)
    .outerjoin(SchoolClass, SchoolClass.id == Place.class_id)
    .outerjoin(Loan, (Loan.copy_id == Copy.id) & Loan.returned_at.is_(None))
    .where(Copy.id == bindparam("copy"))
)
_BOOK = (
    select(Copy.title_id, Copy.label, Title.title, Title.author, Title.class_number)
    .join(Title, Title.id == Copy.title_id)
    .where(Copy.id == bindparam("copy"))
)
_PERSON = (
    select(Reader.name, Reader.category, SchoolClass.grade, SchoolClass.number)
    .outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)
    .where(Reader.id == bindparam("reader"))
)
_READ_BEFORE = (
    select(Loan.id)
    .where(Loan.reader_id == bindparam("reader"), Loan.title_id == bindparam("title"))
    .where(Loan.returned_at.is_not(None), Loan.undone.is_(False), Loan.lent_at < bindparam("before"))
    .limit(1)
)


def reader_facts(connection: Connection, reader: int) -> ReaderFacts | None:
    """A reader with all open loans, the soonest due first."""
    row = connection.execute(_READER, {"reader": reader}).first()
    if row is None:
        return None
    loans = connection.execute(_LOANS_OF, {"reader": reader})
    return ReaderFacts(*row, tuple(OpenLoan(*loan) for loan in loans))


def copy_facts(connection: Connection, copy: int) -> CopyFacts | None:
    """A copy with its place and its open loan."""
    row = connection.execute(_COPY, {"copy": copy}).first()
    if row is None:
        return None
    loan = None
    if row.loan_id is not None:
        loan = OpenLoan(row.loan_id, copy, row.title_id, row.kind, row.reader_id, row.due_on, row.renewals, row.excused)
    corner = f"{row.grade}-{row.number}" if row.grade is not None else ""
    return CopyFacts(copy, row.title_id, row.kind, row.state, row.place_kind, row.class_id, corner, loan)


def book(connection: Connection, copy: int) -> RowMapping | None:
    """What a screen shows of a copy: title_id, label, title, author, class_number."""
    return connection.execute(_BOOK, {"copy": copy}).mappings().first()


def person(connection: Connection, reader: int) -> RowMapping | None:
    """What a screen shows of a reader: name, category, grade and number of the class."""
    return connection.execute(_PERSON, {"reader": reader}).mappings().first()


def has_read(connection: Connection, reader: int, title: int, before: datetime) -> bool:
    """Whether the reader had this title on a loan that is over and began before that moment."""
    values = {"reader": reader, "title": title, "before": before}
    return connection.execute(_READ_BEFORE, values).first() is not None


_SETTING = select(Setting.value).where(Setting.key == bindparam("key"))


def setting(connection: Connection, key: str, default: str = "") -> str:
    """A fact about the whole library."""
    return connection.execute(_SETTING, {"key": key}).scalar() or default


def current_policy(connection: Connection) -> policy.Policy:
    """The library's rules as they stand."""
    kinds = connection.execute(select(KindRule))
    categories = connection.execute(select(CategoryRule))
    days = list(connection.execute(select(CalendarDay.day, CalendarDay.open)))
    terms = connection.execute(select(Term.starts_on, Term.ends_on).order_by(Term.starts_on))
    hours = connection.execute(
        select(LendingHours.weekday, LendingHours.opens, LendingHours.closes, LendingHours.station)
    )
    calendar = policy.Calendar(
        tuple(policy.Term(*row) for row in terms),
        frozenset(row.day for row in days if not row.open),
        frozenset(row.day for row in days if row.open),
    )
    return policy.Policy(
        {
            (row.category, row.kind): policy.KindRule(row.days, row.limit, row.renewals, row.renew_within)
            for row in kinds
        },
        {row.category: policy.CategoryRule(row.limit, row.overdue_blocks, row.precedence) for row in categories},
        calendar,
        tuple(policy.Hours(*row) for row in hours),
        int(setting(connection, "reservation_days", str(policy.RESERVATION_DAYS))),
    )


# What a code names

_READER_OF = select(Reader.id).where(Reader.card == bindparam("card"))
_COPY_OF = select(Copy.id).where(Copy.label == bindparam("label"))


def reader_of(connection: Connection, card: ReaderCard) -> int | None:
    """The reader with this card."""
    return connection.scalar(_READER_OF, {"card": card.number})


def copy_of(connection: Connection, label: CopyLabel) -> int | None:
    """The copy with this label."""
    return connection.scalar(_COPY_OF, {"label": label.number})


def copies_of_isbn(connection: Connection, code: Isbn) -> list[tuple[int, int | None]]:
    """(copy id, id of the reader who has it or None) of every copy in stock with this ISBN."""
    query = (
        select(Copy.id, Loan.reader_id)
        .join(Title, Title.id == Copy.title_id)
        .outerjoin(Loan, (Loan.copy_id == Copy.id) & Loan.returned_at.is_(None))
        .where(Title.isbn == code.isbn, Copy.state != "withdrawn")
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def copies_of_title(connection: Connection, title: int) -> list[int]:
    """The copies of a title, those that belong to the stock before the withdrawn ones."""
    query = select(Copy.id).where(Copy.title_id == title)
    return list(connection.scalars(query.order_by(Copy.state == "withdrawn", Copy.id)))


def title_of(connection: Connection, copy: int) -> int:
    """The title of a copy that is there."""
    return connection.scalars(select(Copy.title_id).where(Copy.id == copy)).one()


def cards_and_labels(connection: Connection) -> tuple[list[str], list[str]]:
    """The texts of all cards and of all labels in stock, from which a scanner learns what ours look like."""
    cards = connection.scalars(select(Reader.card))
    labels = connection.scalars(select(Copy.label).where(Copy.state != "withdrawn"))
    return list(cards), list(labels)
