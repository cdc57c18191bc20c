"""What comes in by keys: a scanner is understood whatever has the focus, and a person may still use the keyboard."""

import pytest
from playwright.sync_api import expect

from tests.e2e.running import Kiosk
from tests.e2e.screen import Screen

KEYPAD = "#keypad[open]"


@pytest.mark.parametrize("end", ["\n", "\t", "", "\n\n"], ids=["Enter", "Tab", "nothing", "Enter twice"])
def test_a_scanner_is_understood_whatever_it_sends_after_a_code(kiosk: Kiosk, screen: Screen, end: str) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card, end=end)
    screen.says(f"Hello, {pupil.first}!")
    screen.scan(book.label, end=end)
    screen.says("Borrowed", book.title)


def test_two_codes_run_together_are_two_scans(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(f"{pupil.card}\n{book.label}")
    screen.says("Borrowed", book.title)
    assert kiosk.at_home(pupil) == {book.label}


def test_a_scan_presses_no_button_that_has_the_focus(kiosk: Kiosk, screen: Screen) -> None:
    pupil, books = kiosk.pupil(), kiosk.books(2)
    screen.scan(pupil.card)
    screen.phase("session")
    done = screen.page.locator("[data-command=KIOSK-DONE]")
    done.focus()
    screen.scan(f" {books[0].label}")  # a blank first, which presses a button in any other page
    screen.says("Borrowed", books[0].title)
    expect(done).to_be_focused()
    screen.scan(books[1].label, end="\t")
    screen.says("Borrowed", books[1].title)
    expect(done).to_be_focused()
    screen.phase("session")
    assert kiosk.at_home(pupil) == {book.label for book in books}


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_persons_own_key_on_a_button_presses_it(kiosk: Kiosk, screen: Screen, key: str) -> None:
    screen.page.locator("[data-command=KIOSK-HELP]").focus()
    screen.presses(key)
    screen.says("Help is coming")


def test_the_whole_bar_is_reached_by_tab_and_arrows(kiosk: Kiosk, screen: Screen) -> None:
    screen.presses("Tab")
    expect(screen.page.locator("[data-focus=keypad]")).to_be_focused()
    screen.presses("ArrowRight")
    expect(screen.page.locator("[data-focus=finder]")).to_be_focused()
    screen.presses("ArrowRight")
    expect(screen.page.locator("[data-focus=help]")).to_be_focused()
    outline = screen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


def test_scans_arrive_after_a_touch_on_nothing_in_particular(kiosk: Kiosk, screen: Screen) -> None:
    screen.page.mouse.click(640, 300)
    pupil = kiosk.pupil()
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!")


def test_a_person_typing_at_the_screen_scans_nothing(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    screen.types(pupil.card)
    screen.presses("Enter")
    screen.scan("KIOSK-HELP")  # whatever had been sent before would be on the screen before this
    screen.says("Help is coming")
    assert screen.tunes() == ["look"]


def test_an_open_input_method_swallows_no_scan(kiosk: Kiosk, screen: Screen) -> None:
    """Simulated: trusted key events as Chromium reports them while an input method composes, with the key "Process"
    and the key code 229. No real input method runs here."""
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan_while_composing(pupil.card)
    screen.says(f"Hello, {pupil.first}!")
    screen.scan_while_composing(book.label)
    screen.says("Borrowed", book.title)


def test_events_of_a_running_composition_are_read_from_the_physical_keys(kiosk: Kiosk, screen: Screen) -> None:
    """Simulated: KeyboardEvents made by script with isComposing set, because the protocol cannot set it."""
    pupil = kiosk.pupil()
    screen.page.evaluate(
        """(card) => { for (const digit of [...card, ""]) {
             const key = digit ? { key: "Process", code: `Digit${digit}`, isComposing: true } : { key: "Enter" };
             document.body.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }));
           } }""",
        pupil.card,
    )
    screen.says(f"Hello, {pupil.first}!")


def test_a_torn_label_is_typed_by_touch(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card)
    screen.phase("session")
    screen.tap("[data-open=keypad]")
    screen.shows(KEYPAD)
    for digit in f"{book.label}0":
        screen.tap(f"#keypad [data-key='{digit}']")
    screen.tap("#keypad [data-key=erase]")
    expect(screen.page.locator(".keypad-shown")).to_have_text(book.label)
    screen.tap("#keypad [data-key=enter]")
    screen.says("Borrowed", book.title)
    expect(screen.page.locator(KEYPAD)).to_be_hidden()


def test_a_torn_label_is_typed_by_keyboard_alone(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card)
    screen.phase("session")
    screen.page.locator("[data-open=keypad]").focus()
    screen.presses("Enter")
    screen.shows(KEYPAD)
    screen.types(f"{book.label}9")
    screen.presses("Backspace")
    expect(screen.page.locator(".keypad-shown")).to_have_text(book.label)
    screen.presses("Enter")
    screen.says("Borrowed", book.title)
    assert kiosk.at_home(pupil) == {book.label}


def test_the_keypad_has_letters_and_escape_closes_it(kiosk: Kiosk, screen: Screen) -> None:
    screen.tap("[data-open=keypad]")
    screen.tap("#keypad [data-key=letters]")
    screen.tap("#keypad [data-key=K]")
    expect(screen.page.locator(".keypad-shown")).to_have_text("K")
    screen.presses("Escape")
    expect(screen.page.locator(KEYPAD)).to_be_hidden()


def test_a_scanner_used_while_the_keypad_is_open_reaches_the_desk(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    screen.tap("[data-open=keypad]")
    screen.tap("#keypad [data-key='7']")
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!")
    expect(screen.page.locator(KEYPAD)).to_be_hidden()
    screen.tap("[data-open=keypad]")
    expect(screen.page.locator(".keypad-shown")).to_have_text("")


def test_a_code_longer_than_any_barcode_by_keys_is_an_unknown_code(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan("9" * 300)
    screen.says("I don't know this code")
    pupil = kiosk.pupil()
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!")
