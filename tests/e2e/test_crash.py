"""The plug is pulled: what was acknowledged is kept, what was scanned meanwhile is sent, once."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Route, expect

from tests.e2e.conftest import NewScreen
from tests.e2e.running import Kiosk, until
from tests.e2e.screen import Screen

NOTICED = 3000  # ms until the screen says that the server is gone


def says_it_is_gone(screen: Screen) -> None:
    expect(screen.page.locator("#gone")).to_be_visible(timeout=NOTICED)
    expect(screen.page.locator("#gone")).to_contain_text("The desk is asleep for a moment")


def has_recovered(screen: Screen) -> None:
    expect(screen.page.locator("#gone")).to_be_hidden()
    until(lambda: screen.waiting() == 0)


def test_killed_in_mid_session_the_screen_says_so_keeps_scans_and_recovers_alone(
    own_kiosk: Kiosk, new_screen: NewScreen
) -> None:
    screen, pupil, books = new_screen(own_kiosk), own_kiosk.pupil(), own_kiosk.books(4)
    screen.scan(pupil.card, books[0].label)
    screen.says("Borrowed", books[0].title)
    own_kiosk.kill()
    assert own_kiosk.at_home(pupil) == {books[0].label}
    says_it_is_gone(screen)
    expect(screen.page.locator("#gone")).to_contain_text("Keep scanning. I remember everything.")
    screen.scan(*(book.label for book in books[1:]))
    expect(screen.page.locator("#gone")).to_contain_text("Kept: 3.")
    assert screen.waiting() == 3
    own_kiosk.start()
    has_recovered(screen)
    screen.says("Borrowed", books[3].title, pupil.first)
    screen.shelf(4)
    assert own_kiosk.at_home(pupil) == {book.label for book in books}
    assert [own_kiosk.told(book) for book in books] == [["lent"]] * 4


def test_a_whole_visit_while_the_server_is_away_happens_when_it_is_back(
    own_kiosk: Kiosk, new_screen: NewScreen
) -> None:
    screen, pupil, books = new_screen(own_kiosk), own_kiosk.pupil(), own_kiosk.books(2)
    own_kiosk.kill()
    says_it_is_gone(screen)
    screen.scan(pupil.card, *(book.label for book in books), "KIOSK-DONE")
    own_kiosk.start()
    has_recovered(screen)
    screen.says(f"Goodbye, {pupil.first}!")
    assert own_kiosk.at_home(pupil) == {book.label for book in books}


def test_an_outage_longer_than_a_session_loses_no_scan(tmp_path: Path, new_screen: NewScreen) -> None:
    kiosk = Kiosk(tmp_path, settings='language = "en"\n[timing]\nsession_seconds = 10').start()
    screen, pupil, book = new_screen(kiosk), kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card)
    screen.phase("session")
    kiosk.kill()
    says_it_is_gone(screen)
    screen.scan(book.label)
    screen.page.wait_for_timeout(11_000)  # the session would have ended in silence by now
    kiosk.start()
    has_recovered(screen)
    assert kiosk.at_home(pupil) == {book.label}
    assert kiosk.told(book) == ["lent"]
    screen.phase("finished")
    kiosk.stop()


def lost_answer(screen: Screen, then: Callable[[], object] = lambda: None) -> list[str]:
    """The desk carries out the next scan, but its answer never arrives. Gives the bodies of all later posts."""
    posts: list[str] = []

    def lose(route: Route) -> None:
        posts.append(route.request.post_data or "")
        if len(posts) > 1:
            route.continue_()
            return
        assert route.fetch().status == 200
        then()
        route.abort()

    screen.page.route("**/scan", lose)
    return posts


def test_an_answer_that_is_lost_on_its_way_doubles_nothing(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card)
    screen.phase("session")
    posts = lost_answer(screen)
    screen.scan(book.label)
    screen.says("Borrowed", book.title)  # by the stream, while the screen still waits for its answer
    has_recovered(screen)
    assert kiosk.told(book) == ["lent"]
    assert kiosk.entries(book)[0][1] in posts[1]


def test_killed_between_the_commit_and_the_answer_doubles_nothing(own_kiosk: Kiosk, new_screen: NewScreen) -> None:
    screen, pupil, book = new_screen(own_kiosk), own_kiosk.pupil(), own_kiosk.book()
    screen.scan(pupil.card)
    screen.phase("session")
    posts = lost_answer(screen, then=own_kiosk.kill)
    screen.scan(book.label)
    says_it_is_gone(screen)
    own_kiosk.start()
    has_recovered(screen)
    screen.says("Borrowed", book.title)
    assert own_kiosk.told(book) == ["lent"]
    assert all(own_kiosk.entries(book)[0][1] in post for post in posts[:2])


def test_scans_that_wait_outlive_a_page_that_is_loaded_again(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card)
    screen.phase("session")
    screen.page.route("**/scan", lambda route: route.abort())
    screen.scan(book.label)
    until(lambda: screen.waiting() == 1)
    screen.page.unroute("**/scan")
    screen.page.reload()
    screen.says("Borrowed", book.title)
    has_recovered(screen)
    assert kiosk.told(book) == ["lent"]


def test_books_held_in_the_hand_are_remembered_through_a_crash(own_kiosk: Kiosk, new_screen: NewScreen) -> None:
    screen, pupil, books = new_screen(own_kiosk), own_kiosk.pupil(), own_kiosk.books(2)
    screen.scan(*(book.label for book in books))
    screen.says("Now scan your card", "2 books are waiting")
    own_kiosk.kill()
    own_kiosk.start()
    has_recovered(screen)
    screen.says("Now scan your card", "2 books are waiting")
    screen.scan(pupil.card)
    screen.phase("session")
    screen.shelf(2)
    assert own_kiosk.at_home(pupil) == {book.label for book in books}


def test_a_question_that_was_open_can_be_asked_again_after_a_crash(own_kiosk: Kiosk, new_screen: NewScreen) -> None:
    screen, owner, pupil = new_screen(own_kiosk), own_kiosk.pupil(), own_kiosk.pupil()
    book = own_kiosk.lent(owner)
    screen.scan(pupil.card, book.label)
    screen.says("Still on someone else's card")
    own_kiosk.kill()
    own_kiosk.start()
    has_recovered(screen)
    screen.phase("session")
    screen.scan(book.label)
    screen.says("Still on someone else's card")
    screen.types("1")
    screen.says("Borrowed", book.title)
