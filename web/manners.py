"""How a screen says what the desk answers: its kind, its sound, its words, and the choices of a question."""

from kiosk import turns
from kiosk.decision import Reason
from kiosk.marks import say
from kiosk.outcome import Outcome
from kiosk.reception import SHOWN

# (kind, sound) of each verb
MANNERS = {
    "lent": ("well", "lent"),
    "returned": ("well", "returned"),
    "renewed": ("well", "renewed"),
    "undone": ("well", "look"),
    "reserved": ("well", "renewed"),
    "refused": ("not", "refused"),
    "unknown": ("not", "refused"),
    "greeted": ("hello", "hello"),
    "finished": ("bye", "finished"),
    "dropped": ("bye", "finished"),
    "held": ("look", "look"),
    "asked": ("look", "look"),
    "isbn": ("look", "look"),
    "help": ("look", "look"),
    "already": ("look", "look"),
    "nothing": ("look", "look"),
    "broken": ("not", "refused"),
}
NOTABLE = (Reason.LATE, Reason.BELONGS_TO_CORNER, Reason.NEEDS_REPAIR, Reason.WITHDRAWN, Reason.FOUND, Reason.SET_ASIDE)
_NOT_OURS = (say("This is not one of the library's codes."), say("Scan the library's label on the book."))
SAID = {
    "nothing to undo": (say("There is nothing to undo."), ""),
    "card first": (say("Scan your card first."), ""),
    "scan to renew": (say("Now scan the book you want to keep longer."), ""),
    "left alone": (say("All right, nothing was changed."), ""),
    "nothing open": (say("You are all done already."), ""),
    "nothing to choose": (say("There is nothing to choose."), ""),
    "NOT_OURS": _NOT_OURS,
    "ISBN_NOT_OURS": (say("This is the bookshop's barcode."), _NOT_OURS[1]),
    "TOO_LONG": _NOT_OURS,
    "EMPTY": (say("There was nothing to read."), say("Scan it once more.")),
    "CONTROL_CHARACTERS": _NOT_OURS,
    "CHECK_DIGIT": (say("I read it wrong."), say("Scan it once more.")),
}
CHOICES = {
    turns.RETURN_OR_RENEW: (("return", say("Return it"), "return"), ("renew", say("Keep it longer"), "renew")),
    turns.OTHERS_LOAN: (("yes", say("Return it, then lend it to me"), "yes"), ("no", say("Leave it"), "no")),
    turns.RESERVE_IT: (("yes", say("Reserve it for me"), "yes"), ("no", say("Leave it"), "no")),
    turns.CARD_OR_LABEL: (("card", say("My card"), "card"), ("book", say("A book"), "book")),
}


def weightiest(outcomes: tuple[Outcome, ...]) -> Outcome:
    """Of all that one scan led to: a refusal first, else the last."""
    return next((each for each in outcomes if each.refused), outcomes[-1])


def shown_verb(done: Outcome) -> str:
    """The verb a screen shows: what was merely said again looks like what it speaks of."""
    if done.verb != SHOWN:
        return done.verb
    if done.why in ("renewed", "returned", "undone", "held", "greeted", "finished"):
        return done.why
    return "already" if done.why == "lent" else "asked" if done.why in CHOICES else "nothing"
