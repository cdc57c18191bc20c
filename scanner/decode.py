"""A picture in, the codes on it out: zxing-cpp first, pyzbar beside it.

One form for one print. EAN-13 and UPC-A are the same bars, so both come out as "EAN13" with thirteen digits
(UPC-A with a leading 0), whichever was asked for; asking for UPCA alone drops the numbers that do not begin
with 0. UPC-E comes out as "UPCE" with its zeros put back, thirteen digits too. EAN-8 stays at eight. Codabar
comes without its start and stop letters. Everything else is as printed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from pyzbar import pyzbar
from pyzbar.pyzbar import ZBarSymbol

from scanner import gtin
from scanner.reading import Point, Reading
from scanner.scan import SYMBOLOGIES, ScannerError

Picture = NDArray[np.uint8]
DEFAULT_FORMATS = ("EAN13", "CODE128", "CODE39", "CODABAR", "QR")
# On a picture without a code pyzbar costs 35-55 ms, zxing-cpp under 9: at every 8th frame both fit 30 fps.
ZBAR_EVERY = 8


@dataclass(frozen=True, slots=True)
class _Format:
    zxing: zxingcpp.BarcodeFormat
    zbar: ZBarSymbol
    shortest: int  # shorter texts are fragments that decoders see in other codes


_FORMATS = {
    "EAN13": _Format(zxingcpp.BarcodeFormat.EAN13, ZBarSymbol.EAN13, 13),
    "EAN8": _Format(zxingcpp.BarcodeFormat.EAN8, ZBarSymbol.EAN8, 8),
    # Asked for as EAN-13, which both decoders then give with the leading 0.
    "UPCA": _Format(zxingcpp.BarcodeFormat.EAN13, ZBarSymbol.EAN13, 13),
    "UPCE": _Format(zxingcpp.BarcodeFormat.UPCE, ZBarSymbol.UPCE, 13),
    "CODE128": _Format(zxingcpp.BarcodeFormat.Code128, ZBarSymbol.CODE128, 4),
    # Plain Code39 would turn "/K" into "+", its full-ASCII meaning, unasked.
    "CODE39": _Format(zxingcpp.BarcodeFormat.Code39Std, ZBarSymbol.CODE39, 4),
    "CODABAR": _Format(zxingcpp.BarcodeFormat.Codabar, ZBarSymbol.CODABAR, 4),
    "ITF": _Format(zxingcpp.BarcodeFormat.ITF, ZBarSymbol.I25, 6),
    "QR": _Format(zxingcpp.BarcodeFormat.QRCode, ZBarSymbol.QRCODE, 1),
}
_FROM_ZXING = {
    zxingcpp.BarcodeFormat.UPCA: "EAN13",
    zxingcpp.BarcodeFormat.Code39: "CODE39",
    zxingcpp.BarcodeFormat.QRCodeModel1: "QR",
    zxingcpp.BarcodeFormat.QRCodeModel2: "QR",
} | {known.zxing: name for name, known in _FORMATS.items() if name != "UPCA"}
_FROM_ZBAR = {known.zbar.name: name for name, known in _FORMATS.items() if name != "UPCA"} | {"UPCA": "EAN13"}


def decode(frame: NDArray[Any], formats: Sequence[str]) -> tuple[Reading, ...]:
    """Every code of these formats on the picture (gray, BGR or BGRA, 8 bit), by both decoders.

    Raises ScannerError for a picture that is none and for a format that nobody knows.
    """
    gray, wanted = _gray(frame), _known(formats)
    seen = _by_zxing(gray, wanted, thorough=True)
    return seen + _new_to(seen, _by_zbar(gray, wanted))


class MovingDecoder:
    """Decodes a camera's frames in order, and keeps up: zxing-cpp on each, the slow pyzbar on some."""

    def __init__(self, formats: Sequence[str]) -> None:
        self._formats = _known(formats)
        self._until_zbar = 0

    def decode(self, frame: NDArray[Any]) -> tuple[Reading, ...]:
        """The codes found on the next frame. Raises ScannerError as `decode` does."""
        gray = _gray(frame)
        seen = _by_zxing(gray, self._formats, thorough=False)
        if self._until_zbar > 0:
            self._until_zbar -= 1
            return seen
        more = _new_to(seen, _by_zbar(gray, self._formats))
        # What only pyzbar can read is looked at again at once, or its views would take seconds to agree.
        self._until_zbar = 0 if more else ZBAR_EVERY - 1
        return seen + more


def _known(formats: Sequence[str]) -> tuple[str, ...]:
    """The formats, once each. Raises ScannerError for a name outside the list and for none at all."""
    unknown = [name for name in formats if name not in _FORMATS]
    if unknown or not formats:
        trouble = f"There is no barcode format {unknown[0]!r}" if unknown else "No barcode format is on"
        message = f"{trouble}; the formats are {', '.join(SYMBOLOGIES)}."
        raise ScannerError(message, reason="CAMERA_FORMATS")
    return tuple(dict.fromkeys(formats))


def _gray(frame: NDArray[Any]) -> Picture:
    """The picture in one channel. Raises ScannerError unless it is 8 bit gray, BGR or BGRA."""
    if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8 or frame.size == 0:
        raise ScannerError("This is not a picture: it should be an array of bytes with pixels.", retry=True)
    if frame.ndim == 2:
        return np.ascontiguousarray(frame)
    if frame.ndim == 3 and frame.shape[2] in (3, 4):
        code = cv2.COLOR_BGR2GRAY if frame.shape[2] == 3 else cv2.COLOR_BGRA2GRAY
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(frame), code), dtype=np.uint8)
    message = f"This is not a picture: its shape is {frame.shape}, not gray, BGR or BGRA."
    raise ScannerError(message, retry=True)


def _by_zxing(gray: Picture, formats: tuple[str, ...], *, thorough: bool) -> tuple[Reading, ...]:
    found = zxingcpp.read_barcodes(
        gray,
        formats=zxingcpp.BarcodeFormats([_FORMATS[name].zxing for name in formats]),
        text_mode=zxingcpp.TextMode.Plain,  # the default mode puts brackets into GS1 texts
        try_invert=thorough,  # light bars on dark: rare, and a quarter of the time
    )
    readings = []
    for barcode in found:
        where = barcode.position
        corners = [(float(p.x), float(p.y)) for p in _corners_of(where)]
        symbology = _FROM_ZXING.get(barcode.format, "")
        readings.append(_reading(barcode.text, symbology, corners, "zxing", formats))
    return _once(readings)


def _corners_of(where: zxingcpp.Position) -> tuple[zxingcpp.Point, ...]:
    return (where.top_left, where.top_right, where.bottom_right, where.bottom_left)


def _by_zbar(gray: Picture, formats: tuple[str, ...]) -> tuple[Reading, ...]:
    symbols = {_FORMATS[name].zbar for name in formats}
    if ZBarSymbol.EAN13 in symbols:
        symbols.add(ZBarSymbol.UPCE)  # or zbar gives UPC-E out as EAN-13; as UPC-E it is dropped if not asked for
    # Without `symbols` zbar tries everything, invents codes, and prints assertions from C.
    found = pyzbar.decode(gray, symbols=list(symbols))
    readings = []
    for barcode in found:
        text = barcode.data.decode("utf-8", errors="replace")
        corners = _box_around([(float(p.x), float(p.y)) for p in barcode.polygon])
        readings.append(_reading(text, _FROM_ZBAR.get(barcode.type, ""), corners, "zbar", formats))
    return _once(readings)


def _box_around(points: list[Point]) -> list[Point]:
    """Four corners around zbar's outline, which has any number of points: for a few scan lines only two."""
    if len(points) == 4:
        return points
    box = cv2.boxPoints(cv2.minAreaRect(np.array(points, dtype=np.float32).reshape(-1, 1, 2)))
    return [(float(x), float(y)) for x, y in box]


def _reading(text: str, symbology: str, corners: list[Point], decoder: str, formats: tuple[str, ...]) -> Reading | None:
    """The reading in its one form, or None for what was not asked for or cannot be right."""
    text = _canonical(text, symbology)
    if symbology == "EAN13" and "EAN13" not in formats:
        asked = "UPCA" in formats and text.startswith("0")
    else:
        asked = symbology in formats
    if not asked or len(text) < _FORMATS[symbology].shortest:
        return None
    if symbology in ("EAN13", "EAN8", "UPCE") and not gtin.check_digit_holds(text):
        return None
    one, two, three, four = corners
    return Reading(text, symbology, (one, two, three, four), decoder)


def _canonical(text: str, symbology: str) -> str:
    if symbology == "EAN13":
        return gtin.from_upc_a(text)
    if symbology == "UPCE":
        return gtin.from_upc_e(text)
    if symbology == "CODABAR":
        return text.strip("ABCDabcd")
    return text


def _once(readings: Iterable[Reading | None]) -> tuple[Reading, ...]:
    """Each code once, though it may be printed or found twice."""
    first: dict[tuple[str, str], Reading] = {}
    for reading in readings:
        if reading is not None:
            first.setdefault((reading.symbology, reading.text), reading)
    return tuple(first.values())


def _new_to(seen: tuple[Reading, ...], others: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """What the second decoder adds. Where both read one place, the first, which errs less, is believed."""
    return tuple(other for other in others if not any(other.same_place(one) for one in seen))
