"""Where codes are, for the screen: four corners each, in parts of the picture, and whether it was read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from scanner.reading import Corners, Reading


class Located(Protocol):
    """What is needed of scanner.locate.Box, which cannot be imported where there are no camera libraries."""

    @property
    def corners(self) -> Corners: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """One place: corners in turn around it, each x and y from 0 to 1 of the picture's width and height."""

    corners: Corners
    read: bool

    def to_row(self) -> dict[str, object]:
        """The form in which it is sent."""
        return {"corners": [[round(x, 4), round(y, 4)] for x, y in self.corners], "read": self.read}


def marks(boxes: Sequence[Located], readings: Sequence[Reading], shape: tuple[int, ...]) -> tuple[Mark, ...]:
    """A mark for each reading, and for each box that none of the readings lies in; `shape` is the picture's."""
    unread = [box.corners for box in boxes if not any(_at(box).same_place(reading) for reading in readings)]
    read = [Mark(_parts(reading.corners, shape), True) for reading in readings]
    return (*read, *(Mark(_parts(corners, shape), False) for corners in unread))


def _at(box: Located) -> Reading:
    return Reading("", "", box.corners, "located")


def _parts(corners: Corners, shape: tuple[int, ...]) -> Corners:
    tall, wide = shape[:2]
    first, second, third, fourth = ((min(max(x / wide, 0.0), 1.0), min(max(y / tall, 0.0), 1.0)) for x, y in corners)
    return (first, second, third, fourth)
