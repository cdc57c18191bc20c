from math import cos, degrees, pi, sin

import cv2
import numpy as np
import pytest

from scanner.locate import Box, locate
from scanner.picture import gray_of
from tests.scanner_helpers import code, on_desk


def desk_with(label, angle, size=(720, 1280)):
    """A label in the middle of a gray desk, turned counter-clockwise by degrees, and its corners there."""
    picture = np.full(size, 190, np.uint8)
    middle = (size[1] // 2, size[0] // 2)
    top, left = middle[1] - label.shape[0] // 2, middle[0] - label.shape[1] // 2
    picture[top : top + label.shape[0], left : left + label.shape[1]] = label
    turn = cv2.getRotationMatrix2D(middle, angle, 1)
    return np.asarray(cv2.warpAffine(picture, turn, size[::-1], borderValue=190), np.uint8)


@pytest.mark.parametrize("angle", range(0, 180, 20))
def test_bars_are_found_at_every_angle_with_their_direction(angle):
    label = code("10000001")
    boxes = locate(desk_with(label, angle))
    best = boxes[0]
    assert abs(best.centre[0] - 640) < 25 and abs(best.centre[1] - 360) < 25
    off = (degrees(best.angle) + angle) % 180
    assert min(off, 180 - off) < 2
    bars = label.shape[1] - 80
    assert 0.8 * bars < best.width < 1.25 * bars


def test_an_empty_desk_and_noise_hold_no_bars():
    assert locate(np.full((720, 1280), 190, np.uint8)) == ()
    noise = np.random.default_rng(1).normal(128, 12, (720, 1280)).clip(0, 255).astype(np.uint8)
    assert locate(noise) == ()


def test_two_labels_side_by_side_are_two_boxes():
    picture = gray_of(on_desk(code("10000001"), code("9787020002207", "EAN13")))
    left, right = sorted(locate(picture), key=lambda box: box.centre)[:2]
    assert left.centre[0] < 440 < right.centre[0]


def test_a_blurred_label_is_still_located():
    picture = cv2.GaussianBlur(desk_with(code("9787020002207", "EAN13"), 30), (0, 0), 4)
    best = locate(np.asarray(picture, np.uint8))[0]
    assert abs(best.centre[0] - 640) < 40 and abs(best.centre[1] - 360) < 40


def test_the_edge_of_a_table_is_no_code():
    picture = np.full((720, 1280), 60, np.uint8)
    picture[:, 600:] = 200
    assert locate(picture) == ()


@pytest.mark.parametrize("shape", [(1, 1), (5, 900), (900, 5), (8, 8), (33, 20)])
def test_a_picture_too_small_for_bars_has_none_and_does_no_harm(shape):
    assert all(isinstance(box, Box) for box in locate(np.zeros(shape, np.uint8)))


@pytest.mark.parametrize("angle", [0.0, 0.5, pi / 2, -1.2])
def test_the_corners_of_a_box_go_around_it_beginning_at_its_upper_left(angle):
    one, two, three, four = Box((100.0, 50.0), angle, 40.0, 20.0, 1.0).corners
    across, along = (cos(angle) * 40, sin(angle) * 40), (-sin(angle) * 20, cos(angle) * 20)
    assert two == pytest.approx((one[0] + across[0], one[1] + across[1]))
    assert four == pytest.approx((one[0] + along[0], one[1] + along[1]))
    assert three == pytest.approx((two[0] + along[0], two[1] + along[1]))
