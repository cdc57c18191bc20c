"""In and out of the librarian's desk with the keyboard alone, and how its pages look."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from kiosk.models_desk import SignInAttempt
from tests.e2e.at_desk import PASSWORD, DeskPage, account
from tests.e2e.conftest import NewDesk
from tests.e2e.running import Kiosk
from tests.e2e.test_screens import CONTRAST, DULL
from web.librarian import cookies

WORDS = {
    "en": ("The name or the password is not right.", "You are signed out.", "Sign in"),
    "zh_Hans": ("姓名或密码不对。", "您已退出登录。", "登录"),
    "zh_Hant": ("姓名或密碼不對。", "您已登出。", "登入"),
}
WIDE = """() => [...document.querySelectorAll("body *")].filter((each) => !each.closest(".unseen, .skip, .scroll, svg")
  && each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.fixture(autouse=True)
def _nobody_has_failed(kiosk: Kiosk) -> None:
    """All tests sit at this machine: none is slowed for what another has typed."""
    kiosk.database.write(lambda connection: connection.execute(delete(SignInAttempt)))


def focused(page: Page) -> str:
    """What the next key goes to: a field's name, or the words on a button or link."""
    found: str = page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")
    return found


def tab_to(page: Page, wanted: str) -> None:
    """Walk on with the tab key until there."""
    walked = []
    while (here := focused(page)) != wanted:
        walked.append(here)
        assert len(walked) < 40, walked
        page.keyboard.press("Tab")


@pytest.mark.parametrize("language", WORDS)
def test_signing_in_and_out_takes_nothing_but_the_keyboard(kiosk: Kiosk, desk: NewDesk, language: str) -> None:
    wrong, out, word = WORDS[language]
    person = account(kiosk, "librarian", f"teacher {language}")
    page = desk(kiosk, "/desk", role="", language=language).page
    expect(page).to_have_title(word)
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type(person.name)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(wrong)
    expect(page.locator("[name=password]")).to_be_focused()  # the name is kept, only the password is typed again
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".desk-person")).to_have_text(person.name)
    expect(page).to_have_url(kiosk.url + "/desk")
    tab_to(page, page.locator("form[action$=signout] button").inner_text())
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(out)
    page.go_back()
    page.reload()
    expect(page.locator("#f-password")).to_be_visible()  # what was seen is not to be seen again


def test_who_is_sent_away_comes_back_to_the_page_that_was_asked_for(kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(kiosk, "/desk/accounts", role="").page
    account(kiosk, "librarian", "Ann")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type("Ann")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(kiosk.url + "/desk/accounts")


def test_the_terminal_says_where_the_desk_is(kiosk: Kiosk) -> None:
    assert f"{kiosk.url}/desk " in (kiosk.folder / "server.log").read_text("utf-8")


def test_the_first_account_is_made_on_this_machine_with_the_keyboard(own_kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(own_kiosk, "/desk", role="").page
    expect(page).to_have_url(own_kiosk.url + "/desk/setup")
    for text in ("Ann Lee", PASSWORD, PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".desk-person")).to_have_text("Ann Lee")


def test_the_wait_after_failures_is_said_and_over_in_time(kiosk: Kiosk, desk: NewDesk) -> None:
    account(kiosk, "librarian", "Bo")
    page = desk(kiosk, "/desk/signin", role="").page
    page.keyboard.type("Bo")
    for number in range(3):
        page.locator("#f-password").fill(f"wrong {number}")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        page.evaluate("document.querySelector('[role=alert]').remove()")
    page.locator("#f-password").fill("wrong again")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("then try again.")


def test_another_tab_that_has_signed_out_is_told_so_at_the_next_step(kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(kiosk, "/desk/accounts").page
    other = page.context.new_page()
    other.goto(kiosk.url + "/desk/password")
    other.locator("form[action$=signout] button").click()
    expect(other.locator("#f-password")).to_be_visible()
    page.locator("#f-name").fill("Cai")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-again").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("The librarian's desk")


def test_the_language_of_the_desk_is_one_key_away_and_stays(kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(kiosk, "/desk/password").page
    page.get_by_role("button", name="简体").press("Enter")
    expect(page.locator("h1")).to_have_text("修改密码")
    page.goto(kiosk.url + "/desk/accounts")
    expect(page.locator("h1")).to_have_text("账号")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"


def test_the_cookies_cannot_be_read_by_a_script_and_do_not_reach_the_kiosks_screen(kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(kiosk, "/desk/password").page
    assert page.evaluate("document.cookie") == ""
    kept = {each.get("name"): each for each in page.context.cookies()}
    assert kept[cookies.SESSION].get("path") == cookies.PATH
    assert page.context.cookies(kiosk.url + "/") == []


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (1920, 1080)])
def test_every_page_of_the_door_can_be_read_and_fits(
    kiosk: Kiosk, desk: NewDesk, language: str, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    outside = desk(kiosk, "/desk/signin", role="", language=language, viewport=viewport)
    inside = desk(kiosk, "/desk/accounts", language=language, viewport=viewport)
    me = account(kiosk, "librarian").id
    helper = account(kiosk, "assistant")
    for page, path in (
        (outside, "/desk/signin"),
        (inside, "/desk/accounts"),
        (inside, f"/desk/accounts/{me}"),
        (inside, f"/desk/accounts/{helper.id}"),
        (inside, "/desk/password"),
        (inside, "/desk/nothing"),
    ):
        page.go(path)
        assert_readable(page)


def assert_readable(page: DeskPage) -> None:
    """Enough contrast, nothing out of the window to the right, everything reached by tab is seen to be reached."""
    assert page.page.evaluate(DULL, CONTRAST) == []
    assert page.page.evaluate(WIDE) == []
    page.page.keyboard.press("Tab")
    outline = page.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_on_paper_there_is_the_page_and_nothing_around_it(kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(kiosk, "/desk/accounts").page
    page.emulate_media(media="print")
    expect(page.locator(".desk-top")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("button", name="Add")).to_be_hidden()
