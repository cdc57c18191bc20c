"""How moments are spoken of at the desk, in the school's time and the language of this browser."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta

from kiosk.words import day
from web.librarian.door import house, language


def zone() -> ZoneInfo:
    """The school's time zone."""
    return house().desk.zone


def today() -> date:
    """The school's day."""
    return house().clock().astimezone(zone()).date()


def when(at: datetime) -> str:
    """A moment: the time of day, with its date unless that is today's."""
    local = at.astimezone(zone())
    clock = f"{local:%H:%M}"
    return clock if local.date() == today() else f"{day(local.date(), language())} {clock}"


def ago(at: datetime) -> str:
    """How long ago it was, roughly: "3 hours ago"."""
    age = max(house().clock() - at, timedelta(minutes=1))
    return str(format_timedelta(-age, granularity="minute", add_direction=True, locale=language()))


def on(when: date) -> str:
    """A date with its weekday."""
    return day(when, language())
