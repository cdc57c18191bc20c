"""Cards and labels of the demo school, to print or to hold up to the camera on a phone."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from kiosk import memory
from kiosk.demo_showcase import showcase
from kiosk.marks import say
from kiosk.names import grade_name
from kiosk.words import LANGUAGES
from web.barcodes import svg
from web.language import speaking
from web.selfcheck import station

bp = Blueprint("demo", __name__)

COMMANDS = (
    ("KIOSK-DONE", say("Done"), say("Ends the session, like the own card once more.")),
    ("KIOSK-UNDO", say("Undo"), say("Takes back what was done last.")),
    ("KIOSK-RENEW", say("Keep it longer"), say("The next book is renewed instead of returned.")),
    ("KIOSK-HELP", say("Help"), say("Calls the teacher.")),
    ("KIOSK-LANGUAGE", say("Language"), say("Speaks the next language.")),
)


@bp.get("/demo")
def page() -> ResponseReturnValue:
    """The sheet; 404 in a library that is not the demo school. `?language=` chooses among kiosk.words.LANGUAGES."""
    station()  # another machine sees it only as a station of ours
    house = current_app.extensions["kiosk"]
    wanted = request.args.get("language", "")
    language = wanted if wanted in LANGUAGES else house.config.language
    with house.database.reading() as connection:
        is_demo = memory.setting(connection, "demo") == "1"
        shown = showcase(connection)
        school = memory.setting(connection, "school")
    with speaking(language):
        sheet = render_template(
            "demo.html",
            shown=shown if is_demo else None,
            school=school,
            commands=COMMANDS,
            barcode=svg,
            grade_name=grade_name,
            language=language,
            lang=language.replace("_", "-"),
            languages=LANGUAGES,
        )
    return sheet, 200 if is_demo else 404
