"""A generated camera, so that a newcomer without one sees a scan: a card and books, moved over a desk.

The scene is a pure function of time. It loops: the card, the books one after the other, the card once more
(which finishes), a pause, the books again without a card (which returns them), a longer pause.
"""

import time
from collections.abc import Iterator
from math import cos, sin
from threading import Event
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.camera import HEIGHT, WIDTH, Frame
from scanner.scan import ScannerError
from scanner.sprites import COVERS, SIDE, Sprite, book, card

DEFAULT_TEXTS = ("20250101", "10000001", "10000002", "10000003")
FRAMES_PER_SECOND = 20
COMING, HELD, GOING, BETWEEN = 0.5, 1.2, 0.5, 0.4  # seconds of each appearance
PAUSE, LONG_PAUSE = 3.0, 6.0
_APPEARANCE = COMING + HELD + GOING + BETWEEN
_FAR = 820.0  # pixels below its place, where a thing is out of the picture
_NOISE = 5  # standard deviation of the sensor's noise, in gray levels

Picture = NDArray[np.uint8]


def texts_of(name: str) -> tuple[str, ...]:
    """The card's and the labels' texts in a camera name "demo" or "demo:CARD,LABEL,LABEL".

    Raises ScannerError when there is no card or no label in it.
    """
    if name == "demo":
        return DEFAULT_TEXTS
    texts = tuple(text.strip() for text in name.removeprefix("demo:").split(","))
    if len(texts) < 2 or not all(texts):
        raise ScannerError(f"{name!r} should be demo:CARD,LABEL,LABEL with a card and at least one label.")
    return texts


class Scene:
    """The scene with these texts, the first being the card's.

    Raises ScannerError for a text that cannot be drawn.
    """

    def __init__(self, texts: tuple[str, ...] = DEFAULT_TEXTS) -> None:
        self._sprites = [card(texts[0])]
        self._sprites += [book(text, COVERS[n % len(COVERS)]) for n, text in enumerate(texts[1:])]
        self._desk = _desk()
        self._noise = _noise()
        books = range(1, len(texts))
        self._starts = _starts([0, *books, 0], 0.0)
        self._starts += _starts(list(books), len(self._starts) * _APPEARANCE + PAUSE)
        self.duration = self._starts[-1][0] + _APPEARANCE + LONG_PAUSE

    def frame_at(self, moment: float) -> Picture:
        """The picture at a moment (seconds from the start of the first loop), 1280x720 BGR."""
        within = moment % self.duration
        picture = self._desk.copy()
        for start, which in self._starts:
            since = within - start
            if 0 <= since < _APPEARANCE - BETWEEN:
                _lay(picture, self._sprites[which], _placed(since, moment, which))
        return self._with_noise(picture, moment)

    def _with_noise(self, picture: Picture, moment: float) -> Picture:
        grain = int(moment * 1000)
        brighter, darker = self._noise
        down = grain * 104729 % (brighter.shape[0] - HEIGHT)
        across = grain * 7919 % (brighter.shape[1] - WIDTH)
        window = (slice(down, down + HEIGHT), slice(across, across + WIDTH))
        cv2.add(picture, brighter[window], dst=picture)
        cv2.subtract(picture, darker[window], dst=picture)
        return picture


def demo_frames(name: str, stop: Event) -> Iterator[Frame]:
    """The scene in real time until `stop`. Raises ScannerError for a name that cannot be drawn."""
    scene = Scene(texts_of(name))
    start = time.monotonic()
    while not stop.is_set():
        at = time.monotonic() - start
        yield Frame(scene.frame_at(at), at)
        stop.wait(max(0.0, 1 / FRAMES_PER_SECOND - (time.monotonic() - start - at)))


def _starts(order: list[int], first: float) -> list[tuple[float, int]]:
    return [(first + _APPEARANCE * place, which) for place, which in enumerate(order)]


def _placed(since: float, moment: float, which: int) -> NDArray[np.float64]:
    """Where a thing is that came `since` seconds ago: moved in from below, held unsteadily, moved out."""
    coming, going = max(0.0, 1 - since / COMING), max(0.0, (since - COMING - HELD) / GOING)
    away = (coming + going) ** 3
    phase = 2.1 * which
    sway_x = 5 * sin(2.9 * moment + phase) + 2 * sin(7.3 * moment)
    sway_y = 4 * cos(2.3 * moment + phase) + 2 * sin(6.1 * moment + 1)
    degrees = (3.5, -4.0, 5.0, -2.5)[which % 4] + 0.8 * sin(1.9 * moment + phase) - 14 * away
    x = WIDTH / 2 + 120 * away + sway_x
    y = HEIGHT / 2 + 10 + _FAR * away + sway_y
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, 1.0)
    shift = np.array([x - SIDE / 2, y - SIDE / 2])
    return np.column_stack([turn[:, :2], turn[:, 2] + shift])


def _lay(picture: Picture, sprite: Sprite, place: NDArray[np.float64]) -> None:
    """Lay a sprite over the picture, moved and turned. Only the part of the picture that it covers is touched."""
    left, top, right, bottom = sprite.box
    corners = np.array([(left, top, 1), (right, top, 1), (right, bottom, 1), (left, bottom, 1)])
    covered = corners @ place.T
    x0, y0 = np.maximum(np.floor(covered.min(axis=0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(covered.max(axis=0)).astype(int), (WIDTH, HEIGHT))
    if x0 >= x1 or y0 >= y1:
        return
    place = place - np.array([[0, 0, x0], [0, 0, y0]])
    size = (int(x1 - x0), int(y1 - y0))
    colour = cv2.warpAffine(sprite.colour, place, size)
    through = cv2.warpAffine(sprite.see_through, place, size, borderValue=(255, 255, 255))
    part = picture[y0:y1, x0:x1]
    part[:] = cv2.add(cv2.multiply(part, through, scale=1 / 255), colour)


def _desk() -> Picture:
    """A warm, paper-coloured table with a soft grain, lit from the upper left."""
    rng = np.random.default_rng(7)
    grain = rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), sigmaX=60, sigmaY=1.6), dtype=np.float32)
    grain *= 9 / float(np.abs(grain).max())
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    light = 1.04 - 0.20 * np.hypot(across / WIDTH - 0.35, down / HEIGHT - 0.3)
    paper = np.array([198, 219, 233], dtype=np.float32)
    desk: Picture = np.clip((paper + grain[..., None]) * light[..., None], 0, 255).astype(np.uint8)
    cv2.rectangle(desk, (150, 56), (WIDTH - 150, HEIGHT - 44), (176, 196, 208), 2, cv2.LINE_AA)
    return desk


def _noise() -> tuple[NDArray[Any], NDArray[Any]]:
    """What a sensor adds and takes away: more than a picture's worth; each frame takes another part of it."""
    rng = np.random.default_rng(11)
    grains = np.repeat(np.rint(rng.normal(0, _NOISE, (HEIGHT + 211, WIDTH + 307, 1))), 3, axis=2)
    return np.clip(grains, 0, 255).astype(np.uint8), np.clip(-grains, 0, 255).astype(np.uint8)
