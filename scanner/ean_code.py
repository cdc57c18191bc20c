"""How EAN-13 and EAN-8 look when blurred, and which number's look is nearest to what is seen.

A blurred code is the sum of its blurred digits and guards. So the squared distance between a code and a strip is
a sum of terms that know one digit and terms that know two neighbours, and dynamic programming over the places,
with the first digit's parity and the sum of the check digit as states, finds the nearest valid number exactly.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import erf

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

GRAIN = 4  # samples of a module
QUIET = 3  # modules of paper on both sides that belong to the picture of a code
_PAD = 3  # modules by which the blur of a digit reaches into its neighbours: two standard deviations of the worst
_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_RIGHT = tuple("".join("01"[bit == "0"] for bit in digit) for digit in _LEFT)
_EVEN = tuple(digit[::-1] for digit in _RIGHT)
_PARITIES = ("000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010")
_FAR = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One kind of code: how many digits a half has, and which of the left ones are of even parity for each lead.

    `lead` is the digit in front, told by parity alone; EAN-8 has none, and one row of parities.
    """

    half: int
    parities: Whole

    @property
    def modules(self) -> int:
        """How many modules wide the code is, without its quiet zones."""
        return 14 * self.half + 11

    @property
    def has_lead(self) -> bool:
        return len(self.parities) > 1

    def starts(self) -> Whole:
        """The first module of each digit."""
        places = np.arange(2 * self.half)
        return np.asarray(3 + 7 * places + 5 * (places >= self.half), np.int64)

    def dark_guards(self) -> Whole:
        middle = 3 + 7 * self.half
        return np.array([0, 2, middle + 1, middle + 3, self.modules - 3, self.modules - 1])

    def sampled(self) -> Floats:
        """Where the picture of a code is sampled, as parts of its width from its first bar to its last."""
        count = (self.modules + 2 * QUIET) * GRAIN
        return np.asarray(((np.arange(count) + 0.5) / GRAIN - QUIET) / self.modules, np.float64)

    def common(self) -> tuple[Floats, Floats]:
        """The middles of modules that are alike in all numbers, as parts of the width, and 1 where they are dark."""
        dark = set(self.dark_guards().tolist())
        middle = 3 + 7 * self.half
        light = {-4, -3, -2, -1, 1, middle, middle + 2, middle + 4, self.modules - 2}
        light |= {self.modules + place for place in range(4)}
        for place, start in enumerate(self.starts().tolist()):
            first, last = (light, dark) if place < self.half else (dark, light)
            first.add(start)
            last.add(start + 6)
        modules = sorted(dark | light)
        at = (np.array(modules) + 0.5) / self.modules
        return np.asarray(at, np.float64), np.array([float(module in dark) for module in modules])


EAN13 = Layout(6, np.array([[int(bit) for bit in row] for row in _PARITIES], np.int64))
EAN8 = Layout(4, np.zeros((1, 4), np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """The pictures of the digits and guards of a layout under one blur, and how they overlap."""

    layout: Layout
    digits: Floats  # (30, samples): odd, even and right patterns of 0 to 9, with _PAD modules on both sides
    guards: Floats
    first: Whole  # the first sample of each digit's picture
    rows: Whole  # (lead, place, digit): which left picture it is
    alone: Floats  # (30,) each picture times itself
    pairs: tuple[Floats, ...]  # for every place (lead, left, digit): twice the picture times that of its left neighbour

    def drawn(self, number: str) -> Floats:
        """How dark a number's picture is at each sample, 0 to 1."""
        return np.asarray(drawn((self,), number)[0], np.float64)


def drawn(banks: tuple[Bank, ...], number: str) -> Floats:
    """How dark a number's picture is under each bank's blur: (bank, sample), 0 to 1."""
    pictures, guards = _stacked(banks)
    one, dark = banks[0], guards.copy()
    half, digits = one.layout.half, [int(digit) for digit in number]
    lead = digits.pop(0) if one.layout.has_lead else 0
    for place, digit in enumerate(digits):
        row = 20 + digit if place >= half else int(one.rows[lead, place, digit])
        dark[:, one.first[place] : one.first[place] + pictures.shape[2]] += pictures[:, row]
    return dark


@lru_cache(maxsize=256)
def _stacked(banks: tuple[Bank, ...]) -> tuple[Floats, Floats]:
    return np.array([one.digits for one in banks]), np.array([one.guards for one in banks])


@lru_cache(maxsize=256)
def bank(layout: Layout, blur: float, spread: float) -> Bank:
    """`blur` is the standard deviation in modules; `spread`, in modules, widens every bar."""
    window = (np.arange((7 + 2 * _PAD) * GRAIN) + 0.5) / GRAIN - _PAD
    digits = np.array([_bars(digit, window, blur, spread) for digit in _LEFT + _EVEN + _RIGHT])
    where = layout.sampled() * layout.modules
    guards = np.sum([_bar(where, float(at), at + 1.0, blur, spread) for at in layout.dark_guards()], axis=0)
    first = (layout.starts() + QUIET - _PAD) * GRAIN
    rows = 10 * layout.parities[:, :, None] + np.arange(10)
    overlap = 7 * GRAIN
    crossed = 2 * digits[:, overlap:] @ digits[:, :-overlap].T
    none = np.zeros((1, 10, 10))  # in front of the first, and of the middle guard's right neighbour
    left = [crossed[rows[:, n - 1, :, None], rows[:, n, None, :]] for n in range(1, layout.half)]
    pairs = (none, *left, none, *[crossed[None, 20:, 20:]] * (layout.half - 1))
    return Bank(layout, digits, guards, first, rows, (digits * digits).sum(axis=1), pairs)


def _bars(digit: str, where: Floats, blur: float, spread: float) -> Floats:
    """A digit's picture: its runs of dark modules, each blurred."""
    dark, start = np.zeros(len(where)), 0
    while (start := digit.find("1", start)) >= 0:
        end = (digit + "0").index("0", start)
        dark += _bar(where, start, end, blur, spread)
        start = end
    return dark


def _bar(where: Floats, start: float, end: float, blur: float, spread: float) -> Floats:
    scale = blur * 2**0.5
    rise = [erf((at - start + spread / 2) / scale) for at in where.tolist()]
    fall = [erf((at - end - spread / 2) / scale) for at in where.tolist()]
    return np.asarray((np.array(rise) - np.array(fall)) / 2, np.float64)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The valid number whose picture is nearest, its squared distance, and that of the next-best number."""

    number: str
    distance: float
    next_best: float

    @property
    def margin(self) -> float:
        """How many times worse the next-best number is, less one."""
        return self.next_best / max(self.distance, 1e-6) - 1


def nearest(pictures: Bank, dark: Floats) -> Nearest:
    """The nearest valid number to `dark`: how dark each sample is, 0 for paper and 1 for ink."""
    layout = pictures.layout
    rest = dark - pictures.guards
    windows = rest[pictures.first[:, None] + np.arange(pictures.digits.shape[1])]
    alone = pictures.alone - 2 * windows @ pictures.digits.T
    half, pairs = layout.half, pictures.pairs
    ones = [alone[place][pictures.rows[:, place]] for place in range(half)]
    ones += [alone[half + place, None, 20:] for place in range(half)]
    before, after = _forwards(ones, pairs, layout), _backwards(ones, pairs, layout)
    through = [a + b for a, b in zip(before, after, strict=True)]
    by_digit = np.array([costs.min(axis=(0, 2)) for costs in through])
    chosen = by_digit.argmin(axis=1)
    others = by_digit.copy()
    others[np.arange(len(chosen)), chosen] = _FAR
    lead = str(int(through[0].min(axis=(1, 2)).argmin())) if layout.has_lead else ""
    still = float((rest * rest).sum())
    number = lead + "".join(map(str, chosen.tolist()))
    return Nearest(number, float(by_digit.min()) + still, float(others.min()) + still)


_DIGIT = np.arange(10)
# For weights 3 and 1: the sum before a digit, by digit and sum after; and the sum after, by digit and sum before.
_BEFORE = {weight: (_DIGIT - weight * _DIGIT[:, None]) % 10 for weight in (1, 3)}
_AFTER = {weight: (_DIGIT + weight * _DIGIT[:, None]) % 10 for weight in (1, 3)}


def _forwards(ones: list[Floats], pairs: tuple[Floats, ...], layout: Layout) -> list[Floats]:
    """The least cost up to each place, this digit included, by lead, digit and sum of the check so far."""
    leads = len(layout.parities)
    state = np.full((leads, 10, 10), _FAR)
    lead, digit = np.meshgrid(np.arange(leads), _DIGIT, indexing="ij")
    state[lead, digit, (lead + 3 * digit) % 10] = ones[0]
    states = [state]
    for place in range(1, len(ones)):
        if place == layout.half:
            state = state.min(axis=0, keepdims=True)  # to the right of the middle the lead no longer matters
        least = (state[:, :, None, :] + pairs[place][:, :, :, None]).min(axis=1)
        turn = _BEFORE[3 - 2 * (place % 2)]
        state = least[:, _DIGIT[:, None], turn] + ones[place][:, :, None]
        states.append(state)
    return states


def _backwards(ones: list[Floats], pairs: tuple[Floats, ...], layout: Layout) -> list[Floats]:
    """The least cost of the places after each, by lead, digit and sum so far; only sums ending in 0 are valid."""
    state = np.full((1, 10, 10), _FAR)
    state[:, :, 0] = 0
    states = [state]
    for place in range(len(ones) - 1, 0, -1):
        turn = _AFTER[3 - 2 * (place % 2)]
        onward = state[:, _DIGIT[:, None], turn] + ones[place][:, :, None]
        state = (pairs[place][:, :, :, None] + onward[:, None]).min(axis=2)
        states.append(state)
    return states[::-1]
