"""From the Enter key to the outcome in the DOM, in Chromium, against a bare Flask+waitress+SSE echo in the same run.

Real key events, as from a USB scanner; real servers in processes of their own; the kiosk over a demo school on disk
with synchronous=FULL. The clock is the page's: from the timeStamp of Enter's keydown to the moment when #stage (or
the echo's one paragraph) has changed, layout included, and from there to the end of the next frame. Whole visits are
played: card, three free books, done, then the three come back without a card. Both pages take turns, visit by visit.
"""

import argparse
import asyncio
import os
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright
from sqlalchemy import select

from bench.figures import machine, quantile, table
from bench.servers import demo_config, free_port, running, serve_echo, serve_kiosk
from kiosk import policy
from kiosk.config import Config
from kiosk.database import Database
from kiosk.models import Copy, LedgerEntry, Loan, Place, Reader, Title

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
VISITS, QUICK_VISITS = 45, 2
BOOKS = 3
UNMEASURED = 2  # visits at the beginning: caches, compiled statements, JIT
_REST = 60  # ms from one outcome to the next code
_ATTEMPTS = 5
_PROBES = 50
SHOWN = {"greeted": ".greeting", "lent": ".outcome-lent", "finished": ".finished", "returned": ".outcome-returned"}
_MEASURE = """
(() => {
  let pressed = null, finish = null, shown = "";
  const channel = new MessageChannel();
  addEventListener("keydown", (event) => { if (event.key === "Enter") pressed = event.timeStamp; }, true);
  const changed = (stage) => {
    const now = performance.now(), what = stage.dataset.outcome ?? stage.textContent;
    if (what === shown || !what) return;
    shown = what;
    if (pressed === null || !finish) return;
    const dom = now - pressed, tell = finish;
    pressed = finish = null;
    const how = stage.dataset.how ?? stage.dataset.phase;
    channel.port1.onmessage = () => tell({dom, paint: performance.now() - now + dom, how});
    requestAnimationFrame(() => channel.port2.postMessage(0));
  };
  window.bench = {
    arm() { window.bench.told = new Promise((resolve) => { finish = resolve; setTimeout(resolve, 2000, null); }); },
  };
  addEventListener("DOMContentLoaded", () => {
    const stage = document.querySelector("#stage, #said, #echo");
    shown = stage.dataset.outcome ?? "";
    new MutationObserver(() => changed(stage)).observe(stage, {childList: true, attributes: true});
  });
})();
"""


@dataclass
class Screen:
    """A page, its codes typed in, and how long each took in ms."""

    page: Page
    keys: CDPSession
    shown: Mapping[str, str]
    again: int = 0
    dom: list[float] = field(default_factory=list)
    paint: list[float] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)
    by_kind: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    async def opened(
        cls, browser: Browser, address: str, shown: Mapping[str, str], cookies: Sequence[Any] = ()
    ) -> "Screen":
        """The page at this address, in a window of its own so that neither page is in the background.

        `shown` says for each kind of scan by which selector it is known to have come of it.
        """
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        await context.add_cookies(cookies)
        page = await context.new_page()
        await page.add_init_script(_MEASURE)
        await page.goto(address)
        await page.wait_for_timeout(500)
        return cls(page, await context.new_cdp_session(page), shown)

    async def scan(self, text: str, kind: str, measured: bool) -> None:
        """One code and Enter, until what was to come of it is shown: a busy machine may hold keys back until they
        look like a person's. Raises RuntimeError when nothing helps."""
        for _ in range(_ATTEMPTS):
            told = await self._typed(text)
            if told and await self.page.query_selector(self.shown[kind]):
                break
            self.again += 1
            await self.page.wait_for_timeout(10 * _REST)
        else:
            raise RuntimeError(f"{text} is not {kind}: {await self.page.inner_text('body')}")
        if measured:
            self.dom.append(told["dom"])
            self.paint.append(told["paint"])
            self.ways[told["how"]] += 1
            self.by_kind[kind].append(told["dom"])
        await self.page.wait_for_timeout(_REST)

    async def _typed(self, text: str) -> dict[str, Any] | None:
        await self.page.evaluate("window.bench.arm()")
        # All keys are on their way before the first is answered, as from a scanner: it waits for nobody.
        await asyncio.gather(*(press for char in text for press in self._press(char)))
        await asyncio.gather(*self._press("Enter"))
        told: dict[str, Any] | None = await self.page.evaluate("window.bench.told")
        return told

    def _press(self, key: str) -> Iterator[Awaitable[Any]]:
        code = f"Digit{key}" if key.isdigit() else {"Enter": "Enter", "-": "Minus"}.get(key, f"Key{key}")
        number = {"Enter": 13, "-": 189}.get(key) or ord(key)
        event = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        text = "\r" if key == "Enter" else key
        yield self.keys.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **event})
        yield self.keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})


def main(argv: Sequence[str]) -> None:
    """Print the figures. `--quick` tries the bench itself with few scans."""
    parser = argparse.ArgumentParser(prog="python -m bench screen", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--visits", type=int, help=f"visits at either page (default {VISITS})")
    options = parser.parse_args(argv)
    visits = options.visits or (QUICK_VISITS if options.quick else VISITS)
    with TemporaryDirectory(prefix="kiosk-bench-") as folder:
        config, echo_port = demo_config(Path(folder)), free_port()
        with running(serve_kiosk, config.port, config) as ours, running(serve_echo, echo_port, echo_port) as bare:
            asyncio.run(_measure(config, (ours, bare), visits))


async def _measure(config: Config, addresses: tuple[str, str], visits: int) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        kiosk = await Screen.opened(browser, addresses[0], SHOWN)
        echo = await Screen.opened(browser, addresses[1], dict.fromkeys(SHOWN, "#echo"))
        await _play(kiosk, echo, _visits(config), visits)
        version = browser.version
        await browser.close()
    print(f"screen, Enter to outcome, {len(kiosk.dom)} scans on either page, ms; Chromium {version}; {machine()}")
    print_figures(kiosk, echo)
    print(f"  the ledger says: {dict(_ledger(config))}")
    print(f"  one durable write of 16 kB on this disk: {_disk(config.path.parent):.1f}; the kiosk makes one a scan")


async def _play(kiosk: Screen, echo: Screen, visits: Iterator[list[tuple[str, str]]], wanted: int) -> None:
    numbers = count(10_000_000)
    for done in range(wanted + UNMEASURED):
        visit = next(visits)
        for screen in (kiosk, echo):
            for text, kind in visit:
                # The echo shows a text it was not showing before, and as long as the kiosk's.
                await screen.scan(text if screen is kiosk else str(next(numbers)), kind, done >= UNMEASURED)


def _visits(config: Config) -> Iterator[list[tuple[str, str]]]:
    """(text, what comes of it) of one visit after another: readers and books in turn, so none is refused."""
    cards, labels = _free(config)
    books = cycle(labels)
    for card in cycle(cards):
        taken = [next(books) for _ in range(BOOKS)]
        session = [(card, "greeted"), *((label, "lent") for label in taken), ("KIOSK-DONE", "finished")]
        yield [*session, *((label, "returned") for label in taken)]


def _free(config: Config) -> tuple[list[str], list[str]]:
    """Cards of pupils with nothing at home, and labels of books on the shelf, one of each title."""
    database = Database(config.database)
    out = select(Loan.id).where(Loan.returned_at.is_(None))
    readers = select(Reader.card).where(
        Reader.category == policy.STUDENT,
        Reader.card_lost_on.is_(None),
        ~out.where(Loan.reader_id == Reader.id).exists(),
    )
    copies = (
        select(Copy.label, Copy.title_id)
        .join(Place, Place.id == Copy.place_id)
        .join(Title, Title.id == Copy.title_id)
        .where(Copy.state == "ok", Place.kind == "shelf", Title.kind == "book")
        .where(~out.where(Loan.copy_id == Copy.id).exists())
    )
    with database.reading() as connection:
        cards = list(connection.scalars(readers))
        labels = {row.title_id: row.label for row in connection.execute(copies) if row.label not in cards}
    database.engine.dispose()
    return cards, list(labels.values())


def _ledger(config: Config) -> Counter[str]:
    """What the station says it did: as many of each verb as were scanned, and nothing else."""
    database = Database(config.database)
    with database.reading() as connection:
        began = select(LedgerEntry.verb).where(
            LedgerEntry.station == config.station.name, LedgerEntry.scan_id.is_not(None)
        )
        verbs = Counter(connection.scalars(began))
    database.engine.dispose()
    return verbs


def _disk(folder: Path) -> float:
    """Milliseconds that this disk takes for one small durable write (median): each scan makes one, the echo none."""
    times = []
    with (folder / "probe").open("wb", buffering=0) as probe:
        for _ in range(_PROBES):
            start = time.perf_counter()
            probe.write(bytes(16_384))
            os.fsync(probe.fileno())
            times.append(1000 * (time.perf_counter() - start))
            time.sleep(0.01)
    return median(times)


def print_figures(kiosk: Screen, echo: Screen) -> None:
    """The table of both pages and their ratio, and the kiosk's figures by what came of a scan."""
    rows: list[tuple[str, ...]] = [("", "p50", "p95", "p99", "longest", "to paint p50", "to paint p99")]
    for name, screen in (("kiosk", kiosk), ("echo", echo)):
        dom, paint = screen.dom, screen.paint
        figures = (*(quantile(dom, share) for share in (0.5, 0.95, 0.99)), max(dom))
        figures += (quantile(paint, 0.5), quantile(paint, 0.99))
        rows.append((name, *(f"{figure:.1f}" for figure in figures)))
    ratios = [quantile(kiosk.dom, share) / quantile(echo.dom, share) for share in (0.5, 0.95, 0.99)]
    rows.append(("ratio", *(f"{ratio:.2f}" for ratio in ratios), "", "", ""))
    print(table(rows))
    kinds = ", ".join(f"{kind} {quantile(times, 0.5):.1f}" for kind, times in kiosk.by_kind.items())
    print(f"  kiosk by what came of it, p50: {kinds}")
    print(f"  typed again because the machine held keys back: {kiosk.again}")
    print(f"  echo shown first by {', '.join(f'its {way}: {times}' for way, times in echo.ways.most_common())}")
