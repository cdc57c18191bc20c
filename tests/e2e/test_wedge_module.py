"""The browser's wedge, fed keys and times: a scanner is told from a person by speed alone."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

STATIC = Path(__file__).resolve().parents[2] / "web" / "static"

# Each step is [key event, milliseconds since the step before]; a null event is time passing.
RUN = """async ([address, steps]) => {
  const { Wedge } = await import(address);
  const wedge = new Wedge();
  const events = [], swallowed = [];
  let now = 1000;
  for (const [event, gap] of steps) {
    now += gap;
    if (event === null) { events.push(...wedge.tick(now)); continue; }
    const result = event.up ? { events: wedge.altUp(now), swallow: false } : wedge.key(event, now);
    events.push(...result.events);
    swallowed.push(result.swallow);
  }
  return { events, swallowed };
}"""

Step = tuple[dict[str, Any] | None, float]


class Quiet(SimpleHTTPRequestHandler):
    """The static files, without a line on stderr for each."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(STATIC)))
    Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/kiosk.svg")
    yield page
    page.close()
    server.shutdown()


def run(page: Page, *steps: Step) -> dict[str, Any]:
    result: dict[str, Any] = page.evaluate(RUN, ["/wedge.js", [list(step) for step in steps]])
    return result


def keys(text: str, gap: float = 5) -> list[Step]:
    return [({"key": char}, gap) for char in text]


ENTER: Step = ({"key": "Enter", "code": "Enter"}, 5)
TAB: Step = ({"key": "Tab", "code": "Tab"}, 5)
SILENCE: Step = (None, 100)


def scans(result: dict[str, Any]) -> list[str]:
    return [event["text"] for event in result["events"] if event["type"] == "scan"]


def typed(result: dict[str, Any]) -> str:
    return "".join(event["key"] for event in result["events"] if event["type"] == "typed")


@pytest.mark.parametrize("end", [ENTER, TAB, SILENCE], ids=["Enter", "Tab", "nothing"])
def test_a_code_at_scanner_speed_is_one_scan_whatever_ends_it(page: Page, end: Step) -> None:
    assert scans(run(page, *keys("DPB000001"), end)) == ["DPB000001"]


def test_every_key_of_a_scan_is_kept_from_the_page(page: Page) -> None:
    assert all(run(page, *keys("DPB 0001"), ENTER)["swallowed"])


def test_two_codes_run_together_with_enter_between_are_two_scans(page: Page) -> None:
    assert scans(run(page, *keys("1050"), ENTER, *keys("DPB7"), ENTER)) == ["1050", "DPB7"]


def test_two_codes_without_terminator_are_told_apart_by_the_silence(page: Page) -> None:
    assert scans(run(page, *keys("1050"), ({"key": "D"}, 120), *keys("PB7"), SILENCE)) == ["1050", "DPB7"]


def test_a_person_typing_is_no_scan(page: Page) -> None:
    result = run(page, *keys("12345", gap=140), SILENCE)
    assert (scans(result), typed(result)) == ([], "12345")


def test_two_quick_keys_of_a_child_are_no_scan(page: Page) -> None:
    assert scans(run(page, *keys("ab", gap=8), SILENCE)) == []


def test_a_key_that_arrives_late_still_belongs_to_its_code(page: Page) -> None:
    """A key's own time says when it was pressed: the silence was a busy computer's, not the scanner's."""
    result = run(page, ({"key": "D"}, 5), (None, 300), ({"key": "P"}, -295), *keys("B0001"), ENTER)
    assert scans(result) == ["DPB0001"]


def test_what_a_person_typed_and_ended_is_no_part_of_the_next_code(page: Page) -> None:
    result = run(page, ({"key": "7"}, 500), (None, 85), ({"key": "Enter"}, -40), *keys("DPB1"), ENTER)
    assert (scans(result), typed(result)) == (["DPB1"], "7")


def test_a_scanner_that_stutters_once_is_still_one_scan(page: Page) -> None:
    assert scans(run(page, *keys("DPB0"), ({"key": "0"}, 60), *keys("0001"), ENTER)) == ["DPB000001"]


def test_a_held_down_key_adds_nothing(page: Page) -> None:
    held: list[Step] = [({"key": "a", "repeat": True}, 30)] * 20
    result = run(page, ({"key": "a"}, 5), *held, SILENCE)
    assert scans(result) == [] and typed(result) == "a"


def test_a_carriage_return_and_a_line_feed_are_one_end(page: Page) -> None:
    line_feed: Step = ({"key": "j", "code": "KeyJ", "ctrlKey": True}, 5)
    result = run(page, *keys("DPB1"), ENTER, line_feed, ENTER, SILENCE)
    assert scans(result) == ["DPB1"] and len(result["events"]) == 1
    assert all(result["swallowed"])


def test_control_combinations_inside_a_code_are_no_shortcut_and_no_character(page: Page) -> None:
    separator: Step = ({"key": "]", "code": "BracketRight", "ctrlKey": True}, 5)
    assert scans(run(page, *keys("]C1"), separator, *keys("DPB1"), ENTER)) == ["]C1DPB1"]


def test_a_function_key_before_a_code_does_no_harm(page: Page) -> None:
    result = run(page, ({"key": "F8", "code": "F8"}, 5), *keys("DPB1"), ENTER)
    assert scans(result) == ["DPB1"] and all(result["swallowed"])


def test_a_person_may_still_reload_the_page(page: Page) -> None:
    reload = {"key": "r", "code": "KeyR", "ctrlKey": True}
    assert run(page, ({"key": "F5"}, 500), (reload, 500))["swallowed"] == [False, False]


def test_with_a_chinese_input_method_open_the_code_is_read_from_the_physical_keys(page: Page) -> None:
    physical = [("KeyD", True), ("KeyP", True), ("KeyB", True), ("Minus", False), ("Digit0", False), ("Numpad7", False)]
    steps: list[Step] = [
        ({"key": "Process", "code": code, "shiftKey": shift, "isComposing": True}, 5) for code, shift in physical
    ]
    assert scans(run(page, *steps, ENTER)) == ["DPB-07"]


def test_full_width_characters_become_plain_ones(page: Page) -> None:
    assert scans(run(page, *keys("ＤＰＢ０１"), ENTER)) == ["DPB01"]


def test_characters_spelled_with_alt_and_digits_are_read(page: Page) -> None:
    steps: list[Step] = []
    for char in "DP7":
        steps += [({"key": d, "code": f"Numpad{d}", "altKey": True}, 3) for d in f"{ord(char):03}"]
        steps.append(({"up": True}, 3))
    assert scans(run(page, *steps, ENTER)) == ["DP7"]


def test_a_persons_own_enter_is_held_back_then_given_to_the_button(page: Page) -> None:
    result = run(page, ({"key": "Enter"}, 500), SILENCE)
    assert result["events"] == [{"type": "press", "key": "Enter"}] and result["swallowed"] == [True]


def test_a_space_at_the_start_of_a_code_presses_nothing(page: Page) -> None:
    result = run(page, *keys(" DPB1"), ENTER)
    assert scans(result) == [" DPB1"] and len(result["events"]) == 1


def test_an_enter_sent_before_the_code_presses_nothing(page: Page) -> None:
    result = run(page, ENTER, *keys("DPB1"), ENTER)
    assert result["events"] == [{"type": "scan", "text": "DPB1"}]


def test_tab_and_arrows_of_a_person_still_move_the_focus(page: Page) -> None:
    assert run(page, ({"key": "Tab"}, 500), ({"key": "ArrowRight"}, 500))["swallowed"] == [False, False]


def test_a_code_longer_than_any_code_is_cut(page: Page) -> None:
    assert len(scans(run(page, *keys("9" * 5000, gap=1), ENTER))[0]) == 256


# In a text field


def native(text: str, gap: float = 5) -> list[Step]:
    return [({"key": char, "native": True}, gap) for char in text]


def native_key(key: str, gap: float = 5, **more: object) -> Step:
    return {"key": key, "native": True, **more}, gap


def test_what_a_person_types_into_a_field_goes_there_and_is_not_told_again(page: Page) -> None:
    result = run(page, *native("xwz 1", gap=90), native_key("Backspace", 90), SILENCE)
    assert (result["events"], any(result["swallowed"])) == ([], False)


def test_a_scan_into_a_field_is_told_and_its_enter_submits_nothing(page: Page) -> None:
    result = run(page, *native("DPB000001"), native_key("Enter"), native_key("Enter", 20))
    assert result["events"] == [{"type": "scan", "text": "DPB000001"}]
    assert result["swallowed"] == [False] * 9 + [True, True]


def test_a_persons_enter_in_a_field_is_the_fields_own(page: Page) -> None:
    result = run(page, *native("xw", gap=60), native_key("Enter", 60), SILENCE, native_key("Enter", 500), SILENCE)
    assert (result["events"], any(result["swallowed"])) == ([], False)


def test_a_key_held_down_in_a_field_repeats(page: Page) -> None:
    assert run(page, native_key("Backspace", 300, repeat=True))["swallowed"] == [False]


def test_everything_in_a_field_can_be_selected_but_nothing_printed_from_there(page: Page) -> None:
    keys_ = [
        native_key(key, 300, code=code, ctrlKey=True) for key, code in (("a", "KeyA"), ("v", "KeyV"), ("p", "KeyP"))
    ]
    assert run(page, *keys_)["swallowed"] == [False, False, True]


def test_an_enter_on_a_button_after_typing_in_a_field_still_presses_it(page: Page) -> None:
    result = run(page, *native("xwz", gap=90), SILENCE, ({"key": "Enter"}, 500), SILENCE)
    assert result["events"] == [{"type": "press", "key": "Enter"}]
