"""The stages of reading one picture, each callable alone, so that a stream can spend its budget stage by stage.

    looker = Looker(formats, patterns)
    boxes = looker.boxes(gray)            # where bars are: a few ms
    readings = looker.quick(gray, boxes)  # each box straightened and read: about a ms a box
    readings = looker.whole(gray)         # the whole picture as it is: QR, codes too small to be located
    for stage in looker.heavy:            # each slower and rarer; a stream takes at most one a frame
        readings = stage(gray, boxes)

Every reading says how sure it is (see Reading); nothing is remembered from one call to the next.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from scanner.decoders import Zbar, Zxing, known
from scanner.locate import Box, locate
from scanner.picture import Gray
from scanner.reading import Reading
from scanner.strip import Strip, rectify, sharpened

Stage = Callable[[Gray, Sequence[Box]], tuple[Reading, ...]]


class Looker:
    """The stages for some formats. Raises ScannerError for a format that nobody knows.

    `patterns` are regular expressions of the school's own labels and cards: a text that one of them matches
    whole is believed at once.
    """

    def __init__(self, formats: Sequence[str], patterns: Sequence[str] = ()) -> None:
        self.formats = known(formats)
        self._patterns = tuple(re.compile(pattern) for pattern in patterns)
        self._zxing, self._zbar = Zxing(self.formats), Zbar(self.formats)
        self.heavy: tuple[Stage, ...] = (self._brighter, self._strips_by_zbar, self._by_zbar)

    def boxes(self, gray: Gray) -> tuple[Box, ...]:
        """The regions of parallel bars, the most promising first. About 3 ms at 1280x720."""
        return locate(gray)

    def quick(self, gray: Gray, boxes: Sequence[Box]) -> tuple[Reading, ...]:
        """What zxing-cpp reads in the straightened boxes. About 1 ms a box."""
        readings: list[Reading] = []
        for box in boxes:
            strip = rectify(gray, box)
            for pixels in (strip.pixels, sharpened(strip.pixels, 2.0, 2.0), sharpened(strip.pixels, 4.0, 4.0)):
                if found := self._on_strip(strip, self._zxing.strip(pixels), "strip zxing"):
                    readings += found
                    break
        return self._judged(readings)

    def whole(self, gray: Gray) -> tuple[Reading, ...]:
        """What zxing-cpp reads on the whole picture. 5 to 9 ms at 1280x720."""
        return self._judged(self._zxing.frame(gray))

    def _brighter(self, gray: Gray, _boxes: Sequence[Box]) -> tuple[Reading, ...]:
        """The picture with its contrast evened out and enlarged, by zxing-cpp."""
        even = cv2.createCLAHE(2.0, (8, 8)).apply(gray)
        large = np.asarray(cv2.resize(even, None, fx=1.5, fy=1.5), np.uint8)
        return self._judged(_scaled(self._zxing.frame(large), 1 / 1.5, "enlarged zxing"))

    def _strips_by_zbar(self, gray: Gray, boxes: Sequence[Box]) -> tuple[Reading, ...]:
        readings: list[Reading] = []
        for box in boxes:
            strip = rectify(gray, box)
            readings += self._on_strip(strip, self._zbar.frame(strip.pixels), "strip zbar")
        return self._judged(readings)

    def _by_zbar(self, gray: Gray, _boxes: Sequence[Box]) -> tuple[Reading, ...]:
        return self._judged(self._zbar.frame(gray))

    def _on_strip(self, strip: Strip, readings: Iterable[Reading], how: str) -> tuple[Reading, ...]:
        """The strip's readings with their places in the picture."""
        placed = []
        for reading in readings:
            across = [x for x, _ in reading.corners]
            placed.append(replace(reading, corners=strip.corners(min(across), max(across)), how=how))
        return tuple(placed)

    def _judged(self, readings: Iterable[Reading]) -> tuple[Reading, ...]:
        return tuple(replace(one, sure=self._sure(one)) for one in readings)

    def _sure(self, reading: Reading) -> float:
        if reading.symbology == "QR" or any(pattern.fullmatch(reading.text) for pattern in self._patterns):
            return 1.0
        return 0.5


def _scaled(readings: Iterable[Reading], scale: float, how: str) -> tuple[Reading, ...]:
    placed = []
    for one in readings:
        first, second, third, fourth = ((x * scale, y * scale) for x, y in one.corners)
        placed.append(replace(one, corners=(first, second, third, fourth), how=how))
    return tuple(placed)
