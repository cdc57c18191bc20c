"""What a decoder saw in one picture."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import hypot

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]
SURE = 0.9  # from here on one reading is enough to act on
# A decoder may report a code by one scan line: it is taken to be at least this part of its length high.
_THINNEST = 0.2


@dataclass(frozen=True, slots=True)
class Reading:
    """One code in one picture: what it says, where, how it was read and how sure that is.

    `corners` are pixels of the picture, in turn around the code. `how` names the stage and the decoder
    ("strip zxing"). `sure` goes from 0, contradicted by the picture, over 0.5, read once, to 1, proven:
    SURE or more may be acted on alone, less wants other views that agree.
    """

    text: str
    symbology: str
    corners: Corners
    how: str
    sure: float = 0.5

    @property
    def centre(self) -> Point:
        """The middle of the code, in pixels."""
        return (sum(x for x, _ in self.corners) / 4, sum(y for _, y in self.corners) / 4)

    def same_place(self, other: "Reading") -> bool:
        """Whether both can be the same print: the middle of either lies on the other."""
        return self._covers(other.centre) or other._covers(self.centre)

    def _covers(self, point: Point) -> bool:
        """Whether the point lies on the code, turned as it may be: a neighbour's print is not on it."""
        first, second, third, _ = self.corners
        sides = [(second[0] - first[0], second[1] - first[1]), (third[0] - second[0], third[1] - second[1])]
        longest = max(hypot(*side) for side in sides)
        if longest == 0:
            return point == self.centre
        away = (point[0] - self.centre[0], point[1] - self.centre[1])
        along = sides[0] if hypot(*sides[0]) >= hypot(*sides[1]) else sides[1]
        unit = (along[0] / longest, along[1] / longest)
        height = max(min(hypot(*side) for side in sides), _THINNEST * longest)
        lengthwise = abs(away[0] * unit[0] + away[1] * unit[1])
        crosswise = abs(away[1] * unit[0] - away[0] * unit[1])
        return lengthwise <= longest / 2 and crosswise <= height / 2


def scaled(readings: Iterable[Reading], scale: float) -> tuple[Reading, ...]:
    """The same readings in a picture so many times as large."""
    placed = []
    for one in readings:
        first, second, third, fourth = ((x * scale, y * scale) for x, y in one.corners)
        placed.append(replace(one, corners=(first, second, third, fourth)))
    return tuple(placed)
