from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from scanner.patterns import Patterns
from scanner.steady import AWAY, Steady
from tests.scanner_helpers import reading

FRAME = 1 / 30
LABEL, OTHER = reading("10000001"), reading("10000002", x=600)
MISREAD = reading("10000007", x=3)


def run(steady, frames, start=0.0):
    """Feed frames 1/30 s apart; returns (frame number, text) of what counted."""
    return [
        (number, one.text)
        for number, readings in enumerate(frames)
        for one in steady.see(readings, start + number * FRAME)
    ]


def test_a_code_held_in_view_for_a_minute_is_one_scan():
    assert run(Steady(), [[LABEL]] * 1800) == [(1, "10000001")]


def test_a_code_seen_in_a_single_frame_is_not_believed():
    assert run(Steady(), [[], [LABEL], [], []]) == []


def test_a_qr_code_that_corrects_its_own_errors_is_believed_at_once():
    assert run(Steady(), [[reading("LIB-1", "QR")]]) == [(0, "LIB-1")]


def test_a_symbology_without_a_strong_check_needs_one_view_more():
    for weak in (reading("123456", "CODABAR"), reading("123456", "ITF"), reading("4006381333931", "EAN13")):
        assert run(Steady(), [[weak]] * 5) == [(2, weak.text)]
    for stronger in (reading("ABC1", "CODE39"), reading("9787020002207", "EAN13")):
        assert run(Steady(), [[stronger]] * 5) == [(1, stronger.text)]


def test_a_library_codabar_label_with_its_check_digit_right_is_believed_at_once():
    right, wrong = reading("31117013206375", "CODABAR"), reading("31117013206374", "CODABAR")
    assert run(Steady(), [[right]] * 5) == [(0, right.text)]
    assert run(Steady(), [[wrong]] * 5) == [(2, wrong.text)]


def test_where_the_schools_labels_are_known_they_are_believed_at_once_and_strangers_prove_themselves():
    steady = Steady(Patterns([r"1\d{7}"]))
    assert run(steady, [[LABEL]]) == [(0, "10000001")]
    assert run(steady, [[reading("1000000", y=300)]] * 5, start=1.0) == [(2, "1000000")]
    assert run(steady, [[reading("LIB-1", "QR", y=500)]], start=2.0) == [(0, "LIB-1")]


def test_an_article_number_that_looks_like_a_label_is_still_looked_at_twice():
    steady = Steady(Patterns([r"978\d{10}"]))
    assert run(steady, [[reading("9787020002207", "EAN13")]] * 5) == [(1, "9787020002207")]


def test_a_reading_that_the_picture_contradicts_is_never_believed():
    refuted = replace(reading("9787020002207", "EAN13"), sure=0.0)
    assert run(Steady(), [[refuted]] * 60) == []
    assert run(Steady(Patterns([r"\d{13}"])), [[refuted]] * 60) == []


def test_a_code_as_often_contradicted_as_read_is_not_believed_and_one_rarely_contradicted_is():
    right = reading("9787020002207", "EAN13")
    refuted = replace(right, sure=0.0)
    assert run(Steady(), [[right], [refuted]] * 30) == []
    assert [text for _, text in run(Steady(), [[refuted], *[[right]] * 9])] == [right.text]


def test_a_book_left_lying_is_one_scan_however_badly_it_is_read_while_nothing_moves():
    steady = Steady()
    assert len(run(steady, [[LABEL]] * 2)) == 1
    for second in range(1, 600):
        readings = [LABEL] if second % 37 == 0 else []
        assert steady.see(readings, float(second), still=True) == ()


def test_a_book_taken_away_and_brought_back_counts_again_though_the_desk_lay_still_between():
    steady = Steady()
    assert len(run(steady, [[LABEL]] * 2)) == 1
    steady.see([], 1.0)
    for second in range(2, 6):
        steady.see([], float(second), still=True)
    assert len(run(steady, [[LABEL]] * 2, start=6.0)) == 1


def test_two_codes_in_view_give_one_scan_each():
    assert run(Steady(), [[LABEL, OTHER]] * 90) == [(1, "10000001"), (1, "10000002")]


def test_the_same_code_printed_twice_on_one_cover_is_one_scan():
    assert run(Steady(), [[LABEL, reading("10000001", x=600)]] * 30) == [(1, "10000001")]


def test_a_flickering_code_is_still_one_scan():
    frames = [[LABEL] if number % 7 == 0 else [] for number in range(600)]
    assert [text for _, text in run(Steady(), frames)] == ["10000001"]


def test_a_code_counts_again_only_after_it_was_away_for_a_while():
    steady = Steady()
    assert len(run(steady, [[LABEL]] * 30)) == 1
    assert len(run(steady, [[LABEL]] * 30, start=1.0 + AWAY * 0.9)) == 0
    assert len(run(steady, [[LABEL]] * 30, start=10.0 + AWAY)) == 1


def test_a_misread_in_one_frame_is_not_accepted_before_during_or_after_the_right_code():
    frames = [[MISREAD], [LABEL], [LABEL], [LABEL], [MISREAD], *[[LABEL]] * 10, [MISREAD], [LABEL], [MISREAD]]
    assert [text for _, text in run(Steady(), frames)] == ["10000001"]


def test_a_misread_that_comes_again_and_again_is_outvoted():
    frames = [[LABEL], [LABEL], [LABEL], [MISREAD]] * 60
    assert [text for _, text in run(Steady(), frames)] == ["10000001"]


def test_while_two_texts_come_equally_often_from_one_place_neither_is_believed():
    weak, rival = reading("4006381333931", "EAN13"), reading("4006381333948", "EAN13")
    assert run(Steady(), [[weak], [rival]] * 60) == []


def test_a_book_changed_for_another_in_the_same_place_counts_at_once():
    swapped = reading("10000002")
    assert run(Steady(), [[LABEL]] * 20 + [[swapped]] * 20) == [(1, "10000001"), (21, "10000002")]


def test_a_label_close_to_the_publishers_code_is_not_its_rival():
    isbn = reading("9787020002207", "EAN13", y=100, height=90)
    label = reading("10000001", y=0, height=90)
    assert {text for _, text in run(Steady(), [[isbn, label]] * 5)} == {"9787020002207", "10000001"}


texts = st.sampled_from(["10000001", "10000002", "10000003"])
frames_of_views = st.lists(st.tuples(st.lists(texts, max_size=3), st.floats(0, 3)), max_size=80)


@given(frames_of_views)
def test_no_code_ever_counts_twice_without_having_been_away_between(frames):
    steady, now, last_view, held = Steady(), 0.0, {}, set()
    for views, pause in frames:
        now += pause
        held = {text for text in held if now - last_view[text] <= AWAY}
        for one in steady.see([reading(text, x=700.0 * n) for n, text in enumerate(views)], now):
            assert one.text not in held
            held.add(one.text)
        last_view |= dict.fromkeys(views, now)


@given(frames_of_views)
def test_every_code_that_counts_is_in_view_and_was_in_at_least_two_frames(frames):
    steady, now, views_of = Steady(), 0.0, {}
    for views, pause in frames:
        now += pause
        for text in set(views):
            views_of[text] = views_of.get(text, 0) + 1
        for one in steady.see([reading(text) for text in views], now):
            assert one.text in views and views_of[one.text] >= 2


@given(st.lists(st.floats(-5, 5), max_size=40))
def test_a_clock_that_jumps_back_never_makes_a_held_code_count_twice(steps):
    steady, now, counted = Steady(), 100.0, 0
    for step in steps:
        now += min(step, AWAY)
        counted += len(steady.see([LABEL], now))
    assert counted <= 1 or any(step > 0 for step in steps)


def test_a_day_of_codes_leaves_nothing_behind():
    steady = Steady()
    for number in range(5000):
        steady.see([reading(f"{number:08d}")], number * 1.0)
    assert len(steady._tracks) <= AWAY + 1
