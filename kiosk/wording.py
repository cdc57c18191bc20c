"""The words for what the desk says: one sentence per reason and language, and what to do next."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from kiosk.decision import Finding, Reason, Tier
from kiosk.marks import counted, say
from kiosk.words import day, translations

SENTENCES: Mapping[Reason, str | tuple[str, str, str]] = {
    Reason.READER_UNKNOWN: say("This card is not known here."),
    Reason.SUSPENDED: say("You may borrow again after %(until)s."),
    Reason.CARD_EXPIRED: say("This card ended on %(on)s."),
    Reason.CARD_LOST: say("This card was reported lost."),
    Reason.LEFT_SCHOOL: say("This card's reader has left the school."),
    Reason.COPY_UNKNOWN: say("This book is not known here."),
    Reason.WITHDRAWN: say("This book no longer belongs to the library."),
    Reason.IN_REPAIR: say("This book is to be mended."),
    Reason.READING_ROOM_ONLY: say("This book is for reading here."),
    Reason.FOUND: say("This book was lost, and you found it!"),
    Reason.ALREADY_YOURS: say("You have this book already."),
    Reason.ON_LOAN_TO_ANOTHER: say("This book is still on someone else's card."),
    Reason.OTHER_CORNER: say("This book belongs to class %(corner)s."),
    Reason.OUTSIDE_HOURS: say("No books are lent at this time."),
    Reason.KIND_NOT_LENT: say("This is not lent."),
    Reason.LIMIT_REACHED: counted("You may have %(limit)s book.", "You may have %(limit)s books.", "limit"),
    Reason.KIND_LIMIT_REACHED: counted(
        "You may have %(limit)s of this kind.", "You may have %(limit)s of this kind.", "limit"
    ),
    Reason.OVERDUE_AT_HOME: counted("%(count)s book at home is late.", "%(count)s books at home are late.", "count"),
    Reason.SAME_TITLE: say("You have this title at home already."),
    Reason.READ_BEFORE: say("You have read this before."),
    Reason.LATE: counted("%(days)s day late.", "%(days)s days late.", "days"),
    Reason.NOT_ON_LOAN: say("This book was in already."),
    Reason.BELONGS_TO_CORNER: say("This book belongs to class %(corner)s."),
    Reason.NEEDS_REPAIR: say("This book is to be mended."),
    Reason.RENEWALS_REACHED: say("It was kept longer already."),
    Reason.OVERDUE: counted("%(days)s day late.", "%(days)s days late.", "days"),
    Reason.RENEW_LATER: counted(
        "You can keep it longer in %(days)s day.", "You can keep it longer in %(days)s days.", "days"
    ),
    Reason.NOT_YOURS: say("This book is not on your card."),
    Reason.CANNOT_UNDO: say("This can no longer be undone."),
    Reason.RESERVED: say("Somebody is waiting for this book."),
    Reason.SET_ASIDE: say("Somebody is waiting for this book."),
    Reason.ALREADY_RESERVED: say("It is reserved for you already."),
    Reason.ON_THE_SHELF: say("It is on the shelf. You can take it."),
    Reason.RESERVATIONS_REACHED: counted(
        "You may reserve %(limit)s book.", "You may reserve %(limit)s books.", "limit"
    ),
    Reason.TITLE_UNKNOWN: say("The library does not have this book."),
    Reason.NOT_ALLOWED: say("The librarian has to do this."),
}

NEXT: Mapping[Reason, str] = {
    Reason.LIMIT_REACHED: say("Return one first."),
    Reason.KIND_LIMIT_REACHED: say("Return one first."),
    Reason.OVERDUE_AT_HOME: say("Bring the late books back first."),
    Reason.READING_ROOM_ONLY: say("Read it here, then put it back."),
    Reason.OTHER_CORNER: say("Give it to the teacher."),
    Reason.BELONGS_TO_CORNER: say("Give it to the teacher."),
    Reason.NEEDS_REPAIR: say("Give it to the teacher."),
    Reason.WITHDRAWN: say("Give it to the teacher."),
    Reason.IN_REPAIR: say("Give it to the teacher."),
    Reason.FOUND: say("Give it to the teacher."),
    Reason.RENEW_LATER: say("Come back then."),
    Reason.CANNOT_UNDO: say("Ask the teacher."),
    Reason.OVERDUE: say("Ask the teacher."),
    Reason.RESERVED: say("Choose another book."),
    Reason.SET_ASIDE: say("Put it in the box"),
    Reason.ALREADY_RESERVED: say("You will hear when it is here."),
    Reason.SAME_TITLE: say("Choose another book."),
    Reason.ON_THE_SHELF: say("Scan it, and take it home."),
    Reason.RESERVATIONS_REACHED: say("Fetch one first."),
    Reason.TITLE_UNKNOWN: say("Choose another book."),
}
_ASK = say("Ask the teacher.")


Sentences = Mapping[Reason, str | tuple[str, str, str]]


def sentence(finding: Finding, locale: str = "en", told: Sentences = MappingProxyType({})) -> str:
    """The sentence for a finding, with its dates and numbers as the language writes them; `told` has other sentences
    for some reasons."""
    words, template = translations(locale), told.get(finding.reason, SENTENCES[finding.reason])
    facts = {name: _spoken(name, value, locale) for name, value in finding.facts.items()}
    if isinstance(template, str):
        return words.gettext(template) % facts
    singular, plural, number = template
    return words.ngettext(singular, plural, int(finding.facts[number])) % facts


def advice(findings: tuple[Finding, ...], locale: str = "en") -> str:
    """What to do next, by the first finding that hinders, or the first note that asks for something; or nothing."""
    hindering = [each for each in findings if each.tier is not Tier.NOTE]
    if hindering:
        return translations(locale).gettext(NEXT.get(hindering[0].reason, _ASK))
    notes = [NEXT[each.reason] for each in findings if each.reason in NEXT]
    return translations(locale).gettext(notes[0]) if notes else ""


def _spoken(name: str, value: str | int, locale: str) -> str | int:
    return day(date.fromisoformat(str(value)), locale) if name in ("until", "on", "due") else value
