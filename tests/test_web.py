"""What a request may do, and for whom."""

from pathlib import Path

import pytest
from sqlalchemy import update

from kiosk.models import Title
from tests import cast
from tests.house import OURS, TOKEN, Home
from web.guard import COOKIE


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_first_page_invites_to_scan(home: Home) -> None:
    page = home.client.get("/")
    assert page.status_code == 200
    assert "扫一扫" in page.text or "借书" in page.text


def test_every_page_carries_a_policy_without_inline_script(home: Home) -> None:
    policy = home.client.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy


def test_a_page_has_neither_inline_style_nor_inline_handlers(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    page = home.client.get("/").text
    assert " style=" not in page
    assert " onclick=" not in page


def test_card_and_book_by_post_lend_the_book(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    told = home.scan(cast.FERRY.label)
    assert told["sound"] == "lent"
    assert told["phase"] == "session"


def test_the_same_scan_sent_twice_counts_once(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    first = home.scan(cast.FERRY.label, "scan-id-0001")
    again = home.scan(cast.FERRY.label, "scan-id-0001")
    assert (again["sound"], again["outcome"], again["seq"]) == (first["sound"], first["outcome"], first["seq"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ],
)
def test_a_post_from_elsewhere_is_refused(home: Home, headers: dict[str, str]) -> None:
    body = {"id": "scan-id-0001", "text": cast.XIAOMING.card}
    assert home.client.post("/scan", json=body, headers=headers).status_code == 403
    assert home.entrance.view().phase == "idle"


def test_a_foreign_name_for_this_machine_is_not_this_machine(home: Home) -> None:
    answer = home.client.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 401
    assert "config.toml" in answer.text


def test_another_machine_without_a_token_sees_only_the_pairing_page(home: Home) -> None:
    answer = home.client.get("/events", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 401


def test_another_machine_with_a_token_speaks_for_its_own_station_only(home: Home) -> None:
    there = {"REMOTE_ADDR": "192.0.2.7"}
    paired = home.client.post("/pair", data={"token": TOKEN}, headers=OURS, environ_base=there)
    assert paired.status_code == 303
    assert "HttpOnly" in paired.headers["Set-Cookie"]
    body = {"id": "scan-id-0001", "text": cast.XIAOMING.card}
    answer = home.client.post("/scan", json=body, headers=OURS, environ_base=there)
    assert answer.json is not None and answer.json["phase"] == "session"
    assert home.entrance.view().phase == "idle"


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "口令口令口令口令口令"])
def test_a_wrong_token_pairs_nothing(home: Home, token: str) -> None:
    answer = home.client.post("/pair", data={"token": token}, headers=OURS)
    assert answer.status_code == 401
    assert COOKIE not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {"text": "1"},
        {"id": "short", "text": "1"},
        {"id": "x" * 49, "text": "1"},
        {"id": "a' OR 1=1 --", "text": "1"},
        {"id": "scan-id-0001"},
        {"id": "scan-id-0001", "text": 5},
    ],
)
def test_a_body_that_is_no_scan_is_refused_and_changes_nothing(home: Home, body: object) -> None:
    assert home.client.post("/scan", json=body, headers=OURS).status_code == 400
    assert home.entrance.view().phase == "idle"


def test_a_body_of_a_megabyte_is_refused(home: Home) -> None:
    body = {"id": "scan-id-0001", "text": "x" * 1_000_000}
    assert home.client.post("/scan", json=body, headers=OURS).status_code in (400, 413)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE loan; --",
        "{{ 7*7 }}",
        "%s%n",
        "\x1b[2J",
        "\x00",
        "a" * 10_000,
        "\u202e123",
        "📚" * 30,
    ],
)
def test_a_hostile_barcode_is_an_unknown_code_and_nothing_else(home: Home, text: str) -> None:
    told = home.scan(text)
    assert told["sound"] == "refused"
    assert "<script>alert" not in told["html"]


def test_a_title_full_of_markup_is_shown_as_text(home: Home) -> None:
    cast.change(home.database, update(Title).where(Title.id == cast.FERRY.title).values(title="<b onload=x>&amp;"))
    told = home.scan(cast.FERRY.label)
    assert "<b onload" not in told["html"]
    assert "&lt;b" in told["html"]


def test_no_family_name_and_no_other_reader_is_ever_on_the_screen(home: Home) -> None:
    home.scan(cast.LIHUA.card)
    home.scan(cast.FERRY.label)
    home.scan("KIOSK-DONE")
    home.clock.turn(60)
    told = home.scan(cast.XIAOMING.card)["html"] + home.scan(cast.FERRY.label)["html"]
    assert "小明" in told
    assert "王小明" not in told
    assert "华" not in told.replace("中华", "")


def test_a_scan_kept_by_the_screen_is_dated_when_it_was_made(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    home.clock.turn(300)
    told = home.scan(cast.FERRY.label, at=1_000, sent=1_000)
    assert told["phase"] == "holding"  # five minutes later the session is long over


def test_the_demo_page_is_not_for_a_real_school(home: Home) -> None:
    assert home.client.get("/demo").status_code == 404


def test_a_camera_picture_is_not_there_without_a_camera(home: Home) -> None:
    assert home.client.get("/preview").status_code == 404
