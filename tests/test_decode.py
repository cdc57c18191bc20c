from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scanner import gtin
from scanner.decode import agreed, decode
from scanner.decoders import Zbar, Zxing
from scanner.picture import gray_of
from scanner.reading import SURE
from scanner.scan import SYMBOLOGIES, ScannerError
from tests.scanner_helpers import code, on_desk, reading

ALL = SYMBOLOGIES


def seen(picture, formats=ALL):
    return {(one.symbology, one.text) for one in decode(picture, formats)}


@pytest.mark.parametrize(
    ("drawn", "says", "symbology", "text"),
    [
        ("EAN13", "9787020002207", "EAN13", "9787020002207"),
        ("EAN8", "96385074", "EAN8", "96385074"),
        ("UPCA", "036000291452", "EAN13", "0036000291452"),
        ("UPCE", "01234565", "UPCE", "0012345000065"),
        ("Code128", "LIB-000123", "CODE128", "LIB-000123"),
        ("Code39Std", "LIB-123", "CODE39", "LIB-123"),
        ("Codabar", "A12345678B", "CODABAR", "12345678"),
        ("ITF", "12345678", "ITF", "12345678"),
        ("QRCode", "读者-1", "QR", "读者-1"),
    ],
)
@pytest.mark.parametrize("by", ["all stages", Zxing, Zbar])
def test_every_symbology_is_read_by_each_decoder_in_one_form(drawn, says, symbology, text, by):
    picture = on_desk(code(says, drawn))
    if by == "all stages":
        assert seen(picture) == {(symbology, text)}
    else:
        assert {(one.symbology, one.text) for one in by(ALL).frame(gray_of(picture))} == {(symbology, text)}


@pytest.mark.parametrize("symbology", ALL)
def test_a_symbology_that_was_not_asked_for_is_not_read(symbology):
    drawings = {
        "UPCA": ("036000291452", "UPCA"),
        "EAN13": ("9787020002207", "EAN13"),
        "QR": ("abc", "QRCode"),
    }
    drawings |= {
        "EAN8": ("96385074", "EAN8"),
        "UPCE": ("01234565", "UPCE"),
        "CODE128": ("LIB-0123", "Code128"),
    }
    drawings |= {"CODE39": ("LIB-123", "Code39Std"), "CODABAR": ("A12345678B", "Codabar")}
    drawings |= {"ITF": ("12345678", "ITF")}
    same_bars = {"UPCA": {"UPCA", "EAN13"}}.get(symbology, {symbology})
    others = [name for name in ALL if name not in same_bars]
    assert decode(on_desk(code(*drawings[symbology])), others) == ()


def test_an_ean_13_is_not_read_when_only_upc_a_was_asked_for():
    assert decode(on_desk(code("9787020002207", "EAN13")), ("UPCA",)) == ()
    assert seen(on_desk(code("036000291452", "UPCA")), ("UPCA",)) == {("EAN13", "0036000291452")}


def test_code_39_keeps_the_pairs_that_full_ascii_would_replace():
    assert seen(on_desk(code("A/K12", "Code39Std"))) == {("CODE39", "A/K12")}


def test_two_codes_on_one_picture_are_both_read_each_where_it_is():
    found = decode(on_desk(code("10000001"), code("9787020002207", "EAN13")), ALL)
    book, shop = sorted(found, key=lambda one: one.centre)
    assert (book.text, shop.text) == ("10000001", "9787020002207")
    assert book.centre[0] < 640 < shop.centre[0]
    assert not book.same_place(shop)


@pytest.mark.parametrize("turn", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180])
def test_a_code_on_its_side_or_its_head_is_read(turn):
    assert seen(cv2.rotate(on_desk(code("10000001")), turn)) == {("CODE128", "10000001")}


@pytest.mark.parametrize("channels", ["gray", "colour", "colour with transparency", "a slice of a larger picture"])
def test_a_picture_may_come_in_any_usual_form(channels):
    picture = on_desk(code("10000001"))
    forms = {
        "gray": cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY),
        "colour": picture,
        "colour with transparency": cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA),
        "a slice of a larger picture": cv2.resize(picture, None, fx=2, fy=2)[::2, ::2],
    }
    assert seen(forms[channels]) == {("CODE128", "10000001")}


@pytest.mark.parametrize("text", ["123", "12"])
def test_texts_too_short_to_be_a_label_are_taken_for_fragments(text):
    assert decode(on_desk(code(text)), ALL) == ()


@pytest.mark.parametrize(
    "nothing",
    [
        None,
        "a picture",
        np.zeros((0, 0), np.uint8),
        np.zeros((9, 9)),
        np.zeros(9, np.uint8),
        np.zeros((9, 9, 2), np.uint8),
    ],
)
def test_a_picture_that_is_none_is_a_scanner_error(nothing):
    with pytest.raises(ScannerError, match="not a picture"):
        decode(nothing, ALL)


@pytest.mark.parametrize("formats", [(), ("EAN-13",), ("QR", "AZTEC")])
def test_a_format_nobody_knows_is_a_scanner_error_that_lists_the_formats(formats):
    with pytest.raises(ScannerError, match="CODE128"):
        decode(on_desk(code("10000001")), formats)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (3, 3), (7, 9), (16, 16), (40, 1280), (3000, 4000)])
def test_a_picture_of_any_size_is_looked_at_without_a_crash(shape):
    assert decode(np.zeros(shape, np.uint8), ALL) == ()
    noise = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert all(len(one.corners) == 4 for one in decode(noise, ALL))


@pytest.mark.parametrize(
    "make", [np.asfortranarray, lambda p: p[::-1, ::-1], lambda p: p[:, :, None], lambda p: p[:, ::-1].T]
)
def test_a_picture_may_lie_in_memory_as_it_likes(make):
    picture = gray_of(on_desk(code("10000001")))
    decode(make(picture), ALL)


@pytest.mark.parametrize("kind", [np.uint16, np.float32, np.int8, bool])
def test_other_numbers_than_bytes_are_no_picture(kind):
    with pytest.raises(ScannerError, match="not a picture"):
        decode(np.ones((90, 90), kind), ALL)


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))))
def test_noise_of_any_shape_is_no_code_and_no_crash(noise):
    for one in decode(noise, ALL):
        assert len(one.text) >= 1 and len(one.corners) == 4


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 60), st.integers(1, 9))
def test_a_spoilt_picture_of_an_isbn_never_gives_a_wrong_check_digit(seed, noise, blur):
    picture = code("9787020002207", "EAN13").astype(np.float64)
    picture += np.random.default_rng(seed).normal(0, noise, picture.shape)
    spoilt = cv2.blur(np.clip(picture, 0, 255).astype(np.uint8), (blur, 1))
    assert all(gtin.check_digit_holds(one.text) for one in decode(spoilt, ("EAN13", "EAN8", "UPCE")))


def looked(text, how, sure=0.5, symbology="CODE128", x=0.0):
    return replace(reading(text, symbology, x=x), how=how, sure=sure)


def test_a_text_counts_that_one_look_proves_or_two_kinds_of_looks_see():
    assert agreed([looked("10000001", "strip zxing")]) == ()
    assert agreed([looked("10000001", "strip zxing", sure=1.0)])[0].text == "10000001"
    twice = [looked("10000001", "strip zxing"), looked("10000001", "zxing")]
    assert [(one.text, one.sure >= SURE) for one in agreed(twice)] == [("10000001", True)]


@pytest.mark.parametrize("symbology", ["EAN13", "EAN8", "UPCE", "ITF"])
def test_what_has_a_weak_check_wants_both_decoders(symbology):
    text = "9787020002207"
    assert agreed([looked(text, "strip zxing", symbology=symbology), looked(text, "zxing", symbology=symbology)]) == ()
    assert agreed([looked(text, "strip zxing", symbology=symbology), looked(text, "zbar", symbology=symbology)]) != ()


def test_what_the_picture_contradicts_does_not_count_however_many_agree():
    views = [looked("9787020002207", how, sure, "EAN13") for how, sure in (("zxing", 0.5), ("zbar", 0.5), ("strip", 0))]
    assert agreed(views) == ()


def test_of_two_texts_in_one_place_the_surer_counts_and_of_equals_none():
    unequal = [looked("10000001", "a", 1.0), looked("10000007", "b", 0.95)]
    assert [one.text for one in agreed(unequal)] == ["10000001"]
    assert agreed([looked("10000001", "a", 1.0), looked("10000007", "b", 1.0)]) == ()
    assert len(agreed([looked("10000001", "a", 1.0), looked("10000007", "b", 1.0, x=600)])) == 2


@pytest.mark.parametrize("angle", range(0, 360, 15))
def test_a_code_is_read_at_every_angle(angle):
    picture = np.full((720, 1280), 190, np.uint8)
    label = code("10000001")
    top, left = 360 - label.shape[0] // 2, 640 - label.shape[1] // 2
    picture[top : top + label.shape[0], left : left + label.shape[1]] = label
    turned = cv2.warpAffine(picture, cv2.getRotationMatrix2D((640, 360), angle, 1), (1280, 720), borderValue=190)
    assert seen(turned, ("CODE128", "EAN13")) == {("CODE128", "10000001")}


@pytest.mark.parametrize("text", ["9787020002207", "6901028005432"])
@pytest.mark.parametrize("turn", [None, cv2.ROTATE_180])
def test_an_article_number_too_blurred_for_both_decoders_is_read(text, turn):
    picture = cv2.GaussianBlur(on_desk(code(text, "EAN13")), (0, 0), 3.0)
    picture = picture if turn is None else cv2.rotate(picture, turn)
    gray = gray_of(picture)
    assert (Zxing(ALL).frame(gray), Zbar(ALL).frame(gray)) == ((), ())
    assert seen(picture) == {("EAN13", text)}


def test_a_school_s_own_pattern_is_believed_at_one_look(monkeypatch):
    monkeypatch.setattr(Zxing, "strip", lambda *_: ())
    monkeypatch.setattr(Zxing, "frame", lambda *_, **__: (reading(symbology="ITF"),))
    monkeypatch.setattr(Zbar, "frame", lambda *_: ())
    assert decode(on_desk(), ALL) == ()
    assert [one.text for one in decode(on_desk(), ALL, (r"1\d{7}",))] == ["10000001"]


@given(st.integers(0, 10**12 - 1))
def test_exactly_one_check_digit_of_ten_holds(number):
    assert sum(gtin.check_digit_holds(f"{number:012d}{check}") for check in range(10)) == 1


@pytest.mark.parametrize("text", ["", "1", "97870200022O7", "９７８７０２０００２２０７", "978702000220"])
def test_what_is_no_article_number_has_no_right_check_digit(text):
    assert not gtin.check_digit_holds(text)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("01234505", "0012000003455"),
        ("01234531", "0012300000451"),
        ("01234543", "0012340000053"),
        ("01234565", "0012345000065"),
        ("0012345000065", "0012345000065"),
        ("21234565", ""),
        ("1234", ""),
    ],
)
def test_upc_e_gets_its_zeros_back(short, long):
    assert gtin.from_upc_e(short) == long
