"""The rules in the database: saved whole, by whom it may be, and never over somebody else's."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from kiosk import ledger, memory, models, rules
from kiosk.desk import Desk
from kiosk.models import LedgerEntry
from kiosk.policy import STUDENT, TEACHER, CategoryRule, Hours, KindRule, Term
from kiosk.roles import ASSISTANT, LIBRARIAN, Staff
from kiosk.rulebook import Rules, SpecialDay, facts
from kiosk.rules import Saved, Saving
from tests import cast

CHEN, LI, HELPER = Staff(7, "陈老师", LIBRARIAN), Staff(8, "李老师", LIBRARIAN), Staff(9, "小助手", ASSISTANT)
STATIONS = (cast.ENTRANCE, cast.ROOM)
DESK = "librarian"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = cast.desk_at(tmp_path)
    yield desk
    desk.database.engine.dispose()


def now(desk: Desk) -> Rules:
    with desk.database.reading() as connection:
        return rules.read(connection)


def save(desk: Desk, wanted: Rules, by: Staff | None = CHEN) -> Saved:
    return desk.at_counter(DESK, cast.MORNING, None, lambda counter: rules.save(counter, wanted, STATIONS), staff=by)


def longer(found: Rules, days: int = 21) -> Rules:
    rule = replace(found.kinds[STUDENT, "book"], days=days)
    return replace(found, kinds={**found.kinds, (STUDENT, "book"): rule})


def entries(desk: Desk) -> list[tuple[str, int | None, dict[str, object]]]:
    query = select(LedgerEntry.verb, LedgerEntry.staff_id, LedgerEntry.details).where(LedgerEntry.station == DESK)
    with desk.database.reading() as connection:
        assert list(ledger.verify(connection)) == []
        return [(row[0], row[1], row[2]) for row in connection.execute(query.order_by(LedgerEntry.id))]


def test_the_rules_are_read_as_they_stand(desk: Desk) -> None:
    found = now(desk)
    assert found.version == "1"
    assert found.kinds[STUDENT, "book"] == KindRule(14, 3, 1, 5)
    assert found.terms == {"下学期": Term(cast.TODAY, cast.TERM_ENDS)}
    assert found.days[cast.WORKING_SATURDAY] == SpecialDay(True, "调休")


def test_a_reader_category_without_rules_is_shown_all_the_same(desk: Desk) -> None:
    assert now(desk).categories["guest"] == CategoryRule(0, False, False)


def test_saved_rules_are_the_rules(desk: Desk) -> None:
    before = now(desk)
    wanted = replace(
        longer(before),
        categories={**before.categories, TEACHER: CategoryRule(30, True, True)},
        terms={"上学期": Term(date(2026, 9, 1), date(2027, 1, 22))},
        days={date(2026, 10, 1): SpecialDay(False, "国庆节")},
        hours=(Hours(0, time(12, 10), time(13)), Hours(0, time(16), time(17), cast.ROOM)),
        reservation_days=5,
    )
    assert save(desk, wanted).saving is Saving.SAVED
    assert facts(now(desk)) == facts(wanted)


def test_the_ledger_says_who_changed_what_from_what_to_what(desk: Desk) -> None:
    wanted = replace(longer(now(desk)), days={})
    save(desk, wanted)
    [(verb, staff, details)] = entries(desk)
    assert (verb, staff) == ("rules", CHEN.id)
    assert details["changed"] == {
        "kind/student/book/days": ["14", "21"],
        "day/2026-04-06": ["closed 假日", ""],
        "day/2026-05-01..2026-05-05": ["closed 假日", ""],
        "day/2026-05-09": ["open 调休", ""],
    }


def test_a_loan_made_afterwards_has_the_new_due_date_and_one_made_before_keeps_its_own(desk: Desk) -> None:
    early = desk.lend(cast.XIAOMING.id, cast.PLAIN[0].id, station=cast.ENTRANCE, now=cast.MORNING)
    save(desk, longer(now(desk)))
    late = desk.lend(cast.XIAOMING.id, cast.PLAIN[1].id, station=cast.ENTRANCE, now=cast.MORNING)
    assert (early.due_on, late.due_on) == (date(2026, 3, 16), date(2026, 3, 23))
    with desk.database.reading() as connection:
        held = memory.reader_facts(connection, cast.XIAOMING.id)
    assert held and {loan.due_on for loan in held.loans} == {early.due_on, late.due_on}


def test_new_lending_hours_hold_at_once_and_at_their_station(desk: Desk) -> None:
    save(desk, replace(now(desk), hours=(Hours(0, time(12), time(13), cast.ROOM),)))
    room = desk.lend(cast.XIAOMING.id, cast.PLAIN[0].id, station=cast.ROOM, now=cast.MORNING)
    entrance = desk.lend(cast.XIAOMING.id, cast.PLAIN[0].id, station=cast.ENTRANCE, now=cast.MORNING)
    assert (room.verb, entrance.verb) == ("refused", "lent")


def test_an_assistant_changes_nothing_and_the_ledger_keeps_the_refusal(desk: Desk) -> None:
    assert save(desk, longer(now(desk)), HELPER).saving is Saving.NOT_ALLOWED
    assert now(desk).kinds[STUDENT, "book"].days == 14
    [(verb, staff, details)] = entries(desk)
    assert (verb, staff, details["why"]) == ("refused", HELPER.id, "rules")


def test_nobody_in_particular_may_not_change_the_rules_either(desk: Desk) -> None:
    assert save(desk, longer(now(desk)), None).saving is Saving.NOT_ALLOWED


def test_rules_that_make_no_sense_are_not_saved(desk: Desk) -> None:
    saved = save(desk, longer(now(desk), -1))
    assert saved.saving is Saving.WRONG
    assert [each.key for each in saved.problems] == ["kind/student/book/days"]
    assert now(desk).version == "1" and entries(desk) == []


def test_nothing_is_written_when_nothing_has_changed(desk: Desk) -> None:
    assert save(desk, now(desk)).saving is Saving.UNCHANGED
    assert now(desk).version == "1" and entries(desk) == []


def test_rules_made_from_an_older_version_do_not_overwrite_newer_ones(desk: Desk) -> None:
    opened_by_both = now(desk)
    save(desk, longer(opened_by_both, 21), CHEN)
    assert save(desk, longer(opened_by_both, 30), LI).saving is Saving.STALE
    assert now(desk).kinds[STUDENT, "book"].days == 21


def test_what_the_rules_were_at_a_version_can_be_told_from_the_ledger(desk: Desk) -> None:
    versions = [now(desk)]
    for days in (21, 28, 35):
        save(desk, replace(longer(now(desk), days), days={} if days == 28 else now(desk).days))
        versions.append(now(desk))
    with desk.database.reading() as connection:
        for each in versions:
            assert rules.before_version(connection, each.version) == facts(each)


def test_who_changed_the_rules_last_is_known(desk: Desk) -> None:
    def last() -> rules.LastChange | None:
        with desk.database.reading() as connection:
            return rules.last_change(connection)

    assert last() is None
    save(desk, longer(now(desk)), LI)
    assert last() == rules.LastChange(LI.id, cast.MORNING)


def test_two_terms_that_were_set_up_with_one_name_are_both_kept(desk: Desk) -> None:
    again = insert(models.Term).values(name="下学期", starts_on=date(2027, 3, 1), ends_on=date(2027, 7, 2))
    cast.change(desk.database, again)
    assert list(now(desk).terms) == ["下学期", "下学期 (2)"]


@pytest.mark.parametrize("version", ["", "7", "summer"])
def test_whatever_version_a_database_says_a_change_gives_it_another(desk: Desk, version: str) -> None:
    cast.change(desk.database, delete(models.Setting).where(models.Setting.key == "policy_version"))
    if version:
        cast.change(desk.database, insert(models.Setting).values(key="policy_version", value=version))
    assert save(desk, longer(now(desk))).saving is Saving.SAVED
    assert now(desk).version != version
