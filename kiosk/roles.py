"""PURE. Who works at the library, and what each may do."""

from dataclasses import dataclass
from typing import Literal

LIBRARIAN, ASSISTANT = "librarian", "assistant"
ROLES = (LIBRARIAN, ASSISTANT)

Right = Literal["serve", "reconcile", "override", "rules", "accounts", "stock"]
_RIGHTS: dict[str, frozenset[Right]] = {
    LIBRARIAN: frozenset(("serve", "reconcile", "override", "rules", "accounts", "stock")),
    ASSISTANT: frozenset(("serve", "reconcile")),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody signed in at the desk."""

    id: int
    name: str
    role: str

    def may(self, right: Right) -> bool:
        """Whether this role holds the right: serve (lend, return, renew, reserve), reconcile, override a rule,
        change the rules, look after accounts, change the stock (repair, lost, new copies and cards)."""
        return right in _RIGHTS.get(self.role, frozenset())
