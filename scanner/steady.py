"""Many readings of one code held in view make one scan.

Pure: the readings of each frame go in with the frame's time, the codes to act on come out.

1. A code counts when enough frames, close together in time, agree on it.
2. It counts once. Only after it has been out of view for a while does it count again.
3. A different text read at the same place is a rival, and a code must be seen twice as often as its rivals
   since it first appeared: blur repeats a wrong text surprisingly often, but not as often as the right one.
4. Two codes in different places have nothing to do with each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.reading import Reading

AWAY = 2.0  # seconds out of view before the same code counts again; a shaking hand hides a code for a second
TOGETHER = 1.5  # seconds within which views must agree
_VIEWS = {"QR": 1, "CODE128": 2}  # QR corrects its own errors; Code 128 has a check character mod 103
_VIEWS_WITHOUT_STRONG_CHECK = 3  # EAN's digit lets one error in ten through; Code 39, Codabar, ITF have none


def views_needed(reading: Reading) -> int:
    """How many frames must agree before this code is believed."""
    if reading.symbology == "EAN13" and reading.text.startswith(("978", "979")):
        return 2  # the prefix that every book has is a check of its own
    return _VIEWS.get(reading.symbology, _VIEWS_WITHOUT_STRONG_CHECK)


@dataclass(slots=True)
class _Track:
    """One code from its first view until it has been away."""

    reading: Reading  # the latest
    views: list[float] = field(default_factory=list)
    first: float = 0.0
    counted: bool = False

    def views_since(self, moment: float) -> int:
        return sum(1 for at in self.views if at >= moment)


class Steady:
    """The memory of one camera. Feed it every frame's readings, also when there are none."""

    def __init__(self) -> None:
        self._tracks: dict[tuple[str, str], _Track] = {}
        self._now = float("-inf")

    def see(self, readings: Iterable[Reading], at: float) -> tuple[Reading, ...]:
        """The codes that count from this frame on. `at` is in seconds by a clock that only runs forwards."""
        self._now = max(self._now, at)
        self._forget()
        seen = {(reading.symbology, reading.text): reading for reading in readings}
        for key, reading in seen.items():
            self._view(key, reading)
        counting = [track for track in map(self._tracks.__getitem__, seen) if self._counts(track)]
        for track in counting:
            track.counted = True
        return tuple(track.reading for track in counting)

    def _forget(self) -> None:
        for key, track in list(self._tracks.items()):
            if self._now - track.views[-1] > AWAY:
                del self._tracks[key]
                continue
            last = track.views[-1]
            track.views = [at for at in track.views if self._now - at <= TOGETHER] or [last]
            if not track.counted:
                track.first = track.views[0]

    def _view(self, key: tuple[str, str], reading: Reading) -> None:
        track = self._tracks.setdefault(key, _Track(reading, first=self._now))
        track.reading = reading
        track.views.append(self._now)

    def _counts(self, track: _Track) -> bool:
        recent = [at for at in track.views if self._now - at <= TOGETHER]
        if track.counted or len(recent) < views_needed(track.reading):
            return False
        rivals = (
            other.views_since(track.first)
            for other in self._tracks.values()
            if other is not track and other.reading.same_place(track.reading)
        )
        return len(recent) >= 2 * max(rivals, default=0)
