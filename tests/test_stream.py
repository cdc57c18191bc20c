"""The stream tells the whole view at every change, beats in between, and is capped."""

import json
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import update

from kiosk.models import Title
from tests import cast
from tests.house import Home
from web import MOST_STREAMS, stream
from web.preview import Preview
from web.stream import Streams


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_new_screen_is_told_at_once_what_is_so(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    first = next(stream.events(home.entrance)).decode()
    data = json.loads(first.split("data: ")[1])
    assert "event: view" in first
    assert data["phase"] == "session"


def test_the_event_id_is_the_ledger_id_of_what_is_shown(home: Home) -> None:
    told = home.scan(cast.XIAOMING.card)
    first = next(stream.events(home.entrance)).decode()
    assert first.startswith(f"id: {told['outcome']}\n")


def test_a_change_comes_as_a_view_and_silence_as_a_beat(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BEAT", 0.01)
    events = stream.events(home.entrance)
    next(events)
    assert next(events) == b": beat\n\n"
    home.scan(cast.XIAOMING.card)
    assert b"event: view" in next(events)


def test_a_title_with_a_line_break_cannot_break_an_event(home: Home) -> None:
    cast.change(home.database, update(Title).where(Title.id == cast.FERRY.title).values(title="a\n\ndata: x\r\n"))
    home.scan(cast.FERRY.label)
    event = next(stream.events(home.entrance)).decode()
    assert event.count("\n\n") == 1
    assert event.endswith("\n\n")


def test_past_the_cap_a_screen_is_told_to_come_back(home: Home) -> None:
    streams = Streams(2)
    first, second = (streams.respond(lambda: iter([b"x"]), "text/plain") for _ in range(2))
    assert streams.respond(lambda: iter([b"x"]), "text/plain").status_code == 503
    first.close()
    first.close()  # twice is once
    assert streams.respond(lambda: iter([b"x"]), "text/plain").status_code == 200
    assert streams.respond(lambda: iter([b"x"]), "text/plain").status_code == 503
    second.close()


def test_scans_still_work_when_every_stream_is_taken(home: Home) -> None:
    streams = home.app.extensions["kiosk"].streams
    kept = [streams.respond(lambda: iter([b"x"]), "text/plain") for _ in range(MOST_STREAMS)]
    assert home.client.get("/events").status_code == 503
    assert home.scan(cast.XIAOMING.card)["phase"] == "session"
    for each in kept:
        each.close()


def test_pictures_are_made_only_while_somebody_looks() -> None:
    wanted: list[bool] = []
    preview = Preview(wanted.append)
    first, second = preview.stream(), preview.stream()
    next(first), next(second)
    assert wanted == [True]
    first.close()
    assert wanted == [True]
    second.close()
    assert wanted == [True, False]


def test_a_watcher_sees_the_newest_picture_and_never_an_old_one() -> None:
    preview = Preview(lambda wanted: None)
    preview.show(b"old")
    watching = preview.stream()
    next(watching)
    preview.show(b"skipped")
    preview.show(b"newest")
    assert next(watching).startswith(b"newest\r\n")


def test_a_picture_is_shown_at_once_for_the_head_of_the_next_one_follows_it() -> None:
    preview = Preview(lambda wanted: None)
    watching = preview.stream()
    head = next(watching)
    preview.show(b"picture")
    assert next(watching) == b"picture\r\n" + head
    assert head == b"--picture\r\nContent-Type: image/jpeg\r\n\r\n"


def test_a_silent_camera_ends_the_stream_and_leaves_no_frozen_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.preview._PATIENCE", 0.01)
    _, last = list(islice(Preview(lambda wanted: None).stream(), 5))
    assert last.startswith(b"GIF89a\x01\x00\x01\x00")  # one pixel by one
