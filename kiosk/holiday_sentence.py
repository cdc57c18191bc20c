"""PURE. One sentence about holidays, its tokens put together: which days, and whether they are closed or open."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

from kiosk.holiday_words import Token

LONGEST_HOLIDAY, LONGEST_WORK = 120, 14  # days in a row
VERDICTS = ("open", "closed", "swapped")
_ONE_DAY = timedelta(days=1)


class Doubt(Enum):
    """Why something in a text was not taken, or should be looked at."""

    NO_DAY = "no_day"  # no date in it
    NO_VERDICT = "no_verdict"  # a date, and neither closed nor open
    ADVICE = "advice"  # a recommendation, not a holiday
    IMPOSSIBLE = "impossible"  # 30 February, or days that end before they begin
    TOO_LONG = "too_long"  # more days in a row than a holiday has, or more text than anybody pastes
    WEEKDAY = "weekday"  # the weekday in the text is another one
    COUNT = "count"  # the number of days in the text is another one
    BOTH = "both"  # said to be closed and open
    OTHER_YEAR = "other_year"  # days of another year than the one asked for
    TIMED = "timed"  # a calendar's appointment with an hour
    REPEATS = "repeats"  # a calendar's repeated event, of which only the first was taken
    ENCODING = "encoding"  # a file that is not UTF-8


@dataclass(frozen=True, slots=True)
class Remark:
    """A doubt about a part of a text; `day` when it is about one found day."""

    doubt: Doubt
    text: str
    day: date | None = None


@dataclass(slots=True)
class Span:
    """Days in a row, both included, and what is said of them: one of VERDICTS, or nothing yet."""

    first: date
    last: date
    verdict: str = ""

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def too_long(self) -> bool:
        """Whether this cannot be a holiday, or work in a row."""
        return self.length > (LONGEST_WORK if self.verdict == "open" else LONGEST_HOLIDAY)

    def days(self) -> Iterator[tuple[date, bool]]:
        """Each day and whether it is open: 调休 alone is work on a weekend and leave on a weekday."""
        for number in range(self.length):
            day = self.first + _ONE_DAY * number
            yield day, self.verdict == "open" or (self.verdict == "swapped" and day.weekday() >= 5)


@dataclass(slots=True)
class Sentence:
    """A sentence as it is read, token after token. `year` is the one that a date without a year means."""

    text: str
    year: int
    spans: list[Span] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    _to: bool = False
    _verdict: str = ""
    _verdict_first: bool = False

    def read(self, row: list[Token]) -> None:
        """Put the tokens together. 放假:1月1日 has its verdict before its dates, 1月1日放假 after them."""
        order = [each.kind for each in row if each.kind == "date" or each.kind in VERDICTS]
        self._verdict_first = order[0] != "date" and order[-1] == "date"
        for token in row:
            self._read(token)
        for span in self.spans:  # dates at the end whose verdict stands just before them
            span.verdict = span.verdict or self._verdict
        self._count([each.number for each in row if each.kind == "count"])
        if not self.spans and not self.remarks:
            self._doubt(Doubt.NO_DAY)

    def _read(self, token: Token) -> None:
        match token.kind:
            case "date":
                self._date(token)
            case "weekday":
                self._weekday(token.number)
                return  # 1日(周四)至3日 is one range
            case "open" | "closed" | "swapped":
                self._say(token.kind)
        self._to = token.kind == "to" and bool(self.spans)

    def _date(self, token: Token) -> None:
        before = self.spans[-1] if self.spans else None
        if token.date[1] is None and before is None:
            return  # a bare "7号" is a day of no month
        day = self._day(token, before)
        ends_days = self._to and before is not None
        if day is None or (before and ends_days and not before.first == before.last <= day):
            self._doubt(Doubt.IMPOSSIBLE)
            del self.spans[len(self.spans) - ends_days :]
        elif before and ends_days:
            before.last = day
        else:
            self.spans.append(Span(day, day, self._verdict if self._verdict_first else ""))
        self.year = day.year if day else self.year

    def _day(self, token: Token, before: Span | None) -> date | None:
        year, month, number = token.date
        month = month or (before.last.month if before else 0)
        turn_of_year = self._to and before is not None and month < before.first.month
        try:
            return date(year or self.year + turn_of_year, month, number)
        except ValueError:
            return None

    def _weekday(self, said: int) -> None:
        if self.spans and self.spans[-1].last.weekday() != said:
            self._doubt(Doubt.WEEKDAY, self.spans[-1].last)

    def _say(self, verdict: str) -> None:
        """In dates-first order a verdict is for all dates before it, or waits for those that end the sentence."""
        waiting = [] if self._verdict_first else [each for each in self.spans if not each.verdict]
        for span in waiting:
            span.verdict = verdict
        self._verdict = "" if waiting else verdict

    def _count(self, said: list[int]) -> None:
        closed = sum(each.length for each in self.spans if each.verdict == "closed")
        if said and closed and sum(said) != closed:
            self._doubt(Doubt.COUNT)

    def _doubt(self, doubt: Doubt, day: date | None = None) -> None:
        self.remarks.append(Remark(doubt, self.text, day))
