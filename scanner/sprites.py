"""The things of the demo scene, each drawn once: a card, books, real barcodes on them, hands that hold them.

A sprite is premultiplied colour with its own transparency (its shadow included), drawn at the size it has in
the picture, the middle of its canvas being the point that the scene moves and turns.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanner.scan import ScannerError

Layer = NDArray[Any]
Colour = tuple[int, int, int]  # blue, green, red

SIDE = 1200  # of a sprite's canvas: an arm reaches from its middle past the picture's edge
_MIDDLE = SIDE // 2
_WIDEST_CODE = 400  # pixels
_PAPER: Colour = (250, 252, 253)
_INK: Colour = (48, 42, 40)
_SKIN: Colour = (146, 176, 222)
_SKIN_SHADE: Colour = (116, 146, 196)


@dataclass(frozen=True, slots=True)
class Sprite:
    """Premultiplied colour, how much of what lies beneath shows through (255 = all), and where it is not all."""

    colour: Layer
    see_through: Layer
    box: tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Cover:
    """The colours of a book: cloth, spine, and the two of its picture."""

    cloth: Colour
    spine: Colour
    light: Colour
    dark: Colour


COVERS = (
    Cover((92, 84, 196), (66, 58, 150), (150, 206, 246), (60, 50, 120)),  # red cloth, a low sun
    Cover((150, 118, 58), (112, 86, 38), (226, 226, 200), (96, 72, 30)),  # blue cloth, a moon
    Cover((104, 146, 84), (74, 108, 58), (130, 214, 240), (58, 88, 44)),  # green cloth, a leaf-coloured hill
)


def code_128(text: str) -> Layer:
    """The bars of a Code 128 with their quiet margin, dark on paper, as wide as whole pixels a bar allow.

    Raises ScannerError for a text that Code 128 cannot say or that would be too wide to be read.
    """
    try:
        bars = np.array(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128).to_image(scale=1))
    except (ValueError, RuntimeError) as error:
        raise ScannerError(f"The demo cannot draw {text!r} as Code 128: {error}.") from error
    line = bars[bars.shape[0] // 2]
    dark = np.flatnonzero(line == 0)
    modules = line[dark[0] : dark[-1] + 1]
    each = min(4, _WIDEST_CODE // (modules.size + 20))
    if each < 2:
        raise ScannerError(f"The demo cannot draw {text!r}: the code would be too wide for the picture.")
    quiet = np.full(10, 255, dtype=np.uint8)
    row = np.repeat(np.concatenate([quiet, modules, quiet]), each)
    ink, paper = np.array(_INK, np.uint8), np.array(_PAPER, np.uint8)
    return np.where(np.tile(row, (92, 1))[..., None] == 0, ink, paper)


def card(text: str) -> Sprite:
    """A reader's card with its code, held from below by a thumb and fingers."""
    colour, solid = _canvas()
    bars = code_128(text)
    width, height = max(470, bars.shape[1] + 60), 290
    left, top = _MIDDLE - width // 2, _MIDDLE - 170
    _arm(colour, solid, (_MIDDLE + 60, top + height + 40), sleeve=(150, 110, 92))
    _rounded(colour, solid, (left, top), (left + width, top + height), 22, (236, 240, 243))
    _rounded(colour, solid, (left, top), (left + width, top + 74), 22, (170, 132, 60))
    cv2.rectangle(colour, (left, top + 50), (left + width, top + 76), (170, 132, 60), -1)
    cv2.circle(colour, (left + 46, top + 38), 20, (220, 232, 240), -1, cv2.LINE_AA)
    for row, part in ((30, 0.44), (50, 0.3)):
        _line(colour, (left + 84, top + row), int(width * part), (236, 226, 206))
    _sticker(colour, (_MIDDLE, top + 158), bars, text)
    _thumb(colour, solid, (_MIDDLE + 90, top + height + 12))
    return _finished(colour, solid)


def book(text: str, cover: Cover) -> Sprite:
    """A book lying towards the camera, its label low on the cover, held at its lower right corner."""
    colour, solid = _canvas()
    bars = code_128(text)
    left, top, right, bottom = _MIDDLE - 235, _MIDDLE - 290, _MIDDLE + 235, _MIDDLE + 250
    _arm(colour, solid, (right - 40, bottom + 30), sleeve=(92, 122, 150))
    pages = (214, 228, 236)
    _rounded(colour, solid, (left + 8, top + 8), (right + 12, bottom + 12), 6, pages)
    for page in range(3):
        x = right + 3 + 3 * page
        cv2.line(colour, (x, top + 12), (x, bottom + 10), (180, 196, 206), 1)
    _rounded(colour, solid, (left, top), (right, bottom), 8, cover.cloth)
    cv2.rectangle(colour, (left, top + 4), (left + 34, bottom - 4), cover.spine, -1)
    _cover_picture(colour, (left + 34, top), (right, bottom), cover)
    _sticker(colour, (_MIDDLE + 14, bottom - 110), bars, text)
    _thumb(colour, solid, (right - 16, bottom - 6))
    return _finished(colour, solid)


def _cover_picture(colour: Layer, first: tuple[int, int], last: tuple[int, int], cover: Cover) -> None:
    """A sun or moon over hills, a title in two lines: drawn without letters, it needs no font."""
    (left, top), (right, bottom) = first, last
    middle = (left + right) // 2
    for row, part in ((56, 0.56), (86, 0.34)):
        length = int((right - left) * part)
        _line(colour, (middle - length // 2, top + row), length, cover.light)
    frame = colour[top + 8 : bottom - 8, left:right]
    cv2.circle(frame, ((right - left) * 2 // 3, 176), 48, cover.light, -1, cv2.LINE_AA)
    base = 318
    for centre, size in ((90, (200, 96)), (330, (220, 70))):
        cv2.ellipse(frame, (centre, base), size, 0, 180, 360, cover.dark, -1, cv2.LINE_AA)
    cv2.rectangle(frame, (0, base), (right - left, base + 8), cover.dark, -1)


def _canvas() -> tuple[Layer, Layer]:
    return np.zeros((SIDE, SIDE, 3), np.uint8), np.zeros((SIDE, SIDE), np.uint8)


def _rounded(
    colour: Layer, solid: Layer, first: tuple[int, int], last: tuple[int, int], radius: int, paint: Colour
) -> None:
    (left, top), (right, bottom) = first, last
    outline = [
        cv2.ellipse2Poly(corner, (radius, radius), 0, start, start + 90, 5)
        for corner, start in (
            ((left + radius, top + radius), 180),
            ((right - radius, top + radius), 270),
            ((right - radius, bottom - radius), 0),
            ((left + radius, bottom - radius), 90),
        )
    ]
    shape = [np.concatenate(outline)]
    cv2.fillPoly(colour, shape, paint, cv2.LINE_AA)
    cv2.fillPoly(solid, shape, (255,), cv2.LINE_AA)


def _line(colour: Layer, start: tuple[int, int], length: int, paint: Colour) -> None:
    """A line of print too small to be read."""
    cv2.line(colour, start, (start[0] + length, start[1]), paint, 9, cv2.LINE_AA)


def _sticker(colour: Layer, middle: tuple[int, int], bars: Layer, text: str) -> None:
    """A white label with the code and its text beneath, as a school prints them."""
    height, width = bars.shape[:2]
    left, top = middle[0] - width // 2, middle[1] - height // 2 - 12
    cv2.rectangle(colour, (left - 8, top - 10), (left + width + 8, top + height + 36), _PAPER, -1)
    colour[top : top + height, left : left + width] = bars
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 1)
    at = (middle[0] - wide // 2, top + height + 26)
    cv2.putText(colour, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, _INK, 1, cv2.LINE_AA)


def _arm(colour: Layer, solid: Layer, palm: tuple[int, int], sleeve: Colour) -> None:
    """Forearm, cuff and palm, going down out of the picture; drawn before the thing that is held."""
    x, y = palm
    for layer, paint in ((colour, _SKIN_SHADE), (solid, (255,))):
        for finger in range(4):
            tip = (x - 96 + 34 * finger, y - 120 - (12 if finger in (1, 2) else 0))
            cv2.line(layer, tip, (x - 50 + 22 * finger, y + 30), paint, 38, cv2.LINE_AA)
    for layer, paint in ((colour, _SKIN), (solid, (255,))):
        cv2.ellipse(layer, (x, y + 34), (92, 84), 0, 0, 360, paint, -1, cv2.LINE_AA)
        cv2.line(layer, (x + 8, y + 60), (x + 60, SIDE + 80), paint, 112, cv2.LINE_AA)
    for layer, paint in ((colour, sleeve), (solid, (255,))):
        cv2.line(layer, (x + 28, y + 190), (x + 70, SIDE + 80), paint, 164, cv2.LINE_AA)
    shade = tuple(int(part * 0.8) for part in sleeve)
    cv2.line(colour, (x - 52, y + 178), (x + 108, y + 170), shade, 16, cv2.LINE_AA)


def _thumb(colour: Layer, solid: Layer, base: tuple[int, int]) -> None:
    """The thumb over the edge of the thing that is held."""
    x, y = base
    for layer, paint in ((colour, _SKIN_SHADE), (solid, (255,))):
        cv2.line(layer, (x + 3, y + 62), (x - 25, y - 19), paint, 54, cv2.LINE_AA)
    for layer, paint in ((colour, _SKIN), (solid, (255,))):
        cv2.line(layer, (x, y + 60), (x - 28, y - 18), paint, 48, cv2.LINE_AA)
    cv2.ellipse(colour, (x - 32, y - 28), (13, 16), -18, 0, 360, (190, 208, 236), -1, cv2.LINE_AA)


def _finished(colour: Layer, solid: Layer) -> Sprite:
    """Colour premultiplied by how solid it is, with a soft shadow to the lower right."""
    shadow = cv2.GaussianBlur(np.roll(solid, (16, 12), (0, 1)), (0, 0), 14)
    inside = solid[..., None].astype(np.float32) / 255
    dark = 0.42 * shadow[..., None].astype(np.float32) / 255
    alpha = inside + (1 - inside) * dark
    see_through = np.repeat(np.rint(255 * (1 - alpha)), 3, axis=2)
    left, top, width, height = cv2.boundingRect((see_through[..., 0] < 255).astype(np.uint8))
    box = (left, top, left + width, top + height)
    return Sprite(np.rint(colour * inside).astype(np.uint8), see_through.astype(np.uint8), box)
