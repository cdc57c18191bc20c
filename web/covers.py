"""A cover drawn for a book that has no photograph: pure, the same book always gets the same cover.

The class number (中图法) chooses a family of colours and motifs, so that a child learns that the animal books
are the green ones; the seed chooses within the family, so that two of a kind are told apart. Everything is plain
geometry for SVG attributes: the page's security policy allows no inline style.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Protocol

from web.motifs import MOTIFS, WIDTH, Shape

SPINE = 9
PLATE_MARGIN = 9
INK, PAPER = "#2a211b", "#fffaf0"
NEVER_FIRST = "，。、：；！？》〉）」』】”’·…—,.:;!?)]"
NEVER_LAST = "《〈（「『【“‘(["


class HasCover(Protocol):
    """What a cover is drawn from."""

    @property
    def title(self) -> str: ...
    @property
    def class_number(self) -> str: ...
    @property
    def cover_seed(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the title, centred at x, its baseline at y."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Plate:
    """The paper label on the cover that carries the title."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Cover:
    """Everything the template needs to draw one cover in a 120 x 160 box."""

    ground: str
    spine: str
    shapes: tuple[Shape, ...]
    plate: Plate
    size: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """How the books of one class look: neighbouring grounds, a few motifs, and colours to draw them in."""

    grounds: tuple[str, ...]
    motifs: tuple[str, ...]
    colours: tuple[str, ...]


FAMILIES: dict[str, Family] = {
    "AD": Family(("#b8402f", "#a3313a", "#c2552f"), ("rays", "stripes"), ("#e8a33d", "#f4cfae")),
    "B": Family(("#6b5b95", "#7d63a0", "#5a5a9a"), ("rings", "bubbles"), ("#c9bde6", "#f0c9a8")),
    "CEF": Family(("#4d6a83", "#5f6f86", "#45756f"), ("stripes", "blocks"), ("#9fbccf", "#e3d3a6")),
    "G": Family(("#cf7f3a", "#c9703f", "#b98a35"), ("checks", "confetti"), ("#f5cf8e", "#f7e7c8")),
    "H": Family(("#3d8b8b", "#478f7f", "#3a7f95"), ("bubbles", "waves"), ("#a9dcd3", "#f3dc9a")),
    "I": Family(
        ("#2f6f9f", "#2f7f88", "#4a66a8", "#6a5fa6", "#3f7fb4", "#286079"),
        ("waves", "bubbles", "confetti", "rings", "hills", "checks"),
        ("#a5d0e8", "#f3d36b", "#f4c3b0", "#c4e3c0"),
    ),
    "J": Family(("#c75b7a", "#b9558c", "#c9605a"), ("confetti", "rings"), ("#f6c6cf", "#f7e0a0")),
    "K": Family(("#a8744a", "#8f6a4e", "#a0663c"), ("hills", "rays"), ("#ecd0a4", "#e6b98a")),
    "NOP": Family(("#2b3f6b", "#3a3a70", "#23506b"), ("stars", "rings"), ("#f3d36b", "#b9cbe8")),
    "QRS": Family(("#4f8a4b", "#5f8f3f", "#3f8663"), ("leaves", "bubbles"), ("#bfe0a4", "#f0e29a")),
    "TUVX": Family(("#6a7b4f", "#5f7a63", "#75705a"), ("blocks", "checks"), ("#d5dfa9", "#efd9a0")),
    "Z": Family(("#8a6d5a", "#7f6a5c", "#7b7260"), ("stripes", "rays"), ("#dcc7b2", "#e9d8a6")),
}
UNCLASSED = FAMILIES["Z"]


@lru_cache(maxsize=500)  # the same few books are drawn again at every scan of a session
def cover(book: HasCover, small: bool = False) -> Cover:
    """The cover of this book. `small` sets fewer, larger words, for a cover a thumb wide."""
    kin = family(book.class_number)
    rng = Random(book.cover_seed)
    ground, motif, colour = rng.choice(kin.grounds), rng.choice(kin.motifs), rng.choice(kin.colours)
    plate, size, lines = set_title(book.title, small)
    return Cover(ground, darker(ground), MOTIFS[motif](rng, colour), plate, size, lines)


def family(class_number: str) -> Family:
    """The looks of a class number; an empty or foreign one gets the brown of the general books."""
    letter = class_number.strip()[:1].upper()
    return next((kin for letters, kin in FAMILIES.items() if letter and letter in letters), UNCLASSED)


def darker(colour: str) -> str:
    """The same colour in the shade, for the spine; "#rrggbb" in and out."""
    return "#" + "".join(f"{int(colour[at : at + 2], 16) * 7 // 10:02x}" for at in (1, 3, 5))


def set_title(title: str, small: bool) -> tuple[Plate, int, tuple[Line, ...]]:
    """The title in the largest type in which the whole of it fits; what never fits ends in an ellipsis."""
    sizes, most = ((27, 23), 3) if small else ((26, 22, 19, 16, 14), 6)
    width = WIDTH - SPINE - 2 * PLATE_MARGIN
    for size in sizes:
        texts = wrap(title, (width - 8) / size)
        limit = min(most, int(104 / (size * 1.25)))
        if len(texts) <= limit:
            break
    texts = _cut(texts, limit, (width - 8) / size)
    height = len(texts) * size * 1.25 + 12
    top = 18
    middle = SPINE + PLATE_MARGIN + width / 2
    baselines = (round(top + 6 + size * (1.0 + 1.25 * n), 1) for n in range(len(texts)))
    lines = tuple(Line(text, middle, y) for text, y in zip(texts, baselines, strict=True))
    return Plate(SPINE + PLATE_MARGIN, top, width, height), size, lines


def wrap(text: str, ems: float) -> list[str]:
    """Lines at most `ems` wide: Chinese breaks between any two characters, Latin between words."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and ems_of(line + piece.rstrip()) > ems:
            lines.append(line.strip())
            line = ""
        line += piece if line else piece.lstrip()
        while ems_of(line) > ems + 1:  # a single piece wider than a whole line: break it where it ends
            head = _fitting(line, ems)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line.strip()] if line.strip() else lines


def ems_of(text: str) -> float:
    """About how wide a text is, in ems: 1 for a Chinese character, 0.58 for a Latin one."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.58 for c in text)


def _pieces(text: str) -> list[str]:
    """The smallest parts that stay together: a Latin word, or a character with its punctuation."""
    pieces: list[str] = []
    for char in text:
        wide = unicodedata.east_asian_width(char) in "WF"
        clings = pieces and (char in NEVER_FIRST or pieces[-1][-1] in NEVER_LAST)
        in_word = pieces and not wide and char != " " and _is_latin(pieces[-1][-1])
        if clings or in_word:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _is_latin(char: str) -> bool:
    return char != " " and unicodedata.east_asian_width(char) not in "WF"


def _fitting(text: str, ems: float) -> str:
    length = 1
    while length < len(text) and ems_of(text[: length + 1]) <= ems:
        length += 1
    return text[:length]


def _cut(lines: list[str], limit: int, ems: float) -> list[str]:
    if len(lines) <= limit:
        return lines or ["…"]
    last = _fitting(lines[limit - 1], ems - 1).rstrip(NEVER_FIRST + NEVER_LAST)
    return [*lines[: limit - 1], last + "…"]
