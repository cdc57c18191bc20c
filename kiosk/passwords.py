"""Passwords: what a good one is, and the argon2 hash that is kept of it."""

import secrets
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kiosk.marks import say

SHORTEST, LONGEST = 8, 200  # characters

TOO_SHORT = say("A password has at least 8 characters.")
TOO_LONG = say("A password has at most 200 characters.")
IS_THE_NAME = say("The password must not be the name.")

hasher = PasswordHasher()  # of this library's defaults; tests put a cheaper one in its place


def weakness(password: str, name: str) -> str | None:
    """The sentence that says why this is no password for the account of this name, or None."""
    if len(password) < SHORTEST:
        return TOO_SHORT
    if len(password) > LONGEST:
        return TOO_LONG
    return IS_THE_NAME if _same_whoever_typed(password) == _same_whoever_typed(name) else None


def hashed(password: str) -> str:
    """What is kept of a password. Takes some tenths of a second: never inside a write transaction."""
    return hasher.hash(_composed(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether this is the password. Where nothing is kept it takes as long, so that nobody learns which names exist."""
    try:
        right = hasher.verify(kept or _nobodys(hasher), _composed(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def outdated(kept: str) -> bool:
    """Whether a password that was just right should be hashed anew, with today's parameters."""
    return hasher.check_needs_rehash(kept)


@lru_cache(maxsize=2)
def _nobodys(of: PasswordHasher) -> str:
    return of.hash(secrets.token_hex(16))


def _composed(password: str) -> str:
    """One form for what looks the same, whichever input method wrote it."""
    return unicodedata.normalize("NFC", password)


def _same_whoever_typed(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
