"""A picture in, the codes on it out: every stage there is, until the picture has said what it can."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.picture import Gray, gray_of
from scanner.reading import SURE, Reading, scaled
from scanner.stages import Looker

_WEAK = ("EAN13", "EAN8", "UPCE", "ITF")  # no check, or one that blur gets past: the same wrong text twice
LARGEST = 1920  # pixels of the longer side: photographs of a telephone are looked at so large, or they take seconds
DEFAULT_FORMATS = ("EAN13", "CODE128", "CODE39", "CODABAR", "QR")


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
