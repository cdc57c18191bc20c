"""What a school's own cards and labels look like, learnt from those it has: "all 412 labels are 1 and seven digits".

Pure: texts go in, regular expressions come out, each to be matched against a whole text. They are as narrow as the
texts allow and as plain as can be: literal characters, then one class of characters a place, never an open end.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from kiosk.labels import LabelRules

FEWEST = 20  # texts of one shape before it is called a pattern: a dozen may be alike by chance
SHARE = 0.05  # of all texts that a shape must have: the odd ones are strangers and prove themselves otherwise
SHORTEST = 4  # characters: shorter texts are what decoders see in stripes
MOST = 8  # patterns, the commonest first: a school with more has no pattern
_LITERAL = 2  # digits at the beginning that stand in a pattern as they are: "the labels begin with 10"
_DIGITS = "0123456789"
_CLASSES = ((_DIGITS, r"\d"), ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "[A-Z]"), ("abcdefghijklmnopqrstuvwxyz", "[a-z]"))

_KINDS = tuple(kind for _, kind in _CLASSES)
_CHECK = r"[0-9A-Z\-. $/+%:]"  # what a check character can be in Codabar or Code 39
_COMMAND = "KIOSK-[A-Z]{4,8}(?::[A-Za-z_]{2,12})?"  # the printed command cards


def of_school(cards: Iterable[str], labels: Iterable[str], rules: LabelRules) -> tuple[str, ...]:
    """The patterns of what this school's barcodes say; none when neither its cards nor its labels have one.

    The numbers are as they are in the database; a site's prefix and a check character are put back. The command
    cards belong to the school too.
    """
    found = []
    for numbers, prefix in ((cards, rules.card_prefix), (labels, rules.copy_prefix)):
        for pattern in learn(numbers):
            found.append(pattern)
            if prefix:
                found.append(re.escape(prefix) + pattern)
    if rules.codabar_check or rules.code39_check:
        found += [f"{pattern}{_CHECK}" for pattern in found]
    return (*dict.fromkeys(found), _COMMAND) if found else ()


def learn(texts: Iterable[str]) -> tuple[str, ...]:
    """The patterns of these texts, the commonest first; none when they are few or all different.

    Texts of one shape (the same length, and at each place the same kind of character) make a pattern.
    What they all begin with, or all end in, stands in it as it is.
    """
    shapes: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for text in texts:
        if len(text) >= SHORTEST:
            shapes[tuple(map(_kind, text))].add(text)
    total = sum(map(len, shapes.values()))
    least = max(FEWEST, SHARE * total)
    common = sorted(shapes.values(), key=lambda alike: (-len(alike), min(alike)))
    return tuple(_expression(alike) for alike in common[:MOST] if len(alike) >= least)


def _kind(character: str) -> str:
    for members, kind in _CLASSES:
        if character in members:
            return kind
    return re.escape(character)


def _expression(alike: set[str]) -> str:
    """The regular expression of texts of one shape."""
    rows = sorted(alike)
    first, last = rows[0], rows[-1]
    prefix = _common(first, last)
    # Leading zeros and the like are chance among numbers that are counted up: the next will pass them.
    digits = [n for n in range(prefix) if first[n] in _DIGITS]
    prefix = digits[_LITERAL] if len(digits) > _LITERAL else prefix
    suffix = _common_end(rows)
    places = [re.escape(c) if n < prefix or n >= len(first) - suffix else _kind(c) for n, c in enumerate(first)]
    return "".join(_shortened(places))


def _common(first: str, last: str) -> int:
    """How many characters sorted texts begin with, all of them: as many as the first and the last one."""
    return next((n for n, (one, other) in enumerate(zip(first, last, strict=True)) if one != other), len(first))


def _common_end(rows: list[str]) -> int:
    backwards = sorted(text[::-1] for text in rows)
    # A last character that all share is often a letter such as B; shared digits at the end would be chance.
    same = _common(backwards[0], backwards[-1])
    return next((n for n in range(same) if backwards[0][n] in _DIGITS), same)


def _shortened(places: list[str]) -> list[str]:
    """Equal classes in a row written with their number: \\d{7}."""
    parts: list[tuple[str, int]] = []
    for place in places:
        if parts and parts[-1][0] == place and place in _KINDS:
            parts[-1] = (place, parts[-1][1] + 1)
        else:
            parts.append((place, 1))
    return [f"{place}{{{count}}}" if count > 1 else place for place, count in parts]
