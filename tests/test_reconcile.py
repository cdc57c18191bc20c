"""The returns reconciled: what the kiosk was told against what lies in the box."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from kiosk import audit, condition, outcome, reconcile, reconciliations, reserving, undo, verdicts
from kiosk.counter import Counter
from kiosk.decision import Reason
from kiosk.labels import LabelRules
from kiosk.models import Copy, LedgerEntry, Loan
from kiosk.outcome import Outcome
from kiosk.reconcile import Found
from kiosk.roles import Staff
from tests import cast
from tests.cast import DAY, HOUR, MORNING, PLAIN, SECOND, XIAOMING
from tests.races import together

T = TypeVar("T")
DESK = "librarian"
ONE, TWO, THREE, FOUR, FIVE = PLAIN[:5]


class Library:
    """A school, its two kiosks and its desk; time goes on by a second with everything that is done."""

    def __init__(self, folder: Path) -> None:
        self.desk = cast.desk_at(folder)
        cast.hire(self.desk.database)
        self.now = MORNING

    def lent(self, *things: cast.Thing, reader: cast.Person = cast.TEACHER) -> None:
        """Books at home with somebody since yesterday."""
        for thing in things:
            done = self.desk.lend(reader.id, thing.id, station=cast.ENTRANCE, now=self.now - DAY)
            assert done.verb == outcome.LENT, done

    def told(self, *things: cast.Thing, station: str = cast.ENTRANCE) -> list[Outcome]:
        """The kiosk is told that these come back."""
        return [self.desk.take_back(thing.id, station=station, now=self.tick()) for thing in things]

    def at_desk(self, work: Callable[[Counter], T], staff: Staff = cast.LIBRARIAN, scan_id: str = "") -> T:
        """Something done at the desk."""
        return self.desk.at_counter(DESK, self.tick(), scan_id or uuid4().hex, work, staff)

    def begin(self, *stations: str) -> int:
        """Open a reconciliation."""
        number = self.at_desk(lambda counter: reconcile.begin(counter, stations or (cast.ENTRANCE,)))
        assert number is not None
        return number

    def scan(self, number: int, what: cast.Thing | str, scan_id: str = "", staff: Staff = cast.LIBRARIAN) -> Found:
        """One thing out of the box."""
        text = what if isinstance(what, str) else what.label
        return self.at_desk(lambda counter: reconcile.scan(counter, number, text, LabelRules()), staff, scan_id)

    def finish(self, number: int) -> bool:
        """The box is empty."""
        return self.at_desk(lambda counter: verdicts.finish(counter, number))

    def decide(self, number: int, thing: cast.Thing, verdict: str) -> Outcome:
        """A verdict for a missing copy."""
        unseen = next(row.id for row in self.missing(number) if row.label == thing.label)
        return self.at_desk(lambda counter: verdicts.decide(counter, number, unseen, verdict))

    def missing(self, number: int) -> list[Any]:
        """What was told and not found."""
        with self.desk.database.reading() as connection:
            return list(reconciliations.missing(connection, number))

    def tally(self, number: int) -> tuple[int, int, int, int]:
        """Told, in the box, missing, extra."""
        with self.desk.database.reading() as connection:
            found = reconciliations.tally(connection, number)
        return found.told, found.box, found.missing, found.extra

    def loan(self, thing: cast.Thing) -> Any:
        """The latest loan of a copy."""
        query = select(Loan.__table__).where(Loan.copy_id == thing.id).order_by(Loan.id.desc())
        with self.desk.database.reading() as connection:
            return connection.execute(query).first()

    def flaws(self) -> list[str]:
        """Everything the audit finds wrong."""
        with self.desk.database.reading() as connection:
            return [flaw.what for flaw in audit.audit(connection)]

    def tick(self) -> datetime:
        """The next second."""
        self.now += SECOND
        return self.now


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def test_what_was_told_and_lies_in_the_box_is_confirmed(library: Library) -> None:
    library.lent(ONE, TWO)
    library.told(ONE, TWO)
    number = library.begin()
    assert library.tally(number) == (2, 0, 2, 0)
    assert library.scan(number, ONE).kind == reconcile.CONFIRMED
    assert library.tally(number) == (2, 1, 1, 0)


def test_what_was_never_told_is_taken_back_as_of_the_opening(library: Library) -> None:
    library.lent(ONE)
    number = library.begin()
    opened = library.now
    library.now += HOUR
    assert library.scan(number, ONE).kind == reconcile.RETURNED
    assert library.loan(ONE).returned_at == opened
    assert library.tally(number) == (0, 1, 0, 1)
    assert library.flaws() == []


def test_a_book_lent_after_the_opening_is_taken_back_as_of_now(library: Library) -> None:
    number = library.begin()
    library.desk.lend(cast.TEACHER.id, ONE.id, station=cast.ENTRANCE, now=library.tick())
    assert library.scan(number, ONE).kind == reconcile.RETURNED
    assert library.loan(ONE).returned_at == library.now


def test_what_was_not_on_loan_at_all_is_said_and_counted_as_extra(library: Library) -> None:
    number = library.begin()
    assert library.scan(number, ONE).kind == reconcile.ALREADY
    assert library.tally(number) == (0, 1, 0, 1)


def test_a_second_scan_of_the_same_book_is_said_and_counts_nothing(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    number = library.begin()
    library.scan(number, ONE)
    assert library.scan(number, ONE).kind == reconcile.AGAIN
    assert library.tally(number) == (1, 1, 0, 0)


def test_the_same_scan_sent_twice_gives_the_first_answer(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    number = library.begin()
    first = library.scan(number, ONE, "scan-number-one")
    assert library.scan(number, ONE, "scan-number-one") == first


def test_an_unknown_code_is_kept_as_a_line_and_the_next_scan_goes_on(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    number = library.begin()
    found = library.scan(number, "no such code")
    assert found.kind == reconcile.UNKNOWN and found.line is not None and found.line.code == "no such code"
    assert library.scan(number, ONE).kind == reconcile.CONFIRMED
    assert library.tally(number) == (1, 2, 0, 1)


def test_an_unknown_code_that_turns_out_to_be_a_told_copy_is_confirmed(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    number = library.begin()
    line = library.scan(number, "torn label").line
    assert line is not None
    assert library.at_desk(lambda counter: reconcile.name_unknown(counter, line.id, ONE.id)).kind == reconcile.CONFIRMED
    assert library.tally(number) == (1, 1, 0, 0)


@pytest.mark.parametrize("text", [cast.XIAOMING.card, cast.ISBN_OF_BEES])
def test_a_card_or_an_isbn_that_could_be_several_makes_no_line(library: Library, text: str) -> None:
    number = library.begin()
    assert library.scan(number, text).kind in (reconcile.CARD, reconcile.ISBN)
    assert library.tally(number) == (0, 0, 0, 0)


def test_an_isbn_is_enough_when_only_one_of_its_copies_was_told(library: Library) -> None:
    library.lent(cast.BEES)
    library.told(cast.BEES)
    number = library.begin()
    assert library.scan(number, cast.ISBN_OF_BEES).kind == reconcile.CONFIRMED


def test_where_the_book_goes_is_said_at_once(library: Library) -> None:
    library.lent(ONE, cast.OUR_CORNER, reader=XIAOMING)
    library.told(ONE, cast.OUR_CORNER)
    library.at_desk(lambda counter: condition.send_to_repair(counter, TWO.id, "a torn page"))
    number = library.begin()
    goes = {
        thing.label: found.line.destination
        for thing in (ONE, TWO, cast.OUR_CORNER, cast.GONE, cast.MISSING)
        if (found := library.scan(number, thing)).line
    }
    assert list(goes.values()) == ["shelf", "repair", "corner", "withdrawn", "found"]


def test_a_reserved_book_is_set_aside_for_whoever_waits(library: Library) -> None:
    library.lent(cast.FERRY)
    done = library.at_desk(lambda counter: reserving.reserve(counter, cast.FERRY.title, cast.LIHUA.id))
    assert done.verb == outcome.RESERVED
    (told,) = library.told(cast.FERRY)
    assert told.has(Reason.SET_ASIDE)
    number = library.begin()
    found = library.scan(number, cast.FERRY)
    assert (found.kind, found.line and found.line.destination) == (reconcile.CONFIRMED, reconcile.RESERVED)
    with library.desk.database.reading() as connection:
        (line,) = reconciliations.lines(connection, number)
    assert (line.for_reader, line.grade, line.number) == (cast.LIHUA.name, 3, 2)


def test_what_is_returned_while_the_box_is_looked_through_is_not_missing(library: Library) -> None:
    library.lent(ONE, TWO)
    library.told(ONE)
    number = library.begin()
    library.told(TWO)
    library.scan(number, ONE)
    library.finish(number)
    assert library.missing(number) == []
    assert library.tally(library.begin()) == (1, 0, 1, 0)


def test_two_stations_are_reconciled_together_and_each_once_at_a_time(library: Library) -> None:
    library.lent(ONE, TWO)
    library.told(ONE)
    library.told(TWO, station=cast.ROOM)
    number = library.begin(cast.ENTRANCE, cast.ROOM)
    assert library.tally(number) == (2, 0, 2, 0)
    assert library.at_desk(lambda counter: reconcile.begin(counter, [cast.ROOM])) is None


def test_a_book_told_at_another_station_is_confirmed_wherever_it_lies(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE, station=cast.ROOM)
    number = library.begin(cast.ENTRANCE)
    assert library.scan(number, ONE).kind == reconcile.CONFIRMED
    assert library.tally(number) == (1, 1, 0, 0)
    assert library.tally(library.begin(cast.ROOM)) == (0, 0, 0, 0)


def test_the_missing_are_listed_with_who_and_where_and_when(library: Library) -> None:
    library.lent(ONE, TWO)
    library.told(ONE, TWO)
    number = library.begin()
    library.scan(number, ONE)
    assert library.finish(number)
    (row,) = library.missing(number)
    assert (row.label, row.reader, row.station) == (TWO.label, cast.TEACHER.name, cast.ENTRANCE)
    assert library.tally(number) == (2, 1, 1, 0)


def test_a_missing_book_seen_on_the_shelf_is_missing_no_more(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    number = library.begin()
    library.finish(number)
    assert library.decide(number, ONE, "shelf").verb == outcome.SEEN
    assert library.tally(library.begin()) == (0, 0, 0, 0)


def test_a_missing_book_is_seen_on_the_shelf_by_scanning_it_there(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    number = library.begin()
    library.finish(number)
    found = library.at_desk(lambda counter: verdicts.scan_missing(counter, number, ONE.label, LabelRules()))
    assert found.kind == reconciliations.SEEN
    assert [row.verdict for row in library.missing(number)] == ["shelf"]


def test_a_book_still_searched_for_is_asked_again_the_next_time(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    first = library.begin()
    library.finish(first)
    assert library.decide(first, ONE, "searching").verb == "searching"
    second = library.begin()
    assert library.tally(second) == (1, 0, 1, 0)
    assert library.scan(second, ONE).kind == reconcile.CONFIRMED
    assert library.tally(first) == (1, 0, 1, 0)


def test_a_reopened_loan_names_who_did_it_and_blames_nobody(library: Library) -> None:
    library.desk.lend(XIAOMING.id, ONE.id, station=cast.ENTRANCE, now=MORNING - 30 * DAY)
    library.told(ONE)
    number = library.begin()
    library.finish(number)
    done = library.decide(number, ONE, "reopened")
    assert (done.verb, done.staff_id) == (outcome.UNDONE, cast.LIBRARIAN.id)
    assert library.loan(ONE).returned_at is None
    lent = library.desk.lend(XIAOMING.id, TWO.id, station=cast.ENTRANCE, now=library.tick())
    assert lent.verb == outcome.LENT and not lent.has(Reason.OVERDUE_AT_HOME)
    assert not library.told(ONE)[0].has(Reason.LATE)
    assert library.flaws() == []


def test_a_book_lent_again_was_there_and_is_not_missing(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    library.desk.lend(XIAOMING.id, ONE.id, station=cast.ENTRANCE, now=library.tick())
    assert library.tally(library.begin()) == (0, 0, 0, 0)


def test_a_return_undone_at_the_kiosk_is_not_missing(library: Library) -> None:
    library.lent(ONE)
    (told,) = library.told(ONE)
    assert library.desk.undo(told.entry, station=cast.ENTRANCE, now=library.tick()).verb == outcome.UNDONE
    assert library.tally(library.begin()) == (0, 0, 0, 0)


def test_a_return_that_somebody_of_the_library_has_seen_cannot_be_undone_at_the_kiosk(library: Library) -> None:
    library.lent(ONE)
    (told,) = library.told(ONE)
    library.scan(library.begin(), ONE)
    assert library.desk.undo(told.entry, station=cast.ENTRANCE, now=library.tick()).has(Reason.CANNOT_UNDO)


def test_what_comes_back_at_an_attended_station_or_at_the_desk_is_seen(library: Library) -> None:
    library.desk.attended = frozenset({cast.ROOM})
    library.lent(ONE, TWO)
    library.told(ONE, station=cast.ROOM)
    library.at_desk(lambda counter: counter.take_back(TWO.id))
    assert library.tally(library.begin(cast.ENTRANCE, cast.ROOM, DESK)) == (0, 0, 0, 0)


def test_a_told_book_scanned_at_the_counter_is_seen(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    assert library.at_desk(lambda counter: counter.take_back(ONE.id)).verb == outcome.ALREADY
    assert library.tally(library.begin()) == (0, 0, 0, 0)


@pytest.mark.parametrize("thing", [ONE, TWO, THREE])
def test_a_line_scanned_by_mistake_is_taken_out_again(library: Library, thing: cast.Thing) -> None:
    library.lent(ONE, TWO)
    library.told(ONE)
    number = library.begin()
    before = library.tally(number), library.loan(TWO).returned_at
    line = library.scan(number, thing).line
    assert line is not None
    assert library.at_desk(lambda counter: reconcile.undo_line(counter, line.id))
    assert (library.tally(number), library.loan(TWO).returned_at) == before
    assert library.flaws() == []


def test_nothing_more_is_scanned_into_a_finished_reconciliation(library: Library) -> None:
    number = library.begin()
    library.finish(number)
    assert library.scan(number, ONE).kind == reconcile.CLOSED
    assert not library.finish(number)


def test_the_trolley_is_in_the_order_of_the_shelves(library: Library) -> None:
    number = library.begin()
    for thing in (cast.OUR_CORNER, FIVE, ONE, cast.GONE):
        library.scan(number, thing)
    with library.desk.database.reading() as connection:
        found = [(row.place, row.label) for row in reconciliations.trolley(connection, number)]
    assert found == [("三2班图书角", "000108"), ("书库", ONE.label), ("书库", FIVE.label)]


def test_a_damaged_book_of_the_box_goes_to_repair(library: Library) -> None:
    number = library.begin()
    line = library.scan(number, ONE).line
    assert line is not None

    def work(counter: Counter) -> Any:
        condition.send_to_repair(counter, ONE.id, "wet")
        return reconcile.damaged(counter, line.id)

    assert library.at_desk(work, cast.ASSISTANT).destination == "repair"


def test_every_line_says_who_scanned_it(library: Library) -> None:
    number = library.begin()
    library.scan(number, ONE)
    library.scan(number, TWO, staff=cast.ASSISTANT)
    with library.desk.database.reading() as connection:
        assert [row.staff for row in reconciliations.lines(connection, number)] == ["lin", "fang"]


def test_the_staff_undo_within_the_hour_what_any_station_did(library: Library) -> None:
    library.lent(ONE)
    (told,) = library.told(ONE)
    assert library.at_desk(lambda counter: undo.undo(counter, told.entry)).verb == outcome.UNDONE
    (again,) = library.told(ONE)
    library.now += HOUR
    assert library.at_desk(lambda counter: undo.undo(counter, again.entry)).has(Reason.CANNOT_UNDO)


def test_blanks_around_a_code_do_not_matter(library: Library) -> None:
    assert library.scan(library.begin(), "   " + ONE.label + "\r\n").kind == reconcile.ALREADY


def test_lateness_is_counted_up_to_the_opening_as_the_return_is(library: Library) -> None:
    library.desk.lend(XIAOMING.id, ONE.id, station=cast.ENTRANCE, now=library.now - 14 * DAY)
    number = library.begin()
    library.now += 3 * DAY
    found = library.scan(number, ONE)
    assert found.kind == reconcile.RETURNED
    with library.desk.database.reading() as connection:
        entry = connection.scalars(select(LedgerEntry.details).order_by(LedgerEntry.id.desc())).first()
    assert entry is not None and "findings" not in entry


def test_a_withdrawn_book_that_is_still_on_loan_is_taken_back_and_put_aside(library: Library) -> None:
    library.lent(ONE)
    cast.change(library.desk.database, update(Copy).where(Copy.id == ONE.id).values(state="withdrawn"))
    number = library.begin()
    found = library.scan(number, ONE)
    assert (found.kind, found.line and found.line.destination) == (reconcile.RETURNED, reconcile.WITHDRAWN)
    assert library.loan(ONE).returned_at is not None
    with library.desk.database.reading() as connection:
        assert reconciliations.trolley(connection, number) == []


def test_a_told_book_that_was_withdrawn_since_is_confirmed_and_put_aside(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    cast.change(library.desk.database, update(Copy).where(Copy.id == ONE.id).values(state="withdrawn"))
    found = library.scan(library.begin(), ONE)
    assert (found.kind, found.line and found.line.destination) == (reconcile.CONFIRMED, reconcile.WITHDRAWN)


@pytest.mark.parametrize("thing", [ONE, TWO, THREE])
def test_a_line_of_an_open_box_is_taken_out_on_the_next_day_too(library: Library, thing: cast.Thing) -> None:
    library.lent(ONE, TWO)
    library.told(ONE)
    number = library.begin()
    before = library.tally(number)
    line = library.scan(number, thing).line
    assert line is not None
    library.now += DAY
    assert library.at_desk(lambda counter: reconcile.undo_line(counter, line.id), cast.ASSISTANT)
    assert library.tally(number) == before
    assert library.flaws() == []


def test_a_line_whose_book_was_lent_and_came_back_since_is_not_taken_out(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    number = library.begin()
    line = library.scan(number, ONE).line
    assert line is not None
    library.desk.lend(XIAOMING.id, ONE.id, station=cast.ENTRANCE, now=library.tick())
    library.at_desk(lambda counter: counter.take_back(ONE.id))
    assert not library.at_desk(lambda counter: reconcile.undo_line(counter, line.id))
    assert library.tally(number) == (1, 1, 0, 0)


def test_a_line_whose_book_was_given_up_since_is_not_taken_out(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    number = library.begin()
    line = library.scan(number, ONE).line
    assert line is not None
    library.at_desk(lambda counter: condition.give_up(counter, ONE.id))
    assert not library.at_desk(lambda counter: reconcile.undo_line(counter, line.id))


def test_an_unknown_code_that_is_a_book_scanned_already_counts_once(library: Library) -> None:
    library.lent(ONE)
    library.told(ONE)
    number = library.begin()
    first = library.scan(number, ONE).line
    line = library.scan(number, "its torn label").line
    assert first is not None and line is not None
    assert library.tally(number) == (1, 2, 0, 1)
    found = library.at_desk(lambda counter: reconcile.name_unknown(counter, line.id, ONE.id))
    assert (found.kind, found.line and found.line.id) == (reconcile.AGAIN, first.id)
    assert library.tally(number) == (1, 1, 0, 0)


def test_a_line_is_named_once_and_not_after_the_end(library: Library) -> None:
    number = library.begin()
    line = library.scan(number, "torn").line
    other = library.scan(number, "worn").line
    assert line is not None and other is not None
    library.at_desk(lambda counter: reconcile.name_unknown(counter, line.id, ONE.id))
    assert library.at_desk(lambda counter: reconcile.name_unknown(counter, line.id, TWO.id)).kind == reconcile.CLOSED
    library.finish(number)
    assert library.at_desk(lambda counter: reconcile.name_unknown(counter, other.id, TWO.id)).kind == reconcile.CLOSED
    assert library.at_desk(lambda counter: reconcile.name_unknown(counter, 999, TWO.id)).kind == reconcile.CLOSED


def test_of_two_who_finish_and_scan_at_once_the_book_is_in_the_box_or_among_the_missing(library: Library) -> None:
    library.lent(*PLAIN[:6])
    library.told(*PLAIN[:6])
    number, now = library.begin(), library.tick()

    def person(who: int) -> str:
        def work(counter: Counter) -> str:
            if who == 5:
                return str(verdicts.finish(counter, number))
            return reconcile.scan(counter, number, PLAIN[who].label, LabelRules()).kind

        return library.desk.at_counter(DESK, now, f"{who} of them", work, cast.LIBRARIAN)

    told = together(person, 6)
    missing = {row.label for row in library.missing(number)}
    assert told[5] == "True"
    assert missing == {PLAIN[who].label for who in range(5) if told[who] == reconcile.CLOSED} | {PLAIN[5].label}
    assert library.tally(number) == (6, 6 - len(missing), len(missing), 0)


def test_a_code_of_ten_thousand_characters_or_with_html_and_control_characters_makes_a_line(library: Library) -> None:
    number = library.begin()
    for text in ("7" * 10_000, "<script>alert(1)</script>", "a\x00b\x1b[2J", "'; DROP TABLE loan; --", "\ud800"):
        found = library.scan(number, text)
        assert found.kind == reconcile.UNKNOWN and found.line is not None
        assert len(found.line.code) <= 80 and (found.line.code.isprintable() or not found.line.code)
    assert library.tally(number) == (0, 5, 0, 5)


def test_what_is_scanned_after_another_has_finished_is_not_said_to_be_in_order(library: Library) -> None:
    library.lent(ONE, TWO)
    number = library.begin()
    library.finish(number)
    library.told(TWO)

    def said(thing: cast.Thing) -> str:
        return library.at_desk(lambda counter: verdicts.scan_missing(counter, number, thing.label, LabelRules())).kind

    assert [said(thing) for thing in (ONE, TWO, THREE)] == [
        reconcile.CLOSED,
        reconcile.CLOSED,
        reconciliations.NOT_MISSING,
    ]
    assert library.loan(ONE).returned_at is None
