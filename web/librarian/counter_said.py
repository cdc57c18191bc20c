"""What the counter says of the last scan or key, as plain values in the language of this browser."""

from datetime import date

from sqlalchemy import Connection, select

from kiosk import memory, outcome, reader_page, unknown_codes
from kiosk import sitting as known
from kiosk.decision import Finding, Reason, Tier
from kiosk.marks import say
from kiosk.models import Title
from kiosk.models_desk import Reservation
from kiosk.outcome import Outcome
from kiosk.reader_page import ReaderPage
from kiosk.roles import Staff
from kiosk.sitting import Answer
from kiosk.wording_desk import advice, sentence
from kiosk.words import day
from web.librarian import counter_keys, counter_words
from web.librarian.counter_asked import asked
from web.librarian.counter_shown import Said, Why, copys_book, person_name
from web.librarian.door import language, words
from web.view import Book


def first(connection: Connection, page: ReaderPage | None, is_closed: bool, reserving: int | None) -> Said:
    """What is said before anything was scanned."""
    if page is not None:
        kind, _, word = counter_words.MANNERS[outcome.GREETED]
        return Said(kind, words(word), "none")
    if reserving is not None:
        (kind, _, word), then = counter_words.SHOWN["scan the card to reserve"]
        return Said(kind, words(word), "none", book=_titled(connection, reserving), then=words(then))
    kind, sound, word = counter_words.CLOSED if is_closed else counter_words.FIRST
    return Said(kind, words(word), sound, then=words(say("A book that comes back needs no card.")))


def said(connection: Connection, answer: Answer, page: ReaderPage | None, staff: Staff) -> Said:
    """The answer in words."""
    if answer.question is not None:
        return asked(connection, answer.question)
    if len([each for each in answer.outcomes if each.why == "renew" or each.verb == outcome.RENEWED]) > 1:
        return _renewed(connection, answer.outcomes)
    done = _weightiest(answer.outcomes)
    facts = memory.copy_facts(connection, done.copy_id) if done.copy_id is not None else None
    (kind, sound, word), (aside, until) = counter_words.manner(done), _set_aside(connection, done)
    if kind == "well" and (aside or any(done.has(each) for each in _NOTABLE)):
        kind, sound = "look", "aside" if aside else "look"
    return Said(
        kind=kind,
        word=words(word),
        sound=sound,
        entry=done.entry,
        verb=done.verb,
        book=_book(connection, done),
        code=answer.text,
        unknown=unknown_codes.newest(connection, answer.text) if answer.text else None,
        due_on=done.due_on,
        who=_who(connection, done),
        aside=aside,
        until=until,
        reasons=_reasons(done, bool(aside)),
        override=str(done.kept.get("override", "")),
        undone=words(counter_words.undone(done)),
        wrong=done.why if done.verb == outcome.REPAIR else "",
        then=_then(done, page),
        keys=counter_keys.of_outcome(done, answer.sitting, facts, staff),
    )


_IN_HAND = (outcome.RETURNED, outcome.ALREADY, outcome.MENDED, outcome.FOUND)  # a book that is here now
_NOTABLE = (Reason.LATE, Reason.BELONGS_TO_CORNER, Reason.NEEDS_REPAIR, Reason.WITHDRAWN, Reason.FOUND)


# where a book in the hand goes now
_PUT = (
    (Reason.WITHDRAWN, say("It no longer belongs to the stock. Put it aside.")),
    (Reason.NEEDS_REPAIR, say("Put it with the books to be mended.")),
    (Reason.SET_ASIDE, say("Put it on the reserved shelf.")),
    (Reason.BELONGS_TO_CORNER, say("Put it with the books of the corners.")),
)


def _weightiest(outcomes: tuple[Outcome, ...]) -> Outcome:
    """Of all that was done, a refusal; else the last."""
    return next((each for each in outcomes if each.refused), outcomes[-1])


def _then(done: Outcome, page: ReaderPage | None) -> str:
    """What comes next: what waits for the reader, what was only said, or what helps against a refusal."""
    if done.verb == outcome.GREETED:
        ready = " · ".join(each.title for each in page.waiting if each.label) if page else ""
        return words(say("Set aside for this reader: %(titles)s"), titles=ready) if ready else ""
    if done.verb in _IN_HAND:
        return words(next((what for reason, what in _PUT if done.has(reason)), ""))
    return words(counter_words.then(done)) if done.verb == known.SHOWN else advice(done.findings, language())


def _reasons(done: Outcome, is_aside: bool) -> tuple[Why, ...]:
    left_out = {Reason.NOT_ON_LOAN, *({Reason.SET_ASIDE} if is_aside else ())}
    told = (each for each in done.findings if each.reason not in left_out)
    return tuple(Why(_tier(each), sentence(each, language())) for each in told)


def _tier(finding: Finding) -> str:
    if finding.reason is Reason.NOT_ALLOWED:
        return "who"
    return {Tier.REFUSE: "hard", Tier.OVERRIDE: "soft", Tier.NOTE: "note"}[finding.tier]


def _book(connection: Connection, done: Outcome) -> Book | None:
    """The copy's book, or the title that was reserved."""
    if done.copy_id is not None:
        return copys_book(connection, done.copy_id)
    return _titled(connection, done.kept["title"]) if "title" in done.kept else None


def _titled(connection: Connection, title: int) -> Book | None:
    query = select(Title.title, Title.author, Title.class_number).where(Title.id == title)
    row = connection.execute(query).first()
    return Book("", row.title, row.author, row.class_number, title) if row else None


def _who(connection: Connection, done: Outcome) -> str:
    """Whose it is or was."""
    if done.reader_id is None or done.verb in (known.SHOWN, outcome.ALREADY):
        return ""
    return person_name(reader_page.short(connection, [done.reader_id]).get(done.reader_id))


def _set_aside(connection: Connection, done: Outcome) -> tuple[str, date | None]:
    """For whom a book that came back is set aside, and until when."""
    number = done.kept.get("reservation")
    if number is None or done.verb not in _IN_HAND:
        return "", None
    query = select(Reservation.reader_id, Reservation.waits_until).where(Reservation.id == number)
    row = connection.execute(query).first()
    return (person_name(reader_page.short(connection, [row[0]]).get(row[0])), row[1]) if row else ("", None)


def _renewed(connection: Connection, outcomes: tuple[Outcome, ...]) -> Said:
    """What came of renewing everything that a reader has."""
    kind, sound, word = counter_words.NOT_ALL_RENEWED if any(each.refused for each in outcomes) else counter_words.ALL
    then = words(say("Choose a book with the arrow keys; R and then O override.")) if kind == "look" else ""
    others = tuple(_other(connection, each) for each in outcomes)
    return Said(
        kind, words(word), sound, outcomes[-1].entry, who=_who(connection, outcomes[0]), then=then, others=others
    )


def _other(connection: Connection, done: Outcome) -> tuple[str, str, str]:
    book = _book(connection, done)
    told = [why.sentence for why in _reasons(done, False)]
    if done.due_on is not None:
        told.insert(0, day(done.due_on, language()))
    return "not" if done.refused else "well", book.title if book else "", " · ".join(told)


def reason(finding: Finding) -> str:
    """A finding as the staff read it."""
    return sentence(finding, language())
