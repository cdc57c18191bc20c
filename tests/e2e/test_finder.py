"""Find a book: letters by touch, mouse and keyboard, Chinese by an input method, and a scanner that still works."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from kiosk.models import Copy, Loan, Title
from kiosk.models_desk import Reservation
from tests.e2e.conftest import NewScreen
from tests.e2e.running import IMPATIENT, Kiosk, opened
from tests.e2e.screen import Screen
from tests.e2e.test_screens import dull, misfits

FINDER, FIELD, HITS = "#finder[open]", "#finder input", "#finder .hit:not([hidden])"
PRINCE = "小王子"


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk that waits no longer than config.toml allows it to."""
    with opened(tmp_path_factory.mktemp("kiosk"), settings=IMPATIENT) as running:
        yield running


def open_finder(screen: Screen) -> None:
    screen.tap("[data-open=finder]")
    screen.shows(FINDER)
    expect(screen.page.locator(FIELD)).to_be_focused()


def finds(screen: Screen, title: str, *more: str) -> None:
    """Wait until the first book found is this one."""
    expect(screen.page.locator(HITS).first).to_contain_text(title)
    for each in more:
        expect(screen.page.locator(HITS).first).to_contain_text(each)


def is_closed(screen: Screen) -> None:
    expect(screen.page.locator(FINDER)).to_be_hidden()


def test_a_book_is_found_by_touching_the_first_letters(kiosk: Kiosk, screen: Screen) -> None:
    open_finder(screen)
    expect(screen.page.locator("#finder")).to_contain_text("Which book?")
    for letter in "xwzz":
        screen.tap(f"#finder [data-key={letter}]")
    expect(screen.page.locator("#finder")).to_contain_text("I cannot find that.")
    screen.tap("#finder [data-key=erase]")
    finds(screen, PRINCE, "On the shelf: 高年级书架")
    screen.tap("#finder [data-key=close]")
    is_closed(screen)
    screen.phase("idle")


def test_a_book_is_found_with_the_mouse(kiosk: Kiosk, screen: Screen) -> None:
    screen.page.locator("[data-open=finder]").click()
    for letter in "xwz":
        screen.page.locator(f"#finder [data-key={letter}]").click()
    finds(screen, PRINCE)
    screen.page.mouse.click(4, 4)
    is_closed(screen)


def test_a_book_is_found_by_keyboard_alone(kiosk: Kiosk, screen: Screen) -> None:
    screen.page.locator("[data-open=finder]").focus()
    screen.presses("Enter")
    screen.shows(FINDER)
    screen.types("xiao wang zix")
    screen.presses("Backspace")
    finds(screen, PRINCE)
    expect(screen.page.locator(FIELD)).to_have_value("xiao wang zi")
    screen.presses("Escape")
    is_closed(screen)
    expect(screen.page.locator("[data-open=finder]")).to_be_focused()


def test_fast_typing_shows_at_once_and_is_no_scan(kiosk: Kiosk, screen: Screen) -> None:
    open_finder(screen)
    screen.page.wait_for_timeout(200)
    screen.page.keyboard.type("xwz", delay=45)
    assert screen.page.locator(FIELD).input_value() == "xwz"
    finds(screen, PRINCE)
    assert screen.tunes() == []


def test_letters_typed_while_a_button_has_the_focus_are_meant_for_the_field(kiosk: Kiosk, screen: Screen) -> None:
    open_finder(screen)
    screen.presses("ArrowDown")
    expect(screen.page.locator("#finder [data-key=a]")).to_be_focused()
    screen.presses("ArrowRight")
    screen.presses("ArrowDown")
    expect(screen.page.locator("#finder [data-key=h]")).to_be_focused()
    screen.types("xwz")
    finds(screen, PRINCE)
    screen.presses("Enter")
    expect(screen.page.locator(FIELD)).to_have_value("xwzh")
    screen.presses("ArrowUp")
    screen.presses("ArrowUp")
    expect(screen.page.locator(FIELD)).to_be_focused()


def test_a_scanner_used_while_the_finder_is_open_reaches_the_desk(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    open_finder(screen)
    screen.types("xw")
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!")
    is_closed(screen)
    open_finder(screen)
    expect(screen.page.locator(FIELD)).to_have_value("")
    screen.scan(book.label)
    screen.says("Borrowed", book.title)
    is_closed(screen)
    assert kiosk.at_home(pupil) == {book.label}


def test_a_scan_leaves_nothing_behind_in_a_field(kiosk: Kiosk, screen: Screen) -> None:
    open_finder(screen)
    screen.types("xw")
    screen.page.evaluate(
        "document.querySelector('#finder').addEventListener('close', (event) =>"
        " (window.left = document.querySelector('#finder input').value), {capture: true, once: true})"
    )
    screen.scan("12345678", end="")
    is_closed(screen)
    assert screen.page.evaluate("window.left") == "xw"


def test_a_scan_at_the_other_scanner_of_the_station_closes_it_too(kiosk: Kiosk, new_screen: NewScreen) -> None:
    token, pupil = kiosk.station(), kiosk.pupil()
    here, there = new_screen(kiosk, token), new_screen(kiosk, token)
    open_finder(here)
    there.scan(pupil.card)
    here.says(f"Hello, {pupil.first}!")
    is_closed(here)


def test_chinese_comes_from_an_input_method_and_only_once(kiosk: Kiosk, screen: Screen) -> None:
    """A real composition in Chromium, with key events as it reports them meanwhile: the key "Process", code 229."""
    open_finder(screen)
    cdp = screen.page.context.new_cdp_session(screen.page)
    for number, letter in enumerate("xwz", start=1):
        key = {"key": "Process", "code": f"Key{letter.upper()}", "windowsVirtualKeyCode": 229}
        cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
        cdp.send("Input.imeSetComposition", {"text": "xwz"[:number], "selectionStart": number, "selectionEnd": number})
        cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
        screen.page.wait_for_timeout(120)
    cdp.send("Input.insertText", {"text": PRINCE})
    finds(screen, PRINCE)
    expect(screen.page.locator(FIELD)).to_have_value(PRINCE)


def test_a_scan_in_the_middle_of_a_composition_is_a_scan(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    open_finder(screen)
    cdp = screen.page.context.new_cdp_session(screen.page)
    cdp.send("Input.imeSetComposition", {"text": "xw", "selectionStart": 2, "selectionEnd": 2})
    screen.page.wait_for_timeout(200)
    screen.scan_while_composing(pupil.card)
    screen.says(f"Hello, {pupil.first}!")
    is_closed(screen)


def lend_all(kiosk: Kiosk, title: str) -> int:
    """Nobody else can have it today."""
    query = select(Copy.id, Copy.title_id).join(Title, Title.id == Copy.title_id).where(Title.title == title)
    query = query.where(Copy.id.not_in(select(Loan.copy_id).where(Loan.returned_at.is_(None))))
    with kiosk.database.reading() as connection:
        copies = list(connection.execute(query))
    for copy, _ in copies:
        kiosk.desk.lend(kiosk.pupil().id, copy, station="librarian", now=datetime.now(UTC))
    return int(copies[0][1])


def test_a_book_that_is_out_is_reserved_for_whoever_has_shown_a_card(kiosk: Kiosk, screen: Screen) -> None:
    title, pupil = lend_all(kiosk, "没头脑和不高兴"), kiosk.pupil()
    open_finder(screen)
    screen.types("mtnhbgx")
    finds(screen, "没头脑和不高兴", "At home with someone until")
    screen.tap(f"#finder [data-reservable='{title}']")
    is_closed(screen)
    screen.says("Look here", "Scan your card first.")
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!")
    open_finder(screen)
    screen.types("mtnhbgx")
    screen.tap(f"#finder [data-reservable='{title}']")
    screen.says("Reserved", "没头脑和不高兴")
    with kiosk.database.reading() as connection:
        waits = select(Reservation.reader_id).where(Reservation.title_id == title, Reservation.ended_at.is_(None))
        assert connection.scalars(waits).all() == [pupil.id]


def test_silence_closes_the_finder_and_forgets_what_was_typed(kiosk: Kiosk, screen: Screen) -> None:
    open_finder(screen)
    screen.types("xwz")
    finds(screen, PRINCE)
    is_closed(screen)
    open_finder(screen)
    expect(screen.page.locator(FIELD)).to_have_value("")


def test_a_finder_that_gets_no_answer_says_so(own_kiosk: Kiosk, new_screen: NewScreen) -> None:
    screen = new_screen(own_kiosk)
    open_finder(screen)
    own_kiosk.kill()
    screen.types("x")
    expect(screen.page.locator("#finder")).to_contain_text("The desk is asleep for a moment")
    own_kiosk.start()
    screen.types("w")
    finds(screen, PRINCE)


def test_the_titles_fit_with_pinyin_over_them(tmp_path_factory: pytest.TempPathFactory, new_screen: NewScreen) -> None:
    spelt = Kiosk(tmp_path_factory.mktemp("kiosk"), settings='language = "zh_Hans"\npinyin = true').start()
    screen = new_screen(spelt, reduced_motion="reduce")
    faults = []
    for words in ("", "z", "xwz", "qqqq"):
        open_finder(screen)
        screen.page.locator(FIELD).fill(words)
        screen.shows("#finder .hit rt" if words in ("z", "xwz") else "#finder .found-hint rt")
        for width, height in ((1024, 768), (1280, 800), (1920, 1080), (1080, 1920)):
            screen.page.set_viewport_size({"width": width, "height": height})
            screen.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            faults += [f"{words} {width}x{height} {fault}" for fault in (*misfits(screen), *dull(screen))]
        screen.presses("Escape")
    spelt.stop()
    assert faults == []
