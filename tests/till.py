"""The counter of the small school of `cast`, as the tests of the desk serve at it: scans, keys, and the last hour."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from kiosk import audit, counter_deeds, counter_scan, outcome, recent
from kiosk.counter import Counter
from kiosk.counter_deeds import Deed
from kiosk.labels import LabelRules
from kiosk.models import LedgerEntry, Loan
from kiosk.models_desk import UnknownCode
from kiosk.recent import Line
from kiosk.roles import Staff
from kiosk.sitting import Answer, Sitting
from tests import cast

DESK = "librarian"


class Till:
    """One person at the counter. Between two things done there pass ten seconds."""

    def __init__(self, folder: Path, staff: Staff = cast.LIBRARIAN) -> None:
        self.desk = cast.desk_at(folder)
        cast.hire(self.desk.database)
        self.staff, self.now, self.sitting = staff, cast.MORNING, Sitting()

    def beside(self, staff: Staff) -> "Till":
        """The same library as somebody else of the staff sees it, at a browser of their own."""
        other = object.__new__(Till)
        other.desk, other.now, other.staff, other.sitting = self.desk, self.now, staff, Sitting()
        return other

    def scan(self, what: cast.Person | cast.Thing | str, scan_id: str = "", after: float = 10) -> Answer:
        """One code, some seconds after whatever was before."""
        code = what if isinstance(what, str) else what.card if isinstance(what, cast.Person) else what.label

        def work(counter: Counter) -> Answer:
            return counter_scan.scan(counter, self.sitting, code, LabelRules())

        return self._asked(work, scan_id, after)

    def key(self, verb: str, scan_id: str = "", **what: Any) -> Answer:
        """One key."""
        deed = Deed(verb, **what)
        return self._asked(lambda counter: counter_deeds.do(counter, self.sitting, deed), scan_id, 10)

    def lent(self, *things: cast.Thing, reader: cast.Person = cast.XIAOMING, days: int = 1) -> None:
        """Books taken home some days ago, at the entrance."""
        for thing in things:
            then = self.now - timedelta(days=days)
            done = self.desk.lend(reader.id, thing.id, station=cast.ENTRANCE, now=then)
            assert done.verb == outcome.LENT, done

    def last_hour(self) -> tuple[Line, ...]:
        """What can be undone, and what was."""
        with self.desk.database.reading() as connection:
            return recent.lines(connection, self.now)

    def entries(self) -> list[Any]:
        """The whole ledger, oldest first."""
        with self.desk.database.reading() as connection:
            return list(connection.execute(select(LedgerEntry.__table__).order_by(LedgerEntry.id)))

    def holder(self, thing: cast.Thing) -> int | None:
        """Who has the copy."""
        loan = self.loan(thing)
        return loan.reader_id if loan and loan.returned_at is None else None

    def due(self, thing: cast.Thing) -> date:
        """When it is due."""
        due_on: date = self.loan(thing).due_on
        return due_on

    def loan(self, thing: cast.Thing) -> Any:
        """The copy's latest loan."""
        query = select(Loan.__table__).where(Loan.copy_id == thing.id).order_by(Loan.id.desc())
        with self.desk.database.reading() as connection:
            return connection.execute(query).first()

    def unknown(self) -> list[str]:
        """The unknown codes that are kept."""
        with self.desk.database.reading() as connection:
            return list(connection.scalars(select(UnknownCode.text).order_by(UnknownCode.id)))

    def flaws(self) -> list[str]:
        """Everything the audit finds wrong."""
        with self.desk.database.reading() as connection:
            return [flaw.what for flaw in audit.audit(connection)]

    def tick(self, seconds: float = 10) -> datetime:
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        return self.now

    def _asked(self, work: Any, scan_id: str, after: float) -> Answer:
        answer: Answer = self.desk.at_counter(DESK, self.tick(after), scan_id or uuid4().hex, work, self.staff)
        self.sitting = answer.sitting
        return answer
