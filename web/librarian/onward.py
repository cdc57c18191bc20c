"""PURE. Where a sign-in may lead: to a page of the desk, and to nowhere else, however the address is written."""

import re

# Whole path segments of plain letters: no second slash at the beginning, no backslash, no host, nothing encoded.
_AT_THE_DESK = re.compile(r"/desk(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?(?:\?[A-Za-z0-9._~=&%+,:-]*)?")


def onward(text: str) -> str:
    """The address, if it is a path on our own site under /desk; otherwise an empty text."""
    return text if len(text) <= 500 and _AT_THE_DESK.fullmatch(text) else ""
