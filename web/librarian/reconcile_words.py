"""How the reconcile page says what came out of the box: a word, a meaning, a sound, and what to do with the thing."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from kiosk import reconciliations as known
from kiosk.marks import say
from kiosk.words import class_name, translations
from web.view import Book


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: `kind` is well, look or not; `word` is large; `then` says what to do; `sound` is of sound.js."""

    kind: str
    word: str
    sound: str
    then: str = ""
    account: str = ""
    book: Book | None = None
    line: int | None = None
    code: str = ""
    whom: str = ""


# destination -> (kind, sound, word, what to do)
_GOES = {
    known.RESERVED: ("look", "aside", say("Set aside"), say("Put it on the reserved shelf.")),
    known.CORNER: ("look", "corner", say("Book corner"), say("Put it with the books of the corners.")),
    known.REPAIR: ("look", "repair", say("To be repaired"), say("Put it with the books to be mended.")),
    known.WITHDRAWN: ("not", "refused", say("Withdrawn"), say("It no longer belongs to the stock. Put it aside.")),
    known.FOUND: (
        "look",
        "hello",
        say("Lost, and found"),
        say("It belongs to the stock again. Put it on the trolley."),
    ),
    known.UNKNOWN: (
        "not",
        "refused",
        say("Unknown code"),
        say("Put it aside. It is kept as a line, to be named later."),
    ),
}
# account -> (kind, sound, word, what it means)
_TROLLEY = say("Put it on the trolley.")
_ACCOUNTS = {
    known.CONFIRMED: ("well", "returned", say("Confirmed"), say("Told at the kiosk, and here it is.")),
    known.RETURNED: (
        "look",
        "extra",
        say("Returned now"),
        say("The kiosk was not told. It is back as of the opening."),
    ),
    known.ALREADY: ("look", "renewed", say("Was not on loan"), say("It was in already, and lay in the box.")),
    known.UNKNOWN: ("not", "refused", say("Unknown code"), ""),
}
# what makes no line -> (kind, sound, word, what to do)
_NO_LINE = {
    known.AGAIN: ("look", "again", say("Scanned already"), say("It is on the list. Take the next one.")),
    known.CARD: ("not", "refused", say("A reader's card"), say("It is no book. Give it back to its reader.")),
    known.ISBN: ("look", "look", say("Scan the library's label"), say("Several copies have this ISBN.")),
    known.SEEN: ("well", "returned", say("Seen on the shelf"), say("It is missing no more.")),
    known.NOT_MISSING: ("look", "look", say("Not missing"), say("This book is not on the list of the missing.")),
    known.TAKEN_OUT: ("look", "again", say("Taken out of the list"), say("It counts as if it had not been scanned.")),
    known.MOVED_ON: ("not", "refused", say("Things have moved on"), say("This line can no longer be changed.")),
    known.CLOSED: (
        "not",
        "refused",
        say("This reconciliation is finished"),
        say("Open a new one for what is left in the box."),
    ),
}


def said(kind: str, line: Row[Any] | None, language: str) -> Said:
    """The answer to one scan; `line` is as reconciliations.line tells it."""
    words = translations(language).gettext
    if kind in _NO_LINE:
        meaning, sound, word, then = _NO_LINE[kind]
        return Said(meaning, words(word), sound, words(then), book=book(line))
    assert line is not None
    account = _ACCOUNTS[line.account]
    meaning, sound, word, then = _GOES.get(line.destination, (*account[:3], _TROLLEY))
    means = "" if line.destination == known.UNKNOWN else words(account[3])
    whom = whose(line, language)
    return Said(meaning, words(word), sound, words(then), means, book(line), line.id, line.code, whom)


def short(line: Row[Any], language: str) -> str:
    """A line in the list: in a word, how it stands."""
    word = _GOES[line.destination][2] if line.destination in _GOES else _ACCOUNTS[line.account][2]
    return translations(language).gettext(word)


def meaning(line: Row[Any]) -> str:
    """well, look or not."""
    return _GOES[line.destination][0] if line.destination in _GOES else _ACCOUNTS[line.account][0]


def whose(line: Row[Any], language: str) -> str:
    """For whom the book is set aside, or which class's corner it belongs to; nothing for other books."""
    if line.destination == known.RESERVED:
        return " ".join(filter(None, (line.for_reader, class_name(line.grade, line.number, language))))
    return class_name(line.grade, line.number, language) if line.destination == known.CORNER else ""


_ENDED = {
    "box": say("Found in a later box"),
    "shelf": say("Seen on the shelf"),
    "reopened": say("The loan is open again"),
    "undone": say("Undone at the kiosk"),
    "lent": say("Lent again"),
    "counter": say("Seen at the counter"),
    "lost": say("Given up for lost"),
}
DAMAGES = (
    say("A page is torn"),
    say("Pages are loose"),
    say("The binding is broken"),
    say("It got wet"),
    say("Somebody wrote in it"),
    say("The label is torn"),
)


def ended(how: str, language: str) -> str:
    """What became of something missing."""
    return translations(language).gettext(_ENDED[how])


def book(row: Row[Any] | None) -> Book | None:
    """The book of a line, if the line has one."""
    if row is None or row.copy_id is None:
        return None
    return Book(row.label, row.title, row.author, row.class_number, row.title_id)
