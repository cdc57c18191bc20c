"""A small school that every test of the core knows: a handful of readers, a shelf of books, rules and a calendar.

`school_at(folder)` gives a Database that holds it; `image()` is built once and copied, so that a test costs little.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from kiosk import models, models_desk
from kiosk.database import Database
from kiosk.desk import Desk
from kiosk.roles import Staff

ZONE = "Asia/Shanghai"
MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday, the first day of term, ten o'clock in Shanghai
TODAY = date(2026, 3, 2)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
ENTRANCE, ROOM = "entrance", "room 3-2"


@dataclass(frozen=True, slots=True)
class Person:
    """A reader of the cast."""

    id: int
    card: str
    name: str
    category: str = "student"
    class_id: int | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """A copy of the cast."""

    id: int
    label: str
    title: int
    place: int = 1
    state: str = "ok"


CLASS_3_1, CLASS_3_2 = 1, 2
XIAOMING = Person(1, "20230101", "王小明", class_id=CLASS_3_2)  # a pupil with few books
LIHUA = Person(2, "20230102", "李华", class_id=CLASS_3_2)  # `fill_bag` brings her to the limit
LEILEI = Person(3, "7007", "张蕾蕾", class_id=CLASS_3_1)  # her card has the number of TWIN's label
TEACHER = Person(4, "T0001", "陈老师", "teacher")
THE_CLASS = Person(5, "C0302", "三年二班", "class", CLASS_3_2)
GUEST = Person(6, "G0001", "客人", "guest")  # a category without rules
PEOPLE = (XIAOMING, LIHUA, LEILEI, TEACHER, THE_CLASS, GUEST)

SHELF, READING_ROOM, CORNER_3_1, CORNER_3_2 = 1, 2, 3, 4
FERRY = Thing(1, "000101", 1)  # the only copy of its title; ISBN 9787530211083
BEES, BEES_AGAIN = Thing(2, "000102", 2), Thing(3, "000103", 2)  # two copies of one title
TORN = Thing(4, "000104", 3, state="repair")
GONE = Thing(5, "000105", 4, state="withdrawn")
MISSING = Thing(6, "000106", 5, state="lost")
ATLAS = Thing(7, "000107", 6, place=READING_ROOM)
OUR_CORNER = Thing(8, "000108", 7, place=CORNER_3_2)
THEIR_CORNER = Thing(9, "000109", 8, place=CORNER_3_1)
MAGAZINE, MAGAZINE_AGAIN = Thing(10, "000110", 9), Thing(11, "000111", 10)
TEXTBOOK = Thing(12, "000112", 11)
TWIN = Thing(13, "7007", 12)
PLAIN = tuple(Thing(number, f"0001{number}", number) for number in range(14, 34))
THINGS = (
    *(FERRY, BEES, BEES_AGAIN, TORN, GONE, MISSING, ATLAS, OUR_CORNER, THEIR_CORNER),
    *(MAGAZINE, MAGAZINE_AGAIN, TEXTBOOK, TWIN, *PLAIN),
)
ISBN_OF_FERRY, ISBN_OF_BEES, ISBN_OF_GONE = "9787530211083", "9787020002207", "9787544270878"
ISBNS = {1: ISBN_OF_FERRY, 2: ISBN_OF_BEES, 4: ISBN_OF_GONE}
KIND_OF = {9: "periodical", 10: "periodical", 11: "textbook"}

LIMIT = 3  # books a pupil may have at once
TERM_ENDS = date(2026, 7, 3)  # a Friday
KIND_RULES = (
    ("student", "book", 14, 3, 1, 5),
    ("student", "periodical", 7, 1, 0, 0),
    ("student", "textbook", 0, 0, 0, 0),
    ("teacher", "book", 60, 10, 2, 10),
    ("teacher", "periodical", 14, 5, 1, 10),
    ("teacher", "textbook", 200, 5, 0, 0),
    ("class", "book", 30, 40, 1, 7),
)
CATEGORY_RULES = (("student", LIMIT, True), ("teacher", 12, False), ("class", 40, False))
HOLIDAYS = (date(2026, 4, 6), *(date(2026, 5, day) for day in range(1, 6)))
WORKING_SATURDAY = date(2026, 5, 9)


def rows() -> Mapping[type[models.Base], list[dict[str, Any]]]:
    """The whole school, table by table, in an order that the foreign keys allow."""
    kinds = ("category", "kind", "days", "limit", "renewals", "renew_within")
    titles = sorted({thing.title for thing in THINGS})
    return {
        models.Setting: [{"key": "policy_version", "value": "1"}, {"key": "school", "value": "第一小学"}],
        models.SchoolClass: [{"id": 1, "grade": 3, "number": 1}, {"id": 2, "grade": 3, "number": 2}],
        models.CategoryRule: [
            dict(zip(("category", "limit", "overdue_blocks"), row, strict=True)) for row in CATEGORY_RULES
        ],
        models.KindRule: [dict(zip(kinds, row, strict=True)) for row in KIND_RULES],
        models.Term: [{"id": 1, "name": "下学期", "starts_on": TODAY, "ends_on": TERM_ENDS}],
        models.CalendarDay: [
            *({"day": day, "open": False, "note": "假日"} for day in HOLIDAYS),
            {"day": WORKING_SATURDAY, "open": True, "note": "调休"},
        ],
        models.Reader: [
            {"id": p.id, "card": p.card, "name": p.name, "category": p.category, "class_id": p.class_id} for p in PEOPLE
        ],
        models.Title: [
            {"id": n, "isbn": ISBNS.get(n), "title": f"书 {n}", "kind": KIND_OF.get(n, "book")} for n in titles
        ],
        models.Place: [
            {"id": SHELF, "name": "书库", "kind": "shelf", "class_id": None},
            {"id": READING_ROOM, "name": "阅览室", "kind": "reading_room", "class_id": None},
            {"id": CORNER_3_1, "name": "三1班图书角", "kind": "corner", "class_id": CLASS_3_1},
            {"id": CORNER_3_2, "name": "三2班图书角", "kind": "corner", "class_id": CLASS_3_2},
        ],
        models.Copy: [
            {"id": t.id, "label": t.label, "title_id": t.title, "place_id": t.place, "state": t.state} for t in THINGS
        ],
    }


def fill(database: Database) -> None:
    """Bring the tables up to date and let the cast move in."""
    database.migrate()

    def work(connection: Connection) -> None:
        for table, values in rows().items():
            connection.execute(insert(table), values)

    database.write(work)


@cache
def image() -> bytes:
    """The SQLite file of the school, with nothing lent yet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "school.sqlite")
        database = Database(f"sqlite:///{path}", "NORMAL")
        fill(database)
        database.engine.dispose()
        return path.read_bytes()


def school_at(folder: Path, synchronous: str = "NORMAL") -> Database:
    """A school of its own in this folder, with nothing lent yet."""
    path = folder / "kiosk.sqlite"
    for leftover in folder.glob("kiosk.sqlite-*"):
        leftover.unlink()
    path.write_bytes(image())
    return Database(f"sqlite:///{path}", synchronous)


def desk_at(folder: Path) -> Desk:
    """The desk of a school of its own."""
    return Desk(school_at(folder), ZONE)


def fill_bag(desk: Desk, reader: Person = LIHUA, now: datetime = MORNING) -> None:
    """Lend the reader as many books as a pupil may have; the last ones of PLAIN."""
    for thing in PLAIN[-LIMIT:]:
        assert desk.lend(reader.id, thing.id, station=ROOM, now=now).verb == "lent"


def change(database: Database, statement: Any) -> None:
    """Carry out one statement that a librarian's screen would make."""
    database.write(lambda connection: connection.execute(statement))


def lending_hours(weekday: int, opens: time, closes: time, station: str | None = None) -> Any:
    """A statement that lets books be lent only in these hours, at one station or at all others."""
    return insert(models.LendingHours).values(weekday=weekday, opens=opens, closes=closes, station=station)


LIBRARIAN, ASSISTANT = Staff(1, "fang", "librarian"), Staff(2, "lin", "assistant")


def hire(database: Database, *people: Staff) -> None:
    """Let these of the staff work here (both, if nobody is named); they have no password that anybody knows."""
    for each in people or (LIBRARIAN, ASSISTANT):
        row = {"id": each.id, "name": each.name, "role": each.role, "password": "!", "created_at": MORNING}
        change(database, insert(models_desk.Staff).values(row))
