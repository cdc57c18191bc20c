"""A book out of the box: from the Enter key to the answer in the DOM, with a million loans in the database.

As `bench screen`: real key events, a real server with synchronous=FULL, a bare Flask+waitress+SSE echo in the same run,
both pages in turn. The box holds what the kiosk was told of; each scan confirms one of these returns, on disk.
"""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import async_playwright
from sqlalchemy import select

from bench.figures import machine
from bench.school import OUT, build
from bench.screen import CHROMIUM, FLAGS, UNMEASURED, Screen, print_figures
from bench.servers import free_port, running, serve_echo, serve_kiosk
from kiosk import reconcile, sessions, staff
from kiosk.config import Config
from kiosk.database import Database
from kiosk.desk import Desk
from kiosk.models import Copy, Loan
from kiosk.roles import Staff
from web.librarian import cookies

LOANS, QUICK_LOANS = 1_000_000, 2_000
SCANS, QUICK_SCANS = 300, 6
_SHOWN = {"confirmed": "#said .said-well"}


def main(argv: Sequence[str]) -> None:
    """Print the figures. `--quick` tries the bench itself on little."""
    parser = argparse.ArgumentParser(prog="python -m bench reconcile", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--loans", type=int, help=f"loans in the database (default {LOANS})")
    options = parser.parse_args(argv)
    loans = options.loans or (QUICK_LOANS if options.quick else LOANS)
    scans = QUICK_SCANS if options.quick else SCANS
    with TemporaryDirectory(prefix="kiosk-bench-") as folder:
        config, box = _school(Path(folder), loans, scans + UNMEASURED)
        echo_port = free_port()
        with running(serve_kiosk, config.port, config) as ours, running(serve_echo, echo_port, echo_port) as bare:
            asyncio.run(_measure(loans, box, (ours, bare)))


def _school(folder: Path, loans: int, wanted: int) -> tuple[Config, "_Box"]:
    """A school with a past, a box with `wanted` books the kiosk was told of, and a reconciliation open at it."""
    file = folder / "kiosk.sqlite"
    now = datetime.now(UTC)
    build(file, loans, now)
    config = Config(path=folder / "config.toml", database=f"sqlite:///{file}", port=free_port())
    database = Database(config.database)
    desk = Desk(database, config.timezone)
    with database.reading() as connection:
        query = select(Copy.id, Copy.label).join(Loan, Loan.copy_id == Copy.id).where(Loan.returned_at.is_(None))
        rows = connection.execute(query.limit(min(wanted, OUT))).all()
    for row in rows:
        desk.take_back(row.id, station=config.station.name, now=now - timedelta(minutes=5))
    who = staff.Office(database, config.desk.name).add("librarian", "librarian", "four words make one", now)
    assert isinstance(who, Staff)
    number = desk.at_counter(
        config.desk.name, now, None, lambda counter: reconcile.begin(counter, [config.station.name]), who
    )
    token = database.write(lambda connection: sessions.begin(connection, who.id, "bench", now))
    database.engine.dispose()
    return config, _Box([row.label for row in rows], f"/desk/reconcile/{number}", token)


class _Box:
    """The labels of what lies in it, the page it is reconciled at, and the cookie of whoever does it."""

    def __init__(self, labels: list[str], path: str, token: str) -> None:
        self.labels, self.path = labels, path
        self.cookie = {"name": cookies.SESSION, "value": token, "domain": "127.0.0.1", "path": cookies.PATH}


async def _measure(loans: int, box: _Box, addresses: tuple[str, str]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        desk = await Screen.opened(browser, addresses[0] + box.path, _SHOWN, [box.cookie])
        echo = await Screen.opened(browser, addresses[1], dict.fromkeys(_SHOWN, "#echo"))
        for done, (label, text) in enumerate(_pairs(box.labels)):
            await desk.scan(label, "confirmed", done >= UNMEASURED)
            await echo.scan(text, "confirmed", done >= UNMEASURED)
        left: Any = await desk.page.inner_text("#tally-missing")
        version = browser.version
        await browser.close()
    print(f"reconcile, Enter to answer, {len(desk.dom)} books with {loans:,} loans in the database, ms;")
    print(f"  Chromium {version}; {machine()}")
    print_figures(desk, echo)
    print(f"  missing at the end: {left}")


def _pairs(labels: list[str]) -> Iterator[tuple[str, str]]:
    """Each label beside a text of the same length that the echo was not showing before."""
    return zip(labels, map(str, count(10_000_000)), strict=False)
