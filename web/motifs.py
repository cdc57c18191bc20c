"""The motifs on drawn covers: one function each, from a random source and a colour to SVG paths."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

WIDTH, HEIGHT = 120, 160


@dataclass(frozen=True, slots=True)
class Shape:
    """One path of the motif; `fill` or `stroke` may be "none"."""

    d: str
    fill: str
    stroke: str = "none"


def _circle(x: float, y: float, r: float) -> str:
    return f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0z"


def _rays(rng: Random, colour: str) -> tuple[Shape, ...]:
    x, y, turn = rng.uniform(30, 100), HEIGHT, rng.uniform(0, 0.4)
    wedges = "".join(
        f"M{x:.1f} {y}L{x + 240 * math.cos(a):.1f} {y - 240 * math.sin(a):.1f}"
        f"L{x + 240 * math.cos(a + 0.17):.1f} {y - 240 * math.sin(a + 0.17):.1f}z"
        for a in (turn + n * 0.36 for n in range(9))
    )
    return (Shape(wedges, colour),)


def _rings(rng: Random, colour: str) -> tuple[Shape, ...]:
    x, y = rng.uniform(30, 100), rng.uniform(30, 130)
    return tuple(Shape(_circle(x, y, r), "none", colour) for r in range(14, 130, 18))


def _stripes(rng: Random, colour: str) -> tuple[Shape, ...]:
    step, lean = rng.choice((16, 22)), rng.choice((-60, 0, 60))
    bars = "".join(f"M{x} 0h6L{x + 6 + lean} {HEIGHT}h-6z" for x in range(-60, 190, step))
    return (Shape(bars, colour),)


def _checks(rng: Random, colour: str) -> tuple[Shape, ...]:
    side = rng.choice((15, 20))
    squares = "".join(
        f"M{x * side} {y * side}h{side}v{side}h{-side}z"
        for x in range(WIDTH // side + 1)
        for y in range(HEIGHT // side + 1)
        if (x + y) % 2
    )
    return (Shape(squares, colour),)


def _bubbles(rng: Random, colour: str) -> tuple[Shape, ...]:
    dots = (_circle(rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(4, 15)) for _ in range(22))
    return (Shape("".join(dots), colour),)


def _waves(rng: Random, colour: str) -> tuple[Shape, ...]:
    shift, step = rng.uniform(-20, 0), rng.choice((18, 24))
    return tuple(
        Shape(f"M{shift + (y % (2 * step)) - 30:.1f} {y}" + "q10 -11 20 0t20 0" * 5, "none", colour)
        for y in range(8, HEIGHT + step, step)
    )


def _confetti(rng: Random, colour: str) -> tuple[Shape, ...]:
    bits = "".join(
        f"M{rng.uniform(0, WIDTH):.1f} {rng.uniform(0, HEIGHT):.1f}l{rng.uniform(-9, 9):.1f} 12l8 -3z"
        for _ in range(34)
    )
    return (Shape(bits, colour),)


def _hills(rng: Random, colour: str) -> tuple[Shape, ...]:
    y = rng.uniform(60, 90)
    sun = Shape(_circle(rng.uniform(30, 100), y - 36, 15), colour)
    ridges = tuple(
        Shape(f"M-20 {y + n * 26:.1f}" + f"q{18 + n * 4} -34 {36 + n * 8} 0" * 5, "none", colour) for n in range(4)
    )
    return (sun, *ridges)


def _stars(rng: Random, colour: str) -> tuple[Shape, ...]:
    corners = ((3, 7), (7, 3), (-7, 3), (-3, 7), (-3, -7), (-7, -3), (7, -3))
    points = ""
    for _ in range(26):
        x, y, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(3, 10)
        points += f"M{x:.1f} {y - r:.1f}" + "".join(f"l{a * r / 10:.1f} {b * r / 10:.1f}" for a, b in corners) + "z"
    return (Shape(points, colour),)


def _leaves(rng: Random, colour: str) -> tuple[Shape, ...]:
    leaves = ""
    for x in range(4, WIDTH, 30):
        for y in range(10, HEIGHT, 26):
            wide = rng.choice((9, 12))
            leaves += f"M{x + rng.uniform(-6, 6):.1f} {y + rng.uniform(-6, 6):.1f}"
            leaves += f"q{wide} -14 {2 * wide} 0q{-wide} 14 {-2 * wide} 0z"
    return (Shape(leaves, colour),)


def _blocks(rng: Random, colour: str) -> tuple[Shape, ...]:
    bricks = "".join(
        f"M{x + (row % 2) * 14} {row * 18}h24v14h-24z"
        for row in range(HEIGHT // 18 + 1)
        for x in range(-14, WIDTH, 28)
        if rng.random() < 0.7
    )
    return (Shape(bricks, colour),)


MOTIFS: dict[str, Callable[[Random, str], tuple[Shape, ...]]] = {
    "rays": _rays,
    "rings": _rings,
    "stripes": _stripes,
    "checks": _checks,
    "bubbles": _bubbles,
    "waves": _waves,
    "confetti": _confetti,
    "hills": _hills,
    "stars": _stars,
    "leaves": _leaves,
    "blocks": _blocks,
}
