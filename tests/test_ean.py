import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import ean, gtin
from scanner.ean_code import EAN8, EAN13, bank, drawn, nearest

numbers = st.integers(0, 10**12 - 1).map(lambda n: with_check(f"{n:012d}"))


def with_check(digits):
    return next(digits + str(last) for last in range(10) if gtin.check_digit_holds(digits + str(last)))


def profile(number, layout=EAN13, *, module=5.0, blur=0.8, spread=0.0, noise=0.0, turned=False, bend=0.0, seed=1):
    """The brightness along a code with wide paper on both sides, and the columns of its ends."""
    pictures, paper = bank(layout, blur, spread), 20
    columns = np.arange(int((layout.modules + 2 * paper) * module))
    u = (columns / module - paper) / layout.modules
    u = u + bend / layout.modules * 4 * np.clip(u, 0, 1) * (1 - np.clip(u, 0, 1))
    dark = np.interp(u, layout.sampled(), pictures.drawn(number), left=0, right=0)
    light = 210 - 150 * dark + np.random.default_rng(seed).normal(0, noise, len(u))
    light = light[::-1] if turned else light
    return light.astype(np.float32), (paper * module, (paper + layout.modules) * module)


@settings(max_examples=25, deadline=None)
@given(numbers, st.booleans())
def test_any_blurred_number_is_found_from_either_side_with_a_wide_margin(number, turned):
    found = ean.fit(*profile(number, turned=turned, noise=1.0), EAN13)
    assert found is not None
    assert (found.number, found.margin > 0.3, found.misfit < 0.1) == (number, True, True)


@pytest.mark.parametrize("blur", [0.4, 0.7, 1.0, 1.2])
@pytest.mark.parametrize("spread", [-0.25, 0.0, 0.25])
def test_blur_and_ink_that_spreads_are_found_with_the_number(blur, spread):
    found = ean.fit(*profile("9787020002207", blur=blur, spread=spread, noise=1.0), EAN13)
    assert found is not None and found.number == "9787020002207"


@pytest.mark.parametrize("bend", [-1.2, 1.2])
def test_perspective_that_moves_the_middle_of_the_code_is_allowed_for(bend):
    found = ean.fit(*profile("9787020002207", bend=bend, noise=1.0), EAN13)
    assert found is not None and found.number == "9787020002207"


def test_the_columns_of_the_code_are_told():
    light, (first, last) = profile("9787020002207")
    found = ean.fit(light, (first + 20, last - 20), EAN13)
    assert found is not None
    assert (found.first, found.last) == (pytest.approx(first, abs=4), pytest.approx(last, abs=4))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_noise_is_never_fitted_with_a_margin_that_proves(seed):
    rough = np.random.default_rng(seed).normal(128, 40, 700)
    smooth = np.convolve(rough, np.ones(7) / 7, mode="same").astype(np.float32)
    found = ean.fit(smooth, (100, 600), EAN13)
    assert found is None or found.margin < 0.3 or found.misfit > 0.35


@settings(max_examples=20, deadline=None)
@given(numbers, numbers)
def test_a_number_that_was_read_wrong_is_not_confirmed(right, wrong):
    light, ends = profile(right, noise=1.0)
    found = ean.proven(light, ends, EAN13, wrong)
    assert right == wrong or found is None or found.number != wrong or found.margin < 0.1


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("off", [-6.0, 0.0, 6.0])
def test_a_number_that_was_read_right_is_confirmed_though_its_ends_are_a_module_off(off, turned):
    light, (first, last) = profile("9787020002207", turned=turned, noise=1.0)
    found = ean.proven(light, (first + off, last + off / 2), EAN13, "9787020002207")
    assert found is not None and found.number == "9787020002207" and found.margin > 0.3


def test_a_finger_over_digits_shows_as_a_misfit_of_that_place():
    light, (first, last) = profile("9787020002207")
    light[int(last - 70) : int(last) + 60] = 120
    found = ean.fit(light, (first, last), EAN13)
    assert found is None or found.margin < 0.3 or found.worst > 1.0


def test_ean_8_is_confirmed_too():
    light, ends = profile("96385074", EAN8, noise=1.0)
    found = ean.proven(light, ends, EAN8, "96385074")
    assert found is not None and found.number == "96385074"


@pytest.mark.parametrize("light", [np.full(700, 90.0), np.zeros(3), np.linspace(0, 255, 700)])
def test_where_there_is_no_code_there_is_no_number(light):
    assert ean.fit(light.astype(np.float32), (100, 600), EAN13) is None


@settings(max_examples=40, deadline=None)
@given(numbers)
def test_the_nearest_number_to_a_number_s_own_picture_is_itself(number):
    pictures = bank(EAN13, 0.8, 0.0)
    found = nearest(pictures, pictures.drawn(number))
    assert found.number == number
    assert found.distance == pytest.approx(0, abs=1e-3)
    assert gtin.check_digit_holds(found.number)


@settings(max_examples=15, deadline=None)
@given(numbers, st.integers(0, 11), st.integers(1, 9))
def test_the_next_best_is_never_farther_than_any_other_valid_number(number, place, by):
    pictures = bank(EAN13, 0.8, 0.0)
    dark = pictures.drawn(number)
    changed = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 : 12]
    other = drawn((pictures,), with_check(changed))[0]
    assert nearest(pictures, dark).next_best <= ((dark - other) ** 2).sum() + 1e-6
