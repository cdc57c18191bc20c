"""What is read on a folder of labelled photographs, beside plain pyzbar and plain zxing-cpp in the same run.

The folder holds a manifest.csv: path, kind (pos or neg), source, symbology, expected (a JSON list of texts of which
one must be read), ignore (texts that are on the picture too). EAN-13, UPC-A and UPC-E are compared as thirteen digits.
A false read is any text that is neither expected nor to be ignored. CPU is of one thread, without opening the file.
"""

import argparse
import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.decode import decode
from scanner.decoders import Zbar, Zxing
from scanner.picture import gray_of
from scanner.scan import SYMBOLOGIES

Picture = NDArray[np.uint8]
Read = Callable[[Picture], set[str]]
PARTS = 2  # the photographs are parted by a hash of their names: what is tuned on one half is held to the other


@dataclass(frozen=True, slots=True)
class Row:
    """One photograph and what is on it."""

    path: str
    positive: bool
    source: str
    symbology: str
    expected: frozenset[str]
    ignore: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What one decoder made of one photograph: whether it read it, what it read wrong, and CPU milliseconds."""

    row: Row
    read: bool
    wrong: frozenset[str]
    cost: float


def rows(corpus: Path) -> list[Row]:
    """The photographs of a folder's manifest, in its order."""
    with (corpus / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return [
            Row(
                line["path"],
                line["kind"] == "pos",
                line["source"],
                line["symbology"],
                frozenset(map(matter, json.loads(line["expected"]))),
                frozenset(map(matter, json.loads(line["ignore"]))),
            )
            for line in csv.DictReader(file)
        ]


def part(row: Row, parts: int = PARTS) -> int:
    """Which part of the corpus a photograph is in, by its name alone."""
    return int.from_bytes(sha256(row.path.encode()).digest()[:4], "big") % parts


def matter(text: str) -> str:
    """What of a text must agree: no blanks or control characters, and article numbers as thirteen digits."""
    text = "".join(character for character in text if character.isprintable() and character != " ")
    return text.zfill(13) if len(text) == 12 and text.isdecimal() else text


def ours(picture: Picture) -> set[str]:
    """Every format, every stage; only what is sure."""
    return {matter(one.text) for one in decode(picture, SYMBOLOGIES)}


def score(corpus: Path, chosen: Sequence[Row], read: Read) -> Iterator[Result]:
    """One result a photograph."""
    for row in chosen:
        picture = cv2.imread(str(corpus / row.path))
        if picture is None:
            raise SystemExit(f"{corpus / row.path} is no picture.")
        before = time.thread_time()
        texts = read(np.asarray(picture, np.uint8))
        cost = 1000 * (time.thread_time() - before)
        yield Result(row, bool(texts & row.expected), frozenset(texts - row.expected - row.ignore), cost)


def main(argv: list[str]) -> None:
    """Print the figures of a folder of photographs."""
    parser = argparse.ArgumentParser(prog="python -m bench decode", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"), metavar="DIR")
    parser.add_argument("--half", type=int, choices=range(PARTS), help="only the photographs of this half")
    parser.add_argument("--quick", action="store_true", help="every eighth photograph")
    options = parser.parse_args(argv)
    if not (options.corpus / "manifest.csv").is_file():
        print(f"decode: there is no {options.corpus / 'manifest.csv'}; name a folder with --corpus.")
        return
    cv2.setNumThreads(1)
    chosen = [row for row in rows(options.corpus) if options.half in (None, part(row))]
    chosen = [row for row in chosen if not options.quick or part(row, 8) == 0]
    zbar, zxing = Zbar(SYMBOLOGIES), Zxing(SYMBOLOGIES)
    readers: dict[str, Read] = {
        "ours": ours,
        "zxing-cpp": lambda picture: {matter(one.text) for one in zxing.frame(gray_of(picture), invert=True)},
        "pyzbar": lambda picture: {matter(one.text) for one in zbar.frame(gray_of(picture))},
    }
    print(f"decode, {len(chosen)} photographs of {options.corpus}, every format, one thread")
    _report({name: list(score(options.corpus, chosen, read)) for name, read in readers.items()})


def _report(results: dict[str, list[Result]]) -> None:
    groups: tuple[Callable[[Row], str], ...] = (
        lambda _: "all",
        lambda row: f"half {part(row)}",
        lambda row: row.source,
        lambda row: row.symbology,
    )
    print(f"{'recall':20}{'photos':>8}" + "".join(f"{name:>12}" for name in results))
    for group in groups:
        tallies = [_tally(found, group) for found in results.values()]
        for key in sorted(tallies[0]):
            count = tallies[0][key][1]
            print(f"{key:20}{count:8}" + "".join(f"{100 * tally[key][0] / count:11.1f}%" for tally in tallies))
    for name, found in results.items():
        _costs(name, found)


def _tally(found: Sequence[Result], group: Callable[[Row], str]) -> dict[str, tuple[int, int]]:
    """Of each group, how many photographs with a code were read, of how many."""
    tally: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for one in found:
        if one.row.positive:
            read, count = tally[group(one.row)]
            tally[group(one.row)] = (read + one.read, count + 1)
    return tally


def _costs(name: str, found: Sequence[Result]) -> None:
    wrong = [one for one in found if one.wrong]
    print(f"{name}: {len(wrong)} photographs with a false read")
    for one in wrong[:20]:
        print(f"    {one.row.path}: {', '.join(sorted(one.wrong))}")
    for title, positive in (("with a code", True), ("without", False)):
        costs = [one.cost for one in found if one.row.positive == positive]
        if costs:
            median, slow = np.percentile(costs, [50, 95])
            print(f"    {title:12} mean {np.mean(costs):6.1f} ms, median {median:6.1f}, 95 % below {slow:6.1f}")
