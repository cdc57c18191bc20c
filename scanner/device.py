"""A device's life: starting, ready, lost, and tried again for ever."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from scanner.report import Report
from scanner.scan import ScannerError

_CREDENTIALS = re.compile(r"//[^/@]*@")
FIRST_WAIT = 0.5  # seconds before the first new attempt; doubled after each
LONGEST_WAIT = 3.0


@dataclass(slots=True)
class Device:
    """One camera or scanner by name, whose every change of state is reported once."""

    kind: str  # "camera", "cable" or "keyboard"
    name: str
    report: Report
    was_ready: bool = False  # in the present attempt
    _said: tuple[str, str] = field(default=("", ""))

    def starting(self) -> None:
        """It is being opened for the first time."""
        self._say("starting", "", "")

    def ready(self) -> None:
        """It works."""
        self.was_ready = True
        self._say("ready", "", "")

    def lost(self, error: ScannerError) -> None:
        """It does not work, for the reason that the error gives."""
        self._say("lost", error.reason, error.message)

    def _say(self, state: str, reason: str, detail: str) -> None:
        if (state, reason) != self._said:
            self._said = (state, reason)
            # A network camera's address may hold its password, which is not for logs.
            name, detail = (_CREDENTIALS.sub("//", text) for text in (self.name, detail))
            self.report.device(self.kind, name, state, reason, detail)


def keep_alive(device: Device, attempt: Callable[[], None], stop: Event) -> bool:
    """Run `attempt` until it returns (there is no more to read) or `stop` is set; after an error, again.

    Returns False when it ended by an error that no further attempt can cure.
    """
    device.starting()
    wait = FIRST_WAIT
    while not stop.is_set():
        device.was_ready = False
        try:
            attempt()
            return True
        except ScannerError as error:
            trouble = error
        except Exception as error:  # a driver's surprise must not silence a scanner for the rest of the day
            message, reason = f"{type(error).__name__}: {error}", f"{device.kind.upper()}_FAILED"
            trouble = ScannerError(message, retry=True, reason=reason)
        device.lost(trouble)
        if not trouble.retry:
            return False
        wait = FIRST_WAIT if device.was_ready else wait
        stop.wait(wait)
        wait = min(wait * 2, LONGEST_WAIT)
    return True
