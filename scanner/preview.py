"""What the camera sees, small and fresh, for the screen: only while somebody looks."""

from datetime import datetime
from threading import Event

import cv2

from scanner.camera import Picture
from scanner.marks import Mark
from scanner.report import Preview

WIDTH = 480
FASTEST = 1 / 15  # seconds from one preview to the next
_QUALITY = 70


class Previewer:
    """Makes previews while wanted. Nothing is queued: a frame is shown now or never, and cannot lag."""

    def __init__(self, wanted: Event) -> None:
        self._wanted = wanted
        self._next = 0.0

    @property
    def wanted(self) -> bool:
        """Whether somebody looks."""
        return self._wanted.is_set()

    def offer(self, picture: Picture, now: float, at: datetime, boxes: tuple[Mark, ...] = ()) -> Preview | None:
        """A preview of this frame, or None when nobody looks or the last was too short a time ago.

        `now` is in seconds by a clock that never runs backwards, `at` the same moment by the wall clock;
        `boxes` are where codes were seen last.
        """
        if not self._wanted.is_set() or now < self._next:
            return None
        # Counted from when this one was due, or a camera of 20 frames a second would give 10 previews.
        self._next = max(self._next + FASTEST, now)
        height = max(1, round(picture.shape[0] * WIDTH / picture.shape[1]))
        small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_LINEAR)
        _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        return Preview(jpeg.tobytes(), WIDTH, height, at, boxes)
