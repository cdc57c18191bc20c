"""What the desk answers, and how the ledger keeps it: an outcome can be told again from its entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping

from kiosk.decision import Finding, Reason, Tier

LENT, RETURNED, RENEWED, UNDONE = "lent", "returned", "renewed", "undone"
REFUSED, ALREADY = "refused", "already"
GREETED, FINISHED = "greeted", "finished"
DUE, SEEN, UNKNOWN = "due", "seen", "unknown"
LOST, FOUND, REPAIR, MENDED = "lost", "found", "repair", "mended"
RESERVED, CANCELLED, EXPIRED = "reserved", "cancelled", "expired"
NOTED, UNNOTED = "noted", "unnoted"
DEEDS = (LENT, RETURNED, RENEWED, DUE)  # what changes a loan


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request. `entry` is its ledger id (0 where nothing was written); `why` says more for some verbs:
    which request was refused, which question was asked, why a code is unknown. `kept` holds what else the entry says,
    such as `override` (the reason for which a rule was passed over); `staff_id` says who did it, if that was staff."""

    verb: str
    at: datetime
    entry: int = 0
    reader_id: int | None = None
    copy_id: int | None = None
    loan_id: int | None = None
    due_on: date | None = None
    findings: tuple[Finding, ...] = ()
    why: str = ""
    staff_id: int | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether nothing was done."""
        return self.verb == REFUSED

    def has(self, reason: Reason) -> bool:
        """Whether this reason is among the findings."""
        return any(each.reason is reason for each in self.findings)


def details(due_on: date | None, findings: tuple[Finding, ...], why: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The plain JSON values under which the ledger keeps an outcome; what is empty is left out."""
    found = [[each.reason.value, each.tier.value, dict(each.facts)] for each in findings]
    values = {"due": due_on.isoformat() if due_on else None, "findings": found, "why": why, **kept}
    return {name: value for name, value in values.items() if value}


def of_row(row: RowMapping) -> Outcome:
    """The outcome that a ledger row tells."""
    kept = row["details"]
    due = date.fromisoformat(kept["due"]) if "due" in kept else None
    findings = tuple(Finding(Reason(reason), Tier(tier), facts) for reason, tier, facts in kept.get("findings", ()))
    return Outcome(
        row["verb"],
        row["at"],
        row["id"],
        row["reader_id"],
        row["copy_id"],
        row["loan_id"],
        due,
        findings,
        kept.get("why", ""),
        row["staff_id"],
        {name: value for name, value in kept.items() if name not in ("due", "findings", "why")},
    )


def undone(details: Mapping[str, Any]) -> int:
    """The ledger id of what an entry with these details has undone."""
    return int(details["why"].split()[1])
