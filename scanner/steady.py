"""Many readings of one code held in view make one scan.

Pure: the readings of each frame go in with the frame's time, the codes to act on come out.

1. A code counts when enough frames, close together in time, agree on it: one for what can hardly be wrong, such as
   the school's own labels, more for others, and one more yet for a stranger where the school's labels are known.
2. It counts once. Only after it has been out of view for a while does it count again. As long as nothing moves
   before the camera it has not been out of view, whether it is read or not.
3. A different text read at the same place is a rival, and a code must be seen twice as often as its rivals
   since it first appeared: blur repeats a wrong text surprisingly often, but not as often as the right one.
   A reading that the picture itself contradicts is no view but a rival of its own text.
4. Two codes in different places have nothing to do with each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.patterns import Patterns
from scanner.reading import Reading

AWAY = 2.0  # seconds out of view before the same code counts again; a shaking hand hides a code for a second
TOGETHER = 1.5  # seconds within which views must agree: some 30 frames that were looked at
REFUTED = 0.25  # a reading less sure than this is contradicted by its picture
_REFUTATION = 3  # views that outweigh one such: it refutes 1 right number in 100, and 4 wrong ones in 5
_CODABAR_LIBRARY = 14  # digits, the last being a check by Luhn's rule: what libraries' Codabar labels have
# QR corrects its own errors. Code 128 has a check character mod 103. Code 39 has none, but every character's own
# bars check it. EAN's digit lets one error in ten through, and ITF has nothing: three.
_VIEWS = {"QR": 1, "CODE128": 2, "CODE39": 2}
_VIEWS_WITHOUT_STRONG_CHECK = 3
_WEAK = ("EAN13", "EAN8", "UPCA", "UPCE", "ITF")  # blur turns one number of these into another of the same pattern


def views_needed(reading: Reading, patterns: Patterns) -> int:
    """How many frames must agree before this code is believed."""
    if reading.symbology == "QR":
        return 1
    if patterns.match(reading.text):
        return 2 if reading.symbology in _WEAK else 1
    stranger = 1 if patterns else 0
    if reading.symbology == "CODABAR" and len(reading.text) == _CODABAR_LIBRARY and luhn_holds(reading.text):
        return 1 + stranger
    if reading.symbology == "EAN13" and reading.text.startswith(("978", "979")):
        return 2  # the prefix that every book has is a check of its own, and a school's books have it
    return _VIEWS.get(reading.symbology, _VIEWS_WITHOUT_STRONG_CHECK) + stranger


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is right by Luhn's rule: every second digit doubled, the digits' sum ends in 0."""
    if not (digits.isascii() and digits.isdigit()):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


@dataclass(slots=True)
class _Track:
    """One code from its first view until it has been away."""

    reading: Reading  # the latest
    views: list[float] = field(default_factory=list)
    against: list[float] = field(default_factory=list)  # when the picture contradicted it
    first: float = 0.0
    last: float = 0.0  # until when it is known to have been in view
    present: bool = True  # nothing has moved since it was read
    counted: bool = False

    def views_since(self, moment: float) -> int:
        return sum(1 for at in self.views if at >= moment)


class Steady:
    """The memory of one camera. Feed it every frame's readings, also when there are none."""

    def __init__(self, patterns: Patterns | None = None) -> None:
        self.patterns = patterns or Patterns()
        self._tracks: dict[tuple[str, str], _Track] = {}
        self._now = float("-inf")

    def see(self, readings: Iterable[Reading], at: float, *, still: bool = False) -> tuple[Reading, ...]:
        """The codes that count from this frame on.

        `at` is in seconds by a clock that only runs forwards; `still` says that nothing has moved since the
        frame before.
        """
        self._now = max(self._now, at)
        for track in self._tracks.values():
            track.present = track.present and still
            track.last = self._now if track.present else track.last
        self._forget()
        seen = {(reading.symbology, reading.text): reading for reading in readings}
        for key, reading in seen.items():
            self._view(key, reading)
        counting = [track for track in map(self._tracks.__getitem__, seen) if self._counts(track)]
        for track in counting:
            track.counted = True
        return tuple(track.reading for track in counting)

    def known(self, reading: Reading) -> bool:
        """Whether this code has counted and is still in view."""
        track = self._tracks.get((reading.symbology, reading.text))
        return track is not None and track.counted

    def _forget(self) -> None:
        for key, track in list(self._tracks.items()):
            if self._now - track.last > AWAY:
                del self._tracks[key]
                continue
            track.views = self._recent(track.views) or track.views[-1:]
            track.against = self._recent(track.against)
            if not track.counted and track.views:
                track.first = track.views[0]

    def _recent(self, moments: list[float]) -> list[float]:
        return [at for at in moments if self._now - at <= TOGETHER]

    def _view(self, key: tuple[str, str], reading: Reading) -> None:
        track = self._tracks.setdefault(key, _Track(reading, first=self._now))
        track.reading = reading
        track.last, track.present = self._now, True
        (track.against if reading.sure < REFUTED else track.views).append(self._now)

    def _counts(self, track: _Track) -> bool:
        recent = len(self._recent(track.views))
        if track.counted or track.reading.sure < REFUTED or recent < views_needed(track.reading, self.patterns):
            return False
        rivals = [
            other.views_since(track.first)
            for other in self._tracks.values()
            if other is not track and other.reading.same_place(track.reading)
        ]
        return recent >= max(_REFUTATION * len(track.against), 2 * max(rivals, default=0))
