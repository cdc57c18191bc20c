"""What the camera sees, handed from the scanner to the screens that look; pictures are made only while one does."""

import threading
from base64 import b64decode
from collections.abc import Callable, Iterator

BOUNDARY = "picture"
# A browser shows a picture when the next one's head has come, so that head is sent at once, while the next picture is
# still to be taken. Its length is not known then, and not needed: a picture ends where the boundary stands.
_NEXT = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n".encode()
_NO_PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # one pixel: the screen hides it
_PATIENCE = 2.0  # seconds without a picture until the stream ends and the screen asks again


class Preview:
    """The newest picture of one station's camera. `wanted` is told when the first looks and the last looks away."""

    def __init__(self, wanted: Callable[[bool], None]) -> None:
        self._wanted = wanted
        self._jpeg, self._number, self._watchers = b"", 0, 0
        self._news = threading.Condition()

    def show(self, jpeg: bytes) -> None:
        """A new picture; the one before is forgotten."""
        with self._news:
            self._jpeg, self._number = jpeg, self._number + 1
            self._news.notify_all()

    def stream(self) -> Iterator[bytes]:
        """A multipart stream of pictures, until the watcher leaves or the camera falls silent.

        A browser would go on showing the last picture of a stream that ended, so the very last one is a single pixel.
        """
        self._count(+1)
        try:
            seen = self._number
            yield _NEXT
            while True:
                jpeg, seen = self._after(seen)
                yield (jpeg or _NO_PICTURE) + b"\r\n" + _NEXT
                if not jpeg:
                    return
        finally:
            self._count(-1)

    def _after(self, seen: int) -> tuple[bytes, int]:
        """The next picture after the one with this number; empty when the camera has fallen silent."""
        with self._news:
            there = self._news.wait_for(lambda: self._number != seen, _PATIENCE)
            return (self._jpeg if there else b""), self._number

    def _count(self, change: int) -> None:
        with self._news:
            self._watchers += change
            watchers = self._watchers
        if (watchers == 1 and change > 0) or watchers == 0:
            self._wanted(watchers > 0)
