"""The words for the library's rules: what each is called, how its text reads, what is wrong with it, what it means."""

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date, get_day_names

from kiosk.holiday_sentence import Doubt, Remark
from kiosk.marks import say
from kiosk.policy import CLASS, STUDENT, TEACHER
from kiosk.rule_preview import Line
from kiosk.rulebook import CATEGORY_SWITCHES, OPEN, Problem
from kiosk.words import translations

READERS = {STUDENT: say("Pupils"), TEACHER: say("Teachers"), CLASS: say("Classes")}
KINDS = {"book": say("Books"), "periodical": say("Periodicals"), "textbook": say("Textbooks")}
ONE_READER = {STUDENT: say("A pupil"), TEACHER: say("A teacher"), CLASS: say("A class")}
ONE_THING = {"book": say("a book"), "periodical": say("a periodical"), "textbook": say("a textbook")}
FIELDS = {
    "days": say("days"),
    "limit": say("at once"),
    "renewals": say("renewals"),
    "renew_within": say("renewing begins, days before the due date"),
}
OVER_ALL = {
    "limit": say("at once, all kinds together"),
    "overdue_blocks": say("late books block borrowing"),
    "precedence": say("their reservations come first"),
}
_A_FIELD_OF = say("%(reader)s, %(kind)s: %(field)s")
_OVER_ALL_OF = say("%(reader)s: %(field)s")
_RESERVED = say("Days a reserved book is kept")
_A_TERM, _NO_NAME = say("Term %(name)s"), say("Term without a name")
_HOURS, _HOURS_AT = say("Lending hours, %(weekday)s"), say("Lending hours at %(station)s, %(weekday)s")
_YES, _NO, _NONE = say("yes"), say("no"), say("none")
_AS_USUAL, _CLOSED, _OPEN = say("like any other weekday"), say("closed"), say("open, a working weekend")
_DAY_AND_NOTE = say("%(what)s (%(note)s)")
_ROW = say("%(row)s: %(what)s")
_WITH_YEAR = {"zh_Hans": "y年M月d日 EEEE", "zh_Hant": "y年M月d日 EEEE", "en": "EEE d MMM y"}

_DUE = say("%(reader)s borrowing %(thing)s today would return it on %(day)s.")
_DUE_THEN = say("%(reader)s borrowing %(thing)s on %(on)s would return it on %(day)s.")
_NOT_LENT = say("%(reader)s may not borrow %(thing)s.")

DOUBTS: Mapping[Doubt, str] = {
    Doubt.NO_DAY: say("There is no date in it."),
    Doubt.NO_VERDICT: say("It does not say whether the library is closed or open."),
    Doubt.ADVICE: say("This is a recommendation, not a holiday."),
    Doubt.IMPOSSIBLE: say("There is no such date, or the days end before they begin."),
    Doubt.TOO_LONG: say("This is too much at once. Take it in parts."),
    Doubt.WEEKDAY: say("The weekday does not fit the date. Is it of another year?"),
    Doubt.COUNT: say("The number of days does not fit the dates."),
    Doubt.BOTH: say("It is called both closed and open. The first was taken."),
    Doubt.OTHER_YEAR: say("Days of this year are among them."),
    Doubt.TIMED: say("It has an hour and is not a whole day."),
    Doubt.REPEATS: say("It repeats. Only the first was taken."),
    Doubt.ENCODING: say("The file was not in UTF-8. Look whether the names are right."),
}


def label(key: str, locale: str) -> str:
    """What the fact of this name is called."""
    words = translations(locale).gettext
    match key.split("/", 3):
        case ["kind", category, kind, name] if name in FIELDS:
            named = {"reader": reader(category, locale), "kind": thing(kind, locale), "field": words(FIELDS[name])}
            return words(_A_FIELD_OF) % named
        case ["category", category, name] if name in OVER_ALL:
            return words(_OVER_ALL_OF) % {"reader": reader(category, locale), "field": words(OVER_ALL[name])}
        case ["term", *name]:
            return words(_A_TERM) % {"name": "/".join(name)} if any(name) else words(_NO_NAME)
        case ["hours", weekday, *station] if weekday in tuple("0123456"):
            named = {"weekday": weekday_name(int(weekday), locale), "station": "/".join(station)}
            return words(_HOURS_AT if named["station"] else _HOURS) % named
        case ["day", days]:
            return _days(days, locale)
        case ["reservation_days"]:
            return words(_RESERVED)
    return key


def value(key: str, text: str, locale: str) -> str:
    """How the text of a fact reads; an empty one too."""
    words = translations(locale).gettext
    match key.split("/"):
        case ["category", _, name] if name in CATEGORY_SWITCHES:
            return words(_YES if text else _NO)
        case ["term", *_] if text:
            return _days(text, locale)
        case ["day", _]:
            return _special_day(text, locale)
    return text or words(_NONE)


def reader(category: str, locale: str) -> str:
    """A reader category as a heading."""
    return translations(locale).gettext(READERS[category]) if category in READERS else category


def thing(kind: str, locale: str) -> str:
    """A kind of title as a heading."""
    return translations(locale).gettext(KINDS[kind]) if kind in KINDS else kind


def weekday_name(weekday: int, locale: str) -> str:
    """The weekday (0 is Monday), short."""
    return str(get_day_names("abbreviated", locale=locale)[weekday])


def weekday_initial(weekday: int, locale: str) -> str:
    """The weekday (0 is Monday) in one letter."""
    return str(get_day_names("narrow", locale=locale)[weekday])


def long_day(day: date, locale: str) -> str:
    """A date with its weekday and its year."""
    return format_date(day, _WITH_YEAR[locale], locale=locale)


def problem_sentence(problem: Problem, locale: str) -> str:
    """Which row it is about, what is wrong, and what to write instead."""
    words = translations(locale).gettext
    values = {name: _spoken(name, text, locale) for name, text in problem.values.items()}
    return words(_ROW) % {"row": label(problem.key, locale), "what": words(problem.message) % values}


def doubt_sentence(remark: Remark, locale: str) -> str:
    """Why a part of a pasted text was not taken, or should be looked at."""
    return translations(locale).gettext(DOUBTS[remark.doubt])


def due_sentence(line: Line, day: date, today: date, locale: str) -> str:
    """A pupil borrowing a book today would return it on Mon 21 Sep 2026."""
    words = translations(locale).gettext
    named = {
        "reader": words(ONE_READER[line.category]) if line.category in ONE_READER else line.category,
        "thing": words(ONE_THING[line.kind]) if line.kind in ONE_THING else line.kind,
    }
    if line.after is None:
        return words(_NOT_LENT) % named
    spoken = {"on": long_day(day, locale), "day": long_day(line.after, locale)}
    return words(_DUE if day == today else _DUE_THEN) % {**named, **spoken}


def _special_day(text: str, locale: str) -> str:
    words = translations(locale).gettext
    verdict, _, note = text.partition(" ")
    said = words(_AS_USUAL if not verdict else _OPEN if verdict == OPEN else _CLOSED)
    return words(_DAY_AND_NOTE) % {"what": said, "note": note} if note else said


def _days(text: str, locale: str) -> str:
    """A date, or two with dots between; whatever is none stays as it was written."""
    try:
        return " – ".join(long_day(date.fromisoformat(each), locale) for each in text.split(".."))
    except ValueError:
        return text


def _spoken(name: str, text: str | int, locale: str) -> str | int:
    return long_day(date.fromisoformat(str(text)), locale) if name == "day" else text
