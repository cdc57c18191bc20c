"""The stages of reading one picture, each callable alone, so that a stream can spend its budget stage by stage.

    looker = Looker(formats, patterns)
    boxes = looker.boxes(gray)            # where bars are: a few ms
    readings = looker.quick(gray, boxes)  # each box straightened and read: about a ms a box, 4 more for an EAN's proof
    readings = looker.whole(gray)         # the whole picture as it is: QR, codes too small to be located
    for stage in looker.heavy:            # each slower and rarer; a stream takes at most one a frame
        readings = stage(gray, boxes)

Every reading says how sure it is (see Reading); nothing is remembered from one call to the next.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from scanner.decoders import Zbar, Zxing, known
from scanner.locate import Box, locate
from scanner.picture import Gray
from scanner.proof import Proof, strip_around
from scanner.reading import SURE, Reading, scaled
from scanner.strip import Strip, evened, rectify, sharpened

Stage = Callable[[Gray, Sequence[Box]], tuple[Reading, ...]]
_ENLARGED = 1.5
# Of 942 strips with a code, turned by 0 and 45 degrees: as it is 595 are read, then 100, 19, 17 and 4 more.
_VARIANTS: tuple[Callable[[Gray], Gray], ...] = (
    lambda pixels: sharpened(evened(pixels), 2.0, 2.0),
    lambda pixels: sharpened(pixels, 4.0, 4.0),
    evened,
    lambda pixels: sharpened(pixels, 2.0, 2.0),
)


class Looker:
    """The stages for some formats. Raises ScannerError for a format that nobody knows.

    `patterns` are regular expressions of the school's own labels and cards: a text that one of them matches
    whole is believed at once.
    """

    def __init__(self, formats: Sequence[str], patterns: Sequence[str] = ()) -> None:
        self.formats = known(formats)
        self._proof = Proof(self.formats, patterns)
        self._zxing, self._zbar = Zxing(self.formats), Zbar(self.formats)
        self.heavy: tuple[Stage, ...] = (self.fit, self._strips_by_zbar, self._brighter, self._by_zbar)

    def boxes(self, gray: Gray) -> tuple[Box, ...]:
        """The regions of parallel bars, the most promising first. About 3 ms at 1280x720."""
        return locate(gray)

    def quick(self, gray: Gray, boxes: Sequence[Box]) -> tuple[Reading, ...]:
        """What zxing-cpp reads in the straightened boxes. About 1 ms a box."""
        readings: list[Reading] = []
        for box in boxes:
            strip = rectify(gray, box)
            pixels, found = self._on_strip(strip)
            for one in found:
                judged = self._proof.judged(one, strip)
                readings += (self._recounted(judged[0], pixels),) if len(judged) == 1 else judged
        return tuple(readings)

    def whole(self, gray: Gray, boxes: Sequence[Box] = (), seen: Sequence[Reading] = ()) -> tuple[Reading, ...]:
        """What zxing-cpp reads on the whole picture. 5 to 9 ms at 1280x720. What was `seen` is not proven again."""
        return self._judged(gray, boxes, self._zxing.frame(gray), seen)

    def fit(self, gray: Gray, boxes: Sequence[Box]) -> tuple[Reading, ...]:
        """The article numbers that fit the boxes beyond doubt, however blurred. Up to 10 ms a box."""
        return tuple(reading for box in boxes for reading in self._proof.read(rectify(gray, box)))

    def _on_strip(self, strip: Strip) -> tuple[Gray, tuple[Reading, ...]]:
        """What zxing-cpp reads on a strip as it is, or else evened out and sharpened; and the pixels it read."""
        if found := self._zxing.strip(strip.pixels):
            return strip.pixels, _placed(found, strip, "strip zxing")
        for variant in _VARIANTS:
            pixels = variant(strip.pixels)
            if found := self._zxing.strip(pixels):
                return pixels, _placed(found, strip, "sharp zxing")
        return strip.pixels, ()

    def _recounted(self, reading: Reading, pixels: Gray) -> Reading:
        """A reading that is neither proven nor contradicted, read anew in each third of the strip's height.

        Where paper is creased or a light shines on it, thirds are independent views.
        """
        if not 0 < reading.sure < SURE:
            return reading
        thirds = np.array_split(pixels, 3)
        texts = [{one.text for one in self._zxing.strip(np.ascontiguousarray(part))} for part in thirds]
        alike = sum(reading.text in found for found in texts)
        others = set[str]().union(*texts) - {reading.text}
        return replace(reading, sure=SURE if alike > 1 and not others else reading.sure)

    def _brighter(self, gray: Gray, boxes: Sequence[Box]) -> tuple[Reading, ...]:
        """The picture with its contrast evened out and enlarged, by zxing-cpp."""
        even = cv2.createCLAHE(2.0, (8, 8)).apply(gray)
        large = np.asarray(cv2.resize(even, None, fx=_ENLARGED, fy=_ENLARGED), np.uint8)
        found = [replace(one, how="enlarged zxing") for one in self._zxing.frame(large, invert=True)]
        return self._judged(gray, boxes, scaled(found, 1 / _ENLARGED))

    def _strips_by_zbar(self, gray: Gray, boxes: Sequence[Box]) -> tuple[Reading, ...]:
        readings: list[Reading] = []
        for box in boxes:
            strip = rectify(gray, box)
            for one in _placed(self._zbar.frame(strip.pixels), strip, "strip zbar"):
                readings += self._proof.judged(one, strip)
        return tuple(readings)

    def _by_zbar(self, gray: Gray, boxes: Sequence[Box]) -> tuple[Reading, ...]:
        return self._judged(gray, boxes, self._zbar.frame(gray))

    def _judged(
        self, gray: Gray, boxes: Sequence[Box], readings: Iterable[Reading], seen: Sequence[Reading] = ()
    ) -> tuple[Reading, ...]:
        before = {(one.symbology, one.text): one.sure for one in seen}
        judged: list[Reading] = []
        for one in readings:
            if (one.symbology, one.text) in before:
                judged.append(replace(one, sure=before[one.symbology, one.text]))
            else:
                judged += self._proof.judged(one, strip_around(gray, boxes, one))
        return tuple(judged)


def _placed(readings: Iterable[Reading], strip: Strip, how: str) -> tuple[Reading, ...]:
    """The strip's readings with their places in the picture."""
    placed = []
    for reading in readings:
        across = [x for x, _ in reading.corners]
        placed.append(replace(reading, corners=strip.corners(min(across), max(across)), how=how))
    return tuple(placed)
