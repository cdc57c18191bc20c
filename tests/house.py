"""The web application over the small school of `cast`, with a clock that tests turn by hand."""

import dataclasses
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from kiosk.config import Backup, Config, Station
from tests import cast
from web import create_app
from web.station import Station as LiveStation

TOKEN = "a-token-of-room-3-2"
OURS = {"Origin": "http://localhost"}


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

    def scan(self, text: str, scan_id: str = "", **more: Any) -> dict[str, Any]:
        """What the entrance's screen is told after one scan."""
        body = {"id": scan_id or uuid4().hex, "text": text, **more}
        answer = self.client.post("/scan", json=body, headers=OURS)
        assert answer.status_code == 200, answer.text
        payload: dict[str, Any] = json.loads(answer.text)
        return payload
