import cv2
import numpy as np
import pytest

from scanner.hints import GLARE, GONE, HINTS, TOO_BLURRED, TOO_DARK, TOO_NEAR, TOO_SMALL, WAIT, Hints, trouble_with
from scanner.locate import Box, locate
from tests.scanner_helpers import code, on_desk

FRAME = 1 / 30


def held(change=lambda gray: gray, scale=3):
    """A gray frame with a label in it, changed, and the box around the label's bars."""
    label = code("10482913", scale=scale)[:500]
    gray = cv2.cvtColor(on_desk(label), cv2.COLOR_BGR2GRAY)
    bars = 79 * scale
    left, top = 40 + 40 + 10 * scale, 100 + 40
    height = label.shape[0] - 80
    box = Box((left + bars / 2, top + height / 2), 0.0, float(bars), height * 0.8, 1000.0)
    return change(gray), box


def blurred(gray):
    return cv2.GaussianBlur(gray, (0, 0), 4.0)


def dark(gray):
    return (gray // 5).astype(np.uint8)


def mirrored(gray):
    shining = gray.astype(np.float32)
    cv2.ellipse(shining, (210, 215), (30, 90), 0, 0, 360, 255.0, -1)
    return np.clip(shining, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("change", "scale", "hint"),
    [
        (blurred, 3, TOO_BLURRED),
        (dark, 3, TOO_DARK),
        (mirrored, 3, GLARE),
        (lambda gray: gray, 1, TOO_SMALL),
        (lambda gray: gray, 11, TOO_NEAR),
    ],
)
def test_each_trouble_has_its_word(change, scale, hint):
    assert trouble_with(*held(change, scale)) == hint


def test_a_label_that_could_be_read_has_no_trouble():
    assert trouble_with(*held()) == ""


def test_a_box_without_bars_in_it_is_no_code_and_has_no_trouble():
    desk = cv2.cvtColor(on_desk(), cv2.COLOR_BGR2GRAY)
    cv2.rectangle(desk, (500, 100), (900, 500), 60, -1)
    assert trouble_with(desk, Box((700.0, 300.0), 0.0, 600.0, 200.0, 1.0)) is None


def said(hints, frames, start=0.0):
    """Feed (gray, boxes, read) a thirtieth of a second apart; returns (seconds from the start, what was said)."""
    heard = []
    for number, (gray, boxes, read) in enumerate(frames):
        word = hints.see(gray, boxes, read, start + number * FRAME)
        if word is not None:
            heard.append((number * FRAME, word))
    return heard


def unread(change=blurred):
    gray, box = held(change)
    return (gray, [box], False)


def test_nothing_is_said_before_some_seconds_then_one_word_once():
    heard = said(Hints(), [unread()] * 150)
    assert [word for _, word in heard] == [TOO_BLURRED]
    assert WAIT <= heard[0][0] <= WAIT + 0.2


def test_a_word_ends_when_the_code_is_read_and_when_it_is_taken_away():
    hints = Hints()
    gray, box = held()
    assert [word for _, word in said(hints, [unread()] * 90)] == [TOO_BLURRED]
    assert [word for _, word in said(hints, [(gray, [box], True)], start=3.0)] == [""]
    assert [word for _, word in said(hints, [unread()] * 90, start=4.0)] == [TOO_BLURRED]
    heard = said(hints, [(gray, [], False)] * 60, start=7.0)
    assert [word for _, word in heard] == [""] and heard[0][0] <= GONE + 0.1


def test_a_code_that_is_read_now_and_then_needs_no_hint():
    gray, box = held()
    frames = ([unread()] * 60 + [(gray, [box], True)]) * 5
    assert said(Hints(), frames) == []


def test_while_frames_disagree_nothing_new_is_said():
    frames = [unread(blurred), unread(dark), unread(mirrored), unread(lambda gray: gray)]
    each = [frame for frame in frames for _ in range(4)]  # a judgement every tenth of a second
    assert said(Hints(), each * 12) == []


def test_frames_that_were_not_looked_at_end_nothing_at_once():
    hints = Hints()
    said(hints, [unread()] * 90)
    assert said(hints, [(None, (), False)] * 15, start=3.0) == []
    assert [word for _, word in said(hints, [(None, (), False)] * 60, start=3.5)] == [""]


def test_the_bars_that_the_locator_finds_are_judged_at_any_angle():
    gray, _ = held()
    turned = cv2.warpAffine(gray, cv2.getRotationMatrix2D((250, 220), 40, 1.0), (1280, 720), borderValue=190)
    softened = cv2.GaussianBlur(turned, (0, 0), 3.0)
    assert trouble_with(softened, locate(softened)[0]) == TOO_BLURRED


@pytest.mark.parametrize("size", [(1.0, 1.0), (3.0, 400.0), (5000.0, 5000.0), (30.0, 0.5)])
def test_a_box_of_any_size_anywhere_is_judged_without_fault(size):
    gray = np.random.default_rng(1).integers(0, 255, (90, 160), np.uint8)
    assert trouble_with(gray, Box((-10.0, 95.0), 1.0, *size, 1.0)) in (None, "", *HINTS)
