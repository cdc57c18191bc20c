"""The keys of the counter: which letters go with what is on the screen, and what each asks the desk for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kiosk import outcome
from kiosk.decision import CopyFacts, Reason, Tier
from kiosk.marks import say
from kiosk.outcome import Outcome
from kiosk.reader_page import LoanLine, Note, Waiting
from kiosk.recent import VERBS
from kiosk.roles import Right, Staff
from kiosk.sitting import Sitting

ASKED = "asked"  # what an assistant, who has no reason to give, tries to pass a rule over with


@dataclass(frozen=True, slots=True)
class Key:
    """A letter and its button. `do` is a deed of kiosk.counter_deeds with its `data`; `ask` names the tray that is
    opened first, for what has to be typed; `main` is what Enter does; `right` is what the deed needs."""

    letter: str
    word: str
    do: str
    data: Mapping[str, object] = field(default_factory=dict)
    ask: str = ""
    main: bool = False
    right: Right = "serve"


def of_outcome(done: Outcome, sitting: Sitting, copy: CopyFacts | None, staff: Staff) -> tuple[Key, ...]:
    """What can follow something that was done."""
    return tuple(_of_outcome(done, sitting, copy, staff))


def _of_outcome(done: Outcome, sitting: Sitting, copy: CopyFacts | None, staff: Staff) -> Iterator[Key]:
    if done.refused:
        yield from _override(done, staff)
    if done.verb == outcome.RETURNED and copy is not None:
        yield from _after_return(done, sitting, copy)
    if done.entry and done.verb in VERBS:
        yield Key("U", say("Undo"), "undo", {"number": done.entry})
    if copy is None:
        return
    if done.verb in (outcome.LENT, outcome.RENEWED, outcome.DUE):
        yield _due(copy.id)
    if done.verb in (outcome.RETURNED, outcome.ALREADY) or (done.refused and done.has(Reason.RESERVED)):
        yield Key("V", say("Reserve the title"), "reserve", {"copy": copy.id, "reader": sitting.reader or 0})
    if done.verb in (outcome.RETURNED, outcome.ALREADY) or (done.refused and done.has(Reason.IN_REPAIR)):
        yield from _of_copy(copy.id, copy.state, at_hand=done.verb == outcome.RETURNED)


def _override(done: Outcome, staff: Staff) -> Iterator[Key]:
    tiers = {each.tier for each in done.findings}
    if Tier.REFUSE in tiers or Tier.OVERRIDE not in tiers or done.why not in ("lend", "renew"):
        return
    data = {"reader": done.reader_id or 0, "copy": done.copy_id or 0, "number": done.kept.get("returned", 0)}
    if staff.may("override"):
        yield Key("O", say("Override"), done.why, data, "override", main=True, right="override")
    else:
        yield Key("O", say("Override"), done.why, {**data, "text": ASKED}, right="override")


def _after_return(done: Outcome, sitting: Sitting, copy: CopyFacts) -> Iterator[Key]:
    reader = done.reader_id or 0
    if sitting.reader not in (None, reader) and copy.loan is None:
        word = say("Lend it to this reader") if not done.has(Reason.SET_ASIDE) else say("Lend it all the same")
        yield Key("B", word, "lend", {"reader": sitting.reader, "copy": copy.id}, main=True)
    elif copy.loan is None:
        yield Key("R", say("Renew instead"), "renew", {"reader": reader, "copy": copy.id, "number": done.entry})


def of_loan(loan: LoanLine, reader: int) -> tuple[Key, ...]:
    """What can be done with something the reader has at home."""
    return (
        Key("R", say("Renew"), "renew", {"reader": reader, "copy": loan.copy}),
        _due(loan.copy),
        Key("B", say("Take back"), "back", {"copy": loan.copy}),
        *_of_copy(loan.copy, loan.state),
    )


def of_waiting(waiting: Waiting) -> tuple[Key, ...]:
    """What can be done with a reservation."""
    return (Key("X", say("Cancel the reservation"), "cancel", {"number": waiting.reservation}),)


def of_note(note: Note) -> tuple[Key, ...]:
    """What can be done with a note."""
    return (Key("X", say("Remove the note"), "unnote", {"number": note.id}),)


def of_reader(reader: int, has_loans: bool) -> tuple[Key, ...]:
    """What can be done while a reader's page is open."""
    keys = [Key("N", say("Note"), "note", {"reader": reader}, "note")]
    if has_loans:
        keys.insert(0, Key("A", say("Renew all"), "renew_all", {"reader": reader}))
    return tuple(keys)


def of_fresh_loan(reader: int, copy: int) -> tuple[Key, ...]:
    """What can be done with a book that was lent within the hour and is scanned again."""
    return (
        Key("B", say("Take back"), "back", {"copy": copy}, main=True),
        Key("R", say("Renew"), "renew", {"reader": reader, "copy": copy}),
    )


def _due(copy: int) -> Key:
    return Key("D", say("Due date"), "due", {"copy": copy}, "due", right="override")


def _of_copy(copy: int, state: str, at_hand: bool = False) -> Iterator[Key]:
    """How the copy is; what lies on the counter is hardly lost."""
    if state == "repair":
        yield Key("M", say("Back from repair"), "mended", {"copy": copy})
    elif state == "ok":
        yield Key("P", say("To repair"), "repair", {"copy": copy}, "repair")
    if state == "lost":
        yield Key("F", say("Found again"), "found", {"copy": copy})
    elif state in ("ok", "repair") and not at_hand:
        yield Key("L", say("Lost"), "lost", {"copy": copy}, "lost", right="stock")
