"""A picture in, the codes on it out: every stage there is, until the picture has said what it can."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from scanner.decoders import Zbar, Zxing, known
from scanner.picture import gray_of
from scanner.reading import SURE, Reading
from scanner.stages import Looker

DEFAULT_FORMATS = ("EAN13", "CODE128", "CODE39", "CODABAR", "QR")
# On a picture without a code pyzbar costs 35-55 ms, zxing-cpp under 9: at every 8th frame both fit 30 fps.
ZBAR_EVERY = 8


def decode(frame: NDArray[Any], formats: Sequence[str], patterns: Sequence[str] = ()) -> tuple[Reading, ...]:
    """Every code of these formats on the picture (gray, BGR or BGRA, 8 bit), by all stages; only what is sure.

    `patterns` are regular expressions of the school's own labels. Raises ScannerError for a picture that is
    none and for a format that nobody knows.
    """
    gray, looker = gray_of(frame), Looker(formats, patterns)
    boxes = looker.boxes(gray)
    seen = looker.quick(gray, boxes)
    seen += looker.whole(gray, boxes, seen)
    for stage in looker.heavy:
        if agreed(seen):
            break
        seen += stage(gray, boxes)
    return agreed(seen)


def agreed(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Each code once that one look proves, or that two looks of different kinds see alike and none otherwise."""
    counting: dict[tuple[str, str], Reading] = {}
    for one in readings:
        alike = [other for other in readings if (other.symbology, other.text) == (one.symbology, one.text)]
        sure = max(other.sure for other in alike)
        if sure < SURE and all(other.sure > 0 for other in alike) and _by_both(alike):
            sure = SURE
        if sure >= SURE:
            counting.setdefault((one.symbology, one.text), replace(one, sure=sure))
    return tuple(counting.values())


def _by_both(readings: Sequence[Reading]) -> bool:
    return len({one.how.split()[-1] for one in readings}) > 1


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
