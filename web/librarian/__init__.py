"""The librarian's desk: everything under /desk, for those who are signed in. One module for each screen."""

from web.librarian import (
    accounts,
    backups,
    counter,
    errors,
    live,
    readers,
    reconcile,
    rules,
    search,
    signin,
    today,
    unknown,
)
from web.librarian.door import bp

__all__ = [
    "accounts",
    "backups",
    "bp",
    "counter",
    "errors",
    "live",
    "readers",
    "reconcile",
    "rules",
    "search",
    "signin",
    "today",
    "unknown",
]
