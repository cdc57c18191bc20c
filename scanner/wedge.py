"""Keystrokes at scanner speed make one scan; a person's typing makes none.

Pure: keys and their times go in, scans come out. A scanner types its code with a few milliseconds between the
keys and ends it with Enter, with Tab, or with nothing but a pause.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from scanner.scan import Scan

SLOWEST_KEY = 0.06  # seconds between two keys of one code; radio scanners stutter
SLOWEST_MEAN = 0.035  # seconds a key over the whole code: nobody types 28 keys a second
PAUSE = 0.15  # seconds of silence that end a code without Enter or Tab
SHORTEST = 3
LONGEST = 512
ENDS = ("Enter", "Tab")


class Wedge:
    """The keys of one keyboard-like scanner. Times are seconds since the epoch, as the kernel stamps keys."""

    def __init__(self, source: str = "wedge", new: Callable[..., Scan] = Scan.new) -> None:
        self._source = source
        self._new = new
        self._keys: list[str] = []
        self._first = self._last = 0.0
        self._too_long = False

    def key(self, key: str, at: float) -> Scan | None:
        """A key went down: one character, or a name such as "Enter" or "Shift". Returns the scan it ends."""
        if key in ENDS:
            return self._finish()  # however late: before it came a pause, which ends a code as well
        if len(key) != 1 or not key.isprintable():
            return None  # Shift and the like come in the middle of a code
        scan = None
        if self._keys and not 0 <= at - self._last <= SLOWEST_KEY:
            scan = self._finish()
        self._add(key, at)
        return scan

    def idle(self, now: float) -> Scan | None:
        """No key has come until now. Returns the scan that the pause has ended, if one has."""
        return self._finish() if self._keys and now - self._last >= PAUSE else None

    def _add(self, key: str, at: float) -> None:
        if not self._keys:
            self._first = at
        self._last = at
        if len(self._keys) < LONGEST:
            self._keys.append(key)
        else:
            self._too_long = True  # refused whole: half a code would be another code

    def _finish(self) -> Scan | None:
        """The scan made by the keys so far, if a scanner made them. Afterwards there are none."""
        keys, too_long = self._keys, self._too_long
        self._keys, self._too_long = [], False
        if len(keys) < SHORTEST or too_long:
            return None
        if (self._last - self._first) / (len(keys) - 1) > SLOWEST_MEAN:
            return None
        return self._new("".join(keys), "", self._source, datetime.fromtimestamp(self._last, UTC))
