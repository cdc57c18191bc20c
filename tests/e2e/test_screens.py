"""How the screen looks: everything fits, everything can be read, everything is also said aloud."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk import demo_showcase as shown
from tests.e2e.conftest import NewScreen
from tests.e2e.running import Kiosk
from tests.e2e.screen import Screen

SIZES = ((1024, 768), (1280, 800), (1920, 1080), (800, 1280))
LANGUAGES = ("zh_Hans", "zh_Hant", "en")
CONTRAST = 7

# Every visible piece of text outside the drawn covers, as [its words, its rectangle, its element].
TEXTS = """
  const texts = [];
  const top = document.querySelector("dialog[open]") ?? document.body;
  const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("svg, script, template, .unseen, .absent")) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const box = range.getBoundingClientRect();
    if (box.width && box.height && element.checkVisibility({ visibilityProperty: true }))
      texts.push([walker.currentNode.data.trim(), box, element]);
  }
"""
# What does not fit: a page that scrolls, a text that sticks out of the window or of a box that hides what sticks out.
MISFITS = f"""() => {{
  {TEXTS}
  const misfits = [];
  const page = document.documentElement;
  if (page.scrollHeight > innerHeight || page.scrollWidth > innerWidth) misfits.push("the page scrolls");
  const cut = (box, frame) => {{
    const slack = box.height / 4; // a line's box is taller than what is drawn in it
    const aside = Math.max(frame.left - box.left, box.right - frame.right);
    return Math.max(aside, frame.top - box.top - slack, box.bottom - frame.bottom - slack);
  }};
  const glass = {{ left: 0, top: 0, right: innerWidth, bottom: innerHeight }};
  for (const [words, box, element] of texts) {{
    if (cut(box, glass) > 1) misfits.push(`off screen: ${{words}}`);
    for (let up = element; up && up !== document.body; up = up.parentElement) {{
      if (getComputedStyle(up).overflow !== "visible" && cut(box, up.getBoundingClientRect()) > 1.5)
        misfits.push(`cut by ${{up.className || up.tagName}}: ${{words}}`);
    }}
  }}
  for (const box of document.querySelectorAll("#stage *, dialog[open] *"))
    if (/auto|scroll/.test(getComputedStyle(box).overflowY) && box.scrollHeight > box.clientHeight)
      misfits.push(`scrolls: ${{box.className}}`);
  return misfits;
}}"""
# The contrast of each text with the colours behind it (WCAG 2.2), where it is lower than wanted.
DULL = f"""(wanted) => {{
  {TEXTS}
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], under) => [r, g, b].map((value, i) => value * a + under[i] * (1 - a));
  const behind = (element) => {{
    if (!element) return [255, 255, 255];
    const colour = parse(getComputedStyle(element).backgroundColor);
    return (colour[3] ?? 1) === 1 ? colour : over(colour, behind(element.parentElement));
  }};
  const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const found = [];
  for (const [words, , element] of texts) {{
    const ground = behind(element);
    const ink = over(parse(getComputedStyle(element).color), ground);
    const [dark, bright] = [light(ground), light(ink)].sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < wanted) found.push(`${{ratio.toFixed(2)}}: ${{words}}`);
  }}
  return found;
}}"""


def misfits(screen: Screen) -> list[str]:
    """What does not fit on the screen as it is now."""
    found: list[str] = screen.page.evaluate(MISFITS)
    return found


def dull(screen: Screen) -> list[str]:
    """The texts on the screen whose contrast is too low."""
    found: list[str] = screen.page.evaluate(DULL, CONTRAST)
    return found


@pytest.fixture(scope="module", params=LANGUAGES)
def kiosk(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk that speaks one of the three languages, with little patience in what it shows to nobody."""
    running = Kiosk(tmp_path_factory.mktemp("kiosk"), settings=f'language = "{request.param}"').start()
    yield running
    running.stop()


@pytest.fixture
def still(kiosk: Kiosk, new_screen: NewScreen) -> Screen:
    """A screen without movement, so that what is measured stays where it is."""
    return new_screen(kiosk, kiosk.station(), reduced_motion="reduce")


def idle(kiosk: Kiosk, screen: Screen) -> None:
    screen.shows(".welcome")


def greeted(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card)
    screen.shows(".greeting .may")


def greeted_with_late_books(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(shown.OVERDUE)
    screen.shows(".overdue-list")


def greeted_with_a_full_bag(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(shown.AT_LIMIT)
    screen.shows(".full")


def held(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(*(book.label for book in kiosk.books(3)))
    screen.shows(".holding")
    screen.shelf(3)


def lent(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card, *(book.label for book in kiosk.books(4)))
    screen.shelf(4)


def returned(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    screen.scan(*(kiosk.lent(pupil).label for _ in range(2)))
    screen.shelf(2)


def refused(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(shown.AT_LIMIT, shown.READING_ROOM)
    screen.shows(".outcome-refused .reasons li")


def asked_about_an_own_book(kiosk: Kiosk, screen: Screen) -> None:
    pupil = kiosk.pupil()
    screen.scan(pupil.card, kiosk.lent(pupil).label)
    screen.shows("[data-choice=renew]")


def asked_about_anothers_book(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card, kiosk.lent(kiosk.pupil()).label)
    screen.shows("[data-choice=no]")


def asked_card_or_book(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(shown.TWIN)
    screen.shows("[data-choice=book]")


def unknown(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan("NOT-OURS")
    screen.shows(".outcome-unknown")


def an_isbn(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card, shown.SEVERAL_ISBN)
    screen.shows(".outcome-isbn")


def helped(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card, "KIOSK-HELP")
    screen.shows(".outcome-help")


def undone(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card, kiosk.book().label, "KIOSK-UNDO")
    screen.shows(".outcome-undone")


def finished(kiosk: Kiosk, screen: Screen) -> None:
    screen.scan(kiosk.pupil().card, *(book.label for book in kiosk.books(2)), "KIOSK-DONE")
    screen.shows(".finished .sums")


def typing(kiosk: Kiosk, screen: Screen) -> None:
    screen.tap("[data-open=keypad]")
    screen.tap("#keypad [data-key='8']")


def typing_letters(kiosk: Kiosk, screen: Screen) -> None:
    screen.tap("[data-open=keypad]")
    screen.tap("#keypad [data-key=letters]")
    screen.tap("#keypad [data-key=Q]")


def finding(kiosk: Kiosk, screen: Screen) -> None:
    screen.tap("[data-open=finder]")
    screen.shows("#finder .found-hint")


def finding_titles(kiosk: Kiosk, screen: Screen) -> None:
    finding(kiosk, screen)
    screen.tap("#finder [data-key=z]")
    screen.shows("#finder .hit")


def finding_one(kiosk: Kiosk, screen: Screen) -> None:
    finding(kiosk, screen)
    for letter in "xwz":
        screen.tap(f"#finder [data-key={letter}]")
    screen.shows("#finder .hits-few")


def finding_in_vain(kiosk: Kiosk, screen: Screen) -> None:
    finding(kiosk, screen)
    for letter in "qqq9":
        screen.tap(f"#finder [data-key='{letter}']")
    screen.shows("#finder [role=status] .found-word")


STATES = (
    *(idle, greeted, greeted_with_late_books, greeted_with_a_full_bag, held, lent, returned, refused),
    *(asked_about_an_own_book, asked_about_anothers_book, asked_card_or_book, unknown, an_isbn, helped),
    *(undone, finished, typing, typing_letters, finding, finding_titles, finding_one, finding_in_vain),
)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_nothing_scrolls_is_cut_off_or_pale_at_any_size(
    kiosk: Kiosk, still: Screen, state: Callable[[Kiosk, Screen], None]
) -> None:
    state(kiosk, still)
    faults = []
    for width, height in SIZES:
        still.page.set_viewport_size({"width": width, "height": height})
        still.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        faults += [f"{width}x{height} {fault}" for fault in (*misfits(still), *dull(still))]
    assert faults == []


def test_the_measures_of_this_file_find_what_is_wrong(kiosk: Kiosk, still: Screen) -> None:
    still.page.evaluate("document.querySelector('h1').style.fontSize = '30rem'")
    assert any("cut" in fault or "off screen" in fault for fault in misfits(still))
    still.page.evaluate("document.querySelector('h1').style.color = '#999'")
    assert len(dull(still)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_that_the_server_is_gone_fits_and_can_be_read(
    tmp_path: Path, new_screen: NewScreen, language: str
) -> None:
    away = Kiosk(tmp_path, settings=f'language = "{language}"').start()
    screen = new_screen(away, reduced_motion="reduce")
    lent(away, screen)
    away.kill()
    screen.shows("#gone")
    screen.scan("12345678")
    faults = []
    for width, height in SIZES:
        screen.page.set_viewport_size({"width": width, "height": height})
        faults += [*misfits(screen), *dull(screen)]
    assert faults == []
