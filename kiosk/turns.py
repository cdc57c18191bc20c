"""PURE. The words of the conversation: what a station hears, asks of the desk and keeps in mind, and for how long."""

from dataclasses import dataclass
from datetime import datetime

RETURN_OR_RENEW, OTHERS_LOAN, CARD_OR_LABEL = "return_or_renew", "others_loan", "card_or_label"
RESERVE_IT = "reserve_it"


@dataclass(frozen=True, slots=True)
class Deed:
    """What the desk did in this session, or in this idle run of returns: for undo, and for the summary."""

    verb: str
    copy: int
    entry: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Something only the person can know; the same code again, a moment later, is the first choice."""

    kind: str
    copy: int
    at: datetime
    reader: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a finished session did, for the goodbye."""

    reader: int
    deeds: tuple[Deed, ...]

    def count(self, verb: str) -> int:
        """How many books were lent, returned or renewed."""
        return sum(deed.verb == verb for deed in self.deeds)


@dataclass(frozen=True, slots=True)
class State:
    """A station's side of the conversation; State() is idle. `touched` is when it last heard something, `undid` when it
    undid something, if that was the last thing it did."""

    reader: int | None = None
    opened: datetime | None = None
    held: tuple[int, ...] = ()
    deeds: tuple[Deed, ...] = ()
    question: Question | None = None
    renewing: bool = False
    strangers: int = 0
    helped: bool = False
    language: str = ""
    summary: Summary | None = None
    touched: datetime | None = None
    undid: datetime | None = None

    @property
    def phase(self) -> str:
        """idle, holding, session or finished."""
        if self.reader is not None:
            return "session"
        return "holding" if self.held else "finished" if self.summary else "idle"


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A reader's card."""

    reader: int


@dataclass(frozen=True, slots=True)
class CopySeen:
    """A copy's label, and whose open loan it is on."""

    copy: int
    on_loan_to: int | None = None


@dataclass(frozen=True, slots=True)
class BothSeen:
    """A number that is a card and a label."""

    reader: int
    copy: int


@dataclass(frozen=True, slots=True)
class IsbnSeen:
    """A publisher's ISBN that could mean several of our copies, or none."""

    isbn: str


@dataclass(frozen=True, slots=True)
class StrangerSeen:
    """A code that is nothing of ours, and what it said."""

    why: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class CommandSeen:
    """DONE, UNDO, RENEW, HELP or LANGUAGE (then `argument` is the language to speak)."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice made on the screen."""

    value: str


@dataclass(frozen=True, slots=True)
class TitleWanted:
    """Somebody wants a title that is out; `copy` is one of its copies, and stands for all."""

    copy: int


Input = CardSeen | CopySeen | BothSeen | IsbnSeen | StrangerSeen | CommandSeen | Chosen | TitleWanted


@dataclass(frozen=True, slots=True)
class Request:
    """What the desk is to do or to note. `verb` is one of greet, finish, lend, take_back, renew, reserve, undo, which
    write; hold, drop, ask, stranger, isbn, help, which are noted; and show, which changes nothing and is only said.
    `text` is what a stranger's code said."""

    verb: str
    copy: int | None = None
    reader: int | None = None
    entry: int | None = None
    why: str = ""
    text: str = ""


Answer = tuple[State, tuple[Request, ...]]


def seconds_left(state: State, now: datetime, session_seconds: float, outcome_seconds: float) -> float | None:
    """Seconds of silence until `lapse` does something; None for an idle station with nothing to forget."""
    if state.touched is None:
        return None
    waits = state.reader is not None or state.held or state.question
    return (session_seconds if waits else outcome_seconds) - (now - state.touched).total_seconds()
