"""The librarian's desk: everything under /desk, for those who are signed in. One module for each screen."""

from web.librarian import accounts, backups, errors, live, reconcile, rules, search, signin, today, unknown
from web.librarian.door import bp

__all__ = ["accounts", "backups", "bp", "errors", "live", "reconcile", "rules", "search", "signin", "today", "unknown"]
