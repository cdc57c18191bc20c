"""What is held before the generated camera, drawn flat and from the front: labels, covers, backgrounds, all gray."""

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

Gray = NDArray[np.float32]  # how much light comes back, 0 to 255
Ink = NDArray[np.uint8]  # the same while lines and letters are drawn, which OpenCV smooths on bytes only

_DRAWN = {"CODE128": "Code128", "CODABAR": "Codabar", "EAN13": "EAN13"}
_QUIET = 10  # modules of white on either side of the bars
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Print:
    """A code as it is printed: what it says, how wide a module is and how high the bars are, in millimetres."""

    text: str
    symbology: str
    module: float
    height: float

    @property
    def modules(self) -> NDArray[np.uint8]:
        """The bars from the first to the last, one entry a module, 1 being ink."""
        said = f"A{self.text}B" if self.symbology == "CODABAR" else self.text
        kind = getattr(zxingcpp.BarcodeFormat, _DRAWN[self.symbology])
        drawn = np.array(zxingcpp.create_barcode(said, kind).to_image(scale=1))
        line = (drawn[drawn.shape[0] // 4] == 0).astype(np.uint8)
        dark = np.flatnonzero(line)
        return np.asarray(line[dark[0] : dark[-1] + 1], np.uint8)

    @property
    def width(self) -> float:
        """From the first bar to the last, in millimetres."""
        return self.modules.size * self.module


def any_print(rng: np.random.Generator) -> Print:
    """A label as schools have them: mostly 8 digits in Code 128, some 14-digit Codabar, some books' own ISBN."""
    kind = rng.random()
    if kind < 0.75:
        text = f"1{int(rng.integers(0, 10**7)):07d}"
        return Print(text, "CODE128", float(rng.uniform(30, 45)) / 79, float(rng.uniform(9, 14)))
    if kind < 0.85:
        text = _with_luhn(f"3{int(rng.integers(0, 10**12)):012d}")
        return Print(text, "CODABAR", float(rng.uniform(44, 50)) / 161, 12)
    twelve = f"9787{int(rng.integers(0, 10**8)):08d}"
    check = -sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(twelve)) % 10
    return Print(f"{twelve}{check}", "EAN13", float(rng.uniform(30, 37)) / 95, float(rng.uniform(11, 20)))


def _with_luhn(digits: str) -> str:
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return f"{digits}{-sum(value // 10 + value % 10 for value in doubled) % 10}"


def label(code: Print, scale: float, ink: float, paper: float) -> Ink:
    """The printed label with its quiet margin and its text beneath; `scale` is in pixels a millimetre."""
    fine = 6  # pixels a module before it is brought to size
    line = np.repeat(np.pad(code.modules, _QUIET), fine)
    width, bars = round(line.size / fine * code.module * scale), round(code.height * scale)
    row = cv2.resize(np.where(line == 1, ink, paper)[None], (width, 1), interpolation=cv2.INTER_AREA)
    margin, foot = round(1.5 * scale), round(4.5 * scale)
    sticker = np.full((bars + margin + foot, width), paper, np.uint8)
    sticker[margin : margin + bars] = np.rint(row)
    size = 0.09 * scale
    (wide, _), _ = cv2.getTextSize(code.text, _FONT, size, 1)
    at = ((width - wide) // 2, margin + bars + round(3.4 * scale))
    cv2.putText(sticker, code.text, at, _FONT, size, ink, max(1, round(scale / 5)), cv2.LINE_AA)
    return sticker


def bent(sticker: Ink, turn: float, bow: float) -> Ink:
    """The label on a rounded surface: one end turned away by `turn` radians, the bars' ends bowed by `bow` heights."""
    height, width = sticker.shape
    across = np.linspace(0, 1, width, dtype=np.float32)
    seen = np.sin(across * abs(turn)) / np.sin(abs(turn)) if abs(turn) > 1e-3 else across
    # For every place as it is seen: where on the flat label it was.
    source = np.interp(np.linspace(0, seen[-1], width), seen, across)
    if turn < 0:
        source = 1 - source[::-1]
    columns = np.tile((source * (width - 1)).astype(np.float32), (height, 1))
    sag = bow * height * (4 * (across - 0.5) ** 2 - 0.5)
    rows = np.arange(height, dtype=np.float32)[:, None] + sag.astype(np.float32)[None]
    shade = 1 - 0.35 * abs(np.sin(turn)) * (across if turn > 0 else across[::-1])
    seen_label = cv2.remap(sticker, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen_label * shade[None], dtype=np.uint8)


def cover(rng: np.random.Generator, width: int, height: int) -> Ink:
    """A book's cover or a card: a ground, pictures, lines of print, sometimes stripes that look like bars."""
    ground = float(rng.uniform(40, 215))
    sheet = np.full((height, width), ground, np.uint8)
    for _ in range(int(rng.integers(2, 6))):
        place = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        size = (int(rng.uniform(0.05, 0.3) * width), int(rng.uniform(0.05, 0.3) * height))
        turn, paint = float(rng.uniform(0, 180)), float(rng.uniform(20, 235))
        cv2.ellipse(sheet, place, size, turn, 0, 360, paint, -1, cv2.LINE_AA)
    for _ in range(int(rng.integers(1, 4))):
        _print(sheet, rng)
    if rng.random() < 0.4:
        _stripes(sheet, rng)
    grain = rng.normal(0, 6, (height // 4 + 1, width // 4 + 1)).astype(np.float32)
    return np.asarray(np.clip(sheet + cv2.resize(grain, (width, height)), 0, 255), np.uint8)


def _print(sheet: Ink, rng: np.random.Generator) -> None:
    """A few lines of a text."""
    height, width = sheet.shape
    size, ink = float(rng.uniform(0.6, 2.2)), float(rng.choice([25, 235]))
    x, y = int(rng.uniform(0, 0.5) * width), int(rng.uniform(0.05, 0.9) * height)
    for line in range(int(rng.integers(1, 5))):
        words = "".join(rng.choice(list("abdeghiklmnoprstuwHMTL  "), int(rng.integers(8, 22))))
        at = (x, y + int(38 * size * line))
        cv2.putText(sheet, words, at, _FONT, size, ink, max(1, round(2 * size)), cv2.LINE_AA)


def _stripes(sheet: Ink, rng: np.random.Generator) -> None:
    """A striped ornament of irregular period."""
    height, width = sheet.shape
    left, top = int(rng.uniform(0, 0.7) * width), int(rng.uniform(0, 0.8) * height)
    high, x = int(rng.uniform(0.06, 0.2) * height), left
    while x < left + 0.3 * width:
        wide = int(rng.integers(4, 16))
        cv2.rectangle(sheet, (x, top), (x + wide, top + high), float(rng.uniform(20, 235)), -1)
        x += wide + int(rng.integers(4, 16))


def striped(rng: np.random.Generator, width: int, height: int, narrowest: float, widest: float) -> Gray:
    """Cloth with stripes, or a shelf of spines: bands of these widths in pixels, with folds."""
    sheet = np.zeros((height, width), np.float32)
    x = 0
    while x < width:
        wide = int(rng.uniform(narrowest, widest))
        sheet[:, x : x + wide] = rng.uniform(25, 225)
        x += max(wide, 1)
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    fold = 0.25 * narrowest + 3
    source = across + fold * np.sin(down / 47 + float(rng.uniform(0, 6))) * np.sin(down / 131)
    return np.asarray(cv2.remap(sheet, source, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), dtype=np.float32)


def room(rng: np.random.Generator, width: int, height: int) -> Gray:
    """What the camera sees behind the thing that is held: a wall or a desk, edges of furniture, sometimes a shelf."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    tilt = rng.uniform(-40, 40, 2)
    ground = rng.uniform(70, 190) + tilt[0] * (across / width - 0.5) + tilt[1] * (down / height - 0.5)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), sigmaX=25, sigmaY=2)
    back = np.asarray(ground + grain * (6 / float(np.abs(grain).max())), dtype=np.float32)
    for _ in range(int(rng.integers(1, 5))):
        first = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        last = (first[0] + int(rng.uniform(40, 500)), first[1] + int(rng.uniform(40, 400)))
        cv2.rectangle(back, first, last, float(rng.uniform(30, 220)), -1)
    if rng.random() < 0.3:
        high = int(rng.uniform(0.2, 0.5) * height)
        back[:high] = striped(rng, width, high, 8, 60)
    return np.asarray(cv2.GaussianBlur(back, (0, 0), 1.5), dtype=np.float32)
