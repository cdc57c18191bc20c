"""config.toml: what is true of this machine, read once into frozen values.

The library's own rules (how long, how many, the calendar) live in the database, not here.
Every complaint names the file, the key and the line to write instead.
"""

import dataclasses
import os
import re
import secrets
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from kiosk.config_keys import SECTIONS, line_for, nearest, repaired
from kiosk.labels import LabelRules


class ConfigError(Exception):
    """The configuration cannot be used; the message is for the person who writes config.toml."""


@dataclass(frozen=True, slots=True)
class Sound:
    """How loud the station is, from 0 (silent) to 1."""

    volume: float = 0.6


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of silence until a session closes; seconds an outcome stays on an idle screen."""

    session_seconds: int = 45
    outcome_seconds: int = 12


@dataclass(frozen=True, slots=True)
class Station:
    """One screen with its scanners; an empty text means there is no such device (or no token).

    Somebody of the library stands at an `attended` station: what comes back there has been seen.
    """

    name: str = "entrance"
    camera: str = ""
    serial: str = ""
    keyboard: str = ""
    token: str = ""
    attended: bool = False


@dataclass(frozen=True, slots=True)
class LibrariansDesk:
    """The librarian's own screens: what they are called in reports, and minutes of quiet until one is signed out."""

    name: str = "librarian"
    idle_minutes: int = 20


@dataclass(frozen=True, slots=True)
class Backup:
    """Where the daily copies of the database go, and how many are kept."""

    folder: Path = Path("data/backups")
    keep: int = 14


@dataclass(frozen=True, slots=True)
class Labels:
    """How this school's barcodes are made."""

    card_prefix: str = ""
    copy_prefix: str = ""
    codabar_check: bool = False
    code39_check: bool = False
    formats: tuple[str, ...] = ("EAN13", "CODE128", "CODE39", "CODABAR", "QR")

    @property
    def rules(self) -> LabelRules:
        """What a code's text means here."""
        return LabelRules(self.card_prefix, self.copy_prefix, self.codabar_check, self.code39_check)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything config.toml can say; `path` is the file itself, whether it exists or not."""

    path: Path
    database: str
    timezone: str = "Asia/Shanghai"
    language: str = "zh_Hans"
    pinyin: bool = False
    listen: str = "127.0.0.1"
    port: int = 8080
    synchronous: str = "FULL"
    station: Station = field(default_factory=Station)
    stations: tuple[Station, ...] = ()
    sound: Sound = field(default_factory=Sound)
    timing: Timing = field(default_factory=Timing)
    labels: Labels = field(default_factory=Labels)
    desk: LibrariansDesk = field(default_factory=LibrariansDesk)
    backup: Backup = field(default_factory=Backup)


def load(path: Path | None) -> Config:
    """Read the configuration; a missing file means all defaults.

    None means the file named by the environment variable KIOSK_CONFIG, or else ./config.toml.
    Raises ConfigError with a sentence for the person who wrote the file.
    """
    path = Path(path or os.environ.get("KIOSK_CONFIG") or "config.toml").absolute()
    raw = _parse(path, _read(path))
    sections = {name for name in SECTIONS if name}
    top = {key: value for key, value in raw.items() if key not in sections}
    values = _checked(path, "", top)
    values["database"] = _database(path, values.get("database", "sqlite:///data/kiosk.sqlite"))
    config = Config(
        path=path,
        **values,
        station=Station(**_checked(path, "station", raw.get("station", {}))),
        stations=tuple(
            Station(**_checked(path, "stations", table)) for table in _tables(path, raw.get("stations", []))
        ),
        sound=Sound(**_checked(path, "sound", raw.get("sound", {}))),
        timing=Timing(**_checked(path, "timing", raw.get("timing", {}))),
        labels=Labels(**_checked(path, "labels", raw.get("labels", {}))),
        desk=LibrariansDesk(**_checked(path, "desk", raw.get("desk", {}))),
        backup=_backup(path, _checked(path, "backup", raw.get("backup", {}))),
    )
    _check_stations(config)
    return config


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    try:
        return data.decode("utf-8-sig")  # Windows' Notepad may put a byte-order mark first
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: is not UTF-8 text; save the file as UTF-8.") from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        lines = text.splitlines() or [""]
        found = re.search(r"at line (\d+)", str(error))
        number = min(int(found[1]), len(lines)) if found else len(lines)
        line = lines[number - 1].strip()
        raise ConfigError(
            f"{path}, line {number}: cannot be understood: {line}\n"
            f"{str(error).split(' (at')[0]}. Write instead:\n    {repaired(line)}"
        ) from error


def _checked(path: Path, section: str, table: Any) -> dict[str, Any]:
    """The section's values, lists made tuples; every key known and every value allowed."""
    rules = SECTIONS[section]
    bracketed = f"[[{section}]]" if section == "stations" else f"[{section}]"
    if not isinstance(table, dict):
        key = next(iter(rules))
        _complain(path, section, "is a section, not a value", f"{bracketed}\n    {line_for(key, rules[key])}")
    for key, value in table.items():
        name = f"{bracketed} {key}" if section else key
        if key not in rules:
            _complain(path, name, "is not a setting", nearest(section, key, value))
        if not rules[key].allows(value):
            _complain(path, name, f"must be {rules[key].wanted}", line_for(key, rules[key], value))
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _tables(path: Path, value: Any) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        _complain(path, "stations", "must be a list of sections", '[[stations]]\n    name = "room 3-2"')
    return list(value)


def _database(path: Path, url: str) -> str:
    """A SQLite file is found beside config.toml; PostgreSQL is spoken to by the driver we bring."""
    if url.startswith("sqlite:///"):
        return "sqlite:///" + (path.parent / url.removeprefix("sqlite:///")).as_posix()
    return re.sub(r"^postgresql://", "postgresql+psycopg://", url)


def _backup(path: Path, values: dict[str, Any]) -> Backup:
    """The folder is found beside config.toml."""
    return Backup(**{**values, "folder": path.parent / values.get("folder", Backup().folder)})


def _check_stations(config: Config) -> None:
    """Every other station has a token; no name and no token is used twice, the desk's name neither."""
    names, tokens = {config.station.name}, {config.station.token} - {""}
    if config.desk.name in names | {each.name for each in config.stations}:
        _complain(config.path, "[desk] name", "is a station's name too", f'name = "{config.desk.name} desk"')
    for number, station in enumerate(config.stations, start=1):
        line = f'[[stations]]\n    name = "{station.name}"\n    token = "{secrets.token_urlsafe(24)}"'
        where = f"[[stations]] number {number}, "
        if not station.token:
            _complain(config.path, where + "token", "is missing", line)
        if station.token in tokens:
            _complain(config.path, where + "token", "is used by another station too", line)
        if station.name in names:
            other = dataclasses.replace(station, name=f"{station.name} {number + 1}")
            _complain(config.path, where + "name", "is used twice", f'name = "{other.name}"')
        names.add(station.name)
        tokens.add(station.token)


def _complain(path: Path, key: str, what: str, line: str) -> NoReturn:
    raise ConfigError(f"{path}: {key} {what}. Write instead:\n    {line}")
