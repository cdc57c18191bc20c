"""CPU of a 1280x720 frame while nothing is to be read: a still scene, one that moves, and stripes that look like bars.

The same frames go to the stream's reader and to the plain decoders in one run, second by second. For the reader time
passes at 30 frames a second, as its budget sees it, and six seconds of the scene have passed before; CPU is the
process's own, of all threads.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from math import cos, sin
from statistics import mean

import cv2
import numpy as np
import zxingcpp
from pyzbar import pyzbar

from bench import drawing, lens
from bench.clips import ZBAR, ZXING
from bench.lens import HEIGHT, WIDTH
from bench.scenes import RATE, Picture
from scanner.camera import silence_opencv
from scanner.decode import DEFAULT_FORMATS
from scanner.reader import reader_of

_NOISE = 4.0  # gray levels
_KEPT = 90  # different frames of a scene: three seconds, again and again
Draw = Callable[[drawing.Gray, drawing.Gray, float], drawing.Gray]  # the room, the thing before it, the moment


def main(argv: list[str]) -> None:
    """Print the milliseconds. `--frames N` sets how many frames of each scene (default 300), `--seed N` the scene."""
    parser = argparse.ArgumentParser(prog="python -m bench idle", description=__doc__)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="60 frames of each scene")
    options = parser.parse_args(argv)
    silence_opencv()
    frames = 60 if options.quick else options.frames
    print(f"idle, 1280x720, {frames} frames of each scene, ms of CPU a frame (mean, 95 % below)")
    for name in ("still", "moving", "shirt", "shelf"):
        _measure(name, scene(name, options.seed), frames)


def scene(name: str, seed: int) -> list[Picture]:
    """Three seconds of a scene: "still", "moving" (a cover without a code), "shirt" or "shelf" (both striped)."""
    rng = np.random.default_rng([seed, len(name)])
    room, thing = drawing.room(rng, WIDTH, HEIGHT), _thing(name, rng)
    grain = np.rint(rng.normal(0, _NOISE, (HEIGHT + 97, WIDTH + 113))).astype(np.float32)
    pictures = []
    for number in range(_KEPT):
        seen = room.copy() if thing is None else _moved(room, thing, 2 * np.pi * number / _KEPT)
        down, across = number * 37 % 97, number * 53 % 113
        seen += grain[down : down + HEIGHT, across : across + WIDTH]
        colour = cv2.merge([np.clip(seen * gain, 0, 255).astype(np.uint8) for gain in (0.9, 1.0, 1.05)])
        jpeg = np.frombuffer(lens.jpeg_of(colour, 85), np.uint8)
        pictures.append(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8))
    return pictures


def _thing(name: str, rng: np.random.Generator) -> drawing.Gray | None:
    if name == "still":
        return None
    if name == "moving":
        return drawing.cover(rng, 640, 460).astype(np.float32)
    widths = (7.0, 16.0) if name == "shirt" else (14.0, 60.0)
    cloth = cv2.GaussianBlur(drawing.striped(rng, 1000, 640, *widths), (0, 0), 0.8)
    return np.asarray(cloth, np.float32)


def _moved(room: drawing.Gray, thing: drawing.Gray, turn: float) -> drawing.Gray:
    """The thing before the room, swaying, `turn` going once round in the three seconds."""
    seen = room.copy()
    tall, wide = thing.shape
    sway = cv2.getRotationMatrix2D((wide / 2, tall / 2), 12 * sin(turn), 1 + 0.05 * cos(turn))
    sway[:, 2] += ((WIDTH - wide) / 2 + 90 * sin(turn), (HEIGHT - tall) / 2 + 40 * cos(2 * turn))
    place = np.vstack([sway, (0, 0, 1)])
    corners = lens.through(place, [(0, 0), (wide, 0), (wide, tall), (0, tall)])
    box = lens.clipped(corners, 24)
    if box is not None:
        lens.lay(seen, thing, place, corners, box)
    return seen


def _measure(name: str, pictures: list[Picture], frames: int) -> None:
    reader, clock = reader_of(DEFAULT_FORMATS), iter(range(frames + 2 * _KEPT))
    for _ in range(2 * _KEPT):  # six seconds in which it learns the scene, and what it had saved up is spent
        number = next(clock)
        reader.look(pictures[number % len(pictures)], number / RATE)
    decoders: dict[str, Callable[[Picture], object]] = {
        "stream": lambda picture: reader.look(picture, next(clock) / RATE),
        "zxing-cpp": lambda picture: zxingcpp.read_barcodes(picture, formats=ZXING),
        "pyzbar": lambda picture: pyzbar.decode(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), symbols=ZBAR),
    }
    spent: dict[str, list[float]] = {decoder: [] for decoder in decoders}
    for first in range(0, frames, RATE):
        for decoder, look in decoders.items():  # a second each in turn: none works in another's cold cache
            for number in range(first, min(first + RATE, frames)):
                before = time.process_time()
                look(pictures[number % len(pictures)])
                spent[decoder].append(1000 * (time.process_time() - before))
    print(f"  {name:8}" + ", ".join(_row(decoder, each) for decoder, each in spent.items()), flush=True)


def _row(decoder: str, spent: Sequence[float]) -> str:
    return f"{decoder} {mean(spent):.2f} ({np.percentile(spent, 95):.1f})"
