"""Signing in and out, the very first account, one's own password, and the language of this browser."""

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from kiosk import staff
from kiosk.doorkeeper import NotIn, SignedIn
from kiosk.marks import counted, say
from kiosk.roles import LIBRARIAN, Staff
from kiosk.staff import Complaint, Office
from kiosk.words import LANGUAGES, translations
from web import guard
from web.librarian import cookies
from web.librarian.door import (
    FRONT,
    address,
    bp,
    doorkeeper,
    house,
    language,
    notice,
    open_to_all,
    person,
    render,
    session,
    words,
)
from web.librarian.onward import onward

WRONG = say("The name or the password is not right.")
WAIT = counted("Wait %(seconds)s second, then try again.", "Wait %(seconds)s seconds, then try again.", "seconds")


@bp.get("/signin")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """The page on which to sign in; whoever has, goes on."""
    after = onward(request.args.get("next", ""))
    if session():
        return redirect(after or FRONT, 303)
    with house().database.reading() as connection:
        is_new = not staff.any_account(connection)
    if is_new and guard.is_this_machine(request):
        return redirect(url_for("librarian.set_up"), 303)
    return render("librarian/signin.html", after=after, name="", problem="", is_new=is_new)


@bp.post("/signin")
@open_to_all
def signed_in() -> ResponseReturnValue:
    """Look at a name and a password."""
    after, name = onward(request.form.get("next", "")), request.form.get("name", "")
    told = doorkeeper().sign_in(name, request.form.get("password", ""), address(), house().clock())
    if isinstance(told, SignedIn):
        return _come_in(told, after)
    page = render("librarian/signin.html", after=after, name=staff.cleaned(name)[:40], problem=_why(told), is_new=False)
    return page, 429 if told.early else 403


@bp.get("/setup")
@open_to_all
def set_up() -> str:
    """The page on which the first account is made: at this machine, and only while there is none."""
    _only_at_first()
    return render("librarian/setup.html", name="", problem="")


@bp.post("/setup")
@open_to_all
def made_first() -> ResponseReturnValue:
    """Make the first account, a librarian's, and sign in with it."""
    _only_at_first()
    form, now = request.form, house().clock()
    name, password = form.get("name", ""), form.get("password", "")
    office = Office(house().database, house().config.desk.name)
    made: Staff | Complaint = Complaint(staff.DIFFER)
    if password == form.get("again"):
        made = office.add(name, LIBRARIAN, password, now, first=True)
    if isinstance(made, Complaint):
        return render("librarian/setup.html", name=staff.cleaned(name)[:40], problem=words(made.words)), 400
    return _come_in(doorkeeper().admit(made, address(), now), "")


@bp.post("/signout")
def sign_out() -> Response:
    """End the session."""
    found = session()
    assert found is not None  # the door has seen to it
    doorkeeper().sign_out(found, house().clock())
    notice("well", words(say("You are signed out.")))
    answer = redirect(url_for("librarian.sign_in"), 303)
    cookies.drop(answer, cookies.SESSION)
    return answer


@bp.get("/password")
def password() -> str:
    """The page on which to change one's own password."""
    return render("librarian/password.html", problem="")


@bp.post("/password")
def password_changed() -> ResponseReturnValue:
    """Change one's own password; it ends one's other sessions."""
    form, me, now = request.form, person(), house().clock()
    known = doorkeeper().check(me.name, form.get("old", ""), address(), now)
    if isinstance(known, NotIn):
        return render("librarian/password.html", problem=_why(known, say("Your old password is not right."))), 403
    office, new = Office(house().database, house().config.desk.name, me.id), form.get("password", "")
    wrong = Complaint(staff.DIFFER) if new != form.get("again") else None
    wrong = wrong or office.set_password(me.id, new, now, keep=cookies.session_token())
    if wrong:
        return render("librarian/password.html", problem=words(wrong.words)), 400
    notice("well", words(say("Your password is changed. You are signed out everywhere else.")))
    return redirect(FRONT, 303)


@bp.post("/language")
@open_to_all
def speak() -> Response:
    """What this browser's desk speaks from now on."""
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        abort(400)
    answer = redirect(onward(request.form.get("next", "")) or FRONT, 303)
    cookies.lay(answer, cookies.LANGUAGE, wanted, lasts=True)
    return answer


def _come_in(told: SignedIn, after: str) -> Response:
    """A new session with a new token; the one that this browser had is over."""
    before = session()
    if before:
        doorkeeper().sign_out(before, house().clock())
    answer = redirect(after or FRONT, 303)
    cookies.lay(answer, cookies.SESSION, told.token)
    return answer


def _only_at_first() -> None:
    with house().database.reading() as connection:
        if staff.any_account(connection) or not guard.is_this_machine(request):
            abort(404)


def _why(told: NotIn, wrong: str = WRONG) -> str:
    one, many, _ = WAIT
    wait = translations(language()).ngettext(one, many, told.seconds) % {"seconds": told.seconds}
    first = words(say("This was too soon.")) if told.early else words(wrong)
    between = "" if language().startswith("zh") else " "
    return f"{first}{between}{wait}" if told.seconds else first
