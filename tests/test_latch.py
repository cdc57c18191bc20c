"""Who may use the database file at the same time: one kiosk, many commands, or one restore alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from kiosk import latch
from kiosk.trouble import DatabaseError

ROOT = Path(__file__).parents[1]
_HOLD = """
import sys
from pathlib import Path
from kiosk import latch
with getattr(latch, sys.argv[1])(Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.sqlite"


@contextmanager
def held_by_another(how: str, file: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the file so: locks are between processes."""
    line = [sys.executable, "-c", _HOLD, how, str(file)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other
        other.kill()


def may(hold: AbstractContextManager[Any]) -> str:
    """Nothing, or why it may not be held."""
    try:
        with hold:
            return ""
    except DatabaseError as error:
        return str(error)


def test_two_kiosks_are_not_open_on_one_file(file: Path) -> None:
    with held_by_another("kiosk_open", file) as other:
        assert may(latch.kiosk_open(file)) == f"Another kiosk is open on {file} (process {other.pid}). One is enough."
    assert may(latch.kiosk_open(file)) == ""


def test_nothing_is_restored_under_an_open_kiosk(file: Path) -> None:
    with held_by_another("kiosk_open", file) as other:
        said = f"The kiosk is open (process {other.pid}). Close it, then restore again."
        assert may(latch.alone(file)) == said


def test_nothing_is_restored_under_a_command_that_is_working(file: Path) -> None:
    with held_by_another("in_use", file):
        assert may(latch.alone(file)).startswith("Another command is using")


def test_commands_work_while_the_kiosk_is_open_and_beside_each_other(file: Path) -> None:
    with held_by_another("kiosk_open", file), held_by_another("in_use", file):
        assert may(latch.in_use(file)) == ""


@pytest.mark.parametrize("wanted", ["in_use", "kiosk_open"])
def test_nobody_begins_while_a_backup_is_being_restored(file: Path, wanted: str) -> None:
    with held_by_another("alone", file):
        assert may(getattr(latch, wanted)(file))


def test_a_kiosk_that_was_killed_holds_nothing(file: Path) -> None:
    with held_by_another("kiosk_open", file) as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        assert may(latch.alone(file)) == ""


def test_a_folder_in_which_nothing_can_be_made_does_not_keep_the_kiosk_closed(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with latch.kiosk_open(tmp_path / "data" / "kiosk.sqlite") as held:
        assert not held


def test_a_database_server_needs_no_file(tmp_path: Path) -> None:
    with latch.kiosk_open(None) as held, latch.in_use(None):
        assert not held
