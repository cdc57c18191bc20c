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

from scanner.ean_code import GRAIN, Bank, Floats, Layout, Nearest, bank, drawn, nearest
from scanner.ean_place import Place, bent, placements

_BLURS = (0.35, 0.5, 0.65, 0.8, 1.0, 1.25, 1.5)  # modules: the standard deviation of the blur
_FIRST_BLUR = 0.8
_SPREADS = (-0.3, -0.15, 0.0, 0.15, 0.3)  # modules by which ink or light has widened every bar
_CREASES = 5  # bends that are fitted where the number is known: paper folds and bulges
_ROUNDS = 3  # of fitting a number, then its place, light and blur
_PLAIN = 0.12  # misfit of a first guess that needs no rival
_SOFT = 0.4  # modules by which every profile is blurred
_COARSE = (1.5, 0.8)  # modules of blur under which a supposed number is moved into place
_STIFF = 1e-6  # of every column's own weight: keeps the least squares soluble
_STEP = 0.03  # of the code's width: the most by which one round moves it
_ASTRAY = 0.6  # misfit of a number read from the wrong end
_PLAINLY = 0.3  # margin that further rounds need not better
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
class _Guess:
    """A number at a place under one blur, and how it fits. `light` runs in the reading direction."""

    light: Floats
    turned: bool
    place: Place
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
    for place, turned in product(placements(light, inner, layout), (False, True)):
        other = _guess(light, place, layout, turned)
        guess = other if guess is None or other.misfit < guess.misfit else guess
        if guess.misfit < _PLAIN:
            break
    if guess is None:
        return None
    for _ in range(_ROUNDS):
        number = guess.found.number
        guess = _refined(guess, number)
        if guess.found.number == number:
            break
    return _judged(guess)


def proven(profile: NDArray[np.float32], ends: tuple[float, float], layout: Layout, number: str) -> Fit | None:
    """The number that fits best where `number`, read by a decoder between the columns `ends`, fits best itself."""
    light = profile.astype(np.float64)
    size = ends[1] - ends[0]
    if size < layout.modules / 2 or np.ptp(light) < _FLAT:
        return None
    place = Place(ends[0], size, (0.0,) * _CREASES)
    ways = (_towards(light, place, layout, turned, number) for turned in (False, True))
    guess = min(ways, key=lambda one: one.misfit)
    for _ in range(_ROUNDS):
        guess = _refined(guess, number)
        if guess.found.number == number and guess.found.margin > _PLAINLY:
            break
    return _judged(guess)


def _towards(light: Floats, place: Place, layout: Layout, turned: bool, number: str) -> _Guess:
    """A number moved under much and then less blur to where it fits: so it finds its modules from afar."""
    light, place = _turned(light, place, turned)
    pictures, misfit, dark = bank(layout, _COARSE[0], 0.0), 1.0, light
    for blur in _COARSE:
        soft = _softened(light, place, layout, blur)
        for _ in range(2):
            _, misfit, dark, place = _lit(soft, place, (pictures,), number)
        if misfit > _ASTRAY:
            break
        pictures = bank(layout, _COARSE[-1], 0.0)
    light = _softened(light, place, layout, _SOFT)
    return _Guess(light, turned, place, Nearest(number, 0.0, 0.0), pictures, dark, misfit)


def _turned(light: Floats, place: Place, turned: bool) -> tuple[Floats, Place]:
    if not turned:
        return light, place
    return light[::-1], place.turned(len(light))


def _softened(light: Floats, place: Place, layout: Layout, blur: float) -> Floats:
    """The profile blurred by so many modules: sharp edges forgive no error of place."""
    sigma = blur * place.size / layout.modules
    row = cv2.GaussianBlur(light.astype(np.float32)[None], (0, 0), sigmaX=max(sigma, 0.1), sigmaY=0.1)
    return np.asarray(row[0], np.float64)


def _guess(light: Floats, place: Place, layout: Layout, turned: bool) -> _Guess:
    """The first number at a place, under light that is guessed from the brightest and darkest around each sample."""
    light, place = _turned(light, place, turned)
    light = _softened(light, place, layout, _SOFT)
    pictures = bank(layout, _FIRST_BLUR, 0.0)
    seen = _seen(light, place, layout)
    dark = _darkness(seen)
    found = nearest(pictures, dark)
    _, misfit, dark, _ = _lit(light, place, (pictures,), found.number)
    return _Guess(light, turned, place, found, pictures, dark, misfit)


def _seen(light: Floats, place: Place, layout: Layout) -> Floats:
    return np.interp(place.columns(layout.sampled()), np.arange(len(light)), light)


def _darkness(seen: Floats) -> Floats:
    around = np.ones((1, 12 * GRAIN + 1), np.uint8)
    row = seen.astype(np.float32)[None]
    bright = cv2.blur(cv2.dilate(row, around), around.shape[::-1])[0]
    black = cv2.blur(cv2.erode(row, around), around.shape[::-1])[0]
    contrast = bright - black
    return np.asarray((bright - row[0]) / np.maximum(contrast, 0.3 * contrast.max()), np.float64)


def _lit(light: Floats, place: Place, banks: tuple[Bank, ...], number: str) -> tuple[int, float, Floats, Place]:
    """Which of the banks suits a number best; how it misfits then; the strip's darkness; and a better place.

    Brightness of paper and of ink may each change along the code as a parabola; the place is moved by what is
    left over along the strip's slope. All are found at once, by least squares.
    """
    layout = banks[0].layout
    u = layout.sampled()
    seen = _seen(light, place, layout)
    powers = np.stack([np.ones_like(u), u, u * (1 - u)])
    moves = np.concatenate([powers[:2], bent(np.clip(u, 0.0, 1.0), len(place.bends))])
    slope = np.gradient(seen) * (len(u) / (u[-1] - u[0]))
    columns = np.empty((len(banks), 6 + len(moves), len(u)))
    columns[:, :3], columns[:, 6:] = powers, moves * slope
    columns[:, 3:6] = powers * drawn(banks, number)[:, None]
    scale = np.sqrt(np.einsum("bij,bij->bi", columns, columns)) + 1e-9
    columns /= scale[:, :, None]
    square = columns @ columns.transpose(0, 2, 1) + _STIFF * np.eye(columns.shape[1])
    answers = np.linalg.solve(square, (columns @ seen)[:, :, None])
    off = seen - (answers.transpose(0, 2, 1) @ columns)[:, 0]
    misfits = np.einsum("bi,bi->b", off, off) / (((seen - seen.mean()) ** 2).sum() + 1e-9)
    best = int(misfits.argmin())
    answer = answers[best, :, 0] / scale[best]
    paper, ink = answer[:3] @ powers, answer[3:6] @ powers
    dark = (seen - paper) / np.minimum(ink, 0.2 * min(float(ink.mean()), -1e-3))
    by = np.clip(answer[6:] * place.size, -_STEP * place.size, _STEP * place.size)
    return best, float(misfits[best]), dark, place.moved(by)


def _refined(guess: _Guess, number: str) -> _Guess:
    """Place, blur and spread fitted to a number, and then the nearest number to them."""
    layout = guess.pictures.layout
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
        found.margin,
        float(windows.max() / power),
        float(first),
        float(last),
    )
