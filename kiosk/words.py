"""The languages and their catalogues. The .po files are read as they are: nothing compiled can grow stale."""

import gettext
import io
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from kiosk.marks import say
from kiosk.names import grade_name

LANGUAGES = {"zh_Hans": "简体", "zh_Hant": "繁體", "en": "English"}
CATALOGUES = Path(__file__).with_name("translations")
_SHORT = {"zh_Hans": "M月d日", "zh_Hant": "M月d日", "en": "d MMM"}
_DATE = {"zh_Hans": "M月d日 EEEE", "zh_Hant": "M月d日 EEEE", "en": "EEE d MMM"}
_WITH_YEAR = {"zh_Hans": "y年M月d日", "zh_Hant": "y年M月d日", "en": "d MMM y"}
_WITH_TIME = {"zh_Hans": "M月d日 HH:mm", "zh_Hant": "M月d日 HH:mm", "en": "d MMM HH:mm"}


@lru_cache
def translations(locale: str) -> Translations:
    """The catalogue of a locale of LANGUAGES; the messages themselves are the English words."""
    with (CATALOGUES / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    found = Translations(compiled)
    found.add_fallback(gettext.NullTranslations())
    return found


@lru_cache(maxsize=512)
def day(when: date, locale: str) -> str:
    """A date as it is spoken, with its weekday: "12月6日 星期日", "Sun 6 Dec"."""
    return format_date(when, _DATE[locale], locale=locale)


def whole_day(when: date, locale: str) -> str:
    """A date with its year: "2026年12月6日", "6 Dec 2026"."""
    return format_date(when, _WITH_YEAR[locale], locale=locale)


def moment(when: datetime, locale: str) -> str:
    """A date and a time of this year, as the given clock shows them: "12月6日 15:04", "6 Dec 15:04"."""
    return format_datetime(when, _WITH_TIME[locale], locale=locale)


@lru_cache(maxsize=512)
def short_day(when: date, locale: str) -> str:
    """A date in the fewest words: "12月6日", "6 Dec"."""
    return format_date(when, _SHORT[locale], locale=locale)


def class_name(grade: int | None, number: int | None, locale: str) -> str:
    """A class as it is called: "三年级2班", "Class 3-2"; nothing where there is none."""
    if grade is None:
        return ""
    words = translations(locale).gettext(say("Class %(grade)s-%(number)s"))
    return words % {"grade": grade_name(grade, locale), "number": number}
