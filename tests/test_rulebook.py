"""The rules as plain texts by name: read, understood, refused with what to write instead, and compared."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import rule_checks
from kiosk.policy import CLASS, STUDENT, TEACHER, CategoryRule, Hours, KindRule, Term
from kiosk.rule_changes import Change, changes, clashes, details, undone
from kiosk.rulebook import KIND_FIELDS, Problem, Rules, SpecialDay, facts, parse

AUTUMN, SPRING = Term(date(2026, 9, 1), date(2027, 1, 22)), Term(date(2027, 2, 22), date(2027, 7, 9))
RULES = Rules(
    {(STUDENT, "book"): KindRule(14, 5, 1, 3)},
    {STUDENT: CategoryRule(5, True, False), TEACHER: CategoryRule(20, False, True)},
    {"第一学期": AUTUMN, "第二学期": SPRING},
    {date(2026, 10, 1): SpecialDay(False, "国庆节"), date(2026, 10, 10): SpecialDay(True)},
    (Hours(0, time(12, 10), time(13)), Hours(0, time(16, 20), time(17)), Hours(4, time(8), time(9), "room 3/2")),
    4,
)


def understood(**texts: str) -> Rules:
    found, problems = parse({**facts(RULES), **{name.replace("__", "/"): text for name, text in texts.items()}})
    assert problems == ()
    return found


def misunderstood(key: str, text: str) -> Problem:
    _, problems = parse({**facts(RULES), key: text})
    assert [each.key for each in problems] == [key]
    return problems[0]


def test_every_rule_has_a_name_and_a_text() -> None:
    told = facts(RULES)
    assert told["kind/student/book/days"] == "14"
    assert told["kind/class/textbook/limit"] == "0"
    assert told["category/teacher/precedence"] == "1"
    assert told["term/第一学期"] == "2026-09-01..2027-01-22"
    assert told["hours/0/"] == "12:10-13:00, 16:20-17:00"
    assert told["hours/4/room 3/2"] == "08:00-09:00"
    assert told["day/2026-10-01"] == "closed 国庆节"
    assert told["day/2026-10-10"] == "open"
    assert told["reservation_days"] == "4"


numbers = st.integers(0, 500)
names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
all_rules = st.builds(
    Rules,
    kinds=st.dictionaries(
        st.tuples(st.sampled_from([STUDENT, TEACHER, CLASS]), st.sampled_from(["book", "periodical", "textbook"])),
        st.builds(KindRule, numbers, numbers, numbers, numbers),
    ),
    categories=st.dictionaries(
        st.sampled_from([STUDENT, TEACHER, CLASS]), st.builds(CategoryRule, numbers, st.booleans(), st.booleans())
    ),
    terms=st.dictionaries(names, st.builds(Term, st.dates(), st.dates()), max_size=3),
    days=st.dictionaries(st.dates(), st.builds(SpecialDay, st.booleans(), names), max_size=9),
    hours=st.lists(
        st.builds(
            Hours,
            st.integers(0, 6),
            st.times().map(lambda each: each.replace(second=0, microsecond=0)),
            st.times().map(lambda each: each.replace(second=0, microsecond=0)),
            st.none() | names,
        ),
        max_size=4,
    ).map(tuple),
    reservation_days=numbers,
)


@given(all_rules)
def test_what_is_told_in_texts_is_understood_as_the_same_rules(rules: Rules) -> None:
    again, problems = parse(facts(rules))
    assert problems == ()
    assert facts(again) == facts(rules)
    assert set(again.hours) == set(rules.hours)
    assert again.policy().calendar == rules.policy().calendar


@given(all_rules, all_rules)
def test_a_change_told_backwards_gives_the_rules_that_were_before(before: Rules, after: Rules) -> None:
    kept = details(changes(facts(before), facts(after)))
    assert undone(facts(after), kept) == facts(before)


def test_the_texts_become_what_the_desk_decides_by() -> None:
    policy = understood().policy()
    assert policy.kind(STUDENT, "book") == KindRule(14, 5, 1, 3)
    assert policy.category(TEACHER).precedence
    assert policy.calendar.term_of(date(2026, 9, 7)) == AUTUMN
    assert not policy.calendar.is_open(date(2026, 10, 1)) and policy.calendar.is_open(date(2026, 10, 10))
    assert policy.reservation_days == 4


@pytest.mark.parametrize(
    "text",
    [
        *(
            "12:10-13:00",
            " 12:10 - 13:00 ",
            "12：10—13：00",
            "12:10～13:00",
            "12.10-13.00",
            "1210-1300",
            "12:10至13:00",
        ),
        *("12:10到13:00，", "12:10 – 13:00;"),
    ],
)
def test_lending_hours_are_understood_as_people_write_them(text: str) -> None:
    assert [each for each in understood(hours__0__=text).hours if each.weekday == 0] == [
        Hours(0, time(12, 10), time(13))
    ]


def test_a_day_may_have_lending_hours_twice() -> None:
    hours = understood(hours__1__="12:10-13:00、16:20-17:00").hours
    assert [each.opens for each in hours if each.weekday == 1] == [time(12, 10), time(16, 20)]


@pytest.mark.parametrize(
    ("key", "text", "what"),
    [
        ("kind/student/book/days", "", "Write a whole number."),
        ("kind/student/book/days", "two weeks", "Write a whole number."),
        ("kind/student/book/days", "1.5", "Write a whole number."),
        ("reservation_days", "9999999", "Write a whole number."),
        ("term/第一学期", "2026-09-01..", "Write the first and the last day of the term."),
        ("term/第一学期", "2026-09-01..2027-02-30", "Write a date such as 2026-09-01."),
        ("term/第一学期", "2026-09-01..2027-01-22..2027-02-22", "Two terms have this name. Give one of them another."),
        ("term/", "2026-09-01..2027-01-22", "Give the term a name."),
        ("hours/0/", "noon", "Write times such as 12:10-13:00, one after the other with a comma between."),
        ("hours/0/", "12:10-24:00", "Write times such as 12:10-13:00, one after the other with a comma between."),
        ("hours/7/", "12:10-13:00", "There is no such rule."),
        ("day/2026-10-41", "closed", "Write a date such as 2026-09-01."),
        ("day/2026-10-11", "perhaps", "There is no such rule."),
        ("something/else", "1", "There is no such rule."),
    ],
)
def test_a_text_that_means_nothing_is_refused_with_what_to_write_instead(key: str, text: str, what: str) -> None:
    assert misunderstood(key, text).message == what


def test_what_can_be_understood_is_understood_beside_what_cannot() -> None:
    found, problems = parse(
        {**facts(RULES), "kind/student/book/days": "21", "hours/0/": "noon", "reservation_days": ""}
    )
    assert found.kinds[STUDENT, "book"].days == 21
    assert [each.key for each in problems] == ["reservation_days", "hours/0/"]


def complaints(rules: Rules) -> list[tuple[str, str]]:
    return [(each.key, each.message % each.values) for each in rule_checks.problems(rules, ["room 3/2"])]


def changed(**values: object) -> Rules:
    return Rules(**{**{name: getattr(RULES, name) for name in Rules.__slots__}, **values})


def test_rules_that_make_sense_are_not_complained_of() -> None:
    assert complaints(RULES) == []


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("number", [-1, 501])
def test_no_number_of_the_matrix_is_negative_or_beyond_500(place: int, number: int) -> None:
    rule = KindRule(*(number if each == place else 1 for each in range(4)))
    key = f"kind/student/book/{KIND_FIELDS[place]}"
    assert complaints(changed(kinds={(STUDENT, "book"): rule})) == [(key, "Write a number from 0 to 500.")]


def test_a_reserved_copy_is_kept_for_a_day_at_least() -> None:
    assert complaints(changed(reservation_days=0)) == [("reservation_days", "Write a number from 1 to 60.")]


@pytest.mark.parametrize("last", [date(2026, 1, 22), date(2026, 9, 1)])
def test_a_term_ends_after_it_begins(last: date) -> None:
    what = "The term ends before it begins. Write a last day after 2026-09-01."
    assert complaints(changed(terms={"A": Term(date(2026, 9, 1), last)})) == [("term/A", what)]


@pytest.mark.parametrize("day", [2, 22])
def test_a_term_begins_after_the_one_before_has_ended(day: int) -> None:
    terms = {"A": AUTUMN, "B": Term(date(2027, 1, day), date(2027, 7, 9))}
    what = "The term begins before A has ended. Write a first day after 2027-01-22."
    assert complaints(changed(terms=terms)) == [("term/B", what)]


def test_a_term_is_not_a_whole_year() -> None:
    what = "A term has no more than 300 days. Write an earlier last day."
    assert complaints(changed(terms={"A": Term(date(2026, 9, 1), date(2027, 8, 31))})) == [("term/A", what)]


@pytest.mark.parametrize(
    ("hours", "what"),
    [
        ([(13, 12)], "13:00-12:00 closes before it opens. Write 12:00-13:00."),
        ([(12, 12)], "12:00-12:00 closes before it opens. Write 12:00-13:59."),
        ([(12, 14), (13, 15)], "12:00-14:00, 13:00-15:00 overlap. Write 12:00-15:00."),
    ],
)
def test_lending_hours_close_after_they_open_and_do_not_overlap(hours: list[tuple[int, int]], what: str) -> None:
    found = tuple(Hours(2, time(a), time(b)) for a, b in hours)
    assert complaints(changed(hours=found)) == [("hours/2/", what)]


def test_lending_hours_that_follow_each_other_at_once_are_fine() -> None:
    assert complaints(changed(hours=(Hours(2, time(12), time(13)), Hours(2, time(13), time(14))))) == []


def test_the_same_hours_at_two_stations_do_not_overlap() -> None:
    assert complaints(changed(hours=(Hours(2, time(12), time(13)), Hours(2, time(12), time(13), "room 3/2")))) == []


def test_a_station_that_is_no_more_is_noticed() -> None:
    hours = (Hours(2, time(12), time(13), "cellar"),)
    what = "There is no station of this name any more. Empty its row."
    assert complaints(changed(hours=hours)) == [("hours/2/cellar", what)]


def test_days_in_a_row_that_change_alike_are_one_change() -> None:
    days = {date(2026, 5, day): SpecialDay(False, "劳动节") for day in (1, 2, 3, 5)}
    found = changes(facts(changed(days={})), facts(changed(days=days)))
    assert found == (
        Change("day/2026-05-01..2026-05-03", "", "closed 劳动节"),
        Change("day/2026-05-05", "", "closed 劳动节"),
    )


def test_what_only_others_have_changed_and_what_both_have_changed_is_told_apart() -> None:
    base = {"a": "1", "b": "1", "c": "1", "d": "1"}
    mine = {"a": "1", "b": "2", "c": "2", "d": "2"}
    theirs = {"a": "3", "b": "3", "c": "1", "d": "2"}
    assert [(each.key, each.mine_too) for each in clashes(base, mine, theirs)] == [("b", True), ("a", False)]
