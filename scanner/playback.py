"""Pictures from a file: a video at its own speed, frame by frame, or one photograph."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import cv2
import numpy as np

from scanner.camera import FRAMES_PER_SECOND, Frame, silence_opencv
from scanner.scan import ScannerError


def is_photograph(path: Path) -> bool:
    """Whether the file is a still picture, by what is in it."""
    return cv2.haveImageReader(str(path))


def photograph(path: Path) -> Frame:
    """The one frame of a still picture. Raises ScannerError CAMERA_UNREADABLE when it is damaged."""
    silence_opencv()
    try:
        picture = cv2.imdecode(np.frombuffer(path.read_bytes(), dtype=np.uint8), cv2.IMREAD_COLOR)
    except (cv2.error, OSError) as error:
        raise _unreadable(path) from error
    if picture is None:
        raise _unreadable(path)
    return Frame(np.asarray(picture, dtype=np.uint8), 0.0)


def video_frames(path: Path, stop: Event, *, hurry: bool = False) -> Iterator[Frame]:
    """Every frame of a video in order, at the video's speed, by the video's own time; `hurry` does not wait.

    No frame is ever dropped: where decoding is slower than the video, the video waits. The same file gives
    the same frames at the same times. Raises ScannerError CAMERA_UNREADABLE when it is no video.
    """
    silence_opencv()
    # By FFmpeg alone: OpenCV's other readers print what they think of a damaged file.
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        rate = _frame_rate(capture)
        start, number = time.monotonic(), 0
        came, picture = capture.read()
        if not came:
            raise _unreadable(path)
        while came and not stop.is_set():
            yield Frame(np.asarray(picture, dtype=np.uint8), number / rate)
            number += 1
            if not hurry:
                stop.wait(max(0.0, start + number / rate - time.monotonic()))
            came, picture = capture.read()
    finally:
        capture.release()


def _frame_rate(capture: cv2.VideoCapture) -> float:
    """Frames per second as the file says, unless it says nonsense (some containers give 0, some 90000)."""
    rate = capture.get(cv2.CAP_PROP_FPS)
    return rate if 1.0 <= rate <= 240.0 else float(FRAMES_PER_SECOND)


def _unreadable(path: Path) -> ScannerError:
    message = f"{path} is neither a picture nor a video that can be read."
    return ScannerError(message, reason="CAMERA_UNREADABLE")
