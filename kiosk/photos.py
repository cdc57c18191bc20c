"""Readers' photographs: files beside the database, named by the card. Nothing but such a file is ever given out."""

import re
from pathlib import Path

from kiosk.config import Config

FOLDER = "photos"
KINDS = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_A_FILE_NAME = re.compile(r"[\w-][\w .-]*")  # no slash, and no dot first


def folder(config: Config) -> Path:
    """Where the photographs of this library are: beside its SQLite file, or in `data` beside config.toml."""
    if config.database.startswith("sqlite:///"):
        return Path(config.database.removeprefix("sqlite:///")).parent / FOLDER
    return config.path.parent / "data" / FOLDER


def photo_of(place: Path, card: str) -> Path | None:
    """The photograph of the reader with this card, if there is one."""
    if not _A_FILE_NAME.fullmatch(card):
        return None
    found = (place / f"{card}{kind}" for kind in KINDS)
    return next((each for each in found if each.is_file() and each.resolve().parent == place.resolve()), None)
