"""Bringing back at the screen: with and without a card, one's own books and other people's."""

from playwright.sync_api import expect

from kiosk import demo_showcase as shown
from tests.e2e.running import Kiosk
from tests.e2e.screen import Screen

A_MOMENT = 2100  # ms: the same code sooner than this is a double reading


def test_a_book_comes_back_without_any_card(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    book = kiosk.lent(pupil)
    screen.scan(book.label)
    screen.says("Returned", book.title, "Put it in the box")
    screen.phase("idle")
    assert kiosk.at_home(pupil) == set()
    assert screen.tunes() == ["returned"]
    assert pupil.first not in screen.stage.inner_text()


def test_three_books_come_back_one_after_the_other_without_a_touch(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    books = [kiosk.lent(pupil) for _ in range(3)]
    screen.scan(*(book.label for book in books))
    screen.says("Returned", books[2].title)
    screen.shelf(3)
    assert kiosk.at_home(pupil) == set()


def test_a_returned_book_read_twice_is_not_taken_out_again(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    book = kiosk.lent(pupil)
    screen.scan(book.label, book.label)
    screen.says("Returned", "It is in already. Thank you!")
    screen.phase("idle")
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!")
    assert kiosk.at_home(pupil) == set()
    assert kiosk.told(book)[-1] == "returned"


def test_a_late_book_is_taken_back_and_its_lateness_said_kindly(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(shown.OVERDUE_LABEL)
    screen.says("Returned", "late")
    screen.shows(".panel-look")


def test_an_own_book_from_before_is_asked_about_and_returned_by_touch(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    book = kiosk.lent(pupil)
    screen.scan(pupil.card, book.label)
    screen.says("Return it, or keep it longer?", book.title, "Return it", "Keep it longer")
    screen.tap("[data-choice=return]")
    screen.says("Returned", book.title)
    assert kiosk.at_home(pupil) == set()


def test_an_own_book_scanned_again_after_a_moment_is_returned(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    book = kiosk.lent(pupil)
    screen.scan(pupil.card, book.label, book.label)
    screen.says("Return it, or keep it longer?")
    assert kiosk.at_home(pupil) == {book.label}
    screen.page.wait_for_timeout(A_MOMENT)
    screen.scan(book.label)
    screen.says("Returned", book.title)
    assert kiosk.at_home(pupil) == set()


def test_an_own_book_is_kept_longer_by_the_second_key(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    book = kiosk.nearly_due(pupil)
    screen.scan(pupil.card, book.label)
    screen.says("Return it, or keep it longer?")
    screen.types("2")
    screen.says("Renewed", book.title)
    assert kiosk.told(book)[-1] == "renewed"


def test_someone_elses_book_is_asked_about_and_nobody_is_named(kiosk: Kiosk, screen: Screen) -> None:
    owner, pupil = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    screen.scan(pupil.card, book.label)
    screen.says("Still on someone else's card. Return it first?", book.title)
    for screen_text in (screen.page.content(), screen.page.evaluate("document.getElementById('announce').textContent")):
        assert owner.first not in screen_text
        assert owner.card not in screen_text
    assert kiosk.at_home(owner) == {book.label}


def test_yes_by_touch_returns_someone_elses_book_and_lends_it(kiosk: Kiosk, screen: Screen) -> None:
    owner, pupil = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    screen.scan(pupil.card, book.label)
    screen.tap("[data-choice=yes]")
    screen.says("Borrowed", book.title)
    assert (kiosk.at_home(owner), kiosk.at_home(pupil)) == (set(), {book.label})
    assert kiosk.told(book)[-2:] == ["returned", "lent"]
    assert owner.first not in screen.page.content()


def test_yes_by_the_first_key(kiosk: Kiosk, screen: Screen) -> None:
    owner, pupil = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    screen.scan(pupil.card, book.label)
    screen.says("Still on someone else's card")
    screen.types("1")
    screen.says("Borrowed", book.title)
    assert kiosk.at_home(pupil) == {book.label}


def test_yes_by_enter_on_the_choice_that_has_the_focus(kiosk: Kiosk, screen: Screen) -> None:
    owner, pupil = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    screen.scan(pupil.card, book.label)
    expect(screen.page.locator("[data-choice=yes]")).to_be_focused()
    screen.presses("Enter")
    screen.says("Borrowed", book.title)


def test_yes_by_scanning_it_again_after_a_moment(kiosk: Kiosk, screen: Screen) -> None:
    owner, pupil = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    screen.scan(pupil.card, book.label, book.label)
    screen.says("Still on someone else's card")
    assert kiosk.at_home(owner) == {book.label}
    screen.page.wait_for_timeout(A_MOMENT)
    screen.scan(book.label)
    screen.says("Borrowed", book.title)
    assert kiosk.at_home(pupil) == {book.label}


def test_no_leaves_someone_elses_book_where_it_is(kiosk: Kiosk, screen: Screen) -> None:
    owner, pupil = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    screen.scan(pupil.card, book.label)
    screen.says("Still on someone else's card")
    screen.presses("ArrowRight")
    expect(screen.page.locator("[data-choice=no]")).to_be_focused()
    screen.presses("Enter")
    screen.says("Look here", "All right, nothing was changed.")
    assert (kiosk.at_home(owner), kiosk.at_home(pupil)) == ({book.label}, set())


def test_a_question_is_let_go_when_the_next_book_is_scanned(kiosk: Kiosk, screen: Screen) -> None:
    owner, pupil, free = kiosk.pupil(), kiosk.pupil(), kiosk.book()
    book = kiosk.lent(owner)
    screen.scan(pupil.card, book.label, free.label)
    screen.says("Borrowed", free.title)
    assert (kiosk.at_home(owner), kiosk.at_home(pupil)) == ({book.label}, {free.label})


def test_undo_at_an_idle_station_gives_the_book_back_to_its_reader(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    book = kiosk.lent(pupil)
    screen.scan(book.label)
    screen.says("Returned", book.title)
    screen.tap("[data-command=KIOSK-UNDO]")
    screen.says("Undone", book.title)
    assert kiosk.at_home(pupil) == {book.label}
