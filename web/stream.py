"""What happens at a station, as Server-Sent Events: the whole view at every change, and a beat each second."""

import json
import threading
from collections.abc import Callable, Iterator

from flask import Response

from web.station import Station

BEAT = 1.0  # seconds; a screen that hears nothing for longer says that the server is gone


class Pulse:
    """Goes on with everything that happens in this program; whoever wants to know what has changed waits for it."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self.count = 0

    def beat(self) -> None:
        """Something has happened."""
        with self._news:
            self.count += 1
            self._news.notify_all()

    def wait(self, seen: int, timeout: float) -> None:
        """Return as soon as the count is not `seen`, or after so many seconds."""
        with self._news:
            self._news.wait_for(lambda: self.count != seen, timeout)


class Streams:
    """Counts the open streams. Each holds one of the server's threads for as long as it lasts, so they are capped."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    def respond(self, stream: Callable[[], Iterator[bytes]], content_type: str) -> Response:
        """A response that streams; 503 past the cap."""
        if not self._free.acquire(blocking=False):
            return Response("Too many screens are looking.\n", 503, {"Retry-After": "5"}, content_type="text/plain")
        body = self._freeing(stream())
        response = Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})
        response.call_on_close(body.close)
        return response

    def _freeing(self, stream: Iterator[bytes]) -> "_Freeing":
        return _Freeing(stream, self._free)


class _Freeing:
    """A stream that gives its place back exactly once, even when it was closed before its first byte."""

    def __init__(self, stream: Iterator[bytes], free: threading.BoundedSemaphore) -> None:
        self._stream, self._free = stream, free
        self._lock = threading.Lock()
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._stream)

    def close(self) -> None:
        """Close the stream and give its place back."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        if close := getattr(self._stream, "close", None):
            close()
        self._free.release()


def events(station: Station) -> Iterator[bytes]:
    """The station's views, and what its camera has before it, until it stops.

    The id of a view is the ledger id of the outcome that it shows, if any.
    """
    with station.devices.screen():
        yield from _views(station)


def _views(station: Station) -> Iterator[bytes]:
    seq = eye = -1
    while not station.stopped:
        payload, number = station.payload(), station.eye.number
        if payload["seq"] != seq:
            seq = payload["seq"]
            yield f"id: {payload['outcome'] or 0}\nevent: view\ndata: {json.dumps(payload)}\n\n".encode()
        if number != eye and station.camera:
            yield f"event: eye\ndata: {json.dumps(station.look())}\n\n".encode()
        eye = number
        if not station.news(seq, eye, BEAT):
            yield b": beat\n\n"
