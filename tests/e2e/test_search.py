"""Search at the desk without a mouse: typed, walked, opened; and scanned from a book."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from kiosk import demo_showcase as shown
from kiosk.models import Copy, Title
from tests.e2e.at_desk import DeskPage
from tests.e2e.conftest import NewDesk
from tests.e2e.running import Kiosk
from tests.e2e.test_screens import dull, misfits

PRINCE = "小王子"


@pytest.fixture
def page(kiosk: Kiosk, desk: NewDesk) -> DeskPage:
    return desk(kiosk, "/desk/search")


def rows(page: DeskPage) -> list[str]:
    return page.page.locator("#found tr[data-title] a").all_inner_texts()


def opened(page: DeskPage, title: str, *more: str) -> None:
    """Wait until this title is open beside the list."""
    expect(page.page.locator("#title h1")).to_have_text(title)
    expect(page.page.locator("#title")).to_be_visible()
    for each in more:
        expect(page.page.locator("#title")).to_contain_text(each)


def first_row(page: DeskPage, title: str) -> None:
    expect(page.page.locator("#found tr[data-title] a").first).to_have_text(title)


def title_of(kiosk: Kiosk, label: str) -> str:
    with kiosk.database.reading() as connection:
        found = connection.scalar(select(Title.title).join(Copy).where(Copy.label == label))
    assert found is not None
    return found


def test_the_titles_follow_what_is_typed(page: DeskPage) -> None:
    expect(page.page.locator("#words")).to_be_focused()
    expect(page.page.locator("#found")).to_contain_text("Which book is it?")
    page.types("xwz")
    first_row(page, PRINCE)
    expect(page.page).to_have_url(f"{page.url}/desk/search?q=xwz")
    page.types("zzz")
    expect(page.page.locator("#found")).to_contain_text("No title was found for “xwzzzz”.")


def test_arrows_walk_the_titles_enter_opens_and_escape_closes(page: DeskPage) -> None:
    page.types("xiao")
    first_row(page, PRINCE)
    second = rows(page)[1]
    page.presses("ArrowDown")
    page.presses("ArrowDown")
    expect(page.page.locator("#found tr[data-title] a").nth(1)).to_be_focused()
    page.presses("Enter")
    opened(page, second, "Copies", "In")
    expect(page.page.locator("#found tr.is-here")).to_contain_text(second)
    page.presses("ArrowUp")
    page.presses("ArrowUp")
    expect(page.page.locator("#words")).to_be_focused()
    page.presses("Escape")
    expect(page.page.locator("#title")).to_be_hidden()
    expect(page.page).to_have_url(f"{page.url}/desk/search?q=xiao")


def test_enter_in_the_field_opens_the_first_title(page: DeskPage) -> None:
    page.types("xwz")
    page.presses("Enter")
    opened(page, PRINCE)


def test_a_slash_leads_back_to_the_search_and_so_does_typing_on(page: DeskPage) -> None:
    page.types("xiao")
    first_row(page, PRINCE)
    page.presses("ArrowDown")
    page.presses("/")
    expect(page.page.locator("#words")).to_be_focused()
    page.types("xw")
    page.presses("ArrowDown")
    page.types("z")
    expect(page.page.locator("#words")).to_have_value("xwz")
    first_row(page, PRINCE)


@pytest.mark.parametrize("place", ["in the field", "on a title", "nowhere"])
def test_a_scanned_label_opens_its_title_whatever_has_the_focus(kiosk: Kiosk, page: DeskPage, place: str) -> None:
    page.types("xiao")
    first_row(page, PRINCE)
    if place == "on a title":
        page.presses("ArrowDown")
    if place == "nowhere":
        page.page.locator("#words").blur()
    page.scan(shown.REPAIR)
    opened(page, title_of(kiosk, shown.REPAIR), "In repair", shown.REPAIR)
    expect(page.page.locator("#words")).to_have_value(shown.REPAIR)
    page.scan(shown.FREE_LABELS[0])
    opened(page, title_of(kiosk, shown.FREE_LABELS[0]))
    expect(page.page.locator("#words")).to_have_value(shown.FREE_LABELS[0])


def test_a_scanned_isbn_opens_its_title(page: DeskPage) -> None:
    page.scan(shown.SINGLE_ISBN, end="")
    opened(page, "示例图书：校园里的树", shown.SINGLE_ISBN)


def test_a_scanned_card_is_no_title(page: DeskPage) -> None:
    page.scan(shown.FREE)
    expect(page.page.locator("#found")).to_contain_text(f"No title was found for “{shown.FREE}”.")


def test_chinese_comes_from_an_input_method(page: DeskPage) -> None:
    cdp = page.page.context.new_cdp_session(page.page)
    cdp.send("Input.imeSetComposition", {"text": "xiao'wang'zi", "selectionStart": 12, "selectionEnd": 12})
    cdp.send("Input.insertText", {"text": PRINCE})
    first_row(page, PRINCE)
    expect(page.page.locator("#words")).to_have_value(PRINCE)


def test_the_same_page_is_a_form_and_links_where_scripts_are_off(kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(kiosk, "/desk/search", java_script_enabled=False)
    page.page.locator("#words").fill("xwz")
    page.page.locator("#words").press("Enter")
    first_row(page, PRINCE)
    page.page.locator("#found tr[data-title] a").first.click()
    opened(page, PRINCE)
    expect(page.page).to_have_url(re.compile("/desk/titles/"))


def test_further_titles_come_page_by_page(page: DeskPage) -> None:
    page.types("i")  # class numbers
    page.types("2")
    page.page.locator("#found .tools a", has_text="More titles").click()
    expect(page.page.locator("#found .tools a", has_text="Earlier titles")).to_be_visible()
    expect(page.page).to_have_url(re.compile("from=20"))
    page.page.reload()
    expect(page.page.locator("#found .tools a", has_text="Earlier titles")).to_be_visible()


def test_whoever_was_signed_out_meanwhile_is_led_to_the_door(page: DeskPage) -> None:
    page.page.context.clear_cookies()
    page.types("x")
    page.page.wait_for_url("**/desk/signin**")


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant", "en"])
def test_nothing_sticks_out_and_everything_can_be_read(kiosk: Kiosk, desk: NewDesk, language: str) -> None:
    page = desk(kiosk, "/desk/search?q=xiao", language=language)
    page.page.locator("#found tr[data-title]").nth(1).click()
    page.shows("#title h1")
    faults = []
    for width, height in ((1280, 800), (1920, 1080)):
        page.page.set_viewport_size({"width": width, "height": height})
        faults += [each for each in misfits(page) if "off screen" not in each and each != "the page scrolls"]
        faults += dull(page)
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults == []
