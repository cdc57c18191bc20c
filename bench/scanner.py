"""Frames per second and CPU of the scanner on 1280x720 video, with and without a barcode in view.

The same frames go through our decoder, plain pyzbar and plain zxing-cpp in the same run, interleaved, so that a
busy machine slows all three. CPU is the process's own, all threads; the ratio is ours to theirs, below 1 is faster.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import cv2
import zxingcpp
from pyzbar import pyzbar
from pyzbar.pyzbar import ZBarSymbol

from bench.figures import machine
from scanner.camera import Picture, silence_opencv
from scanner.decode import DEFAULT_FORMATS
from scanner.demo_scene import Scene
from scanner.playback import video_frames
from scanner.reader import reader_of
from scanner.steady import Steady

RATE = 30
_ZBAR = [ZBarSymbol.EAN13, ZBarSymbol.CODE128, ZBarSymbol.CODE39, ZBarSymbol.CODABAR, ZBarSymbol.QRCODE]
_ZXING = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.EAN13,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39Std,
        zxingcpp.BarcodeFormat.Codabar,
        zxingcpp.BarcodeFormat.QRCode,
    ]
)
Decoder = Callable[[Picture], Sequence[Any]]


def main(argv: list[str]) -> None:
    """Print the figures. `--frames N` sets how many frames each decoder sees of either kind (default 240)."""
    parser = argparse.ArgumentParser(prog="python -m bench scanner", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--frames", type=int)
    options = parser.parse_args(argv)
    frames = options.frames or (30 if options.quick else 240)
    silence_opencv()
    scene = Scene()
    held, empty = 0.6, scene.duration - 5.0  # a card at rest in the hand; the desk in the long pause
    print(f"scanner, 1280x720, {frames} frames of each kind, formats {' '.join(DEFAULT_FORMATS)}; {machine()}")
    for title, start in (("a barcode in view", held), ("no barcode in view", empty)):
        # One second of video, again and again: the same pictures for all, and few enough to keep.
        pictures = [scene.frame_at(start + n / RATE) for n in range(RATE)]
        _compare(title, [pictures[n % RATE] for n in range(frames)])
    _whole_path(scene, frames)


def _compare(title: str, pictures: list[Picture]) -> None:
    ours, steady, clock = reader_of(DEFAULT_FORMATS), Steady(), iter(range(len(pictures)))

    def scanner(picture: Picture) -> Sequence[Any]:
        at = next(clock) / RATE
        look = ours.look(picture, at)
        steady.see(look.readings, at, still=look.still)
        return look.readings

    decoders: dict[str, Decoder] = {"scanner": scanner, "zxing-cpp": _plain_zxing, "pyzbar": _plain_pyzbar}
    spent, read = dict.fromkeys(decoders, 0.0), dict.fromkeys(decoders, 0)
    for picture in pictures:
        for name, decode in decoders.items():
            start = time.process_time()
            read[name] += bool(decode(picture))
            spent[name] += time.process_time() - start
    print(title)
    for name, seconds in spent.items():
        each = 1000 * seconds / len(pictures)
        ratio = spent["scanner"] / seconds
        share = 100 * read[name] / len(pictures)
        print(
            f"  {name:10} {each:6.1f} ms CPU a frame, {1000 / each:6.1f} frames/s on one core, "
            f"read on {share:3.0f} % of frames" + (f", scanner / {name} = {ratio:.2f}" if name != "scanner" else "")
        )


def _plain_zxing(picture: Picture) -> Sequence[Any]:
    return zxingcpp.read_barcodes(picture, formats=_ZXING)


def _plain_pyzbar(picture: Picture) -> Sequence[Any]:
    found: Sequence[Any] = pyzbar.decode(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), symbols=_ZBAR)
    return found


def _whole_path(scene: Scene, frames: int) -> None:
    """From a motion JPEG file, as a webcam sends it, to the scans: everything but the wait for the camera."""
    with TemporaryDirectory() as folder:
        video = Path(folder) / "demo.avi"
        size = (1280, 720)
        writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), RATE, size)
        for n in range(frames):
            writer.write(scene.frame_at(n / RATE))
        writer.release()
        reader, steady, scans = reader_of(DEFAULT_FORMATS), Steady(), 0
        cpu, wall = time.process_time(), time.perf_counter()
        for frame in video_frames(video, Event(), hurry=True):
            look = reader.look(frame.picture, frame.at)
            scans += len(steady.see(look.readings, frame.at, still=look.still))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(
        f"whole path, motion JPEG to scans\n  {1000 * cpu / frames:.1f} ms CPU a frame, {frames / wall:.1f} frames/s; "
        f"at {RATE} frames/s {100 * RATE * cpu / frames:.0f} % of one core; {scans} scans"
    )
