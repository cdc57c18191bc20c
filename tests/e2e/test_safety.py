"""Nothing a barcode says and nothing another page or machine sends can do harm."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from kiosk import ledger
from kiosk.models import Copy, Title
from tests.e2e.running import Book, Kiosk, until
from tests.e2e.screen import Screen
from web import MOST_STREAMS
from web.guard import COOKIE

HOSTILE = (
    "<script>window.harmed=1</script>",
    "<img src=x onerror=window.harmed=1>",
    "'; DROP TABLE loan; --",
    "{{7*7}}${7*7}%s%(name)s",
    '" onmouseover="window.harmed=1',
    "../../../etc/passwd",
)
UNTYPED = (
    "\x00\x01\x02\x1b[2J",
    "\u202e00001\u202c",
    "\ud83d\ude00" * 40,
    "9" * 10_000,
    " \r\n\t ",
    "\ufeff",
    "１２３<b>",
)


@contextmanager
def asked(kiosk: Kiosk, method: str, path: str, body: str = "", **headers: str) -> Iterator[HTTPResponse]:
    """One request made by hand; the header names are written with _ for -."""
    connection = HTTPConnection("127.0.0.1", kiosk.port, timeout=10)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        yield connection.getresponse()
    finally:
        connection.close()


def scan_body(text: str) -> str:
    return json.dumps({"id": uuid4().hex, "text": text, "at": 0, "sent": 0})


def test_hostile_codes_typed_by_a_scanner_are_shown_as_unknown_and_do_nothing(kiosk: Kiosk, screen: Screen) -> None:
    for code in HOSTILE:
        screen.scan(code)
        screen.says("I don't know this code")
        screen.scan("KIOSK-DONE")  # so that no third one in a row calls the librarian
        screen.says("Look here")
    assert screen.page.evaluate("window.harmed") is None
    pupil = kiosk.pupil()
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!")


@pytest.mark.parametrize("code", UNTYPED, ids=["control", "direction", "emoji", "long", "blank", "mark", "wide"])
def test_codes_that_no_keyboard_can_type_are_unknown_and_harmless(kiosk: Kiosk, screen: Screen, code: str) -> None:
    body = json.dumps({"id": uuid4().hex, "text": code})
    post = """(body) => fetch("/scan", { method: "POST", body, headers: { "Content-Type": "application/json" } })
        .then((answer) => answer.status)"""
    assert screen.page.evaluate(post, body) == 200
    screen.says("I don't know this code")
    pupil = kiosk.pupil()
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!")


def test_a_title_full_of_markup_is_shown_letter_by_letter(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    title = '<img src=x onerror="window.harmed=1"><b>O\'Neil & Sons</b>{{7*7}}'
    rename(kiosk, book, title)
    screen.scan(pupil.card, book.label)
    screen.says("Borrowed", title)
    assert screen.page.locator("#stage img, #stage p b:not(.number)").count() == 0
    assert screen.page.evaluate("window.harmed") is None


def rename(kiosk: Kiosk, book: Book, title: str) -> None:
    mine = select(Copy.title_id).where(Copy.id == book.id).scalar_subquery()
    kiosk.database.write(
        lambda connection: connection.execute(update(Title).where(Title.id == mine).values(title=title))
    )


def test_a_foreign_page_cannot_scan_here(kiosk: Kiosk, screen: Screen, browser: Browser) -> None:
    book = kiosk.lent(kiosk.pupil())
    context = browser.new_context()
    foreign = context.new_page()
    foreign.route("http://foreign.example/", lambda route: route.fulfill(body="<p>hello", content_type="text/html"))
    foreign.goto("http://foreign.example/")
    post = """([url, body]) => fetch(url, { method: "POST", body, mode: "no-cors", credentials: "include",
        headers: { "Content-Type": "text/plain" } }).then(() => "sent", () => "stopped by the browser")"""
    assert foreign.evaluate(post, [f"{kiosk.url}/scan", scan_body(book.label)]) in ("sent", "stopped by the browser")
    context.close()
    assert kiosk.told(book) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://foreign.example"},
        {"Origin": "null"},
        {"Origin": "{url}", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "{url}", "Sec_Fetch_Site": "same-site"},
        {"Origin": "http://localhost:{port}"},
    ],
    ids=["none", "foreign", "null", "cross-site", "same-site", "another name of this machine"],
)
def test_a_post_that_is_not_from_our_own_page_is_refused(kiosk: Kiosk, headers: dict[str, str]) -> None:
    book = kiosk.lent(kiosk.pupil())
    sent = {name: value.format(url=kiosk.url, port=kiosk.port) for name, value in headers.items()}
    with asked(kiosk, "POST", "/scan", scan_body(book.label), Content_Type="application/json", **sent) as answer:
        assert answer.status == 403
    assert kiosk.told(book) == []


@pytest.mark.parametrize("path", ["/", "/events", "/preview", "/demo"])
def test_a_foreign_name_that_points_at_this_machine_shows_nothing(kiosk: Kiosk, path: str) -> None:
    with asked(kiosk, "GET", path, Host=f"rebound.example:{kiosk.port}") as answer:
        assert answer.status == 401
        assert "示范小学" not in answer.read().decode()


def test_another_machine_needs_its_stations_token(kiosk: Kiosk) -> None:
    """Simulated by the Host header: to the kiosk, a request for 192.168.0.9 is one from the school's network."""
    elsewhere, token = f"192.168.0.9:{kiosk.port}", kiosk.station()
    with asked(kiosk, "GET", "/", Host=elsewhere) as answer:
        assert answer.status == 401
        assert "Which station is this screen?" in answer.read().decode()
    with asked(kiosk, "GET", "/", Host=elsewhere, Cookie=f"{COOKIE}=not-a-token-of-anybody") as answer:
        assert answer.status == 401
    with asked(kiosk, "GET", "/", Host=elsewhere, Cookie=f"{COOKIE}={token}") as answer:
        page = answer.read().decode()
        assert answer.status == 200
        assert f"room {int(token[-3:])}" in page


def test_a_token_speaks_for_its_own_station_and_no_other(kiosk: Kiosk, screen: Screen) -> None:
    book = kiosk.lent(kiosk.pupil())
    body = json.dumps({"id": uuid4().hex, "text": book.label, "station": "entrance"})
    sent = {"Origin": kiosk.url, "Content_Type": "application/json", "Cookie": f"{COOKIE}={screen.token}"}
    with asked(kiosk, "POST", "/scan?station=entrance", body, **sent) as answer:
        assert answer.status == 200
    screen.says("Returned", book.title)
    with kiosk.database.reading() as connection:
        assert ledger.latest(connection, "entrance", 9) == []


def test_a_script_that_got_into_the_page_would_not_run(kiosk: Kiosk, screen: Screen) -> None:
    screen.page.evaluate("""() => {
      const script = Object.assign(document.createElement("script"), { textContent: "window.harmed = 1" });
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", "<p style='color:red' onclick='window.harmed = 1'>x</p>");
      document.body.lastElementChild.click();
    }""")
    until(lambda: screen.page.evaluate("window.broken.length") == 3)
    assert screen.page.evaluate("window.harmed") is None
    screen.page.evaluate("window.broken = []")  # these three were meant to be
    screen.complaints.clear()


@pytest.mark.parametrize("path", ["/", "/static/selfcheck.js", "/demo", "/nowhere"])
def test_every_answer_carries_the_security_headers(kiosk: Kiosk, path: str) -> None:
    with asked(kiosk, "GET", path) as answer:
        policy = answer.getheader("Content-Security-Policy", "")
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("X-Frame-Options") == "DENY"


def test_a_whole_visit_breaks_no_rule_of_the_policy(kiosk: Kiosk, screen: Screen) -> None:
    pupil, books = kiosk.pupil(), kiosk.books(2)
    screen.scan(pupil.card, *(book.label for book in books), "NOT-OURS")
    screen.tap("[data-open=keypad]")
    screen.presses("Escape")
    screen.scan("KIOSK-DONE")
    screen.says("Goodbye")
    assert screen.violations() == []
    assert screen.complaints == []


def test_too_many_screens_are_turned_away_while_scans_still_work(kiosk: Kiosk, screen: Screen) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    with ExitStack() as streams:
        until(lambda: listened(kiosk, streams) == 503)
        screen.scan(pupil.card, book.label)
        screen.says("Borrowed", book.title)
        assert kiosk.at_home(pupil) == {book.label}
    until(lambda: listened(kiosk, ExitStack()) == 200)


def listened(kiosk: Kiosk, streams: ExitStack) -> int:
    """Open one more stream and keep it; the answer's status. Who is turned away is told when to come again."""
    answer = streams.enter_context(asked(kiosk, "GET", "/events"))
    assert answer.status == 200 or answer.getheader("Retry-After") == "5"
    return answer.status


def test_the_cap_on_screens_leaves_room_for_a_school() -> None:
    assert MOST_STREAMS >= 16


def test_a_connection_that_says_nothing_blocks_nobody(kiosk: Kiosk, screen: Screen) -> None:
    pupil, silent = kiosk.pupil(), [socket.create_connection(("127.0.0.1", kiosk.port)) for _ in range(40)]
    for each in silent[:20]:
        each.sendall(b"POST /scan HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\n")
    screen.scan(pupil.card)
    screen.says(f"Hello, {pupil.first}!")
    for each in silent:
        each.close()


def test_the_page_of_demo_cards_and_labels_needs_no_script(kiosk: Kiosk, screen: Screen) -> None:
    screen.page.goto(f"{kiosk.url}/demo")
    expect(screen.page.locator("svg").first).to_be_visible()
    assert screen.page.locator("script").count() == 0
