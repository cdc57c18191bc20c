"""PURE. What a change of the rules would mean: when a book that is borrowed on a day would have to be back."""

from dataclasses import dataclass
from datetime import date

from kiosk.policy import CATEGORIES, KINDS, Policy


@dataclass(frozen=True, slots=True)
class Line:
    """Who borrows what, and when it is due under the rules before and after; None where it is not lent at all."""

    category: str
    kind: str
    before: date | None
    after: date | None

    @property
    def changed(self) -> bool:
        """Whether the change of the rules is felt here."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Preview:
    """The lines for a loan made on one day, the changed ones first."""

    day: date
    lines: tuple[Line, ...]

    @property
    def changed(self) -> bool:
        """Whether any line differs."""
        return any(line.changed for line in self.lines)


def preview(before: Policy, after: Policy, day: date) -> Preview:
    """What would be due when, for every reader category and kind that either policy knows."""
    cells = [*((each, kind) for each in CATEGORIES for kind in KINDS), *before.kinds, *after.kinds]
    lines = [
        Line(category, kind, due_on(before, category, kind, day), due_on(after, category, kind, day))
        for category, kind in dict.fromkeys(cells)
    ]
    return Preview(day, tuple(sorted(lines, key=lambda line: not line.changed)))


def due_on(policy: Policy, category: str, kind: str, day: date) -> date | None:
    """The due date of a loan made on a day, or None when nothing of this kind is lent to this category."""
    lent = policy.kind(category, kind).limit > 0 and policy.category(category).limit > 0
    return policy.due_on(category, kind, day) if lent else None


def eve_of_term_end(policy: Policy, today: date) -> date | None:
    """The last open day before the last day of the term that runs or comes next; None when no term is left."""
    ahead = [term for term in policy.calendar.terms if term.ends_on > today]
    if not ahead:
        return None
    term = min(ahead, key=lambda each: each.ends_on)
    day = policy.calendar.open_until(date.fromordinal(term.ends_on.toordinal() - 1))
    return day if day > today else None
