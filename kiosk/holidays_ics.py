"""A calendar file of public holidays becomes days, by the library that reads iCalendar (RFC 5545) for everybody."""

from datetime import date, datetime, time, timedelta

from icalendar import Calendar, Event

from kiosk.holiday_sentence import Doubt, Remark, Span
from kiosk.holiday_words import verdict
from kiosk.holidays import LONGEST_NAME, MOST_DAYS, Found, Reading, gathered, name_in
from kiosk.marks import say

MOST_BYTES = 1_000_000
TOO_LARGE = say("The file is too large for a calendar of holidays. Choose one of less than 1 MB.")
NOT_A_CALENDAR = say("This is not a calendar file. Choose one whose name ends in .ics, or paste the days as text.")
DAMAGED = say("The calendar file is damaged. Download it once more, or paste the days as text.")
NO_TEXT = say("The letters of the file cannot be read. Save it as UTF-8, or paste the days as text.")
_APPLE = {"WORK-HOLIDAY": "closed", "ALTERNATE-WORKDAY": "open"}  # X-APPLE-SPECIAL-DAY
_BEGIN = "BEGIN:VCALENDAR"


def read_file(data: bytes, year: int) -> Reading | str:
    """The days of the all-day events that say closed or open, or the sentence why there is nothing to read.

    Never raises. A file in GBK is read, and that is remarked.
    """
    if len(data) > MOST_BYTES:
        return TOO_LARGE
    text, encoding = _decoded(data)
    if not text.lstrip().upper().startswith(_BEGIN):
        return NO_TEXT if data.count(_BEGIN.encode()) else NOT_A_CALENDAR
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        events = [each for calendar in calendars for each in calendar.walk("VEVENT") if isinstance(each, Event)]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return DAMAGED  # the library says so in all these ways
    if not calendars:
        return DAMAGED  # cut off before its end
    found: list[Found] = []
    remarks = [] if encoding == "UTF-8" else [Remark(Doubt.ENCODING, encoding)]
    for event in events:
        days, remark = _read_event(event) if len(found) <= MOST_DAYS else ((), Remark(Doubt.TOO_LONG, _summary(event)))
        found += days
        remarks += [remark] if remark else []
    return gathered(found, remarks, year)


def _decoded(data: bytes) -> tuple[str, str]:
    for codec, name in (("utf-8-sig", "UTF-8"), ("gb18030", "GBK")):
        try:
            return data.decode(codec), name
        except UnicodeDecodeError:
            continue
    return "", ""


def _read_event(event: Event) -> tuple[tuple[Found, ...], Remark | None]:
    """The days of one event, and what is to be said of it."""
    summary = _summary(event)
    said = _APPLE.get(str(event.get("X-APPLE-SPECIAL-DAY", ""))) or verdict(summary)
    try:
        first, last = _days(event)
    except (ValueError, OverflowError):
        return (), Remark(Doubt.IMPOSSIBLE, summary)
    line = f"{first} {summary}"
    if not said:
        return (), Remark(Doubt.NO_VERDICT, line)
    if last is None:
        return (), Remark(Doubt.TIMED, line)
    span = Span(first, last, said)
    if span.too_long:
        return (), Remark(Doubt.TOO_LONG, line)
    remark = Remark(Doubt.REPEATS, line) if "RRULE" in event else None
    return tuple(Found(day, is_open, name_in(summary)) for day, is_open in span.days()), remark


def _summary(event: Event) -> str:
    return str(event.get("SUMMARY", "")).strip()[: LONGEST_NAME * 4]


def _days(event: Event) -> tuple[date, date | None]:
    """The first day and the last, both included; no last day for an appointment. DTEND is the day after.

    Some programs write a whole day as midnight to midnight.
    """
    starts, ends = event.start, event.end
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        return starts, max(starts, ends - timedelta(days=1))
    whole = starts.time() == ends.time() == time() and ends > starts
    return starts.date(), ends.date() - timedelta(days=1) if whole else None
