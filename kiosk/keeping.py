"""The commands that look after the memory: audit it, make a backup of it, put a backup in its place."""

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kiosk import audit, backups, outcome, restore
from kiosk.backup import backup
from kiosk.commands import DONE, REFUSED, Answer
from kiosk.config import Config
from kiosk.database import Database

_SLOW = 20_000  # pages of 4 kB: what is smaller is copied before anybody could wonder


def audited(database: Database) -> Answer:
    """Whether the chains hold, and ledger and loans tell the same story."""
    with database.reading() as connection:
        size = audit.extent(connection)
        print(f"Looking at {size.entries} entries and {size.loans} loans …", file=sys.stderr, flush=True)
        flaws = list(audit.audit(connection))
    lines = [f"{flaw.station}: {flaw.what}" if flaw.station else flaw.what for flaw in flaws]
    if not flaws:
        lines = [f"All is well: {size.entries} entries, {size.loans} loans."]
    values: dict[str, Any] = {**dataclasses.asdict(size), "flaws": [dataclasses.asdict(flaw) for flaw in flaws]}
    return Answer(REFUSED if flaws else DONE, lines, values)


def backed_up(database: Database, config: Config, file: str | None, force: bool, now: datetime) -> Answer:
    """A verified copy: as `file`, or in the folder of backups, where the oldest make room."""
    if file is None:
        made, size = backups.make(database, config, now, _say_progress)
        path = made.file
    else:
        path = Path(file)
        size = backup(database, path, force=force, progress=_say_progress)
    lines = [f"The backup {path} is made and verified: {size.entries} entries, {size.loans} loans."]
    return Answer(DONE, lines, {"file": str(path), "bytes": path.stat().st_size, **dataclasses.asdict(size)})


def restored(config: Config, wanted: str, now: datetime) -> Answer:
    """A backup in the database's place, and how to go back."""
    done = restore.restore(config, wanted, now, _say_progress)
    size = done.extent
    lines = [f"Restored: {done.backup} ({size.entries} entries, {size.loans} loans) is now the database."]
    if done.former:
        lines += [
            _after(done.missing, _spoken(done.last_entry, config)),
            f"The former database is kept as {done.former}.",
            f"To go back to it: bin/kiosk restore {done.former}",
        ]
    values = {
        "backup": str(done.backup),
        "former": str(done.former) if done.former else None,
        "last_entry": done.last_entry,
        "missing": done.missing,
        **dataclasses.asdict(size),
    }
    return Answer(DONE, [*lines, "Now open the kiosk again: bin/kiosk"], values)


def _spoken(last: str, config: Config) -> str:
    """A moment in the school's time."""
    return f"{datetime.fromisoformat(last).astimezone(ZoneInfo(config.timezone)):%Y-%m-%d %H:%M}" if last else ""


def _after(missing: Counter[str] | None, last: str) -> str:
    """What is not in the restored database, so that somebody can ask for it or enter it again."""
    since = f"since {last}" if last else "so far"
    if missing is None:
        return f"The former database cannot be read: whatever was lent and returned {since} is missing."
    told = ", ".join(_parts(missing))
    if not told:
        return "Nothing is missing: the former database was told of no loan after that backup."
    return f"Missing is what the former database was told {since}: {told}."


def _parts(missing: Counter[str]) -> Iterable[str]:
    words = {outcome.LENT: "loan", outcome.RETURNED: "return", outcome.RENEWED: "renewal", outcome.UNDONE: "undoing"}
    for verb, word in words.items():
        if count := missing[verb]:
            yield f"{count} {word}{'' if count == 1 else 's'}"


def _say_progress(done: int, total: int) -> None:
    if total >= _SLOW:
        end = "\r" if done < total and sys.stderr.isatty() else "\n"
        print(f"Copied {done * 100 // total} % of {total // 256} MB", end=end, file=sys.stderr, flush=True)
