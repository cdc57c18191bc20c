"""Borrowing at the screen, by a scanner's key events in a real browser."""

from playwright.sync_api import expect

from kiosk import demo_showcase as shown
from tests.e2e.conftest import NewScreen
from tests.e2e.running import Kiosk, until
from tests.e2e.screen import Screen


def test_the_scanner_of_these_tests_types_as_fast_as_a_real_one(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card)
    screen.phase("session")
    gaps = screen.gaps()
    assert len(gaps) == 8
    assert max(gaps) < 8, gaps


def test_a_card_then_three_books_are_three_loans_with_their_due_dates(kiosk: Kiosk, screen: Screen) -> None:
    pupil, books = kiosk.pupil(), kiosk.books(3)
    screen.scan(pupil.card, *(book.label for book in books))
    screen.says("Borrowed", books[2].title, "Bring it back by", "days to go")
    screen.shelf(3)
    assert kiosk.at_home(pupil) == {book.label for book in books}
    assert screen.tunes()[-1] == "lent"


def test_a_reader_is_greeted_by_first_name_and_told_what_may_be_borrowed(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!", "You may borrow", "5")
    assert pupil.name not in screen.page.content()
    assert screen.tunes() == ["hello"]


def test_books_scanned_before_the_card_wait_for_it_and_are_then_lent(kiosk: Kiosk, screen: Screen) -> None:
    pupil, books = kiosk.pupil(), kiosk.books(3)
    screen.scan(*(book.label for book in books))
    screen.says("Now scan your card", "3 books are waiting for you")
    screen.phase("holding")
    assert kiosk.at_home(pupil) == set()
    screen.scan(pupil.card)
    screen.phase("session")
    screen.shelf(3)
    assert kiosk.at_home(pupil) == {book.label for book in books}


def test_own_card_again_says_goodbye_with_what_was_borrowed(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card, book.label)
    screen.says("Borrowed")
    screen.page.wait_for_timeout(2000)  # sooner, a second reading of the card would be a double one
    screen.scan(pupil.card)
    screen.says(f"Goodbye, {pupil.first}!", "borrowed", "Bring it back by")
    screen.phase("finished")
    assert screen.tunes()[-1] == "finished"


def test_the_done_button_and_the_done_card_both_end_a_session(kiosk: Kiosk, screen: Screen) -> None:
    first, second = kiosk.pupil(), kiosk.pupil()
    screen.scan(first.card)
    screen.phase("session")
    screen.tap("[data-command=KIOSK-DONE]")
    screen.says(f"Goodbye, {first.first}!")
    screen.scan(second.card)
    screen.phase("session")
    screen.scan("KIOSK-DONE")
    screen.says(f"Goodbye, {second.first}!")


def test_a_book_read_twice_by_the_scanner_is_lent_once_and_stays_lent(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card)
    screen.phase("session")
    screen.scan(book.label, book.label)
    screen.says("Already yours", book.title, "Bring it back by")
    assert kiosk.told(book).count("lent") == 1
    assert kiosk.at_home(pupil) == {book.label}


def test_a_card_read_twice_by_the_scanner_opens_one_session_and_does_not_close_it(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card, pupil.card, book.label)
    screen.says("Borrowed", book.title)
    screen.phase("session")
    assert kiosk.at_home(pupil) == {book.label}


def test_another_card_ends_the_first_session_and_opens_the_next(kiosk: Kiosk, screen: Screen) -> None:
    first, second, books = kiosk.pupil(), kiosk.pupil(), kiosk.books(2)
    screen.scan(first.card, books[0].label, second.card, books[1].label)
    screen.says("Borrowed", books[1].title, second.first)
    assert kiosk.at_home(first) == {books[0].label}
    assert kiosk.at_home(second) == {books[1].label}
    assert books[0].title not in screen.stage.inner_text()


def test_a_full_bag_is_said_with_what_to_do(kiosk: Kiosk, screen: Screen) -> None:
    pupil, books = kiosk.pupil(), kiosk.books(6)
    screen.scan(pupil.card, *(book.label for book in books))
    screen.says("Not this time", "You may have 5 books.", "Return one first.")
    assert kiosk.at_home(pupil) == {book.label for book in books[:5]}
    assert screen.tunes()[-1] == "refused"


def test_a_book_that_is_only_read_here_is_refused_kindly(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    screen.scan(pupil.card, shown.READING_ROOM)
    screen.says("Not this time", "This book is for reading here.", "Read it here, then put it back.")
    assert kiosk.at_home(pupil) == set()


def test_a_book_that_is_late_at_home_is_said_at_the_greeting(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(shown.OVERDUE)
    screen.says("Hello", "Please bring", "late")
    screen.shows(".overdue-list .cover")


def test_a_card_that_was_reported_lost_opens_nothing(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(shown.LOST_CARD)
    screen.says("Not this time", "This card was reported lost.")
    screen.phase("idle")


def test_undo_takes_the_last_loan_back_and_the_ledger_keeps_both(kiosk: Kiosk, screen: Screen) -> None:
    pupil, books = kiosk.pupil(), kiosk.books(2)
    screen.scan(pupil.card, books[0].label, books[1].label)
    screen.says("Borrowed", books[1].title)
    screen.tap("[data-command=KIOSK-UNDO]")
    screen.says("Undone", books[1].title)
    assert kiosk.at_home(pupil) == {books[0].label}
    assert kiosk.told(books[1])[-2:] == ["lent", "undone"]


def test_the_undo_card_works_without_a_touch_screen(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card, book.label, "KIOSK-UNDO")
    screen.says("Undone", book.title)
    assert kiosk.at_home(pupil) == set()
    expect(screen.page.locator("[data-command=KIOSK-UNDO]")).to_be_hidden()


def test_the_renew_card_keeps_a_book_longer(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    book = kiosk.nearly_due(pupil)
    screen.scan(pupil.card, "KIOSK-RENEW")
    screen.says("Look here", "Now scan the book you want to keep longer.")
    screen.scan(book.label)
    screen.says("Renewed", book.title, "Bring it back by")
    assert kiosk.told(book)[-1] == "renewed"


def test_two_screens_of_one_station_show_the_same(kiosk: Kiosk, new_screen: NewScreen) -> None:
    token, pupil, book = kiosk.station(), kiosk.pupil(), kiosk.book()
    left, right = new_screen(kiosk, token), new_screen(kiosk, token)
    left.scan(pupil.card)
    right.says(f"Hello, {pupil.first}!")
    right.scan(book.label)
    for screen in (left, right):
        screen.says("Borrowed", book.title)
        screen.shelf(1)
    assert left.tunes() == right.tunes() == ["hello", "lent"]


def test_two_stations_do_not_hear_each_other(kiosk: Kiosk, new_screen: NewScreen) -> None:
    here, there = new_screen(kiosk, kiosk.station()), new_screen(kiosk, kiosk.station())
    pupil, book = kiosk.pupil(), kiosk.book()
    here.scan(pupil.card)
    here.phase("session")
    there.scan(book.label)
    there.says("Now scan your card")
    here.phase("session")
    assert kiosk.at_home(pupil) == set()


def test_a_page_loaded_again_in_mid_session_goes_on_where_it_was(kiosk: Kiosk, screen: Screen) -> None:
    pupil, books = kiosk.pupil(), kiosk.books(2)
    screen.scan(pupil.card, books[0].label)
    screen.says("Borrowed", books[0].title)
    screen.page.reload()
    screen.says("Borrowed", books[0].title, pupil.first)
    screen.shelf(1)
    assert screen.tunes() == []
    screen.scan(books[1].label)
    screen.says("Borrowed", books[1].title)
    assert until(lambda: kiosk.at_home(pupil)) == {book.label for book in books}
