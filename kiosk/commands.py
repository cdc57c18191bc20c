"""What the command line does: each command asks the desk or the memory and gives an answer in words and in values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from kiosk import circulation, memory, outcome
from kiosk.counter import Counter
from kiosk.decision import Facts, Finding, OpenLoan, Reason, Tier
from kiosk.desk import Desk
from kiosk.labels import CopyLabel, Isbn, LabelRules, Meaning, ReaderCard, meanings
from kiosk.models import Copy, Place, Reader
from kiosk.outcome import Outcome
from kiosk.policy import STUDENT
from kiosk.wording import sentence
from kiosk.words import day

STATION = "command line"
DONE, REFUSED, FAILED = 0, 1, 2
_STATES = {"repair": "waiting for repair", "lost": "given up for lost", "withdrawn": "taken out of the stock"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The exit status, the sentences for a person and the values for a program."""

    status: int
    lines: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clerk:
    """Serves the command line: knows the desk and what the school's codes mean."""

    desk: Desk
    rules: LabelRules

    def lend(self, card: str, label: str, now: datetime) -> Answer:
        """Lend the copy with this label to the reader with this card."""

        def work(counter: Counter) -> Answer:
            reader = self._reader(counter.connection, card)
            copy = self._copy(counter.connection, label)
            if reader is None:
                return _unknown(counter, Reason.READER_UNKNOWN, card)
            if copy is None:
                return _unknown(counter, Reason.COPY_UNKNOWN, label)
            return _answer(counter, counter.lend(reader, copy))

        return self.desk.at_counter(STATION, now, None, work)

    def take_back(self, label: str, now: datetime) -> Answer:
        """Take the copy with this label back."""
        return self._with_copy(label, now, lambda counter, copy: counter.take_back(copy))

    def renew(self, label: str, now: datetime) -> Answer:
        """Let whoever has the copy with this label keep it longer."""

        def act(counter: Counter, copy: int) -> Outcome:
            facts = memory.copy_facts(counter.connection, copy)
            if facts and facts.loan:
                return counter.renew(facts.loan.reader_id, copy)
            found = Finding(Reason.NOT_ON_LOAN, Tier.REFUSE)
            return counter.note(outcome.REFUSED, None, copy, findings=(found,), why="renew")

        return self._with_copy(label, now, act)

    def status(self, text: str, now: datetime) -> Answer:
        """How the reader or the copy with this number stands; both, when it is the number of both."""
        with self.desk.database.reading() as connection:
            found = []
            if (reader := self._reader(connection, text)) is not None:
                found.append(_reader_status(connection, self.desk, reader, now))
            found += [_copy_status(connection, copy) for copy in self._copies(connection, text)]
        if not found:
            what = f"No reader and no copy has the number {_quoted(text)}."
            return Answer(REFUSED, [what], {"found": [], "reasons": [{"reason": "UNKNOWN", "sentence": what}]})
        return Answer(DONE, [line for lines, _ in found for line in lines], {"found": [values for _, values in found]})

    def _with_copy(self, label: str, now: datetime, act: Callable[[Counter, int], Outcome]) -> Answer:
        def work(counter: Counter) -> Answer:
            copy = self._copy(counter.connection, label)
            if copy is None:
                return _unknown(counter, Reason.COPY_UNKNOWN, label)
            return _answer(counter, act(counter, copy))

        return self.desk.at_counter(STATION, now, None, work)

    def _meanings(self, text: str) -> tuple[Meaning, ...]:
        return meanings(text, self.rules)

    def _reader(self, connection: Connection, text: str) -> int | None:
        cards = (each for each in self._meanings(text) if isinstance(each, ReaderCard))
        return next((found for card in cards if (found := memory.reader_of(connection, card)) is not None), None)

    def _copy(self, connection: Connection, text: str) -> int | None:
        copies = self._copies(connection, text)
        return copies[0] if len(copies) == 1 else None

    def _copies(self, connection: Connection, text: str) -> list[int]:
        """The copy with this label, or all copies with this ISBN."""
        for meaning in self._meanings(text):
            if isinstance(meaning, CopyLabel) and (found := memory.copy_of(connection, meaning)) is not None:
                return [found]
            if isinstance(meaning, Isbn):
                return [copy for copy, _ in memory.copies_of_isbn(connection, meaning)]
        return []


# What the desk has done


def _unknown(counter: Counter, reason: Reason, text: str) -> Answer:
    counter.note("unknown", why="NOT_OURS")
    finding = Finding(reason, Tier.REFUSE)
    values = {"verb": outcome.REFUSED, "reasons": [_finding_values(finding)]}
    return Answer(REFUSED, [f"Not done: {sentence(finding)} ({_quoted(text)})"], values)


def _answer(counter: Counter, done: Outcome) -> Answer:
    connection = counter.connection
    book = _book(connection, done.copy_id)
    reader = _person(connection, done.reader_id)
    words = [sentence(each) for each in done.findings]
    who = f"{reader['name']} ({reader['card']})" if reader else ""
    what = f"《{book['title']}》 ({book['label']})"
    match done.verb:
        case outcome.LENT:
            said = f"Lent: {what} to {who}, due {_due(done)}."
        case outcome.RENEWED:
            said = f"Renewed: {what} for {who}, now due {_due(done)}."
        case outcome.RETURNED:
            said = f"Returned: {what} from {who}."
        case outcome.ALREADY:
            said = f"Nothing to do: {what}."
        case _:
            said = f"Not done: {what}{' and ' + who if who else ''}."
    values = {
        "verb": done.verb,
        "entry": done.entry,
        "loan": done.loan_id,
        "reader": reader,
        "copy": book,
        "due": done.due_on.isoformat() if done.due_on else None,
        "reasons": [_finding_values(each) for each in done.findings],
    }
    return Answer(REFUSED if done.refused else DONE, [" ".join([said, *words])], values)


def _due(done: Outcome) -> str:
    return f"{day(done.due_on, 'en')} {done.due_on.year}" if done.due_on else ""


def _finding_values(finding: Finding) -> dict[str, Any]:
    return {
        "reason": finding.reason.value,
        "tier": finding.tier.value,
        "facts": dict(finding.facts),
        "sentence": sentence(finding),
    }


# How things stand


def _reader_status(connection: Connection, desk: Desk, reader: int, now: datetime) -> tuple[list[str], dict[str, Any]]:
    rules, moment = desk.rules(connection), now.astimezone(desk.zone)
    facts = Facts(moment, memory.reader_facts(connection, reader), None)
    assert facts.reader is not None
    limit = rules.category(facts.reader.category).limit
    person = _person(connection, reader)
    findings = circulation.judge_reader(facts, rules).findings
    loans = [{**_book(connection, loan.copy_id), **_loan_values(loan, facts)} for loan in facts.reader.loans]
    assert person is not None
    kind = "" if person["category"] == STUDENT else f", {person['category']}"
    of_class = f", class {person['class']}" if person["class"] else ""
    lines = [f"{person['name']} ({person['card']}{of_class}{kind}) has {len(loans)} of {limit}."]
    lines += [f"  《{loan['title']}》 ({loan['label']}), due {loan['due']}{_late(loan)}" for loan in loans]
    lines += [f"  {sentence(each)}" for each in findings]
    values = {"reader": person, "limit": limit, "loans": loans, "reasons": [_finding_values(each) for each in findings]}
    return lines, values


def _loan_values(loan: OpenLoan, facts: Facts) -> dict[str, Any]:
    overdue = max(0, (facts.today - loan.due_on).days)
    return {"loan": loan.id, "due": loan.due_on.isoformat(), "renewals": loan.renewals, "days_overdue": overdue}


def _late(loan: dict[str, Any]) -> str:
    days = loan["days_overdue"]
    return f", {days} {'day' if days == 1 else 'days'} overdue" if days else ""


def _copy_status(connection: Connection, copy: int) -> tuple[list[str], dict[str, Any]]:
    facts = memory.copy_facts(connection, copy)
    assert facts is not None
    book = _book(connection, copy)
    place = connection.scalar(select(Place.name).join(Copy, Copy.place_id == Place.id).where(Copy.id == copy))
    reader = _person(connection, facts.loan.reader_id) if facts.loan else None
    due = facts.loan.due_on.isoformat() if facts.loan else None
    where = f"on loan to {reader['name']} ({reader['card']}), due {due}" if reader else f"in, {place}"
    state = f", {_STATES[facts.state]}" if facts.state in _STATES else ""
    line = f"《{book['title']}》 ({book['label']}): {where}{state}."
    return [line], {"copy": book, "place": place, "state": facts.state, "reader": reader, "due": due}


def _book(connection: Connection, copy: int | None) -> dict[str, Any]:
    found = memory.book(connection, copy) if copy is not None else None
    return {name: found[name] for name in ("label", "title", "author")} if found else {}


def _person(connection: Connection, reader: int | None) -> dict[str, Any] | None:
    found = memory.person(connection, reader) if reader is not None else None
    if found is None:
        return None
    card = connection.scalar(select(Reader.card).where(Reader.id == reader))
    of_class = f"{found['grade']}-{found['number']}" if found["grade"] is not None else ""
    return {"card": card, "name": found["name"], "category": found["category"], "class": of_class}


def _quoted(text: str) -> str:
    """What was typed, shortened and without anything that could move a terminal's cursor."""
    return ascii(text[:40]) if not text.isprintable() else f'"{text[:40]}"'
