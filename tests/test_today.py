"""Today as the desk reads it: what needs a person, and the day in numbers."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, update

from kiosk import condition, help_calls, outcome, overdue, reconcile, reserving, unknown_codes, verdicts
from kiosk import today as reading
from kiosk.counter import Counter
from kiosk.database import Database
from kiosk.decision import Reason
from kiosk.labels import LabelRules
from kiosk.models import Copy
from kiosk.roles import Staff
from kiosk.today import Today
from tests import cast
from tests.cast import DAY, ENTRANCE, HOUR, LIHUA, MORNING, PLAIN, ROOM, SECOND, TEACHER, XIAOMING

T = TypeVar("T")
DESK = "librarian"
ONE, TWO, THREE, FOUR = PLAIN[:4]


class Library:
    """A school, its kiosks and its desk; a clock that the test turns."""

    def __init__(self, folder: Path) -> None:
        self.desk = cast.desk_at(folder)
        cast.hire(self.desk.database)
        self.now = MORNING

    def look(self) -> Today:
        """What the desk reads now."""
        with self.desk.database.reading() as connection:
            return reading.read(connection, self.now, self.desk.zone, (ENTRANCE, ROOM))

    def lend(self, thing: cast.Thing, reader: cast.Person = TEACHER, ago: timedelta = timedelta(0)) -> None:
        """A loan made some time ago."""
        done = self.desk.lend(reader.id, thing.id, station=ENTRANCE, now=self.now - ago)
        assert done.verb == outcome.LENT, done

    def bring(self, thing: cast.Thing, station: str = ENTRANCE) -> None:
        """A return at a kiosk."""
        assert self.desk.take_back(thing.id, station=station, now=self.now).verb == outcome.RETURNED

    def at(self, station: str, work: Callable[[Counter], T], staff: Staff | None = None) -> T:
        """Something done at a station, or at the desk by one of the staff."""
        self.now += SECOND
        return self.desk.at_counter(station, self.now, uuid4().hex, work, staff)

    def at_desk(self, work: Callable[[Counter], T]) -> T:
        """Something that the librarian does."""
        return self.at(DESK, work, cast.LIBRARIAN)

    def call(self, station: str = ENTRANCE) -> int:
        """Somebody calls for help."""
        return self.at(station, lambda counter: counter.note("help", why="asked")).entry

    def reserve(self, thing: cast.Thing, reader: cast.Person) -> None:
        """A reader waits for a title."""
        done = self.at_desk(lambda counter: reserving.reserve(counter, thing.title, reader.id))
        assert done.verb == outcome.RESERVED, done


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def test_on_a_quiet_morning_nothing_needs_anybody(library: Library) -> None:
    look = library.look()
    assert not (look.calls or look.boxes or look.codes or look.kept or look.on_the_shelf or look.to_put_back)
    assert not (look.overdue or look.reconciling or look.undecided or look.hours)
    assert (look.lent, look.returned, look.refused, look.repairs.copies) == (0, 0, 0, 0)
    assert look.last_used == {ENTRANCE: None, ROOM: None}


def test_a_call_for_help_waits_until_somebody_came(library: Library) -> None:
    entry = library.call()
    (call,) = library.look().calls
    assert (call.station, call.at, call.why) == (ENTRANCE, library.now, "asked")
    done = library.at_desk(lambda counter: help_calls.answer(counter, entry))
    assert (done.verb, done.kept["help"], done.staff_id) == ("answered", entry, cast.LIBRARIAN.id)
    assert library.look().calls == ()


def test_who_comes_answers_every_call_of_the_station_but_no_later_one_and_no_others(library: Library) -> None:
    library.call()
    second = library.call()
    library.call(ROOM)
    library.at_desk(lambda counter: help_calls.answer(counter, second))
    later = library.call()
    assert [call.entry for call in library.look().calls if call.station == ENTRANCE] == [later]
    assert [call.station for call in library.look().calls] == [ROOM, ENTRANCE]


def test_a_call_answered_by_two_is_answered_once(library: Library) -> None:
    entry = library.call()
    library.at_desk(lambda counter: help_calls.answer(counter, entry))
    assert library.at_desk(lambda counter: help_calls.answer(counter, entry)).verb == outcome.ALREADY


def test_nobody_but_the_staff_answers_a_call(library: Library) -> None:
    entry = library.call()
    assert library.at(ENTRANCE, lambda counter: help_calls.answer(counter, entry)).has(Reason.NOT_ALLOWED)
    assert len(library.look().calls) == 1


def test_a_call_of_yesterday_calls_nobody_today(library: Library) -> None:
    library.call()
    library.now += DAY
    assert library.look().calls == ()


def test_the_day_begins_at_midnight_in_the_school(library: Library) -> None:
    library.now = datetime.fromisoformat("2026-03-02T23:30:00+08:00")
    library.call()
    library.now = datetime.fromisoformat("2026-03-02T23:59:00+08:00")
    assert len(library.look().calls) == 1
    library.now = datetime.fromisoformat("2026-03-03T00:00:01+08:00")
    assert library.look().day == date(2026, 3, 3)
    assert library.look().calls == ()


def test_returns_that_nobody_has_seen_are_counted_by_station_with_the_eldest(library: Library) -> None:
    for thing in (ONE, TWO, THREE):
        library.lend(thing, ago=DAY)
    library.bring(ONE)
    eldest = library.now
    library.now += HOUR
    library.bring(TWO)
    library.bring(THREE, ROOM)
    look = library.look()
    assert [(box.station, box.books, box.since) for box in look.boxes] == [
        (ENTRANCE, 2, eldest),
        (ROOM, 1, library.now),
    ]
    assert look.unseen == 3


def test_an_open_reconciliation_and_the_missing_of_a_finished_one_are_asked_after(library: Library) -> None:
    library.lend(ONE, ago=DAY)
    library.bring(ONE)
    number = library.at_desk(lambda counter: reconcile.begin(counter, [ENTRANCE, ROOM]))
    assert number is not None
    (held,) = library.look().reconciling
    assert (held.id, held.staff, held.stations) == (number, "fang", (ENTRANCE, ROOM))
    library.at_desk(lambda counter: verdicts.finish(counter, number))
    look = library.look()
    assert [(each.id, each.missing) for each in look.undecided] == [(number, 1)]
    assert look.reconciling == ()
    library.at_desk(lambda counter: verdicts.scan_missing(counter, number, ONE.label, LabelRules()))
    assert library.look().undecided == ()


def test_an_unknown_code_is_told_once_with_how_often_and_where_last(library: Library) -> None:
    for station in (ROOM, ENTRANCE):
        library.at(station, lambda counter: unknown_codes.record(counter, "no such code", "NOT_OURS"))
    library.at(ROOM, lambda counter: unknown_codes.record(counter, "another", "NOT_OURS"))
    look = library.look()
    assert [(code.text, code.times, code.station) for code in look.codes] == [
        ("another", 1, ROOM),
        ("no such code", 2, ENTRANCE),
    ]
    assert look.codes_waiting == 2


def test_only_the_latest_codes_are_shown_but_all_are_counted(library: Library) -> None:
    for number in range(reading.CODES_SHOWN + 3):
        library.at(ROOM, partial(unknown_codes.record, text=f"code {number}", why="NOT_OURS"))
    look = library.look()
    assert (len(look.codes), look.codes_waiting) == (reading.CODES_SHOWN, reading.CODES_SHOWN + 3)


def test_a_reserved_copy_waits_for_its_reader_and_says_in_which_box_it_lies(library: Library) -> None:
    library.lend(cast.FERRY, ago=DAY)
    library.reserve(cast.FERRY, LIHUA)
    library.bring(cast.FERRY)
    (row,) = library.look().kept
    assert (row.reader, row.grade, row.number, row.label, row.box) == (LIHUA.name, 3, 2, cast.FERRY.label, ENTRANCE)
    assert row.waits_until == date(2026, 3, 5)
    library.at_desk(lambda counter: counter.take_back(cast.FERRY.id))
    assert library.look().kept[0].box is None


def test_a_reserved_title_with_a_copy_on_a_shelf_is_to_be_fetched(library: Library) -> None:
    library.reserve(cast.BEES, LIHUA)
    (row,) = library.look().on_the_shelf
    assert (row.label, row.place, row.waiting) == (cast.BEES.label, "书库", 1)
    library.at_desk(lambda counter: counter.take_back(cast.BEES.id))
    look = library.look()
    assert (list(look.on_the_shelf), len(look.kept)) == ([], 1)


def test_what_is_out_or_set_aside_or_unseen_is_not_to_be_fetched_from_a_shelf(library: Library) -> None:
    library.lend(cast.BEES, ago=DAY)
    library.lend(cast.BEES_AGAIN, XIAOMING, ago=DAY)
    library.reserve(cast.BEES, LIHUA)
    assert list(library.look().on_the_shelf) == []
    library.bring(cast.BEES)
    assert list(library.look().on_the_shelf) == []


def test_a_copy_kept_in_vain_is_asked_after_until_somebody_scans_it(library: Library) -> None:
    library.reserve(cast.FERRY, LIHUA)
    library.at_desk(lambda counter: counter.take_back(cast.FERRY.id))
    library.now += 5 * DAY
    library.at_desk(reserving.pass_on)
    assert [row.label for row in library.look().to_put_back] == [cast.FERRY.label]
    library.now += DAY
    library.at_desk(lambda counter: counter.take_back(cast.FERRY.id))
    assert list(library.look().to_put_back) == []


def test_a_copy_kept_in_vain_that_goes_to_the_next_is_not_put_back(library: Library) -> None:
    library.reserve(cast.FERRY, LIHUA)
    library.at_desk(lambda counter: counter.take_back(cast.FERRY.id))
    library.reserve(cast.FERRY, TEACHER)
    library.now += 5 * DAY
    library.at_desk(reserving.pass_on)
    look = library.look()
    assert [row.reader for row in look.kept] == [TEACHER.name]
    assert list(look.to_put_back) == []


def test_overdue_books_are_counted_by_class_with_the_latest(library: Library) -> None:
    library.lend(ONE, XIAOMING, ago=30 * DAY)
    library.lend(TWO, LIHUA, ago=20 * DAY)
    library.lend(THREE, cast.LEILEI, ago=20 * DAY)
    library.lend(FOUR, TEACHER, ago=90 * DAY)
    found = library.look().overdue
    assert [(late.grade, late.number, late.books, late.readers) for late in found] == [
        (3, 1, 1, 1),
        (3, 2, 2, 2),
        (None, None, 1, 1),
    ]
    today = library.look().day
    assert [late.days(today) for late in found] == [(today - late.since).days for late in found]
    assert found[1].days(today) > found[0].days(today) > 0


def test_a_book_due_today_is_not_overdue_and_an_excused_loan_is_no_classs_business(library: Library) -> None:
    library.lend(ONE, XIAOMING, ago=14 * DAY)
    library.lend(TWO, XIAOMING, ago=30 * DAY)
    library.at_desk(lambda counter: condition.give_up(counter, TWO.id))
    assert library.look().overdue == ()


def test_the_list_of_a_class_names_reader_by_reader_what_is_late(library: Library) -> None:
    library.lend(ONE, LIHUA, ago=20 * DAY)
    library.lend(TWO, XIAOMING, ago=30 * DAY)
    library.lend(THREE, XIAOMING, ago=25 * DAY)
    library.lend(FOUR, TEACHER, ago=90 * DAY)
    with library.desk.database.reading() as connection:
        rows = overdue.of_class(connection, cast.CLASS_3_2, library.look().day)
        others = overdue.of_class(connection, None, library.look().day)
    assert [(row.reader, row.label) for row in rows] == [
        (XIAOMING.name, TWO.label),
        (XIAOMING.name, THREE.label),
        (LIHUA.name, ONE.label),
    ]
    assert [row.reader for row in others] == [TEACHER.name]


def test_loans_and_returns_are_counted_by_the_schools_own_hours(library: Library) -> None:
    library.lend(ONE)
    library.lend(TWO)
    library.now += 2 * HOUR
    library.bring(ONE)
    look = library.look()
    assert [(each.hour, each.lent, each.returned) for each in look.hours] == [(10, 2, 0), (11, 0, 0), (12, 0, 1)]
    assert (look.lent, look.returned) == (2, 1)


def test_what_was_undone_did_not_happen(library: Library) -> None:
    done = library.desk.lend(XIAOMING.id, ONE.id, station=ENTRANCE, now=library.now)
    library.lend(TWO)
    library.desk.undo(done.entry, station=ENTRANCE, now=library.now + SECOND)
    assert library.look().lent == 1


def test_what_was_refused_is_counted(library: Library) -> None:
    library.desk.lend(XIAOMING.id, cast.ATLAS.id, station=ENTRANCE, now=library.now)
    assert library.look().refused == 1


def test_yesterday_is_not_today(library: Library) -> None:
    library.lend(ONE, ago=DAY)
    assert library.look().hours == ()


def test_each_station_says_when_it_was_last_used(library: Library) -> None:
    library.lend(ONE, ago=DAY)
    library.bring(ONE)
    assert library.look().last_used == {ENTRANCE: MORNING, ROOM: None}


def test_copies_being_mended_are_counted_with_the_eldest(library: Library) -> None:
    library.at_desk(lambda counter: condition.send_to_repair(counter, ONE.id, "torn"))
    since = library.now
    library.at_desk(lambda counter: condition.send_to_repair(counter, TWO.id, "wet"))
    library.at_desk(lambda counter: condition.send_to_repair(counter, THREE.id, "wet"))
    library.at_desk(lambda counter: condition.mended(counter, THREE.id))
    assert (library.look().repairs.copies, library.look().repairs.since) == (2, since)


def test_every_look_asks_the_same_few_questions_and_none_walks_through_the_past(library: Library) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(library.desk.database.engine, "before_cursor_execute")
    def heard(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        asked.append((statement, parameters))

    library.look()
    quiet = len(asked)
    asked.clear()
    library.reserve(cast.FERRY, LIHUA)
    library.at_desk(lambda counter: counter.take_back(cast.FERRY.id))
    library.now += 5 * DAY
    library.at_desk(reserving.pass_on)
    library.call()
    asked.clear()
    library.look()
    assert len(asked) <= quiet + 2  # of what was kept in vain it is asked who has scanned it since, and what it is
    with library.desk.database.engine.connect() as connection:
        for statement, parameters in asked[1:]:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row[3] for row in plan]
            assert not [step for step in steps if step in ("SCAN ledger", "SCAN loan")], steps


def test_a_copy_that_is_only_read_in_the_library_is_not_fetched_for_anybody(library: Library) -> None:
    library.reserve(cast.BEES, LIHUA)
    assert len(library.look().on_the_shelf) == 1
    cast.change(library.desk.database, update(Copy).where(Copy.id == cast.BEES_AGAIN.id).values(state="lost"))
    cast.change(library.desk.database, update(Copy).where(Copy.id == cast.BEES.id).values(place_id=cast.READING_ROOM))
    assert list(library.look().on_the_shelf) == []


def test_a_library_with_neither_books_nor_readers_says_so(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    database.migrate()
    with database.reading() as connection:
        look = reading.read(connection, MORNING, ZoneInfo(cast.ZONE), ())
    assert (look.has_copies, look.has_readers, look.last_used) == (False, False, {})


def test_a_library_with_books_and_readers_is_not_empty(library: Library) -> None:
    assert library.look().has_copies and library.look().has_readers
