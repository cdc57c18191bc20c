"""The desk: lend, take back, renew, undo; once per scan, each with its ledger entry, by the rules as they stand."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from kiosk.audit import audit
from kiosk.decision import Reason, Tier
from kiosk.desk import Desk
from kiosk.models import Copy, KindRule, LedgerEntry, Loan, Reader, Setting
from kiosk.outcome import Outcome
from tests.cast import (
    BEES,
    BEES_AGAIN,
    DAY,
    ENTRANCE,
    FERRY,
    GONE,
    HOUR,
    LEILEI,
    LIHUA,
    LIMIT,
    MAGAZINE,
    MISSING,
    MORNING,
    OUR_CORNER,
    PLAIN,
    ROOM,
    SECOND,
    TEACHER,
    TERM_ENDS,
    THE_CLASS,
    THEIR_CORNER,
    TORN,
    XIAOMING,
    Person,
    Thing,
    change,
    desk_at,
    fill_bag,
    lending_hours,
)

NOBODY, NOTHING = 999, 999


class Day:
    """A day at the desk: the verbs in few words, at a moment that moves on by a minute each time."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.now, self.station = desk, MORNING, ENTRANCE

    def lend(self, reader: Person | int, thing: Thing | int, scan_id: str | None = None) -> Outcome:
        return self.desk.lend(_id(reader), _id(thing), **self._here(scan_id))

    def take_back(self, thing: Thing | int, scan_id: str | None = None) -> Outcome:
        return self.desk.take_back(_id(thing), **self._here(scan_id))

    def renew(self, reader: Person | int, thing: Thing | int, scan_id: str | None = None) -> Outcome:
        return self.desk.renew(_id(reader), _id(thing), **self._here(scan_id))

    def undo(self, done: Outcome | int, scan_id: str | None = None) -> Outcome:
        return self.desk.undo(done if isinstance(done, int) else done.entry, **self._here(scan_id))

    def loans(self) -> list[Any]:
        with self.desk.database.reading() as connection:
            return list(connection.execute(select(Loan.__table__).order_by(Loan.id)))

    def ledger(self) -> list[Any]:
        with self.desk.database.reading() as connection:
            return list(connection.execute(select(LedgerEntry.__table__).order_by(LedgerEntry.id)))

    def flaws(self) -> list[Any]:
        with self.desk.database.reading() as connection:
            return list(audit(connection))

    def state_of(self, thing: Thing) -> str:
        with self.desk.database.reading() as connection:
            return str(connection.scalar(select(Copy.state).where(Copy.id == thing.id)))

    def _here(self, scan_id: str | None) -> dict[str, Any]:
        self.now += timedelta(minutes=1)
        return {"station": self.station, "now": self.now, "scan_id": scan_id}


def _id(who_or_what: Person | Thing | int) -> int:
    return who_or_what if isinstance(who_or_what, int) else who_or_what.id


def reasons(outcome: Outcome) -> list[Reason]:
    return [finding.reason for finding in outcome.findings]


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(desk_at(tmp_path))


# The verbs


def test_a_loan_is_written_with_who_when_where_and_until_when(day: Day) -> None:
    outcome = day.lend(XIAOMING, FERRY)
    assert (outcome.verb, outcome.due_on, outcome.findings) == ("lent", date(2026, 3, 16), ())
    (loan,) = day.loans()
    assert (loan.reader_id, loan.copy_id, loan.title_id) == (XIAOMING.id, FERRY.id, FERRY.title)
    assert (loan.lent_at, loan.lent_station, loan.due_on) == (day.now, ENTRANCE, date(2026, 3, 16))
    assert (loan.returned_at, loan.returned_station, loan.renewals, loan.undone) == (None, None, 0, False)
    assert outcome.loan_id == loan.id
    assert day.flaws() == []


def test_a_return_closes_the_loan_with_when_and_where_and_keeps_it(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    day.station = ROOM
    outcome = day.take_back(FERRY)
    assert (outcome.verb, outcome.reader_id, outcome.findings) == ("returned", XIAOMING.id, ())
    (loan,) = day.loans()
    assert (loan.returned_at, loan.returned_station, loan.undone) == (day.now, ROOM, False)
    assert day.flaws() == []


def test_a_late_return_says_how_late_and_closes_the_loan(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    day.now += 17 * DAY
    outcome = day.take_back(FERRY)
    assert outcome.verb == "returned"
    assert [(each.reason, each.tier, each.facts) for each in outcome.findings] == [
        (Reason.LATE, Tier.NOTE, {"days": 3})
    ]


def test_a_copy_that_was_in_already_is_not_an_error(day: Day) -> None:
    outcome = day.take_back(FERRY)
    assert (outcome.verb, reasons(outcome), outcome.refused) == ("already", [Reason.NOT_ON_LOAN], False)
    assert day.loans() == []


def test_a_renewal_moves_the_due_date_and_is_counted(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    day.now += 10 * DAY
    outcome = day.renew(XIAOMING, FERRY)
    assert (outcome.verb, outcome.due_on) == ("renewed", date(2026, 3, 26))
    (loan,) = day.loans()
    assert (loan.due_on, loan.renewals) == (date(2026, 3, 26), 1)
    assert reasons(day.renew(XIAOMING, FERRY)) == [Reason.RENEWALS_REACHED, Reason.RENEW_LATER]
    assert day.flaws() == []


def test_a_late_book_is_not_renewed(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    day.now += 15 * DAY
    assert reasons(day.renew(XIAOMING, FERRY)) == [Reason.OVERDUE]


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda day: day.lend(NOBODY, FERRY), [Reason.READER_UNKNOWN]),
        (lambda day: day.lend(XIAOMING, NOTHING), [Reason.COPY_UNKNOWN]),
        (lambda day: day.lend(NOBODY, NOTHING), [Reason.READER_UNKNOWN, Reason.COPY_UNKNOWN]),
        (lambda day: day.lend(XIAOMING, GONE), [Reason.WITHDRAWN]),
        (lambda day: day.lend(XIAOMING, TORN), [Reason.IN_REPAIR]),
        (lambda day: day.lend(XIAOMING, THEIR_CORNER), [Reason.OTHER_CORNER]),
        (lambda day: day.take_back(NOTHING), [Reason.COPY_UNKNOWN]),
        (lambda day: day.renew(XIAOMING, FERRY), [Reason.NOT_YOURS]),
        (lambda day: day.renew(NOBODY, NOTHING), [Reason.READER_UNKNOWN, Reason.COPY_UNKNOWN]),
        (lambda day: day.undo(77), [Reason.CANNOT_UNDO]),
    ],
)
def test_a_refusal_writes_no_loan_but_is_in_the_ledger_with_its_reasons(
    day: Day, act: Callable[[Day], Outcome], why: list[Reason]
) -> None:
    outcome = act(day)
    assert (outcome.verb, reasons(outcome)) == ("refused", why)
    assert day.loans() == []
    (entry,) = day.ledger()
    assert (entry.verb, entry.id) == ("refused", outcome.entry)
    assert [finding[0] for finding in entry.details["findings"]] == why


def test_a_pupil_at_the_limit_gets_no_more_and_hears_how_many_are_allowed(day: Day) -> None:
    fill_bag(day.desk)
    outcome = day.lend(LIHUA, FERRY)
    assert reasons(outcome) == [Reason.LIMIT_REACHED, Reason.KIND_LIMIT_REACHED]
    assert outcome.findings[0].facts == {"limit": LIMIT, "held": LIMIT}


def test_a_class_borrows_a_shelf_of_books_from_its_own_corner_too(day: Day) -> None:
    for thing in (*PLAIN, OUR_CORNER):
        assert day.lend(THE_CLASS, thing).verb == "lent"
    assert day.flaws() == []


def test_a_copy_on_anothers_loan_is_not_lent_and_the_other_is_not_named(day: Day) -> None:
    day.lend(LIHUA, FERRY)
    outcome = day.lend(XIAOMING, FERRY)
    assert reasons(outcome) == [Reason.ON_LOAN_TO_ANOTHER]
    assert outcome.findings[0].facts == {}
    assert outcome.reader_id == XIAOMING.id


def test_a_title_read_before_is_lent_again_with_a_note_and_an_undone_loan_does_not_count(day: Day) -> None:
    day.undo(day.lend(XIAOMING, BEES))
    day.now += DAY
    assert reasons(day.lend(XIAOMING, BEES)) == []
    day.now += DAY
    day.take_back(BEES)
    assert reasons(day.lend(XIAOMING, BEES_AGAIN)) == [Reason.READ_BEFORE]


def test_a_book_taken_out_and_put_back_at_once_was_not_read(day: Day) -> None:
    day.lend(XIAOMING, BEES)
    day.take_back(BEES)
    assert reasons(day.lend(XIAOMING, BEES)) == []


def test_two_copies_of_a_title_do_not_go_home_with_one_pupil(day: Day) -> None:
    day.lend(XIAOMING, BEES)
    assert reasons(day.lend(XIAOMING, BEES_AGAIN)) == [Reason.SAME_TITLE]
    assert day.lend(LIHUA, BEES_AGAIN).verb == "lent"


def test_a_lost_copy_that_is_returned_is_found(day: Day) -> None:
    outcome = day.take_back(MISSING)
    assert (outcome.verb, reasons(outcome)) == ("already", [Reason.NOT_ON_LOAN, Reason.FOUND])
    assert day.state_of(MISSING) == "ok"
    assert reasons(day.take_back(MISSING)) == [Reason.NOT_ON_LOAN]


def test_a_lost_copy_that_is_borrowed_is_found(day: Day) -> None:
    outcome = day.lend(XIAOMING, MISSING)
    assert (outcome.verb, reasons(outcome)) == ("lent", [Reason.FOUND])
    assert day.state_of(MISSING) == "ok"


def test_a_copy_given_up_for_lost_while_on_loan_is_found_when_it_comes_back(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    change(day.desk.database, update(Copy).where(Copy.id == FERRY.id).values(state="lost"))
    assert reasons(day.take_back(FERRY)) == [Reason.FOUND]
    assert day.state_of(FERRY) == "ok"


def test_a_leaver_and_a_lost_card_borrow_nothing_but_what_they_had_comes_back(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    change(
        day.desk.database,
        update(Reader).where(Reader.id == XIAOMING.id).values(left_on=date(2026, 3, 2), card_lost_on=date(2026, 3, 1)),
    )
    assert reasons(day.lend(XIAOMING, BEES)) == [Reason.CARD_LOST, Reason.LEFT_SCHOOL]
    assert day.take_back(FERRY).verb == "returned"


# The same scan again


def test_the_same_scan_lends_once_and_tells_the_same(day: Day) -> None:
    first = day.lend(XIAOMING, FERRY, "scan")
    assert day.lend(XIAOMING, FERRY, "scan") == first
    assert len(day.loans()) == len(day.ledger()) == 1


def test_the_same_scan_takes_back_once_and_tells_the_same(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    first = day.take_back(FERRY, "scan")
    assert day.take_back(FERRY, "scan") == first
    assert len(day.ledger()) == 2


def test_the_same_scan_does_not_take_back_what_was_lent_again_since(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    day.take_back(FERRY, "scan")
    day.lend(LIHUA, FERRY)
    assert day.take_back(FERRY, "scan").reader_id == XIAOMING.id
    assert day.loans()[1].returned_at is None


def test_the_same_scan_renews_once_and_tells_the_same(day: Day) -> None:
    day.lend(TEACHER, FERRY)
    day.now += 55 * DAY
    first = day.renew(TEACHER, FERRY, "scan")
    assert first.verb == "renewed"
    assert day.renew(TEACHER, FERRY, "scan") == first
    assert day.loans()[0].renewals == 1


def test_the_same_scan_undoes_once_and_tells_the_same(day: Day) -> None:
    lent = day.lend(XIAOMING, FERRY)
    first = day.undo(lent, "scan")
    assert first.verb == "undone"
    assert day.undo(lent, "scan") == first
    assert len(day.ledger()) == 2


def test_the_same_scan_is_refused_once_for_the_same_reasons_even_when_they_are_gone(day: Day) -> None:
    day.lend(LIHUA, FERRY)
    first = day.lend(XIAOMING, FERRY, "scan")
    day.take_back(FERRY)
    assert day.lend(XIAOMING, FERRY, "scan") == first
    assert first.refused


def test_the_same_scan_from_another_verb_or_station_tells_what_it_did_first(day: Day) -> None:
    first = day.lend(XIAOMING, FERRY, "scan")
    day.station = ROOM
    assert day.take_back(FERRY, "scan") == first
    assert day.loans()[0].returned_at is None


def test_the_ledger_tells_every_kind_of_outcome_again_as_it_was(day: Day) -> None:
    outcomes = {
        "lend": day.lend(XIAOMING, MISSING, "lend"),
        "refuse": day.lend(LIHUA, MISSING, "refuse"),
        "back": day.take_back(MISSING, "back"),
        "already": day.take_back(MISSING, "already"),
        "again": day.lend(TEACHER, MISSING, "again"),
    }
    day.now += 55 * DAY
    outcomes["renew"] = day.renew(TEACHER, MISSING, "renew")
    outcomes["undo"] = day.undo(outcomes["renew"], "undo")
    assert [each.verb for each in outcomes.values()] == [
        *("lent", "refused", "returned", "already", "lent", "renewed", "undone"),
    ]
    for scan_id, outcome in outcomes.items():
        assert day.take_back(FERRY, scan_id) == outcome


# Undo


def test_an_undone_loan_is_over_and_marked_and_the_copy_is_free(day: Day) -> None:
    lent = day.lend(XIAOMING, FERRY)
    outcome = day.undo(lent)
    assert (outcome.verb, outcome.reader_id, outcome.copy_id) == ("undone", XIAOMING.id, FERRY.id)
    (loan,) = day.loans()
    assert (loan.undone, loan.returned_at) == (True, day.now)
    assert day.lend(LIHUA, FERRY).verb == "lent"
    assert day.flaws() == []


def test_an_undone_return_puts_the_book_back_on_the_loan_it_was_on(day: Day) -> None:
    before = day.lend(XIAOMING, FERRY)
    day.undo(day.take_back(FERRY))
    (loan,) = day.loans()
    assert (loan.id, loan.returned_at, loan.returned_station, loan.undone) == (before.loan_id, None, None, False)
    assert reasons(day.lend(LIHUA, FERRY)) == [Reason.ON_LOAN_TO_ANOTHER]
    assert day.flaws() == []


def test_an_undone_renewal_has_its_old_due_date_and_may_be_renewed_again(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    day.now += 10 * DAY
    day.undo(day.renew(XIAOMING, FERRY))
    (loan,) = day.loans()
    assert (loan.due_on, loan.renewals) == (date(2026, 3, 16), 0)
    assert day.renew(XIAOMING, FERRY).verb == "renewed"
    assert day.flaws() == []


def test_an_undo_is_a_new_entry_and_the_undone_one_stays(day: Day) -> None:
    day.undo(day.lend(XIAOMING, FERRY))
    assert [entry.verb for entry in day.ledger()] == ["lent", "undone"]
    assert day.ledger()[1].details["why"] == f"lent {day.ledger()[0].id}"


def test_nothing_is_undone_twice(day: Day) -> None:
    lent = day.lend(XIAOMING, FERRY)
    day.undo(lent)
    assert reasons(day.undo(lent)) == [Reason.CANNOT_UNDO]
    day.lend(XIAOMING, BEES)
    returned = day.take_back(BEES)
    day.undo(returned)
    assert reasons(day.undo(returned)) == [Reason.CANNOT_UNDO]
    assert day.flaws() == []


def test_a_return_undone_once_is_not_undone_again_by_a_later_return_at_the_same_moment(day: Day) -> None:
    here: dict[str, Any] = {"station": ENTRANCE, "now": MORNING}
    day.desk.lend(XIAOMING.id, FERRY.id, **here)
    first = day.desk.take_back(FERRY.id, **here)
    day.desk.undo(first.entry, **here)
    day.desk.take_back(FERRY.id, **here)
    assert reasons(day.desk.undo(first.entry, **here)) == [Reason.CANNOT_UNDO]
    assert day.loans()[0].returned_at == MORNING
    assert day.flaws() == []


def test_a_loan_undone_at_the_moment_of_its_return_is_not_opened_again(day: Day) -> None:
    here: dict[str, Any] = {"station": ENTRANCE, "now": MORNING}
    lent = day.desk.lend(XIAOMING.id, FERRY.id, **here)
    returned = day.desk.take_back(FERRY.id, **here)
    day.desk.undo(returned.entry, **here)
    day.desk.undo(lent.entry, **here)
    assert reasons(day.desk.undo(returned.entry, **here)) == [Reason.CANNOT_UNDO]
    assert day.loans()[0].undone
    assert day.flaws() == []


def test_one_of_two_renewals_to_the_same_day_is_undone_once(day: Day) -> None:
    day.lend(TEACHER, FERRY)
    day.now += 55 * DAY
    day.renew(TEACHER, FERRY)
    change(day.desk.database, update(KindRule).values(renew_within=90))
    change(day.desk.database, update(Setting).where(Setting.key == "policy_version").values(value="2"))
    second = day.renew(TEACHER, FERRY)
    assert day.undo(second).verb == "undone"
    assert reasons(day.undo(second)) == [Reason.CANNOT_UNDO]
    assert day.loans()[0].renewals == 1
    assert day.flaws() == []


def test_only_the_last_deed_on_a_loan_can_be_undone_then_the_one_before(day: Day) -> None:
    lent = day.lend(XIAOMING, FERRY)
    day.now += 10 * DAY
    renewed = day.renew(XIAOMING, FERRY)
    assert reasons(day.undo(lent)) == [Reason.CANNOT_UNDO]
    assert day.undo(renewed).verb == "undone"
    assert day.undo(lent).verb == "undone"
    assert day.flaws() == []


def test_a_return_cannot_be_undone_when_the_copy_has_been_lent_since(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    returned = day.take_back(FERRY)
    day.lend(LIHUA, FERRY)
    assert reasons(day.undo(returned)) == [Reason.CANNOT_UNDO]
    assert day.flaws() == []


def test_a_return_can_be_undone_when_the_loan_since_was_undone_too(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    returned = day.take_back(FERRY)
    day.undo(day.lend(LIHUA, FERRY))
    assert day.undo(returned).verb == "undone"
    assert day.flaws() == []


def test_another_stations_deed_is_not_undone_here(day: Day) -> None:
    lent = day.lend(XIAOMING, FERRY)
    day.station = ROOM
    outcome = day.undo(lent)
    assert (outcome.verb, reasons(outcome), outcome.copy_id) == ("refused", [Reason.CANNOT_UNDO], None)
    assert day.loans()[0].returned_at is None


@pytest.mark.parametrize("act", [lambda day: day.take_back(FERRY), lambda day: day.lend(XIAOMING, TORN)])
def test_what_changed_no_loan_cannot_be_undone(day: Day, act: Callable[[Day], Outcome]) -> None:
    assert reasons(day.undo(act(day))) == [Reason.CANNOT_UNDO]


def test_an_undo_cannot_be_undone(day: Day) -> None:
    undone = day.undo(day.lend(XIAOMING, FERRY))
    assert reasons(day.undo(undone)) == [Reason.CANNOT_UNDO]


# The rules as they stand


def test_a_new_rule_holds_for_later_loans_only(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    change(day.desk.database, update(KindRule).where(KindRule.category == "student").values(days=28))
    change(day.desk.database, update(Setting).where(Setting.key == "policy_version").values(value="2"))
    assert day.lend(XIAOMING, BEES).due_on == date(2026, 3, 30)
    assert [loan.due_on for loan in day.loans()] == [date(2026, 3, 16), date(2026, 3, 30)]


def test_the_rules_are_read_again_only_when_their_version_changes(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    change(day.desk.database, delete(KindRule))
    assert day.lend(XIAOMING, BEES).verb == "lent"
    change(day.desk.database, update(Setting).where(Setting.key == "policy_version").values(value="2"))
    assert reasons(day.lend(XIAOMING, PLAIN[0])) == [Reason.KIND_NOT_LENT]


def test_a_pupils_book_comes_back_by_the_end_of_term_and_a_teachers_need_not(day: Day) -> None:
    day.now = datetime(2026, 6, 29, 2, 0, tzinfo=UTC)
    assert day.lend(XIAOMING, FERRY).due_on == TERM_ENDS
    assert day.lend(TEACHER, BEES).due_on == date(2026, 8, 28)


def test_a_working_saturday_is_a_due_date_and_a_holiday_is_not(day: Day) -> None:
    day.now = datetime(2026, 4, 25, 2, 0, tzinfo=UTC)
    assert day.lend(XIAOMING, FERRY).due_on == date(2026, 5, 9)
    day.now = datetime(2026, 3, 23, 2, 0, tzinfo=UTC)
    assert day.lend(LIHUA, BEES).due_on == date(2026, 4, 7)


def test_the_day_is_that_of_the_schools_clock_not_of_greenwich(day: Day) -> None:
    day.now = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # one o'clock on Tuesday in Shanghai
    assert day.lend(XIAOMING, MAGAZINE).due_on == date(2026, 3, 10)


def test_lending_hours_are_those_of_the_schools_clock_and_returns_have_none(day: Day) -> None:
    change(day.desk.database, lending_hours(0, time(12), time(13)))
    change(day.desk.database, update(Setting).where(Setting.key == "policy_version").values(value="2"))
    assert reasons(day.lend(XIAOMING, FERRY)) == [Reason.OUTSIDE_HOURS]
    day.now += 2 * HOUR
    assert day.lend(XIAOMING, FERRY).verb == "lent"
    day.now += 2 * HOUR
    assert day.take_back(FERRY).verb == "returned"


def test_a_naive_clock_is_refused_before_anything_is_written(day: Day) -> None:
    with pytest.raises(Exception, match="naive"):
        day.desk.lend(LEILEI.id, FERRY.id, station=ENTRANCE, now=MORNING.replace(tzinfo=None))
    assert day.loans() == []
    assert day.ledger() == []


def test_a_clock_set_back_a_little_does_not_upset_the_story(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    day.now -= HOUR
    returned = day.take_back(FERRY)
    assert (returned.verb, returned.at < day.loans()[0].lent_at + SECOND) == ("returned", True)
    assert day.flaws() == []


def test_the_database_itself_refuses_a_second_open_loan_of_a_copy(day: Day) -> None:
    day.lend(XIAOMING, FERRY)
    with day.desk.database.engine.connect() as connection, pytest.raises(Exception, match="UNIQUE constraint failed"):
        connection.execute(
            text(
                "INSERT INTO loan (copy_id, title_id, reader_id, lent_at, lent_station, due_on, renewals, undone) "
                "SELECT copy_id, title_id, 2, lent_at, lent_station, due_on, 0, 0 FROM loan"
            )
        )
