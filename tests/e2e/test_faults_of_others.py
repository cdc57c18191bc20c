"""Faults seen in other systems while running them (PRACTICE.md); each is a case that ours passes."""

from playwright.sync_api import Response
from sqlalchemy import func, select

from kiosk import demo_showcase as shown
from kiosk.models import Loan
from tests.e2e.conftest import NewScreen
from tests.e2e.running import Book, Kiosk
from tests.e2e.screen import Screen
from tests.e2e.test_screens import CONTRAST, dull


def open_loans(kiosk: Kiosk, book: Book) -> int:
    query = select(func.count()).where(Loan.copy_id == book.id, Loan.returned_at.is_(None))
    with kiosk.database.reading() as connection:
        return connection.scalar(query) or 0


def test_two_screens_that_scan_the_same_copy_make_one_loan(kiosk: Kiosk, new_screen: NewScreen) -> None:
    """SLiMS: two screens that scan the same copy and both finish make two open loans."""
    screens = [new_screen(kiosk, kiosk.station()) for _ in range(2)]
    book, pupils = kiosk.book(), [kiosk.pupil(), kiosk.pupil()]
    for screen, pupil in zip(screens, pupils, strict=True):
        screen.scan(pupil.card)
        screen.phase("session")
    for screen in screens:
        screen.scan(book.label)
    screens[0].says("Borrowed", book.title)
    screens[1].says("Still on someone else's card")
    for screen in screens:
        screen.scan("KIOSK-DONE")
        screen.phase("finished")
    assert open_loans(kiosk, book) == 1
    assert kiosk.at_home(pupils[0]) == {book.label}


def test_a_book_is_lent_when_it_is_scanned_and_not_when_somebody_finishes(kiosk: Kiosk, screen: Screen) -> None:
    """SLiMS: nothing is saved until Esc and OK."""
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card, book.label)
    screen.says("Borrowed", book.title)
    assert kiosk.at_home(pupil) == {book.label}


def test_after_an_unknown_card_the_next_scan_is_heard(kiosk: Kiosk, screen: Screen) -> None:
    """SLiMS: an unknown card leaves no input field, later scans go nowhere. OpenLibry: it gives no message."""
    screen.scan("99999999")
    screen.says("I don't know this code", "This is not one of the library's codes.")
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card, book.label)
    screen.says("Borrowed", book.title)


def test_the_line_that_says_returned_can_be_read(kiosk: Kiosk, screen: Screen) -> None:
    """SLiMS: the "successfully returned" line is white on white."""
    screen.scan(kiosk.lent(kiosk.pupil()).label)
    screen.says("Returned")
    words = screen.word.bounding_box()
    assert words is not None and words["height"] > 30
    assert dull(screen) == [], f"contrast under {CONTRAST}:1"


def test_the_next_pupils_card_scanned_early_opens_the_next_session(kiosk: Kiosk, screen: Screen) -> None:
    """SLiMS: the next pupil's card, scanned early, reads "not registered" and the pupil before stays open."""
    first, second, books = kiosk.pupil(), kiosk.pupil(), kiosk.books(2)
    screen.scan(first.card, books[0].label)
    screen.says("Borrowed", books[0].title)
    screen.scan(second.card)
    screen.says(f"Hello, {second.first}!")
    screen.scan(books[1].label)
    screen.says("Borrowed", books[1].title)
    assert (kiosk.at_home(first), kiosk.at_home(second)) == ({books[0].label}, {books[1].label})


def test_a_card_with_the_number_of_a_book_lends_that_book_to_nobody(kiosk: Kiosk, screen: Screen) -> None:
    """OpenLibry: the next pupil's card 1050 lends book 1050 to the pupil before, with a success message."""
    before = kiosk.pupil()
    screen.scan(before.card)
    screen.phase("session")
    screen.scan(shown.TWIN)
    screen.says("Is this a card or a book?")
    assert kiosk.at_home(before) == set()
    screen.types("1")
    screen.says("Hello,")
    assert before.first not in screen.stage.inner_text()
    assert kiosk.at_home(before) == set()


def test_after_a_refusal_the_next_scan_stands_alone(kiosk: Kiosk, screen: Screen) -> None:
    """OpenLibry: after a refusal the field is not cleared and two scans run together."""
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card, shown.READING_ROOM)
    screen.says("Not this time", "This book is for reading here.")
    screen.scan(book.label)
    screen.says("Borrowed", book.title)
    assert kiosk.at_home(pupil) == {book.label}


def test_a_return_needs_neither_mouse_nor_touch_nor_card(kiosk: Kiosk, screen: Screen) -> None:
    """OpenLibry: a return needs the mouse."""
    pupil = kiosk.pupil()
    book = kiosk.lent(pupil)
    screen.scan(book.label)
    screen.says("Returned", book.title)
    assert kiosk.at_home(pupil) == set()


def test_a_scan_is_one_small_request_and_nothing_is_polled(kiosk: Kiosk, screen: Screen) -> None:
    """OpenLibry: the page polls the whole catalogue (6 MB). SLiMS: nine requests for two books."""
    pupil, books = kiosk.pupil(), kiosk.books(4)
    asked: list[str] = []
    answers: list[Response] = []
    screen.page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    screen.page.on("response", lambda response: answers.append(response))
    screen.scan(pupil.card, *(book.label for book in books))
    screen.says("Borrowed", books[3].title)
    assert [each for each in asked if "/static/" not in each] == [f"POST {kiosk.url}/scan"] * 5
    assert max(len(answer.body()) for answer in answers) < 60_000
