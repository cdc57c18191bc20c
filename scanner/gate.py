"""Whether anything is before the camera that was not there before: a still scene is not worth a decoder's time.

Pure: frames go in with their times. What is seen is a thumbnail, so that a frame costs about a tenth of a
millisecond. The background is learnt only while nothing moves, so that a hand is never part of it; what is left
lying becomes part of it after some seconds. The median of all changes is taken off first: when the camera or
the sun makes the whole picture brighter, nothing has moved.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.closer import WHOLE, Part

HEARTBEAT = 0.5  # seconds: so often a still scene is looked at all the same
LEARN = 4.0  # seconds after which what only lies there belongs to the background
_WIDE = 160  # pixels of the thumbnail, at most
_CHANGED = 9.0  # gray levels that a place must differ by: the noise of a webcam at night is 2 after the blur
_NOISES = 7.0  # or so many times the noise that this camera has: its tails, with 14,400 places in each frame
_NOISIEST = 4.0  # more is movement of the whole picture, whose end must not find the gate deaf
_MEASURED = 4  # frames: so often the noise is measured, and a scene in which nothing moves held against the background
_PLACES = 24  # of 14,400 that must have changed: a label of 100 x 50 pixels has 78
_PACE = 0.3  # part of a frame that the background takes over at each heartbeat of a still scene
_FEW = 4  # every so many places, down and across, are enough for a median
_QUIETED = 0.6745  # the median of a normal distribution's absolute values, in standard deviations

Thumbnail = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sight:
    """What the gate saw: `moving` since the frame before, `foreign` to the background, `due` by the heartbeat.

    `part` is where the foreign thing is: left, top, right, bottom, from 0 to 1 of the picture; all of it if unknown.
    """

    moving: bool
    foreign: bool
    due: bool
    part: Part = WHOLE

    @property
    def busy(self) -> bool:
        """Whether something is there, be it at rest."""
        return self.moving or self.foreign

    @property
    def open(self) -> bool:
        """Whether this frame is worth looking at."""
        return self.moving or self.foreign or self.due


class Gate:
    """The memory of one camera's scene."""

    def __init__(self) -> None:
        self._before: Thumbnail | None = None
        self._background = np.empty((0, 0), np.float32)
        self._behind = np.empty((0, 0), np.uint8)  # the background in whole gray levels
        self._noise = 1.0
        self._count = 0
        self._foreign = True
        self._part = WHOLE
        self._alike: NDArray[Any] = np.empty((0, 0), np.uint8)
        self._still_since = self._beat = 0.0

    def see(self, picture: NDArray[Any], at: float) -> Sight:
        """The next frame (gray or colour, 8 bit). `at` is in seconds by a clock that only runs forwards."""
        thumbnail = _thumbnail(picture)
        before, self._before = self._before, thumbnail
        if before is None or before.shape != thumbnail.shape:
            self._learn(thumbnail, 1.0)
            self._still_since = self._beat = at
            return Sight(moving=True, foreign=True, due=True)
        due = at - self._beat >= HEARTBEAT
        self._count += 1
        moving = self._changed(thumbnail, before, measure=self._count % _MEASURED == 0)
        if moving or due or self._count % _MEASURED == 0:
            self._foreign = self._changed(thumbnail, self._behind)
            self._part = self._where() if self._foreign else WHOLE
        foreign = self._foreign
        if moving:
            self._still_since = at
        elif not foreign and due:
            self._learn(thumbnail, _PACE)
        elif at - self._still_since >= LEARN:
            self._learn(thumbnail, 1.0)
        if moving or foreign or due:
            self._beat = at
        return Sight(moving, foreign, due, self._part)

    def _learn(self, thumbnail: Thumbnail, pace: float) -> None:
        if pace == 1.0:
            self._background = thumbnail.astype(np.float32)
        else:
            cv2.accumulateWeighted(thumbnail, self._background, pace)
        self._behind = np.asarray(np.rint(self._background), np.uint8)

    def _changed(self, thumbnail: Thumbnail, other: Thumbnail, *, measure: bool = False) -> bool:
        """Whether enough places differ, more than noise and a change of light explain."""
        change = cv2.subtract(thumbnail, other, dtype=cv2.CV_16S)
        few = change[::_FEW, ::_FEW].ravel()
        middle = _median(few)
        if measure:
            noise = _median(np.abs(few - middle)) / _QUIETED
            # Slowly, and never by leaps: a picture that moves all over is not noise.
            self._noise += _PACE * (min(noise, 2 * self._noise + 1, _NOISIEST) - self._noise)
        least = max(_CHANGED, _NOISES * self._noise)
        self._alike = cv2.inRange(change, (middle - least,), (middle + least,))
        return change.size - cv2.countNonZero(self._alike) >= _PLACES

    def _where(self) -> Part:
        """What the places that were changed at the last question span, single ones left out."""
        changed = cv2.erode(cv2.bitwise_not(self._alike), np.ones((2, 2), np.uint8))
        left, top, wide, tall = cv2.boundingRect(changed)
        down, across = changed.shape
        if not wide:
            return WHOLE
        return (left / across, top / down, (left + wide) / across, (top + tall) / down)


def _median(values: NDArray[Any]) -> float:
    # A tenth of the time of np.median, which for so few values would be the most of the gate's.
    middle = values.size // 2
    return float(np.partition(values, middle)[middle])


def _thumbnail(picture: NDArray[Any]) -> Thumbnail:
    """Every eighth pixel or so of one channel, blurred."""
    step = max(1, picture.shape[1] // _WIDE)
    channel = picture[::step, ::step] if picture.ndim == 2 else picture[::step, ::step, 1]
    return np.asarray(cv2.blur(np.ascontiguousarray(channel), (5, 5)), np.uint8)
