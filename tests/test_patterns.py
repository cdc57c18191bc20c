import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.labels import LabelRules
from kiosk.patterns import FEWEST, learn, of_school
from scanner.patterns import Patterns
from scanner.scan import ScannerError

LABELS = [f"{10000001 + n}" for n in range(412)]


def test_labels_of_eight_digits_that_begin_alike_make_one_pattern():
    assert learn(LABELS) == (r"10\d{6}",)


def test_the_zeros_of_a_young_librarys_numbers_are_not_part_of_its_pattern():
    known = Patterns(learn(f"{n:06d}" for n in range(1, 100)))
    assert known.match("004711") and not known.match("114711") and not known.match("00471")


def test_letters_that_all_labels_have_stand_in_the_pattern_before_and_behind():
    known = Patterns(learn(f"LIB-{7 * n:05d}B" for n in range(200)))
    assert known.match("LIB-00021B")
    assert not known.match("LIB-00021C") and not known.match("LAB-00021B") and not known.match("LIB 00021B")


def test_a_few_odd_labels_make_no_pattern_and_do_not_spoil_the_others():
    odd = ["x1", "?", "old book", "7", "A-77/3", *(f"T{n:03d}" for n in range(10))]
    assert learn(LABELS + odd) == learn(LABELS)


def test_two_shapes_in_numbers_make_two_patterns_the_commoner_first():
    shelf = [f"31117{n:09d}" for n in range(100)]
    assert [Patterns([one]).match("31117000000099") for one in learn(LABELS + shelf)] == [False, True]


def test_too_few_labels_teach_nothing():
    assert learn(LABELS[: FEWEST - 1]) == ()
    assert learn([]) == () and learn([""] * 100) == () and learn([str(n) for n in range(999)]) == ()


def test_the_same_label_a_hundred_times_is_one_label():
    assert learn(["10000001"] * 100) == ()


@given(st.lists(st.text(max_size=12), max_size=80))
def test_every_pattern_is_safe_and_every_text_of_its_shape_matches_it(texts):
    for pattern in learn(texts):
        assert not re.search(r"[*+]", re.sub(r"\\.", "", pattern))
        assert sum(bool(re.fullmatch(pattern, text)) for text in set(texts)) >= FEWEST


def test_signs_that_mean_something_in_a_pattern_are_taken_as_they_are():
    texts = [f"AB{n:04d}{sign}" for sign in "-.+*?$" for n in range(0, 900, 30)]
    known = Patterns(learn(texts))
    assert all(known.match(text) for text in texts)
    assert not any(known.match(text[:-1] + "!") for text in texts)


def test_a_schools_prefixes_and_check_characters_are_put_back_as_the_barcodes_have_them():
    rules = LabelRules(card_prefix="R.", copy_prefix="B.", code39_check=True)
    known = Patterns(of_school([f"{20230000 + n}" for n in range(90)], [f"{n:06d}" for n in range(90)], rules))
    for text in ("20230017", "R.20230017", "000017", "B.000017", "B.000017X", "KIOSK-DONE", "KIOSK-LANGUAGE:zh_Hans"):
        assert known.match(text), text
    for text in ("RX20230017", "B.0000171X", "KIOSK-", "9787020002207"):
        assert not known.match(text), text


def test_a_small_schools_few_cards_are_learnt_beside_its_many_books():
    known = Patterns(of_school([f"C{n:04d}" for n in range(30)], [f"{n:06d}" for n in range(20_000)], LabelRules()))
    assert known.match("C0029") and known.match("019999")


def test_a_school_without_a_pattern_hands_over_none_not_even_the_command_cards():
    assert of_school(["1", "2"], [], LabelRules()) == ()


@pytest.mark.parametrize("broken", ["(", "", "a" * 300, "[z-a]", "(?P<"])
def test_what_is_no_pattern_is_said_in_a_sentence(broken):
    with pytest.raises(ScannerError, match="no pattern of a label"):
        Patterns([r"\d{8}", broken])


def test_no_patterns_match_nothing():
    assert not Patterns() and not Patterns().match("") and not Patterns().match("10000001")
