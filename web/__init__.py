"""The screens: a request, the desk, a template. `create_app` builds them, `serve` shows them."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from kiosk import memory
from kiosk.config import Config
from kiosk.database import Database, DatabaseError
from kiosk.desk import Desk
from kiosk.doorkeeper import Doorkeeper
from kiosk.labels import LabelRules
from kiosk.patterns import of_school
from kiosk.reception import Reception
from kiosk.reserving import pass_on
from kiosk.trouble import told
from kiosk.words import LANGUAGES
from web import demo, finder, guard, librarian, selfcheck
from web.caretaker import Caretaker
from web.covers import INK, PAPER, cover
from web.house import House
from web.language import speak, speaking
from web.painter import Painter
from web.station import Station, utc_now
from web.stream import Pulse, Streams
from web.view import View

MOST_STREAMS = 24  # each holds one of the server's threads for as long as it lasts
_LARGEST_BODY = 64_000  # bytes of a POST


def create_app(config: Config, database: Database, clock: Callable[[], datetime] = utc_now) -> Flask:
    """The web application over a migrated database; its stations are not started yet."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    speak(app)
    app.jinja_env.globals.update(cover=cover, cover_ink=INK, cover_paper=PAPER)
    desk = Desk(database, config.timezone, attended(config))
    stations = _stations(app, config, desk, clock)
    app.extensions["kiosk"] = _house(config, database, desk, stations, clock)
    app.register_blueprint(selfcheck.bp)
    app.register_blueprint(finder.bp)
    app.register_blueprint(demo.bp)
    app.register_blueprint(librarian.bp)
    app.register_error_handler(401, _unknown_screen)
    app.register_error_handler(DatabaseError, _broken_world)
    app.before_request(_only_from_our_page)
    app.after_request(guard.secured)
    return app


def _house(
    config: Config, database: Database, desk: Desk, stations: tuple[Station, ...], clock: Callable[[], datetime]
) -> House:
    pulse = Pulse()
    chores = {"the reservations": lambda now: desk.at_counter(config.desk.name, now, None, pass_on)}
    caretaker = Caretaker(database, config, clock, chores, changed=lambda: _refresh(stations))
    for station in stations:
        station.woke, station.world = pulse.beat, caretaker.trouble
    keeper = Doorkeeper(database, config.desk.name, timedelta(minutes=config.desk.idle_minutes))
    return House(
        config, database, desk, stations, Streams(MOST_STREAMS), pulse, caretaker, keeper, clock, _speller(config)
    )


def attended(config: Config) -> tuple[str, ...]:
    """The stations beside which somebody of the library stands."""
    return tuple(each.name for each in (config.station, *config.stations) if each.attended)


def _refresh(stations: tuple[Station, ...]) -> None:
    for station in stations:
        station.refresh()


def _stations(app: Flask, config: Config, desk: Desk, clock: Callable[[], datetime]) -> tuple[Station, ...]:
    rules = config.labels.rules
    painter = Painter(desk)
    languages = tuple(sorted(LANGUAGES, key=lambda language: language != config.language))  # the school's own first
    spelt = _speller(config)
    named_stations = (config.station, *config.stations)
    patterns = _patterns(desk.database, rules) if any(each.camera for each in named_stations) else ()

    def render(view: View) -> str:
        with app.app_context(), speaking(view.language):
            html = render_template("selfcheck/stage.html", view=view)
        return spelt(html) if view.language != "en" else html

    return tuple(
        Station(each, config, Reception(desk, each.name, rules, languages), painter, render, clock, patterns)
        for each in named_stations
    )


def _speller(config: Config) -> Callable[[str], str]:
    """Puts pinyin over the characters where the school wants it; its dictionary is loaded only then."""
    if not config.pinyin:
        return str
    from web.pinyin import annotate

    return annotate


def _patterns(database: Database, rules: LabelRules) -> tuple[str, ...]:
    """What the school's barcodes look like today; none of a database that cannot be read, which is said elsewhere."""
    try:
        with database.reading() as connection:
            return of_school(*memory.cards_and_labels(connection), rules)
    except DatabaseError:
        return ()


def _unknown_screen(error: Exception) -> ResponseReturnValue:
    """Another machine sees nothing but the page on which it says which station it is."""
    language: str = current_app.extensions["kiosk"].config.language
    with speaking(language):
        return render_template("pair.html", language=language, wrong=request.method == "POST"), 401


def _broken_world(error: DatabaseError) -> ResponseReturnValue:
    """Whatever else was asked for: why it cannot be had, in words."""
    language: str = current_app.extensions["kiosk"].config.language
    sentence = told(error, language)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(problem=sentence), 503
    with speaking(language):
        return render_template("trouble.html", sentence=sentence, lang=language.replace("_", "-")), 503


def _only_from_our_page() -> ResponseReturnValue | None:
    if request.method not in ("GET", "HEAD", "OPTIONS") and not guard.from_our_page(request):
        abort(403)
    return None
