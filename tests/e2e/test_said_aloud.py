"""What a reader notices who does not see the screen, or cannot bear movement, or hears it from across the room."""

from playwright.sync_api import expect

from kiosk import demo_showcase as shown
from tests.e2e.conftest import NewScreen
from tests.e2e.running import Kiosk, until
from tests.e2e.screen import Screen

ANNOUNCED = "#announce[role=status][aria-live=polite]"


def test_a_screen_reader_is_told_each_outcome_in_whole_words(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    said = screen.page.locator(ANNOUNCED)
    screen.scan(pupil.card)
    expect(said).to_contain_text(f"Hello, {pupil.first}! Scan your books You may borrow 5 more books")
    screen.scan(book.label)
    expect(said).to_contain_text(f"Borrowed {book.title} Bring it back by")
    screen.scan(shown.READING_ROOM)
    expect(said).to_contain_text("Not this time")
    expect(said).to_contain_text("This book is for reading here. Read it here, then put it back.")
    expect(said).not_to_contain_text(book.title)  # the shelf of what was before is not said again
    screen.scan("KIOSK-DONE")
    expect(said).to_contain_text(f"Goodbye, {pupil.first}! 1 borrowed")


def test_a_question_is_said_with_its_choices(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card, kiosk.lent(kiosk.pupil()).label)
    said = screen.page.locator(ANNOUNCED)
    expect(said).to_contain_text("Still on someone else's card. Return it first?")
    expect(said).to_contain_text("Leave it")


def test_every_button_has_a_name_and_every_picture_a_text_or_none(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card, kiosk.book().label)
    screen.says("Borrowed")
    nameless = """() => [...document.querySelectorAll("button")].filter((each) => each.checkVisibility())
        .filter((each) => !each.textContent.trim() && !each.getAttribute("aria-label")).length"""
    bare = """() => [...document.querySelectorAll("#stage svg")]
        .filter((each) => !each.closest("[aria-hidden=true], [aria-label]")).length"""
    assert screen.page.evaluate(nameless) == 0
    assert screen.page.evaluate(bare) == 0


def test_the_four_things_that_can_happen_sound_different(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    back = kiosk.lent(kiosk.pupil())
    for code, tune in ((back.label, "returned"), (pupil.card, "hello"), (book.label, "lent"), ("NOT-OURS", "refused")):
        screen.scan(code)
        expect_tune(screen, tune)
    screen.scan("KIOSK-DONE")
    expect_tune(screen, "finished")
    assert screen.tunes() == ["returned", "hello", "lent", "refused", "finished"]


def expect_tune(screen: Screen, tune: str) -> None:
    until(lambda: screen.tunes()[-1:] == [tune])


def test_nothing_moves_for_whoever_asked_for_less_movement(kiosk: Kiosk, new_screen: NewScreen) -> None:
    """The same visit without the wish has movements, so that the count is known to count."""
    assert moved(kiosk, new_screen, "no-preference") > 0
    assert moved(kiosk, new_screen, "reduce") == 0


def moved(kiosk: Kiosk, new_screen: NewScreen, wish: str) -> int:
    """How many movements of more than a blink there were in a short visit."""
    screen = new_screen(kiosk, kiosk.station(), reduced_motion=wish)
    screen.page.evaluate("""() => {
      window.moved = 0;
      const count = (event) => {
        const running = event.target.getAnimations().filter((each) => each.effect.getComputedTiming().duration > 20);
        window.moved += running.length;
      };
      document.addEventListener("animationstart", count, true);
    }""")
    screen.scan(kiosk.pupil().card, kiosk.book().label, kiosk.book().label)
    screen.says("Borrowed")
    screen.shelf(2)
    screen.page.wait_for_timeout(300)
    count: int = screen.page.evaluate("window.moved")
    return count
