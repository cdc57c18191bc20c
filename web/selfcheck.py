"""The self-check screen: its page, its scans, its stream and its camera's picture."""

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from web import guard, posted, preview, stream
from web.language import speaking
from web.station import BOOT, Station

bp = Blueprint("selfcheck", __name__)


def station() -> Station:
    """The station this request speaks for: by its token, or because it is this machine. Otherwise 401."""
    stations: tuple[Station, ...] = current_app.extensions["kiosk"].stations
    given = request.cookies.get(guard.COOKIE, "")
    for each in stations:
        if guard.same_secret(given, each.token):
            return each
    if not guard.is_this_machine(request):
        abort(401)
    return stations[0]


@bp.get("/")
def page() -> str:
    """The whole page, painted as the station is now."""
    here = station()
    config = current_app.extensions["kiosk"].config
    view, stage = here.view(), Markup(here.payload()["html"])
    page_only = {"volume": config.sound.volume, "silence": config.timing.session_seconds, "boot": BOOT}
    with speaking(view.language):
        return render_template("selfcheck/page.html", view=view, stage=stage, **page_only)


@bp.post("/scan")
def scan() -> Response:
    """One code: {"id", "text", "at", "sent"}, times in ms of the screen's own clock; an id counts once."""
    body = posted.body()
    return jsonify(station().scan(posted.text(body), "", posted.scan_id(body), posted.scanned_at(body)))


@bp.post("/choose")
def choose() -> Response:
    """One choice: {"id", "value", "at", "sent"}."""
    body = posted.body()
    return jsonify(station().choose(str(body.get("value")), posted.scan_id(body), posted.scanned_at(body)))


@bp.post("/reserve")
def reserve() -> Response:
    """One wish for a title: {"id", "title", "at", "sent"}."""
    body = posted.body()
    title = body.get("title")
    if not isinstance(title, int) or not 0 < title < 2**31:
        abort(400)
    return jsonify(station().want(title, posted.scan_id(body), posted.scanned_at(body)))


@bp.get("/events")
def events() -> Response:
    """The station's stream of views."""
    here = station()
    streams = current_app.extensions["kiosk"].streams
    return _stream(streams.respond(lambda: stream.events(here), "text/event-stream"))


@bp.get("/preview")
def picture() -> Response:
    """What the station's camera sees."""
    here = station()
    if not here.camera:
        abort(404)
    kind = f"multipart/x-mixed-replace; boundary={preview.BOUNDARY}"
    return _stream(current_app.extensions["kiosk"].streams.respond(here.preview.stream, kind))


@bp.post("/pair")
def pair() -> AnyResponse:
    """A screen on another machine shows the token that config.toml has for it."""
    token = request.form.get("token", "").strip()
    if not any(guard.same_secret(token, each.token) for each in current_app.extensions["kiosk"].stations):
        abort(401)
    answer = redirect(url_for("selfcheck.page"), 303)
    answer.set_cookie(guard.COOKIE, token, max_age=10 * 365 * 86400, httponly=True, samesite="Strict")
    return answer


def _stream(response: Response) -> Response:
    response.headers["X-Accel-Buffering"] = "no"
    return response
