import errno
import os
import sys
import time
from threading import Event, Thread
from types import ModuleType, SimpleNamespace

import pytest

from scanner.device import Device, keep_alive
from scanner.keyboard import KeyEvent, Layout, listen, open_keys
from scanner.scan import ScannerError
from tests.scanner_helpers import Ear, until

SHIFT, ENTER, TAB = 42, 28, 15
PLACES = {"1": 2, "0": 11, "2": 3, "L": 38, "I": 23, "B": 48, "-": 12, "a": 30, "K": 37, "/": 53, "%": 6}


def strokes(text, end=ENTER, start=None, gap=0.004):
    """The kernel's events for a scanner typing a text, capitals with Shift."""
    at = time.time() if start is None else start
    events = []
    for key in text:
        shifted = [SHIFT] if key.isupper() or key == "%" else []
        events += [KeyEvent(code, 1, at) for code in (*shifted, PLACES[key])]
        events += [KeyEvent(code, 0, at) for code in (PLACES[key], *shifted)]
        at += gap
    return [*events, KeyEvent(end, 1, at), KeyEvent(end, 0, at)] if end else events


class Keys:
    """A keyboard that types what it was given, then waits, or is torn out."""

    def __init__(self, *batches, then=None):
        self.batches, self.then, self.closed = list(batches), then, False

    def wait(self, patience):
        if self.batches:
            return self.batches.pop(0)
        if self.then:
            raise self.then
        time.sleep(min(patience, 0.01))
        return ()

    def close(self):
        self.closed = True


def heard(keys, enough):
    """Listen to a keyboard until `enough` of what was heard is true."""
    ear, stop = Ear(), Event()
    listener = Thread(target=listen, args=(Device("keyboard", "/dev/input/x", ear), stop, lambda _: keys))
    listener.start()
    met = until(lambda: enough(ear))
    stop.set()
    listener.join()
    assert met and keys.closed
    return ear


def test_what_a_grabbed_scanner_types_is_a_scan():
    ear = heard(Keys(strokes("LIB-1002"), strokes("10000001", end=TAB)), lambda ear: len(ear.scans) == 2)
    assert ear.texts == ["LIB-1002", "10000001"]
    assert {scan.source for scan in ear.scans} == {"keyboard"}
    assert ear.states == [("ready", "")]


def test_a_scanner_that_ends_its_codes_with_nothing_is_heard_after_a_pause():
    assert heard(Keys(strokes("10000001", end=None)), lambda ear: ear.scans).texts == ["10000001"]


def test_a_person_typing_on_the_grabbed_keyboard_is_not_heard():
    slow = strokes("101010", start=time.time() - 10, gap=0.3)
    assert heard(Keys(slow, strokes("2002")), lambda ear: ear.scans).texts == ["2002"]


def test_a_held_key_types_once_and_keys_without_a_character_type_nothing():
    layout = Layout()
    assert [layout.key(KeyEvent(30, value, 0.0)) for value in (1, 2, 2, 0)] == ["a", "", "", ""]
    assert layout.key(KeyEvent(125, 1, 0.0)) == ""


def test_shift_gives_capitals_and_signs_until_both_shifts_are_up():
    layout = Layout()
    layout.key(KeyEvent(42, 1, 0.0))
    layout.key(KeyEvent(54, 1, 0.0))
    layout.key(KeyEvent(42, 0, 0.0))
    assert layout.key(KeyEvent(37, 1, 0.0)) + layout.key(KeyEvent(6, 1, 0.0)) == "K%"
    layout.key(KeyEvent(54, 0, 0.0))
    assert layout.key(KeyEvent(37, 1, 0.0)) == "k"


@pytest.mark.parametrize(("codes", "keys"), [(range(2, 12), "1234567890"), ((79, 80, 81, 75, 82), "12340")])
def test_digits_come_from_the_upper_row_and_from_the_keypad(codes, keys):
    layout = Layout()
    assert "".join(layout.key(KeyEvent(code, 1, 0.0)) for code in codes) == keys
    assert layout.key(KeyEvent(96, 1, 0.0)) == "Enter"


def test_a_scanner_torn_out_is_said_and_heard_again_when_it_is_back():
    ear, stop = Ear(), Event()
    plugged = [Keys(then=OSError(errno.ENODEV, "gone")), Keys(strokes("10000001"))]
    device = Device("keyboard", "/dev/input/x", ear)
    listener = Thread(target=keep_alive, args=(device, lambda: listen(device, stop, lambda _: plugged.pop(0)), stop))
    listener.start()
    assert until(lambda: ear.scans)
    stop.set()
    listener.join()
    assert ear.states == [("starting", ""), ("ready", ""), ("lost", "KEYBOARD_UNPLUGGED"), ("ready", "")]


def test_without_evdev_the_error_is_the_command_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "evdev", None)
    with pytest.raises(ScannerError, match="pip install") as caught:
        open_keys("/dev/input/event0")
    assert (caught.value.retry, caught.value.reason) == (False, "KEYBOARD_NEEDS_EVDEV")


def fake_evdev(monkeypatch, device):
    evdev = ModuleType("evdev")
    evdev.InputDevice, evdev.ecodes = device, SimpleNamespace(EV_KEY=1)
    monkeypatch.setitem(sys.modules, "evdev", evdev)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOENT, "KEYBOARD_ABSENT"),
        (errno.ENODEV, "KEYBOARD_ABSENT"),
        (errno.EACCES, "KEYBOARD_BUSY"),
        (errno.EBUSY, "KEYBOARD_BUSY"),
    ],
)
def test_a_keyboard_that_cannot_be_had_is_said_and_tried_again(monkeypatch, number, reason):
    def refuse(path):
        raise OSError(number, os.strerror(number))

    fake_evdev(monkeypatch, refuse)
    with pytest.raises(ScannerError) as caught:
        open_keys("/dev/input/event0")
    assert (caught.value.retry, caught.value.reason) == (True, reason)


def test_the_keyboard_is_grabbed_and_only_its_keys_are_taken(monkeypatch):
    reading, writing = os.pipe()
    done = []

    class InputDevice:
        fd = reading

        def __init__(self, path):
            done.append(path)

        def grab(self):
            done.append("grabbed")

        def read(self):
            os.read(reading, 1)
            return [SimpleNamespace(type=kind, code=30, value=1, timestamp=lambda: 7.5) for kind in (1, 4)]

        def close(self):
            done.append("given back")

    fake_evdev(monkeypatch, InputDevice)
    keys = open_keys("/dev/input/event0")
    assert list(keys.wait(0.0)) == []
    os.write(writing, b"x")
    assert list(keys.wait(1.0)) == [KeyEvent(30, 1, 7.5)]
    keys.close()
    assert done == ["/dev/input/event0", "grabbed", "given back"]
    os.close(reading)
    os.close(writing)
