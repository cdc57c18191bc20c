"""`kiosk staff`: the accounts of the desk, looked after from the command line."""

import argparse
import getpass
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from kiosk import staff
from kiosk.commands import DONE, REFUSED, STATION, Answer
from kiosk.config import Config
from kiosk.database import Database
from kiosk.roles import ROLES, Staff
from kiosk.staff import Complaint, Office
from kiosk.words import whole_day


def describe(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs to the parser of `kiosk staff`."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name: str, about: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=about, description=about, parents=[common])

    verb("list", "Say who has an account.")
    adds = verb("add", "Add an account; its password is asked for, or read from standard input.")
    adds.add_argument("name", metavar="NAME")
    adds.add_argument("--role", choices=ROLES, help="librarian for the first account, assistant for the others")
    verb("password", "Give an account another password.").add_argument("name", metavar="NAME")
    verb("disable", "Let nobody sign in with an account any more.").add_argument("name", metavar="NAME")
    verb("enable", "Let a disabled account be used again.").add_argument("name", metavar="NAME")


def carry_out(options: argparse.Namespace, database: Database, chosen: Config, now: datetime) -> Answer:
    """Carry out one verb."""
    office = Office(database, STATION)
    match options.verb:
        case "list":
            return _list(database, ZoneInfo(chosen.timezone))
        case "add":
            return _add(office, options.name, options.role, now)
    with database.reading() as connection:
        row = staff.find(connection, options.name)
    if row is None:
        return _refused(staff.NO_SUCH_ACCOUNT)
    return _change(office, options.verb, row, now)


def _list(database: Database, zone: ZoneInfo) -> Answer:
    with database.reading() as connection:
        rows = staff.accounts(connection)
    lines = [f"{row.name}: {row.role} since {_on(row.created_at, zone)}{_disabled(row, zone)}" for row in rows]
    values = [
        {"name": row.name, "role": row.role, "since": row.created_at.isoformat(), "disabled": bool(row.disabled_at)}
        for row in rows
    ]
    return Answer(DONE, lines or ["There is no account yet. Make one: kiosk staff add NAME"], {"accounts": values})


def _add(office: Office, name: str, role: str | None, now: datetime) -> Answer:
    with office.database.reading() as connection:
        role = role or staff.usual_role(connection)
        if staff.find(connection, name):  # before somebody thinks of a password for nothing
            return _refused(staff.NAME_TAKEN)
    password = _asked()
    made = office.add(name, role, password, now) if password is not None else Complaint(staff.DIFFER)
    if not isinstance(made, Staff):
        return _refused(made.words)
    said = f"{made.name} may sign in at the desk as {made.role}."
    return Answer(DONE, [said], {"name": made.name, "role": made.role})


def _change(office: Office, verb: str, row: Row[Any], now: datetime) -> Answer:
    wrong: Complaint | None
    match verb:
        case "password":
            password = _asked()
            wrong = Complaint(staff.DIFFER) if password is None else office.set_password(row.id, password, now)
            said = f"{row.name} has a new password, and is signed out everywhere."
        case "disable":
            wrong, said = office.disable(row.id, now), f"{row.name} may no longer sign in."
        case _:
            wrong, said = office.enable(row.id, now), f"{row.name} may sign in again."
    return _refused(wrong.words) if wrong else Answer(DONE, [said], {"name": row.name})


def _asked() -> str | None:
    """The password, typed twice at a terminal or given as one line of standard input; None when it was not the same."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    return first if getpass.getpass("The same once more: ") == first else None


def _refused(words: str) -> Answer:
    return Answer(REFUSED, [words], {"reasons": [{"reason": "ACCOUNT", "sentence": words}]})


def _on(at: datetime, zone: ZoneInfo) -> str:
    return whole_day(at.astimezone(zone), "en")


def _disabled(row: Row[Any], zone: ZoneInfo) -> str:
    return f", disabled since {_on(row.disabled_at, zone)}" if row.disabled_at else ""
