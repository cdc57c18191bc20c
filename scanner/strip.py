"""A located code made upright: straightened, stretched across its bars, averaged along them.

Averaging along the bars takes away noise, and with it most wrong reads.
"""

from dataclasses import dataclass
from math import cos, sin

import cv2
import numpy as np

from scanner.locate import Box
from scanner.picture import Gray
from scanner.reading import Corners, Point

_STRETCH = 2.0  # pixels of the strip for one of the picture, across the bars
_ROWS = 40
_MARGIN = 0.15  # of the box's width, added on both sides: the paper around the code
_SLABS = 4  # pixels of the picture's height, at most, are fetched for one row of the strip
_WIDEST = 2400  # pixels
_AROUND = 12  # part of the strip's width in which there are bars and gaps of every kind
_LEAST_CONTRAST = 20  # gray levels: less is noise, and stays gray
_LEAST = 24  # pixels of margin: small codes are cut tighter than large ones


@dataclass(frozen=True, slots=True)
class Strip:
    """A straightened code: its pixels, bars upright, and the way back to the picture."""

    pixels: Gray
    box: Box
    left: float  # where the strip begins, in picture pixels along the box's direction from its centre
    step: float  # picture pixels in one column of the strip

    @property
    def inner(self) -> tuple[float, float]:
        """The columns between which the box itself is, without its margins."""
        start = (-self.box.width / 2 - self.left) / self.step
        return (start, start + self.box.width / self.step)

    def columns(self, corners: Corners) -> tuple[float, float]:
        """The first and last column between which these corners of the picture are."""
        angle, (x, y) = self.box.angle, self.box.centre
        along = [(u - x) * cos(angle) + (v - y) * sin(angle) for u, v in corners]
        return ((min(along) - self.left) / self.step, (max(along) - self.left) / self.step)

    def corners(self, first: float, last: float) -> Corners:
        """The corners in the picture of the part of the strip from one column to another."""
        box = self.box
        start, end = self.left + first * self.step, self.left + last * self.step
        half = box.height / 2
        return (self._at(start, -half), self._at(end, -half), self._at(end, half), self._at(start, half))

    def _at(self, along: float, down: float) -> Point:
        angle, (x, y) = self.box.angle, self.box.centre
        return (x + along * cos(angle) - down * sin(angle), y + along * sin(angle) + down * cos(angle))


def rectify(gray: Gray, box: Box, *, rows: int = _ROWS, margin: float = _MARGIN) -> Strip:
    """The strip of a box, with a margin on both sides; beyond the picture its edge is repeated."""
    margin_pixels = max(margin * box.width, _LEAST)
    length = box.width + 2 * margin_pixels
    columns = int(min(_WIDEST, max(8.0, length * _STRETCH)))
    step = length / columns
    fetched = int(max(rows, min(_SLABS * rows, box.height)))
    down = box.height / fetched
    strip = Strip(np.empty((0, 0), np.uint8), box, -length / 2, step)
    corner = strip._at(-length / 2 + step / 2, -box.height / 2 + down / 2)
    turn = np.array(
        [
            [cos(box.angle) * step, -sin(box.angle) * down, corner[0]],
            [sin(box.angle) * step, cos(box.angle) * down, corner[1]],
        ],
        np.float32,
    )
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    upright = cv2.warpAffine(gray, turn, (columns, fetched), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    if fetched > rows:
        upright = cv2.resize(upright, (columns, rows), interpolation=cv2.INTER_AREA)
    return Strip(np.asarray(upright, np.uint8), box, -length / 2, step)


def sharpened(pixels: Gray, sigma: float, strength: float) -> Gray:
    """The strip with its edges across the bars made steeper: what blur took is put back in part."""
    soft = cv2.GaussianBlur(pixels, (0, 0), sigmaX=sigma, sigmaY=0.01)
    return np.asarray(cv2.addWeighted(pixels, 1 + strength, soft, -strength, 0), np.uint8)


def evened(pixels: Gray) -> Gray:
    """The strip with the darkest and the brightest around each pixel made black and white: shade and glare are gone."""
    around = max(9, pixels.shape[1] // _AROUND)
    reach = np.ones((1, around), np.uint8)
    bright = cv2.blur(cv2.dilate(pixels, reach), (around, 1))
    dark = cv2.blur(cv2.erode(pixels, reach), (around, 1))
    contrast = np.maximum(cv2.subtract(bright, dark), np.uint8(_LEAST_CONTRAST))
    return np.asarray(cv2.divide(cv2.subtract(pixels, dark), contrast, scale=255), np.uint8)
