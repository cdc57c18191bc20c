"""Whatever happens at two kiosks and at the desk, in whatever order: no return vanishes, and none is counted twice.

A model beside the library keeps the returns as a person would: each told return is one event, and it is unseen until
exactly one thing has happened to it.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from kiosk import outcome, reconcile, reconciliations, verdicts
from kiosk.models_desk import UnseenReturn
from tests import cast
from tests.test_reconcile import Library

STATIONS = (cast.ENTRANCE, cast.ROOM)
THINGS = cast.PLAIN[:6]
READERS = (cast.TEACHER, cast.THE_CLASS)
things, stations, readers = st.sampled_from(THINGS), st.sampled_from(STATIONS), st.sampled_from(READERS)


@dataclass
class Told:
    """One return that a kiosk was told of. `end` says what became of it; "" while nobody has seen the copy."""

    copy: int
    station: str
    order: int
    entry: int
    end: str = ""


@dataclass
class Box:
    """One reconciliation, as a person with a pencil keeps it."""

    number: int
    stations: tuple[str, ...]
    opened: int
    confirmed: list[Told] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    missing: list[Told] | None = None
    scans: int = 0


class Returns(RuleBasedStateMachine):
    """The library and its model, step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.library = Library(Path(self.folder.name))
        self.told: list[Told] = []
        self.boxes: list[Box] = []
        self.out: set[int] = set()
        self.steps = 0

    def teardown(self) -> None:
        assert self.library.flaws() == []
        self.library.desk.database.engine.dispose()
        self.folder.cleanup()

    # What happens at the kiosks

    @rule(thing=things, reader=readers, station=stations)
    def lend(self, thing: cast.Thing, reader: cast.Person, station: str) -> None:
        """Somebody takes a book; if it was told back and not seen, it was there."""
        done = self.library.desk.lend(reader.id, thing.id, station=station, now=self.library.tick())
        if done.verb == outcome.LENT:
            assert thing.id not in self.out
            self.out.add(thing.id)
            self._settle(thing.id, "lent")

    @rule(thing=things, station=stations)
    def tell(self, thing: cast.Thing, station: str) -> None:
        """The kiosk is told that a book comes back."""
        (done,) = self.library.told(thing, station=station)
        assert (done.verb == outcome.RETURNED) == (thing.id in self.out)
        if done.verb == outcome.RETURNED:
            self.out.discard(thing.id)
            self.steps += 1
            self.told.append(Told(thing.id, station, self.steps, done.entry))

    @precondition(lambda self: self.told)
    @rule(which=st.integers(0, 99))
    def undo_at_the_kiosk(self, which: int) -> None:
        """A child takes back what it told."""
        told = self.told[which % len(self.told)]
        done = self.library.desk.undo(told.entry, station=told.station, now=self.library.tick())
        assert (done.verb == outcome.UNDONE) == (told.end == "")
        if done.verb == outcome.UNDONE:
            told.end = "undone"
            self.out.add(told.copy)

    # What happens at the desk

    @rule(thing=things)
    def take_back_at_the_counter(self, thing: cast.Thing) -> None:
        """The librarian has the book in her hand."""
        self.library.at_desk(lambda counter: counter.take_back(thing.id))
        self.out.discard(thing.id)
        self._settle(thing.id, "counter")

    @rule(which=st.sampled_from([STATIONS[:1], STATIONS[1:], STATIONS]))
    def begin(self, which: tuple[str, ...]) -> None:
        """A box is opened, unless it is open already."""
        number = self.library.at_desk(lambda counter: reconcile.begin(counter, which))
        busy = {station for box in self.boxes if box.missing is None for station in box.stations}
        assert (number is None) == bool(busy & set(which))
        if number is not None:
            self.boxes.append(Box(number, which, self.steps))

    @precondition(lambda self: self._open())
    @rule(thing=things, which=st.integers(0, 9), staff=st.sampled_from([cast.LIBRARIAN, cast.ASSISTANT]))
    def scan(self, thing: cast.Thing, which: int, staff: object) -> None:
        """One book out of the box."""
        box = self._open()[which % len(self._open())]
        found = self.library.scan(box.number, thing, staff=staff)  # type: ignore[arg-type]
        told = next((each for each in self.told if each.copy == thing.id and not each.end), None)
        scanned = thing.id in box.extra or any(each.copy == thing.id for each in box.confirmed)
        if told:
            assert found.kind == reconcile.CONFIRMED
            told.end = "box"
            box.confirmed.append(told)
        elif thing.id in self.out:
            assert found.kind == reconcile.RETURNED
            self.out.discard(thing.id)
            box.extra.append(thing.id)
        elif scanned:
            assert found.kind == reconcile.AGAIN
            return
        else:
            assert found.kind == reconcile.ALREADY
            box.extra.append(thing.id)
        box.scans += 1

    @precondition(lambda self: self._open())
    @rule(which=st.integers(0, 9), text=st.sampled_from(["no such code", "\x1b[2J", "<b>"]))
    def scan_nonsense(self, which: int, text: str) -> None:
        """Something else lay in the box; it makes a line and stops nothing."""
        box = self._open()[which % len(self._open())]
        assert self.library.scan(box.number, text).kind == reconcile.UNKNOWN
        box.extra.append(0)
        box.scans += 1

    @precondition(lambda self: self._open())
    @rule(which=st.integers(0, 9))
    def take_the_last_line_out(self, which: int) -> None:
        """It was scanned by mistake. When the book has moved on since, nothing changes."""
        box = self._open()[which % len(self._open())]
        with self.library.desk.database.reading() as connection:
            lines = reconciliations.lines(connection, box.number, 1)
        if not lines:
            return
        (line,) = lines
        before = line.copy_id in self.out
        if not self.library.at_desk(lambda counter: reconcile.undo_line(counter, line.id)):
            return
        box.scans -= 1
        if line.account == reconcile.CONFIRMED:
            assert not before
            box.confirmed.pop(next(n for n, each in enumerate(box.confirmed) if each.copy == line.copy_id)).end = ""
        else:
            box.extra.remove(line.copy_id or 0)
            if line.account == reconcile.RETURNED:
                self.out.add(line.copy_id)

    @precondition(lambda self: self._open())
    @rule(which=st.integers(0, 9))
    def finish(self, which: int) -> None:
        """The box is empty."""
        box = self._open()[which % len(self._open())]
        assert self.library.finish(box.number)
        box.missing = self._still_told(box)

    @precondition(lambda self: any(box.missing for box in self.boxes))
    @rule(which=st.integers(0, 9), place=st.integers(0, 9), verdict=st.sampled_from(verdicts.VERDICTS))
    def decide(self, which: int, place: int, verdict: str) -> None:
        """A verdict for something missing; what was settled meanwhile gets none."""
        boxes = [box for box in self.boxes if box.missing]
        box = boxes[which % len(boxes)]
        assert box.missing
        told = box.missing[place % len(box.missing)]
        row = next(row for row in self.library.missing(box.number) if row.entry_id == told.entry)
        done = self.library.at_desk(lambda counter: verdicts.decide(counter, box.number, row.id, verdict))
        assert done.refused == bool(told.end)
        if not told.end and verdict != "searching":
            told.end = verdict
            if verdict == "reopened":
                self.out.add(told.copy)

    # What must hold

    @invariant()
    def every_told_return_is_unseen_or_has_one_end(self) -> None:
        """None vanishes."""
        with self.library.desk.database.reading() as connection:
            rows = connection.execute(select(UnseenReturn.entry_id, UnseenReturn.settled_how)).all()
        assert {row.entry_id: row.settled_how or "" for row in rows} == {told.entry: told.end for told in self.told}

    @invariant()
    def the_counts_are_those_of_a_person_with_a_pencil(self) -> None:
        """told = confirmed + missing, box = confirmed + extra, and nothing is in both."""
        for box in self.boxes:
            missing = self._still_told(box) if box.missing is None else box.missing
            told = {each.entry for each in (*box.confirmed, *missing)}
            assert len(told) == len(box.confirmed) + len(missing)
            assert box.scans == len(box.confirmed) + len(box.extra)
            assert self.library.tally(box.number) == (len(told), box.scans, len(missing), len(box.extra))

    def _open(self) -> list[Box]:
        return [box for box in self.boxes if box.missing is None]

    def _still_told(self, box: Box) -> list[Told]:
        return [
            told for told in self.told if told.station in box.stations and told.order <= box.opened and not told.end
        ]

    def _settle(self, copy: int, how: str) -> None:
        for told in self.told:
            if told.copy == copy and not told.end:
                told.end = how


TestReturns = Returns.TestCase
TestReturns.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
