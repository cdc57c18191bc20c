"""The desk against a simple model of itself: any order of verbs, repeated scans, undos and a clock that jumps.

The model knows nothing of tables, ledgers or rules as functions: it is what a librarian's helper might keep on paper.
Whatever happens, desk and model must say the same and hold the same loans.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from kiosk.audit import audit
from kiosk.database import Database
from kiosk.desk import Desk
from kiosk.models import LedgerEntry, Loan
from kiosk.outcome import Outcome
from tests.cast import (
    BEES,
    BEES_AGAIN,
    CATEGORY_RULES,
    ENTRANCE,
    FERRY,
    HOLIDAYS,
    KIND_OF,
    KIND_RULES,
    LIHUA,
    MAGAZINE,
    MAGAZINE_AGAIN,
    MORNING,
    PLAIN,
    ROOM,
    TEACHER,
    TERM_ENDS,
    TODAY,
    WORKING_SATURDAY,
    XIAOMING,
    ZONE,
    Person,
    Thing,
    image,
)

READERS = (XIAOMING, LIHUA, TEACHER)
COPIES = (FERRY, BEES, BEES_AGAIN, MAGAZINE, MAGAZINE_AGAIN, PLAIN[0])
CHINA = timedelta(hours=8)
OPEN_LOANS = select(Loan.copy_id, Loan.reader_id, Loan.due_on, Loan.renewals).where(Loan.returned_at.is_(None))


@dataclass(slots=True)
class Slip:
    """A loan as the model keeps it; `deeds` are those that stand, `dues` its due dates, the present one last."""

    reader: Person
    thing: Thing
    lent_at: datetime
    dues: list[date]
    deeds: list[tuple[int, str]] = field(default_factory=list)
    returned: bool = False
    undone: bool = False

    @property
    def kind(self) -> str:
        return KIND_OF.get(self.thing.title, "book")


def open_day(day: date) -> bool:
    return day not in HOLIDAYS and (day.weekday() < 5 or day == WORKING_SATURDAY)


def due_date(reader: Person, kind: str, today: date) -> date:
    due = today + timedelta(days=cell(reader, kind)[0])
    while not open_day(due):
        due += timedelta(days=1)
    if reader.category == "student" and TODAY <= today <= TERM_ENDS:
        due = min(due, TERM_ENDS)
    return due


@cache
def cell(reader: Person, kind: str) -> tuple[int, int, int, int]:
    """Days, limit, renewals and days before the due date on which renewing begins."""
    return next(row[2:] for row in KIND_RULES if row[:2] == (reader.category, kind))


class Model:
    """Every loan there was, and what the desk should say."""

    def __init__(self) -> None:
        self.slips: list[Slip] = []

    def slip_of(self, thing: Thing) -> Slip | None:
        return next((slip for slip in self.slips if slip.thing == thing and not slip.returned), None)

    def bag(self, reader: Person) -> list[Slip]:
        return [slip for slip in self.slips if slip.reader == reader and not slip.returned]

    def against_lending(self, reader: Person, thing: Thing, now: datetime) -> list[str]:
        bag, slip, kind = self.bag(reader), self.slip_of(thing), KIND_OF.get(thing.title, "book")
        limit, blocks = next(row[1:] for row in CATEGORY_RULES if row[0] == reader.category)
        told = {
            "ALREADY_YOURS": slip is not None and slip.reader == reader,
            "ON_LOAN_TO_ANOTHER": slip is not None and slip.reader != reader,
            "LIMIT_REACHED": len(bag) >= limit,
            "KIND_LIMIT_REACHED": sum(each.kind == kind for each in bag) >= cell(reader, kind)[1],
            "OVERDUE_AT_HOME": blocks and any(each.dues[-1] < local(now) for each in bag),
            "SAME_TITLE": any(each.thing.title == thing.title and each.thing != thing for each in bag),
            "READ_BEFORE": any(
                each.reader == reader
                and each.thing.title == thing.title
                and each.returned
                and not each.undone
                and each.lent_at < now - timedelta(hours=12)
                for each in self.slips
            ),
        }
        return [reason for reason, holds in told.items() if holds]

    def against_renewing(self, reader: Person, thing: Thing, now: datetime) -> list[str]:
        slip = self.slip_of(thing)
        if slip is None:
            return ["NOT_YOURS"]
        _, _, renewals, within = cell(reader, slip.kind)
        left = (slip.dues[-1] - local(now)).days
        told = {
            "NOT_YOURS": slip.reader != reader,
            "RENEWALS_REACHED": len(slip.dues) - 1 >= renewals,
            "OVERDUE": left < 0,
            "RENEW_LATER": left > within,
        }
        return [reason for reason, holds in told.items() if holds]

    def undoable(self, entry: int) -> Slip | None:
        """The slip whose last standing deed this entry is, if its copy has not gone elsewhere since: whoever was lent
        it afterwards has seen that it did come back."""
        slip = next((each for each in self.slips if each.deeds and each.deeds[-1][0] == entry), None)
        if slip and slip.deeds[-1][1] == "returned" and self.lent_since(slip):
            return None
        return slip

    def lent_since(self, slip: Slip) -> bool:
        later = self.slips[self.slips.index(slip) + 1 :]
        return any(each.thing == slip.thing and not each.undone for each in later)

    def undo(self, slip: Slip) -> None:
        _, verb = slip.deeds.pop()
        if verb == "lent":
            slip.returned = slip.undone = True
        elif verb == "returned":
            slip.returned = False
        else:
            slip.dues.pop()


def local(now: datetime) -> date:
    return (now + CHINA).date()


@cache
def memory() -> tuple[Desk, bytes]:
    """A desk over a database in memory, and the bytes that make it a new school again."""
    plain = bytearray(image())
    plain[18:20] = b"\x01\x01"  # a database in memory has no write-ahead log
    return Desk(Database("sqlite:///:memory:"), ZONE), bytes(plain)


class AtTheDesk(RuleBasedStateMachine):
    """Two stations, three readers, six copies."""

    def __init__(self) -> None:
        super().__init__()
        self.desk, school = memory()
        raw = self.desk.database.engine.raw_connection()
        raw.driver_connection.deserialize(school)  # type: ignore[union-attr]
        raw.close()
        self.model, self.now, self.station = Model(), MORNING, ENTRANCE
        self.scans: list[tuple[str, Outcome]] = []
        self.entries: dict[int, str] = {}

    @initialize(
        start=st.sampled_from(
            [MORNING, datetime(2026, 4, 22, 3, 0, tzinfo=UTC), datetime(2026, 6, 18, 17, 0, tzinfo=UTC)]
        )
    )
    def one_fine_day(self, start: datetime) -> None:
        self.now = start

    @rule(reader=st.sampled_from(READERS), thing=st.sampled_from(COPIES))
    def lend(self, reader: Person, thing: Thing) -> None:
        told = self.model.against_lending(reader, thing, self.now)
        outcome = self.desk.lend(reader.id, thing.id, **self.here())
        if set(told) <= {"READ_BEFORE"}:
            due = due_date(reader, KIND_OF.get(thing.title, "book"), local(self.now))
            self.says(outcome, "lent", told, due)
            self.model.slips.append(Slip(reader, thing, self.now, [due], [(outcome.entry, "lent")]))
        else:
            self.says(outcome, "refused", told)

    @rule(thing=st.sampled_from(COPIES))
    def take_back(self, thing: Thing) -> None:
        slip = self.model.slip_of(thing)
        outcome = self.desk.take_back(thing.id, **self.here())
        if slip is None:
            self.says(outcome, "already", ["NOT_ON_LOAN"])
            return
        self.says(outcome, "returned", ["LATE"] if slip.dues[-1] < local(self.now) else [], slip.dues[-1])
        assert outcome.reader_id == slip.reader.id
        slip.returned = True
        slip.deeds.append((outcome.entry, "returned"))

    @rule(which=st.integers(0, 3))
    def bring_a_book_back(self, which: int) -> None:
        out = [slip.thing for slip in self.model.slips if not slip.returned]
        if out:
            self.take_back(out[which % len(out)])

    @rule(reader=st.sampled_from(READERS), which=st.integers(0, 3))
    def take_a_book_from_the_shelf(self, reader: Person, which: int) -> None:
        free = [thing for thing in COPIES if not self.model.slip_of(thing)]
        if free:
            self.lend(reader, free[which % len(free)])

    @rule(reader=st.sampled_from(READERS), thing=st.sampled_from(COPIES))
    def renew(self, reader: Person, thing: Thing) -> None:
        told = self.model.against_renewing(reader, thing, self.now)
        outcome = self.desk.renew(reader.id, thing.id, **self.here())
        if told:
            self.says(outcome, "refused", told)
            return
        slip = self.model.slip_of(thing)
        assert slip
        slip.dues.append(max(slip.dues[-1], due_date(reader, slip.kind, local(self.now))))
        slip.deeds.append((outcome.entry, "renewed"))
        self.says(outcome, "renewed", [], slip.dues[-1])

    @rule(thing=st.sampled_from(COPIES), days_left=st.integers(-1, 6))
    def renew_near_the_due_date(self, thing: Thing, days_left: int) -> None:
        slip = self.model.slip_of(thing)
        if slip:
            due = datetime(slip.dues[-1].year, slip.dues[-1].month, slip.dues[-1].day, 3, 0, tzinfo=UTC)
            self.now = max(self.now, due - timedelta(days=days_left))
            self.renew(slip.reader, thing)

    @rule(back=st.integers(1, 4))
    def undo_a_deed(self, back: int) -> None:
        deeds = [entry for slip in self.model.slips for entry, _ in slip.deeds]
        if deeds:
            self.undo(sorted(deeds)[-min(back, len(deeds))])

    @rule(back=st.integers(1, 6))
    def undo_anything(self, back: int) -> None:
        if self.entries:
            self.undo(list(self.entries)[-min(back, len(self.entries))])

    def undo(self, entry: int) -> None:
        slip = self.model.undoable(entry) if self.entries[entry] == self.station else None
        outcome = self.desk.undo(entry, **self.here())
        if slip is None:
            self.says(outcome, "refused", ["CANNOT_UNDO"])
            return
        self.says(outcome, "undone", [])
        assert (outcome.copy_id, outcome.reader_id) == (slip.thing.id, slip.reader.id)
        self.model.undo(slip)

    @rule(
        back=st.integers(1, 8), reader=st.sampled_from(READERS), thing=st.sampled_from(COPIES), verb=st.integers(0, 3)
    )
    def the_same_scan_again(self, back: int, reader: Person, thing: Thing, verb: int) -> None:
        if not self.scans:
            return
        scan_id, first = self.scans[-min(back, len(self.scans))]
        here: dict[str, Any] = {"station": self.station, "now": self.now, "scan_id": scan_id}
        again = (
            lambda: self.desk.lend(reader.id, thing.id, **here),
            lambda: self.desk.take_back(thing.id, **here),
            lambda: self.desk.renew(reader.id, thing.id, **here),
            lambda: self.desk.undo(first.entry, **here),
        )[verb]
        assert again() == first

    @rule(days=st.integers(1, 40))
    def days_go_by(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(minutes=st.sampled_from([-120, -1, 0, 1, 60, 600]))
    def the_clock_is_put_right(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def somebody_walks_to_the_other_station(self) -> None:
        self.station = ROOM if self.station == ENTRANCE else ENTRANCE

    @invariant()
    def desk_and_model_hold_the_same_loans(self) -> None:
        with self.desk.database.reading() as connection:
            rows = [tuple(row) for row in connection.execute(OPEN_LOANS)]
        assert len({row[0] for row in rows}) == len(rows), "at most one open loan of a copy"
        slips = [slip for slip in self.model.slips if not slip.returned]
        assert sorted(rows) == sorted((s.thing.id, s.reader.id, s.dues[-1], len(s.dues) - 1) for s in slips)

    def teardown(self) -> None:
        with self.desk.database.reading() as connection:
            assert list(audit(connection)) == []
            written = list(connection.scalars(select(LedgerEntry.scan_id).order_by(LedgerEntry.id)))
        assert written == [scan_id for scan_id, _ in self.scans], "one entry for every scan, no more"

    def here(self) -> dict[str, Any]:
        return {"station": self.station, "now": self.now, "scan_id": f"scan-{len(self.scans)}"}

    def says(self, outcome: Outcome, verb: str, told: list[str], due: date | None = None) -> None:
        assert (outcome.verb, [str(each.reason) for each in outcome.findings], outcome.due_on) == (verb, told, due)
        self.entries[outcome.entry] = self.station
        self.scans.append((f"scan-{len(self.scans)}", outcome))


TestTheDeskAndItsModelAgree = AtTheDesk.TestCase
TestTheDeskAndItsModelAgree.settings = settings(
    max_examples=2000, stateful_step_count=15, suppress_health_check=list(HealthCheck)
)
