"""The last hour at all stations: what can be undone, what was, and what no longer can."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from kiosk import outcome, undo
from kiosk.counter import Counter
from kiosk.recent import Line
from tests import cast
from tests.cast import FERRY, LIHUA, PLAIN, TEACHER, XIAOMING
from tests.till import DESK, Till

ONE, TWO = PLAIN[:2]


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till(tmp_path)


def line(till: Till, verb: str) -> Line:
    """The newest line of this verb."""
    return next(each for each in till.last_hour() if each.verb == verb)


def test_a_line_says_who_what_when_and_where(till: Till) -> None:
    till.scan(XIAOMING)
    till.scan(FERRY)
    lent = line(till, outcome.LENT)
    assert (lent.station, lent.staff, lent.reader, lent.title, lent.label) == (DESK, "fang", "王小明", "书 1", "000101")
    assert (lent.at, lent.due_on, lent.can_be_undone) == (till.now, till.due(FERRY), True)


def test_the_newest_comes_first_and_what_is_an_hour_old_is_gone(till: Till) -> None:
    till.lent(ONE)
    till.scan(XIAOMING)
    till.scan(FERRY)
    till.desk.take_back(ONE.id, station=cast.ENTRANCE, now=till.tick())
    assert [each.verb for each in till.last_hour()] == [outcome.RETURNED, outcome.LENT]
    assert line(till, outcome.RETURNED).station == cast.ENTRANCE
    till.tick(3601)
    assert till.last_hour() == ()


def test_what_was_undone_says_so_and_cannot_be_undone_again(till: Till) -> None:
    till.scan(XIAOMING)
    till.scan(FERRY)
    till.key("undo", number=line(till, outcome.LENT).entry)
    lent = line(till, outcome.LENT)
    assert (lent.undone, lent.can_be_undone) == (True, False)
    assert len(till.last_hour()) == 1  # the undoing itself is no line


def test_of_several_deeds_on_one_loan_only_the_last_can_be_undone(till: Till) -> None:
    till.scan(XIAOMING)
    till.scan(FERRY)
    till.key("due", copy=FERRY.id, text="+7")
    till.key("back", copy=FERRY.id)
    assert [each.can_be_undone for each in till.last_hour()] == [True, False, False]
    till.key("undo", number=line(till, outcome.RETURNED).entry)
    assert [each.can_be_undone for each in till.last_hour()] == [False, True, False]


def test_a_return_cannot_be_undone_once_the_book_is_lent_again(till: Till) -> None:
    till.lent(FERRY, reader=LIHUA)
    till.scan(FERRY)
    till.scan(XIAOMING)
    till.scan(FERRY)
    assert not line(till, outcome.RETURNED).can_be_undone
    till.key("undo", number=line(till, outcome.LENT).entry)
    assert line(till, outcome.RETURNED).can_be_undone


def test_a_return_cannot_be_undone_once_somebody_has_seen_the_book(till: Till) -> None:
    till.lent(FERRY)
    till.desk.take_back(FERRY.id, station=cast.ENTRANCE, now=till.tick())
    assert line(till, outcome.RETURNED).can_be_undone
    till.scan(FERRY)  # it is in already, and in the librarian's hand
    assert not line(till, outcome.RETURNED).can_be_undone


def test_of_several_changes_of_a_copy_only_the_last_can_be_undone(till: Till) -> None:
    till.key("repair", copy=FERRY.id, text="torn")
    till.key("mended", copy=FERRY.id)
    assert [each.can_be_undone for each in till.last_hour()] == [True, False]


def test_reservations_and_notes_are_lines_too(till: Till) -> None:
    till.lent(FERRY, reader=TEACHER)
    made = till.key("reserve", title=FERRY.title, reader=XIAOMING.id).outcomes[0].kept["reservation"]
    note = till.key("note", reader=XIAOMING.id, text="a note").outcomes[0].kept["note"]
    assert [(each.verb, each.title, each.can_be_undone) for each in till.last_hour()] == [
        (outcome.NOTED, "", True),
        (outcome.RESERVED, "书 1", True),
    ]
    till.key("cancel", number=made)
    till.key("unnote", number=note)
    assert [each.can_be_undone for each in till.last_hour()] == [True, True, False, False]


def test_what_the_lines_say_of_undoing_is_what_undo_then_does(till: Till) -> None:
    till.lent(ONE, TWO, reader=LIHUA, days=10)
    till.scan(XIAOMING)
    for thing in (FERRY, ONE, ONE, TWO):
        till.scan(thing)
    till.key("lost", copy=TWO.id)
    till.key("found", copy=TWO.id)
    till.key("renew_all", reader=XIAOMING.id)
    till.key("due", copy=FERRY.id, text="+3")
    for each in till.last_hour():
        assert refused(till, each.entry) is not each.can_be_undone, each


def refused(till: Till, entry: int) -> bool:
    """Whether undoing is refused; what it did is taken back."""

    def work(counter: Counter) -> bool:
        with counter.connection.begin_nested() as attempt:
            done = undo.undo(counter, entry)
            attempt.rollback()
        return done.refused

    return till.desk.at_counter(DESK, till.now, None, work, till.staff)


def test_the_lines_are_bounded(till: Till) -> None:
    for _ in range(105):
        till.desk.lend(XIAOMING.id, FERRY.id, station=cast.ENTRANCE, now=till.tick(1))
        till.desk.take_back(FERRY.id, station=cast.ENTRANCE, now=till.tick(1))
    found = till.last_hour()
    assert len(found) == 200
    assert found[0].at - found[-1].at < timedelta(hours=1)


def test_the_last_hour_is_found_by_its_index_however_long_the_ledger_is(till: Till) -> None:
    asked: list[tuple[str, object]] = []
    event.listen(till.desk.database.engine, "before_cursor_execute", lambda *about: asked.append((about[2], about[3])))
    till.last_hour()
    query, values = next(each for each in asked if "FROM ledger" in each[0])
    with till.desk.database.reading() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)]  # type: ignore[arg-type]
    assert plan[0] == "SEARCH ledger USING INDEX ix_ledger_at (at>?)"
