"""A picture in, the codes on it out: every stage there is, until the picture has said what it can."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.decoders import Zbar, Zxing, known
from scanner.picture import Gray, gray_of
from scanner.reading import SURE, Reading, scaled
from scanner.stages import Looker

_WEAK = ("EAN13", "EAN8", "UPCE", "ITF")
LARGEST = 1920  # pixels of the longer side: photographs of a telephone are looked at so large, or they take seconds
DEFAULT_FORMATS = ("EAN13", "CODE128", "CODE39", "CODABAR", "QR")
# On a picture without a code pyzbar costs 35-55 ms, zxing-cpp under 9: at every 8th frame both fit 30 fps.
ZBAR_EVERY = 8


def decode(frame: NDArray[Any], formats: Sequence[str], patterns: Sequence[str] = ()) -> tuple[Reading, ...]:
    """Every code of these formats on the picture (gray, BGR or BGRA, 8 bit), by all stages; only what is sure.

    `patterns` are regular expressions of the school's own labels. Raises ScannerError for a picture that is
    none and for a format that nobody knows.
    """
    whole, looker = gray_of(frame), Looker(formats, patterns)
    scale = min(1.0, LARGEST / max(whole.shape))
    thin = scale * min(whole.shape) < 1
    gray = whole if scale == 1 or thin else cv2.resize(whole, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return scaled(_everything(np.asarray(gray, np.uint8), looker), 1 if thin else 1 / scale)


def _everything(gray: Gray, looker: Looker) -> tuple[Reading, ...]:
    """The still picture's readings that count: the slow stages only while there are none."""
    boxes = looker.boxes(gray)
    seen = looker.quick(gray, boxes)
    seen += looker.whole(gray, boxes, seen)
    for stage in looker.heavy:
        if agreed(seen):
            break
        seen += stage(gray, boxes)
    return agreed(seen)


def agreed(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Each code once that one look proves, or that two looks of different kinds see alike.

    Where two texts are left for one place, neither counts unless it is surer than the other.
    """
    counting: dict[tuple[str, str], Reading] = {}
    for one in readings:
        alike = [other for other in readings if (other.symbology, other.text) == (one.symbology, one.text)]
        sure = max(other.sure for other in alike)
        if sure < SURE and all(other.sure > 0 for other in alike) and _independent(alike):
            sure = SURE
        if sure >= SURE:
            counting.setdefault((one.symbology, one.text), replace(one, sure=sure))
    found = tuple(counting.values())
    return tuple(one for one in found if not any(_rivals(one, other) for other in found))


def _rivals(one: Reading, other: Reading) -> bool:
    return one.text != other.text and other.sure >= one.sure and one.same_place(other)


def _independent(alike: Sequence[Reading]) -> bool:
    """Whether looks of different kinds agree; where blur or chance may fool one decoder twice, by both decoders."""
    hows = {one.how for one in alike}
    if alike[0].symbology in _WEAK:
        hows = {how.split()[-1] for how in hows}
    return len(hows) > 1


class MovingDecoder:
    """Decodes a camera's frames in order, and keeps up: zxing-cpp on each, the slow pyzbar on some."""

    def __init__(self, formats: Sequence[str]) -> None:
        formats = known(formats)
        self._zxing, self._zbar = Zxing(formats), Zbar(formats)
        self._until_zbar = 0

    def decode(self, frame: NDArray[Any]) -> tuple[Reading, ...]:
        """The codes found on the next frame. Raises ScannerError as `decode` does."""
        gray = gray_of(frame)
        seen = self._zxing.frame(gray)
        if self._until_zbar > 0:
            self._until_zbar -= 1
            return seen
        more = _new_to(seen, self._zbar.frame(gray))
        # What only pyzbar can read is looked at again at once, or its views would take seconds to agree.
        self._until_zbar = 0 if more else ZBAR_EVERY - 1
        return seen + more


def _new_to(seen: tuple[Reading, ...], others: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """What another stage adds. Where both read one place, the first, which errs less, is believed."""
    return tuple(other for other in others if not any(other.same_place(one) for one in seen))
