"""What a code's text can mean: the school's own numbers, the scanner's noise, check digits, ISBNs, commands."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.labels import (
    COMMANDS,
    LONGEST,
    Command,
    CopyLabel,
    Isbn,
    LabelRules,
    Meaning,
    ReaderCard,
    Unknown,
    codabar_check,
    code39_check,
    isbn13,
    luhn_holds,
    meanings,
)

PLAIN = LabelRules()
CODABAR = LabelRules(codabar_check=True)
CODE39 = LabelRules(code39_check=True)
PREFIXED = LabelRules(card_prefix="R-", copy_prefix="B-")


def either(*numbers: str) -> tuple[Meaning, ...]:
    """A card or a label, in this order for each number."""
    return tuple(meaning for number in numbers for meaning in (ReaderCard(number), CopyLabel(number)))


# A school's own numbers


@pytest.mark.parametrize(
    "number", ["1", "000123", "20230101", "TS-0042", "G19970304", "2023三2-07", "12 34", "*5*", "'"]
)
def test_any_schools_own_number_is_kept_as_it_is(number: str) -> None:
    assert meanings(number, PLAIN)[:2] == either(number)


def test_leading_zeros_make_a_different_number() -> None:
    assert CopyLabel("123") not in meanings("000123", PLAIN)


def test_small_letters_are_tried_as_they_are_first_and_then_as_capitals() -> None:
    assert meanings("ts-0042", PLAIN) == either("ts-0042", "TS-0042")


def test_a_capital_letter_that_grows_is_not_tried() -> None:
    assert meanings("ß" * LONGEST, PLAIN) == either("ß" * LONGEST)


def test_a_site_prefix_tells_a_card_from_a_label() -> None:
    assert meanings("R-000123", PREFIXED) == (ReaderCard("000123"), *either("R-000123"))
    assert meanings("B-000123", PREFIXED) == (CopyLabel("000123"), *either("B-000123"))


def test_a_number_without_the_site_prefix_may_still_be_either() -> None:
    assert meanings("000123", PREFIXED) == either("000123")


def test_a_site_prefix_with_nothing_behind_it_is_only_a_text() -> None:
    assert meanings("R-", PREFIXED) == either("R-")


# The scanner's noise


@pytest.mark.parametrize(
    "text",
    [
        "000123\r",
        "000123\r\n",
        "000123\t",
        "\x00000123\x00",
        "  000123  ",
        "\ufeff000123",
        "\u3000000123\u00a0",
        "\u2003000123\u2003",
        "]C1000123",
        "]C0000123\r\n",
        " ]A0000123",
        "]E0 000123",
        "０００１２３",
        "]Q3０００１２３\t\r",
    ],
)
def test_the_scanners_noise_is_taken_off_a_number(text: str) -> None:
    assert meanings(text, PLAIN) == either("000123")


@pytest.mark.parametrize("text", ["", " ", "\r\n", "\x00\t ", "]C1", "]C1\r", "\u2003", "\u3000"])
def test_noise_alone_is_empty(text: str) -> None:
    assert meanings(text, PLAIN) == (Unknown("EMPTY"),)


@pytest.mark.parametrize(
    "text", ["12\x0034", "12\r34", "12\t34", "12\x1d34", "12\u202e34", "12\u200b34", "12\u202834", "12\ue00034"]
)
def test_a_control_character_inside_is_refused(text: str) -> None:
    assert meanings(text, PLAIN) == (Unknown("CONTROL_CHARACTERS"),)


def test_a_half_of_a_character_is_refused() -> None:
    assert meanings("12\ud80034", PLAIN) == (Unknown("CONTROL_CHARACTERS"),)


@pytest.mark.parametrize("length", [LONGEST + 1, 640, 641, 10_000])
def test_a_text_longer_than_any_number_is_refused(length: int) -> None:
    assert meanings("7" * length, PLAIN) == (Unknown("TOO_LONG"),)


def test_the_longest_number_is_read() -> None:
    assert meanings("A" * LONGEST, PLAIN) == either("A" * LONGEST)
    assert meanings("]C1" + "A" * LONGEST + "\r\n", PLAIN) == either("A" * LONGEST)


def test_a_short_text_that_unfolds_into_a_long_one_is_refused() -> None:
    assert meanings("\ufdfa" * 20, PLAIN) == (Unknown("TOO_LONG"),)


# Codabar


@pytest.mark.parametrize(
    ("framed", "check"),
    [
        ("A01234B", "5"),  # the Intermec reference manual's example
        ("A789A", "8"),  # ActiveBarcode's example
        ("a789a", "8"),
        ("A0000A", "0"),
    ],
)
def test_the_codabar_check_character_is_that_of_the_published_examples(framed: str, check: str) -> None:
    assert codabar_check(framed) == check


@pytest.mark.parametrize("text", ["A000123B", "a000123b", "D000123A"])
def test_codabars_start_and_stop_letters_are_not_part_of_the_number(text: str) -> None:
    assert meanings(text, PLAIN, "CODABAR") == either("000123")
    assert meanings("]F0" + text, PLAIN) == either("000123")


def test_what_the_scanner_says_itself_is_believed_before_an_aim_identifier() -> None:
    assert meanings("]A1A000123B", PLAIN, "CODABAR") == either("000123")


def test_when_the_scanner_does_not_say_codabar_the_letters_may_be_the_schools_own() -> None:
    assert meanings("A000123B", PLAIN) == either("000123", "A000123B")


@pytest.mark.parametrize("text", ["A012345B", "]F0A012345B"])
def test_a_right_codabar_check_character_is_verified_and_removed(text: str) -> None:
    assert meanings(text, CODABAR, "CODABAR" if text[0] == "A" else "") == either("01234")


def test_codabar_without_its_letters_is_checked_as_if_framed_by_a() -> None:
    assert meanings("7898", CODABAR, "CODABAR") == either("789")


@pytest.mark.parametrize("text", ["A012346B", "A5B", "5", "HELLO", "١٢٣٤", "𐩀" * 14])
def test_a_wrong_codabar_check_character_means_read_it_again(text: str) -> None:
    assert meanings(text, CODABAR, "CODABAR") == (Unknown("CHECK_DIGIT"),)


@pytest.mark.parametrize("number", ["33191000105864", "30234000517861"])
def test_a_14_digit_library_number_keeps_its_own_check_digit(number: str) -> None:
    assert luhn_holds(number)
    assert meanings(f"A{number}A", CODABAR, "CODABAR") == either(number)
    assert meanings(number, CODABAR, "CODABAR") == either(number)


def test_a_14_digit_library_number_with_one_wrong_digit_is_read_again() -> None:
    assert meanings("A33191000105854A", CODABAR, "CODABAR") == (Unknown("CHECK_DIGIT"),)


def test_luhns_formula_holds_for_its_textbook_number() -> None:
    assert luhn_holds("79927398713")
    assert not luhn_holds("79927398710")


@given(st.text("0123456789-$:/.+", min_size=1, max_size=30), st.sampled_from("ABCD"), st.sampled_from("ABCD"))
def test_every_codabar_number_survives_its_check_character(body: str, start: str, stop: str) -> None:
    text = f"{start}{body}{codabar_check(start + body + stop)}{stop}"
    expected = either(body)
    if len(body) == 13 and body.isdigit():  # then it is a 14-digit library number
        expected = either(text[1:-1]) if luhn_holds(text[1:-1]) else (Unknown("CHECK_DIGIT"),)
    assert meanings(text, CODABAR, "CODABAR")[:2] == expected


# Code 39


@pytest.mark.parametrize(("body", "check"), [("123XYZ", "M"), ("258-416", "J"), ("21", "3")])
def test_the_code_39_check_character_is_that_of_the_published_examples(body: str, check: str) -> None:
    assert code39_check(body) == check
    assert meanings(body + check, CODE39, "CODE39") == either(body)
    assert meanings(f"]A1{body}{check}", CODE39) == either(body)


def test_a_wrong_code_39_check_character_means_read_it_again() -> None:
    assert meanings("123XYZN", CODE39, "CODE39") == (Unknown("CHECK_DIGIT"),)
    assert meanings("书书书", CODE39, "CODE39") == (Unknown("CHECK_DIGIT"),)


def test_when_the_scanner_does_not_say_code_39_the_whole_text_may_be_the_number_too() -> None:
    assert meanings("123XYZM", CODE39) == either("123XYZ", "123XYZM")
    assert meanings("123XYZN", CODE39) == either("123XYZN")


def test_without_check_characters_in_this_school_nothing_is_removed() -> None:
    assert meanings("123XYZM", PLAIN, "CODE39") == either("123XYZM")
    assert meanings("A012345B", PLAIN, "CODABAR") == either("012345")


# ISBN


@pytest.mark.parametrize(
    ("text", "isbn"),
    [
        ("9780306406157", "9780306406157"),  # the ISBN manual's example, in both forms
        ("0306406152", "9780306406157"),
        ("978-0-306-40615-7", "9780306406157"),
        ("0-306-40615-2", "9780306406157"),
        ("080442957X", "9780804429573"),
        ("0-8044-2957-x", "9780804429573"),
        ("978 7 02 000220 7", "9787020002207"),
        ("9791090636071", "9791090636071"),
        ("9780306406158", None),
        ("0306406153", None),
        ("0804429570", None),
        ("X306406152", None),
        ("9770306406158", None),
        ("978030640615", None),
        ("", None),
        ("９７８０３０６４０６１５７", None),
        ("٩٧٨٠٣٠٦٤٠٦١٥٧", None),
    ],
)
def test_an_isbn_is_one_only_with_its_right_check_digit(text: str, isbn: str | None) -> None:
    assert isbn13(text) == isbn


def test_an_isbn_is_the_last_thing_a_code_can_mean() -> None:
    assert meanings("9780306406157", PLAIN, "EAN13") == (*either("9780306406157"), Isbn("9780306406157"))
    assert meanings("]E09780306406157\r\n", PLAIN)[-1] == Isbn("9780306406157")


# Commands


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("frame", ["KIOSK-{}", "kiosk-{}", "]C1KIOSK-{}\r\n", "ＫＩＯＳＫ－{}"])
def test_a_command_card_is_a_command(name: str, frame: str) -> None:
    assert meanings(frame.format(name), PLAIN) == (Command(name),)


def test_the_language_card_may_name_its_language() -> None:
    assert meanings("KIOSK-LANGUAGE:zh_Hant", PLAIN) == (Command("LANGUAGE", "zh_Hant"),)


@pytest.mark.parametrize("text", ["KIOSK-", "KIOSK-DONE!", "KIOSK-FORMAT", "DONE", "KIOSK DONE"])
def test_what_is_nearly_a_command_is_an_ordinary_text(text: str) -> None:
    assert meanings(text, PLAIN) == either(text)


# Any text at all


texts = st.one_of(
    st.text(max_size=120),
    st.text("0123456789ABCDabcd$:/.+-*X \r\n\t\0", max_size=90),
    st.text("𐩀①²٣ſßŉﬁﷺ\u2003 ]C1F0A", max_size=90),
    st.builds(lambda aim, body: f"]{aim}{body}", st.sampled_from(["C1", "F0", "A1", "E0", "Q3"]), st.text(max_size=90)),
)
rules = st.builds(
    LabelRules,
    card_prefix=st.sampled_from(["", "R", "A1"]),
    copy_prefix=st.sampled_from(["", "B", "A1"]),
    codabar_check=st.booleans(),
    code39_check=st.booleans(),
)
symbologies = st.sampled_from(["", "CODABAR", "CODE39", "CODE128", "EAN13", "QR", "???"])


@given(texts, rules, symbologies)
@example("HELLO", CODABAR, "CODABAR")
@example("𐩀" * 14, CODABAR, "CODABAR")
@example("7" * 10_000, PLAIN, "")
def test_every_text_means_something_and_never_more_than_the_columns_hold(
    text: str, rules: LabelRules, symbology: str
) -> None:
    found = meanings(text, rules, symbology)
    assert found
    assert len(set(found)) == len(found)
    for meaning in found:
        if isinstance(meaning, ReaderCard | CopyLabel):
            assert 0 < len(meaning.number) <= LONGEST
            assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in meaning.number)


@given(texts, rules, symbologies)
def test_a_text_that_cannot_be_ours_has_no_other_meaning(text: str, rules: LabelRules, symbology: str) -> None:
    found = meanings(text, rules, symbology)
    assert len(found) == 1 or not any(isinstance(each, Unknown | Command) for each in found)


@given(
    st.text("0123456789ABCDEFGHXYZ-", min_size=1, max_size=40), st.sampled_from(["\r", "\n", "\r\n", "\t", "\0", ""])
)
def test_the_terminator_a_scanner_sends_changes_nothing(number: str, terminator: str) -> None:
    assert meanings(number + terminator, PLAIN) == meanings(number, PLAIN)
