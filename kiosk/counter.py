"""The counter: one open transaction at one station, and the verbs of circulation in it.

Every verb gathers facts, asks the pure rules, and writes the outcome with its ledger entry.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, insert, select, update

from kiosk import circulation, ledger, memory, outcome, reservations, setting_aside, unseen
from kiosk.decision import CopyFacts, Decision, Facts, Finding, Reason
from kiosk.loan_rules import refuse
from kiosk.models import Copy, Loan
from kiosk.models_desk import Repair
from kiosk.outcome import Outcome
from kiosk.policy import Policy
from kiosk.roles import Right, Staff
from kiosk.typed_text import typed_text

_A_READING = timedelta(hours=12)  # what was taken out and put back the same day was not read
_LEND = insert(Loan)
_CHANGE = update(Loan).where(Loan.id == bindparam("loan"))
_LONGEST = 200  # characters of the reason for which a rule is passed over


class Counter:
    """One open transaction at one station: the verbs themselves. `staff` stands there; `seen` is what comes back."""

    def __init__(
        self,
        connection: Connection,
        policy: Policy,
        zone: ZoneInfo,
        station: str,
        now: datetime,
        scan_id: str | None,
        staff: Staff | None = None,
        seen: bool = True,
    ) -> None:
        self.connection, self.policy, self.station = connection, policy, station
        self.now, self.moment, self.scan_id = now, now.astimezone(zone), scan_id
        self.staff, self.seen = staff, seen
        self._written = 0

    @property
    def staff_id(self) -> int | None:
        """Who of the staff stands here."""
        return self.staff.id if self.staff else None

    def may(self, right: Right) -> bool:
        """Whether whoever stands here holds the right."""
        return self.staff is not None and self.staff.may(right)

    def told(self) -> list[Outcome]:
        """What this scan has led to already, in order; empty when it is new."""
        if self.scan_id is None:
            return []
        return [outcome.of_row(row._mapping) for row in ledger.of_scan(self.connection, self.scan_id)]

    def greet(self, reader: int) -> Outcome:
        """Open the reader's session; refused for a lost card and for somebody who has left."""
        decision = circulation.judge_reader(self.facts(reader, None), self.policy)
        verb = outcome.GREETED if decision.overridable else outcome.REFUSED
        return self.note(verb, reader, why="greet", findings=decision.findings)

    def lend(self, reader: int, copy: int, override: str = "") -> Outcome:
        """Lend the copy to the reader, or say every reason why not. A librarian may `override`, and says why."""
        facts = self.facts(reader, copy)
        decision, reason = self._allowed(circulation.judge_loan(facts, self.policy), override)
        self._found(facts)
        if not decision.allowed or not (facts.copy and decision.due_on):
            return self.refuse("lend", decision, reader, copy)
        loan = self._lent(facts.copy, reader, decision.due_on)
        if was_unseen := unseen.of_copy(self.connection, copy):
            unseen.settle(self.connection, was_unseen.id, "lent", self.now, self.staff_id)
        taken = setting_aside.fetched(self, facts.title.id, reader, copy, loan) if facts.title else None
        kept: dict[str, Any] = {"override": reason, "taken_from": taken}
        return self.note(outcome.LENT, reader, copy, loan, decision.due_on, decision.findings, **kept)

    def take_back(self, copy: int, credited: datetime | None = None) -> Outcome:
        """Take the copy back, whoever brings it; `credited` is since when it counts as back, if not from now on."""
        facts = self.facts(None, copy)
        moment = credited.astimezone(self.moment.tzinfo) if credited else self.moment
        decision = circulation.judge_return(replace(facts, moment=moment), self.policy)
        if not decision.allowed or not facts.copy:
            return self.refuse("take_back", decision, None, copy)
        self._found(facts)
        loan, found = facts.copy.loan, decision.findings
        if loan is None:
            reservation = setting_aside.in_hand(self, facts)
            self.see(copy)
            return self.note(outcome.ALREADY, None, copy, findings=found, reservation=reservation)
        self.change(loan.id, returned_at=credited or self.now, returned_station=self.station)
        since = credited.isoformat() if credited else None
        back: dict[str, Any] = {"reservation": setting_aside.in_hand(self, facts), "credited": since}
        done = self.note(outcome.RETURNED, loan.reader_id, copy, loan.id, loan.due_on, found, **back)
        if not self.seen:
            unseen.add(self.connection, copy, loan.id, loan.reader_id, self.station, self.now, done.entry)
        return done

    def renew(self, reader: int, copy: int, override: str = "") -> Outcome:
        """Let the reader keep the copy longer, or say every reason why not. A librarian may `override`."""
        facts = self.facts(reader, copy)
        decision, reason = self._allowed(circulation.judge_renewal(facts, self.policy), override)
        loan = facts.copy.loan if facts.copy else None
        if not decision.allowed or not (loan and decision.due_on):
            return self.refuse("renew", decision, reader, copy)
        self.change(loan.id, due_on=decision.due_on, renewals=loan.renewals + 1)
        found, before = decision.findings, loan.due_on.isoformat()
        return self.note(outcome.RENEWED, reader, copy, loan.id, decision.due_on, found, why=before, override=reason)

    def change_due(self, copy: int, due_on: date) -> Outcome:
        """Give a loan another due date; for who may pass over the rules."""
        facts = self.facts(None, copy)
        loan = facts.copy.loan if facts.copy else None
        if loan is None or not self.may("override"):
            reason = Reason.NOT_ALLOWED if loan else Reason.NOT_YOURS
            return self.refuse("due", Decision((refuse(reason),)), None, copy)
        self.change(loan.id, due_on=due_on)
        return self.note(outcome.DUE, loan.reader_id, copy, loan.id, due_on, why=loan.due_on.isoformat())

    def note(
        self,
        verb: str,
        reader: int | None = None,
        copy: int | None = None,
        loan: int | None = None,
        due_on: date | None = None,
        findings: tuple[Finding, ...] = (),
        why: str = "",
        **kept: Any,
    ) -> Outcome:
        """Write one ledger entry and give it back as an outcome."""
        scan_id = self.scan_id and (f"{self.scan_id}#{self._written}" if self._written else self.scan_id)
        kept = {name: value for name, value in kept.items() if value}
        written = outcome.details(due_on, findings, why, kept)
        entry = ledger.Entry(verb, self.now, reader, copy, loan, scan_id, written, self.staff_id)
        number = ledger.append(self.connection, self.station, entry)
        self._written += 1
        return Outcome(verb, self.now, number, reader, copy, loan, due_on, findings, why, self.staff_id, kept)

    def refuse(self, asked: str, decision: Decision, reader: int | None, copy: int | None, **kept: Any) -> Outcome:
        """Note that what was asked is not done, with every reason."""
        return self.note(outcome.REFUSED, reader, copy, findings=decision.findings, why=asked, **kept)

    def facts(self, reader: int | None, copy: int | None) -> Facts:
        """Everything the rules need to know of a reader and a copy."""
        reader_facts = memory.reader_facts(self.connection, reader) if reader is not None else None
        copy_facts = memory.copy_facts(self.connection, copy) if copy is not None else None
        today = self.moment.date()
        title = reservations.title_facts(self.connection, copy_facts, today) if copy_facts else None
        read = bool(
            reader_facts
            and copy_facts
            and memory.has_read(self.connection, reader_facts.id, copy_facts.title_id, self.now - _A_READING)
        )
        return Facts(self.moment, reader_facts, copy_facts, read, title, self.station)

    def change(self, loan: int, **values: Any) -> None:
        """Change the row of a loan; whoever does so writes the entry that tells of it."""
        self.connection.execute(_CHANGE.values(**values), {"loan": loan})

    def see(self, copy: int) -> None:
        """Somebody of the library has the copy in the hand."""
        if self.seen and (was_unseen := unseen.of_copy(self.connection, copy)):
            unseen.settle(self.connection, was_unseen.id, "counter", self.now, self.staff_id)

    def _allowed(self, decision: Decision, override: str) -> tuple[Decision, str]:
        """The decision, with what a librarian passes over made a note; and the reason, where one was needed."""
        reason = typed_text(override, _LONGEST)
        if decision.allowed or not reason:
            return decision, ""
        if not self.may("override"):
            return Decision((*decision.findings, refuse(Reason.NOT_ALLOWED))), ""
        return decision.passed_over(), reason

    def _lent(self, copy: CopyFacts, reader: int, due_on: date) -> int:
        what = {"copy_id": copy.id, "title_id": copy.title_id, "reader_id": reader, "due_on": due_on}
        return ledger.new_id(
            self.connection.execute(_LEND, {**what, "lent_at": self.now, "lent_station": self.station})
        )

    def put(self, copy: int, state: str) -> None:
        """Say how the copy is. One that is well but for a repair that is not over is in repair."""
        away = select(Repair.id).where(Repair.copy_id == copy, Repair.mended_at.is_(None))
        if state == "ok" and self.connection.scalar(away) is not None:
            state = "repair"
        self.connection.execute(update(Copy).where(Copy.id == copy).values(state=state))

    def _found(self, facts: Facts) -> None:
        """A copy given up for lost that somebody holds in the hand is lost no more."""
        if facts.copy and facts.copy.state == "lost":
            self.put(facts.copy.id, "ok")
