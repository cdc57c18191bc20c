"""The scanner as a child process: started, listened to, restarted. A crash in a native decoder stops nothing here."""

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kiosk.config import Config, Station
from scanner.scan import Scan, ScannerError

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 5.0  # seconds before a scanner that ended is started again


@dataclass(frozen=True, slots=True)
class Listener:
    """What the child's messages are handed to; every function is called on the child's own thread."""

    scanned: Callable[[Scan], None]
    device: Callable[[str, str, str], None]  # device, state, reason
    picture: Callable[[bytes], None]  # one JPEG
    marked: Callable[[list[dict[str, Any]]], None]  # where codes are in it
    hinted: Callable[[str], None]  # what would help to read one, "" for nothing


def command(station: Station, config: Config, patterns: Sequence[str] = ()) -> list[str]:
    """The command line of a station's scanner; empty when the station has none.

    `patterns` are regular expressions of the school's own cards and labels.
    """
    devices = (("--camera", station.camera), ("--serial", station.serial), ("--keyboard", station.keyboard))
    named = [word for option, name in devices if name for word in (option, name)]
    if not named:
        return []
    formats = ",".join(config.labels.formats)
    known = [f"--pattern={pattern}" for pattern in patterns]  # in one word: a pattern may begin with a dash
    return [sys.executable, "-m", "scanner", "--child", "--preview", "--formats", formats, *known, *named]


class Child:
    """Keeps one scanner process alive until `stop`."""

    def __init__(self, line: list[str], listener: Listener) -> None:
        self._line, self._listener = line, listener
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._preview = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep_alive, name="scanner", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process id of the scanner that runs now."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the scanner, and start it again whenever it ends."""
        self._thread.start()

    def stop(self) -> None:
        """End the scanner and do not start it again."""
        self._stopped.set()
        if process := self._process:
            process.terminate()
            self._thread.join(timeout=5)

    def preview(self, wanted: bool) -> None:
        """Ask for pictures, or for no more of them."""
        with self._lock:
            self._preview = wanted
            self._tell()

    def _tell(self) -> None:
        process = self._process
        if process and process.stdin:
            with suppress(OSError):  # it has just ended; the next one is told when it starts
                process.stdin.write(b"preview on\n" if self._preview else b"preview off\n")
                process.stdin.flush()

    def _keep_alive(self) -> None:
        wait = _FIRST_WAIT
        while not self._stopped.is_set():
            heard = self._run()
            wait = _FIRST_WAIT if heard else min(wait * 2, _LONGEST_WAIT)
            if not self._stopped.is_set():
                self._listener.device("scanner", "lost", "SCANNER_ENDED")
            self._stopped.wait(wait)

    def _run(self) -> bool:
        """One life of the process; whether it said anything."""
        heard = False
        try:
            process = subprocess.Popen(self._line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError:
            return False
        with self._lock:
            self._process = process
            self._tell()
        assert process.stdout is not None
        for line in process.stdout:
            if not heard:
                heard = True
                self._listener.device("scanner", "ready", "")
            self._hear(line)
        process.wait()
        return heard

    def _hear(self, line: bytes) -> None:
        try:
            message: dict[str, Any] = json.loads(line)
            match message["type"]:
                case "scan":
                    self._listener.scanned(Scan.from_json(line.decode()))
                case "device":
                    self._listener.device(message["device"], message["state"], message["reason"])
                case "preview":
                    self._listener.picture(base64.b64decode(message["jpeg"]))
                case "boxes":
                    self._listener.marked(message["boxes"])
                case "hint":
                    self._listener.hinted(message["code"])
        except (ValueError, KeyError, TypeError, ScannerError) as error:
            print(f"The scanner said something odd ({error}): {line[:200]!r}", file=sys.stderr)
