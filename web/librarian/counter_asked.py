"""The questions of the counter, each answered by the key of a number."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from kiosk import memory, reader_page
from kiosk import sitting as known
from kiosk.marks import say
from kiosk.models import Copy, Place
from web.librarian import counter_keys, counter_words
from web.librarian.counter_shown import Choice, Said, copys_book, person_name
from web.librarian.door import words

_MOST = 9  # as many as there are keys
_STATES = {"repair": say("in repair"), "lost": say("lost"), "withdrawn": say("withdrawn")}


def asked(connection: Connection, question: known.Question) -> Said:
    """The question, its book and its answers."""
    (kind, sound, word), then = counter_words.QUESTIONS[question.kind]
    reader, copy = question.reader, question.copies[0]
    keys: tuple[counter_keys.Key, ...] = ()
    who = ""
    if question.kind == known.LENT_JUST_NOW and reader is not None:
        keys, who = counter_keys.of_fresh_loan(reader, copy), _who(connection, reader)
    choices = tuple(_choices(connection, question))[:_MOST]
    book = copys_book(connection, copy)
    return Said(kind, words(word), sound, book=book, who=who, then=words(then), keys=keys, choices=choices)


def _choices(connection: Connection, question: known.Question) -> Iterator[Choice]:
    if question.kind == known.CARD_OR_LABEL and question.reader is not None:
        yield Choice(words(say("The card")), _who(connection, question.reader), "open", {"reader": question.reader})
        book = copys_book(connection, question.copies[0])
        yield Choice(words(say("The book")), book.title if book else "", "book", {"copy": question.copies[0]})
    elif question.kind == known.WHICH_COPY:
        for copy in question.copies:
            book = copys_book(connection, copy)
            yield Choice(book.label if book else "", _whereabouts(connection, copy), "book", {"copy": copy})


def _whereabouts(connection: Connection, copy: int) -> str:
    """Who has the copy, or where it belongs and in what state it is."""
    facts = memory.copy_facts(connection, copy)
    if facts and facts.loan:
        return _who(connection, facts.loan.reader_id)
    place = connection.scalar(select(Place.name).join(Copy, Copy.place_id == Place.id).where(Copy.id == copy))
    state = words(_STATES[facts.state]) if facts and facts.state in _STATES else ""
    return " · ".join(filter(None, (place, state)))


def _who(connection: Connection, reader: int) -> str:
    return person_name(reader_page.short(connection, [reader]).get(reader))
