"""A full disk, a read-only disk, a damaged database: said on every screen, and nothing that was acknowledged is lost.

The kiosk runs on a disk of its own (tests/e2e/grounds.py); the parameter in each test's name says of which kind.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from kiosk.database import Database
from tests.e2e.at_desk import DeskPage, account
from tests.e2e.conftest import NewDesk, NewScreen
from tests.e2e.grounds import Ground, ground, way
from tests.e2e.running import ROOT, Kiosk, until
from tests.e2e.screen import Screen

pytestmark = pytest.mark.parametrize("on", [way()], ids=[f"on {way()}"])

DAMAGED = "The database file is damaged. Close the kiosk, then run: bin/kiosk restore latest"
UNHARMED = "nothing that was acknowledged is lost"


class Grounded(Kiosk):
    """A kiosk whose database is on a disk of its own, and whose backups are on another."""

    def __init__(self, folder: Path, disk: Ground) -> None:
        super().__init__(folder)
        self.disk = disk
        account(self, "librarian")
        self.database.engine.dispose()
        config = folder / "config.toml"
        database = f'database = "sqlite:///{disk.place}/kiosk.sqlite"'
        lines = config.read_text("utf-8").replace(f'database = "sqlite:///{folder}/kiosk.sqlite"', database)
        config.write_text(f'{lines}\n[backup]\nfolder = "{folder}/safe"\n', "utf-8")
        shutil.copy(folder / "kiosk.sqlite", self.file)
        (folder / "kiosk.sqlite").unlink()

    @property
    def file(self) -> Path:
        """The database, as the tests reach it."""
        return self.disk.folder / "kiosk.sqlite"

    def command(self, *words: str) -> list[str]:
        """The command line, on that disk."""
        return self.disk.command(["env", f"PYTHONPATH={ROOT}", *super().command(*words)])

    def told_by(self, *words: str) -> dict[str, Any]:
        """What the command line answers to a program."""
        ran = subprocess.run(self.command("--json", *words), capture_output=True, text=True, check=False)
        answer: dict[str, Any] = json.loads(ran.stdout)
        return answer

    def look(self) -> None:
        """Take a copy of what is on the disk now, as the plug being pulled would leave it: `database` is that copy."""
        self.database.engine.dispose()
        seen = self.folder / "seen"
        shutil.rmtree(seen, ignore_errors=True)
        seen.mkdir()
        for end in ("", "-wal"):
            if (found := self.file.with_name(f"kiosk.sqlite{end}")).exists():
                shutil.copy(found, seen / found.name)
        self.database = Database(f"sqlite:///{seen}/kiosk.sqlite", "NORMAL")

    def flaws(self) -> list[str]:
        """What `kiosk audit` finds wrong."""
        return [flaw["what"] for flaw in self.told_by("audit")["flaws"]]

    @property
    def pid(self) -> int | None:
        """The kiosk's process, if it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None


Spoil = Callable[[Grounded], None]
PAGE, INTERIOR = 4096, 5  # bytes of a page; the first byte of one that only leads to others


@pytest.fixture
def small(tmp_path: Path, on: str) -> Iterator[Grounded]:
    """A kiosk on a disk of its own, not started yet. Its audit must be clean when the test is done."""
    disk = ground(tmp_path / "disk")
    kiosk = Grounded(tmp_path, disk)
    yield kiosk
    if kiosk.pid:
        kiosk.stop()
    flaws = kiosk.flaws()
    disk.close()
    assert flaws == []


def lent(screen: Screen, kiosk: Grounded, count: int = 1) -> tuple[Any, list[Any]]:
    """A pupil who has borrowed some books at this screen, and the books."""
    pupil, books = kiosk.pupil(), kiosk.books(count)
    screen.scan(pupil.card)
    screen.phase("session")
    for book in books:
        screen.scan(book.label)
        screen.says("Borrowed", book.title)
    return pupil, books


def notes(screen: Screen) -> Any:
    return screen.page.locator(".broken-note")


# A full disk


def test_a_disk_that_fills_up_while_a_pupil_borrows_costs_one_scan_and_nothing_else(
    small: Grounded, new_screen: NewScreen, desk: NewDesk
) -> None:
    small.start()
    screen, other = new_screen(small), new_screen(small, small.station())
    pupil, books = lent(screen, small, 2)
    small.disk.fill(small.pid)
    lost = small.book()
    screen.scan(lost.label)
    screen.says("I could not write it down", "That was not recorded.", small.disk.full, UNHARMED)
    small.look()
    assert small.at_home(pupil) == {book.label for book in books}
    if small.disk.full == "The disk is full.":  # a limit of one process alone is seen by nobody else
        expect(notes(other)).to_contain_text("The disk is full.")
        page = desk(small, "/desk/signin", role="").page
        expect(page.locator(".notice-not")).to_contain_text("The disk is full. Free some space")
    small.disk.empty(small.pid)
    expect(notes(other)).to_have_count(0)
    screen.scan(lost.label)
    screen.says("Borrowed", lost.title)
    small.kill()
    small.look()
    assert small.at_home(pupil) == {book.label for book in (*books, lost)}
    assert small.told(lost) == ["lent"]


def test_on_a_full_disk_the_kiosk_opens_its_screens_and_lends_when_there_is_room_again(
    small: Grounded, new_screen: NewScreen, desk: NewDesk
) -> None:
    small.disk.fill()
    small.start()
    screens = [new_screen(small), new_screen(small, small.station())]
    for screen in screens:
        screen.says("I cannot lend just now", small.disk.full, UNHARMED)
    page = desk(small, "/desk", role="").page
    expect(page.locator("main")).to_contain_text("The desk cannot work just now")
    expect(page.locator("main")).to_contain_text(small.disk.full)
    small.disk.empty(small.pid)
    for screen in screens:
        expect(screen.stage).not_to_contain_text("I cannot lend just now")
    pupil, books = lent(screens[0], small)
    expect(page.locator("h1")).to_contain_text("The librarian's desk")  # it has looked again by itself
    small.kill()
    small.look()
    assert small.at_home(pupil) == {books[0].label}


def test_a_disk_too_small_for_the_first_tables_is_said_and_they_are_made_when_there_is_room(
    small: Grounded, new_screen: NewScreen
) -> None:
    small.file.unlink()
    small.disk.fill(spare=60_000)
    small.start()
    screen = new_screen(small)
    screen.says("I cannot lend just now", small.disk.full)
    small.disk.empty(small.pid)
    expect(screen.stage).not_to_contain_text("I cannot lend just now")
    screen.scan("99999999")
    screen.says("I don't know this code")


# A disk that can only be read


def test_a_read_only_disk_is_said_on_every_screen_until_it_can_be_written(
    small: Grounded, new_screen: NewScreen, desk: NewDesk
) -> None:
    before = small.file.read_bytes()
    small.disk.only_read(True)
    small.start()
    screens = [new_screen(small), new_screen(small, small.station())]
    for screen in screens:
        screen.scan(small.book().label)
        screen.says("", small.disk.read_only)
    page = desk(small, "/desk", role="").page
    expect(page.locator("main")).to_contain_text(small.disk.read_only)
    assert small.file.read_bytes() == before
    small.disk.only_read(False)
    for screen in screens:
        expect(screen.stage).not_to_contain_text(small.disk.read_only)
    pupil, books = lent(screens[0], small)
    small.kill()
    small.look()
    assert small.at_home(pupil) == {books[0].label}


# A damaged database


def no_database(kiosk: Grounded) -> None:
    """The file is overwritten by a text."""
    kiosk.file.write_text("Dear diary, today I borrowed a book. " * 1000, "utf-8")


def page_of(table: str) -> Spoil:
    """A page in the middle of what the table holds is overwritten."""

    def spoil(kiosk: Grounded) -> None:
        kiosk.look()
        with kiosk.database.reading() as connection:
            query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
            root = connection.exec_driver_sql(query, (table,)).scalar_one()
        content = bytearray(kiosk.file.read_bytes())
        start = middle_leaf(content, root)
        content[start : start + PAGE] = b"\xa5" * PAGE
        kiosk.file.write_bytes(content)

    return spoil


def middle_leaf(content: bytes, page: int) -> int:
    """Where the leaf in the middle of this tree begins (the file format: https://sqlite.org/fileformat2.html)."""
    start = (page - 1) * PAGE
    if content[start] != INTERIOR:
        return start
    cells = int.from_bytes(content[start + 3 : start + 5])
    pointer = start + 12 + 2 * (cells // 2)
    cell = start + int.from_bytes(content[pointer : pointer + 2])
    return middle_leaf(content, int.from_bytes(content[cell : cell + 4]))


@pytest.mark.parametrize("spoil", [page_of("loan"), no_database], ids=["a page of loans", "a diary"])
def test_a_damaged_database_is_said_on_every_screen_and_the_backup_is_restored_by_one_command(
    small: Grounded, new_screen: NewScreen, desk: NewDesk, spoil: Spoil
) -> None:
    small.start()
    pupil, books = lent(new_screen(small), small)
    assert small.told_by("backup")["done"]
    small.stop()
    spoil(small)
    damaged = small.file.read_bytes()

    small.start()
    screens = [new_screen(small), new_screen(small, small.station())]
    for screen in screens:
        screen.says("I cannot lend just now", DAMAGED)
    screens[0].scan(small.book().label)
    screens[0].says("I could not write it down", DAMAGED)
    expect(desk(small, "/desk/signin", role="").page.locator("main")).to_contain_text(DAMAGED)
    assert "Close it, then restore again" in small.told_by("restore", "latest")["error"]
    small.stop()

    done = small.told_by("restore", "latest")
    assert done["done"], done
    former = small.disk.folder / Path(done["former"]).name
    assert former.read_bytes()[4096:] == damaged[4096:]
    assert small.flaws() == []
    small.start()
    screen = new_screen(small)
    lent(screen, small)
    small.look()
    assert small.at_home(pupil) == {books[0].label}


def test_a_database_that_is_taken_away_under_an_open_kiosk_closes_every_screen_until_it_is_back(
    small: Grounded, new_screen: NewScreen
) -> None:
    small.start()
    screens = [new_screen(small), new_screen(small, small.station())]
    assert small.told_by("backup")["done"]
    away = small.file.rename(small.file.with_name("away"))
    for screen in screens:
        screen.says("I cannot lend just now", "The database file is gone.")
    away.rename(small.file)
    for screen in screens:
        expect(screen.stage).not_to_contain_text("I cannot lend just now")
    lent(screens[1], small)


# At the desk


def test_the_librarian_makes_a_backup_and_sees_its_age(small: Grounded, desk: NewDesk) -> None:
    small.start()
    page: DeskPage = desk(small, "/desk/signin", role="")
    page.page.fill("input[name=name]", "librarian")
    page.page.fill("input[name=password]", "four words make one")
    page.page.keyboard.press("Enter")
    page.page.wait_for_url(lambda url: "signin" not in url)
    page.go("/desk/backups")
    expect(page.page.locator("main")).to_contain_text("There is no backup yet.")
    page.page.focus("#backup-button")
    page.page.keyboard.press("Enter")
    expect(page.page.locator("main")).to_contain_text("The newest backup was made 1 minute ago.")
    expect(page.page.locator("main table tbody tr")).to_have_count(1)
    made = until(lambda: list((small.folder / "safe").glob("kiosk-*.sqlite")))
    assert small.told_by("restore", made[0].name)["error"].startswith("The kiosk is open")


def test_a_full_disk_is_said_at_the_counter_and_the_scan_counts_when_there_is_room_again(
    small: Grounded, desk: NewDesk
) -> None:
    small.start()
    page: DeskPage = desk(small, "/desk/signin", role="")
    page.page.fill("input[name=name]", "librarian")
    page.page.fill("input[name=password]", "four words make one")
    page.page.keyboard.press("Enter")
    page.page.wait_for_url(lambda url: "signin" not in url)
    page.go("/desk/counter")
    pupil, book = small.pupil(), small.book()
    page.scan(pupil.card)
    expect(page.page.locator("#reader-name")).to_have_text(pupil.name)
    small.disk.fill(small.pid)
    page.scan(book.label)
    expect(page.page.locator("#trouble")).to_contain_text(UNHARMED)
    small.disk.empty(small.pid)
    expect(page.page.locator("#said")).to_contain_text(book.title)
    expect(page.page.locator("#trouble")).to_be_hidden()
    small.kill()
    small.look()
    assert small.at_home(pupil) == {book.label}
    assert small.told(book) == ["lent"]
