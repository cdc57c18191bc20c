"""The command line: `kiosk` alone opens the kiosk; the other commands ask the desk or look after the memory."""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from kiosk import config, keeping, staff_commands
from kiosk.commands import DONE, FAILED, STATION, Answer, Clerk
from kiosk.config import Config, ConfigError
from kiosk.database import Database, DatabaseError
from kiosk.desk import Desk
from kiosk.latch import in_use
from kiosk.opening import Opening

_INTERRUPTED = 130  # as shells report it


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command. 0 is done, 1 refused, 2 could not be done at all; the reason is always a sentence."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a stream of a test or an editor may have no encoding to choose
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    try:
        answer = _carry_out(options)
    except (ConfigError, DatabaseError) as error:
        answer = _failed(str(error))
    except BrokenPipeError:
        return _nobody_reads()
    except OSError as error:
        answer = _failed(f"{error.filename or 'A file'} cannot be used: {error.strerror}.")
    except (SQLAlchemyError, ImportError) as error:
        answer = _failed(_database_sentence(error))
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return _INTERRUPTED
    return _told(answer, options)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    silent = argparse.SUPPRESS  # so that a subcommand's default does not undo what was said before it
    common.add_argument("--config", type=Path, metavar="FILE", default=silent, help="instead of config.toml")
    common.add_argument("--json", action="store_true", default=silent, help="answer with one JSON object")
    parser = argparse.ArgumentParser("kiosk", description="A school library's circulation kiosk.", parents=[common])
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands (serve, when none is given)")

    def command(name: str, about: str, *words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about, parents=[common])
        for word in words:
            added.add_argument(word.lower(), metavar=word)
        return added

    serve = command("serve", "Open the kiosk's screens.")
    serve.add_argument("--port", type=_port, metavar="N", help="instead of the port in config.toml")
    command("lend", "Lend a copy to a reader.", "READER", "COPY")
    command("return", "Take a copy back.", "COPY")
    command("renew", "Let whoever has a copy keep it longer.", "COPY")
    command("status", "Say how a reader or a copy stands.", "NUMBER")
    command("audit", "Check the ledger's chains, and that ledger and loans tell the same story.")
    saves = command("backup", "Write a verified copy of the database, while the kiosk is open.")
    saves.add_argument("file", metavar="FILE", nargs="?", help="instead of a new one in the folder of backups")
    saves.add_argument("--force", action="store_true", help="replace FILE if it exists")
    staff_commands.describe(command("staff", "Look after the accounts of the librarian's desk."), common)
    command("restore", "Put a backup in the database's place: a FILE, or the newest: latest.", "FILE")
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; write a number from 1 to 65535")
    return int(text)


def _carry_out(options: argparse.Namespace) -> Answer:
    chosen = _config(getattr(options, "config", None))
    now = datetime.now(UTC)
    command = options.command or "serve"
    if command == "serve":
        return _serve(chosen, getattr(options, "port", None))
    if command == "restore":
        return keeping.restored(chosen, options.file, now)
    with in_use(Database(chosen.database).file):
        return _with_database(command, options, chosen, now)


def _with_database(command: str, options: argparse.Namespace, chosen: Config, now: datetime) -> Answer:
    database = _existing(chosen)
    if command == "audit":
        return keeping.audited(database)
    if command == "backup":
        return keeping.backed_up(database, chosen, options.file, options.force, now)
    if command == "staff":
        return staff_commands.carry_out(options, database, chosen, now)
    clerk = Clerk(Desk(database, chosen.timezone, (STATION,)), chosen.labels.rules)
    match command:
        case "lend":
            return clerk.lend(options.reader, options.copy, now)
        case "return":
            return clerk.take_back(options.copy, now)
        case "renew":
            return clerk.renew(options.copy, now)
    return clerk.status(options.number, now)


def _config(file: Path | None) -> Config:
    if file is not None and not file.exists():
        raise ConfigError(f"{file}: there is no such file.")
    return config.load(file)


def _existing(chosen: Config) -> Database:
    """The database brought up to date; a SQLite file that is not there is not made by asking it something."""
    database = Database(chosen.database, chosen.synchronous)
    if database.file is not None and not database.file.exists():
        raise DatabaseError(f"There is no database at {database.file} yet. Start the kiosk once: kiosk serve", False)
    database.migrate()
    return database


# The commands that are not the clerk's


def _serve(chosen: Config, port: int | None) -> Answer:
    from web.server import serve  # here, so that the other commands start without the web's libraries

    if port is not None:
        chosen = dataclasses.replace(chosen, port=port)
    database = Database(chosen.database, chosen.synchronous)
    with Opening(chosen, database, lambda: datetime.now(UTC)) as opening:
        opening.attempt()
        serve(chosen, database, opening)
    return Answer(DONE)


# What is said


def _failed(words: str) -> Answer:
    return Answer(FAILED, [words], {"error": words})


def _told(answer: Answer, options: argparse.Namespace) -> int:
    try:
        if getattr(options, "json", False):
            if answer.values:
                done = {"done": answer.status == DONE, "command": options.command or "serve"}
                print(json.dumps(done | answer.values, ensure_ascii=False), flush=True)
        else:
            for line in answer.lines:
                print(line, file=sys.stdout if answer.status == DONE else sys.stderr, flush=True)
    except BrokenPipeError:
        return _nobody_reads()
    return answer.status


def _nobody_reads() -> int:
    """Whoever read our words has left (`kiosk audit | head`): say no more, not even when Python ends."""
    with suppress(OSError, ValueError):  # a stream without a file number cannot break again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def _database_sentence(error: Exception) -> str:
    if isinstance(error, ImportError):
        return f"A library is missing ({error}). Start the kiosk by bin/kiosk, which installs what config.toml needs."
    return f"The database cannot be used: {str(error).splitlines()[0]}"


if __name__ == "__main__":
    sys.exit(main())
