"""Article numbers (EAN-13, UPC-A, EAN-8) fitted to a strip as a whole, where bars are too blurred to be told apart.

A decoder measures bars one by one; blur makes them run together. Here the picture of a whole code is put
together from the blurred pictures of its digits, and the number whose picture is nearest to the strip is found
among all that have a right check digit and parity (see ean_code). Place, light and blur are fitted in turn with
the number. How much worse the next-best number fits is the margin: it says how far the number can be believed.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.ean_code import GRAIN, QUIET, Bank, Floats, Layout, Nearest, bank, drawn, nearest

_BLURS = (0.35, 0.5, 0.65, 0.8, 1.0, 1.25, 1.5)  # modules: the standard deviation of the blur
_FIRST_BLUR = 0.8
_SPREADS = (-0.3, -0.15, 0.0, 0.15, 0.3)  # modules by which ink or light has widened every bar
_NARROWEST = 0.3  # of the box's width that the code covers
_PAPER = 0.05  # of the box's width: how much paper is looked for outside the first and last bar
_ENDS = 8  # edges that may be the code's first, and as many that may be its last
_ALIKE = 0.32  # correlation with what all numbers share, below which a place is no code
_BENDS = (-6.0, -3.0, 0.0, 3.0, 6.0)  # modules; a quarter of it is how far perspective moves the middle of a code
_PLACES = 3  # best placements that are worth fitting
_ROUNDS = 3  # of fitting a number, then its place, light and blur
_PLAIN = 0.12  # misfit of a first guess that needs no rival
_FLAT = 6.0  # gray levels between dark and light below which nothing can be read


@dataclass(frozen=True, slots=True)
class Fit:
    """A number fitted to a strip.

    `misfit` is the part of the strip's contrast, squared, that the number does not explain: 0 is perfect.
    `margin` is how many times worse the next-best number fits, less one. `worst` is the misfit of the seven modules
    that fit least: a finger over one digit shows there. `first` and `last` are columns.
    """

    number: str
    misfit: float
    margin: float
    worst: float
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a code is in a profile: column = start + size * u + bend * u * (1 - u), u from 0 to 1."""

    start: float
    size: float
    bend: float

    def columns(self, u: Floats) -> Floats:
        return np.asarray(self.start + self.size * u + self.bend * u * (1 - u), np.float64)


@dataclass(frozen=True, slots=True)
class _Guess:
    """A number at a place under one blur, and how it fits. `light` runs in the reading direction."""

    light: Floats
    turned: bool
    place: _Place
    found: Nearest
    pictures: Bank
    dark: Floats
    misfit: float


def fit(profile: NDArray[np.float32], inner: tuple[float, float], layout: Layout) -> Fit | None:
    """The number that fits best to a profile (mean brightness of each column) whose code lies about `inner`.

    None where there is no contrast or no place for a code.
    """
    light = profile.astype(np.float64)
    if len(light) < layout.modules or np.ptp(light) < _FLAT:
        return None
    guess: _Guess | None = None
    for place, turned in product(_placements(light, inner, layout), (False, True)):
        other = _guess(light, place, layout, turned)
        guess = other if guess is None or other.misfit < guess.misfit else guess
        if guess.misfit < _PLAIN:
            break
    if guess is None:
        return None
    for _ in range(_ROUNDS):
        number = guess.found.number
        guess = _refined(guess)
        if guess.found.number == number:
            break
    return _judged(guess)


def _placements(light: Floats, inner: tuple[float, float], layout: Layout) -> list[_Place]:
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
    bent = np.where((u > 0) & (u < 1), u * (1 - u), 0.0)
    columns = start[:, None] + size[:, None] * u + bend[:, None] * bent
    seen = np.interp(columns, np.arange(len(light)), light)
    seen -= seen.mean(axis=1, keepdims=True)
    known = (known - known.mean()) / np.linalg.norm(known - known.mean())
    score = -(seen @ known) / (np.linalg.norm(seen, axis=1) + 1e-9)
    return _distinct(score, start, size, bend, layout.modules)


def _distinct(score: Floats, start: Floats, size: Floats, bend: Floats, modules: int) -> list[_Place]:
    """The best placements, leaving out those that differ from a better one by less than a module at both ends."""
    chosen: list[int] = []
    for n in np.argsort(-score).tolist():
        if score[n] < _ALIKE or len(chosen) == _PLACES:
            break
        module = size[n] / modules
        near = (abs(start[n] - start[m]) + abs(start[n] + size[n] - start[m] - size[m]) < module for m in chosen)
        if not any(near):
            chosen.append(n)
    return [_Place(float(start[n]), float(size[n]), float(bend[n])) for n in chosen]


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


def _guess(light: Floats, place: _Place, layout: Layout, turned: bool) -> _Guess:
    """The first number at a place, under light that is guessed from the brightest and darkest around each sample."""
    if turned:
        light = light[::-1]
        place = _Place(len(light) - 1 - place.start - place.size, place.size, -place.bend)
    pictures = bank(layout, _FIRST_BLUR, 0.0)
    seen = _seen(light, place, layout)
    dark = _darkness(seen)
    found = nearest(pictures, dark)
    _, misfit, dark, _ = _lit(light, place, (pictures,), found.number)
    return _Guess(light, turned, place, found, pictures, dark, misfit)


def _seen(light: Floats, place: _Place, layout: Layout) -> Floats:
    return np.interp(place.columns(layout.sampled()), np.arange(len(light)), light)


def _darkness(seen: Floats) -> Floats:
    around = np.ones((1, 12 * GRAIN + 1), np.uint8)
    row = seen.astype(np.float32)[None]
    bright = cv2.blur(cv2.dilate(row, around), around.shape[::-1])[0]
    black = cv2.blur(cv2.erode(row, around), around.shape[::-1])[0]
    contrast = bright - black
    return np.asarray((bright - row[0]) / np.maximum(contrast, 0.3 * contrast.max()), np.float64)


def _lit(light: Floats, place: _Place, banks: tuple[Bank, ...], number: str) -> tuple[int, float, Floats, _Place]:
    """Which of the banks suits a number best; how it misfits then; the strip's darkness; and a better place.

    Brightness of paper and of ink may each change along the code as a parabola; the place is moved by what is
    left over along the strip's slope. All are found at once, by least squares.
    """
    layout = banks[0].layout
    u = layout.sampled()
    seen = _seen(light, place, layout)
    powers = np.stack([np.ones_like(u), u, u * (1 - u)])
    slope = np.gradient(seen) * (len(u) / (u[-1] - u[0]))
    columns = np.empty((len(banks), 9, len(u)))
    columns[:, :3], columns[:, 6:] = powers, powers * slope
    columns[:, 3:6] = powers * drawn(banks, number)[:, None]
    scale = np.sqrt(np.einsum("bij,bij->bi", columns, columns)) + 1e-9
    columns /= scale[:, :, None]
    square = columns @ columns.transpose(0, 2, 1) + 1e-6 * np.eye(9)
    answers = np.linalg.solve(square, (columns @ seen)[:, :, None])
    off = seen - (answers.transpose(0, 2, 1) @ columns)[:, 0]
    misfits = np.einsum("bi,bi->b", off, off) / (((seen - seen.mean()) ** 2).sum() + 1e-9)
    best = int(misfits.argmin())
    answer = answers[best, :, 0] / scale[best]
    paper, ink, moved = answer[:3] @ powers, answer[3:6] @ powers, answer[6:] * place.size
    dark = (seen - paper) / np.minimum(ink, 0.2 * min(float(ink.mean()), -1e-3))
    shift = np.clip(moved, -0.03 * place.size, 0.03 * place.size)
    better = _Place(place.start - shift[0], place.size - shift[1], place.bend - shift[2])
    return best, float(misfits[best]), dark, better


def _refined(guess: _Guess) -> _Guess:
    """Place, blur and spread fitted to the number, and then the number to them."""
    layout, number = guess.pictures.layout, guess.found.number
    _, _, _, place = _lit(guess.light, guess.place, (guess.pictures,), number)
    best, _, _, place = _lit(guess.light, place, _blurred(layout), number)
    banks = _spread(layout, _BLURS[best])
    best, _, _, place = _lit(guess.light, place, banks, number)
    _, misfit, dark, _ = _lit(guess.light, place, (banks[best],), number)
    return _Guess(guess.light, guess.turned, place, nearest(banks[best], dark), banks[best], dark, misfit)


@cache
def _blurred(layout: Layout) -> tuple[Bank, ...]:
    return tuple(bank(layout, blur, 0.0) for blur in _BLURS)


@cache
def _spread(layout: Layout, blur: float) -> tuple[Bank, ...]:
    return tuple(bank(layout, blur, spread) for spread in _SPREADS)


def _judged(guess: _Guess) -> Fit:
    found = guess.found
    power = float(((guess.dark - guess.dark.mean()) ** 2).mean()) + 1e-9
    off = (guess.dark - guess.pictures.drawn(found.number)) ** 2
    total = np.concatenate([[0.0], np.cumsum(off)])
    windows = (total[7 * GRAIN :] - total[: -7 * GRAIN]) / (7 * GRAIN)
    first, last = guess.place.start, guess.place.start + guess.place.size
    if guess.turned:
        first, last = len(guess.light) - 1 - last, len(guess.light) - 1 - first
    return Fit(
        found.number,
        float(off.mean() / power),
        found.next_best / max(found.distance, 1e-6) - 1,
        float(windows.max() / power),
        float(first),
        float(last),
    )
