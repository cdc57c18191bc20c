"""The command line: what a librarian types, what is answered, and the exit status a program sees."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kiosk import demo
from kiosk.__main__ import main
from kiosk.config import Config
from kiosk.database import Database

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a demo school whose term leads up to this moment, as the command line's clock has it."""
    file = tmp_path_factory.mktemp("loaded") / "kiosk.sqlite"
    database = Database(f"sqlite:///{file.as_posix()}", synchronous="NORMAL")
    database.migrate()
    demo.load(database, "Asia/Shanghai", datetime.now(UTC))
    database.engine.dispose()
    return file


class Typed:
    """What was answered to the words typed after `kiosk`."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.config = folder / "config.toml"
        self.database = folder / "data" / "kiosk.sqlite"

    def __call__(self, *words: str) -> SimpleNamespace:
        status = main(["--config", str(self.config), *words])
        said = self._capsys.readouterr()
        return SimpleNamespace(status=status, out=said.out, err=said.err, all=said.out + said.err)

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").out)

    def ledger(self) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute("SELECT station, verb FROM ledger WHERE station <> 'demo'").fetchall()


@pytest.fixture
def kiosk(tmp_path: Path, loaded: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    typed = Typed(tmp_path, capsys)
    typed.config.write_text("")
    typed.database.parent.mkdir()
    shutil.copy(loaded, typed.database)
    return typed


# At the desk


def test_a_book_is_lent_and_comes_back(kiosk: Typed) -> None:
    lent = kiosk("lend", "20250101", "10000001")
    assert lent.status == 0
    assert "Lent: 《没头脑和不高兴》 (10000001) to " in lent.out
    back = kiosk("return", "10000001")
    assert back.status == 0
    assert "Returned: 《没头脑和不高兴》" in back.out
    assert kiosk.ledger() == [("command line", "lent"), ("command line", "returned")]


def test_a_book_that_is_in_already_is_no_error(kiosk: Typed) -> None:
    answer = kiosk("return", "10000001")
    assert answer.status == 0
    assert "This book was in already." in answer.out


def test_a_refusal_names_every_reason_and_is_remembered(kiosk: Typed) -> None:
    refused = kiosk("lend", "20250905", "10000010")
    assert refused.status == 1
    assert "This book is to be mended." in refused.err
    assert "You may have 5 books." in refused.err
    assert kiosk.ledger() == [("command line", "refused")]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("lend", "99999", "10000001"), "This card is not known here."),
        (("lend", "20250101", "99999"), "This book is not known here."),
        (("return", "99999"), "This book is not known here."),
        (("renew", "20250101"), "This book is not known here."),
        (("renew", "10000001"), "This book was in already."),
        (("status", "99999"), "No reader and no copy has the number"),
        (("return", "9799000000028"), "This book is not known here."),
        (("return", "\x1b[2J\x00"), "This book is not known here."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(kiosk: Typed, words: tuple[str, ...], sentence: str) -> None:
    answer = kiosk(*words)
    assert answer.status == 1
    assert sentence in answer.err
    assert "\x1b" not in answer.all


def test_numbers_are_cleaned_as_a_scanner_would_send_them(kiosk: Typed) -> None:
    assert kiosk("lend", "]C120250101\r\n", " 10000001\t").status == 0


def test_the_schools_own_prefixes_hold_at_the_command_line_too(kiosk: Typed) -> None:
    kiosk.config.write_text('[labels]\ncard_prefix = "R-"\ncopy_prefix = "B-"\n')
    assert kiosk("lend", "R-20250101", "B-10000001").status == 0


def test_the_publishers_isbn_does_when_there_is_one_copy(kiosk: Typed) -> None:
    assert kiosk("lend", "20250101", "979-9-000-00001-1").status == 0


def test_a_renewal_too_early_is_refused_with_the_days_to_wait(kiosk: Typed) -> None:
    kiosk("lend", "20251301", "10000001")
    answer = kiosk("renew", "10000001")
    assert answer.status == 1
    assert "You can keep it longer in" in answer.err


def test_a_loan_is_renewed_for_whoever_has_it(kiosk: Typed) -> None:
    kiosk("lend", "20250101", "10000001")
    with closing(sqlite3.connect(kiosk.database)) as connection:
        connection.execute("UPDATE kind_rule SET renew_within = 30")
        connection.execute("UPDATE setting SET value = '2' WHERE key = 'policy_version'")
        connection.commit()
    answer = kiosk("renew", "10000001")
    assert answer.status == 0
    assert "Renewed: 《没头脑和不高兴》" in answer.out


# How things stand


def test_a_reader_is_shown_with_the_books_at_home(kiosk: Typed) -> None:
    kiosk("lend", "20250101", "10000001")
    answer = kiosk("status", "20250101")
    assert answer.status == 0
    assert "(20250101, class 1-1) has 1 of 5." in answer.out
    assert "《没头脑和不高兴》 (10000001), due " in answer.out


def test_overdue_books_and_a_lost_card_are_said(kiosk: Typed) -> None:
    assert "overdue" in kiosk("status", "20250402").out
    assert "This card was reported lost." in kiosk("status", "20250310").out


def test_a_copy_is_shown_with_its_place_or_its_reader(kiosk: Typed) -> None:
    assert "in, 低年级书架." in kiosk("status", "10000001").out
    assert "waiting for repair" in kiosk("status", "10000010").out
    assert "on loan to " in kiosk("status", "10000004").out


def test_a_number_that_is_a_card_and_a_label_shows_both(kiosk: Typed) -> None:
    assert len(kiosk.json("status", "20250730")["found"]) == 2


# For programs


def test_json_is_one_object_before_or_after_the_command(kiosk: Typed) -> None:
    after = json.loads(kiosk("lend", "20250101", "10000001", "--json").out)
    before = json.loads(kiosk("--json", "lend", "20250101", "10000001").out)
    assert (after["done"], after["verb"], after["copy"]["label"]) == (True, "lent", "10000001")
    assert (before["done"], before["verb"]) == (False, "refused")
    assert before["reasons"][0]["reason"] == "ALREADY_YOURS"


def test_json_tells_of_errors_and_unknown_numbers_too(kiosk: Typed) -> None:
    assert kiosk.json("status", "99999")["done"] is False
    assert "exists already" in kiosk.json("backup", str(kiosk.config))["error"]


# Audit and backup


def test_the_audit_of_the_demo_school_says_that_all_is_well(kiosk: Typed) -> None:
    answer = kiosk("audit")
    assert answer.status == 0
    assert answer.out.startswith("All is well: ")
    assert kiosk.json("audit")["flaws"] == []


def test_the_audit_says_each_flaw_and_its_status_is_1(kiosk: Typed) -> None:
    with closing(sqlite3.connect(kiosk.database)) as connection:
        connection.execute("UPDATE loan SET renewals = 9 WHERE id IN (1, 2)")
        connection.commit()
    answer = kiosk("audit")
    assert answer.status == 1
    assert "demo: loan 1: renewals is 9, but 0 by the ledger" in answer.err
    assert len(kiosk.json("audit")["flaws"]) == 2


def test_a_backup_is_made_once_and_replaced_only_by_force(kiosk: Typed) -> None:
    target = str(kiosk.folder / "backup.sqlite")
    assert kiosk("backup", target).status == 0
    assert kiosk("backup", target).status == 2
    assert kiosk("backup", target, "--force").status == 0


# What cannot be done at all


def test_a_mistyped_configuration_file_is_said(kiosk: Typed) -> None:
    kiosk.config.unlink()
    answer = kiosk("status", "20250101")
    assert answer.status == 2
    assert answer.err.strip() == f"{kiosk.config}: there is no such file."


def test_a_wrong_configuration_is_answered_with_the_line_to_write(kiosk: Typed) -> None:
    kiosk.config.write_text("prot = 80\n")
    answer = kiosk("audit")
    assert answer.status == 2
    assert "port = 80" in answer.err


def test_asking_makes_no_database(kiosk: Typed) -> None:
    kiosk.database.unlink()
    answer = kiosk("status", "20250101")
    assert answer.status == 2
    assert "There is no database at" in answer.err
    assert not kiosk.database.exists()


def test_a_file_that_is_no_database_is_said(kiosk: Typed) -> None:
    kiosk.database.write_text("a shopping list " * 100)
    answer = kiosk("audit")
    assert answer.status == 2
    assert answer.err.strip() == "The database file is damaged. Close the kiosk, then run: bin/kiosk restore latest"


def test_a_database_of_a_newer_kiosk_is_said(kiosk: Typed) -> None:
    with closing(sqlite3.connect(kiosk.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    answer = kiosk("audit")
    assert answer.status == 2
    assert "made by another version of the kiosk" in answer.err


@pytest.mark.parametrize("words", [("fly",), ("lend", "20250101"), ("serve", "--port", "0"), ("serve", "--port", "x")])
def test_a_mistyped_command_is_a_usage_error(kiosk: Typed, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        kiosk(*words)
    assert left.value.code == 2


# Opening the kiosk


def served(monkeypatch: pytest.MonkeyPatch) -> list[Config]:
    """The configurations that were served, instead of serving them."""
    seen: list[Config] = []
    monkeypatch.setattr("web.server.serve", lambda config, database, opening: seen.append(config))
    return seen


def readers(kiosk: Typed) -> int:
    with closing(sqlite3.connect(kiosk.database)) as connection:
        return int(connection.execute("SELECT count(*) FROM reader").fetchone()[0])


def test_no_command_opens_the_kiosk_with_a_demo_school_in_a_new_folder(
    kiosk: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(kiosk.database.parent)
    seen = served(monkeypatch)
    answer = kiosk()
    assert (answer.status, len(seen)) == (0, 1)
    assert "loading a demo school" in answer.err
    assert readers(kiosk) == 387


def test_the_second_start_loads_nothing(kiosk: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    served(monkeypatch)
    answer = kiosk("serve")
    assert answer.all == ""


def test_a_database_of_the_schools_own_choice_gets_no_demo(kiosk: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk.config.write_text('database = "sqlite:///data/school.sqlite"\n')
    served(monkeypatch)
    answer = kiosk()
    kiosk.database = kiosk.folder / "data" / "school.sqlite"
    assert answer.status == 0
    assert readers(kiosk) == 0


def test_another_port_can_be_given_for_once(kiosk: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = served(monkeypatch)
    kiosk("serve", "--port", "9090")
    assert seen[0].port == 9090


# As a program


def test_it_runs_as_a_program_in_a_terminal_that_knows_no_chinese(kiosk: Typed) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kiosk", "--config", str(kiosk.config), "lend", "20250101", "10000001"]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "(10000001)" in ran.stdout


def test_a_reader_of_our_words_may_leave_early(kiosk: Typed) -> None:
    with closing(sqlite3.connect(kiosk.database)) as connection:
        connection.execute("UPDATE loan SET renewals = 9")
        connection.commit()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kiosk", "--config", str(kiosk.config), "--json", "audit"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert b"Traceback" not in running.stderr.read()
