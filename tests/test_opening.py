"""The kiosk opens its database when it can, says why when it cannot, and tries again until it is open."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk import backups, trouble
from kiosk.config import Config, load
from kiosk.database import Database, DatabaseError
from kiosk.opening import Opening
from tests.cast import MORNING, school_at
from tests.test_latch import held_by_another
from tests.test_restore import change, rows, scribble


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config.toml").write_text('database = "sqlite:///kiosk.sqlite"\n[backup]\nfolder = "safe"\n', "utf-8")
    return load(tmp_path / "config.toml")


@pytest.fixture
def school(tmp_path: Path) -> Database:
    return school_at(tmp_path)


def opening(config: Config, database: Database) -> Opening:
    return Opening(config, database, lambda: MORNING)


def said(database: Database) -> str:
    """What is said instead of an answer."""
    try:
        with database.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM loan").scalar()
    except DatabaseError as error:
        return error.message
    return ""


def file_of(database: Database) -> Path:
    assert database.file
    return database.file


def test_a_new_database_is_made(config: Config) -> None:
    database = Database(config.database)
    assert opening(config, database).attempt()
    assert said(database) == ""
    assert rows(file_of(database)) == 0


def test_a_file_that_is_no_database_is_said_until_another_takes_its_place(config: Config, school: Database) -> None:
    file = file_of(school)
    school.engine.dispose()
    good = shutil.copy(file, file.with_name("good"))
    file.write_text("a shopping list " * 1000)
    trying = opening(config, school)
    assert not trying.attempt()
    assert not trying.attempt()
    assert said(school) == trouble.DAMAGED
    Path(good).replace(file)
    assert trying.attempt()
    assert said(school) == ""


def test_a_damaged_page_is_found_before_anybody_stumbles_over_it(config: Config, school: Database) -> None:
    file = file_of(school)
    school.engine.dispose()
    good = shutil.copy(file, file.with_name("good"))
    scribble(file)
    trying = opening(config, school)
    assert trying.attempt()  # the tables are those we know
    trying.look_over()
    assert said(school) == trouble.DAMAGED
    assert not trying.attempt()
    file.touch()
    assert not trying.attempt()  # looked at again, and still damaged
    Path(good).replace(file)
    assert trying.attempt()
    assert said(school) == ""


def test_a_sound_file_is_looked_over_without_a_word(config: Config, school: Database) -> None:
    opening(config, school).look_over()
    assert said(school) == ""


@pytest.mark.parametrize("emptied", [False, True], ids=["gone", "empty"])
def test_a_database_that_was_lost_is_not_begun_anew_while_there_are_backups(
    config: Config, school: Database, emptied: bool
) -> None:
    backups.make(school, config, MORNING)
    file = file_of(school)
    school.engine.dispose()
    lost = file.rename(file.with_name("lost"))
    if emptied:
        file.touch()
    trying = opening(config, school)
    assert not trying.attempt()
    assert said(school) == trouble.GONE
    assert not file.exists() or file.stat().st_size == 0
    lost.replace(file)
    assert trying.attempt()


def test_a_folder_that_cannot_be_made_is_tried_again(config: Config) -> None:
    config = replace(config, database=f"sqlite:///{config.path.parent}/data/kiosk.sqlite")
    (config.path.parent / "data").write_text("a file where the folder should be")
    database = Database(config.database)
    with opening(config, database) as trying:
        assert not trying.attempt()
        assert said(database) == "%(file)s cannot be used: %(said)s."
        (config.path.parent / "data").unlink()
        assert trying.attempt()
        assert file_of(database).with_name("kiosk.sqlite.lock").exists()


def test_a_database_of_another_version_is_said_and_left_alone(config: Config, school: Database) -> None:
    school.engine.dispose()
    change(file_of(school), "UPDATE alembic_version SET version_num = '9999'")
    before = file_of(school).read_bytes()
    assert not opening(config, school).attempt()
    assert said(school) == trouble.OTHER_VERSION
    assert file_of(school).read_bytes() == before


def test_a_second_kiosk_on_the_same_file_is_refused(config: Config, school: Database) -> None:
    with held_by_another("kiosk_open", file_of(school)), pytest.raises(DatabaseError, match="One is enough"):
        opening(config, school).__enter__()
