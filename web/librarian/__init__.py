"""The librarian's desk: everything under /desk, for those who are signed in. One module for each screen."""

from web.librarian import accounts, errors, live, reconcile, signin, today, unknown
from web.librarian.door import bp

__all__ = ["accounts", "bp", "errors", "live", "reconcile", "signin", "today", "unknown"]
