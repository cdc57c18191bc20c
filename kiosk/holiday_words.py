"""PURE. The words and dates in a sentence about holidays: "10月1日(周四)至7日放假,共7天" as a row of tokens.

Nothing is decided here; kiosk.holidays puts the tokens together.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0}
WEEKDAYS = {character: value for value, character in enumerate("一二三四五六日")} | {"天": 6}

# Traditional characters of the words below; one for one, so that a token's place is the same.
_SIMPLE = str.maketrans("週號補課開閉館連輪調勵議禮會車門廳線樓長組", "周号补课开闭馆连轮调励议礼会车门厅线楼长组")

_NUMERAL = re.compile(
    r"(?<![周週期拜初〇零一二三四五六七八九十])([一二三四五六七八九]?十?[一二三四五六七八九]?)(?=[月日号號])"
)
_YEAR = re.compile(r"([〇零一二三四五六七八九]{4})(?=年)")
_MOON = re.compile(r"(?:农历|農曆)[^,、;:)。\s]*")  # a day of the moon's calendar beside the date itself

_TOKENS = re.compile(
    r"""
      (?P<full>(?:(?<!\d)(?P<fy>\d{4})年)?(?<!\d)(?P<fm>\d{1,2})月(?P<fd>\d{1,2})(?!\d)[日号]?)
    | (?P<iso>(?<!\d)(?P<iy>\d{4})[-/.](?P<im>\d{1,2})[-/.](?P<id>\d{1,2})(?!\d))
    | (?P<compact>(?<!\d)(?P<cy>20\d\d)(?P<cm>[01]\d)(?P<cd>[0-3]\d)(?!\d))
    | (?P<short>(?<!\d)(?<!\d[./])(?P<sm>\d{1,2})[/.](?P<sd>\d{1,2})(?![\d/月年天元]))
    | (?P<dashed>(?:^|(?<=[\s至到~.]))(?P<dm>\d\d)-(?P<dd>\d\d)(?![\d/月年班级楼]))
    | (?P<day>(?<!\d)(?P<bd>\d{1,2})(?:[日号](?![楼门厅馆线])|(?=(?:[、,]\d{1,2}){0,12}[、,]\d{1,2}[日号])))
    | (?P<weekday>(?:星期|周|礼拜)(?P<wd>[一二三四五六日天])(?![一二三四五六日天])|\((?P<wp>[一二三四五六日])\))
    | (?P<count>共(?P<number>\d{1,3})天)
    | (?P<to>至|到|~|-+|—+|–+|\.{2,})
    | (?P<advice>鼓励|建议|倡导)
    | (?P<neutral>不调休)
    | (?P<open>不放假|不休息?|照常|(?:调休)?(?:上班|上课|补班|补课)|开馆|工作日|\b(?i:open|working|workday)\b
        |(?<![不])开放|(?<![值加级跟早晚一二三四五六七八九十])班(?![级主会车长组]))
    | (?P<closed>不上班|不上课|不开放|(?:调休)?(?:放假|休息)|停课|闭馆|[休连公补轮]休|休[馆假]|[寒暑]假
        |假[期日]|(?<![退离午])休(?![学闲克业])|假(?![如设装若使])|\b(?i:closed|holiday|off)\b)
    | (?P<swapped>调休)
    """,
    re.VERBOSE,
)
KINDS = ("full", "iso", "compact", "short", "dashed", "day", "weekday", "count", "to", "advice", "neutral", "open",
         "closed", "swapped")  # fmt: skip
_DATED = {"full": "f", "iso": "i", "compact": "c", "short": "s", "dashed": "d", "day": "b"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a sentence: `date` (year, month, day; None where the text leaves it out), `weekday`, `count` (of
    days), `to`, `advice`, `open`, `closed` or `swapped` (调休, which a day's own weekday must explain)."""

    kind: str
    start: int
    end: int
    date: tuple[int | None, int | None, int] = (None, None, 0)
    number: int = 0


def plain(text: str) -> str:
    """The text with full-width forms and Chinese numerals of dates made plain, and days of the moon left out."""
    text = unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("﹏", "~")
    text = _YEAR.sub(lambda found: "".join(str(_DIGITS[each]) for each in found[1]), text)
    return _MOON.sub("", _NUMERAL.sub(lambda found: _number(found[1]), text))


def tokens(sentence: str) -> Iterator[Token]:
    """The tokens of a plain sentence, in order; what is none of them is passed over."""
    end_of_date = -1
    for found in _TOKENS.finditer(sentence.translate(_SIMPLE)):
        token = _token(found)
        if token is None or (token.kind == "open" and _names_a_class(sentence, found, end_of_date)):
            continue
        if token.kind == "date":
            end_of_date = token.end
        yield token


def verdict(text: str) -> str:
    """The first word of the text that says `open`, `closed` or `swapped`; or nothing."""
    return next((each.kind for each in tokens(plain(text)) if each.kind in ("open", "closed", "swapped")), "")


def _token(found: re.Match[str]) -> Token | None:
    kind = next(each for each in KINDS if found[each] is not None)
    if kind in _DATED:
        year, month, day = (found.groupdict().get(_DATED[kind] + part) for part in "ymd")
        return Token("date", *found.span(), (int(year) if year else None, int(month) if month else None, int(day or 0)))
    if kind == "weekday":
        return Token(kind, *found.span(), number=WEEKDAYS[found["wd"] or found["wp"]])
    if kind == "count":
        return Token(kind, *found.span(), number=int(found["number"]))
    return None if kind == "neutral" else Token(kind, *found.span())


def _names_a_class(sentence: str, found: re.Match[str], end_of_date: int) -> bool:
    """Whether a 班 after a digit is a class (3-2班) and not the work on the date before it (10/10班)."""
    before = sentence[found.start() - 1 : found.start()]
    return found[0] == "班" and before.isdigit() and found.start() != end_of_date


def _number(numeral: str) -> str:
    """一 to 九十九 in digits."""
    if not numeral:
        return ""
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return str(_DIGITS[numeral]) if len(numeral) == 1 else numeral
    return str(10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0))
