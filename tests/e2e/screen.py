"""A self-check screen in a real Chromium, and the two who type at it: a scanner and a person."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from playwright.sync_api import CDPSession, Locator, Page, expect

from web.guard import COOKIE

expect.set_options(timeout=15_000)
Event = dict[str, Any]
Change = Callable[[Event], Event]
STEP = 0.005  # seconds from key to key of a scanner
REACTION = 150  # ms: what follows a code sooner than this may still be the scanner's
_NAMED = {"\n": ("Enter", "Enter", 13, "\r"), "\t": ("Tab", "Tab", 9, ""), " ": (" ", "Space", 32, " ")}
_PREPARE = """
  window.keys = []; window.tunes = []; window.broken = [];
  addEventListener("keydown", (event) => window.keys.push(event.timeStamp), true);
  document.addEventListener("kiosk:sound", (event) => window.tunes.push(event.detail));
  document.addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective));
"""


class Screen:
    """One page that shows one station. `complaints` are the errors the browser found in it."""

    def __init__(self, page: Page, url: str, token: str = "") -> None:
        self.page, self.url, self.token = page, url, token
        self.complaints: list[str] = []
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._last_key = 0.0
        page.add_init_script(_PREPARE)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        if token:
            page.context.add_cookies([{"name": COOKIE, "value": token, "url": url}])

    def open(self) -> "Screen":
        """Load the page and wait until it listens."""
        self.page.goto(self.url)
        expect(self.page.locator("#gone .gone-word")).not_to_be_empty()  # set by the last of its modules
        return self

    def scan(self, *codes: str, end: str = "\n") -> None:
        """Type each code as a wedge does: trusted key events whose time stamps are 5 ms apart.

        All the keys of a code are handed to Chromium at once, with the times they were pressed. So a busy machine
        cannot stretch them to a person's speed, and the page sees what a scanner's keys look like.
        """
        for code in codes:
            self._burst(code + end)

    def scan_while_composing(self, digits: str) -> None:
        """The same while an input method is open: the browser names no character, only the physical key."""
        taken = {"key": "Process", "windowsVirtualKeyCode": 229, "type": "rawKeyDown", "text": ""}
        self._burst(digits + "\n", lambda event: event | taken if event["code"].startswith("Digit") else event)

    def types(self, text: str) -> None:
        """Type as a person does: one key a tenth of a second, and the first not at the speed of light."""
        self.page.wait_for_timeout(REACTION)
        self.page.keyboard.type(text, delay=100)
        self._last_key = time.time()

    def presses(self, key: str) -> None:
        """One key of a person, who has first seen what is on the screen."""
        self.page.wait_for_timeout(REACTION)
        self.page.keyboard.press(key)
        self._last_key = time.time()

    def tap(self, selector: str) -> None:
        """Touch what is drawn there."""
        self.page.locator(selector).tap()

    @property
    def stage(self) -> Locator:
        """Everything the station draws."""
        return self.page.locator("#stage")

    @property
    def word(self) -> Locator:
        """The large word."""
        return self.page.locator("#stage h1")

    def says(self, word: str, *more: str) -> None:
        """Wait until the large word is this, and the screen holds these words too."""
        expect(self.word).to_contain_text(word)
        for each in more:
            expect(self.stage).to_contain_text(each)

    def shows(self, selector: str) -> None:
        """Wait until this is on the screen."""
        expect(self.page.locator(selector).first).to_be_visible()

    def phase(self, phase: str) -> None:
        """Wait until the station is idle, holding, session or finished."""
        expect(self.stage).to_have_attribute("data-phase", phase)

    def shelf(self, count: int) -> None:
        """Wait until so many books stand on the shelf."""
        expect(self.page.locator("#stage .shelf .standing")).to_have_count(count)

    def gaps(self) -> list[float]:
        """Milliseconds between the keys so far, as the page was told."""
        times: list[float] = self.page.evaluate("window.keys")
        return [after - before for before, after in pairwise(times)]

    def tunes(self) -> list[str]:
        """The sounds so far."""
        heard: list[str] = self.page.evaluate("window.tunes")
        return heard

    def violations(self) -> list[str]:
        """Which directives of the content security policy were broken."""
        found: list[str] = self.page.evaluate("window.broken")
        return found

    def waiting(self) -> int:
        """How many scans the screen keeps that the desk has not answered yet."""
        count: int = self.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('kiosk.')).length")
        return count

    def _burst(self, text: str, changed: Change = lambda event: event) -> None:
        start = max(time.time() - STEP * len(text), self._last_key + STEP)
        self._last_key = start + STEP * (len(text) - 1)
        time.sleep(max(0.0, self._last_key - time.time()))  # no key is pressed in the future
        keys = [_key(char, start + STEP * place) for place, char in enumerate(text)]
        commands = [event for down, up in keys for event in (changed(down), up)]

        async def press() -> None:
            send = self._cdp._impl_obj.send  # the public one waits for each answer before it sends the next
            tasks = [asyncio.ensure_future(send("Input.dispatchKeyEvent", each, 0)) for each in commands]
            await asyncio.gather(*tasks)

        self._cdp._sync(press())


def _key(char: str, when: float) -> tuple[Event, Event]:
    """The two events of one key, pressed at `when` in seconds since 1970."""
    key, code, number, text = _NAMED.get(char) or (char, _code(char), ord(char.upper()), char)
    shift = 8 if char.isalpha() and char.isupper() else 0
    common = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": shift}
    down = {"type": "keyDown" if text else "rawKeyDown", "text": text, "timestamp": when}
    return {**common, **down}, {**common, "type": "keyUp", "timestamp": when + STEP / 2}


def _code(char: str) -> str:
    if char.isascii() and char.isalnum():
        return f"Digit{char}" if char.isdigit() else f"Key{char.upper()}"
    return {"-": "Minus", ":": "Semicolon", ".": "Period", "/": "Slash"}.get(char, "")
