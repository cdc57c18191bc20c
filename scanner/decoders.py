"""zxing-cpp and pyzbar behind one form of answer.

One form for one print. EAN-13 and UPC-A are the same bars, so both come out as "EAN13" with thirteen digits
(UPC-A with a leading 0), whichever was asked for; asking for UPCA alone drops the numbers that do not begin
with 0. UPC-E comes out as "UPCE" with its zeros put back, thirteen digits too. EAN-8 stays at eight. Codabar
comes without its start and stop letters. Everything else is as printed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from pyzbar import pyzbar
from pyzbar.pyzbar import ZBarSymbol

from scanner import gtin
from scanner.picture import Gray
from scanner.reading import Corners, Point, Reading
from scanner.scan import SYMBOLOGIES, ScannerError


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


def known(formats: Sequence[str]) -> tuple[str, ...]:
    """The formats, once each. Raises ScannerError for a name outside the list and for none at all."""
    unknown = [name for name in formats if name not in _FORMATS]
    if unknown or not formats:
        trouble = f"There is no barcode format {unknown[0]!r}" if unknown else "No barcode format is on"
        message = f"{trouble}; the formats are {', '.join(SYMBOLOGIES)}."
        raise ScannerError(message, reason="CAMERA_FORMATS")
    return tuple(dict.fromkeys(formats))


class Zxing:
    """zxing-cpp for some formats. It does the bulk: fast, and few wrong reads."""

    def __init__(self, formats: tuple[str, ...], how: str = "zxing") -> None:
        self._formats, self._how = formats, how
        self._all = zxingcpp.BarcodeFormats([_FORMATS[name].zxing for name in formats])
        bars = [_FORMATS[name].zxing for name in formats if name != "QR"]
        self._bars = zxingcpp.BarcodeFormats(bars) if bars else None

    def frame(self, gray: Gray, *, invert: bool = False) -> tuple[Reading, ...]:
        """Every code on a picture, upright or on its side. `invert` also finds light bars on dark."""
        found = zxingcpp.read_barcodes(
            gray,
            formats=self._all,
            text_mode=zxingcpp.TextMode.Plain,  # the default mode puts brackets into GS1 texts
            try_invert=invert,
        )
        return _once(self._reading(barcode) for barcode in found)

    def strip(self, pixels: Gray) -> tuple[Reading, ...]:
        """The codes on a strip, bars upright. Corners are the strip's own."""
        if self._bars is None:
            return ()
        found = zxingcpp.read_barcodes(
            pixels,
            formats=self._bars,
            text_mode=zxingcpp.TextMode.Plain,
            try_rotate=False,
            try_downscale=False,
            try_invert=False,
        )
        return _once(self._reading(barcode) for barcode in found)

    def _reading(self, barcode: zxingcpp.Barcode) -> Reading | None:
        where = barcode.position
        points = (where.top_left, where.top_right, where.bottom_right, where.bottom_left)
        corners = [(float(p.x), float(p.y)) for p in points]
        return _reading(barcode.text, _FROM_ZXING.get(barcode.format, ""), corners, self._how, self._formats)


class Zbar:
    """pyzbar for some formats: slow, reads some codes that zxing-cpp does not, and errs more often."""

    def __init__(self, formats: tuple[str, ...], how: str = "zbar") -> None:
        self._formats, self._how = formats, how
        symbols = {_FORMATS[name].zbar for name in formats}
        if ZBarSymbol.EAN13 in symbols:
            symbols.add(ZBarSymbol.UPCE)  # or zbar gives UPC-E as EAN-13; as UPC-E it is dropped if not asked for
        self._symbols = list(symbols)

    def frame(self, gray: Gray) -> tuple[Reading, ...]:
        """Every code on a picture or a strip."""
        # Without `symbols` zbar tries everything, invents codes, and prints assertions from C.
        found = pyzbar.decode(gray, symbols=self._symbols)
        readings = []
        for barcode in found:
            text = barcode.data.decode("utf-8", errors="replace")
            corners = _box_around([(float(p.x), float(p.y)) for p in barcode.polygon])
            symbology = _FROM_ZBAR.get(barcode.type, "")
            readings.append(_reading(text, symbology, corners, self._how, self._formats))
        return _once(readings)


def _box_around(points: list[Point]) -> list[Point]:
    """Four corners around zbar's outline, which has any number of points: for a few scan lines only two."""
    if len(points) == 4:
        return points
    box = cv2.boxPoints(cv2.minAreaRect(np.array(points, dtype=np.float32).reshape(-1, 1, 2)))
    return [(float(x), float(y)) for x, y in box]


def _reading(text: str, symbology: str, points: list[Point], how: str, formats: tuple[str, ...]) -> Reading | None:
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
    one, two, three, four = points
    corners: Corners = (one, two, three, four)
    return Reading(text, symbology, corners, how)


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
