"""Who may ask what: which station a request speaks for, and whether it comes from our own page."""

import hmac
from urllib.parse import urlsplit

from flask import Request, Response

COOKIE = "kiosk_station"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def secured(response: Response) -> Response:
    """The response with its security headers; pages are never kept, static files are asked for again."""
    response.headers.update(_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def from_our_page(request: Request) -> bool:
    """Whether a POST comes from a page of this very origin (browsers say so; other programs must, too)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def is_this_machine(request: Request) -> bool:
    """Whether the request was made on this machine, to an address that cannot be another's name for it.

    The second half stops a foreign page whose host name has been pointed at 127.0.0.1 (DNS rebinding).
    """
    host = urlsplit(f"//{request.host}").hostname
    return request.remote_addr in LOOPBACK and host in LOOPBACK


def same_secret(given: str, token: str) -> bool:
    """Whether two tokens are the same, told in constant time; an empty token is nobody's."""
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())
