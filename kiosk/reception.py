"""A station's reception: says what a scan is, asks the conversation what to do, has the desk do it.

One scan is one transaction: what it leads to happens wholly or not at all, and its id makes it happen once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from kiosk import conversation, labels, ledger, memory, outcome, reserving, turns, undo, unknown_codes
from kiosk.counter import Counter
from kiosk.decision import Reason
from kiosk.desk import Desk
from kiosk.labels import LabelRules
from kiosk.outcome import Outcome
from kiosk.turns import Request, State

SHOWN = "shown"  # the verb of an outcome that only says something and is not in the ledger
_NOTED = {"hold": "held", "drop": "dropped", "ask": "asked", "isbn": "isbn", "help": "help"}
_REMEMBERED = 300  # entries to look back at after a start: more than any session makes
_SETTLED = {"lent": "lend", "returned": "take_back", "renewed": "renew", "reserved": "reserve", "held": "hold"}
_TOUCHING = ("greeted", "finished", "dropped", "undone", *_SETTLED)


@dataclass(frozen=True, slots=True)
class Reply:
    """The station's state after an input, and what came of each request, in order."""

    state: State
    outcomes: tuple[Outcome, ...]


class Reception:
    """Takes the scans of one station. Knows no screen and no HTTP; every method may raise DatabaseError."""

    def __init__(self, desk: Desk, station: str, rules: LabelRules, languages: tuple[str, ...]) -> None:
        self.desk, self.station, self.rules, self.languages = desk, station, rules, languages

    def scan(self, state: State, text: str, symbology: str, scan_id: str, now: datetime) -> Reply:
        """What one code leads to. The same scan id again leads to nothing, and tells the first outcomes."""

        def resolve(connection: Connection) -> turns.Input:
            return self._seen(connection, state, text, symbology)

        return self._once(state, resolve, scan_id, now)

    def choose(self, state: State, value: str, scan_id: str, now: datetime) -> Reply:
        """What a choice on the screen leads to."""

        def resolve(connection: Connection) -> turns.Input:
            question = state.question
            if question and question.kind == turns.CARD_OR_LABEL and value in ("card", "book"):
                if value == "card" and question.reader is not None:
                    return turns.CardSeen(question.reader)
                return _copy_seen(connection, question.copy)
            return turns.Chosen(value)

        return self._once(state, resolve, scan_id, now)

    def want(self, state: State, title: int, scan_id: str, now: datetime) -> Reply:
        """What somebody's wish for a title that was found on the screen leads to."""

        def resolve(connection: Connection) -> turns.Input:
            copies = memory.copies_of_title(connection, title)
            return turns.TitleWanted(copies[0]) if copies else turns.StrangerSeen("NOT_OURS")

        return self._once(state, resolve, scan_id, now)

    def carry_out(self, state: State, requests: tuple[Request, ...], now: datetime) -> Reply:
        """Carry out what silence asks for."""
        if not requests:
            return Reply(state, ())
        return self.desk.at_counter(self.station, now, None, lambda counter: _perform(counter, state, requests))

    def restore(self) -> Reply:
        """Where this station was when the program last ended, told by the ledger: its state and last outcome."""
        with self.desk.database.reading() as connection:
            return _remembered(connection, self.station)

    def _once(
        self,
        state: State,
        resolve: Callable[[Connection], turns.Input],
        scan_id: str,
        now: datetime,
    ) -> Reply:
        def work(counter: Counter) -> Reply:
            if told := counter.told():
                return Reply(state, tuple(told))
            seen = resolve(counter.connection)
            return _perform(counter, *conversation.respond(state, seen, now))

        return self.desk.at_counter(self.station, now, scan_id, work)

    def _seen(self, connection: Connection, state: State, text: str, symbology: str) -> turns.Input:
        """The first thing the text can mean that exists here."""
        meanings = labels.meanings(text, self.rules, symbology)
        for meaning in meanings:
            match meaning:
                case labels.Unknown(why):
                    return turns.StrangerSeen(why, text)
                case labels.Command(name, argument):
                    return turns.CommandSeen(name, self._language(state, argument))
                case labels.Isbn():
                    return _isbn_seen(connection, state, meaning, text)
                case labels.ReaderCard(number):
                    if (reader := memory.reader_of(connection, meaning)) is not None:
                        label = labels.CopyLabel(number)
                        copy = memory.copy_of(connection, label) if label in meanings else None
                        return turns.CardSeen(reader) if copy is None else turns.BothSeen(reader, copy)
                case labels.CopyLabel():
                    if (copy := memory.copy_of(connection, meaning)) is not None:
                        return _copy_seen(connection, copy)
        return turns.StrangerSeen("NOT_OURS", text)

    def _language(self, state: State, wanted: str) -> str:
        """The language asked for, or the next one round."""
        if wanted in self.languages:
            return wanted
        now = state.language or self.languages[0]
        return self.languages[(self.languages.index(now) + 1) % len(self.languages)]


def _copy_seen(connection: Connection, copy: int) -> turns.CopySeen:
    facts = memory.copy_facts(connection, copy)
    loan = facts.loan if facts else None
    return turns.CopySeen(copy, loan.reader_id if loan else None)


def _isbn_seen(connection: Connection, state: State, code: labels.Isbn, text: str) -> turns.Input:
    """A copy when exactly one can be meant: the library's only one, or the only one this reader has."""
    copies = memory.copies_of_isbn(connection, code)
    own = [copy for copy, reader in copies if reader is not None and reader == state.reader]
    only = copies[0][0] if len(copies) == 1 else own[0] if len(own) == 1 else None
    if only is not None:
        return _copy_seen(connection, only)
    return turns.IsbnSeen(code.isbn) if copies else turns.StrangerSeen("ISBN_NOT_OURS", text)


def _perform(counter: Counter, state: State, requests: tuple[Request, ...]) -> Reply:
    outcomes = []
    for request in requests:
        done = _carry_out(counter, request)
        outcomes.append(done)
        state = conversation.settle(state, request, done.verb, done.entry, counter.now)
        if request.verb == "lend" and done.refused and done.has(Reason.RESERVED):
            state = _offered(counter, state, request)
        if done.refused and request.verb in ("greet", "take_back"):
            break  # no session was opened, or the copy did not come back: what should follow cannot
    return Reply(state, tuple(outcomes))


def _offered(counter: Counter, state: State, request: Request) -> State:
    """Whoever may not have the copy that somebody waits for may be the next, unless there is something nearer."""
    if request.copy is None or request.reader is None:
        return state
    title = memory.title_of(counter.connection, request.copy)
    if not reserving.is_possible(counter, title, request.reader):
        return state
    return replace(state, question=turns.Question(turns.RESERVE_IT, request.copy, counter.now))


def _carry_out(counter: Counter, request: Request) -> Outcome:
    match request:
        case Request("greet", reader=int(reader)):
            return counter.greet(reader)
        case Request("lend", copy=int(copy), reader=int(reader)):
            return counter.lend(reader, copy)
        case Request("take_back", copy=int(copy)):
            return counter.take_back(copy)
        case Request("renew", copy=int(copy), reader=int(reader)):
            return counter.renew(reader, copy)
        case Request("reserve", copy=int(copy), reader=int(reader)):
            title = memory.title_of(counter.connection, copy)
            return reserving.reserve(counter, title, reader, copy)
        case Request("stranger"):
            return unknown_codes.record(counter, request.text, request.why)
        case Request("undo", entry=int(entry)):
            return undo.undo(counter, entry)
        case Request("finish", reader=int(reader)):
            return counter.note(outcome.FINISHED, reader, why=request.why)
        case Request("show"):
            return Outcome(SHOWN, counter.now, 0, request.reader, request.copy, why=request.why)
    return counter.note(_NOTED[request.verb], request.reader, request.copy, why=request.why)


def _remembered(connection: Connection, station: str) -> Reply:
    state, done = State(), None
    for row in ledger.latest(connection, station, _REMEMBERED):
        if row.verb not in _TOUCHING:
            continue
        done = outcome.of_row(row._mapping)
        match done.verb:
            case outcome.GREETED:
                state = State(reader=done.reader_id, opened=done.at, touched=done.at)
            case outcome.FINISHED:
                state = State()
            case _:
                state = replace(_retold(state, done), touched=done.at)
    return Reply(state, (done,) if done and state.touched else ())


def _retold(state: State, done: Outcome) -> State:
    if verb := _SETTLED.get(done.verb):
        return conversation.settle(state, Request(verb, done.copy_id), done.verb, done.entry, done.at)
    if done.verb == "dropped":
        dropped = done.copy_id
        return replace(state, held=tuple(copy for copy in state.held if dropped is not None and copy != dropped))
    undone = int(done.why.split()[1])
    return conversation.settle(state, Request("undo", entry=undone), done.verb, done.entry, done.at)
