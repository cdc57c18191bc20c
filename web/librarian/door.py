"""The door of the librarian's desk: every view behind it belongs to somebody who is signed in.

A screen imports `bp` and decorates its views; those that nobody need be signed in for are marked `open_to_all`.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import memory, sessions, staff
from kiosk.attempts import HERE
from kiosk.database import DatabaseError
from kiosk.doorkeeper import Doorkeeper
from kiosk.marks import say
from kiosk.roles import Right, Staff
from kiosk.sessions import Session
from kiosk.words import LANGUAGES, moment, translations, whole_day
from web import guard
from web.house import House
from web.language import speaking
from web.librarian import cookies
from web.librarian.onward import onward

bp = Blueprint("librarian", __name__, url_prefix="/desk")

# The screens in the order of the day: endpoint, name, and the right without which it is not offered.
NAV: tuple[tuple[str, str, Right | None], ...] = (
    ("librarian.today", say("Today"), None),
    ("librarian.counter", say("Counter"), "serve"),
    ("librarian.reconcile", say("Reconcile"), "reconcile"),
    ("librarian.search", say("Search"), None),
    ("librarian.rules", say("Rules"), "rules"),
    ("librarian.accounts", say("Accounts"), "accounts"),
    ("librarian.backups", say("Backups"), None),
)
FRONT = "/desk"
SIGNED_OUT = say("You are no longer signed in. Sign in again; what was acknowledged is kept.")
FOREIGN_FORM = say("This form is from an earlier visit. Reload the page and try again.")

View = TypeVar("View", bound=Callable[..., Any])


def open_to_all(view: View) -> View:
    """Mark a view that shows nothing of the library: nobody need be signed in for it."""
    view.is_open = True  # type: ignore[attr-defined]
    return view


def house() -> House:
    """What every request can reach."""
    found: House = current_app.extensions["kiosk"]
    return found


def session() -> Session | None:
    """The session of this browser, if somebody is signed in at it."""
    if "session" not in g:
        g.session = None  # an error page asks too, and must not fail for the same reason
        token = cookies.session_token()
        if token:
            idle = timedelta(minutes=house().config.desk.idle_minutes)
            with house().database.reading() as connection:
                g.session = sessions.find(connection, token, house().clock(), idle)
    found: Session | None = g.session
    return found


def person() -> Staff:
    """Who is signed in. 401 where nobody is, which the door has seen to for every view that is not open."""
    found = session()
    if found is None:
        abort(401)
    return found.staff


def require(right: Right) -> None:
    """Go no further without this right: the page says so in words, with status 403."""
    if not person().may(right):
        abort(403)


def doorkeeper() -> Doorkeeper:
    """Who lets people in."""
    return house().doorkeeper


def address() -> str:
    """Where the request comes from, as attempts to sign in are counted."""
    return HERE if guard.is_this_machine(request) else request.remote_addr or "?"


def language() -> str:
    """What this browser's desk speaks, one of kiosk.words.LANGUAGES."""
    wanted = request.cookies.get(cookies.LANGUAGE, "")
    return wanted if wanted in LANGUAGES else house().config.language


def words(message: str, **values: object) -> str:
    """A marked message in the language of this browser, its places filled."""
    said = translations(language()).gettext(message) if message else ""
    return said % values if values else said


def notice(meaning: str, sentence: str) -> None:
    """Say this on the next page, this one or the one that a redirect leads to. `meaning` is well, look or not."""
    g.setdefault("notices", []).append([meaning, sentence[:300]])


def is_live() -> bool:
    """Whether a page asks for a part of itself again, and nobody has done anything."""
    return request.headers.get("X-Live") == "1"


def render(template: str, **values: Any) -> str:
    """The page, in the language of this browser. The base of every page finds what it needs by itself."""
    who, speaks, zone = session(), language(), house().desk.zone
    said = [] if is_live() else [*cookies.notices(), *g.pop("notices", [])]
    g.notices_shown = not is_live()  # what is left to say is for a page, not for a part of one
    common = {
        "person": who.staff if who else None,
        "language": speaks,
        "languages": LANGUAGES,
        "lang": speaks.replace("_", "-"),
        "csrf_token": cookies.form_token(who is not None),
        "nav": _offered(who.staff) if who else [],
        "notices": said,
        "day_words": lambda at: whole_day(at.astimezone(zone), speaks),
        "moment_words": lambda at: moment(at.astimezone(zone), speaks),
        "clock_words": lambda at: f"{at.astimezone(zone):%H:%M}",
        **_library(),
    }
    with speaking(speaks):
        return render_template(template, **{**common, **values})


def wants_json() -> bool:
    """Whether a script asks, which shows the answer itself."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or "X-CSRF" in request.headers or best == "application/json"


def _offered(who: Staff) -> list[tuple[str, str, bool]]:
    """The screens that are there and that this account may open: address, name, and whether it is this one.

    A screen is a module: whatever page a module shows belongs to its screen.
    """
    views = current_app.view_functions
    here = views.get(request.endpoint or "")
    return [
        (url_for(endpoint), name, here is not None and here.__module__ == views[endpoint].__module__)
        for endpoint, name, right in NAV
        if endpoint in views and (right is None or who.may(right))
    ]


def _library() -> dict[str, Any]:
    """The school's name, and whether it is the demo school; a page about a broken database says neither."""
    with suppress(DatabaseError), house().database.reading() as connection:
        return {
            "library": memory.setting(connection, "school"),
            "demo": memory.setting(connection, "demo") == "1",
        }
    return {"library": "", "demo": False}


@bp.before_request
def _let_in() -> ResponseReturnValue | None:
    is_open = getattr(current_app.view_functions[request.endpoint or ""], "is_open", False)
    found = session()
    if found is None and not is_open:
        return to_the_door()
    if request.method not in ("GET", "HEAD", "OPTIONS") and not cookies.is_our_form(found is not None):
        abort(403, description=FOREIGN_FORM)
    if found and not is_live() and sessions.is_due(found, house().clock()):
        now = house().clock()
        with suppress(DatabaseError):  # whoever only looks is not disturbed by a disk that is full
            house().database.write(lambda connection: sessions.touch(connection, found, now))
    return None


@bp.after_request
def _remember(response: Response) -> Response:
    cookies.keep(response, g.get("notices", []), shown=g.get("notices_shown", False))
    return response


def to_the_door() -> ResponseReturnValue:
    """Send whoever is not signed in to where one signs in, and back here afterwards."""
    if wants_json() or is_live():
        return jsonify(problem=words(SIGNED_OUT), signin=url_for("librarian.sign_in")), 401
    with house().database.reading() as connection:
        is_new = not staff.any_account(connection)
    if is_new and guard.is_this_machine(request):
        return redirect(url_for("librarian.set_up"), 303)
    here = request.full_path.removesuffix("?") if request.method == "GET" else ""
    return redirect(url_for("librarian.sign_in", next=onward(here) or None), 303)
