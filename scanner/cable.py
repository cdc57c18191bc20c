"""A scanner on a serial port, or one on USB that behaves like it."""

import errno
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Protocol

import serial

from scanner.device import Device
from scanner.scan import Scan, ScannerError

BAUD = 9600  # what serial scanners leave the factory with; USB ones ignore it
PAUSE = 0.1  # seconds of silence that end a code without a terminator: some 90 characters' time at 9600 baud
LONGEST = 512
_ENDS = b"\r\n\t\0"
_PATIENCE = 0.05


class Port(Protocol):
    """What is needed of a pyserial port."""

    @property
    def in_waiting(self) -> int: ...

    def read(self, size: int = 1, /) -> bytes: ...

    def close(self) -> None: ...


class Lines:
    """Bytes in, codes out. Pure. CR, LF, TAB, NUL or a pause ends a code; an over-long one is refused."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._last = 0.0
        self._too_long = False

    def feed(self, data: bytes, at: float) -> list[str]:
        """Bytes came at a moment, in seconds by any clock. Returns the codes that they end."""
        codes = self.idle(at)
        for byte in data:
            if byte in _ENDS:
                codes += self._finish()
            elif len(self._bytes) < LONGEST:
                self._bytes.append(byte)
            else:
                self._too_long = True
        self._last = at
        return codes

    def idle(self, now: float) -> list[str]:
        """Nothing has come until now. Returns the code that the pause has ended, if one has."""
        return self._finish() if now - self._last >= PAUSE else []

    def _finish(self) -> list[str]:
        text = self._bytes.decode("utf-8", errors="replace").strip()
        whole = not self._too_long
        self._bytes.clear()
        self._too_long = False
        return [text] if text and whole else []


def open_port(name: str) -> Port:
    """Open "PORT" or "PORT@BAUD" (8 data bits, no parity, 1 stop bit).

    Raises ScannerError CABLE_ABSENT when nothing is plugged in, CABLE_BUSY when it cannot be had.
    """
    port, _, baud = name.partition("@")
    if baud and not baud.isdecimal():
        message = f"{name!r} should be PORT or PORT@BAUD, such as {port}@{BAUD}."
        raise ScannerError(message, reason="CABLE_NAME")
    try:
        return serial.serial_for_url(port, baudrate=int(baud or BAUD), timeout=_PATIENCE)
    except (serial.SerialException, ValueError, OSError) as error:
        if getattr(error, "errno", None) in (errno.EACCES, errno.EPERM, errno.EBUSY):
            message = f"Serial port {port} is there but cannot be opened: it is in use, or this user may not."
            raise ScannerError(message, retry=True, reason="CABLE_BUSY") from error
        raise ScannerError(f"There is no scanner on {port}.", retry=True, reason="CABLE_ABSENT") from error


def listen(device: Device, stop: Event, open_line: Callable[[str], Port] = open_port) -> None:
    """Report what the scanner on the port `device.name` reads, until `stop`.

    Raises ScannerError CABLE_UNPLUGGED when the port is gone, and what `open_port` raises.
    """
    port, lines = open_line(device.name), Lines()
    device.ready()
    try:
        while not stop.is_set():
            data = port.read(port.in_waiting or 1)
            codes = lines.feed(data, time.monotonic()) if data else lines.idle(time.monotonic())
            for text in codes:
                device.report.scan(Scan.new(text, "", "cable", datetime.now(UTC)))
    except (serial.SerialException, OSError, TypeError) as error:
        # TypeError: pyserial's own, when the port is closed under a read.
        message = f"The scanner on {device.name} was unplugged."
        raise ScannerError(message, retry=True, reason="CABLE_UNPLUGGED") from error
    finally:
        port.close()
