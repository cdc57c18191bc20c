"""Today and the unknown codes as pages of the desk."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from kiosk import reserving, unknown_codes
from kiosk.models import Copy, Reader
from kiosk.models_desk import StaffSession
from kiosk.today import Hour
from tests import cast
from tests.cast import DAY, PLAIN
from tests.house import OURS, DeskClient, Home
from web import stream
from web.librarian import live
from web.librarian.chart import HEIGHT, LEFT, WIDTH, chart
from web.librarian.live import changes, version

ONE = PLAIN[0]
CODE = "TSG-0031"
LANGUAGES = ("zh_Hans", "zh_Hant", "en")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, language="en")


@pytest.fixture
def desk(home: Home) -> DeskClient:
    return home.sign_in()


def said(page: Any) -> str:
    """The words of a page, without its marks."""
    assert page.status_code in (200, 422), page.text
    plain = re.sub(r"<(script|style|symbol|defs)\b.*?</\1>|<[^>]+>", " ", page.text, flags=re.S)
    return re.sub(r"\s+", " ", unescape(plain))


def code_of(home: Home, text: str = CODE) -> int:
    """A code is scanned at the entrance; the number of its page."""
    home.scan(text)
    with home.database.reading() as connection:
        number = unknown_codes.newest(connection, unknown_codes.shown(text))
    assert number is not None
    return number


def named(home: Home, label: str) -> Any:
    """The copy with this label."""
    with home.database.reading() as connection:
        return connection.execute(select(Copy.__table__).where(Copy.label == label)).first()


def settle(desk: DeskClient, number: int, **form: Any) -> Any:
    """Send the form of an unknown code."""
    return desk.send(f"/desk/unknown/{number}", {"key": uuid4().hex, **form})


# Today


@pytest.mark.parametrize("path", ["/desk", "/desk/today/body", "/desk/events", "/desk/overdue/1", "/desk/unknown"])
def test_nobody_sees_today_without_signing_in(home: Home, path: str) -> None:
    answer = home.browser().get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/desk/s")


def test_a_quiet_day_is_said_kindly(desk: DeskClient) -> None:
    words = said(desk.get("/desk"))
    assert "Mon 2 Mar" in words
    assert "Nothing needs you just now." in words or "No backup yet" in words
    for sentence in ("Nobody is calling for help.", "Every return has been seen.", "Every scanned code is known."):
        assert sentence in words


def test_a_call_for_help_stands_there_until_help_came_and_is_gone_on_the_screen_too(
    home: Home, desk: DeskClient
) -> None:
    home.scan("KIOSK-HELP")
    assert home.entrance.view().help_called
    page = desk.get("/desk")
    assert f"{cast.ENTRANCE} is calling for help" in said(page)
    entry = re.search(r'name="entry" value="(\d+)"', page.text)
    assert entry
    answer = desk.send("/desk/help", {"entry": entry[1], "station": cast.ENTRANCE})
    assert answer.status_code == 303
    assert not home.entrance.view().help_called
    assert home.entrance.view().outcome is None
    words = said(desk.get("/desk"))
    assert f"{cast.ENTRANCE} is calling" not in words and f"Help came: {cast.ENTRANCE}." in words


def test_the_page_itself_may_answer_a_call_and_stays_where_it_is(home: Home, desk: DeskClient) -> None:
    home.scan("KIOSK-HELP")
    entry = re.search(r'name="entry" value="(\d+)"', desk.get("/desk").text)
    assert entry
    form = {"csrf": desk.csrf, "entry": entry[1], "station": cast.ENTRANCE}
    answer = desk.post("/desk/help", data=form, headers={**OURS, "X-CSRF": desk.csrf})
    assert answer.status_code == 204
    assert f"{cast.ENTRANCE} is calling" not in said(desk.get("/desk/today/body"))


def test_an_answer_to_nothing_is_no_answer(desk: DeskClient) -> None:
    assert desk.send("/desk/help", {"station": cast.ENTRANCE}).status_code == 400


def test_a_device_that_came_loose_is_said_before_all_that_is_well(home: Home, desk: DeskClient) -> None:
    home.entrance.devices.said("camera", "lost", "CAMERA_UNPLUGGED")
    words = said(desk.get("/desk"))
    assert "The camera came loose. Plug it in again." in words
    assert "All scanners and cameras are well." not in words
    home.entrance.devices.said("camera", "ready", "")
    assert "Camera ready" in said(desk.get("/desk"))


def test_a_station_says_whether_a_screen_shows_it(home: Home, desk: DeskClient) -> None:
    assert said(desk.get("/desk")).count("no screen open") == 2
    screen = stream.events(home.entrance)
    next(screen)
    assert said(desk.get("/desk")).count("no screen open") == 1
    screen.close()  # type: ignore[attr-defined]
    assert home.entrance.devices.screens == 0


def test_what_was_returned_and_not_seen_leads_to_its_box(home: Home, desk: DeskClient) -> None:
    now = home.clock()
    here = home.app.extensions["kiosk"].desk
    here.lend(cast.TEACHER.id, ONE.id, station=cast.ENTRANCE, now=now - DAY)
    home.scan(ONE.label)
    page = desk.get("/desk")
    assert "1 returned, not yet seen" in said(page)
    assert 'href="/desk/reconcile"' in page.text


def test_what_is_set_aside_names_the_reader_and_the_day(home: Home, desk: DeskClient) -> None:
    here = home.app.extensions["kiosk"].desk
    here.lend(cast.TEACHER.id, cast.FERRY.id, station=cast.ENTRANCE, now=home.clock() - DAY)
    staff = home.account()
    here.at_counter(
        "librarian", home.clock(), None, lambda c: reserving.reserve(c, cast.FERRY.title, cast.LIHUA.id), staff
    )
    home.scan(cast.FERRY.label)
    words = said(desk.get("/desk"))
    assert "1 set aside for readers" in words
    assert cast.LIHUA.name in words and "Class 3-2" in words and "Thu 5 Mar" in words
    assert f"still in the box of {cast.ENTRANCE}" in words


def test_a_class_opens_as_a_list_for_its_teacher(home: Home, desk: DeskClient) -> None:
    here = home.app.extensions["kiosk"].desk
    here.lend(cast.XIAOMING.id, ONE.id, station=cast.ENTRANCE, now=home.clock() - 30 * DAY)
    here.lend(cast.TEACHER.id, PLAIN[1].id, station=cast.ENTRANCE, now=home.clock() - 90 * DAY)
    page = desk.get("/desk")
    assert "2 overdue, by class" in said(page)
    assert f'href="/desk/overdue/{cast.CLASS_3_2}"' in page.text
    words = said(desk.get(f"/desk/overdue/{cast.CLASS_3_2}"))
    assert "Overdue books: Class 3-2" in words and cast.XIAOMING.name in words and ONE.label in words
    assert cast.TEACHER.name not in words
    assert cast.TEACHER.name in said(desk.get("/desk/overdue/others"))


def test_a_class_that_has_brought_everything_back_is_thanked(desk: DeskClient) -> None:
    assert "Everything is back. Thank you, Class 3-1!" in said(desk.get(f"/desk/overdue/{cast.CLASS_3_1}"))


@pytest.mark.parametrize("which", ["99", "nothing", "-1", "1" * 30])
def test_a_class_that_is_not_there_is_no_page(desk: DeskClient, which: str) -> None:
    assert desk.get(f"/desk/overdue/{which}").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_today_speaks_every_language(tmp_path: Path, language: str) -> None:
    home = Home(tmp_path, language=language)
    desk = home.sign_in()
    home.scan("KIOSK-HELP")
    code_of(home)
    code_of(home, "9787544253994")
    for path in ("/desk", "/desk/unknown", "/desk/unknown/1", "/desk/unknown/2", "/desk/overdue/1"):
        assert desk.get(path).status_code == 200, path
    for way in ("copy", "label", "card"):
        for more in ("", "&q=1", "&id=1", "&new=1"):
            assert desk.get(f"/desk/unknown/1?as={way}{more}").status_code == 200, (way, more)


# What the page hears


def test_the_stream_says_that_something_has_changed_and_no_more(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT", 0.01)
    heard: Iterator[bytes] = changes(home.app.extensions["kiosk"])
    assert next(heard).startswith(b"event: changed\n")
    assert next(heard) == b": beat\n\n"
    home.scan(cast.XIAOMING.card)
    changed = next(heard)
    assert changed.startswith(b"event: changed\n") and cast.XIAOMING.name.encode() not in changed
    assert next(heard) == b": beat\n\n"


def test_a_device_a_screen_and_the_minute_change_what_a_page_has_to_show(home: Home) -> None:
    house = home.app.extensions["kiosk"]
    seen = [version(house)]
    home.entrance.devices.said("camera", "lost", "CAMERA_UNPLUGGED")
    seen.append(version(house))
    with home.entrance.devices.screen():
        seen.append(version(house))
        home.clock.turn(60)
        seen.append(version(house))
        assert version(house) == seen[-1]
    assert len(set(seen)) == 4


def test_a_scan_and_whatever_is_posted_at_the_desk_wakes_the_pages(home: Home, desk: DeskClient) -> None:
    pulse = home.app.extensions["kiosk"].pulse
    before = pulse.count
    home.scan(cast.XIAOMING.card)
    after = pulse.count
    assert after > before
    desk.send("/desk/help", {"entry": 1, "station": cast.ENTRANCE})
    assert pulse.count > after


def test_the_stream_ends_with_the_session(home: Home, desk: DeskClient) -> None:
    answer = desk.get("/desk/events", headers={"X-Live": "1"})
    body = iter(answer.response)
    assert next(body).startswith(b"event: changed")
    home.clock.turn(3600)
    assert list(body) == []
    answer.close()


def test_looking_again_keeps_nobody_signed_in(home: Home, desk: DeskClient) -> None:
    def seen() -> Any:
        with home.database.reading() as connection:
            return connection.scalar(select(func.max(StaffSession.seen_at)))

    before = seen()
    home.clock.turn(300)
    assert desk.get("/desk/today/body", headers={"X-Live": "1"}).status_code == 200
    desk.get("/desk/events", headers={"X-Live": "1"}).close()
    assert seen() == before
    desk.get("/desk")
    assert seen() == before + timedelta(seconds=300)


def test_what_is_to_be_said_waits_for_a_page_and_is_not_lost_to_a_part_of_one(home: Home, desk: DeskClient) -> None:
    settle(desk, code_of(home), do="dismiss")
    assert "Dismissed." not in said(desk.get("/desk/today/body", headers={"X-Live": "1"}))
    assert "Dismissed." in said(desk.get("/desk"))


# Unknown codes


def test_a_scanned_code_that_is_nothing_of_ours_is_listed_with_its_moment(home: Home, desk: DeskClient) -> None:
    number = code_of(home)
    page = desk.get("/desk/unknown")
    assert CODE in said(page) and cast.ENTRANCE in said(page) and "10:00" in said(page)
    assert f'href="/desk/unknown/{number}"' in page.text
    assert CODE in said(desk.get("/desk"))


def test_when_every_code_is_known_the_list_says_so(desk: DeskClient) -> None:
    assert "Every scanned code is known." in said(desk.get("/desk/unknown"))


def test_a_code_holding_html_is_shown_as_it_is(home: Home, desk: DeskClient) -> None:
    text = "<script>alert(1)</script>'\"; DROP TABLE copy"
    number = code_of(home, text)
    for path in ("/desk", "/desk/unknown", f"/desk/unknown/{number}?as=copy&q=<b>x</b>&new=1"):
        page = desk.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text and "<b>x</b>" not in page.text


def test_a_title_is_found_and_the_code_becomes_its_copy(home: Home, desk: DeskClient) -> None:
    number = code_of(home)
    assert f"id={ONE.title}" in desk.get(f"/desk/unknown/{number}?as=copy&q=书+14").text
    chosen = desk.get(f"/desk/unknown/{number}?as=copy&id={ONE.title}")
    assert "书 14" in said(chosen) and "1 copy so far" in said(chosen)
    answer = settle(desk, number, **{"do": "copy", "as": "copy", "id": ONE.title, "place": cast.SHELF})
    assert (answer.status_code, answer.location) == (303, "/desk")
    assert "can be lent at once" in said(desk.get("/desk"))
    home.scan(cast.XIAOMING.card)
    assert home.scan(CODE)["sound"] == "lent"


def test_a_new_title_comes_with_its_first_copy(home: Home, desk: DeskClient) -> None:
    number = code_of(home)
    form = {"do": "copy", "new": "1", "title": "新书", "author": "某人", "kind": "book", "new_place": "新书架"}
    assert settle(desk, number, **form).status_code == 303
    assert named(home, CODE) is not None


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(home: Home, desk: DeskClient) -> None:
    number = code_of(home)
    form = {"do": "copy", "as": "copy", "new": "1", "title": "新书", "isbn": "9787544253990", "place": cast.SHELF}
    answer = settle(desk, number, **form)
    assert answer.status_code == 422
    assert "This is no ISBN" in said(answer)
    assert 'value="新书"' in answer.text and 'value="9787544253990"' in answer.text
    assert named(home, CODE) is None


def test_the_same_form_sent_twice_adds_one_copy(home: Home, desk: DeskClient) -> None:
    number = code_of(home)
    form = {"do": "copy", "id": ONE.title, "place": cast.SHELF, "key": uuid4().hex}
    assert [settle(desk, number, **form).status_code for _ in range(2)] == [303, 303]


def test_a_form_without_its_key_is_no_form_of_ours(home: Home, desk: DeskClient) -> None:
    assert desk.send(f"/desk/unknown/{code_of(home)}", {"do": "dismiss"}).status_code == 400


def test_a_copy_of_ours_gets_the_code_as_its_new_label(home: Home, desk: DeskClient) -> None:
    number = code_of(home)
    assert f"id={ONE.id}" in desk.get(f"/desk/unknown/{number}?as=label&q={ONE.label}").text
    assert f"Its label {ONE.label} is replaced by {CODE}." in said(
        desk.get(f"/desk/unknown/{number}?as=label&id={ONE.id}")
    )
    assert settle(desk, number, do="label", id=ONE.id).status_code == 303
    assert named(home, CODE).id == ONE.id


def test_a_reader_is_found_by_the_sound_of_the_name_and_gets_the_card(home: Home, desk: DeskClient) -> None:
    number = code_of(home, "20269999")
    assert cast.XIAOMING.name in said(desk.get(f"/desk/unknown/{number}?as=card&q=wxm"))
    chosen = desk.get(f"/desk/unknown/{number}?as=card&id={cast.XIAOMING.id}")
    assert f"The card {cast.XIAOMING.card} is replaced by 20269999." in said(chosen)
    assert settle(desk, number, do="card", id=cast.XIAOMING.id).status_code == 303
    assert home.scan("20269999")["phase"] == "session"


def test_a_new_reader_is_there_with_the_card(home: Home, desk: DeskClient) -> None:
    number = code_of(home, "20269999")
    form = {"do": "reader", "as": "card", "new": "1", "name": "赵一鸣", "category": "student"}
    wrong = settle(desk, number, **form)
    assert wrong.status_code == 422 and "Choose the class" in said(wrong) and 'value="赵一鸣"' in wrong.text
    assert settle(desk, number, **form, new_class="4-2").status_code == 303
    with home.database.reading() as connection:
        assert connection.scalar(select(Reader.name).where(Reader.card == "20269999")) == "赵一鸣"


def test_an_assistant_sees_why_not_and_may_dismiss(home: Home) -> None:
    number, desk = code_of(home), home.sign_in("assistant")
    page = desk.get(f"/desk/unknown/{number}?as=copy&new=1")
    assert "Only a librarian may add to the stock." in said(page)
    assert "Add the copy" not in said(page)
    assert "Only a librarian" in said(settle(desk, number, do="copy", id=ONE.title, place=cast.SHELF))
    assert settle(desk, number, do="dismiss").status_code == 303


def test_a_code_settled_by_somebody_else_says_what_it_is_now(home: Home, desk: DeskClient) -> None:
    number = code_of(home)
    settle(desk, number, do="label", id=ONE.id)
    assert "It is a book's label now." in said(desk.get(f"/desk/unknown/{number}"))
    late = settle(desk, number, do="dismiss")
    assert late.status_code == 422 and "Somebody has seen to this code already." in said(late)


def test_a_code_that_never_was_is_no_page(desk: DeskClient) -> None:
    assert desk.get("/desk/unknown/999").status_code == 404


def test_a_publishers_isbn_asks_for_the_librarys_label_as_well(home: Home, desk: DeskClient) -> None:
    number = code_of(home, "9787544253994")
    page = desk.get(f"/desk/unknown/{number}?as=copy&new=1")
    assert "The library's label" in said(page) and 'name="isbn" value="9787544253994"' in page.text
    assert "Reader's card" not in said(page)


@pytest.mark.parametrize(
    ("wanted", "leads"), [("/desk/reconcile/3", "/desk/reconcile/3"), ("https://elsewhere.example", "/desk")]
)
def test_after_it_one_is_led_back_where_one_came_from_and_never_elsewhere(
    home: Home, desk: DeskClient, wanted: str, leads: str
) -> None:
    assert settle(desk, code_of(home), do="dismiss", next=wanted).location == leads


def test_as_long_as_codes_wait_the_next_page_is_their_list(home: Home, desk: DeskClient) -> None:
    number = code_of(home)
    code_of(home, "another")
    assert settle(desk, number, do="dismiss").location == "/desk/unknown"


# The picture


def test_every_hour_of_the_school_day_has_its_column() -> None:
    picture = chart([Hour(10, 3, 0), Hour(11, 0, 4)])
    assert [column.hour for column in picture.columns] == list(range(8, 17))
    assert [(bar.kind, bar.count) for column in picture.columns for bar in column.bars] == [
        ("lent", 3),
        ("returned", 4),
    ]
    assert [count for count, _ in picture.scale] == [0, 2, 4]


def test_an_early_and_a_late_hour_are_there_as_well() -> None:
    hours = [column.hour for column in chart([Hour(6, 1, 0), Hour(20, 0, 1)]).columns]
    assert (hours[0], hours[-1]) == (6, 20)


def test_no_bar_leaves_the_picture_or_vanishes() -> None:
    picture = chart([Hour(hour, 1, 5000) for hour in range(24)])
    bars = [bar for column in picture.columns for bar in column.bars]
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH and bar.y >= 0 and bar.height >= 2 for bar in bars)
    assert all(bar.y + bar.height <= HEIGHT for bar in bars)


def test_a_day_without_loans_is_an_empty_picture() -> None:
    assert chart([]).is_empty
    assert not chart([Hour(9, 1, 0)]).is_empty
