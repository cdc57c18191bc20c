"""The web application over the small school of `cast`, with a clock that tests turn by hand."""

import dataclasses
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from kiosk import staff
from kiosk.config import Backup, Config, Station
from kiosk.roles import LIBRARIAN, Staff
from tests import cast
from web import create_app
from web.station import Station as LiveStation

TOKEN = "a-token-of-room-3-2"
OURS = {"Origin": "http://localhost"}
PASSWORD = "four words make one"


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = cast.MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now

    def turn(self, seconds: float) -> None:
        """Turn it on by some seconds."""
        self.now += timedelta(seconds=seconds)


class DeskClient(FlaskClient):
    """A browser at the librarian's desk: knows the token that its forms carry once somebody is signed in."""

    csrf = ""

    def send(self, path: str, form: dict[str, Any] | None = None, **more: Any) -> Any:
        """Post a form as one of our pages would."""
        return self.post(path, data={"csrf": self.csrf, **(form or {})}, headers=OURS, **more)

    def ask(self, path: str, body: Any = None, **more: Any) -> Any:
        """Post JSON as a script of our pages would."""
        return self.post(path, json=body, headers={**OURS, "X-CSRF": self.csrf}, **more)

    def token_on(self, path: str) -> str:
        """The token that the forms of this page carry; kept for what is sent next."""
        found = re.search(r'name="csrf" value="(\w+)"', self.get(path).text)
        assert found, path
        self.csrf = found[1]
        return self.csrf


class Home:
    """A house with two stations: `entrance` on this machine, and `room 3-2` by its token."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.clock = Clock()
        self.database = cast.school_at(folder)
        config = Config(
            path=folder / "config.toml",
            database=self.database.url,
            station=Station(name=cast.ENTRANCE),
            stations=(Station(name=cast.ROOM, token=TOKEN),),
            backup=Backup(folder / "backups", keep=3),
        )
        self.config = dataclasses.replace(config, **changes)
        self.app: Flask = create_app(self.config, self.database, self.clock)
        self.client: FlaskClient = self.app.test_client()

    @property
    def entrance(self) -> LiveStation:
        """The station on this machine."""
        station: LiveStation = self.app.extensions["kiosk"].stations[0]
        return station

    def browser(self) -> DeskClient:
        """A browser at which nobody is signed in."""
        return DeskClient(self.app, self.app.response_class)

    def account(self, role: str = LIBRARIAN, name: str = "", password: str = PASSWORD) -> Staff:
        """The account of this name, by default the role's; made if it is not there yet."""
        name = name or role
        with self.database.reading() as connection:
            row = staff.find(connection, name)
        made = Staff(row.id, row.name, row.role) if row else self.office.add(name, role, password, self.clock())
        assert isinstance(made, Staff), made
        return made

    @property
    def office(self) -> staff.Office:
        """Where accounts are looked after."""
        return staff.Office(self.database, self.config.desk.name)

    def sign_in(self, role: str = LIBRARIAN, name: str = "") -> DeskClient:
        """A browser at which somebody of this role has signed in; their account is made if need be."""
        person, client = self.account(role, name), self.browser()
        form = {"name": person.name, "password": PASSWORD, "csrf": client.token_on("/desk/signin")}
        assert client.post("/desk/signin", data=form, headers=OURS).status_code == 303
        client.token_on("/desk/password")
        return client

    def scan(self, text: str, scan_id: str = "", **more: Any) -> dict[str, Any]:
        """What the entrance's screen is told after one scan."""
        body = {"id": scan_id or uuid4().hex, "text": text, **more}
        answer = self.client.post("/scan", json=body, headers=OURS)
        assert answer.status_code == 200, answer.text
        payload: dict[str, Any] = json.loads(answer.text)
        return payload
