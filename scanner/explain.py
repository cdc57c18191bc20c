"""For whoever sets a station up: the camera's picture with what the scanner makes of it drawn in.

In a window where there is a display, else into a folder: `explain.avi`, and a picture of each code that counted.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

import cv2
import numpy as np

from scanner.camera import FRAMES_PER_SECOND, Capture, Picture, open_capture
from scanner.hints import Hints
from scanner.marks import marks
from scanner.patterns import Patterns
from scanner.reader import Look, reader_of
from scanner.reading import Reading
from scanner.scan import ScannerError
from scanner.steady import Steady
from scanner.watch import frames_of

Show = Callable[[Picture, Sequence[Reading]], bool]  # an explained frame and what counted on it; False is the end
_LONGEST = 3600  # frames in a video: two minutes, some 300 MB
_LOCATED, _READ, _INK, _GROUND = (0, 190, 255), (60, 200, 60), (255, 255, 255), (40, 40, 40)
_WINDOW = "Scanner (Esc or Q ends)"


def explain(name: str, formats: Sequence[str], patterns: Sequence[str], folder: str, stop: Event) -> None:
    """Show a camera, a video or the demo explained, until its end, `stop`, or a key. `folder` "" is the window.

    Raises ScannerError when the camera cannot be had or the folder cannot be written.
    """
    if not folder and not _display():
        folder = "explain"
        print("There is no display: what the scanner sees goes into the folder explain.", file=sys.stderr)
    show, close = _to_window() if not folder else _to_folder(Path(folder))
    try:
        _run(name, formats, patterns, stop, show)
    finally:
        close()


def _run(name: str, formats: Sequence[str], patterns: Sequence[str], stop: Event, show: Show) -> None:
    reader, steady, hints, hint = reader_of(formats, patterns), Steady(Patterns(patterns)), Hints(), ""
    for frame in frames_of(name, stop, _open):
        before = time.thread_time()
        look = reader.look(frame.picture, frame.at)
        spent = 1000 * (time.thread_time() - before)
        counted = steady.see(look.readings, frame.at, still=look.still)
        told = hints.see(look.gray, look.boxes, bool(look.readings), frame.at)
        hint = hint if told is None else told
        if not show(drawn(frame.picture, look, f"{spent:.1f} ms", hint), counted):
            return


def _open(name: str) -> Capture:
    capture = open_capture(name)
    print(f"Camera {name}: {capture.mode or 'on the network'}", file=sys.stderr)
    return capture


def drawn(picture: Picture, look: Look, cost: str, hint: str = "") -> Picture:
    """The picture with the located boxes amber, what was read green, and the stages that ran in a line below."""
    seen = picture.copy()
    tall, wide = seen.shape[:2]
    for mark in marks(look.boxes, look.readings, seen.shape):
        corners = np.array([(x * wide, y * tall) for x, y in mark.corners], np.int32)
        cv2.polylines(seen, [corners], True, _READ if mark.read else _LOCATED, 3, cv2.LINE_AA)
    for reading in look.readings:
        x, y = min(reading.corners, key=lambda corner: corner[1])
        _write(seen, f"{reading.text} {reading.symbology} {reading.how} {reading.sure:.2f}", (int(x), int(y) - 8))
    motion = "still" if look.still else "moving"
    _write(seen, f"{motion} | {' + '.join(look.stages) or 'not looked at'} | {cost} | {hint}", (8, tall - 12))
    return seen


def _write(picture: Picture, text: str, at: tuple[int, int]) -> None:
    plain = text.encode("ascii", "replace").decode("ascii")  # OpenCV's letters are Latin
    (wide, high), below = cv2.getTextSize(plain, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 1)
    x, y = max(0, min(at[0], picture.shape[1] - wide)), max(high + 4, at[1])
    cv2.rectangle(picture, (x, y - high - 4), (x + wide, y + below), _GROUND, -1)
    cv2.putText(picture, plain, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, _INK, 1, cv2.LINE_AA)


def _display() -> bool:
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _to_window() -> tuple[Show, Callable[[], None]]:
    def show(picture: Picture, _counted: Sequence[Reading]) -> bool:
        cv2.imshow(_WINDOW, picture)
        return cv2.waitKey(1) not in (27, ord("q"))

    return show, cv2.destroyAllWindows


def _to_folder(folder: Path) -> tuple[Show, Callable[[], None]]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ScannerError(f"The folder {folder} cannot be made: {error}.") from error
    video, written = cv2.VideoWriter(), 0

    def show(picture: Picture, counted: Sequence[Reading]) -> bool:
        nonlocal written
        if not written:
            size = (picture.shape[1], picture.shape[0])
            code = cv2.VideoWriter.fourcc(*"MJPG")
            if not video.open(str(folder / "explain.avi"), code, float(FRAMES_PER_SECOND), size):
                raise ScannerError(f"The folder {folder} cannot be written.")
        video.write(picture)
        written += 1
        for number, _ in enumerate(counted):
            with suppress(OSError):  # the video has it too
                (folder / f"read-{written:05d}-{number}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        return written < _LONGEST

    return show, video.release
