from datetime import UTC, datetime
from threading import Event

import cv2
import numpy as np

from scanner.preview import Previewer

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
FRAME = np.full((720, 1280, 3), 120, np.uint8)


def shown(rate, seconds=4.0, wanted=True):
    event = Event()
    if wanted:
        event.set()
    previewer = Previewer(event)
    return [previewer.offer(FRAME, 100.0 + n / rate, NOW) for n in range(int(rate * seconds))]


def test_while_nobody_looks_no_preview_is_made():
    assert shown(30, wanted=False) == [None] * 120


def test_a_fast_camera_gives_fifteen_previews_a_second_and_no_more():
    for rate in (20, 25, 30, 60):
        assert abs(sum(one is not None for one in shown(rate)) - 60) <= 1


def test_a_slow_camera_shows_every_frame():
    assert None not in shown(10)


def test_after_a_pause_of_the_camera_previews_do_not_come_in_a_burst():
    wanted = Event()
    wanted.set()
    previewer = Previewer(wanted)
    previewer.offer(FRAME, 100.0, NOW)
    after = [previewer.offer(FRAME, 160.0 + n * 0.001, NOW) for n in range(60)]
    assert 1 <= sum(one is not None for one in after) <= 2


def test_a_preview_is_a_small_jpeg_of_the_frame_that_was_offered():
    preview = shown(1, 1.0)[0]
    picture = cv2.imdecode(np.frombuffer(preview.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (270, 480, 3) and (preview.width, preview.height) == (480, 270)
    assert abs(int(picture.mean()) - 120) <= 2 and len(preview.jpeg) < 30_000
    assert preview.at == NOW


def test_looking_away_and_back_is_obeyed_at_the_next_frame():
    wanted = Event()
    previewer = Previewer(wanted)
    assert previewer.offer(FRAME, 1.0, NOW) is None
    wanted.set()
    assert previewer.offer(FRAME, 1.01, NOW) is not None
    wanted.clear()
    assert previewer.offer(FRAME, 2.0, NOW) is None


def test_the_narrowest_picture_still_has_a_height():
    wanted = Event()
    wanted.set()
    assert Previewer(wanted).offer(np.zeros((1, 5000, 3), np.uint8), 1.0, NOW).height == 1
