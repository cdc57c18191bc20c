"""One camera's reader: looks where something is, spends at most its share of a core, and finishes on later frames.

Every frame passes the gate. Where something is, the bars are located and straightened and read; what that leaves
unread is looked at by one further stage a frame, so that each gets the same CPU in the end. A purse pays for it all:
it is filled by the passing of time and holds enough for a burst when something comes after a pause. A stage that
cannot be paid is skipped, never queued: its turn comes on a later, newer frame.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from numpy.typing import NDArray

from scanner.closer import boxes_in, tiles
from scanner.gate import Gate, Sight
from scanner.locate import Box
from scanner.picture import Gray, gray_of
from scanner.reading import Reading
from scanner.refocus import Refocus
from scanner.stages import Looker, Stage

SHARE = 0.33  # of a core: 11 ms of each frame at 30 a second
BURST = 0.1  # seconds of CPU that may be saved up
_HALF = BURST / 2  # whatever costs more is begun with so much, and the rest is paid back
WHOLE_EVERY = 0.5  # seconds: codes that have no bars (QR) or are too small to be located are looked for so often
_WHOLE_STILL = 6  # times as seldom in a scene in which nothing changes
_REST = 0.5  # seconds after a reading during which no further stage runs: what is there is being read
_FAVOUR = {"closer": 3.0}  # what reads most gets so many times the CPU of the others
_PATIENCE = 3  # looks without the further stage that was due, after which frames are let go to save up for it
_FORGET = 0.2  # part of a stage's expected cost that its last cost makes


Done = TypeVar("Done")
Further = Callable[[Gray, tuple[Box, ...], Sight], tuple[Reading, ...]]


class Stages(Protocol):
    """What is needed of scanner.stages.Looker."""

    heavy: tuple[Stage, ...]

    def boxes(self, gray: Gray) -> tuple[Box, ...]: ...

    def quick(self, gray: Gray, boxes: tuple[Box, ...]) -> tuple[Reading, ...]: ...

    def whole(self, gray: Gray) -> tuple[Reading, ...]: ...


@dataclass(frozen=True, slots=True)
class Look:
    """What one frame gave: what was read, where bars were, whether nothing moved, and which stages ran."""

    readings: tuple[Reading, ...] = ()
    boxes: tuple[Box, ...] = ()
    still: bool = False
    stages: tuple[str, ...] = ()
    gray: Gray | None = None  # what the boxes were found in; None when the frame was not worth it


class Purse:
    """CPU seconds: filled at `share` of the time that passes, up to BURST; a stage may overdraw it once."""

    def __init__(self, share: float, clock: Callable[[], float]) -> None:
        self._share, self._clock = share, clock
        self._most = BURST if share < float("inf") else share  # an endless purse is never empty
        self._credit, self._at = self._most, float("-inf")
        self._costs: dict[str, float] = {}

    def fill(self, at: float) -> None:
        """Time has come to `at`, in seconds."""
        if self._at < at:
            self._credit = min(self._most, self._credit + self._share * min(at - self._at, 1.0))
            self._at = at

    def affords(self, *names: str) -> bool:
        """Whether there is enough for what these stages have cost of late."""
        return self._credit > min(sum(map(self.usual, names)), _HALF)

    def usual(self, name: str) -> float:
        """CPU seconds that this stage has cost of late, 0 before its first time."""
        return self._costs.get(name, 0.0)

    def pay(self, name: str, work: Callable[[], Done]) -> Done:
        """Do the work and pay for it."""
        before = self._clock()
        done = work()
        spent = max(0.0, self._clock() - before)
        self._credit -= spent
        usual = self._costs.get(name, spent)
        self._costs[name] = usual + _FORGET * (spent - usual)
        return done


class Reader:
    """The memory of one camera's stream. `share` is of one core; `clock` counts the CPU seconds of this thread."""

    def __init__(self, stages: Stages, share: float = SHARE, clock: Callable[[], float] = time.thread_time) -> None:
        self._stages = stages
        self._purse = Purse(share, clock)
        self._gate = Gate()
        self._further: dict[str, Further] = {"closer": self._closer, "whole": lambda gray, *_: stages.whole(gray)}
        for number, stage in enumerate(stages.heavy, 1):
            self._further[f"heavy {number}"] = partial(_heavy, stage)
        self._spent = dict.fromkeys(self._further, (0.0, 0.0))  # CPU seconds and runs since something was read
        self._gave = self._missed = False  # the last look read something; the last heartbeat was let pass
        self._owed = 0  # turns still to be tried on a scene that has come to rest
        self._again = ""  # the stage that read something on the last frame
        self._starved, self._due = 0, ""  # looks without the further stage that was due, and which that was
        self._tile = 0
        self._whole_at = self._read_at = float("-inf")

    def look(
        self, picture: NDArray[Any], at: float, located: Callable[[tuple[Box, ...]], None] = lambda boxes: None
    ) -> Look:
        """Look at the newest frame. `located` is told the boxes before they are read. Raises ScannerError as `decode`.

        `at` is in seconds by a clock that only runs forwards.
        """
        self._purse.fill(at)
        sight = self._purse.pay("gate", lambda: self._gate.see(picture, at))
        busy = sight.busy
        if busy:
            self._owed = len(self._further)
        saving = ("boxes", "quick", self._due) if self._starved >= _PATIENCE else ("boxes",)
        if not self._worth(sight) or not self._purse.affords(*saving):
            return Look(still=not sight.moving)
        gray = gray_of(picture)
        boxes = self._purse.pay("boxes", lambda: self._stages.boxes(gray))
        located(boxes)
        ran = ["boxes"]
        readings: tuple[Reading, ...] = ()
        if boxes and self._purse.affords("quick"):
            readings = self._purse.pay("quick", lambda: self._stages.quick(gray, boxes))
            ran.append("quick")
        if not (boxes or busy):
            self._owed = 0  # there is nothing that a slower stage could read
        if name := self._next(at, busy, bool(readings), bool(boxes)):
            more = self._take(name, gray, boxes, sight, at)
            readings += new_to(readings, more)
            ran.append(name)
        self._gave = bool(readings)
        if readings:
            self._read_at = at
            self._spent = dict.fromkeys(self._further, (0.0, 0.0))
        return Look(readings, boxes, not sight.moving, tuple(ran), gray)

    def _worth(self, sight: Sight) -> bool:
        """Whether to look: a still scene in which nothing is read is looked at by every second heartbeat."""
        if sight.busy or self._owed:
            return True
        if sight.due:
            self._missed = not (self._gave or self._missed)
        return sight.due and not self._missed

    def _next(self, at: float, busy: bool, read: bool, boxes: bool) -> str:
        """The further stage to run on this frame, if one should and can."""
        if at - self._whole_at >= WHOLE_EVERY * (1 if busy else _WHOLE_STILL):
            name = "whole"
        elif read or not (busy or self._owed):
            return ""
        elif self._again:
            name = self._again
        elif at - self._read_at < _REST:
            return ""
        else:
            name = self._fairest() if boxes else "closer"
        if self._purse.affords(name):
            return name
        self._starved, self._due = self._starved + 1, name
        return ""

    def _take(self, name: str, gray: Gray, boxes: tuple[Box, ...], sight: Sight, at: float) -> tuple[Reading, ...]:
        found = self._purse.pay(name, lambda: self._further[name](gray, boxes, sight))
        (spent, runs), favour = self._spent[name], _FAVOUR.get(name, 1.0)
        self._spent[name] = (spent + self._purse.usual(name) / favour, runs + 1 / favour)
        self._again = name if found else "" if name == self._again else self._again
        self._starved, self._due = 0, ""
        self._whole_at = at if name == "whole" else self._whole_at
        self._owed = max(0, self._owed - 1)
        return found

    def _fairest(self) -> str:
        """The stage that will have had the least CPU if it runs now; of several the one that ran least often."""

        def after(name: str) -> tuple[float, float]:
            spent, runs = self._spent[name]
            return (spent + self._purse.usual(name) / _FAVOUR.get(name, 1.0), runs)

        return min(self._further, key=after)

    def _closer(self, gray: Gray, _: tuple[Box, ...], sight: Sight) -> tuple[Reading, ...]:
        """Locate and read in one tile of where something is; in the same again while it gives something."""
        found = tiles(sight.part, gray.shape)
        if self._again != "closer":
            self._tile += 1
        boxes = boxes_in(self._stages.boxes, gray, found[self._tile % len(found)])
        return self._stages.quick(gray, boxes) if boxes else ()


def _heavy(stage: Stage, gray: Gray, boxes: tuple[Box, ...], _: Sight) -> tuple[Reading, ...]:
    return stage(gray, boxes)


def reader_of(formats: Sequence[str], patterns: Sequence[str] = (), share: float = SHARE) -> Reader:
    """A reader with every stage there is. Raises ScannerError for a format that nobody knows.

    With an endless share it runs by turns, not by the clock: the same frames then give the same readings.
    """
    looker = Looker(formats, patterns)
    looker.heavy = (Refocus(formats, patterns), *looker.heavy)
    return Reader(looker, share, time.thread_time if share < float("inf") else lambda: 0.0)


def new_to(seen: tuple[Reading, ...], others: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """What another stage adds. Where both read one place, the first, which errs less, is believed."""
    return tuple(other for other in others if not any(other.same_place(one) for one in seen))
