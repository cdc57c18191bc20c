from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.wedge import LONGEST, PAUSE, SHORTEST, SLOWEST_MEAN, Wedge

CODE = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=SHORTEST, max_size=40)
START = 1_795_334_400.0


def typed(wedge, keys, gap=0.005, start=START):
    """Type keys with a gap between them; returns (scans, the time of the last key)."""
    scans, at = [], start
    for number, key in enumerate(keys):
        at = start + number * gap
        scans.append(wedge.key(key, at))
    return [scan.text for scan in scans if scan], at


@given(CODE, st.sampled_from(["Enter", "Tab"]), st.floats(0.0, 0.03))
def test_a_code_typed_at_scanner_speed_and_ended_by_a_key_is_one_scan(code, end, gap):
    assert typed(Wedge(), [*code, end], gap)[0] == [code]


@given(CODE)
def test_a_code_that_nothing_ends_is_ended_by_a_pause(code):
    wedge = Wedge()
    scans, last = typed(wedge, code)
    assert scans == [] and wedge.idle(last + PAUSE * 0.5) is None
    assert wedge.idle(last + PAUSE + 0.001).text == code
    assert wedge.idle(last + 9) is None


@given(st.lists(CODE, min_size=1, max_size=5))
def test_codes_one_after_the_other_never_run_together(codes):
    wedge, heard, at = Wedge(), [], START
    for code in codes:
        scans, last = typed(wedge, [*code, "Enter"], start=at)
        heard += scans
        at = last + 0.02
    assert heard == codes


@given(CODE, CODE)
def test_without_a_terminator_the_next_code_ends_the_one_before(first, second):
    wedge = Wedge()
    _, last = typed(wedge, first)
    assert typed(wedge, [*second, "Enter"], start=last + 0.5)[0] == [first, second]


@given(st.text("abc123", min_size=1, max_size=30), st.floats(0.07, 2.0), st.sampled_from(["Enter", "Tab", "x"]))
def test_a_person_typing_makes_no_scan(text, gap, end):
    wedge = Wedge()
    scans, last = typed(wedge, [*text, end], gap)
    assert scans == [] and wedge.idle(last + 10) is None


def test_a_fast_typist_whose_keys_are_all_just_quick_enough_is_still_told_by_the_mean():
    assert typed(Wedge(), [*"rolling over the keys", "Enter"], SLOWEST_MEAN * 1.4)[0] == []


def test_a_person_typing_before_a_scan_does_not_spoil_the_scan():
    wedge = Wedge()
    _, last = typed(wedge, "hello", gap=0.2)
    assert typed(wedge, [*"10000001", "Enter"], start=last + 0.3)[0] == ["10000001"]


def test_shift_in_the_middle_of_a_code_is_no_part_of_it():
    assert typed(Wedge(), ["Shift", "L", "I", "Shift", "B", "Control", "7", "Enter"])[0] == ["LIB7"]


def test_two_keys_are_no_code_however_fast():
    assert typed(Wedge(), ["4", "2", "Enter"])[0] == []


def test_enter_alone_is_nothing():
    assert typed(Wedge(), ["Enter", "Tab", "Enter"])[0] == []


def test_enter_after_a_pause_ends_the_code_once():
    wedge = Wedge()
    _, last = typed(wedge, "10000001")
    assert wedge.idle(last + 1).text == "10000001"
    assert wedge.key("Enter", last + 2) is None


@pytest.mark.parametrize("end", ["Enter", "pause"])
def test_an_over_long_code_is_refused_whole_and_the_next_is_read(end):
    wedge = Wedge()
    scans, last = typed(wedge, ["7"] * (LONGEST + 1))
    ended = wedge.key("Enter", last) if end == "Enter" else wedge.idle(last + 1)
    assert scans == [] and ended is None
    assert typed(wedge, [*"10000001", "Enter"], start=last + 2)[0] == ["10000001"]


def test_the_longest_code_allowed_is_read():
    assert typed(Wedge(), ["7"] * LONGEST + ["Enter"])[0] == ["7" * LONGEST]


def test_a_clock_set_back_in_the_middle_of_a_code_joins_nothing():
    wedge = Wedge()
    typed(wedge, "1000")
    assert typed(wedge, [*"20000002", "Enter"], start=START - 3600)[0] == ["1000", "20000002"]


def test_a_scan_knows_its_source_and_when_its_last_key_was_typed():
    wedge = Wedge("keyboard")
    typed(wedge, "10000001", gap=0.0)
    scan = wedge.key("Enter", START + 0.01)
    assert (scan.source, scan.symbology, scan.at) == ("keyboard", "", datetime.fromtimestamp(START, UTC))


@given(st.lists(st.tuples(st.text(max_size=2) | st.sampled_from(["Enter", "Tab", "Shift"]), st.floats(-1, 1))))
def test_any_keys_at_any_times_give_only_codes_of_an_allowed_length(events):
    wedge, at = Wedge(), START
    for key, step in events:
        at += step
        for scan in (wedge.key(key, at), wedge.idle(at)):
            assert scan is None or SHORTEST <= len(scan.text) <= LONGEST
