"""Where bars may be: regions in which all edges run the same way, as boxes turned with the bars.

The structure tensor of a small copy of the picture says of every cell how strong its edges are and how well
their directions agree. Cells that agree with their neighbours are joined, and a box is laid around each group
along its own direction, so that a code is found at any angle at one price.
"""

from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.picture import Gray
from scanner.reading import Corners, Point

MOST_BOXES = 3
_SIDE = 640  # pixels of the longer side at which edges are looked at
_CELL = 4  # pixels of that copy that are averaged into one cell
_SMOOTH = 5  # cells over which directions must agree
_CLOSE = 5  # cells: gaps between wide bars
_COHERENCE = 0.7  # how well: 1 is parallel bars, 0 is print or leaves
_EDGES = 10.0  # the least mean squared gradient of a cell: a blurred bar's is some hundred, noise's is below 20
_DENSITY = 0.3  # the least part of a cell's surroundings that edges fill
_BALANCE = 0.4  # at most this part of the edges may be of one sign only: bars go up as often as down
_SAME_WAY = 0.1  # radians within which boxes in one line are taken for one code
_GAP = 0.6  # of their height: how far apart they may be
_SMALLEST = 24  # cells that a code covers at least
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """A region of parallel bars, in pixels of the picture.

    `angle` is the direction that crosses the bars, in radians from the x axis towards y, within half a turn.
    `width` is measured along it, across the bars; `height` along the bars. `score` sorts boxes, best first.
    """

    centre: Point
    angle: float
    width: float
    height: float
    score: float

    @property
    def corners(self) -> Corners:
        """In turn: upper left, upper right, lower right, lower left as seen with the bars upright."""
        x, y = self.centre
        along = (cos(self.angle) * self.width / 2, sin(self.angle) * self.width / 2)
        down = (-sin(self.angle) * self.height / 2, cos(self.angle) * self.height / 2)
        return (
            (x - along[0] - down[0], y - along[1] - down[1]),
            (x + along[0] - down[0], y + along[1] - down[1]),
            (x + along[0] + down[0], y + along[1] + down[1]),
            (x - along[0] + down[0], y - along[1] + down[1]),
        )


def locate(gray: Gray, most: int = MOST_BOXES) -> tuple[Box, ...]:
    """The regions of parallel bars, the most promising first."""
    scale = min(1.0, _SIDE / max(gray.shape))
    if scale * min(gray.shape) < 2 * _CELL:
        return ()
    small = gray if scale == 1 else cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    field = _field(np.asarray(small, np.uint8))
    bars = np.asarray(cv2.morphologyEx(field.bars, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    bars = np.asarray(cv2.morphologyEx(bars, cv2.MORPH_CLOSE, np.ones((_CLOSE, _CLOSE), np.uint8)), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(bars, connectivity=4)
    boxes = []
    for label in np.argsort(-stats[1:, cv2.CC_STAT_AREA])[: 2 * most] + 1:
        if stats[label, cv2.CC_STAT_AREA] < _SMALLEST:
            break
        boxes.append(_box(labels == label, field, _CELL / scale))
    return tuple(sorted(_joined(boxes), key=lambda box: -box.score)[:most])


def _joined(boxes: list[Box]) -> list[Box]:
    """The boxes, with those that lie in one line close to each other made one: wide gaps part a code's bars."""
    joined: list[Box] = []
    for box in sorted(boxes, key=lambda box: -box.width):
        for n, other in enumerate(joined):
            if _in_line(other, box):
                joined[n] = _around(other, box)
                break
        else:
            joined.append(box)
    return joined


def _in_line(one: Box, other: Box) -> bool:
    turned = abs(one.angle - other.angle) % pi
    along, down = _from(one, other.centre)
    gap = abs(along) - (one.width + other.width) / 2
    low, high = sorted((one.height, other.height))
    return min(turned, pi - turned) < _SAME_WAY and abs(down) < low / 3 and gap < _GAP * high and low > high / 2


def _from(box: Box, point: Point) -> tuple[float, float]:
    """How far a point is from the middle of a box, across its bars and along them."""
    x, y = point[0] - box.centre[0], point[1] - box.centre[1]
    return (x * cos(box.angle) + y * sin(box.angle), y * cos(box.angle) - x * sin(box.angle))


def _around(one: Box, other: Box) -> Box:
    """The box in the first one's direction that holds both."""
    along, down = zip(*(_from(one, corner) for corner in one.corners + other.corners), strict=True)
    u, v = (min(along) + max(along)) / 2, (min(down) + max(down)) / 2
    x, y = one.centre
    centre = (x + u * cos(one.angle) - v * sin(one.angle), y + u * sin(one.angle) + v * cos(one.angle))
    return Box(centre, one.angle, max(along) - min(along), max(down) - min(down), one.score + other.score)


@dataclass(frozen=True, slots=True)
class _Field:
    """Per cell: whether it looks like bars, how strong its edges are, and their direction in doubled angles."""

    bars: Gray
    strength: Floats
    along: Floats
    across: Floats


def _field(small: Gray) -> _Field:
    dx = cv2.Sobel(small, cv2.CV_32F, 1, 0, scale=0.25)
    dy = cv2.Sobel(small, cv2.CV_32F, 0, 1, scale=0.25)
    xx, yy, xy = (cv2.multiply(a, b) for a, b in ((dx, dx), (dy, dy), (dx, dy)))
    xx, yy, xy, signed_x, signed_y, strength = map(_averaged, (xx, yy, xy, dx, dy, cv2.sqrt(cv2.add(xx, yy))))
    energy, along, across = xx + yy, xx - yy, 2 * xy
    bars = along * along + across * across > (_COHERENCE * energy) ** 2
    bars &= energy > _EDGES
    bars &= strength * strength > _DENSITY * energy
    bars &= signed_x * signed_x + signed_y * signed_y < (_BALANCE * strength) ** 2
    return _Field(bars.astype(np.uint8), strength, along, across)


def _averaged(part: cv2.typing.MatLike) -> Floats:
    """The mean over each cell and its surroundings."""
    size = (part.shape[1] // _CELL, part.shape[0] // _CELL)
    cells = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(cells, (_SMOOTH, _SMOOTH)), np.float32)


def _box(inside: NDArray[np.bool_], field: _Field, cell: float) -> Box:
    """The box around one group of cells, each `cell` pixels wide."""
    angle = float(np.arctan2(field.across[inside].sum(), field.along[inside].sum())) / 2
    angle = angle if angle > -pi / 2 else angle + pi
    y, x = np.nonzero(inside)
    lengthwise = x * cos(angle) + y * sin(angle)
    crosswise = y * cos(angle) - x * sin(angle)
    left, right = lengthwise.min() - 0.5, lengthwise.max() + 0.5
    top, bottom = crosswise.min() - 0.5, crosswise.max() + 0.5
    u, v = (left + right) / 2, (top + bottom) / 2
    centre = (u * cos(angle) - v * sin(angle) + 0.5, u * sin(angle) + v * cos(angle) + 0.5)
    return Box(
        (float(centre[0] * cell), float(centre[1] * cell)),
        angle,
        float(right - left) * cell,
        float(bottom - top) * cell,
        float(field.strength[inside].sum()),
    )
