"""The command `python -m scanner --file PICTURE...`: what is on still pictures, one JSON object a line."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from scanner.decode import decode
from scanner.playback import photograph
from scanner.reading import Reading
from scanner.scan import ScannerError


def read_files(names: Sequence[str], formats: Sequence[str], patterns: Sequence[str]) -> int:
    """Print what each picture says, in order; go on after one that cannot be read. Returns 1 if there was such a one.

    Raises ScannerError for a format or a pattern that is none.
    """
    failed = 0
    for name in names:
        try:
            picture = photograph(Path(name)).picture
        except ScannerError:
            print(f"{name} is not a picture that can be read.", file=sys.stderr)
            failed = 1
            continue
        readings = decode(picture, formats, patterns)
        for reading in readings:
            print(json.dumps(_row(name, reading)), flush=True)
        if not readings:
            print(f"{name}: no code was read.", file=sys.stderr)
    return failed


def _row(name: str, reading: Reading) -> dict[str, object]:
    return {
        "type": "reading",
        "file": name,
        "text": reading.text,
        "symbology": reading.symbology,
        "corners": [[round(x, 1), round(y, 1)] for x, y in reading.corners],
        "how": reading.how,
        "sure": round(reading.sure, 3),
    }
