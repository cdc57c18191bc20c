"""The desk: the only writer of loans.

Every verb gathers facts, asks the pure rules, and writes the outcome with its ledger entry.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, insert, select, update

from kiosk import circulation, ledger, memory, outcome
from kiosk.database import Database
from kiosk.decision import Decision, Facts, Finding, Reason, Tier
from kiosk.models import Copy, LedgerEntry, Loan
from kiosk.outcome import Outcome
from kiosk.policy import Policy

T = TypeVar("T")

_A_READING = timedelta(hours=12)  # what was taken out and put back the same day was not read
_LEND = insert(Loan)
_CLOSE = update(Loan).where(Loan.id == bindparam("loan"))


class Desk:
    """Where circulation happens, whoever asks. Each verb is one transaction; the same scan id again changes nothing.

    Every verb may raise DatabaseError; then nothing was written.
    """

    def __init__(self, database: Database, timezone: str) -> None:
        self.database = database
        self.zone = ZoneInfo(timezone)
        self._policy: tuple[str, Policy] | None = None

    def lend(self, reader: int, copy: int, *, station: str, now: datetime, scan_id: str | None = None) -> Outcome:
        """Lend the copy to the reader, or say every reason why not."""
        return self._once(station, now, scan_id, lambda counter: counter.lend(reader, copy))

    def take_back(self, copy: int, *, station: str, now: datetime, scan_id: str | None = None) -> Outcome:
        """Take the copy back, whoever brings it; a copy that was in already is `already`, not an error."""
        return self._once(station, now, scan_id, lambda counter: counter.take_back(copy))

    def renew(self, reader: int, copy: int, *, station: str, now: datetime, scan_id: str | None = None) -> Outcome:
        """Let the reader keep the copy longer, or say every reason why not."""
        return self._once(station, now, scan_id, lambda counter: counter.renew(reader, copy))

    def undo(self, entry: int, *, station: str, now: datetime, scan_id: str | None = None) -> Outcome:
        """Reverse what this station's ledger entry did, by a new entry."""
        return self._once(station, now, scan_id, lambda counter: counter.undo(entry))

    def at_counter(self, station: str, now: datetime, scan_id: str | None, work: "Callable[[Counter], T]") -> T:
        """Run `work` in one transaction of this station; it may be run again when another station was quicker."""

        def attempt(connection: Connection) -> T:
            return work(Counter(connection, self.rules(connection), self.zone, station, now, scan_id))

        return self.database.write(attempt)

    def _once(self, station: str, now: datetime, scan_id: str | None, act: "Callable[[Counter], Outcome]") -> Outcome:
        def work(counter: Counter) -> Outcome:
            return next(iter(counter.told()), None) or act(counter)

        return self.at_counter(station, now, scan_id, work)

    def rules(self, connection: Connection) -> Policy:
        """The policy, read again only when its version has changed."""
        version = memory.setting(connection, "policy_version")
        if self._policy is None or self._policy[0] != version:
            self._policy = (version, memory.current_policy(connection))
        return self._policy[1]


class Counter:
    """One open transaction at one station: the verbs themselves."""

    def __init__(
        self,
        connection: Connection,
        policy: Policy,
        zone: ZoneInfo,
        station: str,
        now: datetime,
        scan_id: str | None,
    ) -> None:
        self.connection, self.policy, self.station = connection, policy, station
        self.now, self.moment, self.scan_id = now, now.astimezone(zone), scan_id
        self._written = 0

    def told(self) -> list[Outcome]:
        """What this scan has led to already, in order; empty when it is new."""
        if self.scan_id is None:
            return []
        return [outcome.of_row(row._mapping) for row in ledger.of_scan(self.connection, self.scan_id)]

    def greet(self, reader: int) -> Outcome:
        """Open the reader's session; refused for a lost card and for somebody who has left."""
        found = circulation.judge_reader(self._facts(reader, None), self.policy).findings
        refused = any(each.tier is Tier.REFUSE for each in found)
        return self.note(outcome.REFUSED if refused else outcome.GREETED, reader, why="greet", findings=found)

    def lend(self, reader: int, copy: int) -> Outcome:
        """Lend the copy to the reader, or say every reason why not."""
        facts = self._facts(reader, copy)
        decision = circulation.judge_loan(facts, self.policy)
        self._found(facts)
        if not decision.allowed or not (facts.copy and decision.due_on):
            return self._refuse("lend", decision, reader, copy)
        lent = self.connection.execute(
            _LEND,
            {
                "copy_id": copy,
                "title_id": facts.copy.title_id,
                "reader_id": reader,
                "lent_at": self.now,
                "lent_station": self.station,
                "due_on": decision.due_on,
            },
        )
        loan = ledger.new_id(lent)
        return self.note(outcome.LENT, reader, copy, loan, decision.due_on, decision.findings)

    def take_back(self, copy: int) -> Outcome:
        """Take the copy back, whoever brings it."""
        facts = self._facts(None, copy)
        decision = circulation.judge_return(facts, self.policy)
        if not decision.allowed or not facts.copy:
            return self._refuse("take_back", decision, None, copy)
        self._found(facts)
        loan = facts.copy.loan
        if loan is None:
            return self.note(outcome.ALREADY, None, copy, findings=decision.findings)
        self._change(loan.id, returned_at=self.now, returned_station=self.station)
        return self.note(outcome.RETURNED, loan.reader_id, copy, loan.id, loan.due_on, decision.findings)

    def renew(self, reader: int, copy: int) -> Outcome:
        """Let the reader keep the copy longer, or say every reason why not."""
        facts = self._facts(reader, copy)
        decision = circulation.judge_renewal(facts, self.policy)
        loan = facts.copy.loan if facts.copy else None
        if not decision.allowed or not (loan and decision.due_on):
            return self._refuse("renew", decision, reader, copy)
        self._change(loan.id, due_on=decision.due_on, renewals=loan.renewals + 1)
        before = loan.due_on.isoformat()
        return self.note(outcome.RENEWED, reader, copy, loan.id, decision.due_on, decision.findings, why=before)

    def undo(self, entry: int) -> Outcome:
        """Reverse what this station's ledger entry did, if the world is still as that entry left it."""
        query = select(LedgerEntry.__table__).where(LedgerEntry.id == entry, LedgerEntry.station == self.station)
        row = self.connection.execute(query).mappings().first()
        done = outcome.of_row(row) if row else None
        if done is None or done.verb not in outcome.DEEDS or not self._reverse(done):
            finding = Finding(Reason.CANNOT_UNDO, Tier.REFUSE)
            return self._refuse("undo", Decision((finding,)), None, done.copy_id if done else None)
        return self.note(outcome.UNDONE, done.reader_id, done.copy_id, done.loan_id, why=f"{done.verb} {entry}")

    def note(
        self,
        verb: str,
        reader: int | None = None,
        copy: int | None = None,
        loan: int | None = None,
        due_on: date | None = None,
        findings: tuple[Finding, ...] = (),
        why: str = "",
    ) -> Outcome:
        """Write one ledger entry and give it back as an outcome."""
        scan_id = self.scan_id and (f"{self.scan_id}#{self._written}" if self._written else self.scan_id)
        kept = outcome.details(due_on, findings, why)
        entry = ledger.Entry(verb, self.now, reader, copy, loan, scan_id, kept)
        number = ledger.append(self.connection, self.station, entry)
        self._written += 1
        return Outcome(verb, self.now, number, reader, copy, loan, due_on, findings, why)

    def _facts(self, reader: int | None, copy: int | None) -> Facts:
        reader_facts = memory.reader_facts(self.connection, reader) if reader is not None else None
        copy_facts = memory.copy_facts(self.connection, copy) if copy is not None else None
        read = bool(
            reader_facts
            and copy_facts
            and memory.has_read(self.connection, reader_facts.id, copy_facts.title_id, self.now - _A_READING)
        )
        return Facts(self.moment, reader_facts, copy_facts, read)

    def _refuse(self, asked: str, decision: Decision, reader: int | None, copy: int | None) -> Outcome:
        return self.note(outcome.REFUSED, reader, copy, findings=decision.findings, why=asked)

    def _found(self, facts: Facts) -> None:
        """A copy given up for lost that somebody holds in the hand is lost no more."""
        if facts.copy and facts.copy.state == "lost":
            self.connection.execute(update(Copy).where(Copy.id == facts.copy.id).values(state="ok"))

    def _change(self, loan: int, **values: Any) -> None:
        self.connection.execute(_CLOSE.values(**values), {"loan": loan})

    def _reverse(self, done: Outcome) -> bool:
        """Undo a deed on its loan; False when the loan or the copy has moved on since."""
        loan = self.connection.execute(select(Loan.__table__).where(Loan.id == done.loan_id)).first()
        if loan is None or not self._stands(done):
            return False
        match done.verb:
            case outcome.LENT:
                self._change(loan.id, returned_at=self.now, returned_station=self.station, undone=True)
            case outcome.RETURNED if self._is_in(loan.copy_id):
                self._change(loan.id, returned_at=None, returned_station=None)
            case outcome.RENEWED:
                before = date.fromisoformat(done.why)
                self._change(loan.id, due_on=before, renewals=loan.renewals - 1)
            case _:
                return False
        return True

    def _stands(self, done: Outcome) -> bool:
        """Whether this deed is the last on its loan, at any station, that has not been undone."""
        query = select(LedgerEntry.id, LedgerEntry.verb).where(
            LedgerEntry.loan_id == done.loan_id, LedgerEntry.id >= done.entry
        )
        standing: list[int] = []
        for entry, verb in self.connection.execute(query.order_by(LedgerEntry.id)):
            if verb in outcome.DEEDS:
                standing.append(entry)
            elif verb == outcome.UNDONE and standing:
                standing.pop()
        return standing == [done.entry]

    def _is_in(self, copy: int) -> bool:
        facts = memory.copy_facts(self.connection, copy)
        return facts is not None and facts.loan is None
