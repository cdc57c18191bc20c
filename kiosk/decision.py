"""PURE. What a decision rests on and what it says: facts, reasons, findings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Tier(StrEnum):
    """How much a finding weighs: nobody may, the librarian may, or merely worth saying."""

    REFUSE = "refuse"
    OVERRIDE = "override"
    NOTE = "note"


class Reason(StrEnum):
    """Stable codes; the words for them are in `wording`, one sentence per language."""

    READER_UNKNOWN = "READER_UNKNOWN"
    SUSPENDED = "SUSPENDED"
    CARD_EXPIRED = "CARD_EXPIRED"
    CARD_LOST = "CARD_LOST"
    LEFT_SCHOOL = "LEFT_SCHOOL"
    COPY_UNKNOWN = "COPY_UNKNOWN"
    WITHDRAWN = "WITHDRAWN"
    IN_REPAIR = "IN_REPAIR"
    READING_ROOM_ONLY = "READING_ROOM_ONLY"
    FOUND = "FOUND"
    ALREADY_YOURS = "ALREADY_YOURS"
    ON_LOAN_TO_ANOTHER = "ON_LOAN_TO_ANOTHER"
    OTHER_CORNER = "OTHER_CORNER"
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    KIND_NOT_LENT = "KIND_NOT_LENT"
    LIMIT_REACHED = "LIMIT_REACHED"
    KIND_LIMIT_REACHED = "KIND_LIMIT_REACHED"
    OVERDUE_AT_HOME = "OVERDUE_AT_HOME"
    SAME_TITLE = "SAME_TITLE"
    READ_BEFORE = "READ_BEFORE"
    LATE = "LATE"
    NOT_ON_LOAN = "NOT_ON_LOAN"
    BELONGS_TO_CORNER = "BELONGS_TO_CORNER"
    NEEDS_REPAIR = "NEEDS_REPAIR"
    RENEWALS_REACHED = "RENEWALS_REACHED"
    OVERDUE = "OVERDUE"
    RENEW_LATER = "RENEW_LATER"
    NOT_YOURS = "NOT_YOURS"
    CANNOT_UNDO = "CANNOT_UNDO"
    RESERVED = "RESERVED"
    SET_ASIDE = "SET_ASIDE"
    ALREADY_RESERVED = "ALREADY_RESERVED"
    ON_THE_SHELF = "ON_THE_SHELF"
    RESERVATIONS_REACHED = "RESERVATIONS_REACHED"
    TITLE_UNKNOWN = "TITLE_UNKNOWN"
    NOT_ALLOWED = "NOT_ALLOWED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason with its weight and the plain values (numbers, ISO dates, names) its sentence needs."""

    reason: Reason
    tier: Tier
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenLoan:
    """A loan that has not come back; no rule counts an `excused` one against its reader."""

    id: int
    copy_id: int
    title_id: int
    kind: str
    reader_id: int
    due_on: date
    renewals: int
    excused: bool = False


@dataclass(frozen=True, slots=True)
class ReaderFacts:
    """What the rules need to know of a reader; `loans` are all open ones, `reserved` counts open reservations."""

    id: int
    category: str
    class_id: int | None = None
    card_expires_on: date | None = None
    card_lost_on: date | None = None
    suspended_until: date | None = None
    left_on: date | None = None
    loans: tuple[OpenLoan, ...] = ()
    reserved: int = 0

    @property
    def counted(self) -> tuple[OpenLoan, ...]:
        """The loans that count: not the excused ones."""
        return tuple(loan for loan in self.loans if not loan.excused)


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What the rules need to know of a copy; `corner` is the class (id and name) whose book corner it lives in."""

    id: int
    title_id: int
    kind: str = "book"
    state: str = "ok"
    place_kind: str = "shelf"
    corner_class_id: int | None = None
    corner: str = ""
    loan: OpenLoan | None = None


@dataclass(frozen=True, slots=True)
class TitleFacts:
    """What the rules need to know of a title: how many copies belong to the stock, how many of them the reader may
    have, how many of those are free now, and which readers wait for one that is not set aside yet, the next one first.
    `set_aside` maps a copy to its reader."""

    id: int
    kind: str = "book"
    copies: int = 0
    lendable: int = 0
    free: int = 0
    waiting: tuple[int, ...] = ()
    set_aside: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one decision rests on. `moment` is local school time; `title` is known where it is asked for."""

    moment: datetime
    reader: ReaderFacts | None
    copy: CopyFacts | None
    read_before: bool = False
    title: TitleFacts | None = None
    station: str = ""

    @property
    def today(self) -> date:
        """The day in the school's time zone."""
        return self.moment.date()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say: every finding in telling order, and the due date it would have."""

    findings: tuple[Finding, ...]
    due_on: date | None = None

    @property
    def allowed(self) -> bool:
        """Whether nothing weighs more than a note."""
        return all(each.tier is Tier.NOTE for each in self.findings)

    @property
    def overridable(self) -> bool:
        """Whether a librarian may allow it: nothing is refused outright."""
        return all(each.tier is not Tier.REFUSE for each in self.findings)

    def passed_over(self) -> "Decision":
        """The decision after a librarian has said yes: what may be passed over is a note now."""
        if not self.overridable:
            return self
        return Decision(tuple(Finding(each.reason, Tier.NOTE, each.facts) for each in self.findings), self.due_on)
