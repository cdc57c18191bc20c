"""Pictures from a camera by index, device path or URL, with OpenCV: always the newest, never a stale one.

A camera hands out what its buffer holds, which after a pause is old. So a thread reads all the time and
keeps only the last frame. When frames cease to come the caller gets a ScannerError and may try again.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.camera_mode import Mode, settle
from scanner.scan import ScannerError

Picture = NDArray[np.uint8]
WIDTH, HEIGHT, FRAMES_PER_SECOND = 1280, 720, 30
SILENCE = 5.0  # seconds without a frame after which a camera counts as unplugged
_NETWORK_MILLISECONDS = 5000


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and when it was taken, in seconds by the source's own clock, which never runs backwards."""

    picture: Picture
    at: float


class Capture(Protocol):
    """What is needed of cv2.VideoCapture."""

    def read(self) -> tuple[bool, Picture | None]: ...

    def release(self) -> None: ...


class VideoCapture:
    """cv2.VideoCapture with an exact type, and with the exceptions of a dying driver read as "no frame".

    `mode` is what a local camera was put into; None for one on the network, which does as it likes.
    """

    def __init__(self, capture: cv2.VideoCapture, mode: Mode | None) -> None:
        self._capture, self.mode = capture, mode

    def read(self) -> tuple[bool, Picture | None]:
        """The next frame, if one came."""
        try:
            came, picture = self._capture.read()
        except cv2.error:
            return False, None
        return came, np.asarray(picture, dtype=np.uint8) if came else None

    def release(self) -> None:
        """Let go of the camera."""
        self._capture.release()


def open_capture(name: str) -> VideoCapture:
    """Open a camera in the best mode it has, its focus and exposure left to itself where it can.

    Raises ScannerError CAMERA_ABSENT when there is none, CAMERA_BUSY when it is there but cannot be had.
    """
    silence_opencv()
    if "://" in name:
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _NETWORK_MILLISECONDS]
        timeouts += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, _NETWORK_MILLISECONDS]
        capture = _opened(lambda: cv2.VideoCapture(name, cv2.CAP_FFMPEG, timeouts))
    else:
        capture = _opened(lambda: cv2.VideoCapture(_device(name), _local_backend()))
    if capture is None:
        raise _why_not(name)
    return VideoCapture(capture, settle(capture) if "://" not in name else None)


def silence_opencv() -> None:
    """Keep OpenCV's warnings off standard error: what they mean is said as a device message."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # FFmpeg asks for it when the first video is opened
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)  # its worker threads cost more than they bring at this size


def _opened(make: Callable[[], cv2.VideoCapture]) -> cv2.VideoCapture | None:
    with suppress(cv2.error):  # some back ends raise where others only stay closed
        capture = make()
        if capture.isOpened():
            return capture
        capture.release()
    return None


def _device(name: str) -> int | str:
    return int(name) if name.isdecimal() else name


def _local_backend() -> int:
    return int(cv2.CAP_V4L2) if sys.platform == "linux" else int(cv2.CAP_ANY)


def _why_not(name: str) -> ScannerError:
    path = Path(f"/dev/video{name}" if name.isdecimal() else name)
    if "://" not in name and path.exists():
        return ScannerError(
            f"Camera {name} is there but cannot be opened: another program uses it, or this user may not.",
            retry=True,
            reason="CAMERA_BUSY",
        )
    return ScannerError(f"There is no camera {name}.", retry=True, reason="CAMERA_ABSENT")


class NewestFrame:
    """Reads a capture in a thread of its own and keeps only the last frame."""

    def __init__(self, capture: Capture, clock: Callable[[], float] = time.monotonic) -> None:
        self._capture = capture
        self._clock = clock
        self._arrival = Condition()
        self._frame: Frame | None = None
        self._ended = False
        self._closing = Event()
        Thread(target=self._read, name="camera reader", daemon=True).start()

    def take(self, patience: float) -> Frame | None:
        """The newest frame not yet taken, waited for up to `patience` seconds; None when none came."""
        with self._arrival:
            self._arrival.wait_for(lambda: self._frame is not None or self._ended, timeout=patience)
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """Let go of the camera as soon as the read under way is over."""
        self._closing.set()

    def _read(self) -> None:
        while not self._closing.is_set():
            came, picture = self._capture.read()
            if not came or picture is None:
                break
            with self._arrival:
                self._frame = Frame(picture, self._clock())
                self._arrival.notify_all()
        self._capture.release()
        with self._arrival:
            self._ended = True
            self._arrival.notify_all()


def live_frames(
    name: str, stop: Event, open_camera: Callable[[str], Capture] = open_capture, silence: float = SILENCE
) -> Iterator[Frame]:
    """The newest frames of a camera until `stop`.

    Raises ScannerError CAMERA_UNPLUGGED when frames cease to come, and what `open_capture` raises.
    """
    newest = NewestFrame(open_camera(name))
    try:
        while not stop.is_set():
            frame = newest.take(silence)
            if frame is None:
                message = f"Camera {name} sends no pictures any more."
                raise ScannerError(message, retry=True, reason="CAMERA_UNPLUGGED")
            yield frame
    finally:
        newest.close()
