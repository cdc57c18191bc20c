"""What there is to try in the demo school: cards and labels with a part to play, and what each of them shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kiosk.marks import say
from kiosk.models import Copy, Place, Reader, SchoolClass, Title

# Cards: the year of issue, the class (01 is 1-1, 12 is 6-2; 13 teachers, 14 the classes themselves), a number.
FREE, OVERDUE, AT_LIMIT, LOST_CARD = "20250101", "20250402", "20250905", "20250310"
CORNER_PUPIL, TEACHER, CLASS, TWIN = "20250601", "20251301", "20251406", "20250730"
# Labels. The first three are what the generated camera scene shows.
FREE_LABELS = ("10000001", "10000002", "10000003")
LIMIT_LABELS = ("10000004", "10000005", "10000006", "10000007", "10000008")
OVERDUE_LABEL, REPAIR, READING_ROOM, WITHDRAWN = "10000009", "10000010", "10000013", "10000015"
CORNER_LABELS = ("10000011", "10000012")
LOST_LABELS = ("10000014", "10000147", "10000260", "10000391")
# Single copies of the list that are only read in the library, besides the one on show.
READING_ROOM_LABELS = (READING_ROOM, "10000205", "10000333", "10000422")
STATES: Mapping[str, str] = {REPAIR: "repair", WITHDRAWN: "withdrawn", **dict.fromkeys(LOST_LABELS, "lost")}
SINGLE_ISBN, SEVERAL_ISBN = "9799000000011", "9799000000028"

CARDS: Mapping[str, str] = {
    FREE: say("May borrow five books"),
    OVERDUE: say("Has a book that is overdue"),
    AT_LIMIT: say("Has as many books as allowed"),
    CORNER_PUPIL: say("May borrow from the book corner of class 3-2"),
    LOST_CARD: say("This card was reported lost"),
    TEACHER: say("A teacher: more books, for longer"),
    CLASS: say("A whole class borrows"),
}
LABELS: Mapping[str, str] = {
    FREE_LABELS[0]: say("On the shelf"),
    FREE_LABELS[1]: say("On the shelf"),
    FREE_LABELS[2]: say("On the shelf"),
    LIMIT_LABELS[0]: say("On loan"),
    OVERDUE_LABEL: say("On loan and overdue"),
    CORNER_LABELS[0]: say("Lives in a class's book corner"),
    CORNER_LABELS[1]: say("Lives in a class's book corner"),
    READING_ROOM: say("Only to be read in the library"),
    REPAIR: say("Waiting for repair"),
    LOST_LABELS[0]: say("Given up for lost"),
    WITHDRAWN: say("Taken out of the stock"),
    TWIN: say("The same number as a reader's card"),
}
ISBNS: Mapping[str, str] = {
    SINGLE_ISBN: say("The publisher's ISBN; one copy, so it is understood"),
    SEVERAL_ISBN: say("The publisher's ISBN; several copies, so the library's label is needed"),
}


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A reader's card to try, with the grade and the number of the class, if any; `says` is a sentence for gettext."""

    card: str
    name: str
    category: str
    grade: int | None
    number: int | None
    says: str


@dataclass(frozen=True, slots=True)
class ShownLabel:
    """A copy's label or a publisher's ISBN to try; `symbology` is CODE128 or EAN13, `says` as above."""

    text: str
    symbology: str
    title: str
    author: str
    class_number: str
    place: str
    says: str


@dataclass(frozen=True, slots=True)
class Showcase:
    """Everything to try, in the order of showing."""

    cards: tuple[ShownCard, ...]
    labels: tuple[ShownLabel, ...]


def showcase(connection: Connection) -> Showcase:
    """What to try in a demo school; empty in any other. `says` tells how things stood when it was loaded."""
    return Showcase(tuple(_cards(connection)), tuple(_labels(connection) + _isbns(connection)))


def _cards(connection: Connection) -> list[ShownCard]:
    query = (
        select(Reader.card, Reader.name, Reader.category, SchoolClass.grade, SchoolClass.number)
        .outerjoin(SchoolClass, SchoolClass.id == Reader.class_id)
        .where(Reader.card.in_(CARDS))
    )
    found = {row.card: row for row in connection.execute(query)}
    return [
        ShownCard(card, row.name, row.category, row.grade, row.number, says)
        for card, says in CARDS.items()
        if (row := found.get(card))
    ]


_DESCRIBED = (
    select(Copy.label, Title.isbn, Title.title, Title.author, Title.class_number, Place.name.label("place"))
    .join(Title, Title.id == Copy.title_id)
    .join(Place, Place.id == Copy.place_id)
)


def _labels(connection: Connection) -> list[ShownLabel]:
    found = {row.label: row for row in connection.execute(_DESCRIBED.where(Copy.label.in_(LABELS)))}
    return [
        ShownLabel(label, "CODE128", row.title, row.author, row.class_number, row.place, says)
        for label, says in LABELS.items()
        if (row := found.get(label))
    ]


def _isbns(connection: Connection) -> list[ShownLabel]:
    found = {row.isbn: row for row in connection.execute(_DESCRIBED.where(Title.isbn.in_(ISBNS)))}
    return [
        ShownLabel(isbn, "EAN13", row.title, row.author, row.class_number, "", says)
        for isbn, says in ISBNS.items()
        if (row := found.get(isbn))
    ]
