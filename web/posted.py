"""What a page posts: one JSON object with an id of its own, so that whatever is sent twice counts once."""

import re
from datetime import datetime, timedelta
from typing import Any

from flask import abort, request

from web.station import utc_now

_LONGEST_TEXT = 10_000  # characters; more is no barcode, and not worth carrying further
_LONGEST_WAIT = timedelta(hours=12)  # a scan kept by the screen longer than a school day is dated as of now
_SCAN_ID = re.compile(r"[0-9A-Za-z-]{8,48}")


def text(body: dict[str, Any]) -> str:
    """The code or the words; 400 where there are none."""
    said = body.get("text")
    if not isinstance(said, str):
        abort(400)
    return said[:_LONGEST_TEXT]


def body() -> dict[str, Any]:
    """The object; 400 where there is none."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        abort(400)
    return found


def scan_id(body: dict[str, Any]) -> str:
    """Its id; 400 where it has none."""
    given = body.get("id")
    if not isinstance(given, str) or not _SCAN_ID.fullmatch(given):
        abort(400)
    return given


def scanned_at(body: dict[str, Any]) -> datetime:
    """When the screen scanned it, told by how long ago that was: the screen's clock itself is not trusted."""
    return utc_now() - age(body)


def age(body: dict[str, Any]) -> timedelta:
    """How long ago the screen scanned it; nothing where that is not told, or cannot be."""
    try:
        told = timedelta(milliseconds=float(body["sent"]) - float(body["at"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return timedelta(0)
    return told if timedelta(0) < told < _LONGEST_WAIT else timedelta(0)
