"""Races that every database must settle: threads that start together at a barrier. Used for SQLite and PostgreSQL."""

from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from sqlalchemy import func, select, update

from kiosk import models, reservations, reserving
from kiosk.audit import audit
from kiosk.counter import Counter
from kiosk.database import Database
from kiosk.decision import Reason
from kiosk.desk import Desk
from kiosk.models import LedgerEntry, Loan
from kiosk.outcome import Outcome
from tests.cast import FERRY, LIBRARIAN, LIHUA, LIMIT, MORNING, PLAIN, TEACHER, THE_CLASS, XIAOMING, ZONE, change, hire

THREADS = 8
T = TypeVar("T")


def together(work: Callable[[int], T], threads: int = THREADS) -> list[T]:
    """Run work(0), work(1), … in threads that all start at once; raises what any of them raised."""
    barrier = Barrier(threads)

    def start(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(start, range(threads)))


def open_loans(database: Database) -> list[tuple[int, int]]:
    """(copy, reader) of every open loan."""
    with database.reading() as connection:
        query = select(Loan.copy_id, Loan.reader_id).where(Loan.returned_at.is_(None))
        return [(row[0], row[1]) for row in connection.execute(query)]


def is_sound(database: Database) -> bool:
    """Whether the audit finds nothing."""
    with database.reading() as connection:
        return not list(audit(connection))


def race_for_the_same_copies(database: Database) -> None:
    """Eight stations lend the same twenty copies to eight readers: each copy goes to one, the others hear why not."""
    enrol(database)
    desk = Desk(database, ZONE)

    def station(number: int) -> list[Outcome]:
        turn = PLAIN[number:] + PLAIN[:number] if number % 2 else PLAIN
        return [desk.lend(100 + number, each.id, station=f"station {number}", now=MORNING) for each in turn]

    outcomes = [outcome for told in together(station) for outcome in told]
    won = Tally(outcome.copy_id for outcome in outcomes if outcome.verb == "lent")
    assert won == Tally(each.id for each in PLAIN)
    lost = [[finding.reason for finding in outcome.findings] for outcome in outcomes if outcome.verb != "lent"]
    assert lost == [[Reason.ON_LOAN_TO_ANOTHER]] * (THREADS - 1) * len(PLAIN)
    assert len(open_loans(database)) == len(PLAIN)
    assert is_sound(database)


def race_of_one_reader_at_two_stations(database: Database) -> None:
    """Two stations lend to one pupil at once: together never more than the limit."""
    desk, half = Desk(database, ZONE), len(PLAIN) // 2

    def station(number: int) -> list[str]:
        mine = PLAIN[number * half : (number + 1) * half]
        return [desk.lend(XIAOMING.id, each.id, station=f"station {number}", now=MORNING).verb for each in mine]

    verbs = Tally(verb for told in together(station, 2) for verb in told)
    assert verbs == Tally(lent=LIMIT, refused=len(PLAIN) - LIMIT)
    assert len(open_loans(database)) == LIMIT
    assert is_sound(database)


def race_of_one_scan_sent_by_every_thread(database: Database) -> None:
    """The same scan arrives eight times at once: it is carried out once, and everybody is told the same."""
    desk = Desk(database, ZONE)
    told = together(lambda _: desk.lend(LIHUA.id, PLAIN[0].id, station="one", now=MORNING, scan_id="the scan"))
    assert [outcome.verb for outcome in told] == ["lent"] * THREADS
    assert len({outcome.entry for outcome in told}) == 1
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(LedgerEntry)) == 1


def race_between_lending_and_returning(database: Database) -> None:
    """Four stations return what four others lend, for a while: the story stays one that can be told."""
    desk = Desk(database, ZONE)

    def station(number: int) -> None:
        for each in PLAIN[:10]:
            if number % 2:
                desk.take_back(each.id, station=f"station {number}", now=MORNING)
            else:
                desk.lend((TEACHER, THE_CLASS)[number % 4 // 2].id, each.id, station=f"station {number}", now=MORNING)

    together(station)
    copies = [copy for copy, _ in open_loans(database)]
    assert len(set(copies)) == len(copies)
    assert is_sound(database)


def race_of_threads_at_one_station(database: Database) -> None:
    """A camera, a cable and a browser speak for one station at once: its entries are still one chain."""
    desk = Desk(database, ZONE)
    together(
        lambda number: [desk.take_back(each.id, station="one", now=MORNING) for each in PLAIN[number : number + 5]]
    )
    with database.reading() as connection:
        numbers = list(connection.scalars(select(LedgerEntry.number).order_by(LedgerEntry.id)))
    assert sorted(numbers) == list(range(1, THREADS * 5 + 1))
    assert is_sound(database)


def race_to_wait_for_one_book(database: Database) -> None:
    """Four readers ask for one book, each at two stations at once, while it comes back: each waits once, in a queue."""
    hire(database)
    enrol(database)
    desk = Desk(database, ZONE)
    desk.lend(TEACHER.id, FERRY.id, station="one", now=MORNING)

    def station(number: int) -> str:
        def ask(counter: Counter) -> Outcome:
            return reserving.reserve(counter, FERRY.title, 100 + number % 4)

        if number == THREADS:
            return desk.take_back(FERRY.id, station="one", now=MORNING).verb
        return desk.at_counter(f"station {number}", MORNING, f"scan {number}", ask).verb

    verbs = Tally(together(station, THREADS + 1))
    assert verbs == Tally(reserved=4, refused=4, returned=1)
    seen = desk.at_counter("desk", MORNING, None, lambda counter: counter.take_back(FERRY.id), LIBRARIAN)
    waiting = waiting_for(database, FERRY.title)
    assert seen.verb == "already"
    assert [copy for _, copy in waiting] == [FERRY.id, None, None, None]
    assert {reader for reader, _ in waiting} == {100, 101, 102, 103}
    assert is_sound(database)


def race_for_the_copy_that_one_waits_for(database: Database) -> None:
    """A copy is set aside for one of eight who all take it to a station at once: it goes to that one."""
    enrol(database)
    desk = Desk(database, ZONE)
    desk.lend(TEACHER.id, FERRY.id, station="one", now=MORNING)
    desk.at_counter("one", MORNING, None, lambda counter: reserving.reserve(counter, FERRY.title, 103))
    desk.take_back(FERRY.id, station="one", now=MORNING)
    told = together(lambda number: desk.lend(100 + number, FERRY.id, station=f"station {number}", now=MORNING))
    assert Tally(outcome.verb for outcome in told) == Tally(lent=1, refused=THREADS - 1)
    assert open_loans(database) == [(FERRY.id, 103)]
    assert waiting_for(database, FERRY.title) == []
    assert is_sound(database)


def waiting_for(database: Database, title: int) -> list[tuple[int, int | None]]:
    """(reader, copy set aside) of the title's queue, the next one first."""
    with database.reading() as connection:
        return [(row.reader_id, row.copy_id) for row in reservations.queue(connection, title)]


def enrol(database: Database) -> None:
    """Eight more readers, who may have as many books as they like."""
    rows = [{"id": 100 + n, "card": f"X{n}", "name": f"同学{n}", "category": "class"} for n in range(THREADS)]
    database.write(lambda connection: connection.execute(models.Reader.__table__.insert(), rows))  # type: ignore[attr-defined]
    change(database, update(models.Reader).where(models.Reader.id >= 100).values(class_id=2))


RACES = (
    race_for_the_same_copies,
    race_of_one_reader_at_two_stations,
    race_of_one_scan_sent_by_every_thread,
    race_between_lending_and_returning,
    race_of_threads_at_one_station,
    race_to_wait_for_one_book,
    race_for_the_copy_that_one_waits_for,
)
