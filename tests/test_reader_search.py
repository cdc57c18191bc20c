"""Readers are found by what somebody at the desk types."""

from pathlib import Path

import pytest
from sqlalchemy import update

from kiosk import reader_search
from kiosk.database import Database
from kiosk.models import Reader
from tests import cast


@pytest.fixture
def school(tmp_path: Path) -> Database:
    return cast.school_at(tmp_path)


def found(school: Database, words: str) -> list[str]:
    with school.reading() as connection:
        return [reader.name for reader in reader_search.find(connection, words)]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("小明", ["王小明"]),
        ("王小明", ["王小明"]),
        ("wangxiaoming", ["王小明"]),
        ("xiaoming", ["王小明"]),
        ("wxm", ["王小明"]),
        ("WXM", ["王小明"]),
        ("lh", ["李华"]),
        ("20230102", ["李华"]),
        ("c0302", ["三年二班"]),
        ("3-1", ["张蕾蕾"]),
        ("三1", ["张蕾蕾"]),
        ("三年级（1）班", ["张蕾蕾"]),
        ("3-2 小明", ["王小明"]),
        ("3-1 小明", []),
        ("", []),
        ("  ", []),
        ("%", []),
        ("nobody at all", []),
    ],
)
def test_a_reader_is_found_by_name_sound_initials_card_and_class(
    school: Database, words: str, names: list[str]
) -> None:
    assert found(school, words) == names


def test_a_whole_class_is_listed_in_the_order_of_its_cards(school: Database) -> None:
    assert found(school, "3-2") == ["王小明", "李华", "三年二班"]


def test_who_has_left_is_found_no_more(school: Database) -> None:
    cast.change(school, update(Reader).where(Reader.id == cast.XIAOMING.id).values(left_on=cast.TODAY))
    assert found(school, "小明") == []


def test_no_more_are_given_than_were_asked_for(school: Database) -> None:
    with school.reading() as connection:
        assert len(reader_search.find(connection, "3-2", 2)) == 2


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("3-2", (3, 2)),
        ("3(2)", (3, 2)),
        ("三2班", (3, 2)),
        ("三年级二班", (3, 2)),
        ("六年级十二班", (6, 12)),
        ("十一年级3班", (11, 3)),
        ("2023", None),
        ("302", None),
        ("王小明", None),
        ("3-", None),
    ],
)
def test_a_class_is_known_however_it_is_written(word: str, named: tuple[int, int] | None) -> None:
    assert reader_search.named_class(word) == named
