"""Where a code of one layout may be in a profile, before anything of it is read.

Three things are common to all numbers: the guards, that every left digit begins light and ends dark and every
right one the other way round, and the paper on both sides. Pairs of edges are judged by how well the profile
between them agrees with that.
"""

from dataclasses import dataclass
from math import pi

import numpy as np

from scanner.ean_code import Floats, Layout

_BENDS = (-1.5, -0.75, 0.0, 0.75, 1.5)  # modules by which perspective may move the middle of a code
_PLACES = 3  # best placements that are worth fitting
_NARROWEST = 0.3  # of the box's width that the code covers
_PAPER = 0.05  # of the box's width: how much paper is looked for outside the first and last bar
_ENDS = 8  # edges that may be the code's first, and as many that may be its last
_ALIKE = 0.32  # correlation with what all numbers share, below which a place is no code


@dataclass(frozen=True, slots=True)
class Place:
    """Where a code is in a profile: column = start + size * u + the bends times their shapes, u from 0 to 1.

    The first bend is perspective's and a bottle's; the others follow paper that is creased.
    """

    start: float
    size: float
    bends: tuple[float, ...]

    def columns(self, u: Floats) -> Floats:
        """The column of each part of the code's width."""
        inside = np.clip(u, 0.0, 1.0)
        off = np.array(self.bends) @ bent(inside, len(self.bends))
        return np.asarray(self.start + self.size * u + off, np.float64)

    def turned(self, length: int) -> "Place":
        """The same place read from the other end of a profile so long."""
        bends = tuple(-bend if n % 2 == 0 else bend for n, bend in enumerate(self.bends))
        return Place(length - 1 - self.start - self.size, self.size, bends)

    def moved(self, by: Floats) -> "Place":
        """The place less these: start, size, and each bend."""
        return Place(self.start - by[0], self.size - by[1], tuple((np.array(self.bends) - by[2:]).tolist()))


def bent(u: Floats, count: int) -> Floats:
    """How much each bend moves the modules at u: nothing at either end."""
    arch = 4 * u * (1 - u)
    return np.stack([arch, *(np.sin(pi * (n + 1) * u) for n in range(1, count))])


def placements(light: Floats, inner: tuple[float, float], layout: Layout) -> list[Place]:
    """The most promising places, judged by what all numbers share: guards, digit borders and quiet zones."""
    width = inner[1] - inner[0]
    slope = np.gradient(light)
    starts = _outer_edges(-slope, width)
    ends = len(light) - 1 - _outer_edges(slope[::-1], width)
    bends = np.array(_BENDS) / layout.modules
    start, end, bend = (grid.ravel() for grid in np.meshgrid(starts, ends, bends, indexing="ij"))
    size = end - start
    wide = size > max(layout.modules / 2, _NARROWEST * width)
    start, size, bend = start[wide], size[wide], bend[wide] * size[wide]
    if not len(start):
        return []
    u, known = layout.common()
    columns = start[:, None] + size[:, None] * u + bend[:, None] * bent(np.clip(u, 0.0, 1.0), 1)
    seen = np.interp(columns, np.arange(len(light)), light)
    seen -= seen.mean(axis=1, keepdims=True)
    known = (known - known.mean()) / np.linalg.norm(known - known.mean())
    score = -(seen @ known) / (np.linalg.norm(seen, axis=1) + 1e-9)
    return _distinct(score, start, size, bend, layout.modules)


def _distinct(score: Floats, start: Floats, size: Floats, bend: Floats, modules: int) -> list[Place]:
    """The best placements, leaving out those that differ from a better one by less than a module at both ends."""
    chosen: list[int] = []
    for n in np.argsort(-score).tolist():
        if score[n] < _ALIKE or len(chosen) == _PLACES:
            break
        module = size[n] / modules
        near = (abs(start[n] - start[m]) + abs(start[n] + size[n] - start[m] - size[m]) < module for m in chosen)
        if not any(near):
            chosen.append(n)
    return [Place(float(start[n]), float(size[n]), (float(bend[n]),)) for n in chosen]


def _outer_edges(rise: Floats, width: float) -> Floats:
    """The columns of the peaks of a slope that have the quietest paper on their left."""
    peaks = np.flatnonzero((rise[1:-1] > 0) & (rise[1:-1] >= rise[:-2]) & (rise[1:-1] > rise[2:])) + 1
    window = max(2, round(_PAPER * width))
    total = np.concatenate([np.zeros(window + 1), np.cumsum(abs(rise))])
    steep = rise[peaks]
    # Not right before the peak, where the edge itself begins.
    activity = (total[peaks + window - window // 4] - total[peaks - window // 4]) / window
    quiet = steep / (activity + 0.05 * rise.max(initial=0.0) + 1e-9)
    worth = quiet * np.sqrt(np.maximum(steep, 0))
    return peaks[np.argsort(-worth)[:_ENDS]].astype(np.float64)
