"""The page of a reader: everything the desk shows, in a bounded number of queries."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, update

from kiosk import models, reader_page
from kiosk.decision import Reason
from kiosk.reader_page import ReaderPage
from tests import cast
from tests.cast import FERRY, LIHUA, PLAIN, TEACHER, XIAOMING
from tests.till import Till

ONE, TWO, THREE = PLAIN[:3]


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till(tmp_path)


def page_of(till: Till, reader: cast.Person) -> ReaderPage:
    with till.desk.database.reading() as connection:
        found = reader_page.of(connection, till.desk.rules(connection), reader.id, till.now.astimezone(till.desk.zone))
    assert found is not None
    return found


def change(till: Till, reader: cast.Person, **values: object) -> None:
    cast.change(till.desk.database, update(models.Reader).where(models.Reader.id == reader.id).values(values))


def test_a_page_says_who_the_reader_is_and_what_may_be_borrowed(till: Till) -> None:
    page = page_of(till, XIAOMING)
    assert (page.name, page.card, page.category, page.grade, page.number) == ("王小明", "20230101", "student", 3, 2)
    assert (page.loans, page.past, page.last_visit, page.late) == ((), 0, None, 0)
    assert (page.limit, page.left, page.left_of) == (3, 3, {"periodical": 1, "textbook": 0})


def test_loans_come_with_their_due_dates_and_days_late(till: Till) -> None:
    till.lent(FERRY, days=1)
    till.lent(ONE, days=16, reader=XIAOMING)
    till.tick(4 * 86400)
    first, second = page_of(till, XIAOMING).loans
    assert (first.label, first.title, first.due_on, first.days_late) == (ONE.label, "书 14", till.due(ONE), 4)
    assert (second.label, second.days_late, second.renewals, second.excused) == (FERRY.label, 0, 0, False)


def test_a_reader_with_late_books_may_borrow_nothing(till: Till) -> None:
    till.lent(ONE, days=20)
    page = page_of(till, XIAOMING)
    assert (page.late, page.left) == (1, 0)


def test_a_book_given_up_for_lost_is_shown_and_counts_for_nothing(till: Till) -> None:
    till.lent(ONE, days=20)
    till.key("lost", copy=ONE.id)
    page = page_of(till, XIAOMING)
    assert [(each.excused, each.state, each.days_late) for each in page.loans] == [(True, "lost", 0)]
    assert (page.late, page.left) == (0, 3)


@pytest.mark.parametrize(
    ("column", "reason"),
    [("suspended_until", Reason.SUSPENDED), ("card_lost_on", Reason.CARD_LOST), ("left_on", Reason.LEFT_SCHOOL)],
)
def test_what_is_wrong_with_the_card_is_said(till: Till, column: str, reason: Reason) -> None:
    change(till, XIAOMING, **{column: cast.TODAY})
    page = page_of(till, XIAOMING)
    assert [each.reason for each in page.findings] == [reason]
    assert page.left == 0


def test_an_expired_card_is_said_with_its_day(till: Till) -> None:
    change(till, XIAOMING, card_expires_on=date(2026, 3, 1))
    page = page_of(till, XIAOMING)
    assert (page.expires_on, page.findings[0].reason) == (date(2026, 3, 1), Reason.CARD_EXPIRED)


def test_reservations_come_with_their_place_in_the_queue_or_their_copy(till: Till) -> None:
    till.lent(FERRY, ONE, reader=TEACHER)
    till.key("reserve", title=FERRY.title, reader=LIHUA.id)
    till.key("reserve", title=FERRY.title, reader=XIAOMING.id)
    till.key("reserve", title=ONE.title, reader=XIAOMING.id)
    till.scan(ONE)
    waiting = page_of(till, XIAOMING).waiting
    assert [(each.title, each.place, each.label, each.until) for each in waiting] == [
        ("书 1", 2, "", None),
        ("书 14", 1, ONE.label, date(2026, 3, 5)),
    ]


def test_notes_come_with_their_writer_the_newest_first(till: Till) -> None:
    till.key("note", reader=XIAOMING.id, text="first")
    till.key("note", reader=XIAOMING.id, text="second")
    assert [(each.text, each.by) for each in page_of(till, XIAOMING).notes] == [("second", "fang"), ("first", "fang")]


def test_past_loans_are_counted_and_the_last_visit_is_told(till: Till) -> None:
    till.lent(ONE, TWO, days=5)
    till.scan(ONE)
    till.scan(XIAOMING)
    lent = till.scan(THREE).outcomes[0]
    till.key("undo", number=lent.entry)  # what was undone was never read
    page = page_of(till, XIAOMING)
    assert page.past == 1
    assert page.last_visit == till.now - timedelta(seconds=30)


def test_a_reader_who_is_not_there_has_no_page(till: Till) -> None:
    with till.desk.database.reading() as connection:
        assert reader_page.of(connection, till.desk.rules(connection), 4711, cast.MORNING) is None


def test_a_full_bag_costs_no_more_queries_than_an_empty_one(till: Till) -> None:
    asked: list[str] = []
    page_of(till, TEACHER)  # the rules are read once
    event.listen(till.desk.database.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    page_of(till, TEACHER)
    few = len(asked)
    till.lent(*PLAIN[:9], reader=TEACHER)
    till.lent(*PLAIN[10:13], reader=LIHUA)
    for thing in PLAIN[10:13]:
        till.key("reserve", title=thing.title, reader=TEACHER.id)
        till.key("note", reader=TEACHER.id, text="a note")
    asked.clear()
    page = page_of(till, TEACHER)
    assert (len(page.loans), len(page.waiting), len(page.notes)) == (9, 3, 3)
    assert len(asked) <= few + 1  # who wrote the notes


def test_some_readers_are_named_at_once(till: Till) -> None:
    with till.desk.database.reading() as connection:
        named = reader_page.short(connection, [XIAOMING.id, LIHUA.id, XIAOMING.id])
        assert {number: row["name"] for number, row in named.items()} == {1: "王小明", 2: "李华"}
        assert reader_page.short(connection, []) == {}
