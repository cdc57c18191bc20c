"""What can stand in the way of a newcomer: sentences, and the questions that lead to them. Reads only, but for the note
that an assistant has tried."""

from dataclasses import dataclass

from sqlalchemy import select

from kiosk import memory
from kiosk.counter import Counter
from kiosk.decision import Decision, Reason
from kiosk.labels import CopyLabel, LabelRules, ReaderCard, isbn13, meanings
from kiosk.loan_rules import refuse
from kiosk.marks import say
from kiosk.models import Copy, Place, SchoolClass, Title
from kiosk.policy import CATEGORIES, KINDS, TEACHER
from kiosk.reader_search import named_class
from kiosk.roles import Right
from kiosk.search_text import normal
from kiosk.unknown_codes import Stranger

SETTLED = say("Somebody has seen to this code already.")
NOT_ALLOWED = say("Only a librarian may add to the stock. What you may do: dismiss the code.")
ON_A_BOOK = say("This number is on a book already.")
ON_A_CARD = say("This number is on a reader's card already.")
NO_NUMBER = say("This code cannot be one of ours: it was misread, or it holds what no label may hold. Dismiss it.")
AN_ISBN = say("This is a publisher's ISBN. Scan the library's own label for the copy.")
NO_TITLE = say("Choose a title, or write the new one's name.")
NO_ISBN = say("This is no ISBN: a digit is wrong or missing. Leave it empty if there is none.")
ISBN_THERE = say("This ISBN is in the catalogue already. Find that title instead of a new one.")
ACCESSION_THERE = say("Another copy has this accession number.")
NO_PLACE = say("Say where the copy belongs.")
NO_COPY = say("No copy has this label or accession number.")
WITHDRAWN = say("That copy was withdrawn from the stock.")
NO_NAME = say("Write the reader's name.")
NO_READER = say("This reader is not there, or has left the school.")
NO_CLASS = say("Choose the class, or write a new one such as 3-2.")
NO_CATEGORY = say("Say what kind of reader it is.")

_MISREAD = ("EMPTY", "TOO_LONG", "CONTROL_CHARACTERS", "CHECK_DIGIT")  # see kiosk.labels.Unknown


@dataclass(frozen=True, slots=True)
class NewTitle:
    """A title that the catalogue does not have yet."""

    title: str
    author: str = ""
    isbn: str = ""
    class_number: str = ""
    kind: str = KINDS[0]


@dataclass(frozen=True, slots=True)
class NewCopy:
    """A copy of a title that is there (its id) or new, of a place that is there (its id) or new (its name); `label` is
    scanned where the code itself can be none."""

    title: int | NewTitle
    place: int | str
    accession: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class NewReader:
    """A reader who is not there yet; of a class that is there (its id), or new (3-2), or of none."""

    name: str
    category: str
    school_class: int | str | None = None


def number_of(text: str, rules: LabelRules, kind: type[CopyLabel] | type[ReaderCard]) -> str | None:
    """What has to be kept of a code so that scanning it finds the copy, or the reader; None where it can be neither."""
    found = [each.number for each in meanings(text, rules) if isinstance(each, kind)]
    return found[0] if found else None


def is_isbn(text: str) -> bool:
    """Whether this is what publishers print on books. Ten digits may as well be a school's own number."""
    return isbn13(text) is not None and len(normal(text)) == 13


def hindrance(counter: Counter, verb: str, stranger: Stranger | None, right: Right = "stock") -> str:
    """Whether the verb may be done at all: by whoever stands here, to a code that still waits."""
    if not counter.may(right):
        counter.refuse(verb, Decision((refuse(Reason.NOT_ALLOWED),)), None, None)
        return NOT_ALLOWED
    return "" if stranger else SETTLED


def usable(stranger: Stranger) -> bool:
    """Whether this is the whole of a code, as any scanner would read it again."""
    return stranger.why not in _MISREAD


def label_problem(counter: Counter, stranger: Stranger | None, label: str, rules: LabelRules) -> str:
    """Whether the label, or without one the code itself, can be a copy's."""
    if stranger is None or (not label and not usable(stranger)):
        return NO_NUMBER
    label = label or stranger.text
    return AN_ISBN if is_isbn(label) else _number_problem(counter, label, rules, CopyLabel)


def card_problem(counter: Counter, stranger: Stranger | None, rules: LabelRules) -> str:
    """Whether the code can become a reader's card."""
    if stranger is None or not usable(stranger) or is_isbn(stranger.text):
        return NO_NUMBER
    return _number_problem(counter, stranger.text, rules, ReaderCard)


def _number_problem(counter: Counter, text: str, rules: LabelRules, kind: type[CopyLabel] | type[ReaderCard]) -> str:
    """Whether the number is free: neither a book's nor a reader's, whatever it is to become."""
    if number_of(text, rules, kind) is None:
        return NO_NUMBER
    for meaning in meanings(text, rules):
        if isinstance(meaning, CopyLabel) and memory.copy_of(counter.connection, meaning) is not None:
            return ON_A_BOOK
        if isinstance(meaning, ReaderCard) and memory.reader_of(counter.connection, meaning) is not None:
            return ON_A_CARD
    return ""


def title_problem(counter: Counter, title: int | NewTitle) -> str:
    """Whether the title is there, or can be added."""
    if isinstance(title, int):
        return "" if counter.connection.scalar(select(Title.id).where(Title.id == title)) else NO_TITLE
    if not title.title.strip():
        return NO_TITLE
    if not title.isbn.strip():
        return ""
    isbn = isbn13(title.isbn)
    there = select(Title.id).where(Title.isbn == isbn).limit(1)
    return NO_ISBN if isbn is None else ISBN_THERE if counter.connection.scalar(there) else ""


def copy_problem(counter: Counter, new: NewCopy) -> str:
    """Whether the copy has a place, and an accession number of its own."""
    there = select(Place.id).where(Place.id == new.place)
    if not (new.place.strip() if isinstance(new.place, str) else counter.connection.scalar(there)):
        return NO_PLACE
    accession = new.accession.strip()
    another = select(Copy.id).where(Copy.accession == accession).limit(1)
    return ACCESSION_THERE if accession and counter.connection.scalar(another) else ""


def reader_problem(counter: Counter, new: NewReader) -> str:
    """Whether enough is said of the reader."""
    if not new.name.strip():
        return NO_NAME
    if new.category not in CATEGORIES:
        return NO_CATEGORY
    if isinstance(new.school_class, str):
        grade, number = named_class(new.school_class.strip()) or (0, 0)
        return "" if 1 <= grade <= 12 and number >= 1 else NO_CLASS
    there = select(SchoolClass.id).where(SchoolClass.id == new.school_class)
    needed = new.category != TEACHER or new.school_class is not None
    return NO_CLASS if needed and counter.connection.scalar(there) is None else ""
