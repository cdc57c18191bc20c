"""The small school of `cast` for tests of the counter: kiosks where a child stands alone, and a desk."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from kiosk import condition, outcome, reader_notes, reserving, undo
from kiosk.counter import Counter
from kiosk.desk import Desk
from kiosk.models import Copy, LedgerEntry, Reader, Setting
from kiosk.models_desk import Reservation, UnseenReturn
from kiosk.outcome import Outcome
from kiosk.roles import Staff
from tests import cast
from tests.cast import Person, Thing, change
from tests.test_reconcile import Library

ZONE = ZoneInfo(cast.ZONE)
CHILD = None  # nobody of the staff: somebody alone at a kiosk


class Branch(Library):
    """A school with a library, where books are lent and waited for, are lost, hurt and mended."""

    @classmethod
    def over(cls, desk: Desk) -> "Branch":
        """The library of this desk, in which the staff works already."""
        branch = object.__new__(cls)
        branch.desk, branch.now = desk, cast.MORNING
        return branch

    def do(self, work: Callable[[Counter], Outcome], staff: Staff | None, station: str = cast.ENTRANCE) -> Outcome:
        """Something done by the staff at the desk, or by a child at a kiosk."""
        if staff is not None:
            return self.at_desk(work, staff)
        return self.desk.at_counter(station, self.tick(), f"scan {self.now}", work)

    def reserve(self, reader: Person, thing: Thing, staff: Staff | None = CHILD) -> Outcome:
        """The title of this thing is reserved."""
        return self.do(lambda counter: reserving.reserve(counter, thing.title, reader.id), staff)

    def wait(self, thing: Thing, *readers: Person) -> None:
        """These readers wait for it, in this order."""
        for reader in readers:
            done = self.reserve(reader, thing)
            assert done.verb == outcome.RESERVED, done

    def cancel(self, reservation: int) -> Outcome:
        """Somebody does not want it any more."""
        return self.at_desk(lambda counter: reserving.cancel(counter, reservation))

    def lend(self, reader: Person, thing: Thing, staff: Staff | None = CHILD, override: str = "") -> Outcome:
        """Lend it, or hear why not."""
        return self.do(lambda counter: counter.lend(reader.id, thing.id, override), staff)

    def back(self, thing: Thing, staff: Staff | None = CHILD, station: str = cast.ENTRANCE) -> Outcome:
        """It comes back."""
        return self.do(lambda counter: counter.take_back(thing.id), staff, station)

    def undo(self, done: Outcome, staff: Staff | None = cast.LIBRARIAN) -> Outcome:
        """It should not have happened."""
        return self.do(lambda counter: undo.undo(counter, done.entry), staff)

    def pass_on(self) -> list[Outcome]:
        """The chore that ends what has waited in vain."""
        return self.desk.at_counter("librarian", self.tick(), None, reserving.pass_on)

    def kept(self, thing: Thing) -> int | None:
        """The reader for whom this copy is set aside."""
        rows = [row for row in self.open_ones() if row.copy_id == thing.id]
        assert len(rows) <= 1
        return rows[0].reader_id if rows else None

    def until(self, thing: Thing) -> date:
        """The last day of its waiting."""
        (row,) = (row for row in self.open_ones() if row.copy_id == thing.id)
        assert row.waits_until is not None
        last: date = row.waits_until
        return last

    def waits(self, reader: Person) -> bool:
        """Whether the reader waits for something that is not there yet."""
        return any(row.reader_id == reader.id and row.copy_id is None for row in self.open_ones())

    def open_ones(self) -> list[Any]:
        """The reservations that are not over."""
        return [row for row in self.rows(Reservation) if row.ended_at is None]

    def rows(self, table: Any) -> list[Any]:
        """A whole table."""
        with self.desk.database.reading() as connection:
            return list(connection.execute(select(table.__table__).order_by(table.id)))

    def entries(self, verb: str) -> list[Any]:
        """What the ledger says of this verb."""
        return [row for row in self.rows(LedgerEntry) if row.verb == verb]

    def at(self, year: int, month: int, day: int, hour: int = 10) -> None:
        """It is this day, school time."""
        self.now = datetime(year, month, day, hour, tzinfo=ZONE)

    def day(self) -> date:
        """What the calendar on the wall shows."""
        return self.now.astimezone(ZONE).date()

    def rule(self, statement: Any) -> None:
        """The library's rules are changed."""
        change(self.desk.database, statement)
        old = int(next(row.value for row in self.settings() if row.key == "policy_version"))
        bumped = update(Setting).where(Setting.key == "policy_version").values(value=str(old + 1))
        change(self.desk.database, bumped)

    def settings(self) -> list[Any]:
        """The settings of the library."""
        with self.desk.database.reading() as connection:
            return list(connection.execute(select(Setting.__table__)))

    def reader(self, reader: Person, **values: Any) -> None:
        """Something changes about a reader."""
        change(self.desk.database, update(Reader).where(Reader.id == reader.id).values(values))

    def state(self, thing: Thing) -> str:
        """How the copy is."""
        return next(row.state for row in self.rows(Copy) if row.id == thing.id)

    def renew(self, reader: Person, thing: Thing, staff: Staff | None = CHILD, override: str = "") -> Outcome:
        """Keep it longer."""
        return self.do(lambda counter: counter.renew(reader.id, thing.id, override), staff)

    def due(self, thing: Thing, day: date, staff: Staff = cast.LIBRARIAN) -> Outcome:
        """Give it another due date."""
        return self.at_desk(lambda counter: counter.change_due(thing.id, day), staff)

    def lost(self, thing: Thing, staff: Staff = cast.LIBRARIAN) -> Outcome:
        """Give it up."""
        return self.at_desk(lambda counter: condition.give_up(counter, thing.id), staff)

    def found(self, thing: Thing, staff: Staff = cast.LIBRARIAN) -> Outcome:
        """Here it is."""
        return self.at_desk(lambda counter: condition.found_again(counter, thing.id), staff)

    def repair(self, thing: Thing, wrong: str = "a torn page", staff: Staff = cast.LIBRARIAN) -> Outcome:
        """Send it to be mended."""
        return self.at_desk(lambda counter: condition.send_to_repair(counter, thing.id, wrong), staff)

    def mended(self, thing: Thing, staff: Staff = cast.LIBRARIAN) -> Outcome:
        """It is whole again."""
        return self.at_desk(lambda counter: condition.mended(counter, thing.id), staff)

    def note(self, reader: Person, text: str, staff: Staff = cast.LIBRARIAN) -> Outcome:
        """Write something about a reader."""
        return self.at_desk(lambda counter: reader_notes.write(counter, reader.id, text), staff)

    def unnote(self, number: int, staff: Staff = cast.LIBRARIAN) -> Outcome:
        """Take a note away."""
        return self.at_desk(lambda counter: reader_notes.remove(counter, number), staff)

    def notes(self, reader: Person) -> list[str]:
        """What is written about a reader, the newest first."""
        with self.desk.database.reading() as connection:
            return [row.text for row in reader_notes.of_reader(connection, reader.id)]

    def is_out(self, thing: Thing) -> bool:
        """Whether somebody has it at home."""
        loan = self.loan(thing)
        return loan is not None and loan.returned_at is None

    def unseen(self) -> list[int]:
        """The copies that were told back and that nobody has seen."""
        with self.desk.database.reading() as connection:
            query = select(UnseenReturn.copy_id).where(UnseenReturn.settled_at.is_(None))
            return list(connection.scalars(query.order_by(UnseenReturn.copy_id)))
