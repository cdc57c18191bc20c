"""Every sentence is there in every language, with the same places for names and numbers."""

import re
from datetime import date

import pytest
from babel.messages.pofile import read_po

from kiosk.decision import Finding, Reason, Tier
from kiosk.names import first_name, grade_name
from kiosk.wording import SENTENCES, advice, sentence
from kiosk.words import CATALOGUES, LANGUAGES, day, translations
from tests.messages import messages

FACTS = {"until": "2026-12-06", "on": "2026-12-06", "due": "2026-12-06", "corner": "3-2"}
NUMBERS = {"limit": 5, "held": 5, "count": 2, "days": 3}


def catalogue(language: str) -> dict[object, object]:
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {message.id: message for message in read_po(file, locale=language) if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_exactly_the_messages_that_are_asked_for(language: str) -> None:
    assert set(catalogue(language)) == messages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_left_untranslated(language: str) -> None:
    for message in catalogue(language).values():
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings) and not message.fuzzy, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_places_for_names_and_numbers(language: str) -> None:
    for message in catalogue(language).values():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for string in strings:
            assert sorted(re.findall(r"%\(\w+\)s|\{\w+\}", string)) == sorted(
                re.findall(r"%\(\w+\)s|\{\w+\}", ids[-1])
            ), message.id


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_chinese_is_not_english(language: str) -> None:
    words = translations(language)
    same = [each for each in messages() if isinstance(each, str) and words.gettext(each) == each]
    assert all(re.search(r"[A-Za-z]{4}", each) is None for each in same), same


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_a_child_can_read(language: str, reason: Reason) -> None:
    finding = Finding(reason, Tier.REFUSE, {**FACTS, **NUMBERS})
    said = sentence(finding, language)
    assert said and "%(" not in said
    assert len(said) <= (30 if language != "en" else 60)


def test_every_reason_is_worded_once() -> None:
    assert set(SENTENCES) == set(Reason)


def test_a_refusal_always_says_what_to_do_next() -> None:
    for reason in Reason:
        assert advice((Finding(reason, Tier.REFUSE, {}),), "zh_Hans")


def test_the_advice_is_for_the_first_thing_that_hinders() -> None:
    note = Finding(Reason.FOUND, Tier.NOTE)
    limit = Finding(Reason.LIMIT_REACHED, Tier.OVERRIDE, {"limit": 5})
    assert advice((note, limit), "en") == "Return one first."


def test_a_date_is_spoken_with_its_weekday() -> None:
    sunday = date(2026, 12, 6)
    assert day(sunday, "zh_Hans") == "12月6日 星期日"
    assert day(sunday, "zh_Hant") == "12月6日 星期日"
    assert day(sunday, "en") == "Sun 6 Dec"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("王小明", "小明"),
        ("李华", "华"),
        ("欧阳子涵", "子涵"),
        ("欧阳", "阳"),
        ("司马懿", "懿"),
        ("阿依古丽·买买提", "阿依古丽"),
        ("Ann Lee", "Ann"),
        ("  张伟 ", "伟"),
        ("诺", "诺"),
        ("", ""),
    ],
)
def test_only_the_first_name_is_shown(name: str, first: str) -> None:
    assert first_name(name) == first


def test_a_grade_is_called_as_the_language_calls_it() -> None:
    assert (grade_name(3, "zh_Hans"), grade_name(3, "en"), grade_name(12, "zh_Hant")) == ("三", "3", "12")
