"""The scanner's voice: one JSON object a line on standard output, whoever speaks."""

import json
import os
import select
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Lock

from scanner.marks import Mark
from scanner.scan import Scan


@dataclass(frozen=True, slots=True)
class Preview:
    """What the camera saw at `at`, as a small JPEG, and where the codes were that it saw last."""

    jpeg: bytes
    width: int
    height: int
    at: datetime
    boxes: tuple[Mark, ...] = ()


class Report:
    """Writes whole lines to a file descriptor. When nobody listens any more it sets `stop` and stays silent.

    It writes to the descriptor itself, not through sys.stdout: a thread that ends holding a buffer's lock
    would crash the program's exit, and a line is on its way the moment it is written.
    """

    def __init__(self, descriptor: int, stop: Event) -> None:
        self._descriptor = descriptor
        self._stop = stop
        self._lock = Lock()

    def scan(self, scan: Scan) -> None:
        """Say that a code was read."""
        self._line(scan.to_json())

    def device(self, device: str, name: str, state: str, reason: str, detail: str) -> None:
        """Say what has become of a device. `reason` is a stable code, `detail` English for a log."""
        row = {"type": "device", "device": device, "name": name, "state": state}
        self._line(json.dumps(row | {"reason": reason, "detail": detail}))

    def preview(self, picture: Preview) -> None:
        """Hand over what the camera sees."""
        row = {
            "type": "preview",
            "jpeg": b64encode(picture.jpeg).decode("ascii"),
            "width": picture.width,
            "height": picture.height,
            "at": picture.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "boxes": [mark.to_row() for mark in picture.boxes],
        }
        self._line(json.dumps(row))

    def boxes(self, marks: tuple[Mark, ...]) -> None:
        """Say where codes have just been located or read, between two previews."""
        self._line(json.dumps({"type": "boxes", "boxes": [mark.to_row() for mark in marks]}))

    def hint(self, code: str) -> None:
        """Say what would help to read what is held before the camera; "" when nothing is to be said any more."""
        self._line(json.dumps({"type": "hint", "code": code}))

    def _line(self, text: str) -> None:
        rest = memoryview(text.encode("ascii") + b"\n")
        with self._lock:
            try:
                while rest and not self._stop.is_set():
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError:
                self._stop.set()

    def listener_left(self) -> bool:
        """Whether the reading end of the pipe is closed, which otherwise shows only at the next scan."""
        if not hasattr(select, "poll"):
            return False  # Windows cannot ask; there the next line finds out
        poll = select.poll()
        poll.register(self._descriptor, 0)
        return any(events & (select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))
