"""An unknown code becomes a copy, a new label, a card, or nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from kiosk import memory, newcomers, outcome, reconcile, reconciliations, search, stock, unknown_codes
from kiosk import newcomer_checks as checks
from kiosk.counter import Counter
from kiosk.labels import CopyLabel, LabelRules, ReaderCard
from kiosk.models import Copy, LedgerEntry, Place, Reader, SchoolClass, Title
from kiosk.newcomer_checks import NewCopy, NewReader, NewTitle
from kiosk.newcomers import Made
from kiosk.roles import Staff
from tests import cast
from tests.cast import DAY, ENTRANCE, MORNING, PLAIN, SECOND, XIAOMING

DESK, CODE = "librarian", "TSG-0031"
ONE = PLAIN[0]
RULES = LabelRules()
ISBN = "9787544253994"


class Library:
    """A school, and codes that somebody has scanned there."""

    def __init__(self, folder: Path) -> None:
        self.desk = cast.desk_at(folder)
        cast.hire(self.desk.database)
        self.now = MORNING

    def scanned(self, text: str = CODE, why: str = "NOT_OURS") -> int:
        """Somebody scans a code that is nothing of ours; gives back its record."""
        self.now += SECOND

        def work(counter: Counter) -> None:
            unknown_codes.record(counter, text, why)

        self.desk.at_counter(ENTRANCE, self.now, uuid4().hex, work)
        with self.desk.database.reading() as connection:
            number = unknown_codes.newest(connection, text)
        assert number is not None
        return number

    def does(self, work: Callable[[Counter], Made], staff: Staff = cast.LIBRARIAN) -> Made:
        """Something done at the desk."""
        self.now += SECOND
        return self.desk.at_counter(DESK, self.now, uuid4().hex, work, staff)

    def adds(self, code: int, title: int | NewTitle = ONE.title, rules: LabelRules = RULES, **more: Any) -> Made:
        """A copy is added."""
        new = NewCopy(title, more.pop("place", cast.SHELF), **more)
        return self.does(lambda counter: newcomers.add_copy(counter, code, new, rules))

    def one(self, query: Any) -> Any:
        """The first row of a query."""
        with self.desk.database.reading() as connection:
            return connection.execute(query).first()

    def waiting(self) -> list[str]:
        """The codes that nobody has looked at."""
        with self.desk.database.reading() as connection:
            return [each.text for each in unknown_codes.waiting(connection)]

    def verbs(self) -> list[str]:
        """Every verb of the ledger, oldest first."""
        with self.desk.database.reading() as connection:
            return list(connection.scalars(select(LedgerEntry.verb).order_by(LedgerEntry.id)))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def test_a_code_becomes_a_copy_that_can_be_lent_at_once(library: Library) -> None:
    made = library.adds(library.scanned(), accession="A-17")
    assert made.outcome is not None and (made.outcome.verb, made.problem) == ("copy_added", "")
    copy = library.one(select(Copy.__table__).where(Copy.label == CODE))
    assert (copy.title_id, copy.place_id, copy.accession, copy.state) == (ONE.title, cast.SHELF, "A-17", "ok")
    assert library.waiting() == []
    lent = library.desk.lend(XIAOMING.id, copy.id, station=ENTRANCE, now=library.now)
    assert lent.verb == outcome.LENT


def test_the_ledger_tells_it_by_ids_and_says_who(library: Library) -> None:
    made = library.adds(library.scanned(), NewTitle("新书", "某人"))
    assert made.outcome is not None
    row = library.one(select(LedgerEntry.__table__).where(LedgerEntry.id == made.outcome.entry))
    copy = library.one(select(Copy.__table__).where(Copy.label == CODE))
    assert (row.copy_id, row.staff_id, row.details) == (copy.id, cast.LIBRARIAN.id, {"title": copy.title_id})
    assert library.verbs() == ["unknown", "copy_added", "resolved"]


def test_a_new_title_is_added_with_its_copy_and_is_found_by_its_sound(library: Library) -> None:
    new = NewTitle(" 城南旧事 ", "林海音", "978-7-5442-5399-4", "I246.5", "book")
    assert library.adds(library.scanned(), new).problem == ""
    title = library.one(select(Title.__table__).where(Title.isbn == ISBN))
    assert (title.title, title.author, title.class_number, title.kind) == ("城南旧事", "林海音", "I246.5", "book")
    with library.desk.database.reading() as connection:
        assert [each.id for each in search.find(connection, "cnjs").titles] == [title.id]


@pytest.mark.parametrize(
    ("title", "more", "problem"),
    [
        (0, {}, checks.NO_TITLE),
        (NewTitle("  "), {}, checks.NO_TITLE),
        (NewTitle("书", isbn="9787544253990"), {}, checks.NO_ISBN),
        (NewTitle("书", isbn=cast.ISBN_OF_FERRY), {}, checks.ISBN_THERE),
        (ONE.title, {"place": 99}, checks.NO_PLACE),
        (ONE.title, {"accession": "000101"}, checks.ACCESSION_THERE),
        (ONE.title, {"label": ISBN}, checks.AN_ISBN),
    ],
)
def test_what_is_missing_for_a_copy_is_said_and_nothing_is_written(
    library: Library, title: int | NewTitle, more: dict[str, Any], problem: str
) -> None:
    cast.change(library.desk.database, Copy.__table__.update().where(Copy.id == 1).values(accession="000101"))
    made = library.adds(library.scanned(), title, **more)
    assert made == Made(problem=problem)
    assert library.waiting() == [CODE]
    assert library.verbs() == ["unknown"]


def test_a_copy_may_belong_to_a_place_that_is_new(library: Library) -> None:
    library.adds(library.scanned("A-1"), place=" 二楼书库 ")
    library.adds(library.scanned("A-2"), place="二楼书库")
    copies = [library.one(select(Copy.place_id).where(Copy.label == label))[0] for label in ("A-1", "A-2")]
    assert library.one(select(Place.id).where(Place.name == "二楼书库"))[0] == copies[0] == copies[1]
    assert library.adds(library.scanned("A-3"), place="").problem == checks.NO_PLACE


def test_the_sites_prefix_is_no_part_of_the_label(library: Library) -> None:
    rules = LabelRules(copy_prefix="TSG-")
    library.adds(library.scanned(), rules=rules)
    with library.desk.database.reading() as connection:
        assert memory.copy_of(connection, CopyLabel("0031")) is not None
        assert reconcile.meant(connection, CODE, rules)[0] == reconciliations.CONFIRMED


def test_an_isbn_is_no_label_so_the_label_is_scanned_as_well(library: Library) -> None:
    code, label = library.scanned(ISBN), library.scanned("L-55")
    assert library.adds(code, NewTitle("书", isbn=ISBN)).problem == checks.AN_ISBN
    assert library.adds(code, NewTitle("书", isbn=ISBN), label="L-55").problem == ""
    assert library.one(select(Copy.id).where(Copy.label == "L-55")) is not None
    assert library.waiting() == [] and label


def test_ten_digits_may_be_a_schools_own_number_though_they_could_be_an_old_isbn(library: Library) -> None:
    assert library.adds(library.scanned("0306406152")).problem == ""


def test_a_number_that_became_a_books_or_a_readers_meanwhile_is_refused(library: Library) -> None:
    first, second = library.scanned("7001"), library.scanned("7002")
    cast.change(library.desk.database, Copy.__table__.update().where(Copy.id == ONE.id).values(label="7001"))
    cast.change(library.desk.database, Reader.__table__.update().where(Reader.id == XIAOMING.id).values(card="7002"))
    assert library.adds(first).problem == checks.ON_A_BOOK
    assert library.adds(second).problem == checks.ON_A_CARD
    made = library.does(lambda counter: newcomers.change_card(counter, second, cast.LIHUA.id, RULES))
    assert made.problem == checks.ON_A_CARD


@pytest.mark.parametrize("why", ["CHECK_DIGIT", "TOO_LONG", "CONTROL_CHARACTERS"])
def test_a_code_that_was_misread_can_only_be_dismissed(library: Library, why: str) -> None:
    code = library.scanned("A1234B", why)
    assert library.adds(code).problem == checks.NO_NUMBER
    assert library.does(lambda counter: newcomers.relabel(counter, code, ONE.id, RULES)).problem == checks.NO_NUMBER
    made = library.does(lambda counter: newcomers.change_card(counter, code, XIAOMING.id, RULES))
    assert made.problem == checks.NO_NUMBER
    assert library.does(lambda counter: newcomers.dismiss(counter, code)).problem == ""


def test_a_copy_gets_a_new_label_and_the_old_one_is_known_no_more(library: Library) -> None:
    code = library.scanned()
    made = library.does(lambda counter: newcomers.relabel(counter, code, ONE.id, RULES))
    assert made.outcome is not None and (made.outcome.verb, made.outcome.copy_id) == ("relabelled", ONE.id)
    with library.desk.database.reading() as connection:
        assert memory.copy_of(connection, CopyLabel(CODE)) == ONE.id
        assert memory.copy_of(connection, CopyLabel(ONE.label)) is None


@pytest.mark.parametrize(("copy", "problem"), [(0, checks.NO_COPY), (cast.GONE.id, checks.WITHDRAWN)])
def test_what_is_not_there_gets_no_label(library: Library, copy: int, problem: str) -> None:
    code = library.scanned()
    assert library.does(lambda counter: newcomers.relabel(counter, code, copy, RULES)).problem == problem


def test_a_reader_gets_a_new_card_and_the_old_one_opens_nothing(library: Library) -> None:
    lost = Reader.__table__.update().where(Reader.id == XIAOMING.id).values(card_lost_on=cast.TODAY)
    cast.change(library.desk.database, lost)
    code = library.scanned("20269999")
    made = library.does(lambda counter: newcomers.change_card(counter, code, XIAOMING.id, RULES))
    assert made.outcome is not None and (made.outcome.verb, made.outcome.reader_id) == ("card_changed", XIAOMING.id)
    with library.desk.database.reading() as connection:
        assert memory.reader_of(connection, ReaderCard("20269999")) == XIAOMING.id
        assert memory.reader_of(connection, ReaderCard(XIAOMING.card)) is None
        facts = memory.reader_facts(connection, XIAOMING.id)
    assert facts is not None and facts.card_lost_on is None


def test_who_has_left_the_school_gets_no_card(library: Library) -> None:
    left = Reader.__table__.update().where(Reader.id == XIAOMING.id).values(left_on=cast.TODAY)
    cast.change(library.desk.database, left)
    code = library.scanned()
    made = library.does(lambda counter: newcomers.change_card(counter, code, XIAOMING.id, RULES))
    assert made.problem == checks.NO_READER


def test_a_new_reader_can_borrow_at_once(library: Library) -> None:
    code = library.scanned("20269999")
    new = NewReader(" 赵一鸣 ", "student", cast.CLASS_3_1)
    made = library.does(lambda counter: newcomers.add_reader(counter, code, new, RULES))
    assert made.outcome is not None and made.outcome.verb == "reader_added"
    row = library.one(select(Reader.__table__).where(Reader.id == made.outcome.reader_id))
    assert (row.name, row.card, row.category, row.class_id) == ("赵一鸣", "20269999", "student", cast.CLASS_3_1)
    assert library.desk.lend(row.id, ONE.id, station=ENTRANCE, now=library.now).verb == outcome.LENT


def test_a_reader_may_be_of_a_class_that_is_new(library: Library) -> None:
    for card, name in (("20269991", "4-1"), ("20269992", "四年级1班")):
        code, new = library.scanned(card), NewReader("赵一鸣", "student", name)
        work = partial(newcomers.add_reader, code=code, new=new, rules=RULES)
        assert library.does(work).problem == ""
    with library.desk.database.reading() as connection:
        assert len(connection.execute(select(SchoolClass.id).where(SchoolClass.grade == 4)).all()) == 1


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (NewReader(" ", "student", cast.CLASS_3_1), checks.NO_NAME),
        (NewReader("赵一鸣", "pirate", cast.CLASS_3_1), checks.NO_CATEGORY),
        (NewReader("赵一鸣", "student"), checks.NO_CLASS),
        (NewReader("赵一鸣", "student", 99), checks.NO_CLASS),
        (NewReader("赵一鸣", "student", "nowhere"), checks.NO_CLASS),
        (NewReader("赵一鸣", "student", "33-1"), checks.NO_CLASS),
        (NewReader("赵一鸣", "teacher", 99), checks.NO_CLASS),
    ],
)
def test_what_is_missing_for_a_reader_is_said(library: Library, new: NewReader, problem: str) -> None:
    code = library.scanned()
    assert library.does(lambda counter: newcomers.add_reader(counter, code, new, RULES)).problem == problem


def test_a_teacher_needs_no_class(library: Library) -> None:
    code = library.scanned()
    made = library.does(lambda counter: newcomers.add_reader(counter, code, NewReader("周老师", "teacher"), RULES))
    assert made.problem == ""


def test_an_assistant_may_dismiss_a_code_and_nothing_else(library: Library) -> None:
    code = library.scanned()
    new = NewCopy(ONE.title, cast.SHELF)
    made = library.does(lambda counter: newcomers.add_copy(counter, code, new, RULES), cast.ASSISTANT)
    assert made.problem == checks.NOT_ALLOWED
    row = library.one(select(LedgerEntry.__table__).order_by(LedgerEntry.id.desc()))
    assert (row.verb, row.details["why"], row.staff_id) == ("refused", "copy_added", cast.ASSISTANT.id)
    assert library.does(lambda counter: newcomers.dismiss(counter, code), cast.ASSISTANT).problem == ""
    assert library.waiting() == []


def test_every_scan_of_the_code_is_settled_at_once_and_only_by_the_first(library: Library) -> None:
    first, second = library.scanned(), library.scanned()
    assert library.adds(first).problem == ""
    assert library.adds(second).problem == checks.SETTLED
    with library.desk.database.reading() as connection:
        assert [unknown_codes.resolved_as(connection, each) for each in (first, second)] == ["copy", "copy"]


def test_a_dismissed_code_that_is_scanned_again_is_asked_after_again(library: Library) -> None:
    code = library.scanned()
    library.does(lambda counter: newcomers.dismiss(counter, code))
    library.scanned()
    assert library.waiting() == [CODE]


def test_what_lies_in_a_box_under_the_code_is_known_then(library: Library) -> None:
    library.desk.lend(cast.TEACHER.id, ONE.id, station=ENTRANCE, now=library.now - DAY)
    library.desk.take_back(ONE.id, station=ENTRANCE, now=library.now)
    library.now += SECOND
    number = library.desk.at_counter(
        DESK, library.now, uuid4().hex, lambda counter: reconcile.begin(counter, [ENTRANCE]), cast.LIBRARIAN
    )
    assert number is not None
    found = [
        library.desk.at_counter(
            DESK,
            library.now,
            uuid4().hex,
            lambda counter: reconcile.scan(counter, number, "torn label", RULES),
            cast.LIBRARIAN,
        )
        for _ in range(2)
    ]
    assert [each.kind for each in found] == [reconciliations.UNKNOWN] * 2
    with library.desk.database.reading() as connection:
        code = unknown_codes.newest(connection, "torn label")
    assert code is not None
    assert library.does(lambda counter: newcomers.relabel(counter, code, ONE.id, RULES)).problem == ""
    with library.desk.database.reading() as connection:
        tally = reconciliations.tally(connection, number)
        accounts = [row.account for row in reconciliations.lines(connection, number)]
    assert (tally.told, tally.box, tally.missing, tally.unknown) == (1, 1, 0, 0)
    assert accounts == [reconciliations.CONFIRMED]


def test_a_copy_is_found_by_an_old_label_an_accession_number_or_its_title(library: Library) -> None:
    cast.change(library.desk.database, Copy.__table__.update().where(Copy.id == ONE.id).values(accession="登-88"))
    with library.desk.database.reading() as connection:
        for words in (ONE.label, "登-88", "书 14"):
            assert ONE.id in [row.id for row in stock.copies_called(connection, words, RULES)], words
        assert list(stock.copies_called(connection, cast.GONE.label, RULES)) == []
        assert list(stock.copies_called(connection, "", RULES)) == []


def test_a_copy_goes_where_the_others_of_its_title_are_or_else_where_the_latest_went(library: Library) -> None:
    with library.desk.database.reading() as connection:
        assert stock.usual_place(connection, cast.OUR_CORNER.title) == cast.CORNER_3_2
        assert stock.usual_place(connection, None) == cast.SHELF
