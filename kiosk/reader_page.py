"""Everything the desk shows of one reader, in a number of queries that does not grow with what the reader has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from kiosk import memory, reader_notes
from kiosk.circulation import judge_reader
from kiosk.decision import Facts, Finding, ReaderFacts
from kiosk.models import Copy, Loan, Reader, SchoolClass, Title
from kiosk.models_desk import Reservation, Staff
from kiosk.policy import KINDS, Policy

_PERSON = (
    select(Reader.__table__, SchoolClass.grade, SchoolClass.number)
    .outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)
    .where(Reader.id == bindparam("reader"))
)
_LOANS = (
    select(
        *(Loan.id, Loan.copy_id, Loan.title_id, Loan.lent_at, Loan.due_on, Loan.renewals, Loan.excused),
        *(Copy.label, Copy.state, Title.title, Title.class_number, Title.kind),
    )
    .join(Copy, Copy.id == Loan.copy_id)
    .join(Title, Title.id == Loan.title_id)
    .where(Loan.reader_id == bindparam("reader"), Loan.returned_at.is_(None))
    .order_by(Loan.due_on, Loan.id)
)
_PAST = select(func.count(), func.max(Loan.lent_at), func.max(Loan.returned_at)).where(
    Loan.reader_id == bindparam("reader"), Loan.returned_at.is_not(None), Loan.undone.is_(False)
)
_MINE = select(Reservation.title_id).where(Reservation.reader_id == bindparam("reader"), Reservation.ended_at.is_(None))
_FIRST = (Reservation.precedence.desc(), Reservation.made_at, Reservation.id)
_QUEUES = (
    select(
        *(Reservation.id, Reservation.reader_id, Reservation.title_id, Reservation.waits_until),
        func.row_number().over(partition_by=Reservation.title_id, order_by=_FIRST).label("place"),
        *(Title.title, Copy.label),
    )
    .join(Title, Title.id == Reservation.title_id)
    .outerjoin(Copy, Copy.id == Reservation.copy_id)
    .where(Reservation.title_id.in_(_MINE), Reservation.ended_at.is_(None))
    .order_by(Reservation.made_at, Reservation.id)
)


@dataclass(frozen=True, slots=True)
class LoanLine:
    """Something the reader has at home. `days_late` is 0 while it is not late; `state` is the copy's."""

    loan: int
    copy: int
    title_id: int
    label: str
    title: str
    class_number: str
    kind: str
    lent_at: datetime
    due_on: date
    days_late: int
    renewals: int
    excused: bool
    state: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A title the reader waits for: `place` in the queue, or the label of the copy set aside and until when."""

    reservation: int
    title_id: int
    title: str
    place: int
    label: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Note:
    """What one of the staff wrote about the reader."""

    id: int
    text: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ReaderPage:
    """A reader as the desk sees them. `findings` say what is wrong with the card; `left` is what may still be
    borrowed, 0 while something blocks, and `left_of` the same for the kinds that are more narrowly limited."""

    id: int
    card: str
    name: str
    category: str
    grade: int | None
    number: int
    expires_on: date | None
    findings: tuple[Finding, ...]
    loans: tuple[LoanLine, ...]
    waiting: tuple[Waiting, ...]
    notes: tuple[Note, ...]
    past: int
    last_visit: datetime | None
    limit: int
    left: int
    left_of: Mapping[str, int]
    late: int


def of(connection: Connection, policy: Policy, reader: int, moment: datetime) -> ReaderPage | None:
    """The page of a reader at this local moment; None for somebody who is not there."""
    person = connection.execute(_PERSON, {"reader": reader}).mappings().first()
    facts = memory.reader_facts(connection, reader)
    if person is None or facts is None:
        return None
    today, loans = moment.date(), _loans(connection, reader, moment.date())
    late = sum(loan.due_on < today for loan in facts.counted)
    findings = judge_reader(Facts(moment, facts, None), policy).findings
    blocked = bool(findings) or (late > 0 and policy.category(facts.category).overdue_blocks)
    left, left_of = (0, dict[str, int]()) if blocked else _still(facts, policy)
    past, lent, back = connection.execute(_PAST, {"reader": reader}).one()
    return ReaderPage(
        id=reader,
        card=person["card"],
        name=person["name"],
        category=facts.category,
        grade=person["grade"],
        number=person["number"] or 0,
        expires_on=facts.card_expires_on,
        findings=findings,
        loans=loans,
        waiting=_waiting(connection, reader),
        notes=_notes(connection, reader),
        past=past,
        last_visit=max(filter(None, (lent, back, *(loan.lent_at for loan in loans))), default=None),
        limit=policy.category(facts.category).limit,
        left=left,
        left_of=left_of,
        late=late,
    )


def short(connection: Connection, readers: Sequence[int]) -> Mapping[int, RowMapping]:
    """id, name, card, category, grade and number of some readers, for naming whose loan it was or who waits."""
    query = select(Reader.__table__, SchoolClass.grade, SchoolClass.number)
    query = query.outerjoin(SchoolClass, SchoolClass.id == Reader.class_id).where(Reader.id.in_(set(readers)))
    return {row["id"]: row for row in connection.execute(query).mappings()} if readers else {}


def _loans(connection: Connection, reader: int, today: date) -> tuple[LoanLine, ...]:
    return tuple(
        LoanLine(
            *(row.id, row.copy_id, row.title_id, row.label, row.title, row.class_number, row.kind, row.lent_at),
            *(row.due_on, 0 if row.excused else max((today - row.due_on).days, 0), row.renewals, row.excused),
            row.state,
        )
        for row in connection.execute(_LOANS, {"reader": reader})
    )


def _waiting(connection: Connection, reader: int) -> tuple[Waiting, ...]:
    return tuple(
        Waiting(row.id, row.title_id, row.title, row.place, row.label or "", row.waits_until)
        for row in connection.execute(_QUEUES, {"reader": reader})
        if row.reader_id == reader
    )


def _notes(connection: Connection, reader: int) -> tuple[Note, ...]:
    rows = reader_notes.of_reader(connection, reader)
    writers = select(Staff.id, Staff.name).where(Staff.id.in_({row.made_by for row in rows} - {None}))
    names = {row[0]: row[1] for row in connection.execute(writers)} if rows else {}
    return tuple(Note(row.id, row.text, row.made_at, names.get(row.made_by or 0, "")) for row in rows)


def _still(facts: ReaderFacts, policy: Policy) -> tuple[int, dict[str, int]]:
    """What may still be borrowed over all kinds, and of each kind that is limited more narrowly than that."""
    left = max(policy.category(facts.category).limit - len(facts.counted), 0)
    kinds = {}
    for kind in KINDS:
        held = sum(loan.kind == kind for loan in facts.counted)
        kinds[kind] = min(left, max(policy.kind(facts.category, kind).limit - held, 0))
    return left, {kind: number for kind, number in kinds.items() if number < left}
