"""What the database knows becomes the values that the rules decide with."""

from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from kiosk import memory, models
from kiosk.database import Database
from kiosk.policy import CLASS, STUDENT, TEACHER, CategoryRule, Hours, Policy
from tests import cast


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = cast.school_at(tmp_path)
    yield database
    database.engine.dispose()


def policy(database: Database) -> Policy:
    with database.reading() as connection:
        return memory.current_policy(connection)


def test_the_policy_is_what_the_tables_say(database: Database) -> None:
    now = policy(database)
    assert now.kind(STUDENT, "book").days == 14
    assert now.category(CLASS) == CategoryRule(40, False)
    assert now.calendar.is_open(cast.WORKING_SATURDAY)
    assert now.hours == ()
    assert now.reservation_days == 3


def test_the_reservations_of_a_category_may_come_first(database: Database) -> None:
    teachers = update(models.CategoryRule).where(models.CategoryRule.category == TEACHER)
    cast.change(database, teachers.values(precedence=True))
    assert policy(database).category(TEACHER).precedence
    assert not policy(database).category(STUDENT).precedence


def test_lending_hours_know_their_station(database: Database) -> None:
    cast.change(database, cast.lending_hours(0, time(12, 10), time(13)))
    cast.change(database, cast.lending_hours(0, time(16), time(17), cast.ROOM))
    assert set(policy(database).hours) == {
        Hours(0, time(12, 10), time(13)),
        Hours(0, time(16), time(17), cast.ROOM),
    }


def test_the_library_says_how_long_a_reserved_copy_is_kept(database: Database) -> None:
    cast.change(database, insert(models.Setting).values(key="reservation_days", value="5"))
    assert policy(database).reservation_days == 5
