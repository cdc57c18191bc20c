"""A closer look at the part of the picture in which something is: codes too small to be located in the whole. Pure.

Bars are located on a copy of the picture of at most 640 pixels. In a part of it that copy is finer: the label
of 110 pixels that drowned in the print around it then stands out.
"""

from collections.abc import Callable
from dataclasses import replace
from math import ceil

from scanner.locate import Box
from scanner.picture import Gray

Part = tuple[float, float, float, float]  # left, top, right, bottom, from 0 to 1 of the picture
WHOLE: Part = (0.0, 0.0, 1.0, 1.0)
_SIDE = 800  # pixels of a tile at most: 1.25 pixels then make one where bars are located
_OVERLAP = 160  # pixels that neighbours share: no code of that length is cut by both
_MARGIN = 24  # pixels around the part: the gate sees it coarsely


def tiles(part: Part, shape: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Left, top, right, bottom in pixels of the tiles, at least one, that cover this part of a picture."""
    tall, wide = shape[:2]
    columns = _spans(part[0] * wide, part[2] * wide, wide)
    rows = _spans(part[1] * tall, part[3] * tall, tall)
    return [(left, top, right, bottom) for top, bottom in rows for left, right in columns]


def boxes_in(locate: Callable[[Gray], tuple[Box, ...]], gray: Gray, tile: tuple[int, int, int, int]) -> tuple[Box, ...]:
    """The boxes that are located in one tile, in their places in the whole picture."""
    left, top, right, bottom = tile
    found = locate(gray[top:bottom, left:right])
    return tuple(replace(box, centre=(box.centre[0] + left, box.centre[1] + top)) for box in found)


def _spans(first: float, last: float, most: int) -> list[tuple[int, int]]:
    """A stretch of pixels, with its margin, as overlapping spans of at most _SIDE."""
    start, end = max(0, int(first) - _MARGIN), min(most, ceil(last) + _MARGIN)
    count = max(1, ceil((end - start - _OVERLAP) / (_SIDE - _OVERLAP)))
    step = (end - start - _OVERLAP) / count
    return [(round(start + n * step), round(start + (n + 1) * step + _OVERLAP)) for n in range(count)]
