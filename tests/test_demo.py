"""The demo school: the same each time, ready for every scene on any day of the year, and never in a real library."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, func, insert, select

from kiosk import demo, demo_showcase, ledger, memory
from kiosk.circulation import judge_loan, judge_reader
from kiosk.database import Database
from kiosk.decision import Decision, Facts, Reason
from kiosk.demo_books import INVENTED, reading_list
from kiosk.labels import CopyLabel, Isbn, ReaderCard, isbn13
from kiosk.models import Base, Copy, LedgerEntry, Loan, Place, Reader, SchoolClass, Setting, Title

SCHOOL_TIME = ZoneInfo("Asia/Shanghai")
SUNDAY_IN_NOVEMBER = datetime(2026, 11, 22, 16, 0, tzinfo=SCHOOL_TIME)
FIRST_SCHOOL_MORNING = datetime(2026, 9, 1, 7, 0, tzinfo=SCHOOL_TIME)
SUMMER_HOLIDAYS = datetime(2027, 8, 1, 23, 30, tzinfo=SCHOOL_TIME)
WINTER_HOLIDAYS = datetime(2028, 2, 10, 0, 10, tzinfo=SCHOOL_TIME)
WEEK_AFTER_NATIONAL_DAY = datetime(2026, 10, 12, 12, 30, tzinfo=SCHOOL_TIME)
ANY_TIME = (FIRST_SCHOOL_MORNING, SUMMER_HOLIDAYS, WINTER_HOLIDAYS, WEEK_AFTER_NATIONAL_DAY)


def empty(folder: Path) -> Database:
    database = Database(f"sqlite:///{(folder / 'kiosk.sqlite').as_posix()}", synchronous="NORMAL")
    database.migrate()
    return database


def loaded(folder: Path, now: datetime) -> Database:
    database = empty(folder)
    assert demo.load(database, "Asia/Shanghai", now)
    return database


@pytest.fixture(scope="module")
def november(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return loaded(tmp_path_factory.mktemp("november"), SUNDAY_IN_NOVEMBER)


@pytest.fixture
def school(november: Database) -> Iterator[Connection]:
    with november.reading() as connection:
        yield connection


@pytest.fixture(scope="module", params=ANY_TIME, ids=lambda now: f"{now:%d %B}")
def any_day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, datetime]:
    return loaded(tmp_path_factory.mktemp("demo"), request.param), request.param


def reader(connection: Connection, card: str) -> int:
    found = memory.reader_of(connection, ReaderCard(card))
    assert found is not None
    return found


def judged(connection: Connection, now: datetime, card: str, label: str) -> Decision:
    copy = memory.copy_of(connection, CopyLabel(label))
    assert copy is not None
    reader_facts = memory.reader_facts(connection, reader(connection, card))
    facts = Facts(now, reader_facts, memory.copy_facts(connection, copy))
    return judge_loan(facts, memory.current_policy(connection))


def reasons(decision: Decision) -> list[Reason]:
    return [each.reason for each in decision.findings]


def everything(database: Database) -> list[list[tuple[object, ...]]]:
    with database.reading() as connection:
        return [[tuple(row) for row in connection.execute(select(table))] for table in Base.metadata.sorted_tables]


def overdue_readers(connection: Connection, now: datetime) -> int:
    late = select(func.count(Loan.reader_id.distinct())).where(Loan.returned_at.is_(None), Loan.due_on < now.date())
    return connection.scalar(late) or 0


# The school


def test_there_are_twelve_classes_of_thirty_pupils_and_fifteen_teachers(school: Connection) -> None:
    sizes = school.execute(
        select(SchoolClass.grade, SchoolClass.number, func.count(Reader.id))
        .join(Reader, Reader.class_id == SchoolClass.id)
        .where(Reader.category == "student")
        .group_by(SchoolClass.id)
    )
    assert sorted(map(tuple, sizes)) == [(grade, number, 30) for grade in range(1, 7) for number in (1, 2)]
    counts = dict(map(tuple, school.execute(select(Reader.category, func.count()).group_by(Reader.category))))
    assert counts == {"student": 360, "teacher": 15, "class": 12}


def test_no_two_readers_have_the_same_name_and_some_surnames_have_two_characters(school: Connection) -> None:
    names = list(school.scalars(select(Reader.name)))
    assert len(set(names)) == len(names)
    assert any(name.startswith(("欧阳", "司马", "诸葛", "上官")) for name in names)
    assert all(2 <= len(name) <= 5 for name in names)


def test_the_110_titles_of_the_ministry_are_there_with_about_600_copies(school: Connection) -> None:
    titles = set(school.scalars(select(Title.title)))
    assert {book.title for book in reading_list(Random(1))} < titles
    assert len(titles) == 110 + len(INVENTED)
    assert 550 <= (school.scalar(select(func.count(Copy.id))) or 0) <= 650


def test_only_invented_titles_have_an_isbn_and_its_prefix_belongs_to_nobody(school: Connection) -> None:
    rows = list(school.execute(select(Title.isbn, Title.publisher).where(Title.isbn.is_not(None))))
    assert len(rows) >= 2
    assert all(isbn13(row.isbn) == row.isbn and row.isbn.startswith("9799") for row in rows)
    assert {row.publisher for row in rows} == {"演示数据"}


def test_two_copies_live_in_a_class_corner_one_is_in_repair_and_some_are_lost(school: Connection) -> None:
    in_corner = select(func.count(Copy.id)).join(Place, Place.id == Copy.place_id).where(Place.kind == "corner")
    states = dict(map(tuple, school.execute(select(Copy.state, func.count()).group_by(Copy.state))))
    assert school.scalar(in_corner) == 2
    assert states["repair"] == 1
    assert states["withdrawn"] == 1
    assert states["lost"] == 4


# The term


def test_a_term_of_loans_leads_up_to_now_and_not_beyond(any_day: tuple[Database, datetime]) -> None:
    database, now = any_day
    with database.reading() as connection:
        assert 1000 <= (connection.scalar(select(func.count(Loan.id))) or 0) <= 1500
        latest = connection.scalar(select(func.max(LedgerEntry.at)))
    assert latest is not None
    assert latest <= now


def test_about_twelve_readers_have_overdue_books_on_any_day(any_day: tuple[Database, datetime]) -> None:
    database, now = any_day
    with database.reading() as connection:
        assert 9 <= overdue_readers(connection, now) <= 15


def test_books_were_lent_and_taken_back_only_in_school_hours_on_open_days(any_day: tuple[Database, datetime]) -> None:
    database, _ = any_day
    with database.reading() as connection:
        calendar = memory.current_policy(connection).calendar
        moments = [at.astimezone(SCHOOL_TIME) for at in connection.scalars(select(LedgerEntry.at))]
    assert all(calendar.is_open(at.date()) and 8 <= at.hour < 17 for at in moments)


def test_the_term_knows_late_returns_renewals_refusals_and_undone_loans(school: Connection) -> None:
    verbs = dict(map(tuple, school.execute(select(LedgerEntry.verb, func.count()).group_by(LedgerEntry.verb))))
    late = select(func.count(Loan.id)).where(func.date(Loan.returned_at) > Loan.due_on)
    assert verbs["renewed"] > 20
    assert verbs["refused"] > 5
    assert verbs["undone"] > 2
    assert (school.scalar(late) or 0) > 20


def test_the_chain_of_the_ledger_holds_and_time_never_runs_backwards_in_it(school: Connection) -> None:
    moments = list(school.scalars(select(LedgerEntry.at).order_by(LedgerEntry.number)))
    assert list(ledger.verify(school)) == []
    assert moments == sorted(moments)


# The parts


def test_the_card_and_the_three_books_of_the_camera_scene_can_be_lent_on_any_day(
    any_day: tuple[Database, datetime],
) -> None:
    database, now = any_day
    with database.reading() as connection:
        decisions = [judged(connection, now, "20250101", label) for label in ("10000001", "10000002", "10000003")]
        loans = memory.reader_facts(connection, reader(connection, "20250101"))
    assert [reasons(each) for each in decisions] == [[], [], []]
    assert loans is not None
    assert loans.loans == ()


@pytest.mark.parametrize(
    ("card", "label", "expected"),
    [
        (demo_showcase.FREE, demo_showcase.LIMIT_LABELS[0], Reason.ON_LOAN_TO_ANOTHER),
        (demo_showcase.FREE, demo_showcase.OVERDUE_LABEL, Reason.ON_LOAN_TO_ANOTHER),
        (demo_showcase.FREE, demo_showcase.CORNER_LABELS[0], Reason.OTHER_CORNER),
        (demo_showcase.FREE, demo_showcase.READING_ROOM, Reason.READING_ROOM_ONLY),
        (demo_showcase.FREE, demo_showcase.REPAIR, Reason.IN_REPAIR),
        (demo_showcase.FREE, demo_showcase.LOST_LABELS[0], Reason.FOUND),
        (demo_showcase.FREE, demo_showcase.WITHDRAWN, Reason.WITHDRAWN),
        (demo_showcase.OVERDUE, demo_showcase.FREE_LABELS[0], Reason.OVERDUE_AT_HOME),
        (demo_showcase.AT_LIMIT, demo_showcase.FREE_LABELS[0], Reason.LIMIT_REACHED),
        (demo_showcase.LOST_CARD, demo_showcase.FREE_LABELS[0], Reason.CARD_LOST),
    ],
)
def test_each_part_shows_what_it_says_on_any_day(
    any_day: tuple[Database, datetime], card: str, label: str, expected: Reason
) -> None:
    database, now = any_day
    with database.reading() as connection:
        assert reasons(judged(connection, now, card, label))[0] is expected


@pytest.mark.parametrize("card", [demo_showcase.CORNER_PUPIL, demo_showcase.TEACHER, demo_showcase.CLASS])
def test_the_other_readers_on_show_are_in_good_standing(any_day: tuple[Database, datetime], card: str) -> None:
    database, now = any_day
    with database.reading() as connection:
        facts = Facts(now, memory.reader_facts(connection, reader(connection, card)), None)
        assert judge_reader(facts, memory.current_policy(connection)).findings == ()
        label = demo_showcase.CORNER_LABELS[0] if card == demo_showcase.CORNER_PUPIL else demo_showcase.FREE_LABELS[0]
        assert reasons(judged(connection, now, card, label)) == []


def test_one_isbn_means_one_copy_and_another_means_several(school: Connection) -> None:
    assert len(memory.copies_of_isbn(school, Isbn(demo_showcase.SINGLE_ISBN))) == 1
    assert len(memory.copies_of_isbn(school, Isbn(demo_showcase.SEVERAL_ISBN))) > 1


def test_one_number_is_a_card_and_a_label_at_once(school: Connection) -> None:
    assert memory.reader_of(school, ReaderCard(demo_showcase.TWIN)) is not None
    assert memory.copy_of(school, CopyLabel(demo_showcase.TWIN)) is not None


def test_everything_on_show_is_there_with_a_name_or_a_title(school: Connection) -> None:
    shown = demo.showcase(school)
    assert [card.card for card in shown.cards] == list(demo_showcase.CARDS)
    assert [label.text for label in shown.labels] == [*demo_showcase.LABELS, *demo_showcase.ISBNS]
    assert all(card.name and card.says for card in shown.cards)
    assert all(label.title and label.says for label in shown.labels)


# When it is loaded


def test_the_same_moment_makes_the_same_school(november: Database, tmp_path: Path) -> None:
    assert everything(loaded(tmp_path, SUNDAY_IN_NOVEMBER)) == everything(november)


def test_a_school_that_has_begun_with_a_single_reader_is_left_untouched(tmp_path: Path) -> None:
    database = empty(tmp_path)
    values = {"card": "1", "name": "王小明", "category": "student"}
    database.write(lambda connection: connection.execute(insert(Reader), values) and None)
    before = everything(database)
    assert not demo.load(database, "Asia/Shanghai", SUNDAY_IN_NOVEMBER)
    assert everything(database) == before


def test_a_school_that_has_only_written_its_name_is_left_untouched(tmp_path: Path) -> None:
    database = empty(tmp_path)
    database.write(lambda connection: connection.execute(insert(Setting), {"key": "school", "value": "实验"}) and None)
    assert not demo.load(database, "Asia/Shanghai", SUNDAY_IN_NOVEMBER)


def test_the_demo_is_not_loaded_a_second_time(november: Database) -> None:
    before = everything(november)
    assert not demo.load(november, "Asia/Shanghai", SUNDAY_IN_NOVEMBER + timedelta(days=1))
    assert everything(november) == before


def test_a_demo_that_cannot_be_finished_leaves_the_database_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object) -> None:
        raise RuntimeError("the power is gone")

    database = empty(tmp_path)
    monkeypatch.setattr("kiosk.demo_term.Term.play", broken)
    with pytest.raises(RuntimeError):
        demo.load(database, "Asia/Shanghai", datetime.now(UTC))
    with database.reading() as connection:
        assert demo.is_empty(connection)
