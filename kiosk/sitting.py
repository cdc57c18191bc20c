"""Who is being served at the counter, and what one scan or one key there has led to.

The page keeps the sitting and sends it along with everything it asks; nothing of it is kept here, so that two
librarians at two browsers never get into each other's way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kiosk import outcome
from kiosk.outcome import Outcome

SHOWN = "shown"  # the verb of an outcome that only says something and is not in the ledger
CARD_OR_LABEL, WHICH_COPY, LENT_JUST_NOW = "card_or_label", "which_copy", "lent_just_now"
QUESTIONS = (CARD_OR_LABEL, WHICH_COPY, LENT_JUST_NOW)


@dataclass(frozen=True, slots=True)
class Sitting:
    """Whose page is open, whether the next book is to be renewed, and which title waits for a card."""

    reader: int | None = None
    renewing: bool = False
    reserving: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something only the person at the counter knows: is this a card or a label, which of these copies is it, does a
    book that was lent a moment ago come back already. Nothing has been done yet."""

    kind: str
    reader: int | None = None
    copies: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """How the sitting goes on, what was done, and what is asked. `text` is an unknown code, fit to be shown."""

    sitting: Sitting
    outcomes: tuple[Outcome, ...] = ()
    question: Question | None = None
    text: str = ""


def answered(sitting: Sitting, *outcomes: Outcome, text: str = "") -> Answer:
    """The answer that these outcomes make, now or when they are told again; `text` counts if it is unknown."""
    is_unknown = any(each.verb == outcome.UNKNOWN for each in outcomes)
    return Answer(after(sitting, outcomes), outcomes, None, text if is_unknown else "")


def after(sitting: Sitting, outcomes: Iterable[Outcome]) -> Sitting:
    """The sitting after what was done. A card that may not borrow is opened all the same: its reader stands there."""
    for done in outcomes:
        if done.verb == outcome.FINISHED:
            sitting = Sitting()
        elif done.verb == outcome.GREETED or (done.refused and done.why == "greet"):
            sitting = Sitting(done.reader_id)
        elif done.verb == outcome.RESERVED or (done.refused and done.why == "reserve"):
            sitting = replace(sitting, reserving=None)
        elif done.copy_id is not None:
            sitting = replace(sitting, renewing=False)
    return sitting
