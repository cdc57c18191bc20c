"""The scanner's process is started, listened to and restarted."""

import os
import queue
import signal
import sys
from pathlib import Path
from typing import Any

from kiosk.config import Config, Labels, Station
from scanner.scan import Scan
from tests.cast import MORNING
from web.child import Child, Listener, command

PATIENCE = 30  # seconds until a test gives up; no test waits that long when all is well


class Ears:
    """Keeps what a child says."""

    def __init__(self) -> None:
        self.scans: queue.Queue[Scan] = queue.Queue()
        self.devices: queue.Queue[tuple[str, str, str]] = queue.Queue()
        self.pictures: queue.Queue[bytes] = queue.Queue()
        self.marks: queue.Queue[list[dict[str, Any]]] = queue.Queue()
        self.hints: queue.Queue[str] = queue.Queue()

    @property
    def listener(self) -> Listener:
        return Listener(
            self.scans.put, lambda *said: self.devices.put(said), self.pictures.put, self.marks.put, self.hints.put
        )

    def until(self, said: tuple[str, str, str]) -> None:
        """Wait until a device has said exactly this."""
        while self.devices.get(timeout=PATIENCE) != said:
            continue


def config(folder: Path) -> Config:
    return Config(path=folder / "config.toml", database="sqlite://", labels=Labels(formats=("CODE128",)))


def test_a_station_without_scanners_starts_no_process(tmp_path: Path) -> None:
    assert command(Station(), config(tmp_path)) == []


def test_a_station_hands_its_scanner_the_schools_patterns(tmp_path: Path) -> None:
    line = command(Station(camera="0"), config(tmp_path), [r"1\d{7}", "-X"])
    assert line[-4:] == [r"--pattern=1\d{7}", "--pattern=-X", "--camera", "0"]


def test_a_station_names_all_its_scanners(tmp_path: Path) -> None:
    line = command(Station(camera="0", serial="/dev/ttyACM0", keyboard="/dev/input/event5"), config(tmp_path))
    assert line[1:] == (
        [
            "-m",
            "scanner",
            "--child",
            "--preview",
            "--formats",
            "CODE128",
            "--camera",
            "0",
            "--serial",
            "/dev/ttyACM0",
            "--keyboard",
            "/dev/input/event5",
        ]
    )


def test_the_demo_camera_reads_a_card_and_shows_pictures(tmp_path: Path) -> None:
    ears = Ears()
    child = Child(command(Station(camera="demo"), config(tmp_path)), ears.listener)
    child.preview(True)
    child.start()
    try:
        assert ears.scans.get(timeout=PATIENCE).text == "20250101"
        assert ears.pictures.get(timeout=PATIENCE)[:2] == b"\xff\xd8"
    finally:
        child.stop()


def test_a_killed_scanner_is_said_and_started_again(tmp_path: Path) -> None:
    ears = Ears()
    child = Child(command(Station(camera="demo"), config(tmp_path)), ears.listener)
    child.start()
    try:
        ears.until(("camera", "ready", ""))
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        ears.until(("scanner", "lost", "SCANNER_ENDED"))
        ears.until(("camera", "ready", ""))
        assert child.pid != first
    finally:
        child.stop()


def test_a_scanner_that_talks_nonsense_disturbs_nobody(tmp_path: Path) -> None:
    ears = Ears()
    line = Scan.new("123", "QR", "camera", MORNING).to_json()
    program = f"print('nonsense'); print('[]'); print('{{}}'); print({line!r}, flush=True); input()"
    child = Child([sys.executable, "-c", program], ears.listener)
    child.start()
    try:
        assert ears.scans.get(timeout=PATIENCE).text == "123"
    finally:
        child.stop()
