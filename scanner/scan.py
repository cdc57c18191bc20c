"""What every scanner hands over: one code, read once."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

SYMBOLOGIES = ("EAN13", "EAN8", "UPCA", "UPCE", "CODE128", "CODE39", "CODABAR", "ITF", "QR")
SOURCES = ("camera", "cable", "keyboard", "wedge", "keypad", "card")


class ScannerError(Exception):
    """Something in the world of scanners is broken: a device, a picture, a line that is no scan.

    `message` is an English sentence for a person, `retry` says whether trying again can help, and `reason` is
    the stable code ("CAMERA_ABSENT") by which a screen finds its own words, "" where no screen will say it.
    """

    def __init__(self, message: str, *, retry: bool = False, reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.retry = retry
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Scan:
    """One code read once. `text` is as read: removing a scanner's own noise is not done here.

    `symbology` is one of SYMBOLOGIES, or "" when the device does not say. `at` is aware, in UTC.
    """

    id: str
    text: str
    symbology: str
    source: str
    at: datetime

    @classmethod
    def new(cls, text: str, symbology: str, source: str, at: datetime) -> "Scan":
        """A scan with an id of its own, by which the desk knows it when it comes twice."""
        return cls(uuid4().hex, text, symbology, source, at.astimezone(UTC))

    def to_json(self) -> str:
        """The scan as one line of JSON, without the line's end."""
        row = {
            "type": "scan",
            "id": self.id,
            "text": self.text,
            "symbology": self.symbology,
            "source": self.source,
            "at": self.at.isoformat(timespec="microseconds"),
        }
        # Escaped to ASCII, so that no code's text can upset the encoding of a pipe.
        return json.dumps(row)

    @classmethod
    def from_json(cls, line: str) -> "Scan":
        """The scan that `to_json` wrote. Raises ScannerError when the line is anything else."""
        try:
            row = json.loads(line)
            if row["type"] != "scan":
                raise ValueError(f"type is {row['type']!r}")
            scan = cls(row["id"], row["text"], row["symbology"], row["source"], _utc(row["at"]))
            if not all(isinstance(text, str) for text in (scan.id, scan.text, scan.symbology, scan.source)):
                raise ValueError("a field is not text")
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ScannerError(f"This line is not a scan: {line[:80]!r} ({error}).") from error
        return scan


def _utc(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("the time has no zone")
    return at.astimezone(UTC)
