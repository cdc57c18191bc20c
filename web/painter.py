"""Paints a station's View: reads names and titles from the database and puts outcomes into words."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from kiosk import memory, outcome, turns
from kiosk.circulation import judge_reader
from kiosk.decision import Facts
from kiosk.desk import Desk
from kiosk.marks import say
from kiosk.names import first_name
from kiosk.reception import SHOWN
from kiosk.trouble import DatabaseError, told
from kiosk.turns import State
from kiosk.wording import advice, sentence
from kiosk.words import LANGUAGES, class_name, translations
from web import view
from web.manners import CHOICES, MANNERS, NOTABLE, SAID, shown_verb, weightiest
from web.view import Book, View


@dataclass(frozen=True, slots=True)
class Scene:
    """What a station knows about itself when it is painted; `taken` counts its scans and choices.

    An outcome that is not in the ledger is known by that count, so that painting it again does not sound again.
    """

    seq: int
    taken: int
    state: State
    outcomes: tuple[outcome.Outcome, ...]
    language: str
    station: str
    camera: bool
    devices: tuple[view.Device, ...]
    seconds: float | None
    seconds_total: float


class Painter:
    """Makes Views for every station of the house. Raises DatabaseError."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def paint(self, scene: Scene, now: datetime) -> View:
        """The screen as it is at this moment."""
        with self.desk.database.reading() as connection:
            return _Sitting(connection, self.desk, scene, now).paint()

    def blank(self, scene: Scene, problem: DatabaseError, unrecorded: bool) -> View:
        """A screen that needs no database: what is wrong, and whether that has cost the scan just made."""
        words = translations(scene.language).gettext
        lost = (words(say("That was not recorded.")),) if unrecorded else ()
        verb, sound = ("broken", "refused") if unrecorded else ("closed", "none")
        reasons, next_ = (*lost, told(problem, scene.language)), words(say("Ask the teacher."))
        return _frame(
            scene, "", False, outcome=view.Outcome(-scene.taken, "not", verb, sound, reasons=reasons, next=next_)
        )


class _Sitting:
    """One painting: one connection, one moment, one language."""

    def __init__(self, connection: Connection, desk: Desk, scene: Scene, now: datetime) -> None:
        self.connection, self.scene, self.state = connection, scene, scene.state
        self.moment = now.astimezone(desk.zone)
        self.policy = desk.rules(connection)
        self.words = translations(scene.language).gettext
        self._books: dict[int, Book] = {}

    def paint(self) -> View:
        state, scene, summary = self.state, self.scene, self.state.summary
        deeds = summary.deeds if summary else state.deeds
        return _frame(
            scene,
            memory.setting(self.connection, "school"),
            memory.setting(self.connection, "demo") == "1",
            reader=self._reader(summary.reader if summary else state.reader),
            held=tuple(self._book(copy) for copy in state.held),
            deeds=tuple(self._deed(deed, deed is deeds[-1]) for deed in reversed(deeds)),
            outcome=self._outcome(),
            question=self._question(),
        )

    def _book(self, copy: int) -> Book:
        if copy not in self._books:
            row = memory.book(self.connection, copy)
            self._books[copy] = (
                Book(row["label"], row["title"], row["author"], row["class_number"], row["title_id"])
                if row
                else Book("", "?", "", "", 0)
            )
        return self._books[copy]

    def _deed(self, deed: turns.Deed, fresh: bool) -> view.Deed:
        facts = memory.copy_facts(self.connection, deed.copy) if deed.verb in ("lent", "renewed") else None
        return view.Deed(deed.verb, self._book(deed.copy), facts.loan.due_on if facts and facts.loan else None, fresh)

    def _days_left(self, due_on: Any) -> int:
        return int((due_on - self.moment.date()).days)

    def _reader(self, reader: int | None) -> view.Reader | None:
        if reader is None:
            return None
        facts, row = memory.reader_facts(self.connection, reader), memory.person(self.connection, reader)
        if facts is None or row is None:
            return None
        loans = tuple(
            view.Loaned(self._book(loan.copy_id), loan.due_on, left := self._days_left(loan.due_on), left < 0)
            for loan in facts.counted
        )
        limit = self.policy.category(facts.category).limit
        notes = judge_reader(Facts(self.moment, facts, None), self.policy).findings
        late = sum(loan.overdue for loan in loans)
        blocked = notes or (late and self.policy.category(facts.category).overdue_blocks)
        return view.Reader(
            first_name(row["name"]),
            class_name(row["grade"], row["number"], self.scene.language),
            0 if blocked else max(limit - len(loans), 0),
            limit,
            loans,
            late,
            tuple(sentence(each, self.scene.language) for each in notes),
        )

    def _outcome(self) -> view.Outcome | None:
        said = tuple(
            each for each in self.scene.outcomes if self.state.helped or each.verb != "help"
        )  # until help came
        if not said:
            return None
        done = weightiest(said)
        verb, (reasons, next_) = shown_verb(done), self._said(done)
        if done.refused and any(each.verb == "returned" and each.copy_id == done.copy_id for each in said):
            next_ = self.words(say("Put it in the box"))  # it has come back, and whoever holds it may not have it
        kind, sound = MANNERS[verb]
        if verb == "returned" and any(done.has(reason) for reason in NOTABLE):
            kind = "look"
        due_on = done.due_on if verb in ("lent", "renewed") else None
        if verb == "already" and done.copy_id is not None:
            facts = memory.copy_facts(self.connection, done.copy_id)
            due_on = facts.loan.due_on if facts and facts.loan else None
        return view.Outcome(
            done.entry or -self.scene.taken,
            kind,
            verb,
            sound,
            self._book(done.copy_id) if done.copy_id is not None else None,
            due_on,
            self._days_left(due_on) if due_on else None,
            reasons,
            next_,
        )

    def _said(self, done: outcome.Outcome) -> tuple[tuple[str, ...], str]:
        """The sentences of an outcome, and what to do next."""
        if done.findings:
            reasons = dict.fromkeys(sentence(each, self.scene.language) for each in done.findings)
            return tuple(reasons), advice(done.findings, self.scene.language)
        if done.verb == SHOWN and done.why == "returned":
            return (self.words(say("It is in already. Thank you!")),), ""
        if done.why in SAID:
            reason, next_ = SAID[done.why]
            return (self.words(reason),), self.words(next_) if next_ else ""
        return (), ""

    def _question(self) -> view.Question | None:
        asked = self.state.question
        if asked is None:
            return None
        choices = tuple(
            view.Choice(value, self.words(word), symbol, place == 0)
            for place, (value, word, symbol) in enumerate(CHOICES[asked.kind])
        )
        return view.Question(asked.kind, self._book(asked.copy), choices)


def _counts(summary: turns.Summary) -> tuple[int, int, int]:
    return summary.count("lent"), summary.count("returned"), summary.count("renewed")


def _frame(scene: Scene, library: str, demo: bool, **painted: Any) -> View:
    state = scene.state
    summary = state.summary
    blank = View(
        seq=scene.seq,
        phase=state.phase,
        language=scene.language,
        languages=tuple(LANGUAGES.items()),
        library=library,
        station=scene.station,
        demo=demo,
        camera=scene.camera,
        reader=None,
        held=(),
        deeds=(),
        outcome=None,
        question=None,
        can_undo=bool(state.deeds or state.held),
        help_called=state.helped,
        seconds=scene.seconds,
        seconds_total=scene.seconds_total,
        devices=scene.devices,
        summary=_counts(summary) if summary else None,
    )
    return replace(blank, **painted)
