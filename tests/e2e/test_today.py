"""Today stays true by itself; calls are answered, unknown codes named, without a mouse and without reloading."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import insert, select

from kiosk import backups, models, unknown_codes
from kiosk.config import load
from kiosk.database import Database
from kiosk.search_text import readings
from tests.e2e.at_desk import DeskPage
from tests.e2e.conftest import NewDesk, NewScreen
from tests.e2e.running import Kiosk, until
from tests.e2e.test_screens import CONTRAST, DULL
from web.station import utc_now

LANGUAGES = ("zh_Hans", "zh_Hant", "en")
SIZES = ((1024, 768), (1280, 800), (1920, 1080))


@pytest.fixture
def today(kiosk: Kiosk, desk: NewDesk) -> DeskPage:
    """Today, open at the desk and marked, so that a reload would show."""
    page = desk(kiosk)
    page.page.evaluate("window.mark = true")
    return page


@pytest.fixture
def new_school(tmp_path: Path) -> Iterator[Kiosk]:
    """A kiosk on its very first day: an account can be made, and there is nothing else."""
    running = Kiosk(tmp_path)
    running.database.engine.dispose()
    for file in tmp_path.glob("kiosk.sqlite*"):
        file.unlink()
    running.database = Database(f"sqlite:///{tmp_path}/kiosk.sqlite", "NORMAL")
    running.database.migrate()
    settings = [{"key": "school", "value": "育才小学"}, {"key": "policy_version", "value": "1"}]
    running.database.write(lambda connection: connection.execute(insert(models.Setting), settings))
    backups.make(running.database, load(tmp_path / "config.toml"), utc_now())
    running.start()
    yield running
    running.stop()


def is_marked(page: DeskPage) -> bool:
    """Whether the page is still the one that was opened."""
    return bool(page.page.evaluate("window.mark === true"))


def name_of(token: str) -> str:
    """What the station with this token is called."""
    return f"room {int(token[-3:])}"


def card(page: DeskPage, key: str) -> Locator:
    """One subject of Today."""
    return page.page.locator(f"#card-{key}")


def number_of(kiosk: Kiosk, text: str) -> int:
    """The page of an unknown code, once it is there."""

    def found() -> int | None:
        with kiosk.database.reading() as connection:
            return unknown_codes.newest(connection, text)

    return until(found)


def focused(page: DeskPage, selector: str) -> None:
    """Wait until this has the focus, on a page that listens to a scanner."""
    expect(page.page.locator(selector).first).to_be_focused()
    expect(page.page.locator("body[data-listening]")).to_have_count(1)


def dull(page: DeskPage) -> list[str]:
    """The texts whose contrast is too low."""
    found: list[str] = page.page.evaluate(DULL, CONTRAST)
    return found


def scrolls_aside(page: DeskPage) -> bool:
    """Whether something is wider than the window."""
    return bool(page.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_a_call_for_help_appears_on_the_open_page_and_one_key_answers_it_on_both_screens(
    kiosk: Kiosk, today: DeskPage, new_screen: NewScreen
) -> None:
    token = kiosk.station()
    screen = new_screen(kiosk, token)
    screen.scan("KIOSK-HELP")
    screen.says("Help is coming")
    expect(today.page.locator(".today-call h2")).to_have_text(f"{name_of(token)} is calling for help")
    expect(today.page.locator("#announce")).to_have_text(f"{name_of(token)} is calling for help")
    assert today.tunes() == ["look"]
    assert today.page.title().startswith("(")
    today.presses("h")
    expect(today.page.locator(".today-call")).to_have_count(0)
    expect(screen.page.locator(".called")).to_have_count(0)
    expect(screen.word).not_to_contain_text("Help is coming")
    assert is_marked(today)


def test_two_calls_are_answered_one_after_the_other(kiosk: Kiosk, today: DeskPage, new_screen: NewScreen) -> None:
    tokens = [kiosk.station(), kiosk.station()]
    for token in tokens:
        new_screen(kiosk, token).scan("KIOSK-HELP")
    expect(today.page.locator(".today-call")).to_have_count(2)
    today.presses("h")
    expect(today.page.locator(".today-call")).to_have_count(1)
    today.presses("h")
    expect(today.page.locator(".today-call")).to_have_count(0)


def test_a_return_appears_without_reloading_and_the_focus_and_the_place_stay(
    kiosk: Kiosk, today: DeskPage, new_screen: NewScreen
) -> None:
    token, book = kiosk.station(), kiosk.lent(kiosk.pupil())
    late = today.page.locator("[id^=late-]").last
    today.page.set_viewport_size({"width": 1280, "height": 400})
    late.focus()
    stays, place = late.get_attribute("id"), today.page.evaluate("scrollY")
    new_screen(kiosk, token).scan(book.label)
    expect(card(today, "returns").locator("li", has_text=name_of(token))).to_contain_text("1 book")
    assert today.page.evaluate("document.activeElement.id") == stays
    assert abs(today.page.evaluate("scrollY") - place) < 200 and place > 0
    assert is_marked(today)


def test_what_is_lent_is_counted_while_one_looks(kiosk: Kiosk, today: DeskPage, new_screen: NewScreen) -> None:
    lent = today.page.locator(".today-head dd").first
    before = int(lent.inner_text())
    screen = new_screen(kiosk, kiosk.station())
    screen.scan(kiosk.pupil().card, kiosk.book().label, kiosk.book().label)
    expect(lent).to_have_text(str(before + 2))
    expect(today.page.locator(".hours .bar-lent").first).to_be_visible()


def test_an_unknown_code_becomes_a_copy_by_the_keyboard_alone_and_is_lent_at_once(
    kiosk: Kiosk, today: DeskPage, new_screen: NewScreen
) -> None:
    screen, code, title = new_screen(kiosk, kiosk.station()), "TSG-0077", kiosk.book().title
    screen.scan(code)
    screen.says("I don't know this code")
    expect(card(today, "codes")).to_contain_text(code)
    today.go("/desk/unknown")
    focused(today, f"a.code:text('{code}')")
    today.presses("Enter")
    expect(today.page.locator(".unknown-text")).to_have_text(code)
    focused(today, ".way")
    today.presses("1")
    focused(today, "#f-q")
    today.types(readings(title)[0][0])
    today.presses("Enter")
    choice = today.page.locator(".choice", has_text=title).first
    expect(choice).to_be_visible()
    while not choice.evaluate("choice => choice === document.activeElement"):
        today.presses("ArrowDown")
    today.presses("Enter")
    focused(today, "#f-accession")
    today.presses("Enter")
    expect(today.page.locator(".notice-well")).to_contain_text("can be lent at once")
    pupil = kiosk.pupil()
    screen.scan(pupil.card, code)
    screen.says("Borrowed", title)
    assert kiosk.at_home(pupil) == {code}


def test_a_torn_label_is_replaced_by_scanning_the_old_number(
    kiosk: Kiosk, today: DeskPage, new_screen: NewScreen
) -> None:
    screen, book = new_screen(kiosk, kiosk.station()), kiosk.book()
    screen.scan("NEW-0042")
    today.go(f"/desk/unknown/{number_of(kiosk, 'NEW-0042')}")
    focused(today, ".way")
    today.presses("2")
    focused(today, "#f-q")
    today.scan("NEW-0042")
    today.scan(book.label)
    focused(today, ".choice")
    today.presses("Enter")
    expect(today.page.locator(".picked")).to_contain_text(book.title)
    focused(today, "form.fill .button-main")
    today.presses("Enter")
    expect(today.page.locator(".notice-well")).to_contain_text("new label")
    screen.scan(kiosk.pupil().card, "NEW-0042")
    screen.says("Borrowed", book.title)


def test_a_new_card_is_given_to_a_reader_found_by_initials(
    kiosk: Kiosk, today: DeskPage, new_screen: NewScreen
) -> None:
    screen, pupil = new_screen(kiosk, kiosk.station()), kiosk.pupil()
    screen.scan("90000042")
    today.go(f"/desk/unknown/{number_of(kiosk, '90000042')}")
    focused(today, ".way")
    today.presses("3")
    focused(today, "#f-q")
    today.types(f"{readings(pupil.name)[0][1]} {pupil.card}")
    today.presses("Enter")
    focused(today, ".choice")
    today.presses("Enter")
    expect(today.page.locator(".picked")).to_contain_text(pupil.name)
    focused(today, "form.fill .button-main")
    today.presses("Enter")
    expect(today.page.locator(".notice-well")).to_contain_text("new card")
    screen.scan("90000042")
    screen.says(f"Hello, {pupil.first}!")


def test_an_isbn_and_a_label_that_are_scanned_find_their_own_fields(
    kiosk: Kiosk, today: DeskPage, new_screen: NewScreen
) -> None:
    screen, isbn = new_screen(kiosk, kiosk.station()), "9787544253994"
    screen.scan(isbn)
    today.go(f"/desk/unknown/{number_of(kiosk, isbn)}?as=copy&new=1")
    focused(today, "#f-title")
    today.types("Shu")
    today.scan("LBL-0099")
    expect(today.page.locator("#f-label")).to_have_value("LBL-0099")
    expect(today.page.locator("#f-title")).to_have_value("Shu")
    today.scan("9787020002207")
    expect(today.page.locator("#f-isbn")).to_have_value("9787020002207")


def test_a_code_is_dismissed_by_one_key(kiosk: Kiosk, today: DeskPage, new_screen: NewScreen) -> None:
    new_screen(kiosk, kiosk.station()).scan("6901234567892")
    number = number_of(kiosk, "6901234567892")
    today.go(f"/desk/unknown/{number}")
    focused(today, ".way")
    today.presses("0")
    expect(today.page.locator(".notice-well")).to_contain_text("Dismissed.")
    with kiosk.database.reading() as connection:
        assert unknown_codes.resolved_as(connection, number) == "dismissed"


def test_a_server_that_is_gone_is_said_and_the_page_goes_on_when_it_is_back(own_kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(own_kiosk)
    page.page.evaluate("window.mark = true")
    expect(page.page.locator("#live-gone")).to_be_hidden()
    own_kiosk.kill()
    expect(page.page.locator("#live-gone")).to_be_visible()
    own_kiosk.start()
    expect(page.page.locator("#live-gone")).to_be_hidden()
    book = own_kiosk.lent(own_kiosk.pupil())
    own_kiosk.desk.take_back(book.id, station="room 9", now=utc_now())  # another program: no screen of this one
    expect(card(page, "returns").locator("li", has_text="room 9")).to_contain_text("1 book")
    assert is_marked(page)


def test_a_page_in_the_background_takes_no_stream_and_looks_again_when_it_is_seen(today: DeskPage) -> None:
    page, change = today.page, "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate("Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.away })")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/desk/events")):
        page.evaluate(f"window.away = true; {change}")
    with page.expect_response("**/desk/today/body"):
        page.evaluate(f"window.away = false; {change}")


@pytest.mark.parametrize(
    ("language", "empty", "calm"),
    [
        ("zh_Hans", "欢迎！图书馆还是空的", "现在没有要您处理的事"),
        ("zh_Hant", "歡迎！圖書館還是空的", "現在沒有要您處理的事"),
        ("en", "Welcome! The library is still empty.", "Nothing needs you just now."),
    ],
)
def test_an_empty_library_is_welcomed_and_nothing_is_urgent(
    new_school: Kiosk, desk: NewDesk, language: str, empty: str, calm: str
) -> None:
    page = desk(new_school, language=language)
    expect(page.page.locator(".today-calm").first).to_contain_text(empty)
    expect(page.page.locator(".today-calm").last).to_contain_text(calm)
    expect(page.page.locator("[id^=card-]")).to_have_count(0)
    assert dull(page) == []
    page.go("/desk/unknown")
    expect(page.page.locator(".empty")).to_be_visible()
    assert dull(page) == []


def test_the_first_book_of_an_empty_library_is_made_from_its_label(
    new_school: Kiosk, desk: NewDesk, new_screen: NewScreen
) -> None:
    new_screen(new_school).scan("00000001")
    page = desk(new_school, f"/desk/unknown/{number_of(new_school, '00000001')}?as=copy&new=1")
    focused(page, "#f-title")
    page.types("Xiao Wang Zi")
    page.page.locator("#f-new-place").focus()
    page.types("Shelf")
    page.presses("Enter")
    expect(page.page.locator(".notice-well")).to_contain_text("in the stock now")
    with new_school.database.reading() as connection:
        assert connection.scalars(select(models.Copy.label)).all() == ["00000001"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_pale_or_wider_than_the_window(
    kiosk: Kiosk, desk: NewDesk, new_screen: NewScreen, language: str
) -> None:
    screen = new_screen(kiosk, kiosk.station())
    screen.scan("KIOSK-HELP", f"ODD-{language}", kiosk.lent(kiosk.pupil()).label)
    number = number_of(kiosk, f"ODD-{language}")
    page = desk(kiosk, language=language)
    faults = []
    ways = [f"/desk/unknown/{number}?as={way}" for way in ("copy&q=a", "copy&new=1", "label&id=1", "card&q=3-2")]
    for path in ("/desk", "/desk/unknown", *ways, "/desk/overdue/1", "/desk/overdue/others"):
        page.go(path)
        for width, height in SIZES:
            page.page.set_viewport_size({"width": width, "height": height})
            faults += [f"{path} {width} {fault}" for fault in dull(page)]
            faults += [f"{path} {width} scrolls aside"] if scrolls_aside(page) else []
    assert faults == []
