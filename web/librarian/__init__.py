"""The librarian's desk: everything under /desk, for those who are signed in. One module for each screen."""

from flask import redirect, url_for
from flask.blueprints import BlueprintSetupState

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


@bp.record
def _front(state: BlueprintSetupState) -> None:
    """As long as there is no screen for today, /desk leads to one's own account."""
    if "librarian.today" not in state.app.view_functions:
        state.add_url_rule("", "front", lambda: redirect(url_for("librarian.password"), 303))
