"""Why a code that is seen is not read, in a word for the screen: after some seconds, and steadily. Pure.

Bars that are located frame after frame and never read have something that a person can mend. What it is is judged
from the straightened bars: how bright they are, whether light is mirrored on them, how wide they are in the picture,
how steep their edges. A word is said only when most of the last second's frames agree on it.
"""

from collections import Counter, deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scanner.locate import Box
from scanner.picture import Gray
from scanner.strip import rectify

TOO_BLURRED, TOO_DARK, TOO_SMALL, TOO_NEAR, GLARE = "TOO_BLURRED", "TOO_DARK", "TOO_SMALL", "TOO_NEAR", "GLARE"
HINTS = (TOO_BLURRED, TOO_DARK, TOO_SMALL, TOO_NEAR, GLARE)
WAIT = 2.5  # seconds of located but unread bars before anything is said
GONE = 1.0  # seconds without bars after which nothing is said any more
_PACE = 0.1  # seconds between two judgements
_JUDGEMENTS = 12  # the last second's or so
_AGREE = 0.6  # of them, at least
_DARK = 70.0  # gray level of the paper below which a webcam's noise drowns the bars
_DEAD = 250  # gray level from which on a pixel only says "very bright"
_MIRRORED = 0.12  # of the bars' width without any bar, and very bright: no code has so wide a space
_NARROWEST = 110.0  # pixels: 79 modules, the shortest label, at 1.4 pixels a module
_WIDEST = 0.6  # of the picture's width
_SOFT = 3.2  # pixels that an edge takes from dark to light: 1.5 in focus, and at 3 few decoders read
_FEWEST_EDGES = 12  # of anything that is a code
_CONTRAST = 18.0  # gray levels between ink and paper below which there is nothing to judge


class Hints:
    """The memory of one camera's unread bars."""

    def __init__(self) -> None:
        self._since = self._last = self._judged = float("-inf")
        self._judgements: deque[str] = deque(maxlen=_JUDGEMENTS)
        self._said = ""

    def see(self, gray: Gray | None, boxes: Sequence[Box], read: bool, at: float) -> str | None:
        """The hint to show from this frame on ("" for none any more), or None when it stays as it is.

        `gray` is the frame in which the boxes are, None when it was not looked at; `read` says whether anything
        was read; `at` is in seconds by a clock that only runs forwards.
        """
        if read or at - self._last > GONE:
            self._since = float("-inf")
            self._judgements.clear()
        if read:
            return self._say("")
        if gray is None or not boxes:
            return self._say("") if at - self._last > GONE else None
        if at - self._judged < _PACE:
            return None
        self._judged = at
        trouble = trouble_with(gray, max(boxes, key=lambda box: box.score))
        if trouble is None:
            return self._say("") if at - self._last > GONE else None
        self._last = at
        self._since = at if self._since == float("-inf") else self._since
        self._judgements.append(trouble)
        return self._decide() if at - self._since >= WAIT else None

    def _decide(self) -> str | None:
        """What most of the last judgements agree on; while they do not agree, what was said stays."""
        word, times = Counter(self._judgements).most_common(1)[0]
        return self._say(word) if times >= _AGREE * len(self._judgements) else None

    def _say(self, word: str) -> str | None:
        changed, self._said = word != self._said, word
        return word if changed else None


def trouble_with(gray: Gray, box: Box) -> str | None:
    """One of HINTS, "" for bars that have nothing wrong that could be said, None for what looks like no code."""
    strip = rectify(gray, box)
    first, last = (round((end * box.width / 2 - strip.left) / strip.step) for end in (-1, 1))
    bars = strip.pixels[:, max(0, first) : last]
    line = bars.mean(axis=0, dtype=np.float64)
    if line.size < 16:
        return None
    dark, light = np.percentile(line, (5, 95))
    mirrored = _longest_run((bars >= _DEAD).mean(axis=0) > 0.5) > _MIRRORED * line.size
    if light - dark < _CONTRAST:
        return TOO_DARK if light < _DARK else None
    if _edges(line, float(dark + light) / 2) < _FEWEST_EDGES and not mirrored:
        return None
    if light < _DARK:
        return TOO_DARK
    if mirrored:
        return GLARE
    if box.width > _WIDEST * gray.shape[1]:
        return TOO_NEAR
    if box.width < _NARROWEST:
        return TOO_SMALL
    rise = float(light - dark) / max(float(np.abs(np.diff(line)).max()) / strip.step, 1e-6)
    return TOO_BLURRED if rise > _SOFT else ""


def _edges(line: NDArray[np.float64], middle: float) -> int:
    return int(np.count_nonzero(np.diff(line > middle)))


def _longest_run(there: NDArray[np.bool_]) -> int:
    """How many True stand in a row at most."""
    ends = np.flatnonzero(np.diff(np.concatenate(([0], there.astype(np.int8), [0]))))
    return int((ends[1::2] - ends[::2]).max(initial=0))
