"""Silence: a countdown, the end of a session, and a screen that is as it was for the next reader."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewScreen
from tests.e2e.running import IMPATIENT, Kiosk, opened
from tests.e2e.screen import Screen


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk that waits no longer than config.toml allows it to."""
    with opened(tmp_path_factory.mktemp("kiosk"), settings=IMPATIENT) as running:
        yield running


def test_silence_counts_down_ends_the_session_and_keeps_what_was_lent(kiosk: Kiosk, new_screen: NewScreen) -> None:
    """One wait for three stations: a session, a session in another language, a book held in the hand."""
    reader, foreign, holder = (new_screen(kiosk, kiosk.station()) for _ in range(3))
    pupil, guest, book, held = kiosk.pupil(), kiosk.pupil(), kiosk.book(), kiosk.book()
    holder.scan(held.label)
    holder.says("Now scan your card")
    foreign.scan(guest.card, "KIOSK-LANGUAGE:zh_Hans")
    expect(foreign.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    reader.scan(pupil.card, book.label)
    reader.says("Borrowed", book.title)
    for left in (8, 5, 2):
        expect(reader.page.locator("#ring .ring-number")).to_have_text(str(left))
    reader.says(f"Goodbye, {pupil.first}!")
    assert kiosk.at_home(pupil) == {book.label}
    for screen in (reader, foreign, holder):
        screen.phase("idle")
        screen.says("Hello! Just scan.")
    expect(foreign.page.locator("html")).to_have_attribute("lang", "en")
    assert pupil.first not in reader.stage.inner_text()
    assert book.title not in reader.stage.inner_text()
    holder.scan(guest.card)
    holder.says(f"Hello, {guest.first}!")
    assert kiosk.at_home(guest) == set()


def test_an_outcome_at_an_idle_station_is_forgotten(kiosk: Kiosk, screen: Screen) -> None:
    book = kiosk.lent(kiosk.pupil())
    screen.scan(book.label)
    screen.says("Returned", book.title)
    screen.says("Hello! Just scan.")
    expect(screen.stage).not_to_contain_text(book.title)


def test_a_language_chosen_at_an_idle_station_goes_back_by_itself(kiosk: Kiosk, screen: Screen) -> None:
    screen.tap("[data-command='KIOSK-LANGUAGE:zh_Hant']")
    expect(screen.page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(screen.page.locator("html")).to_have_attribute("lang", "en")


def test_a_keypad_left_open_is_closed_for_the_next_reader(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card)
    screen.phase("session")
    screen.tap("[data-open=keypad]")
    screen.tap("#keypad [data-key='4']")
    screen.phase("idle")
    expect(screen.page.locator("#keypad[open]")).to_be_hidden()
