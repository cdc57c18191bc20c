"""What is remembered of those who tried to sign in, and how long each has to wait for it."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from kiosk import ledger, staff
from kiosk.models_desk import SignInAttempt
from kiosk.slowing import ENOUGH, SLACK, WINDOW, still_to_wait

HERE = "this machine"  # the address of whoever sits at it
OK, WRONG, EARLY = "ok", "wrong", "early"

KEPT_EARLY, KEPT = 5_000, 50_000  # rows: a flood fills no disk
_TIDY_EVERY = 100  # attempts
_TABLE = SignInAttempt.__table__.c


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at `address` wants to sign in with `account`, as `attempt` has cleaned them."""

    at: datetime
    account: str
    address: str


def attempt(name: str, address: str, now: datetime) -> Attempt:
    """The attempt as it is kept."""
    return Attempt(now, staff.key(name), address[:45])


def waiting(connection: Connection, who: Attempt) -> timedelta:
    """How long until this account, and this address, are heard again.

    The account's failures on this machine and those elsewhere are two things. A success makes good the account's on
    its side, and on this machine also those of the others who sit at it; elsewhere an address stays slowed.
    """
    here = who.address == HERE
    mine = (_TABLE.account == who.account) & ((_TABLE.address == HERE) if here else (_TABLE.address != HERE))
    there = _TABLE.address == who.address
    of_account = _failures(connection, who.at, mine, made_good=True)
    of_address = _failures(connection, who.at, there, made_good=here)
    return max(still_to_wait(each, who.at) for each in (of_account, of_address))


def charge(connection: Connection, who: Attempt) -> int:
    """Write the attempt down as a failure, and give back its number."""
    number = ledger.new_id(connection.execute(insert(SignInAttempt), {**asdict(who), "outcome": WRONG}))
    if number % _TIDY_EVERY == 0:
        _tidy(connection)
    return number


def make_good(connection: Connection, number: int) -> None:
    """The password was right."""
    connection.execute(update(SignInAttempt).where(_TABLE.id == number).values(outcome=OK))


def add_early(connection: Connection, tried: list[Attempt]) -> None:
    """Write down those who were told to wait; that makes nobody wait any longer."""
    connection.execute(insert(SignInAttempt), [{**asdict(who), "outcome": EARLY} for who in tried])
    _keep(connection, _TABLE.outcome == EARLY, KEPT_EARLY)


def failed(connection: Connection, since: datetime, most: int) -> list[Row[Any]]:
    """What was tried in vain since then, account by account and address by address, the latest first."""
    times, last = func.count().label("times"), func.max(_TABLE.at).label("last")
    query = select(_TABLE.account, _TABLE.address, times, last).where(_TABLE.at >= since, _TABLE.outcome != OK)
    return list(connection.execute(query.group_by(_TABLE.account, _TABLE.address).order_by(last.desc()).limit(most)))


def _failures(connection: Connection, now: datetime, whose: ColumnElement[bool], *, made_good: bool) -> list[datetime]:
    query = select(_TABLE.at).where(whose, _TABLE.outcome == WRONG, _recent(now))
    if made_good:
        good = select(func.max(_TABLE.id)).where(whose, _TABLE.outcome == OK, _recent(now)).scalar_subquery()
        query = query.where(_TABLE.id > func.coalesce(good, 0))
    return list(connection.scalars(query.order_by(_TABLE.at.desc()).limit(ENOUGH)))


def _recent(now: datetime) -> ColumnElement[bool]:
    return _TABLE.at.between(now - WINDOW, now + SLACK)


def _tidy(connection: Connection) -> None:
    _keep(connection, _TABLE.outcome != EARLY, KEPT)


def _keep(connection: Connection, which: ColumnElement[bool], newest: int) -> None:
    oldest = select(_TABLE.id).where(which).order_by(_TABLE.id.desc()).offset(newest).limit(1).scalar_subquery()
    connection.execute(delete(SignInAttempt).where(which, _TABLE.id <= oldest))
