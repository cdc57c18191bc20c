"""One Chromium for all, one kiosk for each module, one station and one screen for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.e2e.at_desk import DeskPage, account
from tests.e2e.running import Kiosk, opened
from tests.e2e.screen import Screen

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
)
WIDTH, HEIGHT = 1280, 800

NewScreen = Callable[..., Screen]
NewDesk = Callable[..., DeskPage]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk that speaks English, shared by the tests of a module. Its audit must be clean when they are done."""
    with opened(tmp_path_factory.mktemp("kiosk")) as running:
        yield running


@pytest.fixture
def own_kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    """A kiosk for one test alone, to be killed at will."""
    with opened(tmp_path) as running:
        yield running


@pytest.fixture
def new_screen(browser: Browser) -> Iterator[NewScreen]:
    """Opens screens, in windows of their own; what they complained of fails the test."""
    opened: list[tuple[BrowserContext, Screen]] = []

    def make(kiosk: Kiosk, token: str = "", width: int = WIDTH, height: int = HEIGHT, **options: object) -> Screen:
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, has_touch=True, **options)  # type: ignore[arg-type]
        screen = Screen(context.new_page(), kiosk.url, token)
        opened.append((context, screen))
        return screen.open()

    yield make
    complaints = [each for _, screen in opened for each in (*screen.complaints, *screen.violations())]
    for context, _ in opened:
        context.close()
    assert [each for each in complaints if "Failed to load resource" not in each] == []  # a server that was killed


@pytest.fixture
def screen(kiosk: Kiosk, new_screen: NewScreen) -> Screen:
    """The screen of a station that is this test's own."""
    return new_screen(kiosk, kiosk.station())


@pytest.fixture
def desk(browser: Browser) -> Iterator[NewDesk]:
    """Opens pages of the desk, in windows of their own, with somebody of a role signed in ("" for nobody)."""
    opened: list[tuple[BrowserContext, DeskPage]] = []

    def make(
        kiosk: Kiosk, path: str = "/desk", role: str = "librarian", language: str = "en", **more: object
    ) -> DeskPage:
        options = {"viewport": {"width": WIDTH, "height": HEIGHT}, **more}
        context = browser.new_context(**options)  # type: ignore[arg-type]
        page = DeskPage(context.new_page(), kiosk)
        opened.append((context, page))
        page.speak(language)
        if role:
            page.sign_in(account(kiosk, role))
        return page.go(path)

    yield make
    looked = [page for _, page in opened if not page.page.is_closed()]
    complaints = [each for page in looked for each in (*page.complaints, *page.violations())]
    for context, _ in opened:
        context.close()
    assert [each for each in complaints if "Failed to load resource" not in each] == []  # a page of an error
