"""The backups at the desk: how old they are, one more on demand, and a broken world said on every page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk import backups, trouble
from kiosk.database import Database, DatabaseError
from tests.house import OURS, Home
from tests.test_restore import scribble
from web.caretaker import Caretaker
from web.librarian.backups import elsewhere


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path, language="en")
    yield home
    caretaker(home).stop()


def caretaker(home: Home) -> Caretaker:
    found: Caretaker = home.app.extensions["kiosk"].caretaker
    return found


def words(html: str) -> str:
    """What is read on the page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def asked(home: Home, client: Any, path: str) -> Any:
    """One of the page's forms is sent."""
    return client.post(path, data={"csrf": client.token_on("/desk/backups")}, headers=OURS)


def test_without_a_backup_it_says_when_the_first_will_be_made(home: Home) -> None:
    said = words(home.sign_in().get("/desk/backups").text)
    assert "There is no backup yet." in said
    assert "The first is made by itself within a minute or two" in said


def test_the_newest_is_told_with_its_age_and_every_one_with_its_size(home: Home) -> None:
    backups.make(home.database, home.config, home.clock.now)
    home.clock.turn(2 * 3600)
    said = words(home.sign_in("assistant").get("/desk/backups").text)
    assert "The newest backup was made 2 hours ago." in said
    assert "Mon 2 Mar 10:00 kiosk-20260302-100000.sqlite 2 hours ago 0.3 MB verified" in said
    assert "The newest 3 are kept." in said


def test_an_assistant_may_ask_for_one_and_the_ledger_says_who_did(home: Home) -> None:
    client = home.sign_in("assistant")
    assert asked(home, client, "/desk/backup").status_code == 303
    caretaker(home).saving.wait()
    assert "The newest backup was made 1 minute ago." in words(client.get("/desk/backups/body").text)
    with home.database.reading() as connection:
        row = connection.exec_driver_sql("SELECT verb, station, staff_id FROM ledger ORDER BY id DESC").first()
    assert row == ("backup", home.config.desk.name, home.account("assistant").id)


def test_while_one_is_made_the_page_shows_how_far_it_is_and_a_way_to_stop(home: Home) -> None:
    client = home.sign_in()
    asked(home, client, "/desk/backup")
    html = client.get("/desk/backups/body").text
    assert "<progress" in html and "/desk/backup/stop" in html
    assert asked(home, client, "/desk/backup/stop").status_code == 303
    page = words(client.get("/desk/backups").text)
    assert "The backup was stopped. Nothing of it is left" in page
    assert "Back up now" in page
    assert backups.kept(home.config) == ()


def test_why_there_is_no_newer_one_is_said_with_its_moment(home: Home) -> None:
    home.config.backup.folder.write_text("a file where the folder should be")
    caretaker(home).round()
    caretaker(home).saving.wait()
    said = words(home.sign_in().get("/desk/backups").text)
    assert "No backup on Mon 2 Mar 10:00:" in said
    assert "cannot be used" in said


def test_the_page_says_the_commands_that_restore(home: Home) -> None:
    made, _ = backups.make(home.database, home.config, home.clock.now)
    said = words(home.sign_in().get("/desk/backups").text)
    assert "bin/kiosk restore latest" in said
    assert f"bin/kiosk restore {made.file.name}" in said


def test_nobody_outside_the_library_sees_or_makes_backups(home: Home) -> None:
    stranger = home.browser()
    for answer in (stranger.get("/desk/backups"), stranger.get("/desk/backups/body")):
        assert answer.status_code == 303
    assert stranger.post("/desk/backup", headers=OURS).status_code in (303, 403)
    assert caretaker(home).saving.running is None


def test_a_database_of_a_server_is_told_its_servers_command_without_the_password(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = home.sign_in()
    command = elsewhere(Database("postgresql+psycopg://librarian:secret@db.school/library"), home.config)
    assert command.startswith("pg_dump --format=custom")
    assert "secret" not in command
    monkeypatch.setattr("web.librarian.backups.elsewhere", lambda database, config: command)
    said = words(client.get("/desk/backups").text)
    assert "pg_dump --format=custom" in said
    assert "Back up now" not in said


# A broken world


def test_a_full_disk_is_said_at_the_top_of_every_page_of_the_desk(home: Home) -> None:
    client = home.sign_in()
    caretaker(home).warning = DatabaseError(trouble.FULL, retry=True)
    for path in ("/desk/backups", "/desk/accounts", "/desk/password"):
        assert "The disk is full. Free some space" in words(client.get(path).text)


@pytest.mark.parametrize("path", ["/desk", "/desk/signin", "/desk/backups", "/desk/accounts", "/desk/reconcile"])
@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "a stranger"])
def test_a_damaged_database_is_said_on_every_page_of_the_desk(home: Home, path: str, signed_in: bool) -> None:
    client = home.sign_in() if signed_in else home.browser()
    home.database.engine.dispose()
    scribble(home.database.file or Path())
    home.database.trouble = DatabaseError(trouble.DAMAGED, retry=False)
    answer = client.get(path, follow_redirects=True)
    said = words(answer.text)
    assert answer.status_code == 503
    assert "The database file is damaged. Close the kiosk, then run: bin/kiosk restore latest" in said
    assert "This page looks again by itself." in said


def test_a_script_is_told_in_a_sentence_too(home: Home) -> None:
    client = home.sign_in()
    home.database.trouble = DatabaseError(trouble.DAMAGED, retry=False)
    for path in ("/desk/backups", "/demo"):
        answer = client.get(path, headers={"Accept": "application/json"})
        assert (answer.status_code, "restore latest" in answer.json["problem"]) == (503, True)


def test_the_sheet_of_the_demo_says_it_too(home: Home) -> None:
    home.database.trouble = DatabaseError(trouble.GONE, retry=True)
    answer = home.client.get("/demo")
    assert answer.status_code == 503
    assert "The database file is gone." in words(answer.text)
