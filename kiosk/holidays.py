"""PURE. Pasted words about holidays become days: the State Council's yearly notice, a school's own list, plain lines.

What cannot be understood is given back beside the days; nothing is swallowed, and nothing guessed in silence.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from kiosk.holiday_sentence import Doubt, Remark, Sentence, Span
from kiosk.holiday_words import plain, tokens

MOST_TEXT = 50_000  # characters
MOST_DAYS = 2_000  # found in one text; a calendar of many years has fewer
LONGEST_NAME = 20

_NUMBERING = re.compile(
    r"^\s*(?:[一二三四五六七八九十]{1,3}\s*[、.]|\(\s*[一二三四五六七八九十\d]{1,3}\s*\)|\d{1,2}\s*[、)]|[*•·-]\s)\s*"
)
_ITEM = re.compile(r"(?<=[。;\s])(?=[一二三四五六七八九十]{1,3}、)")  # an item inside a line that lost its breaks
_SENTENCE = re.compile(r"[。;!]+")
_OF_YEAR = re.compile(r"(?<!\d)(\d{4})年(?=元旦|春[节節]|部分|[节節]假|放假|校[历曆]|日[历曆]|假期|法定|全年)")
_FESTIVAL = re.compile(
    r"元旦|春[节節]|清明[节節]?|[劳勞][动動][节節]|五一[节節]?|端午[节節]?|中秋[节節]?|[国國][庆慶][节節]?|[寒暑春秋]假"
)
_EMPTY_WORDS = re.compile(
    r"[时時][间間]|安排|通知|日期|[调調]整|具[体體]|如下|全天|全校|[学學]校|法定|[为為]期|[的为為是起共和与與及]"
)
_NAME = re.compile(r"[^\W\d_][\w·-]*")


@dataclass(frozen=True, slots=True)
class Found:
    """A day that the text calls `open` or closed, and what for."""

    day: date
    open: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The days found, in order and each once, and every doubt."""

    days: tuple[Found, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def doubtful(self) -> frozenset[date]:
        """The found days that somebody should look at before they are taken."""
        return frozenset(each.day for each in self.remarks if each.day)


def read(text: str, year: int) -> Reading:
    """The days in the text. `year` is meant where neither a date nor a heading names one. Never raises."""
    if len(text) > MOST_TEXT:
        return Reading(remarks=(Remark(Doubt.TOO_LONG, text[:40] + "…"),))
    text = plain(text)
    headed = _OF_YEAR.search(text)
    reader = _Reader(int(headed[1]) if headed else year)
    for line in text.splitlines():
        for item in _ITEM.split(line):
            reader.read_line(item)
    return gathered(reader.found, reader.remarks, year)


def gathered(found: list[Found], remarks: list[Remark], year: int) -> Reading:
    """Each day once and in order; a day that was said twice and differently keeps the first and is doubted."""
    days: dict[date, Found] = {}
    doubts = list(remarks)
    for each in found:
        if days.setdefault(each.day, each).open != each.open:
            doubts.append(Remark(Doubt.BOTH, each.day.isoformat(), each.day))
    doubts += [Remark(Doubt.OTHER_YEAR, str(other)) for other in sorted({day.year for day in days} - {year})]
    return Reading(tuple(days[day] for day in sorted(days)), tuple(dict.fromkeys(doubts)))


@dataclass(slots=True)
class _Reader:
    """Reads line after line; `heading` is the holiday's name that stood alone above."""

    year: int
    heading: str = ""
    found: list[Found] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def read_line(self, line: str) -> None:
        """Take the days of a line, sentence by sentence; a name before its colon is the name of all."""
        bare = _NUMBERING.sub("", line).strip()
        if bare != line.strip():
            self.heading = ""
        if _is_heading(bare):
            self.heading = name_in(bare)
            return
        name, year = self._name_of_line(bare), self.year
        for sentence in _SENTENCE.split(bare):
            if sentence.strip(" :,、()\t"):
                year = self._read_sentence(sentence.strip(), name, year)

    def _name_of_line(self, line: str) -> str:
        before, colon, _ = line.partition(":")
        named = bool(colon) and not _has_date(before)
        return (name_in(before) if named else "") or self.heading

    def _read_sentence(self, text: str, name: str, year: int) -> int:
        """Take the days of one sentence; the year of its last date, which the line's next sentence means."""
        row = list(tokens(text))
        kinds = {each.kind for each in row}
        if "date" not in kinds or "advice" in kinds:
            self.remarks.append(Remark(Doubt.ADVICE if "date" in kinds else Doubt.NO_DAY, text))
            return year
        sentence = Sentence(text, year)
        sentence.read(row)
        self.remarks += sentence.remarks
        name = name or name_in(text)
        for span in sentence.spans:
            self._take(span, text, name)
        return sentence.year

    def _take(self, span: Span, text: str, name: str) -> None:
        if not span.verdict or span.too_long or len(self.found) > MOST_DAYS:
            self.remarks.append(Remark(Doubt.TOO_LONG if span.verdict else Doubt.NO_VERDICT, text))
        else:
            self.found += [Found(day, is_open, name) for day, is_open in span.days()]


def _has_date(text: str) -> bool:
    return any(each.kind == "date" for each in tokens(text))


def _is_heading(line: str) -> bool:
    """A holiday's name that stands alone: 元旦, or 国庆节、中秋节:"""
    return bool(_FESTIVAL.search(line) and re.fullmatch(r"[^\W\d][\w、]{1,14}:?", line) and not _has_date(line))


def name_in(text: str) -> str:
    """What a holiday or a day off is called here: by its festivals, or else by the first words that say something."""
    if festivals := dict.fromkeys(_FESTIVAL.findall(text)):
        return "、".join(festivals)[:LONGEST_NAME]
    left = _NAME.search(_EMPTY_WORDS.sub(" ", _without_tokens(text)))
    return left[0][:LONGEST_NAME] if left else ""


def _without_tokens(text: str) -> str:
    """The text without its dates and the words that say closed or open."""
    characters = list(text)
    for token in tokens(text):
        characters[token.start : token.end] = " " * (token.end - token.start)
    return "".join(characters)
