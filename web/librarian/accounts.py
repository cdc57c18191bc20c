"""The accounts of the desk: who may sign in as what, and who has tried in vain."""

from datetime import timedelta

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import attempts, staff
from kiosk.marks import say
from kiosk.roles import ASSISTANT, Staff
from kiosk.staff import Complaint, Office
from web.librarian import cookies
from web.librarian.door import bp, doorkeeper, house, notice, person, render, require, words

_SHOWN_FOR = timedelta(days=7)
_MOST_SHOWN = 30


@bp.get("/accounts")
def accounts() -> str:
    """Everybody's account, and the attempts in vain of the last days."""
    require("accounts")
    return _page()


@bp.post("/accounts")
def add_account() -> ResponseReturnValue:
    """Add an account."""
    require("accounts")
    form = request.form
    name, role, password = form.get("name", ""), form.get("role", ASSISTANT), form.get("password", "")
    made: Staff | Complaint = Complaint(staff.DIFFER)
    if password == form.get("again"):
        made = _office().add(name, role, password, house().clock())
    if isinstance(made, Complaint):
        return _page(made.words, staff.cleaned(name)[:40], role), 400
    notice("well", words(say("%(name)s may sign in now."), name=made.name))
    return redirect(url_for("librarian.accounts"), 303)


@bp.get("/accounts/<int:number>")
def account(number: int) -> str:
    """One account, to change it."""
    require("accounts")
    return _one(number)


@bp.post("/accounts/<int:number>/password")
def set_password(number: int) -> ResponseReturnValue:
    """Give somebody another password, for whoever forgot theirs."""
    require("accounts")
    password = request.form.get("password", "")
    wrong: Complaint | None = Complaint(staff.DIFFER)
    if password == request.form.get("again"):
        wrong = _office().set_password(number, password, house().clock(), keep=cookies.session_token())
    return _done(number, wrong, say("%(name)s has a new password, and is signed out everywhere."))


@bp.post("/accounts/<int:number>/disable")
def disable(number: int) -> ResponseReturnValue:
    """Nobody signs in with it any more."""
    require("accounts")
    return _done(number, _office().disable(number, house().clock()), say("%(name)s may no longer sign in."))


@bp.post("/accounts/<int:number>/enable")
def enable(number: int) -> ResponseReturnValue:
    """It may be used again."""
    require("accounts")
    return _done(number, _office().enable(number, house().clock()), say("%(name)s may sign in again."))


def _office() -> Office:
    return Office(house().database, house().config.desk.name, person().id)


def _page(problem: str = "", name: str = "", role: str = ASSISTANT) -> str:
    doorkeeper().flush()
    with house().database.reading() as connection:
        rows = staff.accounts(connection)
        tried = attempts.failed(connection, house().clock() - _SHOWN_FOR, _MOST_SHOWN)
    names = {staff.key(row.name): row.name for row in rows}
    shown = [(names.get(each.account), each.address, each.times, each.last) for each in tried]
    values = {"rows": rows, "tried": shown, "here": attempts.HERE, "name": name, "role": role}
    return render("librarian/accounts.html", problem=words(problem) if problem else "", **values)


def _one(number: int, problem: str = "") -> str:
    with house().database.reading() as connection:
        row = next((row for row in staff.accounts(connection) if row.id == number), None)
    if row is None:
        abort(404)
    return render("librarian/account.html", row=row, problem=words(problem) if problem else "")


def _done(number: int, wrong: Complaint | None, said: str) -> ResponseReturnValue:
    if wrong:
        return _one(number, wrong.words), 400
    with house().database.reading() as connection:
        name = next(row.name for row in staff.accounts(connection) if row.id == number)
    notice("well", words(said, name=name))
    return redirect(url_for("librarian.accounts"), 303)
