"""The backups: which are kept and how old they are, one more on demand, and how one is restored."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.backup import source_of
from kiosk.config import Config
from kiosk.counter import Counter
from kiosk.database import Database, DatabaseError
from kiosk.marks import say
from kiosk.trouble import told
from kiosk.words import day
from web.librarian import door
from web.librarian.door import bp, house, language, render
from web.librarian.serving import at_desk

_UNITS: tuple[tuple[Literal["day", "hour", "minute"], int], ...] = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_NEVER = 1e9  # of the larger units: a month of days stays days, as the list of daily backups has them
BACKUP = "backup"  # the verb of the ledger entry: who asked for one


@bp.get("/backups")
def backups() -> str:
    """The whole page."""
    return render("librarian/backups.html", **shown())


@bp.get("/backups/body")
def backups_body() -> str:
    """What changes on it while a backup is being made."""
    return render("librarian/backups_body.html", **shown())


@bp.post("/backup")
def backup_now() -> ResponseReturnValue:
    """Begin one; with one under way, that is the one."""
    if house().caretaker.saving.start():
        with suppress(DatabaseError):  # a disk that cannot take the entry may not be the one that takes the backup
            at_desk(_noted)
    return redirect(url_for("librarian.backups"), 303)


@bp.post("/backup/stop")
def backup_stop() -> ResponseReturnValue:
    """Break off the one that is being made."""
    house().caretaker.saving.stop()
    door.notice("look", door.words(say("The backup was stopped. Nothing of it is left; the older ones are.")))
    return redirect(url_for("librarian.backups"), 303)


@bp.context_processor
def _around() -> dict[str, Any]:
    """What is wrong with the disk or the database, for the top of every page of the desk."""
    wrong = house().caretaker.trouble() if request.blueprint == bp.name else None
    return {"around": told(wrong, language()) if wrong else ""}


def shown() -> dict[str, Any]:
    """How the backups stand, in words: for this page and for a panel of another (librarian/backups_state.html)."""
    status, now = house().caretaker.status(), house().clock()
    return {
        "backups": status,
        "problem": told(status.problem, language()) if status.problem else "",
        "failed": _moment(status.failed_at) if status.failed_at else "",
        "rows": [(each, _moment(each.at), ago(now - each.at), size(each.bytes)) for each in status.kept],
        "age": ago(status.age) if status.age is not None else "",
        "folder": house().config.backup.folder,
        "keep": house().config.backup.keep,
        "elsewhere": elsewhere(house().database, house().config),
    }


def ago(age: timedelta) -> str:
    """An age as it is spoken, in whole minutes, hours or days: "3 hours ago"."""
    seconds = max(age.total_seconds(), 60)
    unit, length = next((each for each in _UNITS if seconds >= each[1]), _UNITS[-1])
    whole = timedelta(seconds=seconds // length * length)
    said = format_timedelta(-whole, granularity=unit, threshold=_NEVER, add_direction=True, locale=language())
    return str(said)


def size(count: int) -> str:
    """Bytes as people count them."""
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"


def _moment(at: datetime) -> str:
    local = at.astimezone(ZoneInfo(house().config.timezone))
    return f"{day(local.date(), language())} {local:%H:%M}"


def elsewhere(database: Database, config: Config) -> str:
    """The command that saves a database that is not a file of ours; nothing for one that is."""
    if database.is_sqlite:
        return ""
    try:
        source_of(database, config.backup.folder / "kiosk.dump")
    except DatabaseError as error:
        return str(error).partition("Run: ")[2]
    return ""


def _noted(counter: Counter) -> None:
    counter.note(BACKUP)
