"""The power fails, or somebody ends the program, at any moment: what was acknowledged is in the file."""

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from sqlalchemy import select

from kiosk.audit import audit
from kiosk.database import Database
from kiosk.desk import Desk
from kiosk.models import LedgerEntry
from tests.cast import ENTRANCE, MORNING, PLAIN, SECOND, THE_CLASS, ZONE, school_at

KILLS = 200
LONGEST_LIFE = 0.03  # seconds after the first acknowledgement


def lend_and_take_back_for_ever(url: str, acknowledgements: int) -> None:
    """What the program that is killed does: a line `ENTRY VERB` for every deed, once the desk has returned."""
    desk, now = Desk(Database(url, "FULL"), ZONE), MORNING
    for thing in cycle(PLAIN):
        now += SECOND
        done = desk.lend(THE_CLASS.id, thing.id, station=ENTRANCE, now=now)
        os.write(acknowledgements, b"%d %s\n" % (done.entry, done.verb.encode()))
        back = desk.take_back(thing.id, station=ENTRANCE, now=now)
        os.write(acknowledgements, b"%d %s\n" % (back.entry, back.verb.encode()))


def acknowledged_before_the_kill(url: str, chance: random.Random) -> Iterator[tuple[int, str]]:
    """Start the program, kill it at a moment left to chance, and read what it had acknowledged."""
    reading, writing = os.pipe()
    program = multiprocessing.get_context("fork").Process(target=lend_and_take_back_for_ever, args=(url, writing))
    program.start()
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as lines:
        first = lines.readline() if chance.random() < 0.9 else ""  # sometimes it has not come to anything yet
        time.sleep(chance.uniform(0, LONGEST_LIFE))
        program.kill()
        program.join()
        for line in (first, *lines):
            if line.endswith("\n"):  # a line cut short was not acknowledged
                entry, verb = line.split()
                yield int(entry), verb


def test_whatever_moment_the_program_is_killed_at_every_acknowledged_loan_is_there(tmp_path: Path) -> None:
    school, chance = school_at(tmp_path), random.Random(200)
    school.engine.dispose()  # the programs to come must not share a connection
    acknowledged: dict[int, str] = {}
    for _ in range(KILLS):
        acknowledged.update(acknowledged_before_the_kill(school.url, chance))
    with school.reading() as connection:
        written = {row.id: row.verb for row in connection.execute(select(LedgerEntry.id, LedgerEntry.verb))}
        assert list(audit(connection)) == []
    assert set(acknowledged.values()) >= {"lent", "returned"}
    assert len(acknowledged) > KILLS
    assert {entry: written.get(entry) for entry in acknowledged} == acknowledged
    assert len(written) - len(acknowledged) <= KILLS, "at most one deed a kill was written and not yet acknowledged"
