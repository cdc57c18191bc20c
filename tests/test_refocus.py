import cv2
import numpy as np
import pytest

from scanner.locate import Box
from scanner.refocus import Refocus, refocused, upright
from tests.scanner_helpers import code, on_desk

FORMATS = ("CODE128", "CODABAR", "CODE39")


def through_a_disc(picture, size):
    """The picture as a lens out of focus shows it."""
    side = 2 * int(size) + 1
    disc = np.zeros((side * 8, side * 8), np.float32)
    cv2.circle(disc, (side * 4, side * 4), round(size * 4), 1.0, -1)
    kernel = cv2.resize(disc, (side, side), interpolation=cv2.INTER_AREA)
    sensor = cv2.GaussianBlur(picture, (0, 0), 0.7)  # no sensor is quite sharp
    return cv2.filter2D(sensor, -1, kernel / kernel.sum())


def seen(text, symbology, size, lean=0.0):
    """A gray, slightly noisy frame of a label out of focus, and the box around its bars."""
    label = code(text, symbology, scale=2)
    gray = cv2.cvtColor(on_desk(label), cv2.COLOR_BGR2GRAY)
    middle = (40 + label.shape[1] / 2, 100 + label.shape[0] / 2)
    leaning = np.array([[1, lean, -lean * middle[1]], [0, 1, 0]], np.float32)
    gray = cv2.warpAffine(gray, leaning, (1280, 720), borderValue=190)
    noisy = through_a_disc(gray, size) + np.random.default_rng(2).normal(0, 3, gray.shape)
    box = Box(middle, 0.0, label.shape[1] - 100.0, label.shape[0] - 100.0, 1.0)
    return np.clip(noisy, 0, 255).astype(np.uint8), [box]


@pytest.mark.parametrize(
    ("text", "symbology", "size"), [("10482913", "Code128", 4.0), ("A31117013206375B", "Codabar", 3.25)]
)
def test_bars_blurred_by_nearly_two_of_their_widths_are_read(text, symbology, size):
    gray, boxes = seen(text, symbology, size)
    assert [one.text for one in Refocus(FORMATS)(gray, boxes)] == [text.strip("AB")]


def test_bars_that_lean_are_set_upright_first():
    gray, boxes = seen("10482913", "Code128", 4.0, lean=0.15)
    assert [one.text for one in Refocus(FORMATS)(gray, boxes)] == ["10482913"]


def test_a_label_of_the_school_is_sure_and_another_is_not():
    gray, boxes = seen("10482913", "Code128", 4.0)
    assert [one.sure for one in Refocus(FORMATS, [r"1\d{7}"])(gray, boxes)] == [1.0]
    assert [one.sure for one in Refocus(FORMATS, [r"2\d{7}"])(gray, boxes)] == [0.5]


def test_noise_says_nothing():
    rng = np.random.default_rng(4)
    boxes = [Box((300.0, 200.0), 0.3, 250.0, 80.0, 1.0)]
    for _ in range(10):
        noise = cv2.GaussianBlur(rng.integers(0, 255, (400, 600)).astype(np.uint8), (0, 0), float(rng.uniform(0.1, 5)))
        assert Refocus(FORMATS)(noise, boxes) == ()


def test_a_flat_strip_stays_flat_and_finite():
    line = upright(np.full((24, 60), 130, np.uint8))
    assert refocused(line, 6.0).shape == (24, 60)
