"""Which of a camera's modes to use, and its own focus and exposure: asked for, and verified by reading back.

A driver may refuse a setting, ignore it, grant something else, or raise. What it says afterwards is what counts.
"""

import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import cv2

# In this order. Raw pictures of 1280x720, 30 a second, do not fit USB 2, and many cameras then give 10: too slow
# for a thing that moves, so raw is second best at any size.
MODES = (("MJPG", 1280, 720), ("YUYV", 1280, 720), ("MJPG", 640, 480), ("YUYV", 640, 480))
RATE = 30.0
_SLOWEST = 15.0  # pictures a second that a mode must give to be taken for its size
# "Expose by yourself": V4L2's aperture priority (its 1 is "by hand"), the word of others, and of old OpenCV.
_AUTOMATIC = (3.0,) if sys.platform == "linux" else (1.0, 0.75)


class Settings(Protocol):
    """What is needed of cv2.VideoCapture."""

    def set(self, propId: int, value: float) -> bool: ...  # noqa: N803

    def get(self, propId: int) -> float: ...  # noqa: N803


@dataclass(frozen=True, slots=True)
class Mode:
    """What a camera says that it does. `rate` is 0 where it does not say; autofocus and exposure as it has them."""

    coding: str
    width: int
    height: int
    rate: float
    autofocus: bool = False
    auto_exposure: bool = False

    def __str__(self) -> str:
        """For an installer: "1280x720 MJPG, 30 a second, autofocus"."""
        rate = f", {self.rate:g} a second" if self.rate else ""
        return f"{self.width}x{self.height} {self.coding}{rate}, {'' if self.autofocus else 'no '}autofocus"

    @property
    def worth(self) -> float:
        """Pixels, if there are enough pictures of them; else as many fewer."""
        return self.width * self.height * min(1.0, (self.rate or RATE) / _SLOWEST) ** 3


def settle(camera: Settings) -> Mode:
    """Put the camera into the first of MODES that it grants, or the best that it offers instead."""
    offers = []
    for coding, width, height in MODES:
        offer = _ask(camera, coding, width, height)
        offers.append(offer)
        if (offer.width, offer.height) == (width, height) and (offer.rate or RATE) >= _SLOWEST:
            break
    best = max(offers, key=lambda offer: (offer.worth, offer.coding == MODES[0][0]))
    if offers[-1] != best:
        _ask(camera, best.coding, best.width, best.height)
    _set(camera, cv2.CAP_PROP_BUFFERSIZE, 1)
    return _now(camera, _granted(camera, cv2.CAP_PROP_AUTOFOCUS, (1.0,)), _exposes(camera))


def _ask(camera: Settings, coding: str, width: int, height: int) -> Mode:
    if len(coding) == 4:
        _set(camera, cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*coding))
    _set(camera, cv2.CAP_PROP_FRAME_WIDTH, width)
    _set(camera, cv2.CAP_PROP_FRAME_HEIGHT, height)
    _set(camera, cv2.CAP_PROP_FPS, RATE)
    return _now(camera)


def _now(camera: Settings, autofocus: bool = False, auto_exposure: bool = False) -> Mode:
    width, height = _get(camera, cv2.CAP_PROP_FRAME_WIDTH), _get(camera, cv2.CAP_PROP_FRAME_HEIGHT)
    rate = _get(camera, cv2.CAP_PROP_FPS)
    coding = _coding(int(_get(camera, cv2.CAP_PROP_FOURCC)))
    return Mode(coding, int(width), int(height), rate if 1 <= rate <= 240 else 0.0, autofocus, auto_exposure)


def _coding(number: int) -> str:
    letters = "".join(chr(number >> shift & 255) for shift in (0, 8, 16, 24)) if number > 0 else ""
    return letters if letters.isascii() and letters.isprintable() else ""


def _exposes(camera: Settings) -> bool:
    """Whether it exposes by itself: left alone if it says so, since setting it makes some cameras begin anew."""
    if _get(camera, cv2.CAP_PROP_AUTO_EXPOSURE) in _AUTOMATIC:
        return True
    return _granted(camera, cv2.CAP_PROP_AUTO_EXPOSURE, _AUTOMATIC)


def _granted(camera: Settings, setting: int, values: tuple[float, ...]) -> bool:
    """Whether the camera took one of these values, in this order."""
    before = _get(camera, setting)
    for value in values:
        if _set(camera, setting, value) and _get(camera, setting) == value:
            return True
    _set(camera, setting, before)  # or a driver that rounds would be left in between
    return False


def _set(camera: Settings, setting: int, value: float) -> bool:
    with suppress(cv2.error):  # a wish: what the camera cannot do it answers with what it can
        return bool(camera.set(setting, value))
    return False


def _get(camera: Settings, setting: int) -> float:
    with suppress(cv2.error):  # some back ends raise for what they do not know
        return float(camera.get(setting))
    return 0.0
