import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scanner import decode as decoding
from scanner import gtin
from scanner.decode import MovingDecoder, decode
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
@pytest.mark.parametrize("by", ["both", "zxing", "zbar"])
def test_every_symbology_is_read_by_each_decoder_in_one_form(drawn, says, symbology, text, by, monkeypatch):
    for other in {"zxing", "zbar"} - {by} if by != "both" else ():
        monkeypatch.setattr(decoding, f"_by_{other}", lambda *_, **__: ())
    assert seen(on_desk(code(says, drawn))) == {(symbology, text)}


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
    book, shop = decode(on_desk(code("10000001"), code("9787020002207", "EAN13")), ALL)
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


def test_a_moving_camera_asks_the_slow_decoder_on_every_eighth_frame_only(monkeypatch):
    asked = []
    monkeypatch.setattr(decoding, "_by_zbar", lambda *_: asked.append(1) or ())
    decoder = MovingDecoder(ALL)
    for _ in range(24):
        decoder.decode(on_desk())
    assert len(asked) == 3


def test_what_only_the_slow_decoder_reads_is_looked_at_again_at_once(monkeypatch):
    monkeypatch.setattr(decoding, "_by_zxing", lambda *_, **__: ())
    monkeypatch.setattr(decoding, "_by_zbar", lambda *_: (reading(),))
    decoder = MovingDecoder(ALL)
    assert [len(decoder.decode(on_desk())) for _ in range(3)] == [1, 1, 1]


def test_where_the_two_decoders_disagree_about_one_place_the_better_one_is_believed(monkeypatch):
    monkeypatch.setattr(decoding, "_by_zxing", lambda *_, **__: (reading("10000001"),))
    monkeypatch.setattr(decoding, "_by_zbar", lambda *_: (reading("10000007", x=9), reading("555555", x=600)))
    assert [one.text for one in decode(on_desk(), ALL)] == ["10000001", "555555"]


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
