from math import radians

import cv2
import numpy as np
import pytest

from scanner.decoders import Zxing
from scanner.locate import Box
from scanner.strip import evened, rectify, sharpened
from tests.scanner_helpers import code
from tests.test_locate import desk_with

BARS = code("10000001")
WIDTH, HEIGHT = BARS.shape[1] - 80, BARS.shape[0] - 80


def strip_at(angle, rows=40):
    return rectify(desk_with(BARS, angle), Box((640.0, 360.0), -radians(angle), WIDTH, HEIGHT, 1.0), rows=rows)


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 133, 180])
def test_a_turned_code_stands_upright_in_its_strip_and_is_read(angle):
    assert [one.text for one in Zxing(("CODE128",)).strip(strip_at(angle).pixels)] == ["10000001"]


def test_a_strip_has_its_rows_and_twice_the_width_with_paper_on_both_sides():
    strip = strip_at(30)
    first, last = strip.inner
    assert strip.pixels.shape[0] == 40
    assert last - first == pytest.approx(2 * WIDTH, rel=0.02)
    assert strip.pixels[:, int(first) - 20 : int(first) - 6].min() > 180


def test_averaging_along_the_bars_takes_noise_away():
    noisy = desk_with(BARS, 0).astype(np.float64) + np.random.default_rng(1).normal(0, 30, (720, 1280))
    box = Box((640.0, 360.0), 0.0, WIDTH, HEIGHT, 1.0)
    strip = rectify(noisy.clip(0, 255).astype(np.uint8), box, rows=8)
    clean = rectify(desk_with(BARS, 0), box, rows=8)
    assert np.abs(strip.pixels.astype(int) - clean.pixels).mean() < 12


@pytest.mark.parametrize("angle", [0, 30, 90, 200])
def test_a_place_on_the_strip_is_found_again_in_the_picture(angle):
    strip = strip_at(angle)
    first, last = strip.inner
    assert strip.columns(strip.corners(first, last)) == pytest.approx((first, last), abs=0.01)
    assert strip.corners(first, last) == tuple(pytest.approx(corner) for corner in strip.box.corners)


def test_a_box_at_the_edge_of_the_picture_and_one_far_outside_make_strips_too():
    for centre in ((0.0, 0.0), (1279.0, 719.0), (-500.0, 9000.0)):
        assert rectify(desk_with(BARS, 0), Box(centre, 0.4, 200.0, 60.0, 1.0)).pixels.shape[0] == 40


def test_the_smallest_and_the_longest_box_make_strips():
    assert rectify(desk_with(BARS, 0), Box((640.0, 360.0), 0.0, 1.0, 1.0, 1.0)).pixels.size > 0
    assert rectify(desk_with(BARS, 0), Box((640.0, 360.0), 0.0, 9000.0, 1.0, 1.0)).pixels.shape[1] <= 2400


def test_sharpening_makes_a_blurred_edge_steeper():
    edge = cv2.GaussianBlur(np.repeat(np.array([[0] * 40 + [200] * 40], np.uint8), 8, axis=0), (0, 0), 4)
    assert np.diff(sharpened(edge, 2.0, 2.0)[4].astype(int)).max() > np.diff(edge[4].astype(int)).max()


def test_evening_out_gives_a_shaded_strip_one_black_and_one_white():
    shade = np.linspace(0.3, 1.0, strip_at(0).pixels.shape[1])
    shaded = evened((strip_at(0).pixels * shade).astype(np.uint8))
    inner = shaded[:, slice(*(int(column) for column in strip_at(0).inner))]
    left, right = np.array_split(inner, 2, axis=1)
    assert abs(float(np.percentile(left, 90)) - float(np.percentile(right, 90))) < 40
