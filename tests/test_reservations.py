"""Who waits for which title, for whom a copy is set aside, for how long, and what becomes of it when things change."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from kiosk import fetching, outcome, reconcile, reserving
from kiosk.counter import Counter
from kiosk.decision import Reason, Tier
from kiosk.models import CategoryRule, Copy, Setting
from kiosk.models_desk import Reservation
from kiosk.outcome import Outcome
from kiosk.roles import Staff
from tests import cast
from tests.branch import CHILD, Branch
from tests.cast import (
    ATLAS,
    BEES,
    BEES_AGAIN,
    DAY,
    FERRY,
    GONE,
    LEILEI,
    LIHUA,
    LIMIT,
    MISSING,
    OUR_CORNER,
    PLAIN,
    ROOM,
    TEACHER,
    TEXTBOOK,
    THE_CLASS,
    XIAOMING,
    Person,
    Thing,
    change,
)


@pytest.fixture
def library(tmp_path: Path) -> Branch:
    return Branch(tmp_path)


@pytest.fixture
def ferry(library: Branch) -> Branch:
    """FERRY, the only copy of its title, is at home with the teacher."""
    library.lent(FERRY)
    return library


@pytest.fixture
def bees(library: Branch) -> Branch:
    """Both copies of a title are out."""
    library.lent(BEES)
    library.lent(BEES_AGAIN, reader=THE_CLASS)
    return library


# The queue


def test_who_asked_first_gets_the_first_copy_that_comes_back(bees: Branch) -> None:
    bees.wait(BEES, LIHUA, XIAOMING)
    bees.back(BEES_AGAIN)
    assert (bees.kept(BEES_AGAIN), bees.waits(XIAOMING)) == (LIHUA.id, True)
    bees.back(BEES)
    assert bees.kept(BEES) == XIAOMING.id


def test_a_teacher_waits_like_everybody_else_where_no_rule_says_otherwise(library: Branch) -> None:
    library.lent(FERRY, reader=THE_CLASS)
    library.wait(FERRY, LIHUA, TEACHER)
    library.back(FERRY)
    assert library.kept(FERRY) == LIHUA.id


def test_a_teacher_is_served_before_pupils_where_the_rules_give_precedence(library: Branch) -> None:
    library.rule(update(CategoryRule).where(CategoryRule.category == "teacher").values(precedence=True))
    library.lent(FERRY, reader=THE_CLASS)
    library.wait(FERRY, LIHUA, TEACHER)
    library.back(FERRY)
    assert library.kept(FERRY) == TEACHER.id


def test_precedence_holds_as_it_was_when_the_reservation_was_made(library: Branch) -> None:
    library.lent(FERRY, reader=THE_CLASS)
    library.wait(FERRY, LIHUA, TEACHER)
    library.rule(update(CategoryRule).where(CategoryRule.category == "teacher").values(precedence=True))
    library.back(FERRY)
    assert library.kept(FERRY) == LIHUA.id


def test_a_copy_already_set_aside_stays_with_its_reader_though_a_teacher_comes_later(bees: Branch) -> None:
    bees.rule(update(CategoryRule).where(CategoryRule.category == "teacher").values(precedence=True))
    bees.wait(BEES, LIHUA)
    bees.back(BEES)
    bees.wait(BEES, TEACHER)
    assert bees.kept(BEES) == LIHUA.id


def test_the_ledger_says_who_reserved_what_for_whom_and_in_whose_presence(ferry: Branch) -> None:
    ferry.reserve(LIHUA, FERRY, cast.ASSISTANT)
    (entry,) = ferry.entries(outcome.RESERVED)
    assert (entry.reader_id, entry.staff_id, entry.station) == (LIHUA.id, cast.ASSISTANT.id, "librarian")
    assert (entry.details["title"], "reservation" in entry.details) == (FERRY.title, True)
    (row,) = ferry.open_ones()
    assert (row.made_by, row.made_station, row.made_at) == (cast.ASSISTANT.id, "librarian", entry.at)


def test_a_reservation_sent_twice_is_made_once(ferry: Branch) -> None:
    def work(counter: Counter) -> Outcome:
        return next(iter(counter.told()), None) or reserving.reserve(counter, FERRY.title, LIHUA.id)

    first, again = (ferry.at_desk(work, scan_id="the same key press") for _ in range(2))
    assert first == again
    assert len(ferry.rows(Reservation)) == 1


# A copy comes back


@pytest.mark.parametrize("station", [cast.ENTRANCE, ROOM])
def test_a_copy_returned_at_any_kiosk_is_set_aside_and_the_screen_names_nobody(ferry: Branch, station: str) -> None:
    ferry.wait(FERRY, LIHUA)
    done = ferry.back(FERRY, station=station)
    (said,) = done.findings
    assert (said.reason, said.tier, dict(said.facts)) == (Reason.SET_ASIDE, Tier.NOTE, {})
    assert done.reader_id == TEACHER.id, "whose loan it was, not who waits"
    assert ferry.kept(FERRY) == LIHUA.id


def test_a_copy_returned_at_the_counter_is_set_aside(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    done = ferry.back(FERRY, cast.ASSISTANT)
    assert done.has(Reason.SET_ASIDE)
    assert done.kept["reservation"] == ferry.open_ones()[0].id


def test_a_copy_found_untold_in_the_box_is_set_aside(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    found = ferry.scan(ferry.begin(), FERRY)
    assert (found.kind, found.line and found.line.destination) == (reconcile.RETURNED, reconcile.RESERVED)
    assert ferry.kept(FERRY) == LIHUA.id


def test_a_copy_that_somebody_of_the_library_has_in_the_hand_is_set_aside_though_it_was_in(library: Branch) -> None:
    assert library.reserve(LIHUA, FERRY, cast.LIBRARIAN).verb == outcome.RESERVED
    assert library.back(FERRY, cast.LIBRARIAN).verb == outcome.ALREADY
    assert library.kept(FERRY) == LIHUA.id


def test_nothing_is_set_aside_where_nobody_waits(ferry: Branch) -> None:
    assert ferry.back(FERRY).findings == ()
    assert ferry.open_ones() == []


def test_a_copy_waits_three_days(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY, cast.LIBRARIAN)
    assert (ferry.day(), ferry.until(FERRY)) == (date(2026, 3, 2), date(2026, 3, 5))


@pytest.mark.parametrize(
    ("day", "last"),
    [
        ((2026, 3, 5), date(2026, 3, 9)),  # Thursday, to Sunday: on Monday somebody can come
        ((2026, 4, 3), date(2026, 4, 7)),  # the Monday after is a holiday
        ((2026, 4, 29), date(2026, 5, 6)),  # the May holidays
        ((2026, 5, 6), date(2026, 5, 9)),  # the Saturday is a working day
    ],
)
def test_its_last_day_is_one_on_which_the_library_is_open(ferry: Branch, day: tuple[int, int, int], last: date) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.at(*day)
    ferry.back(FERRY, cast.LIBRARIAN)
    assert ferry.until(FERRY) == last


def test_how_long_it_waits_is_the_librarys_own_rule(ferry: Branch) -> None:
    ferry.rule(insert(Setting).values(key="reservation_days", value="7"))
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY, cast.LIBRARIAN)
    assert ferry.until(FERRY) == date(2026, 3, 9)


def test_its_days_begin_when_somebody_of_the_library_has_seen_it(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY)
    ferry.now += 2 * DAY
    assert ferry.scan(ferry.begin(), FERRY).kind == reconcile.CONFIRMED
    assert ferry.until(FERRY) == date(2026, 3, 9), "Wednesday and three days is Saturday, and Monday is open"


def test_its_days_do_not_begin_again_each_time_it_is_scanned(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.now += 2 * DAY
    ferry.back(FERRY, cast.LIBRARIAN)
    assert ferry.until(FERRY) == date(2026, 3, 5)


def test_a_copy_that_still_lies_in_the_box_has_not_waited_in_vain(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY)
    ferry.now += 10 * DAY
    assert ferry.pass_on() == []
    assert ferry.kept(FERRY) == LIHUA.id
    with ferry.desk.database.reading() as connection:
        (row,) = fetching.kept(connection, ferry.day())
    assert (row.reader, row.label, row.box) == (LIHUA.name, FERRY.label, cast.ENTRANCE)
    ferry.scan(ferry.begin(), FERRY)
    assert (ferry.kept(FERRY), ferry.until(FERRY) > ferry.day()) == (LIHUA.id, True)


# It waits in vain


def test_after_its_last_day_it_is_the_next_readers(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.at(2026, 3, 5, 20)
    assert ferry.pass_on() == [], "the last day is hers"
    ferry.at(2026, 3, 6)
    ferry.pass_on()
    assert (ferry.kept(FERRY), ferry.until(FERRY)) == (XIAOMING.id, date(2026, 3, 9))
    assert ferry.pass_on() == []
    (entry,) = ferry.entries(outcome.EXPIRED)
    assert (entry.reader_id, entry.copy_id, entry.staff_id, entry.scan_id) == (LIHUA.id, FERRY.id, None, None)
    assert (entry.details["title"], entry.details["next"]) == (FERRY.title, ferry.open_ones()[0].id)


def test_a_copy_that_nobody_else_waits_for_is_free_again(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.at(2026, 3, 6)
    ferry.pass_on()
    assert ferry.lend(XIAOMING, FERRY).verb == outcome.LENT


def test_before_the_chore_has_run_the_next_reader_gets_it_all_the_same(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.at(2026, 3, 6)
    assert ferry.lend(LEILEI, FERRY).has(Reason.RESERVED)
    assert ferry.lend(XIAOMING, FERRY).verb == outcome.LENT
    assert [row.ended_how for row in ferry.rows(Reservation)] == ["expired", "fetched"]


def test_whoever_comes_too_late_does_not_wait_again_without_asking(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.at(2026, 3, 6)
    assert ferry.lend(XIAOMING, FERRY).verb == outcome.LENT
    assert ferry.open_ones() == []
    assert ferry.reserve(LIHUA, FERRY).verb == outcome.RESERVED


def test_a_copy_kept_in_vain_and_scanned_before_the_chore_goes_to_the_next(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.at(2026, 3, 6)
    done = ferry.back(FERRY, cast.LIBRARIAN)
    assert (done.has(Reason.SET_ASIDE), ferry.kept(FERRY)) == (True, XIAOMING.id)


def test_whoever_missed_their_days_may_reserve_again_at_once(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.at(2026, 3, 6)
    assert ferry.reserve(LIHUA, FERRY).verb == outcome.RESERVED
    assert ferry.kept(FERRY) == XIAOMING.id


# Somebody else wants it


def test_another_reader_does_not_get_a_copy_that_is_set_aside(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY)
    (said,) = ferry.lend(XIAOMING, FERRY).findings
    assert (said.reason, said.tier, dict(said.facts)) == (Reason.RESERVED, Tier.OVERRIDE, {})


def test_whoever_it_is_set_aside_for_gets_it_at_any_kiosk_and_waits_no_more(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY)
    done = ferry.lend(LIHUA, FERRY)
    assert done.verb == outcome.LENT
    (row,) = ferry.rows(Reservation)
    assert (row.ended_how, row.ended_at, row.loan_id) == ("fetched", done.at, done.loan_id)


def test_a_librarian_may_give_it_to_somebody_else_and_the_ledger_keeps_who_and_why(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY)
    ferry.lend(XIAOMING, FERRY, cast.LIBRARIAN, "it is for the play tomorrow")
    (entry,) = (row for row in ferry.entries(outcome.LENT) if row.reader_id == XIAOMING.id)
    assert (entry.staff_id, entry.details["override"]) == (cast.LIBRARIAN.id, "it is for the play tomorrow")
    assert [each[0] for each in entry.details["findings"]] == ["RESERVED"]


def test_an_assistant_may_not_give_it_to_somebody_else(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY)
    done = ferry.lend(XIAOMING, FERRY, cast.ASSISTANT, "please")
    assert [each.reason for each in done.findings] == [Reason.RESERVED, Reason.NOT_ALLOWED]
    assert ferry.kept(FERRY) == LIHUA.id


def test_whoever_it_was_taken_from_waits_again_at_the_old_place(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, LEILEI)
    ferry.back(FERRY)
    ferry.lend(XIAOMING, FERRY, cast.LIBRARIAN, "a good reason")
    assert ferry.waits(LIHUA)
    ferry.back(FERRY)
    assert ferry.kept(FERRY) == LIHUA.id


def test_a_free_copy_is_spoken_for_when_as_many_wait_as_copies_are_free(library: Branch) -> None:
    library.reserve(LIHUA, BEES, cast.LIBRARIAN)
    assert library.lend(XIAOMING, BEES).verb == outcome.LENT, "the other is left for her"
    assert library.lend(LEILEI, BEES_AGAIN).has(Reason.RESERVED)
    assert library.lend(LIHUA, BEES_AGAIN).verb == outcome.LENT


def test_of_those_who_wait_only_as_many_are_served_off_the_shelf_as_copies_are_free(library: Branch) -> None:
    for reader in (LIHUA, XIAOMING):
        library.reserve(reader, FERRY, cast.LIBRARIAN)
    assert library.lend(XIAOMING, FERRY).has(Reason.RESERVED)
    assert library.lend(LIHUA, FERRY).verb == outcome.LENT


def test_any_copy_will_do_and_the_one_that_was_set_aside_goes_to_the_next(library: Branch) -> None:
    library.lent(BEES)
    library.reserve(LIHUA, BEES, cast.LIBRARIAN)
    library.back(BEES, cast.LIBRARIAN)
    library.reserve(XIAOMING, BEES, cast.LIBRARIAN)
    assert library.lend(LIHUA, BEES_AGAIN).verb == outcome.LENT
    assert library.kept(BEES) == XIAOMING.id


def test_somebody_pushed_aside_gets_the_copy_that_the_other_leaves_before_those_behind(bees: Branch) -> None:
    bees.wait(BEES, XIAOMING, LIHUA, LEILEI)
    bees.back(BEES)
    bees.back(BEES_AGAIN)
    assert (bees.kept(BEES), bees.kept(BEES_AGAIN)) == (XIAOMING.id, LIHUA.id)
    bees.lend(XIAOMING, BEES_AGAIN, cast.LIBRARIAN, "it lay on top")
    assert (bees.kept(BEES), bees.waits(LEILEI)) == (LIHUA.id, True)


# It is not wanted any more


def test_a_cancelled_reservation_makes_room_for_the_next(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY)
    done = ferry.cancel(ferry.open_ones()[0].id)
    assert (done.verb, done.reader_id, done.copy_id) == (outcome.CANCELLED, LIHUA.id, FERRY.id)
    assert ferry.kept(FERRY) == XIAOMING.id


def test_what_is_over_cannot_be_cancelled(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    number = ferry.open_ones()[0].id
    assert ferry.cancel(number).verb == outcome.CANCELLED
    assert ferry.cancel(number).has(Reason.CANNOT_UNDO)
    assert ferry.cancel(999).has(Reason.CANNOT_UNDO)


# Undone


def test_an_undone_reservation_makes_room_for_the_next(ferry: Branch) -> None:
    made = ferry.reserve(LIHUA, FERRY)
    ferry.wait(FERRY, XIAOMING)
    ferry.back(FERRY)
    assert ferry.undo(made).verb == outcome.UNDONE
    assert ferry.kept(FERRY) == XIAOMING.id


def test_a_reservation_that_was_fetched_cannot_be_undone(ferry: Branch) -> None:
    made = ferry.reserve(LIHUA, FERRY)
    ferry.back(FERRY)
    ferry.lend(LIHUA, FERRY)
    assert ferry.undo(made).has(Reason.CANNOT_UNDO)


def test_a_cancelled_reservation_put_back_has_its_old_place(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    cancelled = ferry.cancel(ferry.open_ones()[0].id)
    assert ferry.undo(cancelled).verb == outcome.UNDONE
    ferry.back(FERRY)
    assert ferry.kept(FERRY) == LIHUA.id


def test_a_cancelled_reservation_put_back_has_its_copy_unless_that_is_somebody_elses_now(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY)
    ferry.undo(ferry.cancel(ferry.open_ones()[0].id))
    assert ferry.kept(FERRY) == LIHUA.id
    ferry.wait(FERRY, XIAOMING)
    cancelled = ferry.cancel(ferry.open_ones()[0].id)
    assert ferry.undo(cancelled).verb == outcome.UNDONE
    assert (ferry.kept(FERRY), ferry.waits(LIHUA)) == (XIAOMING.id, True)


def test_a_cancelled_reservation_is_not_put_back_when_the_reader_has_asked_again(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    cancelled = ferry.cancel(ferry.open_ones()[0].id)
    ferry.wait(FERRY, LIHUA)
    assert ferry.undo(cancelled).has(Reason.CANNOT_UNDO)


def test_a_cancelling_that_was_undone_is_not_undone_again_by_the_same_line(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    number = ferry.open_ones()[0].id
    first = ferry.cancel(number)
    ferry.undo(first)
    ferry.cancel(number)
    assert ferry.undo(first).has(Reason.CANNOT_UNDO)
    assert ferry.open_ones() == []


@pytest.mark.parametrize("staff", [CHILD, cast.LIBRARIAN])
def test_an_undone_loan_is_set_aside_again_for_whoever_had_fetched_it(ferry: Branch, staff: Staff | None) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY)
    ferry.undo(ferry.lend(LIHUA, FERRY), staff)
    assert ferry.kept(FERRY) == LIHUA.id
    assert ferry.lend(XIAOMING, FERRY).has(Reason.RESERVED)


def test_an_undone_loan_off_the_shelf_leaves_the_reader_waiting_as_before(library: Branch) -> None:
    library.reserve(LIHUA, FERRY, cast.LIBRARIAN)
    library.undo(library.lend(LIHUA, FERRY))
    assert (library.waits(LIHUA), library.kept(FERRY)) == (True, None)
    assert library.lend(XIAOMING, FERRY).has(Reason.RESERVED)


def test_an_undone_loan_of_another_copy_gives_back_the_one_that_was_set_aside(library: Branch) -> None:
    library.lent(BEES)
    library.reserve(LIHUA, BEES, cast.LIBRARIAN)
    library.back(BEES, cast.LIBRARIAN)
    library.undo(library.lend(LIHUA, BEES_AGAIN))
    assert library.kept(BEES) == LIHUA.id


def test_an_undone_override_gives_the_copy_back_to_whom_it_was_taken_from(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY)
    ferry.undo(ferry.lend(XIAOMING, FERRY, cast.LIBRARIAN, "by mistake"))
    assert ferry.kept(FERRY) == LIHUA.id


def test_a_loan_is_undone_though_its_reader_has_reserved_the_title_again(bees: Branch) -> None:
    bees.wait(BEES, LIHUA)
    bees.back(BEES)
    lent = bees.lend(LIHUA, BEES)
    bees.lost(BEES)
    assert bees.reserve(LIHUA, BEES).verb == outcome.RESERVED, "what is given up for lost is not at home"
    assert bees.undo(lent).verb == outcome.UNDONE
    assert len(bees.open_ones()) == 1
    assert bees.flaws() == []


def test_an_undone_return_lets_whoever_hoped_for_it_wait_on(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    done = ferry.back(FERRY)
    ferry.undo(done, CHILD)
    assert ferry.waits(LIHUA)
    ferry.back(FERRY)
    assert ferry.kept(FERRY) == LIHUA.id


# Keeping it longer


def test_a_book_that_others_wait_for_is_not_renewed(library: Branch) -> None:
    library.desk.lend(XIAOMING.id, FERRY.id, station=cast.ENTRANCE, now=library.now - 10 * DAY)
    library.wait(FERRY, LIHUA)
    (said,) = library.do(lambda counter: counter.renew(XIAOMING.id, FERRY.id), CHILD).findings
    assert (said.reason, said.tier) == (Reason.RESERVED, Tier.OVERRIDE)
    done = library.at_desk(lambda counter: counter.renew(XIAOMING.id, FERRY.id, "the exam"))
    assert (done.verb, done.kept["override"]) == (outcome.RENEWED, "the exam")


def test_a_book_is_renewed_when_another_copy_is_set_aside_for_the_one_who_waited(library: Branch) -> None:
    library.desk.lend(XIAOMING.id, BEES.id, station=cast.ENTRANCE, now=library.now - 10 * DAY)
    library.lent(BEES_AGAIN)
    library.wait(BEES, LIHUA)
    library.back(BEES_AGAIN)
    assert library.do(lambda counter: counter.renew(XIAOMING.id, BEES.id), CHILD).verb == outcome.RENEWED


# Who may reserve


def test_nobody_reserves_a_title_twice(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    assert [each.reason for each in ferry.reserve(LIHUA, FERRY).findings] == [Reason.ALREADY_RESERVED]
    ferry.back(FERRY)
    assert ferry.reserve(LIHUA, FERRY, cast.LIBRARIAN).has(Reason.ALREADY_RESERVED)


def test_nobody_reserves_what_is_at_home(ferry: Branch) -> None:
    assert [each.reason for each in ferry.reserve(TEACHER, FERRY, cast.LIBRARIAN).findings] == [Reason.SAME_TITLE]


def test_a_pupil_reserves_as_many_titles_as_may_be_borrowed(library: Branch) -> None:
    library.lent(*PLAIN[: LIMIT + 1])
    library.wait(PLAIN[0], LIHUA)
    for thing in PLAIN[1:LIMIT]:
        library.wait(thing, LIHUA)
    (said,) = library.reserve(LIHUA, PLAIN[LIMIT]).findings
    assert (said.reason, dict(said.facts)) == (Reason.RESERVATIONS_REACHED, {"limit": LIMIT})


def test_a_title_that_is_on_the_shelf_is_not_reserved_at_the_self_check_but_at_the_desk(library: Branch) -> None:
    assert [each.reason for each in library.reserve(LIHUA, FERRY).findings] == [Reason.ON_THE_SHELF]
    done = library.reserve(LIHUA, FERRY, cast.ASSISTANT)
    assert (done.verb, [each.tier for each in done.findings]) == (outcome.RESERVED, [Tier.NOTE])


def test_a_title_whose_only_free_copy_is_spoken_for_is_reserved_at_the_self_check(library: Branch) -> None:
    library.reserve(LIHUA, FERRY, cast.LIBRARIAN)
    assert library.reserve(XIAOMING, FERRY).verb == outcome.RESERVED


def test_a_title_whose_copy_lies_in_the_box_is_reserved(ferry: Branch) -> None:
    ferry.back(FERRY)
    ferry.wait(FERRY, LIHUA)
    ferry.scan(ferry.begin(), FERRY)
    assert ferry.kept(FERRY) == LIHUA.id


@pytest.mark.parametrize(
    ("values", "reason", "tier"),
    [
        ({"suspended_until": cast.TODAY}, Reason.SUSPENDED, Tier.OVERRIDE),
        ({"card_expires_on": cast.TODAY - DAY}, Reason.CARD_EXPIRED, Tier.OVERRIDE),
        ({"card_lost_on": cast.TODAY}, Reason.CARD_LOST, Tier.REFUSE),
        ({"left_on": cast.TODAY}, Reason.LEFT_SCHOOL, Tier.REFUSE),
    ],
)
def test_whoever_may_not_borrow_may_not_reserve(
    ferry: Branch, values: dict[str, date], reason: Reason, tier: Tier
) -> None:
    ferry.reader(LIHUA, **values)
    (said,) = ferry.reserve(LIHUA, FERRY).findings
    assert (said.reason, said.tier) == (reason, tier)
    assert ferry.reserve(LIHUA, FERRY, cast.ASSISTANT).refused, "an assistant passes over no rule"
    done = ferry.reserve(LIHUA, FERRY, cast.LIBRARIAN)
    assert done.refused == (tier is Tier.REFUSE)


def test_a_kind_that_is_not_lent_is_not_reserved(library: Branch) -> None:
    library.lent(TEXTBOOK)
    assert library.reserve(LIHUA, TEXTBOOK).has(Reason.KIND_NOT_LENT)
    assert library.reserve(LIHUA, TEXTBOOK, cast.ASSISTANT).refused


@pytest.mark.parametrize("thing", [GONE, MISSING])
def test_a_title_of_which_no_copy_is_left_is_not_reserved(library: Branch, thing: Thing) -> None:
    for staff in (CHILD, cast.LIBRARIAN):
        assert [each.reason for each in library.reserve(LIHUA, thing, staff).findings] == [Reason.TITLE_UNKNOWN]


def test_nobody_waits_for_a_title_or_as_a_reader_that_is_not_there(library: Branch) -> None:
    nothing = Thing(0, "", 999)
    assert library.reserve(LIHUA, nothing, cast.LIBRARIAN).has(Reason.TITLE_UNKNOWN)
    nobody = Person(999, "", "")
    assert library.reserve(nobody, FERRY, cast.LIBRARIAN).has(Reason.READER_UNKNOWN)


# Copies that are not for everybody


def test_what_is_only_read_in_the_library_is_not_reserved_by_anybody(library: Branch) -> None:
    for staff in (CHILD, cast.LIBRARIAN):
        assert [each.reason for each in library.reserve(LIHUA, ATLAS, staff).findings] == [Reason.KIND_NOT_LENT]


def test_a_reading_room_copy_that_comes_back_is_set_aside_for_nobody(library: Branch) -> None:
    change(library.desk.database, insert(Copy).values(id=99, label="99", title_id=ATLAS.title, place_id=cast.SHELF))
    library.desk.lend(TEACHER.id, 99, station=cast.ENTRANCE, now=library.tick())
    library.lend(THE_CLASS, ATLAS, cast.LIBRARIAN, "for one lesson")
    library.wait(ATLAS, LIHUA)
    done = library.back(ATLAS)
    assert (done.has(Reason.SET_ASIDE), library.waits(LIHUA)) == (False, True)
    library.back(Thing(99, "99", ATLAS.title))
    assert not library.waits(LIHUA)


def test_a_corners_copy_is_set_aside_for_its_own_class_only(library: Branch) -> None:
    change(
        library.desk.database, insert(Copy).values(id=99, label="99", title_id=OUR_CORNER.title, place_id=cast.SHELF)
    )
    library.desk.lend(TEACHER.id, 99, station=cast.ENTRANCE, now=library.tick())
    library.lent(OUR_CORNER, reader=THE_CLASS)
    library.wait(OUR_CORNER, LEILEI, LIHUA)
    library.back(OUR_CORNER)
    assert library.kept(OUR_CORNER) == LIHUA.id, "first in the queue is a pupil of another class, who may not have it"
    library.back(Thing(99, "99", OUR_CORNER.title))
    assert not library.waits(LEILEI)


def test_a_corners_copy_that_only_another_class_waits_for_is_lent_to_its_own_class(library: Branch) -> None:
    change(
        library.desk.database, insert(Copy).values(id=99, label="99", title_id=OUR_CORNER.title, place_id=cast.SHELF)
    )
    library.desk.lend(TEACHER.id, 99, station=cast.ENTRANCE, now=library.tick())
    library.wait(OUR_CORNER, LEILEI)
    assert library.lend(LIHUA, OUR_CORNER).verb == outcome.LENT


def test_a_title_that_stands_only_in_another_classs_corner_is_not_said_to_be_on_the_shelf(library: Branch) -> None:
    assert [each.reason for each in library.reserve(LEILEI, OUR_CORNER).findings] == [Reason.KIND_NOT_LENT]
    assert [each.reason for each in library.reserve(LIHUA, OUR_CORNER).findings] == [Reason.ON_THE_SHELF]


@pytest.mark.parametrize("state", ["repair", "withdrawn"])
def test_a_copy_to_be_mended_or_withdrawn_is_set_aside_for_nobody(ferry: Branch, state: str) -> None:
    ferry.wait(FERRY, LIHUA)
    change(ferry.desk.database, update(Copy).where(Copy.id == FERRY.id).values(state=state))
    done = ferry.back(FERRY)
    assert (done.has(Reason.SET_ASIDE), ferry.waits(LIHUA)) == (False, True)


def test_a_lost_copy_that_is_brought_back_is_set_aside(library: Branch) -> None:
    library.lent(BEES)
    library.lent(BEES_AGAIN, reader=THE_CLASS)
    library.wait(BEES, LIHUA)
    library.lost(BEES)
    assert library.back(BEES).has(Reason.SET_ASIDE)
    assert library.kept(BEES) == LIHUA.id


def test_a_lost_and_reserved_copy_found_in_the_box_goes_to_the_reserved_books_and_not_on_the_trolley(
    library: Branch,
) -> None:
    library.lent(BEES)
    library.lent(BEES_AGAIN, reader=THE_CLASS)
    library.wait(BEES, LIHUA)
    library.lost(BEES)
    found = library.scan(library.begin(), BEES)
    assert found.line is not None
    assert (found.line.destination, found.line.reservation_id) == (reconcile.RESERVED, library.open_ones()[0].id)


# A copy is lost or hurt while it waits


def spoil(library: Branch, thing: Thing, verb: str) -> Outcome:
    """The copy is lost, or to be mended."""
    return library.lost(thing) if verb == "lost" else library.repair(thing)


@pytest.mark.parametrize("verb", ["lost", "repair"])
def test_when_a_copy_set_aside_is_lost_or_mended_its_reader_waits_for_the_next(bees: Branch, verb: str) -> None:
    bees.wait(BEES, LIHUA, XIAOMING)
    bees.back(BEES)
    spoil(bees, BEES, verb)
    assert (bees.kept(BEES), bees.waits(LIHUA)) == (None, True)
    bees.back(BEES_AGAIN)
    assert bees.kept(BEES_AGAIN) == LIHUA.id


@pytest.mark.parametrize("verb", ["lost", "repair"])
def test_when_that_is_undone_the_copy_is_set_aside_as_before(ferry: Branch, verb: str) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY, cast.LIBRARIAN)
    done = spoil(ferry, FERRY, verb)
    assert ferry.undo(done).verb == outcome.UNDONE
    assert ferry.kept(FERRY) == LIHUA.id


def test_a_mended_copy_is_set_aside_for_whoever_waits(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.repair(FERRY)
    done = ferry.mended(FERRY)
    assert (done.verb, done.has(Reason.SET_ASIDE), ferry.kept(FERRY)) == (outcome.MENDED, True, LIHUA.id)
    assert done.kept["reservation"] == ferry.open_ones()[0].id
    ferry.undo(done)
    assert ferry.waits(LIHUA)


def test_a_copy_found_again_is_set_aside_for_whoever_waits(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.lost(FERRY)
    done = ferry.found(FERRY)
    assert (done.verb, ferry.kept(FERRY)) == (outcome.FOUND, LIHUA.id)
    ferry.undo(done)
    assert ferry.waits(LIHUA)


def test_a_mended_copy_that_is_on_loan_is_set_aside_for_nobody(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.repair(FERRY)
    ferry.mended(FERRY)
    assert ferry.waits(LIHUA)


def test_a_copy_sent_to_repair_goes_to_nobody_when_its_reservation_is_cancelled(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.repair(FERRY)
    ferry.cancel(ferry.open_ones()[0].id)
    assert (ferry.kept(FERRY), ferry.waits(XIAOMING)) == (None, True)


def test_a_told_copy_that_does_not_lie_in_the_box_is_set_aside_for_nobody(bees: Branch) -> None:
    bees.wait(BEES, LIHUA)
    bees.back(BEES)
    bees.finish(bees.begin())
    assert (bees.kept(BEES), bees.waits(LIHUA)) == (None, True)
    bees.back(BEES_AGAIN)
    assert bees.kept(BEES_AGAIN) == LIHUA.id


def test_a_missing_copy_seen_on_the_shelf_is_set_aside_for_whoever_waits(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA)
    ferry.back(FERRY)
    number = ferry.begin()
    ferry.finish(number)
    ferry.decide(number, FERRY, "shelf")
    assert ferry.kept(FERRY) == LIHUA.id


# Somebody leaves


def test_whoever_leaves_the_school_waits_no_more_and_is_in_nobodys_way(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.reader(LIHUA, left_on=cast.TODAY)
    ferry.back(FERRY)
    assert ferry.kept(FERRY) == XIAOMING.id
    ferry.pass_on()
    assert [(row.reader_id, row.ended_how) for row in ferry.rows(Reservation)] == [
        (LIHUA.id, "expired"),
        (XIAOMING.id, None),
    ]


def test_a_copy_set_aside_for_somebody_who_leaves_goes_to_the_next(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.reader(LIHUA, left_on=cast.TODAY)
    (done,) = ferry.pass_on()
    assert (done.verb, done.reader_id, ferry.kept(FERRY)) == (outcome.EXPIRED, LIHUA.id, XIAOMING.id)


def test_whoever_has_left_holds_no_copy_back_from_others(library: Branch) -> None:
    library.reserve(LIHUA, FERRY, cast.LIBRARIAN)
    library.reader(LIHUA, left_on=cast.TODAY)
    assert library.lend(XIAOMING, FERRY).verb == outcome.LENT


def test_whose_card_is_lost_keeps_the_place_but_gets_nothing_until_there_is_a_new_one(bees: Branch) -> None:
    bees.wait(BEES, LIHUA, XIAOMING)
    bees.reader(LIHUA, card_lost_on=cast.TODAY)
    bees.back(BEES)
    assert bees.kept(BEES) == XIAOMING.id
    bees.reader(LIHUA, card_lost_on=None)
    bees.back(BEES_AGAIN)
    assert bees.kept(BEES_AGAIN) == LIHUA.id


def test_a_copy_set_aside_for_a_lost_card_waits_its_days_and_no_longer(ferry: Branch) -> None:
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.reader(LIHUA, card_lost_on=cast.TODAY)
    ferry.at(2026, 3, 6)
    ferry.pass_on()
    assert ferry.kept(FERRY) == XIAOMING.id


def test_whatever_is_done_with_reservations_the_audit_has_nothing_to_say(ferry: Branch) -> None:
    made = ferry.reserve(LIHUA, FERRY)
    ferry.undo(made)
    ferry.wait(FERRY, LIHUA, XIAOMING)
    ferry.back(FERRY, cast.LIBRARIAN)
    ferry.undo(ferry.cancel(ferry.open_ones()[0].id))
    lent = ferry.lend(XIAOMING, FERRY, cast.LIBRARIAN, "why not")
    ferry.undo(lent)
    ferry.at(2026, 3, 9)
    ferry.pass_on()
    assert ferry.flaws() == []
