import numpy as np
import pytest

from scanner.gate import HEARTBEAT, LEARN, Gate

RNG = np.random.default_rng(3)
GRAIN = [RNG.normal(0, 6, (180, 320)) for _ in range(7)]
FRAME = 1 / 30


def frame(number, *things, light=1.0):
    """A noisy gray desk with things on it, each a rectangle (left, top, right, bottom, shade)."""
    desk = np.full((180, 320), 120.0)
    for left, top, right, bottom, shade in things:
        desk[top:bottom, left:right] = shade
    seen = np.clip(desk * light + GRAIN[number % len(GRAIN)], 0, 255).astype(np.uint8)
    return np.repeat(seen[:, :, None], 3, axis=2)


LABEL = (150, 75, 175, 90, 230)


def gate_that_knows_the_desk():
    """A gate that has seen the empty desk for two seconds, and the time then."""
    gate = Gate()
    for number in range(60):
        gate.see(frame(number), number * FRAME)
    return gate, 60 * FRAME


def test_the_first_frame_is_always_looked_at():
    assert Gate().see(frame(0), 0.0).open


def test_a_still_noisy_desk_opens_the_gate_by_the_heartbeat_alone():
    gate, now = gate_that_knows_the_desk()
    sights = [gate.see(frame(number), now + number * FRAME) for number in range(90)]
    assert not any(sight.busy for sight in sights)
    assert 90 * FRAME / HEARTBEAT - 2 <= sum(sight.due for sight in sights) <= 90 * FRAME / HEARTBEAT + 1


def test_a_small_label_laid_on_the_desk_is_seen_and_where():
    gate, now = gate_that_knows_the_desk()
    sight = gate.see(frame(0, LABEL), now)
    assert sight.moving and sight.foreign
    left, top, right, bottom = sight.part
    assert (left * 320, top * 180) == pytest.approx((150, 75), abs=8)
    assert (right * 320, bottom * 180) == pytest.approx((175, 90), abs=8)


def test_light_that_grows_on_the_whole_picture_is_no_movement():
    gate, now = gate_that_knows_the_desk()
    sights = [gate.see(frame(n, light=1 + n / 100), now + n * FRAME) for n in range(25)]
    assert not any(sight.busy for sight in sights)


def test_a_thing_held_still_keeps_the_gate_open_and_a_thing_left_lying_is_learnt():
    gate, now = gate_that_knows_the_desk()
    sights = [gate.see(frame(n, LABEL), now + n * FRAME) for n in range(round((LEARN + 2) / FRAME))]
    assert all(sight.open for sight in sights[: round((LEARN - 0.5) / FRAME)])
    assert not any(sight.busy for sight in sights[-30:])


def test_a_thing_taken_away_after_it_was_learnt_is_seen_to_go():
    gate, now = gate_that_knows_the_desk()
    for n in range(round((LEARN + 2) / FRAME)):
        gate.see(frame(n, LABEL), now + n * FRAME)
    assert gate.see(frame(0), now + LEARN + 3).moving


def test_a_hand_that_moves_is_never_learnt():
    gate, now = gate_that_knows_the_desk()
    for n in range(300):
        sight = gate.see(frame(n, (50 + 4 * (n % 40), 50, 125 + 4 * (n % 40), 125, 60)), now + n * FRAME)
        assert sight.open
    assert gate.see(frame(0), now + 11.0).moving
    assert not gate.see(frame(1), now + 11.0 + FRAME).busy


def test_a_gate_that_saw_the_whole_picture_shake_still_sees_a_label():
    gate, now = gate_that_knows_the_desk()
    for n in range(150):
        shaken = np.clip(RNG.normal(120, 60, (90, 160)), 0, 255).astype(np.uint8)
        gate.see(np.repeat(np.kron(shaken, np.ones((2, 2), np.uint8))[:, :, None], 3, axis=2), now + n * FRAME)
    for n in range(round((LEARN + 2) / FRAME)):
        gate.see(frame(n), now + 5 + n * FRAME)
    assert gate.see(frame(0, LABEL), now + 20).busy


@pytest.mark.parametrize("shape", [(480, 640), (480, 640, 3), (7, 9, 3), (1, 1), (2160, 3840, 3)])
def test_pictures_of_any_size_pass(shape):
    gate = Gate()
    for n in range(5):
        gate.see(np.full(shape, 50 * n, np.uint8), float(n))
    assert gate.see(np.zeros((100, 100), np.uint8), 6.0).open, "a camera that changes its mode begins anew"
