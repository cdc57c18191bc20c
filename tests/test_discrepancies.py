"""What a term's reconciliations show: told and found, told and missing, found untold, by station and by school hour."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk import reconcile, verdicts
from kiosk.discrepancies import Count, Report, report
from tests import cast
from tests.branch import ZONE, Branch
from tests.cast import DAY, PLAIN, TEACHER

ONE, TWO, THREE, FOUR, FIVE = PLAIN[:5]


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    return Branch(tmp_path)


def told_at(branch: Branch, hour: int, *things: cast.Thing, station: str = cast.ENTRANCE) -> None:
    """These are lent, and told back at this hour of the first day of term."""
    for thing in things:
        branch.at(2026, 3, 2, 8)
        branch.lent(thing)
        branch.at(2026, 3, 2, hour)
        branch.told(thing, station=station)


def looked_through(branch: Branch, *found: cast.Thing, stations: tuple[str, ...] = (cast.ENTRANCE,)) -> int:
    """At half past four that day these were in the box."""
    branch.now = max(branch.now, datetime(2026, 3, 2, 16, 30, tzinfo=ZONE))
    number = branch.begin(*stations)
    for thing in found:
        branch.scan(number, thing)
    branch.finish(number)
    return number


def reported(branch: Branch, zone: ZoneInfo = ZONE, since: int = 2, until: int = 9) -> Report:
    """The report from one day of March to before another."""
    with branch.desk.database.reading() as connection:
        days = (datetime(2026, 3, day, tzinfo=ZONE) for day in (since, until))
        return report(connection, *days, zone)


def test_an_empty_term_shows_nothing(branch: Branch) -> None:
    assert reported(branch) == Report(0, {}, {})


def test_each_station_shows_what_it_was_told_and_what_was_found_of_that(branch: Branch) -> None:
    told_at(branch, 10, ONE, TWO)
    told_at(branch, 10, THREE, station=cast.ROOM)
    looked_through(branch, ONE, stations=(cast.ENTRANCE, cast.ROOM))
    found = reported(branch)
    assert found.stations == {cast.ENTRANCE: Count(confirmed=1, missing=1), cast.ROOM: Count(missing=1)}
    assert {name: count.told for name, count in found.stations.items()} == {cast.ENTRANCE: 2, cast.ROOM: 1}


def test_each_hour_is_that_of_the_telling_by_the_schools_clock(branch: Branch) -> None:
    told_at(branch, 12, ONE, TWO)
    told_at(branch, 15, THREE)
    looked_through(branch, ONE, THREE)
    assert reported(branch).hours == {12: Count(confirmed=1, missing=1), 15: Count(confirmed=1)}
    in_london = reported(branch, ZoneInfo("Europe/London"))
    assert list(in_london.hours) == [4, 7]


def test_a_book_that_was_never_told_belongs_to_each_box_it_may_be_from_and_to_no_hour(branch: Branch) -> None:
    branch.lent(ONE)
    looked_through(branch, ONE, stations=(cast.ENTRANCE, cast.ROOM))
    found = reported(branch)
    assert found.stations == {cast.ENTRANCE: Count(untold=1), cast.ROOM: Count(untold=1)}
    assert found.hours == {}


def test_what_was_not_on_loan_and_unknown_codes_are_no_returns(branch: Branch) -> None:
    number = branch.begin()
    branch.scan(number, FIVE)
    branch.scan(number, "no such code")
    branch.finish(number)
    assert reported(branch) == Report(1, {}, {})


def test_a_book_found_in_another_stations_box_counts_where_it_was_told(branch: Branch) -> None:
    told_at(branch, 10, ONE, station=cast.ROOM)
    looked_through(branch, ONE)
    assert reported(branch).stations == {cast.ROOM: Count(confirmed=1)}


def test_a_return_that_was_searched_for_twice_is_one_return(branch: Branch) -> None:
    told_at(branch, 10, ONE, TWO)
    first = looked_through(branch)
    branch.decide(first, ONE, verdicts.SEARCHING)
    branch.decide(first, TWO, verdicts.SEARCHING)
    branch.now += DAY
    looked_through(branch, ONE)
    found = reported(branch)
    assert (found.reconciliations, found.stations) == (2, {cast.ENTRANCE: Count(confirmed=1, missing=1)})
    assert found.hours == {10: Count(confirmed=1, missing=1)}
    assert reported(branch, until=3).stations == {cast.ENTRANCE: Count(missing=2)}, "as it stood on the first day"


@pytest.mark.parametrize("verdict", verdicts.VERDICTS)
def test_whatever_the_verdict_the_return_was_not_in_the_box(branch: Branch, verdict: str) -> None:
    told_at(branch, 10, ONE)
    branch.decide(looked_through(branch), ONE, verdict)
    assert reported(branch).stations == {cast.ENTRANCE: Count(missing=1)}


def test_lines_taken_out_again_do_not_count(branch: Branch) -> None:
    told_at(branch, 10, ONE)
    branch.lent(TWO)
    number = branch.begin()
    for thing in (ONE, TWO):
        line = branch.scan(number, thing).line
        assert line is not None
        branch.at_desk(lambda counter, line=line: reconcile.undo_line(counter, line.id))  # type: ignore[misc]
    branch.finish(number)
    assert reported(branch).stations == {cast.ENTRANCE: Count(missing=1)}


def test_an_open_reconciliation_is_not_reported_yet(branch: Branch) -> None:
    told_at(branch, 10, ONE)
    branch.scan(branch.begin(), ONE)
    assert reported(branch) == Report(0, {}, {})


def test_the_days_asked_for_are_those_of_the_finishing_and_the_last_is_not_included(branch: Branch) -> None:
    told_at(branch, 10, ONE)
    branch.at(2026, 3, 4)
    looked_through(branch, ONE)
    assert [reported(branch, until=day).reconciliations for day in (4, 5)] == [0, 1]
    assert reported(branch, since=5).reconciliations == 0


def test_the_counts_of_the_report_are_those_of_the_boxes(branch: Branch) -> None:
    told_at(branch, 10, ONE, TWO, THREE)
    branch.lent(FOUR, reader=TEACHER)
    number = looked_through(branch, ONE, FOUR)
    assert branch.tally(number) == (3, 2, 2, 1)
    (count,) = reported(branch).stations.values()
    assert (count.told, count.confirmed, count.missing, count.untold) == (3, 1, 2, 1)
