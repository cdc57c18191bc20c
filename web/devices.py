"""How a station's scanners are: what they last said, in words."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.marks import say
from kiosk.words import translations
from web.view import Device

_SENTENCES = {
    "CAMERA_ABSENT": say("No camera found. Plug it in."),
    "CAMERA_UNPLUGGED": say("The camera came loose. Plug it in again."),
    "CAMERA_BUSY": say("Another program is using the camera."),
    "CAMERA_UNREADABLE": say("The camera gives no picture."),
    "CAMERA_NEEDS_LIBRARIES": say("The camera needs the system libraries that bin/kiosk installs."),
    "CABLE_ABSENT": say("No scanner found. Plug it in."),
    "CABLE_UNPLUGGED": say("The scanner came loose. Plug it in again."),
    "CABLE_BUSY": say("Another program is using the scanner."),
    "KEYBOARD_ABSENT": say("No scanner found. Plug it in."),
    "KEYBOARD_UNPLUGGED": say("The scanner came loose. Plug it in again."),
    "KEYBOARD_BUSY": say("Another program is using the scanner."),
    "KEYBOARD_NEEDS_EVDEV": say("This scanner needs the extra package evdev."),
    "SCANNER_ENDED": say("The scanner is starting again."),
}
_ELSE = say("The scanner does not work. Ask the teacher.")


class Devices:
    """The devices of one station; `changed` is called when what is to be said has changed."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.screens = 0  # how many browsers show the station now
        self._states: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def said(self, device: str, state: str, reason: str) -> None:
        """Take note of what a device says of itself."""
        with self._lock:
            before = dict(self._states)
            if state == "starting" and self._states.get(device, ("", ""))[0] == "lost":
                return  # still lost until it is ready
            if device == "scanner" and state == "lost":
                self._states.clear()  # what the process knew of its devices ended with it
            self._states[device] = (state, reason)
            news = before != self._states
        if news:
            self._changed()

    def told(self, language: str) -> tuple[Device, ...]:
        """Every device, with a sentence where something is wrong."""
        words = translations(language).gettext
        with self._lock:
            return tuple(
                Device(device, state, words(_SENTENCES.get(reason, _ELSE)) if state == "lost" else "")
                for device, (state, reason) in sorted(self._states.items())
            )

    @contextmanager
    def screen(self) -> Iterator[None]:
        """A browser shows the station inside."""
        with self._lock:
            self.screens += 1
        try:
            yield
        finally:
            with self._lock:
                self.screens -= 1
