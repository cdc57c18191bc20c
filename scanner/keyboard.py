"""A USB scanner that types, taken away from the desktop (Linux): its keys come here and nowhere else."""

import errno
import select
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event
from typing import Protocol

from scanner.device import Device
from scanner.scan import ScannerError
from scanner.wedge import Wedge

INSTALL = "pip install 'evdev>=2.0'"
_PATIENCE = 0.05
# Key codes are the kernel's and never change: (first code, plain, with Shift).
_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (71, "789-456+1230.", "789-456+1230."),
)
_EITHER = {55: "*", 57: " ", 98: "/"}
_PLAIN = {first + n: key for first, plain, _ in _ROWS for n, key in enumerate(plain)} | _EITHER
_SHIFTED = {first + n: key for first, _, shifted in _ROWS for n, key in enumerate(shifted)} | _EITHER
_NAMED = {15: "Tab", 28: "Enter", 96: "Enter"}
_SHIFTS = (42, 54)
_UP, _DOWN = 0, 1


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A key by the kernel's code, went up (0), went down (1) or is held (2), at seconds since the epoch."""

    code: int
    value: int
    at: float


class Keys(Protocol):
    """A grabbed keyboard: the narrow seam to evdev."""

    def wait(self, patience: float) -> Iterable[KeyEvent]:
        """The key events of the next `patience` seconds at most. Raises OSError when it was unplugged."""

    def close(self) -> None: ...


class Layout:
    """Key events to keys, on the US layout that scanners use unless told otherwise."""

    def __init__(self) -> None:
        self._shifts: set[int] = set()

    def key(self, event: KeyEvent) -> str:
        """The character or the key's name that an event types, or "" for none."""
        if event.code in _SHIFTS:
            (self._shifts.discard if event.value == _UP else self._shifts.add)(event.code)
            return ""
        if event.value != _DOWN:
            return ""
        return _NAMED.get(event.code) or (_SHIFTED if self._shifts else _PLAIN).get(event.code, "")


class _EvdevKeys:
    def __init__(self, path: str) -> None:
        import evdev

        self._device = evdev.InputDevice(path)
        self._key_type = evdev.ecodes.EV_KEY
        self._device.grab()

    def wait(self, patience: float) -> Iterable[KeyEvent]:
        ready, _, _ = select.select([self._device.fd], [], [], patience)
        events = self._device.read() if ready else ()
        return [KeyEvent(e.code, e.value, e.timestamp()) for e in events if e.type == self._key_type]

    def close(self) -> None:
        self._device.close()  # which also gives the keyboard back


def open_keys(path: str) -> Keys:
    """Grab the input device at a path such as /dev/input/by-id/usb-…-event-kbd.

    Raises ScannerError: KEYBOARD_NEEDS_EVDEV when the package is missing, KEYBOARD_ABSENT, KEYBOARD_BUSY.
    """
    try:
        return _EvdevKeys(path)
    except ImportError as error:
        message = f"Reading a keyboard-like scanner directly needs the package evdev (Linux only): {INSTALL}"
        raise ScannerError(message, reason="KEYBOARD_NEEDS_EVDEV") from error
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EBUSY):
            message = f"Keyboard {path} cannot be taken: it is in use, or this user may not."
            raise ScannerError(message, retry=True, reason="KEYBOARD_BUSY") from error
        raise ScannerError(f"There is no keyboard {path}.", retry=True, reason="KEYBOARD_ABSENT") from error


def listen(device: Device, stop: Event, open_keyboard: Callable[[str], Keys] = open_keys) -> None:
    """Report what the scanner at the path `device.name` types, until `stop`.

    Raises ScannerError KEYBOARD_UNPLUGGED when it is gone, and what `open_keys` raises.
    """
    keys = open_keyboard(device.name)
    layout, wedge = Layout(), Wedge("keyboard")
    device.ready()
    try:
        while not stop.is_set():
            events = keys.wait(_PATIENCE)
            typed = [(layout.key(event), event.at) for event in events]
            scans = [wedge.key(key, at) for key, at in typed if key]
            if not typed:
                scans.append(wedge.idle(time.time()))
            for scan in filter(None, scans):
                device.report.scan(scan)
    except OSError as error:
        message = f"Keyboard {device.name} was unplugged."
        raise ScannerError(message, retry=True, reason="KEYBOARD_UNPLUGGED") from error
    finally:
        keys.close()
