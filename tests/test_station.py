"""A station holds its conversation through silence, restarts and a broken database."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from kiosk import reserving
from kiosk.config import Timing
from kiosk.database import DatabaseError
from tests import cast
from tests.house import Home
from web import create_app


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, timing=Timing(session_seconds=30, outcome_seconds=10))


def test_silence_closes_a_session_and_then_forgets_the_goodbye(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    home.scan(cast.FERRY.label)
    home.clock.turn(29)
    home.entrance.tick()
    assert home.entrance.view().phase == "session"
    home.clock.turn(1)
    home.entrance.tick()
    assert home.entrance.view().phase == "finished"
    assert home.entrance.view().summary == (1, 0, 0)
    home.clock.turn(10)
    home.entrance.tick()
    view = home.entrance.view()
    assert (view.phase, view.outcome, view.reader) == ("idle", None, None)


def test_every_scan_starts_the_silence_anew(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    for thing in cast.PLAIN[:2]:
        home.clock.turn(25)
        home.scan(thing.label)
    assert home.entrance.view().phase == "session"


def test_the_next_pupils_card_scanned_early_closes_the_pupil_before(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    home.scan(cast.LIHUA.card)
    reader = home.entrance.view().reader
    assert reader is not None and reader.name == "华"


def test_a_waiting_book_is_let_go_in_silence(home: Home) -> None:
    home.scan(cast.FERRY.label)
    assert home.entrance.view().phase == "holding"
    home.clock.turn(31)
    home.entrance.tick()
    assert home.entrance.view().phase == "idle"


def test_a_restarted_station_takes_up_the_open_session(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    home.scan(cast.FERRY.label)
    before = home.entrance.view()
    app = create_app(home.config, home.database, home.clock)
    station = app.extensions["kiosk"].stations[0]
    station.start()
    after = station.view()
    station.stop()
    assert (after.phase, after.reader, after.deeds) == (before.phase, before.reader, before.deeds)
    assert after.outcome is not None and before.outcome is not None
    assert after.outcome.id == before.outcome.id  # the same id: the screen does not sound again


def test_a_language_lasts_as_long_as_the_visit(home: Home) -> None:
    told = home.scan("KIOSK-LANGUAGE:en")
    assert told["language"] == "en"
    home.scan(cast.XIAOMING.card)
    assert home.scan(cast.FERRY.label)["language"] == "en"
    home.scan("KIOSK-DONE")
    home.clock.turn(11)
    home.entrance.tick()
    assert home.entrance.payload()["language"] == "zh_Hans"


def test_a_broken_database_is_said_in_words_and_the_session_stays(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.scan(cast.XIAOMING.card)

    def full(work: Callable[..., object]) -> object:
        raise DatabaseError("The disk is full. Free some space; nothing that was acknowledged is lost.", retry=True)

    monkeypatch.setattr(home.database, "write", full)
    told = home.scan(cast.FERRY.label)
    assert told["sound"] == "refused"
    assert "磁盘满了" in told["html"]
    monkeypatch.undo()
    assert home.scan(cast.FERRY.label)["sound"] == "lent"


def test_a_screen_is_woken_by_a_scan_and_by_what_the_camera_sees(home: Home) -> None:
    station = home.entrance
    seq = station.payload()["seq"]
    assert not station.news(seq, station.eye.number, 0.01)
    home.scan(cast.XIAOMING.card)
    assert station.news(seq, station.eye.number, 0.01)
    seq, number = station.payload()["seq"], station.eye.number
    station.eye.marked([{"corners": [[0, 0], [1, 0], [1, 1], [0, 1]], "read": False}])
    assert station.news(seq, number, 0.01)
    assert station.payload()["seq"] == seq  # the screen itself is not painted anew


def test_a_hint_is_said_in_the_language_of_the_station(home: Home) -> None:
    home.entrance.eye.hinted("TOO_DARK")
    assert home.entrance.look()["hint"] == "请开亮一点"
    home.scan("KIOSK-LANGUAGE:en")
    assert home.entrance.look()["hint"] == "More light, please."
    home.entrance.eye.hinted("")
    assert home.entrance.look()["hint"] == ""


def test_a_device_that_is_lost_is_said_until_it_is_ready(home: Home) -> None:
    home.entrance.devices.said("camera", "lost", "CAMERA_UNPLUGGED")
    assert "摄像头" in home.entrance.view().devices[0].sentence
    home.entrance.devices.said("camera", "starting", "")
    assert home.entrance.view().devices[0].sentence
    home.entrance.devices.said("camera", "ready", "")
    assert home.entrance.view().devices[0].sentence == ""


def test_the_seconds_left_never_fall_below_zero(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    home.clock.turn(500)
    assert home.entrance.payload()["seconds"] == 0


def test_a_clock_set_back_does_not_hold_a_session_open_for_ever(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    home.clock.turn(-3600)
    home.entrance.tick()
    home.clock.turn(31)
    home.entrance.tick()
    assert home.entrance.view().phase == "finished"


def test_a_time_given_by_a_screen_is_never_in_the_future(home: Home) -> None:
    future = datetime.fromisoformat("2030-01-01T00:00:00+00:00")
    home.entrance.scan(cast.XIAOMING.card, "", "scan-id-0001", future)
    assert home.entrance.payload()["seconds"] == 30


def test_a_book_that_has_come_back_and_is_not_lent_on_is_to_be_put_in_the_box(home: Home) -> None:
    desk = home.app.extensions["kiosk"].desk
    desk.lend(cast.LIHUA.id, cast.FERRY.id, station=cast.ROOM, now=home.clock.now)
    work = lambda counter: reserving.reserve(counter, cast.FERRY.title, cast.TEACHER.id)  # noqa: E731
    assert desk.at_counter(cast.ROOM, home.clock.now, None, work).verb == "reserved"
    home.scan(cast.XIAOMING.card)
    home.scan(cast.FERRY.label)
    home.clock.turn(5)
    home.scan(cast.FERRY.label)
    outcome = home.entrance.view().outcome
    assert outcome is not None
    assert (outcome.verb, outcome.next) == ("refused", "请放进还书箱")
