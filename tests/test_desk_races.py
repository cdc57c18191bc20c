"""Several stations at once on one SQLite file: every race has one winner and no losers left in the dark."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from kiosk.database import Database
from kiosk.desk import Desk
from tests.cast import MORNING, PLAIN, XIAOMING, ZONE, school_at
from tests.races import RACES, is_sound, open_loans, together


@pytest.mark.parametrize("race", RACES)
def test_stations_that_race_leave_one_story(race: Callable[[Database], None], tmp_path: Path) -> None:
    race(school_at(tmp_path))


def test_stations_with_a_database_connection_of_their_own_race_as_well(tmp_path: Path) -> None:
    school = school_at(tmp_path)

    def station(number: int) -> int:
        desk = Desk(Database(school.url), ZONE)
        told = [desk.lend(XIAOMING.id, each.id, station=f"station {number}", now=MORNING) for each in PLAIN[:3]]
        desk.database.engine.dispose()
        return sum(outcome.verb == "lent" for outcome in told)

    assert sum(together(station, 4)) == 3
    assert len(open_loans(school)) == 3
    assert is_sound(school)


def test_several_programs_that_start_at_once_on_a_new_file_make_the_tables_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'kiosk.sqlite'}"
    programs = multiprocessing.get_context("fork")
    barrier = programs.Barrier(4)
    started = [programs.Process(target=start, args=(barrier, url)) for _ in range(4)]
    for program in started:
        program.start()
    for program in started:
        program.join(60)
    assert [program.exitcode for program in started] == [0] * 4
    assert open_loans(Database(url)) == []


def start(barrier: Barrier, url: str) -> None:
    barrier.wait(60)
    Database(url).migrate()
