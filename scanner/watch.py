"""A camera from its name to its scans: frames, looks, what counts, and what to report."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from scanner.camera import Capture, Frame, live_frames, open_capture
from scanner.decode import decode
from scanner.demo_scene import demo_frames
from scanner.device import Device
from scanner.hints import Hints
from scanner.marks import Mark, marks
from scanner.playback import is_photograph, photograph, video_frames
from scanner.preview import Previewer
from scanner.reader import SHARE, Look, Reader, reader_of
from scanner.reading import Reading
from scanner.scan import Scan
from scanner.steady import Steady


def watch(device: Device, formats: Sequence[str], steady: Steady, previewer: Previewer, stop: Event) -> None:
    """Report the scans of the camera `device.name` until `stop`, or until a file is at its end.

    `steady` outlives a camera that is lost and found: a book held meanwhile is still the same book.
    Raises ScannerError when the camera is absent, is lost, or a file is no picture.
    """
    path = Path(device.name)
    if path.is_file() and is_photograph(path):
        _read_photograph(device, path, formats, steady)
        return
    # A file waits while it is looked at: nothing is skipped, and the same file gives the same scans every time.
    share = float("inf") if path.is_file() else SHARE
    reader = reader_of(formats, steady.patterns.expressions, share)
    watcher = _Watcher(device, reader, steady, previewer)
    for frame in frames_of(device.name, stop):
        device.ready()
        watcher.see(frame)


class _Watcher:
    """One camera's frames become lines of the report."""

    def __init__(self, device: Device, reader: Reader, steady: Steady, previewer: Previewer) -> None:
        self._report, self._reader, self._steady, self._previewer = device.report, reader, steady, previewer
        self._hints = Hints()
        self._marks: tuple[Mark, ...] = ()

    def see(self, frame: Frame) -> None:
        """Show the frame, look at it, and say what came of it."""
        # Shown before it is looked at, with the boxes of the frame before: the picture must not wait.
        now, utc = time.monotonic(), datetime.now(UTC)
        preview = self._previewer.offer(frame.picture, now, utc, self._marks)
        if preview is not None:
            self._report.preview(preview)
        look = self._reader.look(
            frame.picture, frame.at, lambda boxes: self._mark(marks(boxes, (), frame.picture.shape))
        )
        for reading in self._steady.see(look.readings, frame.at, still=look.still):
            self._report.scan(_scan(reading))
        self._after(look, frame)

    def _after(self, look: Look, frame: Frame) -> None:
        if look.readings:
            self._mark(marks(look.boxes, look.readings, frame.picture.shape))
        hint = self._hints.see(look.gray, look.boxes, bool(look.readings), frame.at)
        if hint is not None:
            self._report.hint(hint)

    def _mark(self, found: tuple[Mark, ...]) -> None:
        if found != self._marks and self._previewer.wanted:
            self._report.boxes(found)
        self._marks = found


def frames_of(name: str, stop: Event, open_camera: Callable[[str], Capture] = open_capture) -> Iterator[Frame]:
    """The frames of the demo, a video file or a camera. Raises ScannerError as their sources do."""
    if name == "demo" or name.startswith("demo:"):
        return demo_frames(name, stop)
    if Path(name).is_file():
        return video_frames(Path(name), stop)
    return live_frames(name, stop, open_camera)


def _read_photograph(device: Device, path: Path, formats: Sequence[str], steady: Steady) -> None:
    """A still picture is looked at once, in every way; what is read counts at once."""
    frame = photograph(path)
    device.ready()
    for reading in decode(frame.picture, formats, steady.patterns.expressions):
        device.report.scan(_scan(reading))


def _scan(reading: Reading) -> Scan:
    return Scan.new(reading.text, reading.symbology, "camera", datetime.now(UTC))
