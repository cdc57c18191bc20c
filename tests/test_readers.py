"""A reader whose card is forgotten is found."""

from pathlib import Path

import pytest
from sqlalchemy import insert, update

from kiosk import readers
from kiosk.database import Database
from kiosk.models import Reader
from tests import cast


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return cast.school_at(tmp_path)


def found(database: Database, query: str) -> list[str]:
    with database.reading() as connection:
        return [each.name for each in readers.find(connection, query)]


@pytest.mark.parametrize(
    "query", ["王小明", "小明", "wangxiaoming", "wxm", "WXM", "20230101", "小明 3-2", "xiaoming 三2"]
)
def test_a_reader_is_found_by_name_pinyin_initials_or_card(database: Database, query: str) -> None:
    assert found(database, query) == ["王小明"]


@pytest.mark.parametrize("query", ["3-2", "32", "302", "三2", "三(2)班", "三年级2班", "3年2班"])
def test_a_class_is_found_however_it_is_written(database: Database, query: str) -> None:
    assert set(found(database, query)) >= {"王小明", "李华", "三年二班"}
    assert "张蕾蕾" not in found(database, query)


@pytest.mark.parametrize("query", ["", "   ", "-", "nobody", "%", "' OR 1=1 --", "一二三四五六七八九十"])
def test_nobody_is_found_by_nothing(database: Database, query: str) -> None:
    assert found(database, query) == []


def test_whose_card_it_is_comes_first_and_who_has_left_comes_last(database: Database) -> None:
    cast.change(database, update(Reader).where(Reader.id == cast.XIAOMING.id).values(left_on=cast.TODAY))
    more = {"card": "2023010", "name": "王小红", "category": "student", "class_id": cast.CLASS_3_2}
    cast.change(database, insert(Reader).values(more))
    assert found(database, "2023010") == ["王小红", "李华", "王小明"]
    assert found(database, "王") == ["王小红", "王小明"]


def test_a_list_is_never_longer_than_a_screen(database: Database) -> None:
    rows = [{"card": f"X{n}", "name": f"赵{n}", "category": "student", "class_id": None} for n in range(100)]
    cast.change(database, insert(Reader).values(rows))
    assert len(found(database, "赵")) == readers.MOST
