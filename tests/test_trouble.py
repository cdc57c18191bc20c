"""A broken world in words: what is said, in which language, and that the disk itself is asked."""

import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from kiosk import trouble
from kiosk.trouble import DatabaseError, of_disk, of_driver, of_system, told
from kiosk.words import LANGUAGES

SENTENCES = (
    *(trouble.FULL, trouble.READ_ONLY, trouble.FORBIDDEN, trouble.DAMAGED, trouble.GONE, trouble.BUSY),
    *(trouble.UNREADABLE, trouble.CLOSED, trouble.UNREACHABLE, trouble.OTHER_VERSION, trouble.UNKNOWN),
)
FACTS = {"said": "no such table: shelf", "version": "0009"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.sqlite"


def full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=4096))


def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda folder: SimpleNamespace(f_flag=os.ST_RDONLY))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", SENTENCES)
def test_every_trouble_is_said_in_every_language_with_its_facts_in_place(language: str, message: str) -> None:
    facts = {name: value for name, value in FACTS.items() if f"%({name})s" in message}
    said = told(DatabaseError(message, True, **facts), language)
    assert "%" not in said
    assert all(value in said for value in facts.values())
    assert (said == message % facts) is (language == "en") if facts else (said == message) is (language == "en")


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("database or disk is full", trouble.FULL),
        ('could not extend file "base/1": No space left on device', trouble.FULL),
        ("attempt to write a readonly database", trouble.FORBIDDEN),
        ("database disk image is malformed", trouble.DAMAGED),
        ("file is not a database", trouble.DAMAGED),
        ("database is locked", trouble.BUSY),
        ("canceling statement due to lock timeout", trouble.BUSY),
        ("disk I/O error", trouble.UNREADABLE),
        ("unable to open database file", trouble.CLOSED),
        ("connection to server at 10.0.0.1 failed: Connection refused", trouble.UNREACHABLE),
    ],
)
def test_what_a_database_says_is_put_into_a_sentence(file: Path, said: str, meaning: str) -> None:
    assert of_driver(said, file, retry=True).message == meaning


@pytest.mark.parametrize(
    "said", ["disk I/O error", "unable to open database file", "attempt to write a readonly database"]
)
def test_what_sqlite_blames_on_the_file_is_said_of_the_disk_when_that_is_what_is_wrong(
    file: Path, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(monkeypatch)
    assert of_driver(said, file, retry=True).message == trouble.FULL
    read_only(monkeypatch)
    assert of_driver(said, file, retry=True).message == trouble.READ_ONLY


def test_a_damaged_file_on_a_full_disk_is_damaged_all_the_same(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full(monkeypatch)
    assert of_driver("database disk image is malformed", file, retry=False).message == trouble.DAMAGED


def test_words_that_nobody_knows_are_repeated_but_not_their_small_print(file: Path) -> None:
    error = of_driver("the ledger is append-only.\nCONTEXT: PL/pgSQL function", None, retry=False)
    assert str(error).startswith("The database failed: the ledger is append-only. Start the kiosk again;")


def test_a_disk_with_room_that_may_be_written_is_well_even_before_there_is_a_folder(tmp_path: Path) -> None:
    assert of_disk(tmp_path / "not" / "yet" / "kiosk.sqlite") is None


@pytest.mark.parametrize(
    ("number", "meaning"),
    [
        (errno.ENOSPC, trouble.FULL),
        (errno.EDQUOT, trouble.FULL),
        (errno.EROFS, trouble.READ_ONLY),
        (errno.EACCES, trouble.FORBIDDEN),
    ],
)
def test_what_the_system_says_of_a_file_is_put_into_the_same_sentences(file: Path, number: int, meaning: str) -> None:
    assert of_system(OSError(number, os.strerror(number)), file).message == meaning


def test_any_other_word_of_the_system_comes_with_the_name_of_the_file(file: Path) -> None:
    error = of_system(OSError(errno.EISDIR, "Is a directory"), file)
    assert str(error) == f"{file} cannot be used: Is a directory."
    assert str(error.again()) == str(error)


def test_a_log_that_cannot_be_written_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="No space left"), Path("/dev/full").open("w") as log:
        monkeypatch.setattr("sys.stderr", log)
        trouble.on_terminal("The kiosk is open.")
        monkeypatch.undo()  # what is left in the buffer fails once more when the file is closed
