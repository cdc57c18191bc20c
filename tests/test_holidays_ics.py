"""A calendar file of public holidays becomes days; any other file gets a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.holidays import Doubt, Reading
from kiosk.holidays_ics import DAMAGED, MOST_BYTES, NO_TEXT, NOT_A_CALENDAR, TOO_LARGE, read_file


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def calendar(*events: str) -> str:
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//school//holidays//ZH", *events, "END:VCALENDAR", ""]
    )


def read(*lines: str, encoding: str = "utf-8") -> Reading:
    reading = read_file(calendar(event(*lines)).encode(encoding), 2026)
    assert isinstance(reading, Reading)
    return reading


def brief(reading: Reading) -> str:
    return " ".join(f"{each.day:%m-%d}{'班' if each.open else '休'}{each.note}" for each in reading.days)


GOLDEN_WEEK = ("SUMMARY:国庆节（休）", "DTSTART;VALUE=DATE:20261001", "DTEND;VALUE=DATE:20261004")


def test_an_event_of_several_days_ends_on_the_day_before_its_end() -> None:
    assert brief(read(*GOLDEN_WEEK)) == "10-01休国庆节 10-02休国庆节 10-03休国庆节"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["SUMMARY:国庆节（班）", "DTSTART;VALUE=DATE:20261010"], "10-10班国庆节"),
        (["SUMMARY:休 国庆节", "DTSTART;VALUE=DATE:20261001", "DTEND;VALUE=DATE:20261002"], "10-01休国庆节"),
        (["SUMMARY:国庆节 补班", "DTSTART;VALUE=DATE:20261010"], "10-10班国庆节"),
        (["SUMMARY:国庆节假期", "DTSTART;VALUE=DATE:20261001"], "10-01休国庆节"),
        (["SUMMARY:放假", "DTSTART;VALUE=DATE:20261001"], "10-01休"),
        (["SUMMARY:调休上班", "DTSTART;VALUE=DATE:20261010"], "10-10班"),
        (["SUMMARY:调休", "DTSTART;VALUE=DATE:20261010"], "10-10班"),
        (["SUMMARY:国庆", "X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY", "DTSTART;VALUE=DATE:20261010"], "10-10班国庆"),
        (["SUMMARY:中秋节", "X-APPLE-SPECIAL-DAY:WORK-HOLIDAY", "DTSTART;VALUE=DATE:20260925"], "09-25休中秋节"),
        (["SUMMARY:春假 放假", "DTSTART;VALUE=DATE:20260403", "DURATION:P2D"], "04-03休春假 04-04休春假"),
        (["SUMMARY:Holiday", "DTSTART:20261001T000000", "DTEND:20261003T000000"], "10-01休 10-02休"),
    ],
)
def test_the_forms_in_which_calendars_write_a_holiday_are_understood(lines: list[str], expected: str) -> None:
    reading = read(*lines)
    assert brief(reading) == expected
    assert reading.remarks == ()


@pytest.mark.parametrize(
    ("lines", "doubt"),
    [
        (["SUMMARY:父亲节", "DTSTART;VALUE=DATE:20260621"], Doubt.NO_VERDICT),
        (["SUMMARY:放假", "DTSTART:20261001T080000", "DTEND:20261001T120000"], Doubt.TIMED),
        (["SUMMARY:放假", "DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20260901"], Doubt.TOO_LONG),
        (["SUMMARY:放假", "DTSTART;VALUE=DATE:20261341"], Doubt.IMPOSSIBLE),
        (["SUMMARY:放假"], Doubt.IMPOSSIBLE),
    ],
)
def test_an_event_that_is_no_holiday_is_shown_and_not_taken(lines: list[str], doubt: Doubt) -> None:
    reading = read(*lines)
    assert reading.days == ()
    assert [each.doubt for each in reading.remarks] == [doubt]


def test_of_an_event_that_repeats_only_the_first_is_taken_and_that_is_said() -> None:
    reading = read("SUMMARY:元旦 放假", "DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=YEARLY")
    assert brief(reading) == "01-01休元旦"
    assert [each.doubt for each in reading.remarks] == [Doubt.REPEATS]


def test_one_broken_event_does_not_cost_the_others() -> None:
    text = calendar(event("SUMMARY:放假", "DTSTART;VALUE=DATE:x"), event(*GOLDEN_WEEK))
    reading = read_file(text.encode(), 2026)
    assert isinstance(reading, Reading) and len(reading.days) == 3


def test_a_file_in_gbk_is_read_and_that_is_said() -> None:
    reading = read(*GOLDEN_WEEK, encoding="gbk")
    assert brief(reading).startswith("10-01休国庆节")
    assert [each.doubt for each in reading.remarks] == [Doubt.ENCODING]


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    assert brief(read(*GOLDEN_WEEK, encoding="utf-8-sig")).startswith("10-01休")


def test_a_calendar_of_another_year_is_noticed() -> None:
    reading = read_file(calendar(event(*GOLDEN_WEEK)).encode(), 2027)
    assert isinstance(reading, Reading)
    assert [(each.doubt, each.text) for each in reading.remarks] == [(Doubt.OTHER_YEAR, "2026")]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", NOT_A_CALENDAR),
        (b"%PDF-1.7 \xff\xfe\x00", NOT_A_CALENDAR),
        ("10月1日 休".encode(), NOT_A_CALENDAR),
        (b"PK\x03\x04" + bytes(200), NOT_A_CALENDAR),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x", DAMAGED),
        (b"BEGIN:VCALENDAR\r\nnonsense\r\nEND:VCALENDAR", DAMAGED),
        (b"BEGIN:VCALENDAR\r\nSUMMARY:\xff\xff\r\nEND:VCALENDAR", NO_TEXT),
        (b"BEGIN:VCALENDAR" + bytes(MOST_BYTES), TOO_LARGE),
    ],
)
def test_a_file_that_is_no_calendar_gets_a_sentence(data: bytes, sentence: str) -> None:
    assert read_file(data, 2026) == sentence


def test_a_calendar_full_of_long_holidays_is_read_only_so_far() -> None:
    line = event("SUMMARY:放假", "DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20260401")
    reading = read_file(calendar(*[line] * 100).encode(), 2026)
    assert isinstance(reading, Reading)
    assert [each.doubt for each in reading.remarks] == [Doubt.TOO_LONG]


PIECES = """BEGIN:VEVENT END:VEVENT BEGIN:VCALENDAR END:VCALENDAR SUMMARY:放假 SUMMARY;X=1:休 RRULE:FREQ=x
DTSTART;VALUE=DATE:20261001 DTSTART:99991231T000000 DTEND;VALUE=DATE:00010101 DTEND: DURATION:-P9D X-APPLE-SPECIAL-DAY:
DTSTART;TZID=Nowhere:20261001T000000 DTSTART;VALUE=DATE:20261001,20261002 DTEND:20261002T000000Z DTSTART"""
pieces = st.sampled_from(PIECES.split())


@given(st.lists(pieces | st.text(max_size=8), max_size=12), st.binary(max_size=6))
def test_no_file_breaks_the_reading(lines: list[str], noise: bytes) -> None:
    for body in ("\r\n".join(lines), calendar(*lines), calendar(event(*lines))):
        assert read_file(body.encode("utf-8", "replace") + noise, 2026)
