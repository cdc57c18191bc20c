"""Search at 50,000 titles: what somebody types, from the words to the titles found and where their copies are.

The titles are those of `bench.titles`, with two copies each; some are on loan, some are no longer in stock. The
reference is what SQLite itself needs, in the same run, to count the rows whose text holds one word: a bare
`count(*) … LIKE` by sqlite3, nothing sorted and nothing fetched. So the ratio says what ranking, the page of twenty,
the copies and SQLAlchemy cost on top.
"""

import argparse
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection

from bench import titles as catalogue
from bench.figures import machine, quantile, table
from kiosk.database import Database
from kiosk.models import Title
from kiosk.search import find
from kiosk.search_text import normal, readings
from kiosk.whereabouts import where

TITLES, QUICK_TITLES = 50_000, 400
ROUNDS, QUICK_ROUNDS = 40, 3
PAGE = 20


def _han(rng: Random, title: Any, length: int) -> str:
    han = "".join(each for each in title.title if not each.isascii() and each.isalnum())
    at = rng.randrange(max(len(han) - length, 0) + 1)
    return han[at : at + length]


KINDS: tuple[tuple[str, Callable[[Random, Any], str]], ...] = (
    ("one character", lambda rng, title: _han(rng, title, 1)),
    ("two characters", lambda rng, title: _han(rng, title, 2)),
    ("full title", lambda rng, title: str(title.title)),
    ("pinyin", lambda rng, title: readings(title.title)[0][0]),
    ("pinyin in words", lambda rng, title: " ".join(readings(each)[0][0] for each in title.title)),
    ("1 initial", lambda rng, title: readings(title.title)[0][1][:1]),
    ("2 initials", lambda rng, title: readings(title.title)[0][1][:2]),
    ("3 initials", lambda rng, title: readings(title.title)[0][1][:3]),
    ("an, in most pinyin", lambda rng, title: "an"),
    ("mixed, 小wz", lambda rng, title: _han(rng, title, 1) + readings(title.title)[0][1][1:3]),
    ("ISBN", lambda rng, title: str(title.isbn)),
    ("author", lambda rng, title: normal(title.author)),
    ("class number", lambda rng, title: str(title.class_number)),
    ("label", lambda rng, title: f"{title.id - 1 or 1:08}"),
    ("accession number", lambda rng, title: f"A{title.id - 1 or 1:07}"),
    ("same sound, 小王自", lambda rng, title: "".join(_ANOTHER.get(each, each) for each in title.title)),
    ("nothing found", lambda rng, title: _han(rng, title, 2) + "鑫鑫鑫"),
    ("tenth page of 的", lambda rng, title: "的"),
)
_ANOTHER = dict(zip("的王子林师和与大小里魔海天", "得亡字霖狮合语打晓理磨嗨添", strict=True))


def main(argv: Sequence[str]) -> None:
    """Print the figures. `--quick` tries the bench itself on a small file."""
    parser = argparse.ArgumentParser(prog="python -m bench search", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(argv)
    titles, rounds = (QUICK_TITLES, QUICK_ROUNDS) if options.quick else (TITLES, ROUNDS)
    print(f"search, {titles:,} titles, {rounds} queries of each kind, ms; SQLite {sqlite3.sqlite_version}; {machine()}")
    with TemporaryDirectory(prefix="kiosk-bench-") as folder:
        file, start = Path(folder) / "search.sqlite", time.perf_counter()
        catalogue.build(file, titles, datetime.now(UTC))
        print(f"  {file.stat().st_size / 1e6:,.0f} MB, built in {time.perf_counter() - start:.0f} s")
        _measure(file, rounds)


def _measure(file: Path, rounds: int) -> None:
    database, rng = Database(f"sqlite:///{file}"), Random(5)
    with database.reading() as connection, closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA cache_size=-16000")
        titles = connection.execute(Title.__table__.select()).all()
        find(connection, titles[0].title)  # loads the dictionary of pinyin
        rows = [("", "found", "p50", "p99", "with where() p50", "p99", "ratio p50", "ratio p99")]
        for name, typed in KINDS:
            offset = 9 * PAGE if name.startswith("tenth") else 0
            asked = [typed(rng, title) for title in rng.sample(titles, rounds)]
            rows.append((name, *_figures(connection, raw, asked, offset)))
    print(table(rows))
    print("  ratio: to count(*) of the rows that hold the first word, by sqlite3 alone")
    database.engine.dispose()


def _figures(connection: Connection, raw: sqlite3.Connection, asked: list[str], offset: int) -> list[str]:
    spent, whole, bare, counts, today = [], [], [], [], datetime.now(UTC).date()
    for words in asked:
        start = time.perf_counter()
        found = find(connection, words, limit=PAGE, offset=offset)
        middle = time.perf_counter()
        where(connection, [each.id for each in found.titles], today)
        end = time.perf_counter()
        raw.execute("SELECT count(*) FROM title WHERE search LIKE ?", (f"%{normal(words.split()[0])}%",)).fetchone()
        spent.append(1000 * (middle - start))
        whole.append(1000 * (end - start))
        bare.append(1000 * (time.perf_counter() - end))
        counts.append(len(found.titles))
    figures = (median(spent), quantile(spent, 0.99), median(whole), quantile(whole, 0.99))
    ratios = (median(whole) / median(bare), quantile(whole, 0.99) / quantile(bare, 0.99))
    return [f"{median(counts):.0f}", *(f"{each:.1f}" for each in figures), *(f"{each:.2f}" for each in ratios)]
