"""An unknown code gets a meaning: it is a copy's label, new or in place of an old one, or a reader's card, or nothing.

Each verb is one transaction of the counter with its ledger entry, which holds ids only. What cannot be done comes back
as a sentence; then nothing was written, but that an assistant has tried.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from kiosk import ledger, reconcile, reconciliations, unknown_codes
from kiosk.counter import Counter
from kiosk.labels import CopyLabel, LabelRules, ReaderCard, isbn13
from kiosk.models import Copy, Place, Reader, SchoolClass, Title
from kiosk.models_desk import Reconciliation, ReconciliationLine, UnknownCode
from kiosk.newcomer_checks import (
    NO_COPY,
    NO_READER,
    WITHDRAWN,
    NewCopy,
    NewReader,
    NewTitle,
    card_problem,
    copy_problem,
    hindrance,
    label_problem,
    number_of,
    reader_problem,
    title_problem,
)
from kiosk.outcome import Outcome
from kiosk.policy import KINDS
from kiosk.reader_search import named_class

COPY_ADDED, RELABELLED, READER_ADDED, CARD_CHANGED = "copy_added", "relabelled", "reader_added", "card_changed"
COPY, CARD, DISMISSED = "copy", "card", "dismissed"


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it, or the sentence why nothing did."""

    outcome: Outcome | None = None
    problem: str = ""


def add_copy(counter: Counter, code: int, new: NewCopy, rules: LabelRules) -> Made:
    """The code is the label of a copy that is not in the stock yet."""
    stranger = unknown_codes.of(counter.connection, code)
    problem = hindrance(counter, COPY_ADDED, stranger) or label_problem(counter, stranger, new.label, rules)
    problem = problem or title_problem(counter, new.title) or copy_problem(counter, new)
    if problem or stranger is None:
        return Made(problem=problem)
    label = new.label or stranger.text
    title = new.title if isinstance(new.title, int) else _title_added(counter, new.title)
    row = {"label": number_of(label, rules, CopyLabel), "accession": new.accession.strip()[:40], "title_id": title}
    copy = ledger.new_id(counter.connection.execute(insert(Copy), {**row, "place_id": _place(counter, new.place)}))
    done = counter.note(COPY_ADDED, None, copy, title=title)
    _settle(counter, {stranger.text, unknown_codes.shown(label)}, COPY, copy)
    return Made(done)


def relabel(counter: Counter, code: int, copy: int, rules: LabelRules, label: str = "") -> Made:
    """The code is the new label of a copy that has lost its old one."""
    stranger = unknown_codes.of(counter.connection, code)
    problem = hindrance(counter, RELABELLED, stranger) or label_problem(counter, stranger, label, rules)
    state = counter.connection.scalar(select(Copy.state).where(Copy.id == copy))
    problem = problem or (NO_COPY if state is None else WITHDRAWN if state == "withdrawn" else "")
    if problem or stranger is None:
        return Made(problem=problem)
    label = label or stranger.text
    change = update(Copy).where(Copy.id == copy).values(label=number_of(label, rules, CopyLabel))
    counter.connection.execute(change)
    done = counter.note(RELABELLED, None, copy)
    _settle(counter, {stranger.text, unknown_codes.shown(label)}, COPY, copy)
    return Made(done)


def add_reader(counter: Counter, code: int, new: NewReader, rules: LabelRules) -> Made:
    """The code is the card of a reader who is not there yet."""
    stranger = unknown_codes.of(counter.connection, code)
    problem = hindrance(counter, READER_ADDED, stranger) or card_problem(counter, stranger, rules)
    problem = problem or reader_problem(counter, new)
    if problem or stranger is None:
        return Made(problem=problem)
    row = {"name": new.name.strip()[:80], "category": new.category, "class_id": _class(counter, new.school_class)}
    added = insert(Reader), {**row, "card": number_of(stranger.text, rules, ReaderCard)}
    done = counter.note(READER_ADDED, ledger.new_id(counter.connection.execute(*added)))
    _settle(counter, {stranger.text}, CARD)
    return Made(done)


def change_card(counter: Counter, code: int, reader: int, rules: LabelRules) -> Made:
    """The code is the new card of a reader; the number of the old one is nobody's then."""
    stranger = unknown_codes.of(counter.connection, code)
    problem = hindrance(counter, CARD_CHANGED, stranger) or card_problem(counter, stranger, rules)
    there = select(Reader.id).where(Reader.id == reader, Reader.left_on.is_(None))
    problem = problem or ("" if counter.connection.scalar(there) else NO_READER)
    if problem or stranger is None:
        return Made(problem=problem)
    values = {"card": number_of(stranger.text, rules, ReaderCard), "card_lost_on": None, "card_expires_on": None}
    counter.connection.execute(update(Reader).where(Reader.id == reader).values(values))
    done = counter.note(CARD_CHANGED, reader)
    _settle(counter, {stranger.text}, CARD)
    return Made(done)


def dismiss(counter: Counter, code: int) -> Made:
    """The code is nothing of ours, and nobody need look at it any more."""
    stranger = unknown_codes.of(counter.connection, code)
    if (problem := hindrance(counter, DISMISSED, stranger, "serve")) or stranger is None:
        return Made(problem=problem)
    return Made(unknown_codes.resolve(counter, stranger.text, DISMISSED))


def _title_added(counter: Counter, new: NewTitle) -> int:
    row: dict[str, Any] = {"title": new.title.strip()[:300], "author": new.author.strip()[:300]}
    row |= {"isbn": isbn13(new.isbn), "class_number": new.class_number.strip()[:40]}
    kind = new.kind if new.kind in KINDS else KINDS[0]
    return ledger.new_id(counter.connection.execute(insert(Title), {**row, "kind": kind}))


def _place(counter: Counter, place: int | str) -> int:
    if isinstance(place, int):
        return place
    name = place.strip()[:80]
    there = counter.connection.scalar(select(Place.id).where(Place.name == name))
    return there or ledger.new_id(counter.connection.execute(insert(Place), {"name": name, "kind": "shelf"}))


def _class(counter: Counter, school_class: int | str | None) -> int | None:
    if not isinstance(school_class, str):
        return school_class
    grade, number = named_class(school_class.strip()) or (0, 0)
    same = select(SchoolClass.id).where(SchoolClass.grade == grade, SchoolClass.number == number)
    there = counter.connection.scalar(same)
    row = {"grade": grade, "number": number}
    return there or ledger.new_id(counter.connection.execute(insert(SchoolClass), row))


def _settle(counter: Counter, texts: set[str], how: str, copy: int | None = None) -> None:
    """Nobody need look at these codes any more; what lies in a box under one of them is known now."""
    for text in sorted(texts):
        lines = _lines_of(counter, text) if copy is not None else []
        if unknown_codes.newest(counter.connection, text) is not None:
            unknown_codes.resolve(counter, text, how)
        for line in lines:
            reconcile.name_unknown(_aside(counter, line), line, copy or 0)


def _lines_of(counter: Counter, text: str) -> list[int]:
    """The lines of open reconciliations that are no more than this code."""
    table = ReconciliationLine.__table__.c
    query = (
        select(table.id)
        .join(Reconciliation, Reconciliation.id == table.reconciliation_id)
        .join(UnknownCode, UnknownCode.id == table.unknown_id)
        .where(
            Reconciliation.finished_at.is_(None), table.undone_at.is_(None), table.account == reconciliations.UNKNOWN
        )
    )
    return list(counter.connection.scalars(query.where(UnknownCode.text == text).order_by(table.id)))


def _aside(counter: Counter, line: int) -> Counter:
    """The same counter with a scan id for this line alone: a line is known by its scan."""
    zone: Any = counter.moment.tzinfo
    scan_id = f"{counter.scan_id}/{line}"
    here = counter.connection, counter.policy, zone, counter.station, counter.now, scan_id
    return Counter(*here, counter.staff, counter.seen)
