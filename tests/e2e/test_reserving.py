"""Reserving at the self-check: from a copy that is kept for somebody else, and from what was found on the screen."""

from datetime import UTC, datetime

from sqlalchemy import exists, select

from kiosk import outcome, reserving
from kiosk.models import Copy, Loan
from kiosk.models_desk import Reservation
from tests.e2e.at_desk import account
from tests.e2e.conftest import NewScreen
from tests.e2e.running import Book, Kiosk, Pupil
from tests.e2e.screen import Screen


def reserve(kiosk: Kiosk, book: Book, pupil: Pupil) -> None:
    """At the desk, for this pupil."""
    with kiosk.database.reading() as connection:
        title = connection.scalars(select(Copy.title_id).where(Copy.id == book.id)).one()
    staff, now = account(kiosk, "librarian"), datetime.now(UTC)
    done = kiosk.desk.at_counter("librarian", now, None, lambda c: reserving.reserve(c, title, pupil.id), staff)
    assert done.verb == outcome.RESERVED


def last_copy(kiosk: Kiosk, owner: Pupil) -> Book:
    """A book at home with its owner, as all other copies of its title are at home with somebody."""
    book, now = kiosk.lent(owner), datetime.now(UTC)
    title = select(Copy.title_id).where(Copy.id == book.id).scalar_subquery()
    out = exists().where(Loan.copy_id == Copy.id, Loan.returned_at.is_(None))
    with kiosk.database.reading() as connection:
        others = list(connection.scalars(select(Copy.id).where(Copy.title_id == title, Copy.state == "ok", ~out)))
    for copy in others:
        assert kiosk.desk.lend(kiosk.pupil().id, copy, station="librarian", now=now).verb == outcome.LENT
    return book


def comes_second(kiosk: Kiosk, screen: Screen) -> tuple[Pupil, Pupil, Book]:
    """A book comes back that the first pupil waits for, and the second one wants to borrow it."""
    owner, first, second = kiosk.pupil(), kiosk.pupil(), kiosk.pupil()
    book = last_copy(kiosk, owner)
    reserve(kiosk, book, first)
    screen.scan(book.label)
    screen.says("Returned", book.title)
    screen.scan(second.card)
    screen.says(f"Hello, {second.first}!")
    screen.scan(book.label)
    return first, second, book


def waiting(kiosk: Kiosk, pupil: Pupil) -> int:
    """How many titles the pupil waits for."""
    query = select(Reservation.id).where(Reservation.reader_id == pupil.id, Reservation.ended_at.is_(None))
    with kiosk.database.reading() as connection:
        return len(connection.scalars(query).all())


def test_a_returned_book_that_somebody_waits_for_goes_into_the_box_and_names_nobody(
    kiosk: Kiosk, screen: Screen
) -> None:
    owner, first = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    reserve(kiosk, book, first)
    screen.scan(book.label)
    screen.says("Returned", "Somebody is waiting for this book.", "Put it in the box")
    assert first.name not in screen.stage.inner_text() and first.first not in screen.stage.inner_text()


def test_a_kept_book_is_not_lent_to_another_who_may_be_next_and_then_to_whom_it_is_kept_for(
    kiosk: Kiosk, screen: Screen
) -> None:
    first, second, book = comes_second(kiosk, screen)
    screen.says("Somebody is waiting for this book. Do you want to be next?", "Reserve it for me")
    screen.types("1")
    screen.says("Reserved", book.title, "You will hear when it is here.")
    assert waiting(kiosk, second) == 1
    screen.tap("[data-command=KIOSK-UNDO]")
    screen.says("Undone")
    assert waiting(kiosk, second) == 0
    screen.scan(first.card)
    screen.says(f"Hello, {first.first}!")
    screen.scan(book.label)
    screen.says("Borrowed", book.title)
    assert waiting(kiosk, first) == 0


def test_whoever_says_no_is_asked_no_more_and_nothing_is_reserved(kiosk: Kiosk, new_screen: NewScreen) -> None:
    screen = new_screen(kiosk, kiosk.station())
    _, second, _ = comes_second(kiosk, screen)
    screen.says("Do you want to be next?")
    screen.types("2")
    screen.says("Look here", "All right, nothing was changed.")
    assert waiting(kiosk, second) == 0
