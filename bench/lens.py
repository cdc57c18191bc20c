"""What a lens, a shutter and a camera's compression make of a flat thing in space."""

from math import cos, hypot, sin
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.drawing import Gray, Ink

WIDTH, HEIGHT = 1280, 720
Matrix = NDArray[np.float64]
Box = tuple[int, int, int, int]  # left, top, right, bottom
_LONGEST_SMEAR = 40.0  # pixels: beyond it nothing can be read, and the filter costs


def turned(pitch: float, yaw: float, roll: float) -> Matrix:
    """The rotation by these angles, in radians."""
    about_x = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    about_y = np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    about_z = np.array([[cos(roll), -sin(roll), 0], [sin(roll), cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_x @ about_y @ about_z)


def through(place: Matrix, points: list[tuple[float, float]]) -> Matrix:
    """Where these points are seen."""
    seen = np.column_stack([np.array(points, dtype=np.float64), np.ones(len(points))]) @ place.T
    return np.asarray(seen[:, :2] / seen[:, 2:])


def clipped(corners: Matrix, margin: int) -> Box | None:
    """Left, top, right, bottom of what these corners cover of the picture."""
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - margin, 0)
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + margin, (WIDTH, HEIGHT))
    return (int(left), int(top), int(right), int(bottom)) if left + 1 < right and top + 1 < bottom else None


def lay(picture: Gray, sheet: Gray, place: Matrix, corners: Matrix, box: Box) -> None:
    """Lay the sheet over the picture at its place."""
    left, top, right, bottom = box
    size = (right - left, bottom - top)
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
    seen = cv2.warpPerspective(sheet, shift @ place, size)
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillConvexPoly(mask, np.rint(corners - (left, top)).astype(np.int32), 255, cv2.LINE_AA)
    share = mask.astype(np.float32) / 255
    part = picture[top:bottom, left:right]
    part[:] = part * (1 - share) + seen * share


def smear(picture: Gray, box: Box, way: Matrix) -> None:
    """What moves by this way, in pixels, while the shutter is open."""
    length = min(hypot(*way), _LONGEST_SMEAR)
    if length < 0.7:
        return
    side = 2 * int(length / 2 + 1) + 1
    kernel = np.zeros((side, side), np.float32)
    x, y = way / hypot(*way) * length / 2
    middle = side // 2
    for part in np.linspace(-1, 1, 4 * side):
        column, row = middle + part * x, middle + part * y
        kernel[round(row), round(column)] += 1
    left, top, right, bottom = box
    part_of = picture[top:bottom, left:right]
    part_of[:] = cv2.filter2D(part_of, -1, kernel / kernel.sum())


def add(picture: Gray, spot: Gray, middle: Matrix) -> None:
    """Add a spot of light around a point."""
    tall, wide = spot.shape
    x, y = (int(value) for value in middle)
    left, top = x - wide // 2, y - tall // 2
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + wide, WIDTH), min(top + tall, HEIGHT)
    if x0 < x1 and y0 < y1:
        picture[y0:y1, x0:x1] += spot[y0 - top : y1 - top, x0 - left : x1 - left]


def out_of_focus(sheet: Ink, diameter: float, least: float) -> Gray:
    """The sheet out of focus by a disc of this diameter, and by the sensor's own softness."""
    soft = cv2.GaussianBlur(sheet.astype(np.float32), (0, 0), least)
    if diameter < 1.5:
        return np.asarray(soft, dtype=np.float32)
    fine = 8
    side = 2 * int(diameter / 2 + 1.5) + 1
    disc = np.zeros((side * fine, side * fine), np.float32)
    cv2.circle(disc, (side * fine // 2, side * fine // 2), round(diameter / 2 * fine), 1.0, -1)
    kernel = cv2.resize(disc, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.filter2D(soft, -1, kernel / kernel.sum()), dtype=np.float32)


def jpeg_of(colour: NDArray[Any], quality: int) -> bytes:
    """A camera's own compression."""
    return cv2.imencode(".jpg", colour, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
