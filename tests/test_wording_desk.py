"""What the desk says of a reader or a book: in every language, and with something to do about what nobody may pass."""

import pytest

from kiosk import wording
from kiosk.decision import Finding, Reason, Tier
from kiosk.wording_desk import ADVICE, SENTENCES, advice, sentence
from kiosk.words import LANGUAGES
from tests.test_words import FACTS, NUMBERS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_for_the_staff(language: str, reason: Reason) -> None:
    said = sentence(Finding(reason, Tier.REFUSE, {**FACTS, **NUMBERS}), language)
    assert said and "%(" not in said
    assert "你" not in said and "You" not in said.split()


def test_a_child_is_told_as_before() -> None:
    finding = Finding(Reason.LIMIT_REACHED, Tier.OVERRIDE, {"limit": 5, "held": 5})
    assert sentence(finding, "en") == "Limit reached: 5 of 5."
    assert wording.sentence(finding, "en") == "You may have 5 books."


def test_the_advice_is_for_what_nobody_may_pass_over() -> None:
    soft = Finding(Reason.LIMIT_REACHED, Tier.OVERRIDE, {"limit": 5, "held": 5})
    hard = Finding(Reason.WITHDRAWN, Tier.REFUSE)
    barred = Finding(Reason.NOT_ALLOWED, Tier.REFUSE)
    assert advice((soft,), "en") == ""
    assert advice((soft, hard), "en") == ADVICE[Reason.WITHDRAWN]
    assert advice((hard, barred), "en") == ADVICE[Reason.NOT_ALLOWED]


def test_the_staff_are_told_nothing_of_a_reason_that_is_none() -> None:
    assert set(SENTENCES) <= set(Reason) and set(ADVICE) <= set(Reason)
