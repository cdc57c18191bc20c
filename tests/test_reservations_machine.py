"""Whatever is lent, brought back, reserved, lost, mended and undone, in whatever order: who waits is served in turn.

A model beside the library keeps a slip for everybody who waits, as a person with a card box would. After every step the
library must have set aside the same copies for the same readers.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import update

from kiosk import outcome
from kiosk.database import Database
from kiosk.decision import Reason
from kiosk.desk import Desk
from kiosk.models import CategoryRule
from kiosk.outcome import Outcome
from kiosk.roles import Staff
from tests import cast
from tests.branch import CHILD, Branch
from tests.cast import BEES, BEES_AGAIN, FERRY, LEILEI, LIHUA, TEACHER, THE_CLASS, XIAOMING, Person, Thing
from tests.test_desk_machine import memory, open_day

READERS, THINGS = (XIAOMING, LIHUA, TEACHER), (FERRY, BEES, BEES_AGAIN)
AWAY = {FERRY: THE_CLASS, BEES: THE_CLASS, BEES_AGAIN: LEILEI}  # who has them at home in the beginning
readers, things = st.sampled_from(READERS), st.sampled_from(THINGS)
staff = st.sampled_from([CHILD, cast.LIBRARIAN, cast.ASSISTANT])
TITLE_OF = {thing.id: thing.title for thing in THINGS}


@dataclass
class Slip:
    """Somebody who waits for a title, and the copy set aside for them, if there is one."""

    number: int
    reader: int
    title: int
    copy: int | None = None


@dataclass
class Shelves:
    """The library as the person with the card box sees it."""

    slips: dict[int, Slip] = field(default_factory=dict)
    loans: dict[int, int] = field(default_factory=dict)
    state: dict[int, str] = field(default_factory=lambda: {thing.id: "ok" for thing in THINGS})
    was_hurt: set[int] = field(default_factory=set)  # lost while they were to be mended
    unseen: set[int] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)
    lost_cards: set[int] = field(default_factory=set)

    def queue(self, title: int) -> list[Slip]:
        mine = [slip for slip in self.slips.values() if slip.title == title]
        return sorted(mine, key=lambda slip: (slip.reader != TEACHER.id, slip.number))

    def hoping(self, title: int) -> list[Slip]:
        return [slip for slip in self.queue(title) if slip.copy is None and slip.reader not in self.lost_cards]

    def of(self, reader: int, title: int) -> Slip | None:
        return next((slip for slip in self.queue(title) if slip.reader == reader), None)

    def kept_for(self, copy: int) -> Slip | None:
        return next((slip for slip in self.slips.values() if slip.copy == copy), None)

    def free(self, title: int) -> int:
        mine = [copy for copy in TITLE_OF if TITLE_OF[copy] == title and self.lies_here(copy)]
        return len([copy for copy in mine if copy not in self.unseen])

    def lies_here(self, copy: int) -> bool:
        return copy not in self.loans and self.state[copy] == "ok" and self.kept_for(copy) is None

    def for_next(self, copy: int) -> None:
        waiting = self.hoping(TITLE_OF[copy])
        if self.lies_here(copy) and waiting:
            waiting[0].copy = copy

    def release(self, copy: int) -> None:
        if slip := self.kept_for(copy):
            slip.copy = None

    def end(self, slip: Slip) -> None:
        del self.slips[slip.number]
        if slip.copy is not None:
            self.for_next(slip.copy)

    def find(self, copy: int) -> None:
        if self.state[copy] == "lost":
            self.state[copy] = "repair" if copy in self.was_hurt else "ok"
            self.was_hurt.discard(copy)

    def spoken_for(self, reader: int, copy: int) -> bool:
        title, kept = TITLE_OF[copy], self.kept_for(copy)
        if kept is not None:
            return kept.reader != reader
        mine = self.of(reader, title)
        if mine is not None and mine.copy is not None:
            return False
        ahead = [slip.reader for slip in self.hoping(title)]
        place = ahead.index(reader) if reader in ahead else len(ahead)
        return place >= max(self.free(title), 1)

    def lend(self, reader: int, copy: int) -> None:
        self.find(copy)
        self.release_unless(reader, copy)
        self.loans[copy] = reader
        self.unseen.discard(copy)
        self.excused.discard(copy)
        if mine := self.of(reader, TITLE_OF[copy]):
            del self.slips[mine.number]
            if mine.copy not in (None, copy):
                self.for_next(mine.copy or 0)

    def release_unless(self, reader: int, copy: int) -> None:
        kept = self.kept_for(copy)
        if kept is not None and kept.reader != reader:
            kept.copy = None

    def back(self, copy: int, seen: bool) -> None:
        self.find(copy)
        if self.loans.pop(copy, None) is not None and not seen:
            self.unseen.add(copy)
        self.for_next(copy)
        if seen:
            self.unseen.discard(copy)


@cache
def school() -> tuple[Database, bytes]:
    """A database in memory, and the bytes of a school with a staff, in which teachers are served first."""
    desk, image = memory()
    load(desk.database, image)
    cast.hire(desk.database)
    first = update(CategoryRule).where(CategoryRule.category == "teacher").values(precedence=True)
    cast.change(desk.database, first)
    raw = desk.database.engine.raw_connection()
    prepared: bytes = raw.driver_connection.serialize()  # type: ignore[union-attr]
    raw.close()
    return desk.database, prepared


def load(database: Database, image: bytes) -> None:
    """Make the database a new school again."""
    raw = database.engine.raw_connection()
    raw.driver_connection.deserialize(image)  # type: ignore[union-attr]
    raw.close()


class Queue(RuleBasedStateMachine):
    """The library and its model, step by step. `undoable` is the last deed and how things stood before it."""

    def __init__(self) -> None:
        super().__init__()
        database, image = school()
        load(database, image)
        self.library = Branch.over(Desk(database, cast.ZONE))
        self.model = Shelves()
        self.undoable: tuple[Outcome, Shelves] | None = None
        for thing, reader in AWAY.items():
            self.library.lend(reader, thing)
            self.model.loans[thing.id] = reader.id

    def teardown(self) -> None:
        assert self.library.flaws() == []

    def did(self, done: Outcome, verb: str, before: Shelves) -> bool:
        """Whether it was done, and can be undone next."""
        self.undoable = (done, before) if done.verb == verb else None
        return done.verb == verb

    # Waiting

    @rule(reader=readers, thing=things, who=staff)
    def reserve(self, reader: Person, thing: Thing, who: Staff | None) -> None:
        """Somebody asks for a title."""
        before, model = deepcopy(self.model), self.model
        home = any(
            model.loans[copy] == reader.id and TITLE_OF[copy] == thing.title and copy not in model.excused
            for copy in model.loans
        )
        stock = any(model.state[copy] != "lost" for copy in TITLE_OF if TITLE_OF[copy] == thing.title)
        against = {
            Reason.CARD_LOST: reader.id in model.lost_cards,
            Reason.TITLE_UNKNOWN: not stock,
            Reason.ALREADY_RESERVED: model.of(reader.id, thing.title) is not None,
            Reason.SAME_TITLE: home,
            Reason.ON_THE_SHELF: model.free(thing.title) > len(model.hoping(thing.title)) and who is None,
        }
        done = self.library.reserve(reader, thing, who)
        if self.did(done, outcome.RESERVED, before):
            assert not any(against.values())
            number = done.kept["reservation"]
            model.slips[number] = Slip(number, reader.id, thing.title)
        elif not (reader.id in model.lost_cards and model.of(reader.id, thing.title)):
            told = {each.reason for each in done.findings} - ({Reason.ON_THE_SHELF} if who else set())
            assert told == {reason for reason, holds in against.items() if holds}

    @rule(reader=readers, title=st.sampled_from([FERRY, BEES]))
    def ask_at_the_desk(self, reader: Person, title: Thing) -> None:
        """Where a copy on the shelf is no hindrance."""
        self.reserve(reader, title, cast.LIBRARIAN)

    @precondition(lambda self: self.model.slips)
    @rule(which=st.integers(0, 9))
    def cancel(self, which: int) -> None:
        """Somebody does not want it any more."""
        before, slip = deepcopy(self.model), self._slip(which)
        self.did(self.library.cancel(slip.number), outcome.CANCELLED, before)
        self.model.end(slip)

    # Coming and going

    @rule(reader=readers, thing=things, override=st.sampled_from(["", "", "because"]))
    def lend(self, reader: Person, thing: Thing, override: str) -> None:
        """Somebody takes a book, with or without a librarian's yes."""
        before, model = deepcopy(self.model), self.model
        spoken_for = thing.id not in model.loans and model.spoken_for(reader.id, thing.id)
        done = self.library.lend(reader, thing, cast.LIBRARIAN if override else CHILD, override)
        assert done.has(Reason.RESERVED) == spoken_for
        if self.did(done, outcome.LENT, before):
            assert override or not spoken_for
            model.lend(reader.id, thing.id)
        else:
            model.find(thing.id)

    @precondition(lambda self: any(slip.copy for slip in self.model.slips.values()))
    @rule(which=st.integers(0, 9))
    def fetch(self, which: int) -> None:
        """Somebody comes for what was set aside, or takes another copy of it."""
        kept = [slip for slip in self.model.slips.values() if slip.copy]
        slip = kept[which % len(kept)]
        reader = next(each for each in READERS if each.id == slip.reader)
        theirs = [each for each in THINGS if each.title == slip.title]
        self.lend(reader, theirs[which % len(theirs)], "")

    @rule(thing=things, who=staff)
    def back(self, thing: Thing, who: Staff | None) -> None:
        """A book is brought to a kiosk or to the desk, or lay about there."""
        before = deepcopy(self.model)
        self.did(self.library.back(thing, who), outcome.RETURNED, before)
        self.model.back(thing.id, seen=who is not None)

    @precondition(lambda self: self.model.loans)
    @rule(which=st.integers(0, 2), who=staff)
    def bring(self, which: int, who: Staff | None) -> None:
        """One of those that are at home comes back."""
        away = [thing for thing in THINGS if thing.id in self.model.loans]
        self.back(away[which % len(away)], who)

    @rule(found=st.sets(things))
    def look_through_the_box(self, found: set[Thing]) -> None:
        """The box is emptied; some of what was told is not in it."""
        number = self.library.begin()
        for thing in sorted(found, key=lambda each: each.id):
            self.library.scan(number, thing)
            self.model.back(thing.id, seen=True)
        self.library.finish(number)
        for copy in self.model.unseen:
            self.model.release(copy)
        self.undoable = None

    # How copies are

    @rule(thing=things)
    def lose_or_find(self, thing: Thing) -> None:
        """A copy is given up, or is here after all."""
        before, model = deepcopy(self.model), self.model
        if model.state[thing.id] == "lost":
            assert self.did(self.library.found(thing), outcome.FOUND, before)
            model.find(thing.id)
            model.for_next(thing.id)
            return
        assert self.did(self.library.lost(thing), outcome.LOST, before)
        if model.state[thing.id] == "repair":
            model.was_hurt.add(thing.id)
        if thing.id in model.loans:
            model.excused.add(thing.id)
        model.state[thing.id] = "lost"
        model.unseen.discard(thing.id)
        model.release(thing.id)

    @rule(thing=things)
    def hurt_or_mend(self, thing: Thing) -> None:
        """A copy is to be mended, or is whole again."""
        before, model = deepcopy(self.model), self.model
        if model.state[thing.id] == "repair":
            assert self.did(self.library.mended(thing), outcome.MENDED, before)
            model.state[thing.id] = "ok"
            model.for_next(thing.id)
        elif self.did(self.library.repair(thing), outcome.REPAIR, before):
            before.unseen.discard(thing.id)  # whoever sends it away has seen it, also when that is undone
            model.state[thing.id] = "repair"
            model.unseen.discard(thing.id)
            model.release(thing.id)

    # Readers and days

    @rule(reader=st.sampled_from([LIHUA, TEACHER]))
    def a_card_is_lost_or_replaced(self, reader: Person) -> None:
        """Whose card is lost keeps the place in the queue."""
        lost = reader.id not in self.model.lost_cards
        self.library.reader(reader, card_lost_on=cast.TODAY if lost else None)
        (self.model.lost_cards.add if lost else self.model.lost_cards.discard)(reader.id)
        self.undoable = None

    @rule(days=st.integers(1, 4))
    def days_go_by(self, days: int) -> None:
        """What has waited in vain goes to the next; what still lies in the box has not waited."""
        self.library.now += timedelta(days=days)
        rows = {row.id: row.waits_until for row in self.library.open_ones()}
        self.library.pass_on()
        for slip in sorted(self.model.slips.values(), key=lambda each: each.number):
            until = rows[slip.number]
            if slip.copy and slip.copy not in self.model.unseen and until and until < self.library.day():
                self.model.end(slip)
        self.undoable = None

    # Undoing

    @precondition(lambda self: self.undoable)
    @rule()
    def undo(self) -> None:
        """The last deed should not have happened."""
        assert self.undoable
        (done, before), after = self.undoable, self.model
        assert self.library.undo(done).verb == outcome.UNDONE
        self.undoable, self.model = None, before
        if done.verb in (outcome.RETURNED, outcome.LENT):
            before.state, before.was_hurt = after.state, after.was_hurt  # found is found
        for number, slip in before.slips.items():  # whose copy went on to the next meanwhile waits at the old place
            if number not in after.slips and slip.copy and (now := after.kept_for(slip.copy)):
                before.slips[now.number].copy, slip.copy = slip.copy, None

    # What must hold

    @invariant()
    def the_same_copies_are_set_aside_for_the_same_readers(self) -> None:
        """And nobody waits twice for a title, nor two for one copy."""
        rows = self.library.open_ones()
        assert {row.id: (row.reader_id, row.copy_id) for row in rows} == {
            number: (slip.reader, slip.copy) for number, slip in self.model.slips.items()
        }
        assert len({(row.reader_id, row.title_id) for row in rows}) == len(rows)
        kept = [row.copy_id for row in rows if row.copy_id is not None]
        assert len(set(kept)) == len(kept)
        for row in rows:
            if row.copy_id is not None:
                self._is_kept_well(row.copy_id, row.waits_until)

    @invariant()
    def the_copies_are_where_the_model_has_them(self) -> None:
        """On loan, in the box, lost or mended."""
        for thing in THINGS:
            assert self.library.state(thing) == self.model.state[thing.id]
            assert self.library.is_out(thing) == (thing.id in self.model.loans)
        assert self.library.unseen() == sorted(self.model.unseen)

    def _is_kept_well(self, copy: int, until: date | None) -> None:
        assert copy not in self.model.loans and self.model.state[copy] == "ok"
        assert until is not None and open_day(until)
        assert copy in self.model.unseen or until >= self.library.day()

    def _slip(self, which: int) -> Slip:
        slips = sorted(self.model.slips.values(), key=lambda slip: slip.number)
        return slips[which % len(slips)]


TestWhoWaitsIsServedInTurn = Queue.TestCase
TestWhoWaitsIsServedInTurn.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
