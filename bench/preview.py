"""How far the picture on the screen lags behind the camera, for a camera of 30 frames a second at 1280x720.

A network camera (motion JPEG) of our own writes the time into each frame, as black and white squares over the
generated scene, the moment before the frame is compressed and leaves. `client` is until the last byte of that picture
has come to an HTTP client of /preview; `screen` is until a script in the self-check page finds it in the <img> in a
frame of Chromium's. Everything is in it: the camera's own JPEG, the network, OpenCV's reader, the scanner that
decodes barcodes meanwhile, the preview's JPEG, the pipe, the server, the browser. A picture is counted when it first
appears; it stays until the next, a fifteenth of a second later. Real servers in processes of their own.
"""

import argparse
import asyncio
import http.client
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy
from flask import Flask, Response
from playwright.async_api import async_playwright
from waitress.server import create_server

from bench.figures import machine, quantile, table
from bench.screen import CHROMIUM, FLAGS
from bench.servers import demo_config, free_port, running, serve_kiosk
from scanner.camera import Picture
from scanner.demo_scene import Scene
from web.preview import BOUNDARY

PICTURES, QUICK_PICTURES = 300, 10
_UNMEASURED = 15  # pictures at the beginning
_RATE, _BITS, _SQUARE = 30, 24, 40  # frames a second; milliseconds modulo 2**24, that is 4.6 hours; pixels
_PATIENCE = 60  # seconds for the first picture
_SEEN = """
async ([wanted, bits]) => {
  const picture = document.querySelector("#eye img"), lags = [], started = performance.now();
  const canvas = new OffscreenCanvas(480, 270), pen = canvas.getContext("2d", {willReadFrequently: true});
  let last = -1;
  while (lags.length < wanted && performance.now() - started < 60000) {
    await new Promise(requestAnimationFrame);
    if (!picture.naturalWidth) continue;
    pen.drawImage(picture, 0, 0, 480, 270);
    const row = pen.getImageData(0, 262, 480, 1).data;
    let told = 0;
    for (let bit = 0; bit < bits; bit += 1) told = told * 2 + (row[4 * (bit * 15 + 7)] > 127 ? 1 : 0);
    if (told === last) continue;
    last = told;
    lags.push((performance.timeOrigin + performance.now() - told) % 2 ** bits);
  }
  return lags;
}
"""


def main(argv: Sequence[str]) -> None:
    """Print the figures. `--quick` tries the bench itself with few pictures."""
    parser = argparse.ArgumentParser(prog="python -m bench preview", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pictures", type=int, help=f"pictures at either end (default {PICTURES})")
    options = parser.parse_args(argv)
    wanted = _UNMEASURED + (options.pictures or (QUICK_PICTURES if options.quick else PICTURES))
    port = free_port()
    with TemporaryDirectory(prefix="kiosk-bench-") as folder, running(serve_camera, port, port) as camera:
        config = demo_config(Path(folder), f"{camera}/video.mjpg")
        with running(serve_kiosk, config.port, config) as address:
            lags = {"client": list(_client(config.port, wanted)), "screen": asyncio.run(_screen(address, wanted))}
    print(f"preview, lag behind a network camera of {_RATE} frames a second, ms; {machine()}")
    rows: list[tuple[str, ...]] = [("", "pictures", "p50", "p95", "p99", "longest")]
    for name, times in lags.items():
        measured = times[_UNMEASURED:]
        figures = (*(quantile(measured, share) for share in (0.5, 0.95, 0.99)), max(measured))
        rows.append((name, str(len(measured)), *(f"{figure:.0f}" for figure in figures)))
    print(table(rows))


def serve_camera(port: int) -> None:
    """A network camera: one second of the scene, a card at rest in the hand, again and again, with the time in it."""
    scene, app = Scene(), Flask(__name__)
    pictures = [scene.frame_at(0.6 + n / _RATE) for n in range(_RATE)]

    @app.get("/video.mjpg")
    def video() -> Response:
        return Response(_frames(pictures), content_type="multipart/x-mixed-replace; boundary=frame")

    create_server(app, host="127.0.0.1", port=port, ident=None).run()


def _frames(pictures: list[Picture]) -> Iterator[bytes]:
    began = time.monotonic()
    for number in count():
        time.sleep(max(0.0, began + number / _RATE - time.monotonic()))
        picture = pictures[number % len(pictures)].copy()
        told = _milliseconds()
        bits = [told >> (_BITS - 1 - place) & 1 for place in range(_BITS)]
        picture[-_SQUARE:, : _BITS * _SQUARE] = numpy.repeat(numpy.array(bits, numpy.uint8) * 255, _SQUARE)[:, None]
        _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        yield head.encode() + jpeg.tobytes() + b"\r\n"


def _client(port: int, wanted: int) -> Iterator[float]:
    """The lags of so many pictures, each counted when its end has come."""
    latest, left = time.monotonic() + _PATIENCE, wanted
    while left and time.monotonic() < latest:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        connection.request("GET", "/preview")  # it ends while the camera is still being opened; then ask again
        for jpeg in islice(_parts(connection.getresponse()), left):
            left -= 1
            yield (_milliseconds() - _told(jpeg)) % 2**_BITS
        connection.close()
    if left:
        raise RuntimeError(f"{left} pictures of {wanted} never came")


def _parts(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    boundary = f"\r\n--{BOUNDARY}\r\n".encode()
    come = b"\r\n"
    while more := answer.read1():
        *parts, come = (come + more).split(boundary)
        yield from (part.partition(b"\r\n\r\n")[2] for part in parts if part)


def _told(jpeg: bytes) -> int:
    """The time that is written into a preview."""
    picture = cv2.imdecode(numpy.frombuffer(jpeg, numpy.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise RuntimeError("what came is no picture")
    square = _SQUARE * picture.shape[1] / 1280
    row = picture[round(picture.shape[0] - square / 2)]
    return int("".join("1" if row[round((place + 0.5) * square)] > 127 else "0" for place in range(_BITS)), 2)


async def _screen(address: str, wanted: int) -> list[float]:
    """The lags of so many pictures on the self-check page."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        await page.goto(address)
        lags: list[float] = await page.evaluate(_SEEN, [wanted, _BITS])
        await browser.close()
    if len(lags) < wanted:
        raise RuntimeError(f"{wanted - len(lags)} pictures of {wanted} were never shown")
    return lags


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000 % (1 << _BITS)
