"""What the counter's screen shows of its last outcome, as plain values in the language of this browser."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, RowMapping

from kiosk import memory
from web.librarian.classes import class_name
from web.librarian.counter_keys import Key
from web.view import Book


@dataclass(frozen=True, slots=True)
class Why:
    """One reason and its weight: hard (nobody may pass it over), soft (a librarian may), who (not them), note."""

    tier: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question, chosen by its number: a deed, and a second line that tells it from the others."""

    word: str
    more: str
    do: str
    data: dict[str, int]


@dataclass(frozen=True, slots=True)
class Said:
    """The last outcome, large. `who` is whose loan it is or was, `aside` for whom the book is set aside until `until`;
    `undone` is what was taken back, `wrong` what is the matter with a copy in repair. `others` are what one key did to
    several books, each a meaning, a title and a sentence."""

    kind: str
    word: str
    sound: str
    entry: int = 0
    verb: str = ""
    book: Book | None = None
    code: str = ""
    unknown: int | None = None
    due_on: date | None = None
    who: str = ""
    aside: str = ""
    until: date | None = None
    reasons: tuple[Why, ...] = ()
    override: str = ""
    undone: str = ""
    wrong: str = ""
    then: str = ""
    keys: tuple[Key, ...] = ()
    choices: tuple[Choice, ...] = ()
    others: tuple[tuple[str, str, str], ...] = ()


def person_name(row: RowMapping | None) -> str:
    """A reader by name and class, as the staff may see them."""
    if row is None:
        return ""
    return f"{row['name']} {class_name(row['grade'], row['number'], row['category'])}".strip()


def copys_book(connection: Connection, copy: int) -> Book | None:
    """The book that a copy is."""
    row = memory.book(connection, copy)
    return Book(row["label"], row["title"], row["author"], row["class_number"], row["title_id"]) if row else None
