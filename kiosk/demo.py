"""A demo school for an empty database: classes, readers, the reading list, and a term of loans up to now.

Everything is invented but the reading list, and the same each time: from a fixed seed and the given moment.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, exists, insert, select, update

from kiosk import demo_showcase as shown
from kiosk.database import Database
from kiosk.demo_books import INVENTED, Book, reading_list
from kiosk.demo_calendar import write_rules
from kiosk.demo_names import names
from kiosk.demo_showcase import Showcase, ShownCard, ShownLabel, showcase
from kiosk.demo_term import Stock, Term
from kiosk.models import Base, Copy, Place, Reader, SchoolClass, Title
from kiosk.policy import CLASS, STUDENT, TEACHER

__all__ = ["Showcase", "ShownCard", "ShownLabel", "is_empty", "load", "showcase"]

SEED = 20250901
GRADES, CLASSES_A_GRADE, PUPILS_A_CLASS, TEACHERS = 6, 2, 30, 15
# The first labels go to these titles of the list (its numbers), so that what is shown first is worth showing.
_SHOWN_FIRST = (5, 7, 13, 82, 91, 44, 104, 93, 74, 33, 39, 41, 97, 99, 6)
_SHELVES = ("低年级书架", "中年级书架", "高年级书架")
_READING_ROOM, _CORNER, _CORNER_CLASS = "阅览室", "三年级2班图书角", (3, 2)


def is_empty(connection: Connection) -> bool:
    """Whether no table of ours holds anything, so that nobody has begun to use this database."""
    return not any(connection.scalar(select(exists(select(table)))) for table in Base.metadata.sorted_tables)


def load(database: Database, timezone: str, now: datetime) -> bool:
    """Fill an empty database with the demo school; False, and nothing changed, when it is not empty.

    One transaction: there is a whole school or none. Raises DatabaseError.
    """

    def work(connection: Connection) -> bool:
        if not is_empty(connection):
            return False
        rng, zone = Random(SEED), ZoneInfo(timezone)
        today = now.astimezone(zone).date()
        write_rules(connection, today)
        stock = _furnish(connection, rng)
        lost = update(Reader).where(Reader.card == shown.LOST_CARD)
        connection.execute(lost.values(card_lost_on=today - timedelta(days=20)))
        Term(connection, zone, now, rng, stock).play()
        return True

    return database.write(work)


def _furnish(connection: Connection, rng: Random) -> Stock:
    """Everybody and everything that is there before the first loan."""
    classes = _add_classes(connection)
    connection.execute(insert(Reader), list(_readers(rng, classes)))
    books = reading_list(rng)
    labels = _labelled(books, rng)
    _add_copies(connection, [*books, *INVENTED], labels, _add_places(connection, classes))
    readers = connection.execute(select(Reader.card, Reader.id).order_by(Reader.id))
    copies = connection.execute(select(Copy.label, Copy.id).order_by(Copy.id))
    return Stock({row.card: row.id for row in readers}, {row.label: row.id for row in copies}, labels)


def _add_classes(connection: Connection) -> dict[tuple[int, int], int]:
    keys = [(grade, number) for grade in range(1, GRADES + 1) for number in range(1, CLASSES_A_GRADE + 1)]
    connection.execute(insert(SchoolClass), [{"grade": grade, "number": number} for grade, number in keys])
    rows = connection.execute(select(SchoolClass.grade, SchoolClass.number, SchoolClass.id))
    return {(row.grade, row.number): row.id for row in rows}


def _readers(rng: Random, classes: dict[tuple[int, int], int]) -> Iterator[dict[str, object]]:
    """Pupils by class, then a teacher for each class and three more, then the classes themselves."""
    invented = names(rng)

    def reader(card: str, name: str, category: str, class_id: int | None) -> dict[str, object]:
        return {"card": card, "name": name, "category": category, "class_id": class_id}

    for place, home in enumerate(classes.values(), start=1):
        for number, name in enumerate(islice(invented, PUPILS_A_CLASS), start=1):
            yield reader(f"2025{place:02}{number:02}", name, STUDENT, home)
    own_class = [*classes.values(), *[None] * (TEACHERS - len(classes))]
    for number, (class_id, name) in enumerate(zip(own_class, invented, strict=False), start=1):
        yield reader(f"202513{number:02}", name, TEACHER, class_id)
    for place, ((grade, number), class_id) in enumerate(classes.items(), start=1):
        yield reader(f"202514{place:02}", f"{'一二三四五六'[grade - 1]}年级{number}班", CLASS, class_id)


def _labelled(books: list[Book], rng: Random) -> dict[str, Book]:
    """Each copy's label: one copy of every title, then the second copies, and so on; the invented titles last."""
    first = [books[number - 1] for number in _SHOWN_FIRST]
    rest = [book for book in books if book not in first]
    rng.shuffle(rest)
    rounds = range(max(book.copies for book in books))
    order = [book for number in rounds for book in (*first, *rest) if number < book.copies]
    order += [book for book in INVENTED for _ in range(book.copies)]
    labels = {f"{10000001 + place}": book for place, book in enumerate(order)}
    return labels | {shown.TWIN: books[_SHOWN_FIRST[0] - 1]}


def _add_places(connection: Connection, classes: dict[tuple[int, int], int]) -> dict[str, int]:
    rows: list[tuple[str, str, int | None]] = [(name, "shelf", None) for name in _SHELVES]
    rows += [(_READING_ROOM, "reading_room", None), (_CORNER, "corner", classes[_CORNER_CLASS])]
    places = [{"name": name, "kind": kind, "class_id": class_id} for name, kind, class_id in rows]
    connection.execute(insert(Place), places)
    return {row.name: row.id for row in connection.execute(select(Place.name, Place.id))}


def _add_copies(connection: Connection, books: list[Book], labels: dict[str, Book], places: dict[str, int]) -> None:
    columns = ("isbn", "title", "author", "publisher", "class_number", "kind")
    connection.execute(insert(Title), [{name: getattr(book, name) for name in columns} for book in books])
    titles = {row.title: row.id for row in connection.execute(select(Title.title, Title.id))}
    copies = [
        {
            "label": label,
            "accession": f"{number:06}",
            "title_id": titles[book.title],
            "place_id": places[_place(label, book)],
            "state": shown.STATES.get(label, "ok"),
        }
        for number, (label, book) in enumerate(labels.items(), start=1)
    ]
    connection.execute(insert(Copy), copies)


def _place(label: str, book: Book) -> str:
    if label in shown.READING_ROOM_LABELS:
        return _READING_ROOM
    if label in shown.CORNER_LABELS:
        return _CORNER
    return _SHELVES[(book.grades[0] - 1) // 2]
