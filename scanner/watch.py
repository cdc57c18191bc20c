"""A camera from its name to its scans: frames, readings, what counts, and what to report."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from scanner.camera import Frame, live_frames
from scanner.decode import MovingDecoder, decode
from scanner.demo_scene import demo_frames
from scanner.device import Device
from scanner.playback import is_photograph, photograph, video_frames
from scanner.preview import Previewer
from scanner.scan import Scan
from scanner.steady import Steady


def watch(device: Device, formats: Sequence[str], steady: Steady, previewer: Previewer, stop: Event) -> None:
    """Report the scans of the camera `device.name` until `stop`, or until a file is at its end.

    `steady` outlives a camera that is lost and found: a book held meanwhile is still the same book.
    Raises ScannerError when the camera is absent, is lost, or a file is no picture.
    """
    path = Path(device.name)
    if path.is_file() and is_photograph(path):
        _read_photograph(device, path, formats)
        return
    decoder = MovingDecoder(formats)
    for frame in _frames(device.name, stop):
        device.ready()
        _preview(device, previewer, frame)
        for reading in steady.see(decoder.decode(frame.picture), frame.at):
            device.report.scan(Scan.new(reading.text, reading.symbology, "camera", datetime.now(UTC)))


def _frames(name: str, stop: Event) -> Iterator[Frame]:
    if name == "demo" or name.startswith("demo:"):
        return demo_frames(name, stop)
    if Path(name).is_file():
        return video_frames(Path(name), stop)
    return live_frames(name, stop)


def _preview(device: Device, previewer: Previewer, frame: Frame) -> None:
    """Show the frame before it is decoded: the picture must not wait for the decoder."""
    picture = previewer.offer(frame.picture, time.monotonic(), datetime.now(UTC))
    if picture is not None:
        device.report.preview(picture)


def _read_photograph(device: Device, path: Path, formats: Sequence[str]) -> None:
    """A still picture is looked at once, with both decoders; what they read counts at once."""
    frame = photograph(path)
    device.ready()
    for reading in decode(frame.picture, formats):
        device.report.scan(Scan.new(reading.text, reading.symbology, "camera", datetime.now(UTC)))
