"""What a self-check screen shows, as plain values: made from the conversation, its last outcomes and the database."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Book:
    """A copy as a child would recognise it; `cover_seed` picks its drawn cover and is the same for every copy."""

    label: str
    title: str
    author: str
    class_number: str
    cover_seed: int


@dataclass(frozen=True, slots=True)
class Loaned:
    """A book at home; `days_left` is negative when it is overdue."""

    book: Book
    due_on: date
    days_left: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What happened to a book in this session (or this idle run of returns); `fresh` if just now."""

    verb: str
    book: Book
    due_on: date | None
    fresh: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What just happened, at the centre of the screen.

    `kind` is well, look, not, hello or bye; `verb` as in kiosk.outcome; `sound` names a sound of sound.js;
    `reasons` are sentences in the station's language, the main one first; `next` says what to do.
    """

    id: int
    kind: str
    verb: str
    sound: str
    book: Book | None = None
    due_on: date | None = None
    days_left: int | None = None
    reasons: tuple[str, ...] = ()
    next: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One large button of a question."""

    value: str
    word: str
    symbol: str
    primary: bool


@dataclass(frozen=True, slots=True)
class Question:
    """return_or_renew, others_loan or card_or_label."""

    kind: str
    book: Book | None
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader whose session is open: never more than a first name and the class."""

    name: str
    class_name: str
    may_borrow: int
    limit: int
    loans: tuple[Loaned, ...]
    overdue: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """A scanner of this station; `sentence` is empty when all is well."""

    device: str
    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class View:
    """The whole screen. `seq` grows with every change; `seconds` is the silence left, None for no countdown."""

    seq: int
    phase: str
    language: str
    languages: tuple[tuple[str, str], ...]
    library: str
    station: str
    demo: bool
    camera: bool
    reader: Reader | None
    held: tuple[Book, ...]
    deeds: tuple[Deed, ...]
    outcome: Outcome | None
    question: Question | None
    can_undo: bool
    help_called: bool
    seconds: float | None
    seconds_total: float
    devices: tuple[Device, ...]
    summary: tuple[int, int, int] | None

    def told(self) -> dict[str, Any]:
        """What the page is told of it beside the HTML."""
        said = self.outcome
        return {
            "seq": self.seq,
            "outcome": said.id if said else None,
            "sound": said.sound if said else "none",
            "secondsTotal": self.seconds_total,
            "language": self.language,
            "phase": self.phase,
        }
