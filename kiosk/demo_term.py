"""The demo school's term: who borrowed what and when it came back, played through the desk's own verbs.

The ledger and the loans therefore tell one story, refusals included, as if it had happened.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kiosk import demo_showcase as shown
from kiosk import memory, undo
from kiosk.counter import Counter
from kiosk.demo_books import Book
from kiosk.outcome import Outcome
from kiosk.policy import STUDENT

STATION = "demo"
OPEN_DAYS = 90  # a term, holidays left out
LOANS_A_DAY = 13
OVERDUE_READERS = 12  # with the one on show
_DAY = timedelta(days=1)
_OPENING = ((time(8, 30), 180), (time(12, 10), 70), (time(15, 40), 70))  # from when, for how many minutes
_UNDONE, _RENEWED, _LATE = 0.01, 0.12, 0.22  # of a hundred loans 1 is undone, 11 are renewed, 10 come back late
# Labels with a part to play, which nobody borrows by chance.
_KEPT = frozenset((*shown.LABELS, *shown.LIMIT_LABELS, *shown.STATES, *shown.READING_ROOM_LABELS))


@dataclass(frozen=True, slots=True)
class Stock:
    """Who there is and what there is: ids by card and by label, and the books by label."""

    readers: dict[str, int]
    copies: dict[str, int]
    books: dict[str, Book]


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """Something to happen. `what` is lend, return, renew or undo (of `entry`); a `keeper` never returns the copy."""

    at: datetime
    number: int
    what: str
    reader: int
    copy: int
    keeper: bool = False
    entry: int = 0


class Term:
    """The last ninety open days before a moment."""

    def __init__(self, connection: Connection, zone: ZoneInfo, now: datetime, rng: Random, stock: Stock) -> None:
        self._connection, self._zone, self._now, self._rng, self._stock = connection, zone, now, rng, stock
        self._policy = memory.current_policy(connection)
        self._today = now.astimezone(zone).date()
        self._days = self._open_days()
        self._events: list[_Event] = []
        self._numbers = count()
        self._shelves = self._fill_shelves()
        self._labels = {copy: label for label, copy in stock.copies.items()}
        self._grades = {reader: _grade(card) for card, reader in stock.readers.items()}

    def play(self) -> None:
        """Write the whole term: everything planned up to now happens in the order of its time."""
        self._plan_parts()
        self._plan_forgetful()
        self._plan_loans()
        while self._events:
            event = heappop(self._events)
            if event.at <= self._now:
                self._happen(event)

    # What is planned

    def _open_days(self) -> list[date]:
        days, day = list[date](), self._today
        while len(days) < OPEN_DAYS:
            day -= _DAY
            if self._policy.calendar.is_open(day):
                days.append(day)
        return days[::-1]

    def _lending_days(self) -> list[date]:
        """Open days but the last few of a term, when nothing is lent that would be due at once."""
        return [day for day in self._days if (self._due_on(day) - day).days >= 5]

    def _due_on(self, day: date) -> date:
        return self._policy.due_on(STUDENT, "book", day)

    def _fill_shelves(self) -> dict[int, list[str]]:
        """The labels free to be lent, by the lower grade they are meant for; those with a part to play stay out."""
        shelves = defaultdict[int, list[str]](list)
        for label, book in self._stock.books.items():
            if label not in _KEPT and book.kind == "book" and book.isbn is None:
                shelves[book.grades[0]].append(label)
        return shelves

    def _plan_parts(self) -> None:
        """What those on show have done: one has all five books, and classes and teachers have some."""
        readers, days = self._stock.readers, self._lending_days()
        for label in shown.LIMIT_LABELS:
            self._plan("lend", days[-1], readers[shown.AT_LIMIT], self._stock.copies[label], keeper=True)
        for card in (shown.CLASS, "20251404", "20251409"):
            for _ in range(12):
                self._plan("lend", days[-10], readers[card], self._take(_grade(card)), keeper=True)
        for number in range(1, 16):
            for _ in range(self._rng.randrange(4)):
                day = self._rng.choice(days)
                self._plan("lend", day, readers[f"202513{number:02}"], self._take(self._rng.choice((1, 3, 5))))

    def _plan_forgetful(self) -> None:
        """Twelve readers have a book at home that should have come back."""
        past = [day for day in self._lending_days() if self._due_on(day) < self._today][-15:]
        overdue = self._stock.copies[shown.OVERDUE_LABEL]
        self._plan("lend", past[-5], self._stock.readers[shown.OVERDUE], overdue, keeper=True)
        for reader in self._rng.sample(self._extras(), OVERDUE_READERS - 1):
            self._plan("lend", self._rng.choice(past), reader, self._take(self._grades[reader]), keeper=True)

    def _plan_loans(self) -> None:
        """The school's everyday loans; which copy is decided when the moment comes."""
        extras, today = self._extras(), self._today
        days = self._lending_days()
        if self._policy.calendar.is_open(today) and (self._due_on(today) - today).days >= 5:
            days.append(today)
        for day in days:
            for _ in range(self._rng.randint(LOANS_A_DAY - 4, LOANS_A_DAY + 4)):
                self._plan("lend", day, self._rng.choice(extras), 0)

    def _extras(self) -> list[int]:
        """Every pupil without a part to play."""
        return [id for card, id in self._stock.readers.items() if card[4:6] <= "12" and card not in shown.CARDS]

    def _plan(self, what: str, day: date, reader: int, copy: int, keeper: bool = False) -> None:
        """Put an event somewhere in the day's opening hours."""
        opens, minutes = self._rng.choice(_OPENING)
        local = datetime.combine(day, opens, self._zone) + timedelta(seconds=self._rng.randrange(minutes * 60))
        at = local.astimezone(UTC)
        heappush(self._events, _Event(at, next(self._numbers), what, reader, copy, keeper))

    def _take(self, grade: int) -> int:
        """A copy off the shelf, mostly one meant for the grade."""
        own = (grade - 1) // 2 * 2 + 1
        others = [band for band, labels in self._shelves.items() if labels]
        band = own if self._shelves[own] and self._rng.random() < 0.8 else self._rng.choice(others)
        labels = self._shelves[band]
        return self._stock.copies[labels.pop(self._rng.randrange(len(labels)))]

    # What happens

    def _happen(self, event: _Event) -> None:
        seen = self._day(event) < self._days[-1]  # the box of the last day waits for whoever tries the desk
        counter = Counter(self._connection, self._policy, self._zone, STATION, event.at, None, seen=seen)
        match event.what:
            case "lend":
                self._lend(counter, event)
            case "renew":
                due = counter.renew(event.reader, event.copy).due_on
                self._plan_return(event, event.copy, due or self._day(event))
            case "return":
                counter.take_back(event.copy)
                self._shelve(event.copy)
            case "undo":
                undo.undo(counter, event.entry)
                self._shelve(event.copy)

    def _lend(self, counter: Counter, event: _Event) -> None:
        copy = event.copy or self._take(self._grades[event.reader])
        done = counter.lend(event.reader, copy)
        if done.due_on is None:
            self._shelve(copy)
        elif not event.keeper:
            self._plan_end(event, copy, done)

    def _plan_end(self, event: _Event, copy: int, lent: Outcome) -> None:
        """How the loan goes on: mostly back before it is due; sometimes renewed, late, or undone at once."""
        assert lent.due_on is not None
        chance = self._rng.random()
        if chance < _UNDONE:
            soon = event.at + timedelta(seconds=20)
            heappush(self._events, _Event(soon, next(self._numbers), "undo", event.reader, copy, entry=lent.entry))
        elif chance < _RENEWED:
            self._plan("renew", self._policy.calendar.open_until(lent.due_on - _DAY), event.reader, copy)
        elif chance < _LATE and lent.due_on + _DAY * 7 < self._today:
            late = self._policy.calendar.open_from(lent.due_on + _DAY * self._rng.randint(1, 7))
            self._plan("return", min(late, self._days[-1]), event.reader, copy)
        else:
            self._plan_return(event, copy, lent.due_on)

    def _plan_return(self, event: _Event, copy: int, due: date) -> None:
        """On an open day after the event, not later than it is due if there is one."""
        calendar, first = self._policy.calendar, self._day(event) + _DAY
        day = first + _DAY * self._rng.randint(0, max(0, (due - first).days))
        self._plan("return", max(calendar.open_until(day), calendar.open_from(first)), event.reader, copy)

    def _day(self, event: _Event) -> date:
        return event.at.astimezone(self._zone).date()

    def _shelve(self, copy: int) -> None:
        label = self._labels[copy]
        if label not in _KEPT:
            self._shelves[self._stock.books[label].grades[0]].append(label)


def _grade(card: str) -> int:
    """The grade of a pupil's or a class's card; teachers read what the eldest read."""
    place = int(card[6:]) if card[4:6] == "14" else int(card[4:6])
    return min((place + 1) // 2, 6)
