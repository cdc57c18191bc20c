"""Codes that are not simply a card or a label, and what else a reader may ask of the screen."""

import pytest
from playwright.sync_api import expect

from kiosk import demo_showcase as shown
from tests.e2e.running import Kiosk
from tests.e2e.screen import Screen

STRANGER = "ZZ-99-NOT-OURS"


def test_an_unknown_code_is_said_plainly_and_the_session_goes_on(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card, STRANGER)
    screen.says("I don't know this code", "This is not one of the library's codes.")
    assert screen.tunes()[-1] == "refused"
    screen.scan(book.label)
    screen.says("Borrowed", book.title)
    assert kiosk.at_home(pupil) == {book.label}


def test_the_third_unknown_code_in_a_row_calls_the_librarian(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(STRANGER, "ANOTHER-ONE")
    screen.says("I don't know this code")
    expect(screen.page.locator(".called")).to_be_hidden()
    screen.scan("A-THIRD-ONE")
    screen.says("Help is coming", "Teacher called")


def test_a_known_code_between_unknown_ones_calls_nobody(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    screen.scan(STRANGER, "ANOTHER-ONE", pupil.card, "A-THIRD-ONE")
    screen.says("I don't know this code")
    expect(screen.page.locator(".called")).to_be_hidden()


def test_the_help_button_and_the_help_card_call_the_librarian(kiosk: Kiosk, screen: Screen) -> None:
    screen.tap("[data-command=KIOSK-HELP]")
    screen.says("Help is coming", "Teacher called")
    screen.scan(kiosk.pupil().card)
    screen.says("Hello")
    screen.scan("KIOSK-HELP")
    screen.says("Help is coming")


def test_the_isbn_of_a_single_copy_is_as_good_as_its_label(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    screen.scan(pupil.card, shown.SINGLE_ISBN)
    screen.says("Borrowed", "校园里的树")
    assert len(kiosk.at_home(pupil)) == 1


def test_the_isbn_of_several_copies_asks_for_the_librarys_label_with_a_picture(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    screen.scan(pupil.card, shown.SEVERAL_ISBN)
    screen.says("Scan the library label", "Find this label on the book")
    screen.shows(".scene-label use[href='#p-label']")
    assert kiosk.at_home(pupil) == set()


def test_the_isbn_of_a_book_that_is_not_ours_is_called_the_bookshops(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan("9787020002207")
    screen.says("I don't know this code", "This is the bookshop's barcode.", "Scan the library's label on the book.")


@pytest.mark.parametrize("answer", ["touch", "key"])
def test_a_number_that_is_a_card_and_a_label_opens_a_chooser(kiosk: Kiosk, screen: Screen, answer: str) -> None:
    screen.scan(shown.TWIN)
    screen.says("Is this a card or a book?", "My card", "A book")
    if answer == "touch":
        screen.tap("[data-choice=card]")
        screen.says("Hello")
        screen.phase("session")
    else:
        screen.types("2")
        screen.says("Now scan your card")
        screen.phase("holding")


def test_the_language_is_changed_by_touch(kiosk: Kiosk, screen: Screen) -> None:
    screen.tap("[data-command='KIOSK-LANGUAGE:zh_Hans']")
    expect(screen.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    pupil, book = kiosk.pupil(), kiosk.book()
    screen.scan(pupil.card, book.label)
    screen.says("借书成功", "还书日", "星期", "天")


def test_the_language_card_goes_round_the_languages(kiosk: Kiosk, screen: Screen) -> None:
    html, spoken = screen.page.locator("html"), ["en"]
    for _ in range(3):
        screen.scan("KIOSK-LANGUAGE")
        expect(html).not_to_have_attribute("lang", spoken[-1])
        spoken.append(html.get_attribute("lang") or "")
    assert (spoken[-1], set(spoken)) == ("en", {"en", "zh-Hans", "zh-Hant"})


def test_a_language_has_a_card_of_its_own_too(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan("KIOSK-LANGUAGE:zh_Hant")
    expect(screen.page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(screen.page.locator("[data-open=keypad]")).to_contain_text("輸號碼")


def test_nothing_to_undo_is_said_and_breaks_nothing(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan("KIOSK-UNDO")
    screen.says("Look here", "There is nothing to undo.")


def test_renewing_without_a_card_asks_for_the_card(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan("KIOSK-RENEW")
    screen.says("Look here", "Scan your card first.")
