"""What each key of config.toml may hold, and the line to write when it holds something else."""

import ipaddress
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

FORMATS = ("EAN13", "EAN8", "UPCA", "UPCE", "CODE128", "CODE39", "CODABAR", "ITF", "QR")
LANGUAGES = ("zh_Hans", "zh_Hant", "en")
SHORTEST_TOKEN = 16  # characters: a token is typed once and must not be guessed


@dataclass(frozen=True, slots=True)
class Rule:
    """What one key may hold: in words, as an example, and as a test."""

    wanted: str
    example: Any
    allows: Callable[[Any], bool]


def _whole(low: int, high: int, example: int) -> Rule:
    return Rule(f"a whole number from {low} to {high}", example, lambda v: type(v) is int and low <= int(v) <= high)


def _text(wanted: str, example: str, pattern: str) -> Rule:
    return Rule(wanted, example, lambda v: isinstance(v, str) and re.fullmatch(pattern, v) is not None)


def _one_of(values: tuple[str, ...]) -> Rule:
    return Rule("one of " + ", ".join(values), values[0], values.__contains__)


def _is_timezone(value: Any) -> bool:
    try:
        ZoneInfo(value)
    except (TypeError, ValueError, OSError, LookupError):  # each kind of wrong name has its own error
        return False
    return True


def _is_address(value: Any) -> bool:
    try:
        ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return bool(value == "localhost")
    return True


def _are_formats(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(v in FORMATS for v in value)


def _is_volume(value: Any) -> bool:
    return type(value) in (int, float) and 0.0 <= float(value) <= 1.0


_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?")
_SWITCH_WORDS = ("true", "yes", "on", "false", "no", "off")
_SWITCH = Rule("true or false", False, lambda v: isinstance(v, bool))
_PREFIX = _text("a text of at most 20 visible characters", "", r"[!-~]{0,20}")
_DEVICES = {
    "name": _text("a name of 1 to 40 characters", "entrance", r"\S(.{0,38}\S)?"),
    "camera": _text('a camera\'s number, a video file, an address or "demo", in quotes', "0", r".*"),
    "serial": _text("a serial port, in quotes", "/dev/ttyACM0", r".*"),
    "keyboard": _text("an input device, in quotes", "/dev/input/event5", r".*"),
    "attended": _SWITCH,
    "token": Rule(
        f"a secret of at least {SHORTEST_TOKEN} characters without blanks",
        None,  # a new one is made for each complaint
        lambda v: isinstance(v, str) and (v == "" or re.fullmatch(r"[!-~]{16,200}", v) is not None),
    ),
}
SECTIONS: dict[str, Mapping[str, Rule]] = {
    "": {
        "database": _text(
            "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
            "sqlite:///data/kiosk.sqlite",
            r"sqlite:///[^\s:?].*|postgresql(\+psycopg)?://.+",
        ),
        "timezone": Rule("the name of a time zone", "Asia/Shanghai", _is_timezone),
        "language": _one_of(LANGUAGES),
        "pinyin": _SWITCH,
        "listen": Rule("this machine's address to listen on", "127.0.0.1", _is_address),
        "port": _whole(1, 65535, 8080),
        "synchronous": _one_of(("FULL", "NORMAL")),
    },
    "station": _DEVICES,
    "stations": _DEVICES,
    "desk": {
        "name": _text("what the librarian's desk is called, 1 to 40 characters", "librarian", r"\S(.{0,38}\S)?"),
        "idle_minutes": _whole(1, 480, 20),
    },
    "backup": {
        "folder": _text("a folder", "data/backups", r"[^\0]+"),
        "keep": _whole(1, 1000, 14),
    },
    "sound": {"volume": Rule("a number from 0 to 1", 0.6, _is_volume)},
    "timing": {"session_seconds": _whole(10, 600, 45), "outcome_seconds": _whole(3, 120, 12)},
    "labels": {
        "card_prefix": _PREFIX,
        "copy_prefix": _PREFIX,
        "codabar_check": _SWITCH,
        "code39_check": _SWITCH,
        "formats": Rule(
            "a list of some of " + ", ".join(FORMATS),
            ["EAN13", "CODE128", "CODE39", "CODABAR", "QR"],
            _are_formats,
        ),
    },
}


def repaired(line: str) -> str:
    """A line that would be right in place of one that TOML cannot read."""
    if line.startswith("["):
        return _section_like(line.strip("[] "))
    key, _, value = (part.strip() for part in line.partition("="))
    home = _home_of(key)
    return f"# {line}" if home is None else line_for(key, SECTIONS[home][key], value.strip("\"'"))


def nearest(section: str, key: str, value: Any) -> str:
    """The lines to write for a key the section does not have: where it belongs, or what it resembles."""
    if isinstance(value, dict | list) and not section:
        return _section_like(key)
    home = _home_of(key)
    if home is not None:
        line = line_for(key, SECTIONS[home][key], value)
        return f"[{home}]\n    {line}" if home else f"{line}  # above the first [section]"
    near = get_close_matches(key, SECTIONS[section], n=1)
    return line_for(near[0], SECTIONS[section][near[0]], value) if near else f"# {key} = {as_toml(value)}"


def _home_of(key: str) -> str | None:
    return next((section for section, rules in SECTIONS.items() if key in rules), None)


def _section_like(name: str) -> str:
    near = get_close_matches(name, SECTIONS, n=1)
    return "[[stations]]" if near == ["stations"] else f"[{near[0]}]" if near else f"# [{name}]"


def line_for(key: str, rule: Rule, value: Any = None) -> str:
    """The line to write: the value meant, where only its kind or case is wrong, else an example."""
    example = secrets.token_urlsafe(24) if key == "token" else rule.example
    chosen = next((meant for meant in _readings(value) if rule.allows(meant)), example)
    return f"{key} = {as_toml(chosen)}"


def _readings(value: Any) -> list[Any]:
    """What somebody may have meant by this value: a number in quotes, a switch as a word, …"""
    if not isinstance(value, str):
        return [value, str(value)] if isinstance(value, int | float | list) else []
    if value == "":
        return []
    numbers: list[Any] = [float(value) if "." in value else int(value)] if _NUMBER.fullmatch(value) else []
    words = [value, value.lower(), value.upper(), value.replace("-", "_")]
    switches = [word in ("true", "yes", "on") for word in (value.lower(),) if word in _SWITCH_WORDS]
    return numbers + words + switches + [[value]]


def as_toml(value: Any) -> str:
    """A value as config.toml writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
