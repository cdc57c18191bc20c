"""What the desk says when something cannot be: always a page in words, or a sentence for the script that asked."""

from contextlib import suppress

from flask import g, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from kiosk.database import DatabaseError
from kiosk.marks import say
from kiosk.trouble import told
from web import guard
from web.librarian import door
from web.librarian.door import bp, render, wants_json, words

_SENTENCES = {
    400: say("The desk cannot make sense of this. Go back and try again."),
    403: say("Your account may not do this. Ask the librarian."),
    404: say("There is no such page at the desk."),
    413: say("This is too much at once."),
    500: say("Something is wrong with the desk itself. What was acknowledged is kept; try again."),
}


@bp.app_errorhandler(HTTPException)
def _failed(error: HTTPException) -> ResponseReturnValue:
    if request.path == "/desk/":
        return redirect(door.FRONT)
    if request.path != "/desk" and not request.path.startswith("/desk/"):
        return error
    code = error.code or 500
    if code == 401:
        return door.to_the_door()
    foreign = code == 403 and (error.description == door.FOREIGN_FORM or not _from_our_page())
    usual = _SENTENCES.get(code, _SENTENCES[400 if code < 500 else 500])
    return _said(words(door.FOREIGN_FORM if foreign else usual), code)


@bp.errorhandler(DatabaseError)
def _broken(error: DatabaseError) -> ResponseReturnValue:
    return _said(told(error, door.language()), 503)


def _said(sentence: str, code: int) -> ResponseReturnValue:
    if wants_json():
        return jsonify(problem=sentence), code
    with suppress(DatabaseError):
        door.session()
    g.setdefault("session", None)
    return render("librarian/error.html", sentence=sentence, code=code), code


def _from_our_page() -> bool:
    return request.method in ("GET", "HEAD") or guard.from_our_page(request)
