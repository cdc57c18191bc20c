"""How sure a reading is: what the picture itself says about it.

EAN, UPC-A and EAN-8 have one weak check digit, and blur repeats the same wrong number in both decoders: two
agreeing readings prove nothing. So the number that fits the picture best is found (see ean): it confirms the
reading, contradicts it, or leaves it open.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from math import atan2, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner import ean
from scanner.ean_code import EAN8, EAN13, Layout
from scanner.locate import Box
from scanner.picture import Gray
from scanner.reading import Reading
from scanner.strip import Strip, rectify

# On the corpus, as it is and blurred by two pixels more, 492 codes fit rightly with a margin above 0.3, 478 above 0.4;
# of the wrong fits one has 0.33, none more. As they are, 266 of 267 that fit rightly are above 0.3.
_PROVEN = 0.4  # the margin from which a fit is a reading of its own, and contradicts another
_CONFIRMS = 0.1  # the margin that is enough for a number that a decoder read as well
_MOST_MISFIT = 0.35  # of all modules
_MOST_WORST = 1.0  # of any seven modules: more is a finger over a digit
_BANDS = ((0.4, 0.6), (0.05, 0.45), (0.55, 0.95))  # of the strip's height, that are averaged into a profile
_LAYOUTS = {"EAN13": EAN13, "EAN8": EAN8}
_LEAST_HEIGHT = 0.1  # of a code's length: what a decoder read along one line is taken to be so high


class Proof:
    """Judges readings for a school whose labels follow `patterns` (regular expressions that match whole texts)."""

    def __init__(self, formats: Sequence[str], patterns: Sequence[str]) -> None:
        self._patterns = tuple(re.compile(pattern) for pattern in patterns)
        self._lead = "" if "EAN13" in formats else "0"  # UPC-A alone is EAN-13 with a leading 0
        self._reads = bool({"EAN13", "UPCA"} & set(formats))

    def judged(self, reading: Reading, strip: Strip) -> tuple[Reading, ...]:
        """The reading with how sure it is, beside what the picture of the same place says in its stead."""
        if reading.symbology == "QR" or any(pattern.fullmatch(reading.text) for pattern in self._patterns):
            return (replace(reading, sure=1.0),)
        if reading.symbology not in _LAYOUTS:
            return (reading,)
        layout = _LAYOUTS[reading.symbology]
        if _confirmed(strip, layout, reading):
            return (replace(reading, sure=1.0),)
        found = ean.fit(_bands(strip.pixels)[0], strip.inner, layout)
        if found and found.number == reading.text and found.margin > _CONFIRMS:
            return (replace(reading, sure=1.0),)
        if found and found.margin > _PROVEN:
            return (replace(reading, sure=0.0), *self._reading(strip, reading.symbology, found))
        return (reading,)

    def read(self, strip: Strip) -> tuple[Reading, ...]:
        """The EAN-13 or UPC-A that the strip shows beyond doubt, if it does. EAN-8's eight digits leave doubts."""
        found = _fitted(strip, EAN13) if self._reads else None
        return self._reading(strip, "EAN13", found) if found and found.margin > _PROVEN else ()

    def _reading(self, strip: Strip, symbology: str, found: ean.Fit) -> tuple[Reading, ...]:
        clear = found.misfit < _MOST_MISFIT and found.worst < _MOST_WORST and found.number.startswith(self._lead)
        corners = strip.corners(found.first, found.last)
        return (Reading(found.number, symbology, corners, "fit", 0.95),) if clear else ()


def _confirmed(strip: Strip, layout: Layout, reading: Reading) -> bool:
    """Whether the number read fits better than any other where it fits best."""
    ends = strip.columns(reading.corners)
    for band in _bands(strip.pixels)[:2]:
        found = ean.proven(band, ends, layout, reading.text)
        if found and found.number == reading.text and found.margin > _CONFIRMS:
            return True
    return False


def _fitted(strip: Strip, layout: Layout) -> ean.Fit | None:
    """The number that fits the strip best, by the first band that proves one, or the most telling."""
    best: ean.Fit | None = None
    for band in _bands(strip.pixels):
        found = ean.fit(band, strip.inner, layout)
        if found and (best is None or found.margin > best.margin):
            best = found
        if best and best.margin > _PROVEN:
            break
    return best


def _bands(pixels: Gray) -> list[NDArray[np.float32]]:
    height = len(pixels)
    spans = [(int(height * top), int(height * bottom)) for top, bottom in _BANDS]
    return [pixels[top : max(bottom, top + 1)].mean(axis=0, dtype=np.float32) for top, bottom in spans]


def strip_around(gray: Gray, boxes: Sequence[Box], reading: Reading) -> Strip:
    """The strip of the box that the reading is in, or, where none was located, of the reading's own corners."""
    for box in boxes:
        if cv2.pointPolygonTest(np.array(box.corners, np.float32), reading.centre, False) >= 0:
            return rectify(gray, box)
    (x1, y1), (x2, y2), (x3, y3), _ = reading.corners
    width, height = hypot(x2 - x1, y2 - y1), hypot(x3 - x2, y3 - y2)
    angle = atan2(y2 - y1, x2 - x1)
    if height > width:  # pyzbar's outline may begin at any corner
        width, height, angle = height, width, atan2(y3 - y2, x3 - x2)
    return rectify(gray, Box(reading.centre, angle, max(width, 1.0), max(height, _LEAST_HEIGHT * width, 2.0), 0.0))
