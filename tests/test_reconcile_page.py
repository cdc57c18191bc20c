"""Reconciling the returns as pages of the desk: what each scan is answered, what is listed, what is printed."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from sqlalchemy import select

from kiosk import outcome
from kiosk.models import Copy
from kiosk.models_desk import UnknownCode
from tests import cast
from tests.cast import DAY, HOUR, PLAIN
from tests.house import DeskClient, Home

ONE, TWO, THREE = PLAIN[:3]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, language="en")


@pytest.fixture
def desk(home: Home) -> DeskClient:
    return home.sign_in()


def told(home: Home, *things: cast.Thing) -> None:
    """Books that a teacher had, returned at the entrance an hour ago."""
    desk, now = home.app.extensions["kiosk"].desk, home.clock()
    for thing in things:
        lent = desk.lend(cast.TEACHER.id, thing.id, station=cast.ENTRANCE, now=now - DAY)
        assert lent.verb == outcome.LENT
        desk.take_back(thing.id, station=cast.ENTRANCE, now=now - HOUR)


def opened(desk: DeskClient, *stations: str) -> str:
    """Open these boxes; the address of the reconciliation."""
    answer = desk.send("/desk/reconcile", {"station": list(stations or (cast.ENTRANCE,))})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def scan(desk: DeskClient, address: str, text: str, scan_id: str = "") -> Any:
    """One code; what the page is answered."""
    answer = desk.ask(f"{address}/scan", {"id": scan_id or uuid4().hex, "text": text})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_boxes_are_listed_with_what_each_was_told(home: Home, desk: DeskClient) -> None:
    told(home, ONE, TWO)
    page = desk.get("/desk/reconcile").text
    assert "2 books told" in page and "0 books told" in page
    assert "No box has been emptied yet." in page


def test_a_box_is_opened_once_and_gone_on_with(home: Home, desk: DeskClient) -> None:
    address = opened(desk)
    assert opened(desk) == "/desk/reconcile"
    page = desk.get("/desk/reconcile").text
    assert "Open: go on" in page and address in page
    assert "One of these boxes is open already" in page


def test_whoever_ticks_nothing_or_a_station_that_is_not_there_is_told_to_tick_a_box(desk: DeskClient) -> None:
    answer = desk.send("/desk/reconcile", {"station": "no such station"}, follow_redirects=True)
    assert "Tick a box first." in answer.text


@pytest.mark.parametrize("role", ["librarian", "assistant"])
def test_both_roles_may_reconcile(home: Home, role: str) -> None:
    told(home, ONE)
    desk = home.sign_in(role)
    said = scan(desk, opened(desk), ONE.label)
    assert "Confirmed" in said["said"] and said["sound"] == "returned"


def test_each_scan_is_answered_with_its_word_and_the_count(home: Home, desk: DeskClient) -> None:
    told(home, ONE)
    address = opened(desk)
    answers = [scan(desk, address, text) for text in (ONE.label, ONE.label, TWO.label, "??", cast.XIAOMING.card)]
    words = ("Confirmed", "Scanned already", "Was not on loan", "Unknown code", "A reader")
    assert all(word in each["said"] for word, each in zip(words, answers, strict=True))
    assert [each["sound"] for each in answers] == ["returned", "again", "renewed", "refused", "refused"]
    assert 'id="tally-box">3<' in answers[-1]["body"] and 'id="tally-extra">2<' in answers[-1]["body"]


def test_the_same_scan_sent_twice_counts_once(home: Home, desk: DeskClient) -> None:
    told(home, ONE)
    address = opened(desk)
    first, again = (scan(desk, address, ONE.label, "the-same-scan") for _ in range(2))
    assert first["said"] == again["said"] and first["body"] == again["body"]


@pytest.mark.parametrize(
    "code",
    ["<script>alert(1)</script>", "'; DROP TABLE loan; --", "\x00\x1b[2J\x07", "A" * 10_000, "‮evil", "💥" * 300, ""],
)
def test_a_hostile_code_is_shown_as_a_text_and_stops_nothing(home: Home, desk: DeskClient, code: str) -> None:
    told(home, ONE)
    address = opened(desk)
    answer = scan(desk, address, code)
    assert "<script>" not in answer["said"] + answer["body"]
    assert "Unknown code" in answer["said"]
    assert "Confirmed" in scan(desk, address, ONE.label)["said"]
    with home.database.reading() as connection:
        kept = connection.scalars(select(UnknownCode.text)).all()
    assert all(text.isprintable() and len(text) <= 80 for text in kept)


@pytest.mark.parametrize("body", [None, [], {"id": "short", "text": "x"}, {"id": "a-good-id-1"}, {"text": "x"}])
def test_what_is_no_scan_is_turned_away(desk: DeskClient, body: Any) -> None:
    assert desk.ask(f"{opened(desk)}/scan", body).status_code in (400, 415)


def test_a_line_is_taken_out_and_a_book_sent_to_repair(home: Home, desk: DeskClient) -> None:
    told(home, ONE, TWO)
    address = opened(desk)
    for thing in (ONE, TWO):
        scan(desk, address, thing.label)
    repair = {"id": "repair-the-first", "do": "repair", "text": "wet"}
    assert "To be repaired" in desk.ask(f"{address}/lines/1", repair).json["said"]
    assert "To be repaired" in desk.ask(f"{address}/lines/1", repair).json["said"]  # sent twice
    undone = desk.ask(f"{address}/lines/2", {"id": "undo-the-second", "do": "undo"}).json
    assert "Taken out of the list" in undone["said"] and 'id="tally-missing">1<' in undone["body"]
    again = desk.ask(f"{address}/lines/2", {"id": "undo-it-once-more", "do": "undo"}).json
    assert "Things have moved on" in again["said"]
    with home.database.reading() as connection:
        assert connection.scalars(select(Copy.state).where(Copy.id == ONE.id)).one() == "repair"


def test_the_finished_page_lists_the_missing_and_takes_their_verdicts(home: Home, desk: DeskClient) -> None:
    told(home, ONE, TWO, THREE)
    address = opened(desk)
    desk.send(f"{address}/finish")
    page = desk.get(address).text
    assert page.count("data-unseen=") == 3 and cast.TEACHER.name in page
    desk.send(f"{address}/missing/1", {"verdict": "searching"})
    desk.send(f"{address}/missing/2", {"verdict": "reopened"})
    assert "Seen on the shelf" in scan(desk, address, THREE.label)["said"]
    assert "Not missing" in scan(desk, address, THREE.label)["said"]
    page = desk.get(address).text
    assert "The loan is open again" in page and "Still searching" in page
    late = desk.send(f"{address}/missing/2", {"verdict": "shelf"}, follow_redirects=True)
    assert "This was settled meanwhile. Nothing was changed." in late.text


def test_the_trolley_and_the_report_of_the_term(home: Home, desk: DeskClient) -> None:
    told(home, ONE, TWO)
    address = opened(desk)
    assert "Nothing to put back yet." in desk.get(f"{address}/trolley").text
    assert "No box was emptied in these days." in desk.get("/desk/reconcile/report").text
    scan(desk, address, ONE.label)
    desk.send(f"{address}/finish")
    assert ONE.label in desk.get(f"{address}/trolley").text
    report = desk.get("/desk/reconcile/report").text
    assert "1 box was emptied." in report and cast.ENTRANCE in report and "50.0" in report
    assert desk.get("/desk/reconcile/report?since=nonsense&until=2026-13-45").status_code == 200


def test_a_reconciliation_that_is_not_there_is_not_found(desk: DeskClient) -> None:
    for path in ("", "/body", "/trolley"):
        assert desk.get(f"/desk/reconcile/99{path}").status_code == 404
    assert desk.ask("/desk/reconcile/99/scan", {"id": uuid4().hex, "text": "1"}).status_code == 404


def test_an_unknown_code_of_the_box_is_named_and_then_counts_as_the_copy_it_is(home: Home, desk: DeskClient) -> None:
    told(home, ONE)
    address = opened(desk)
    body = scan(desk, address, "TORN-1")["body"]
    place = re.search(r'href="(/desk/unknown/\d+)\?next=([^"]+)"', body)
    assert place and unquote(place[2]) == address
    form = {"do": "label", "key": uuid4().hex, "old": ONE.label, "id": ONE.id}
    page = desk.get(f"{place[1]}?as=label&q={ONE.label}&next={address}").text
    assert ONE.label in page
    answer = desk.send(place[1], {**form, "next": address})
    assert answer.status_code == 303, answer.text
    assert 'id="tally-missing">0<' in desk.get(f"{address}/body").text
