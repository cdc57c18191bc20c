"""The cookies of the desk: the session, the visit before it, the language; and the tokens that tell our own forms.

A form carries an HMAC of the cookie that came with its page, the session's or, before anybody is signed in, the
visit's. Another site can have our browser send the cookie, but can neither read it nor make the HMAC.
"""

import hashlib
import hmac
import secrets
from typing import Any

from flask import g, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

SESSION, VISIT, LANGUAGE, NOTICES = "desk_session", "desk_visit", "desk_language", "desk_notices"
PATH = "/desk"
_SECRET = 20  # characters: shorter is none of ours
_A_YEAR = 365 * 86400


def session_token() -> str:
    """What the browser holds for its session."""
    return request.cookies.get(SESSION, "")


def form_token(signed_in: bool) -> str:
    """What a form of this page has to carry."""
    return _mac(session_token() if signed_in else visit())


def is_our_form(signed_in: bool) -> bool:
    """Whether the request carries the token of one of our own pages: as a form's field `csrf`, or as header X-CSRF."""
    secret = session_token() if signed_in else request.cookies.get(VISIT, "")
    given = request.headers.get("X-CSRF") or request.form.get("csrf", "")
    return len(secret) >= _SECRET and hmac.compare_digest(given.encode(), _mac(secret).encode())


def visit() -> str:
    """The secret of this visit; made at its first page."""
    if "visit" not in g:
        known = request.cookies.get(VISIT, "")
        g.visit = known if len(known) >= _SECRET else secrets.token_urlsafe(24)
    secret: str = g.visit
    return secret


def notices() -> list[Any]:
    """What the page before has left to say, if it is one of ours that says it."""
    try:
        said = _sealed().loads(request.cookies.get(NOTICES, ""))
    except BadData:
        return []
    return said if isinstance(said, list) else []


def keep(response: Response, said: list[Any], *, shown: bool) -> None:
    """Lay the visit's cookie, and what is still to be said, into the browser; or take away what has been shown."""
    if "visit" in g and request.cookies.get(VISIT) != g.visit:
        lay(response, VISIT, g.visit)
    if said:
        lay(response, NOTICES, str(_sealed().dumps(said)))
        lay(response, VISIT, visit())
    elif shown and NOTICES in request.cookies:
        drop(response, NOTICES)


def lay(response: Response, name: str, value: str, *, lasts: bool = False) -> None:
    """Set one of the desk's cookies; until the browser closes, or for a year."""
    age = _A_YEAR if lasts else None
    response.set_cookie(name, value, path=PATH, max_age=age, httponly=True, samesite="Strict")


def drop(response: Response, name: str) -> None:
    """Take one of the desk's cookies away."""
    response.delete_cookie(name, path=PATH, httponly=True, samesite="Strict")


def _sealed() -> URLSafeSerializer:
    return URLSafeSerializer(visit(), salt="notices")


def _mac(secret: str) -> str:
    return hmac.new(secret.encode(), b"a form of the desk", hashlib.sha256).hexdigest()
