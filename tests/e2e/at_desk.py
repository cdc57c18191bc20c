"""The librarian's desk in a real Chromium: a page of it, and somebody signed in."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from kiosk import sessions, staff
from kiosk.roles import Staff
from tests.e2e.running import Kiosk
from tests.e2e.screen import Screen
from web.librarian import cookies

PASSWORD = "four words make one"


class DeskPage(Screen):
    """A page of the desk; scans and types as a self-check screen does."""

    def __init__(self, page: Page, kiosk: Kiosk) -> None:
        super().__init__(page, kiosk.url)
        self.kiosk = kiosk

    def go(self, path: str = "/desk") -> "DeskPage":
        """Open a page of the desk."""
        self.page.goto(self.url + path)
        expect(self.page.locator("#page")).to_be_visible()
        return self

    def speak(self, language: str) -> None:
        """From now on in this language."""
        self._cookie(cookies.LANGUAGE, language)

    def sign_in(self, person: Staff) -> None:
        """Sign somebody in without the door: tests of the door itself type at it."""
        now = datetime.now(UTC)
        token = self.kiosk.database.write(lambda connection: sessions.begin(connection, person.id, "test", now))
        self._cookie(cookies.SESSION, token)

    def _cookie(self, name: str, value: str) -> None:
        where = {"domain": "127.0.0.1", "path": cookies.PATH, "httpOnly": True, "sameSite": "Strict"}
        self.page.context.add_cookies([{"name": name, "value": value, **where}])  # type: ignore[typeddict-item]


def account(kiosk: Kiosk, role: str, name: str = "") -> Staff:
    """The account of this name, by default the role's; made if it is not there yet. Its password is PASSWORD."""
    name = name or role
    with kiosk.database.reading() as connection:
        row = staff.find(connection, name)
    if row:
        return Staff(row.id, row.name, row.role)
    made = staff.Office(kiosk.database, "librarian").add(name, role, PASSWORD, datetime.now(UTC))
    assert isinstance(made, Staff), made
    return made
