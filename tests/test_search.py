"""Titles are found by what is written on them, by how they are said, and by what is scanned from them."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import event, insert, update

from kiosk.database import Database
from kiosk.labels import LabelRules, isbn13
from kiosk.models import Copy, Title
from kiosk.models_desk import Repair, Reservation, UnseenReturn
from kiosk.search import MOST_WORDS, Found, find
from kiosk.search_text import normal, readings
from kiosk.whereabouts import Whereabouts, holders, waiting, where
from tests import cast, catalogue
from tests.catalogue import (
    FIELDS,
    GONE_TITLE,
    GREEN,
    HAT,
    HEAVY,
    ISBN10_OF_PRINCE,
    ISBN_OF_PRINCE,
    LATIN,
    LITTLE_HORSE,
    LONG_ROAD,
    PRINCE,
    PRINCE_TALES,
    PRINTING,
    SONGS,
    ids,
)


@pytest.fixture(scope="module")
def school() -> Iterator[Database]:
    """The cast's school with the catalogue; nothing is written into it."""
    with tempfile.TemporaryDirectory() as folder:
        school = cast.school_at(Path(folder))
        catalogue.stock(school)
        yield school
        school.engine.dispose()


@pytest.fixture
def own_school(tmp_path: Path) -> Database:
    school = cast.school_at(tmp_path)
    catalogue.stock(school)
    return school


def search(school: Database, words: str, limit: int = 50, offset: int = 0, rules: LabelRules | None = None) -> Found:
    with school.reading() as connection:
        return find(connection, words, limit=limit, offset=offset, rules=rules or LabelRules())


def first(school: Database, words: str) -> int | None:
    return next(iter(ids(search(school, words))), None)


# By what is written


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("小王子", PRINCE),
        ("《小王子》", PRINCE),
        ("　小 王 子　", PRINCE),
        ("葵花", FIELDS),
        ("花", FIELDS),
        ("曹文轩", FIELDS),
        ("曹文轩 小王子", PRINCE_TALES),
        ("圣埃克苏佩里", PRINCE),
        ("I565", PRINCE),
        ("i565.88", PRINCE),
        ("3d打印", PRINTING),
        ("３Ｄ打印", PRINTING),
        ("第2册", PRINTING),
        ("little prince", LATIN),
        ("saint-exupery", LATIN),
        ("SAINT EXUPÉRY", LATIN),
        ("300首", SONGS),
    ],
)
def test_a_title_is_found_by_what_is_written_on_it(school: Database, words: str, title: int) -> None:
    assert first(school, words) == title


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("xwz", PRINCE),
        ("XWZ", PRINCE),
        ("xiaowangzi", PRINCE),
        ("xiao wang zi", PRINCE),
        ("xiao'wang'zi", PRINCE),
        ("xiǎo wáng zǐ", PRINCE),
        ("xiaowang", PRINCE),
        ("xmgh", LITTLE_HORSE),
        ("caowenxuan", FIELDS),
        ("eg300s", SONGS),
        ("lvyexianzong", GREEN),
        ("lüye", GREEN),
        ("tlp", LATIN),
        ("小wz", PRINCE),
        ("小wangz", PRINCE),
        ("小王zi", PRINCE),
    ],
)
def test_a_title_is_found_by_how_it_is_said(school: Database, words: str, title: int) -> None:
    assert first(school, words) == title


@pytest.mark.parametrize("words", ["ccdl", "zzdl", "changchangdelu", "zhangzhang"])
def test_a_first_character_may_be_read_in_either_way(school: Database, words: str) -> None:
    assert first(school, words) == LONG_ROAD


@pytest.mark.parametrize(
    ("words", "title"), [("zengwen", LONG_ROAD), ("zhali", HEAVY), ("zzdst", HEAVY), ("chongchong", HEAVY)]
)
def test_family_names_have_readings_of_their_own(school: Database, words: str, title: int) -> None:
    assert first(school, words) == title


# By what is scanned


@pytest.mark.parametrize("words", [ISBN_OF_PRINCE, "978-7-02-004249-4", "978 7 02 004249 4", ISBN10_OF_PRINCE])
def test_a_title_is_found_by_its_isbn_old_or_new(school: Database, words: str) -> None:
    found = search(school, words)
    assert (ids(found)[0], found.named) == (PRINCE, PRINCE)


@pytest.mark.parametrize("words", ["P00001", "p00001", "P00003", "2019-0002", " P00002\r"])
def test_a_title_is_found_by_the_label_or_accession_number_of_a_copy(school: Database, words: str) -> None:
    found = search(school, words)
    assert (ids(found)[0], found.named) == (PRINCE, PRINCE)


def test_a_label_with_the_schools_prefix_is_understood(school: Database) -> None:
    rules = LabelRules(copy_prefix="LIB-")
    assert search(school, "LIB-P00001", rules=rules).named == PRINCE
    assert search(school, "LIB-P00001").named is None


def test_a_word_names_no_title(school: Database) -> None:
    assert search(school, "小王子").named is None


# The order


def test_the_whole_title_comes_first_then_what_begins_so_then_the_rest(school: Database) -> None:
    assert ids(search(school, "小王子")) == [PRINCE, PRINCE_TALES]
    assert ids(search(school, "xwz"))[:2] == [PRINCE, PRINCE_TALES]
    assert ids(search(school, "小"))[-2:] == [PRINTING, GONE_TITLE]


def test_a_title_begun_comes_before_an_author(school: Database) -> None:
    with school.engine.connect() as connection:
        new = insert(Title).values(title="曹文轩和他的书", author="某人").returning(Title.id)
        book_about = connection.scalar(new)
        assert ids(find(connection, "曹文轩")) == [book_about, FIELDS, PRINCE_TALES]


def test_an_author_begun_comes_before_letters_in_the_middle_of_something(school: Database) -> None:
    assert ids(search(school, "cwx"))[:2] == [FIELDS, PRINCE_TALES]


def test_what_is_no_longer_in_stock_comes_last_and_is_marked(school: Database) -> None:
    found = search(school, "小王")
    assert ids(found) == [PRINCE, PRINCE_TALES, GONE_TITLE]
    assert [each.stocked for each in found.titles] == [True, True, False]


def test_a_title_of_which_no_copy_has_come_yet_is_not_given_up(school: Database) -> None:
    assert search(school, "绿野仙踪").titles[0].stocked


def test_pages_follow_each_other_without_gap_or_repetition(school: Database) -> None:
    whole = ids(search(school, "书"))
    pages = [search(school, "书", limit=7, offset=offset) for offset in range(0, len(whole), 7)]
    assert [each for page in pages for each in ids(page)] == whole
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


def test_many_withdrawn_titles_leave_no_gap_and_come_at_the_end(school: Database) -> None:
    with school.engine.connect() as connection:
        numbers = range(1000, 1200)
        connection.execute(insert(Title), [{"id": n, "title": f"旧书{n}"} for n in numbers])
        gone = [{"label": f"X{n}", "title_id": n, "place_id": 1, "state": "withdrawn"} for n in numbers if n < 1190]
        connection.execute(insert(Copy), gone)
        page = find(connection, "旧书", limit=15)
        assert ids(page) == [*range(1190, 1200), *range(1000, 1005)]
        assert page.more
        last = find(connection, "旧书", limit=15, offset=195)
        assert (ids(last), last.more) == (list(range(1185, 1190)), False)


# What is not there


def test_other_characters_of_the_same_sound_are_understood_and_said_to_be(school: Database) -> None:
    found = search(school, "小王自")
    assert (ids(found), found.by_sound) == ([PRINCE, PRINCE_TALES], True)
    assert not search(school, "小王子").by_sound


@pytest.mark.parametrize(("words", "title"), [("魔法師的帽子", HAT), ("長長的路", LONG_ROAD), ("綠野仙蹤", GREEN)])
def test_traditional_characters_find_a_simplified_title(school: Database, words: str, title: int) -> None:
    assert ids(search(school, words)) == [title]


@pytest.mark.parametrize(
    "words", ["", "   ", "!?", "《》", "%", "_", "\\", "\x00", "\ud800", "😀", "'; DROP TABLE title; --"]
)
def test_signs_that_no_title_has_find_nothing(school: Database, words: str) -> None:
    assert search(school, words) == Found()


def test_one_letter_finds_what_begins_with_it_only(school: Database) -> None:
    assert LITTLE_HORSE in ids(search(school, "x"))
    assert HEAVY not in ids(search(school, "s"))  # 重重的石头
    assert ids(search(school, "3")) == [PRINTING]


@pytest.mark.parametrize("words", ["x" * 10_000, "小" * 10_000, "小 " * 5_000, "a b " * 2_500, "ﷺ" * 10_000])
def test_ten_thousand_characters_are_no_trouble(school: Database, words: str) -> None:
    assert not search(school, words).more


def test_a_long_english_title_is_found_by_all_its_words(school: Database) -> None:
    title = "Alexander and the Terrible, Horrible, No Good, Very Bad Day, and What Came Then After It"
    assert len(title.split()) > MOST_WORDS
    with school.engine.connect() as connection:
        number = connection.scalar(insert(Title).values(title=title).returning(Title.id))
        assert ids(find(connection, title)) == [number]


@given(st.text(max_size=60))
def test_no_text_makes_the_search_fail(school: Database, words: str) -> None:
    assert len(search(school, words, limit=5).titles) <= 5


LIKE_TITLES = st.text("小王子的魔法石头长重 abcXYZ129·：《》éüßﬁ①Ⅲがк", min_size=1, max_size=20) | st.text(
    min_size=1, max_size=30
)


@given(LIKE_TITLES, st.integers(0, 10**9 - 1))
def test_every_title_is_found_by_itself_by_its_initials_and_by_its_isbn(
    school: Database, title: str, digits: int
) -> None:
    assume(normal(title))
    isbn = isbn13_of(f"979{digits:09}")
    with school.engine.connect() as connection:
        number = connection.scalar(insert(Title).values(title=title, isbn=isbn).returning(Title.id))
        for words in (title, isbn, *(each for reading in readings(title) for each in reading)):
            assert number in ids(find(connection, words, limit=200)), words


def isbn13_of(twelve: str) -> str:
    return next(f"{twelve}{last}" for last in range(10) if isbn13(f"{twelve}{last}"))


@given(st.text(max_size=40))
def test_what_is_compared_holds_letters_and_digits_only(text: str) -> None:
    assert all(each.isalnum() for each in normal(text))


# Where each copy is


def whereabouts(school: Database, title: int) -> list[Whereabouts]:
    with school.reading() as connection:
        return list(where(connection, [title], cast.TODAY)[title])


def test_each_copy_is_where_it_belongs_until_something_happens(own_school: Database) -> None:
    here, corner, gone = whereabouts(own_school, PRINCE)
    assert (here.status, here.place, here.is_in) == ("in", "书库", True)
    assert (corner.status, corner.grade, corner.number) == ("in", 3, 2)
    assert (gone.status, gone.is_in) == ("withdrawn", False)
    assert whereabouts(own_school, HAT)[0].status == "lost"


def test_a_title_without_copies_is_nowhere(own_school: Database) -> None:
    assert whereabouts(own_school, GREEN) == []


def test_a_copy_on_loan_says_until_when_and_is_late_after_that_day(own_school: Database) -> None:
    desk = cast.Desk(own_school, cast.ZONE)
    lent = desk.lend(cast.XIAOMING.id, cast.FERRY.id, station=cast.ENTRANCE, now=cast.MORNING)
    (copy,) = whereabouts(own_school, cast.FERRY.title)
    assert (copy.status, copy.until, copy.late) == ("loan", lent.due_on, False)
    assert lent.due_on is not None
    with own_school.reading() as connection:
        (later,) = where(connection, [cast.FERRY.title], lent.due_on + timedelta(days=1))[cast.FERRY.title]
    assert later.late


def change(school: Database, *statements: object) -> None:
    for statement in statements:
        cast.change(school, statement)


def test_a_copy_kept_for_a_reader_is_kept_until_its_last_day(own_school: Database) -> None:
    kept = {"title_id": 1, "reader_id": 2, "made_at": cast.MORNING, "made_station": "x", "copy_id": cast.FERRY.id}
    change(own_school, insert(Reservation).values(**kept, set_aside_at=cast.MORNING, waits_until=cast.TODAY))
    (copy,) = whereabouts(own_school, 1)
    assert (copy.status, copy.until) == ("kept", cast.TODAY)
    with own_school.reading() as connection:
        (later,) = where(connection, [1], cast.TODAY + cast.DAY)[1]
        assert later.status == "in"
        (waits,) = waiting(connection, 1)
    assert (waits.reader.name, waits.copy_id, waits.waits_until) == (cast.LIHUA.name, cast.FERRY.id, cast.TODAY)


def test_a_copy_in_repair_says_what_is_wrong_and_one_just_returned_says_where(own_school: Database) -> None:
    change(
        own_school,
        insert(Repair).values(copy_id=cast.TORN.id, wrong="封面掉了", sent_at=cast.MORNING),
    )
    (torn,) = whereabouts(own_school, cast.TORN.title)
    assert (torn.status, torn.note) == ("repair", "封面掉了")
    desk = cast.Desk(own_school, cast.ZONE)
    desk.lend(cast.XIAOMING.id, cast.FERRY.id, station=cast.ENTRANCE, now=cast.MORNING)
    desk.take_back(cast.FERRY.id, station=cast.ENTRANCE, now=cast.MORNING + cast.HOUR)
    (back,) = whereabouts(own_school, cast.FERRY.title)
    assert (back.status, back.note) == ("unseen", cast.ENTRANCE)
    change(own_school, update(UnseenReturn).values(settled_at=cast.MORNING, settled_how="box"))
    assert whereabouts(own_school, cast.FERRY.title)[0].is_in


def test_who_has_a_copy_is_told_apart_from_where_it_is(own_school: Database) -> None:
    desk = cast.Desk(own_school, cast.ZONE)
    desk.lend(cast.XIAOMING.id, cast.FERRY.id, station=cast.ENTRANCE, now=cast.MORNING)
    with own_school.reading() as connection:
        person = holders(connection, [cast.FERRY.id, cast.BEES.id])[cast.FERRY.id]
        said = repr(where(connection, [cast.FERRY.title], cast.TODAY))
    assert (person.name, person.grade, person.number) == (cast.XIAOMING.name, 3, 2)
    assert cast.XIAOMING.name not in said and cast.XIAOMING.card not in said


def test_the_copies_of_a_whole_page_are_told_by_one_query(own_school: Database) -> None:
    asked: list[str] = []
    event.listen(own_school.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    with own_school.reading() as connection:
        found = find(connection, "书", limit=30)
        asked.clear()
        told = where(connection, ids(found), cast.TODAY)
    assert len(asked) == 1
    assert set(told) == set(ids(found))
