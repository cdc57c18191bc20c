"""The camera, from the frames to the DOM, by the generated scene; and what a missing or broken one does to the rest."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from kiosk import demo_showcase as shown
from tests.e2e.conftest import NewScreen
from tests.e2e.running import Kiosk, opened, until

A_LOOP = 90_000  # ms: one loop of the scene takes half a minute


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk whose entrance has the generated camera."""
    with opened(tmp_path_factory.mktemp("kiosk"), station='camera = "demo"') as running:
        yield running


def test_a_card_and_three_books_held_before_the_camera_are_lent_and_then_returned(
    kiosk: Kiosk, new_screen: NewScreen
) -> None:
    screen = new_screen(kiosk)
    expect(screen.page.locator("#eye")).to_be_visible(timeout=A_LOOP)
    until(lambda: "hello" in screen.tunes(), A_LOOP / 1000)  # one that was there before the screen makes no sound
    for count in (1, 2, 3):
        expect(screen.page.locator("#stage .shelf .standing")).to_have_count(count)
        screen.says("Borrowed", "Bring it back by")
    screen.says("Goodbye,", "3", "borrowed")
    for count in (1, 2, 3):
        screen.says("Returned", "Put it in the box")
        screen.shelf(count)
    assert screen.tunes()[-8:] == ["hello", "lent", "lent", "lent", "finished", "returned", "returned", "returned"]
    assert shown.FREE not in screen.stage.inner_text()


def test_the_preview_is_a_moving_picture(kiosk: Kiosk, new_screen: NewScreen) -> None:
    screen = new_screen(kiosk)
    expect(screen.page.locator("#eye")).to_be_visible()
    picture = """() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 48, height: 27 });
      const brush = canvas.getContext("2d");
      brush.drawImage(document.querySelector("#eye img"), 0, 0, 48, 27);
      return canvas.toDataURL();
    }"""
    first = screen.page.evaluate(picture)
    until(lambda: screen.page.evaluate(picture) != first)


def test_a_scanner_that_is_killed_is_said_and_started_again(kiosk: Kiosk, new_screen: NewScreen) -> None:
    screen, pupil, book = new_screen(kiosk), kiosk.pupil(), kiosk.book()
    expect(screen.page.locator("#eye")).to_be_visible()
    pid = kiosk.kill_scanner()
    expect(screen.stage).to_contain_text("The scanner is starting again.")
    screen.scan(pupil.card, book.label)  # the wedge is not the scanner's business
    until(lambda: kiosk.at_home(pupil) == {book.label})
    expect(screen.stage).not_to_contain_text("The scanner is starting again.")
    until(lambda: kiosk.scanner_pid() not in (None, pid))
    expect(screen.page.locator("#eye")).to_be_visible()


def test_an_absent_camera_is_said_in_words_and_blocks_nothing(
    new_screen: NewScreen, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kiosk = Kiosk(tmp_path_factory.mktemp("blind"), station='camera = "/nowhere/there/is/no/camera.mp4"').start()
    screen, pupil, book = new_screen(kiosk), kiosk.pupil(), kiosk.book()
    expect(screen.page.locator(".broken [data-device=camera]")).to_contain_text("No camera found. Plug it in.")
    expect(screen.page.locator("#eye")).to_be_hidden()
    screen.scan(pupil.card, book.label)
    screen.says("Borrowed", book.title)
    expect(screen.page.locator(".broken [data-device=camera]")).to_be_visible()
    assert kiosk.at_home(pupil) == {book.label}
    kiosk.stop()
