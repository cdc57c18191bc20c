"""How the counter says what was done: a meaning (well, look, not), a sound of sound.js, a word, what is next."""

from collections.abc import Mapping

from kiosk import outcome, sitting
from kiosk.marks import say
from kiosk.outcome import Outcome

Manner = tuple[str, str, str]  # meaning, sound, word

MANNERS: Mapping[str, Manner] = {
    outcome.LENT: ("well", "lent", say("Lent")),
    outcome.RETURNED: ("well", "returned", say("Taken back")),
    outcome.RENEWED: ("well", "renewed", say("Renewed")),
    outcome.DUE: ("well", "renewed", say("Due date changed")),
    outcome.LOST: ("look", "look", say("Marked as lost")),
    outcome.FOUND: ("well", "hello", say("Found again")),
    outcome.REPAIR: ("look", "repair", say("Sent to repair")),
    outcome.MENDED: ("well", "returned", say("Back from repair")),
    outcome.RESERVED: ("well", "renewed", say("Reserved")),
    outcome.CANCELLED: ("well", "look", say("Reservation cancelled")),
    outcome.NOTED: ("well", "again", say("Note written")),
    outcome.UNNOTED: ("well", "again", say("Note removed")),
    outcome.UNDONE: ("well", "look", say("Undone")),
    outcome.GREETED: ("hello", "hello", say("Scan what is lent or comes back")),
    outcome.FINISHED: ("hello", "finished", say("The page is closed")),
    outcome.UNKNOWN: ("not", "refused", say("Unknown code")),
    outcome.ALREADY: ("look", "again", say("Nothing to do")),
}
_WAS_IN: Manner = ("look", "again", say("Is in: it was not on loan"))
_ALREADY: Mapping[str, str] = {
    outcome.REPAIR: say("Is in repair already"),
    outcome.MENDED: say("Is not in repair"),
    outcome.LOST: say("Is lost already"),
    outcome.FOUND: say("Is not lost"),
    outcome.NOTED: say("There was nothing to write down"),
    outcome.UNNOTED: say("The note is gone already"),
}
_REFUSED: Mapping[str, str] = {
    "lend": say("Not lent"),
    "renew": say("Not renewed"),
    "reserve": say("Not reserved"),
    "undo": say("Cannot be undone"),
    "greet": say("This card does not borrow"),
    "due": say("The due date stays"),
}
_NOT_DONE = say("Not done")
# why -> (manner, what to do next)
SHOWN: Mapping[str, tuple[Manner, str]] = {
    "nothing open": (("look", "again", say("Nobody's page is open")), say("Scan a card or a book.")),
    "scan to renew": (("look", "look", say("Now scan what is to be renewed")), say("The next book only.")),
    "nothing to undo": (
        ("look", "look", say("Nothing of yours to undo")),
        say("H shows what others did in the last hour."),
    ),
    "nothing to renew": (("look", "look", say("Nothing to renew")), ""),
    "for the self-check": (("look", "look", say("This card is for the self-check")), ""),
    "no such day": (
        ("not", "refused", say("No such day")),
        say("Write it like 4-10 or 2026-04-10, today or later, or +7 for seven days more."),
    ),
    "scan the card to reserve": (("look", "look", say("Now scan the card of whoever waits")), say("Esc leaves it.")),
}
QUESTIONS: Mapping[str, tuple[Manner, str]] = {
    sitting.CARD_OR_LABEL: (("look", "look", say("A card or a book?")), say("Both have this number.")),
    sitting.WHICH_COPY: (("look", "look", say("Which copy is it?")), say("Several copies have this ISBN.")),
    sitting.LENT_JUST_NOW: (
        ("look", "again", say("Lent within the last hour")),
        say("It is still on this card. Take it back?"),
    ),
}
ALL: Manner = ("well", "renewed", say("All renewed"))
NOT_ALL_RENEWED: Manner = ("look", "look", say("Not all were renewed"))
FIRST: Manner = ("hello", "none", say("Scan a card or a book"))
CLOSED: Manner = ("hello", "none", say("The page closed by itself"))


def manner(done: Outcome) -> Manner:
    """The meaning, sound and word of what was done."""
    if done.verb == sitting.SHOWN:
        return SHOWN[done.why][0]
    if done.refused:
        return "not", "refused", _REFUSED.get(done.why, _NOT_DONE)
    if done.verb == outcome.ALREADY:
        return ("look", "again", _ALREADY[done.why]) if done.why in _ALREADY else _WAS_IN
    return MANNERS[done.verb]


def then(done: Outcome) -> str:
    """What comes next after something that was only said; nothing otherwise."""
    return SHOWN[done.why][1] if done.verb == sitting.SHOWN else ""


def undone(done: Outcome) -> str:
    """What was undone; nothing where nothing was."""
    return MANNERS[done.why.split()[0]][2] if done.verb == outcome.UNDONE else ""


def of_line(verb: str) -> Manner:
    """The meaning, sound and word of a line of the last hour."""
    return MANNERS[verb]
