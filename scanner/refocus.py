"""What a lens out of focus has blurred is put back: a camera without autofocus sees a near label through a disc.

The bars are first set upright to a fraction of a pixel and averaged, which leaves a line with little noise. A disc
of light averaged along the bars is a half ellipse across them; the line is divided by it in its frequencies (Wiener's
filter), for every size that the disc may have, and zxing-cpp reads what comes out. A wrong size gives noise that
looks like bars, so a text counts only when two sizes next to each other, or one size twice as bold, agree on it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.decoders import Zxing, known
from scanner.locate import Box
from scanner.picture import Gray
from scanner.proof import Proof
from scanner.reading import Reading
from scanner.strip import Strip, rectify

_SIZES = (3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0)  # pixels of the picture
_BOLDNESS = 60.0  # how much stronger than its noise the line is taken to be
_AGREE = 2  # of the sizes
_BOXES = 2  # the most promising ones: 8 ms each
_LEANS = np.arange(-1.2, 1.21, 0.1)  # columns to the row by which perspective lets bars lean
_MIDDLE = slice(8, 32)  # of a strip's 40 rows: its ends are paper
_SOFT = 1.5  # columns of softness that even a sharp edge has
_ROWS = 24
_EDGE = 0.03  # of the brightest and the darkest columns: the sharpened ends of a code ring
Line = NDArray[np.float64]


class Refocus:
    """A stage for streams and stills. Raises ScannerError for a format that nobody knows."""

    def __init__(self, formats: Sequence[str], patterns: Sequence[str] = ()) -> None:
        self._zxing, self._proof = Zxing(known(formats)), Proof(known(formats), patterns)

    def __call__(self, gray: Gray, boxes: Sequence[Box]) -> tuple[Reading, ...]:
        """The codes that two sizes of the disc agree on. About 8 ms a box."""
        readings: list[Reading] = []
        for box in boxes[:_BOXES]:
            strip = rectify(gray, box)
            for one in self._read(strip):
                readings += self._proof.judged(one, strip)
        return tuple(readings)

    def _read(self, strip: Strip) -> list[Reading]:
        line, seen = upright(strip.pixels[_MIDDLE]), Counter[tuple[str, str]]()
        for size in _SIZES:
            for one in self._zxing.strip(refocused(line, size / strip.step)):
                seen[one.symbology, one.text] += 1
                if seen[one.symbology, one.text] >= _AGREE:
                    across = [x for x, _ in one.corners]
                    return [replace(one, corners=strip.corners(min(across), max(across)), how="refocused zxing")]
        return []


def upright(pixels: Gray) -> Line:
    """The mean along the bars, in the direction in which it shows them best."""
    rows = pixels.astype(np.float32)
    height, width = rows.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    best, most = np.asarray(rows.mean(axis=0), np.float64), -1.0
    for lean in _LEANS:
        turn = np.array([[1, lean, -lean * height / 2], [0, 1, 0]], np.float32)
        line = cv2.warpAffine(rows, turn, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE).mean(axis=0)
        contrast = float(np.square(np.diff(line[::2])).sum())
        if contrast > most:
            best, most = np.asarray(line, np.float64), contrast
    return best


def refocused(line: Line, size: float) -> Gray:
    """The line as a strip, without the blur of a disc of `size` columns."""
    margin = int(3 * size) + 8
    padded = np.pad(line - line.mean(), margin, mode="edge")
    blur = np.fft.rfft(_disc(padded.size, size)).real * np.fft.rfft(_bell(padded.size)).real
    clear = np.fft.rfft(padded) * blur / (blur * blur + _BOLDNESS**-2)
    sharp = np.fft.irfft(clear, padded.size)[margin:-margin]
    low, high = np.quantile(sharp, (_EDGE, 1 - _EDGE))
    gray = np.clip((sharp - low) / max(float(high - low), 1e-6) * 220 + 18, 0, 255).astype(np.uint8)
    return np.asarray(np.repeat(gray[None], _ROWS, axis=0), np.uint8)


def _disc(length: int, size: float) -> Line:
    """A disc's light summed along the bars, around place 0 of a circle of places."""
    away = _away(length)
    light = np.sqrt(np.maximum(0.0, (size / 2) ** 2 - away**2)) + 1e-9 * (away == 0)
    return np.asarray(light / light.sum())


def _bell(length: int) -> Line:
    light = np.exp(-0.5 * (_away(length) / _SOFT) ** 2)
    return np.asarray(light / light.sum())


def _away(length: int) -> Line:
    place = np.arange(length, dtype=np.float64)
    return np.asarray(np.minimum(place, length - place), np.float64)
