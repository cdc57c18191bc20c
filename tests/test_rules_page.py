"""The page of rules: typed, looked at, saved; nothing typed is lost, and nobody's rules are overwritten."""

import html
import io
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from kiosk import models, rules
from kiosk.models import LedgerEntry
from kiosk.policy import STUDENT, TEACHER
from kiosk.roles import ASSISTANT
from kiosk.rulebook import Rules
from tests import cast
from tests.house import DeskClient, Home
from tests.test_holidays import NOTICE_2026
from tests.test_holidays_ics import GOLDEN_WEEK, calendar, event
from web.librarian.rules_form import of_rules

DAYS = "kind/student/book/days"
PAGE = "/desk/rules"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, language="en")


@pytest.fixture
def desk(home: Home) -> DeskClient:
    return home.sign_in()


def standing(home: Home) -> Rules:
    with home.database.reading() as connection:
        return rules.read(connection)


def form(home: Home, **changes: Any) -> dict[str, Any]:
    """The page's form as a browser would send it, some fields typed anew."""
    fields: dict[str, Any] = {}
    for name, value in of_rules(standing(home), 2026).fields():
        fields.setdefault(name, []).append(value)
    return {**fields, **{name.replace("__", "/"): value for name, value in changes.items()}}


def send(desk: DeskClient, fields: dict[str, Any], action: str, **more: Any) -> Any:
    return desk.send(PAGE, {**fields, "action": action, **more})


def words(answer: Any) -> str:
    """What a page says, without its tags."""
    body = answer.text.split("<main", 1)[1]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def fields_of(answer: Any) -> dict[str, list[str]]:
    """The hidden fields that a page carries on, and what stands in its text areas."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text):
        found.setdefault(html.unescape(name), []).append(html.unescape(value))
    for name, value in re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>([^<]*)</textarea>', answer.text):
        found.setdefault(html.unescape(name), []).append(html.unescape(value))
    return found


def entries(home: Home) -> list[Any]:
    query = select(LedgerEntry.verb, LedgerEntry.staff_id, LedgerEntry.details)
    with home.database.reading() as connection:
        return list(connection.execute(query.where(LedgerEntry.verb.in_(["rules", "refused"]))))


def test_the_page_shows_the_rules_as_they_stand(desk: DeskClient) -> None:
    page = desk.get(PAGE).text
    assert re.search(rf'name="{DAYS}" id="{DAYS}" value="14"', page)
    assert 'value="下学期"' in page and 'value="2026-07-03"' in page
    assert "2026-05-09 open 调休" in page


def test_before_saving_it_says_when_a_book_borrowed_today_would_come_back(home: Home, desk: DeskClient) -> None:
    page = send(desk, form(home, **{DAYS: "21"}), "preview")
    said = words(page)
    assert page.status_code == 200
    assert "A pupil borrowing a book today would return it on Mon 23 Mar 2026. Mon 16 Mar 2026" in said
    assert said.index("A pupil borrowing a book") < said.index("A pupil borrowing a periodical")
    assert "Pupils, Books: days 14 21" in said
    assert standing(home).version == "1"


def test_what_differs_only_at_the_end_of_term_is_shown_too(home: Home, desk: DeskClient) -> None:
    terms = {"term_name": ["下学期"], "term_first": ["2026-03-02"], "term_last": ["2026-07-10"]}
    said = words(send(desk, form(home, **terms), "preview"))
    assert "Borrowed on Thu 9 Jul 2026, just before the end of term" in said
    assert "A pupil borrowing a book on Thu 9 Jul 2026 would return it on Fri 10 Jul 2026. Thu 23 Jul 2026" in said


def test_saved_rules_hold_and_the_ledger_says_who_saved_them(home: Home, desk: DeskClient) -> None:
    preview = send(desk, form(home, **{DAYS: "21"}), "preview")
    answer = send(desk, fields_of(preview), "save")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert standing(home).kinds[STUDENT, "book"].days == 21
    [(verb, staff, details)] = entries(home)
    assert (verb, staff) == ("rules", home.account().id)
    assert details["changed"] == {DAYS: ["14", "21"]}
    after = words(desk.get(PAGE))
    assert "Saved. The rules hold for whatever is lent from now on." in after
    assert "librarian changed the rules last, on Mon 2 Mar 2026." in after


def test_nothing_typed_is_lost_on_the_way_to_the_preview_and_back(home: Home, desk: DeskClient) -> None:
    typed = form(
        home,
        **{DAYS: "21", "hours/0/": "12：10—13：00", "category/teacher/precedence": ["", "1"], "own": [cast.ROOM]},
        **{f"hours/4/{cast.ROOM}": "16:00-17:00", "reservation_days": "5"},
    )
    back = send(desk, fields_of(send(desk, typed, "preview")), "back")
    assert f'id="{DAYS}" value="21"' in back.text
    assert (
        'id="category/teacher/precedence" value="1" aria-label="Teachers: their reservations come first" checked'
        in back.text
    )
    assert ">12：10—13：00</textarea>" in back.text and ">16:00-17:00</textarea>" in back.text
    send(desk, fields_of(send(desk, typed, "preview")), "save")
    assert standing(home).categories[TEACHER].precedence
    assert {each.station for each in standing(home).hours} == {None, cast.ROOM}


def test_a_switch_that_is_turned_off_is_off(home: Home, desk: DeskClient) -> None:
    send(desk, form(home, **{"category/student/overdue_blocks": [""]}), "save")
    assert not standing(home).categories[STUDENT].overdue_blocks


def test_nonsense_is_refused_with_the_row_and_what_to_write_and_stays_typed(home: Home, desk: DeskClient) -> None:
    typed = form(home, **{DAYS: "-1", "hours/1/": "noon", "term_last": ["2026-01-01"]})
    answer = send(desk, typed, "preview")
    said = words(answer)
    assert answer.status_code == 422
    assert "Pupils, Books: days: Write a number from 0 to 500." in said
    assert "Lending hours, Tue: Write times such as 12:10-13:00" in said
    assert "Term 下学期: The term ends before it begins. Write a last day after Mon 2 Mar 2026." in said
    assert f'id="{DAYS}" value="-1"' in answer.text and ">noon</textarea>" in answer.text
    assert answer.text.count('aria-invalid="true"') == 4  # a number, a time, and both days of the term


def test_nonsense_is_not_saved_either(home: Home, desk: DeskClient) -> None:
    assert send(desk, form(home, **{DAYS: "-1"}), "save").status_code == 422
    assert standing(home).version == "1"


def test_two_terms_of_one_name_are_told_apart(home: Home, desk: DeskClient) -> None:
    terms = {"term_name": ["学期", "学期"], "term_first": ["2026-03-02", "2026-09-01"]}
    answer = send(desk, form(home, **terms, term_last=["2026-07-03", "2027-01-15"]), "preview")
    assert "Two terms have this name. Give one of them another." in words(answer)


def test_what_two_people_change_at_once_is_shown_to_the_second(home: Home, desk: DeskClient) -> None:
    mine = form(home, **{DAYS: "30", "kind/teacher/book/days": "90"})
    other = home.sign_in(name="陈老师")
    send(other, form(home, **{DAYS: "21", "reservation_days": "7"}), "save")
    answer = send(desk, mine, "save")
    said = words(answer)
    assert answer.status_code == 409
    assert "陈老师 saved rules while you were editing." in said
    assert "Pupils, Books: days 14 21 30" in said
    assert "Days a reserved book is kept 3 7 3 (as it was)" in said
    assert "Teachers" not in said
    assert standing(home).kinds[STUDENT, "book"].days == 21


def test_the_second_chooses_row_by_row_and_keeps_what_only_they_have_changed(home: Home, desk: DeskClient) -> None:
    mine = form(home, **{DAYS: "30", "kind/teacher/book/days": "90"})
    send(home.sign_in(name="陈老师"), form(home, **{DAYS: "21", "reservation_days": "7"}), "save")
    clash = fields_of(send(desk, mine, "preview"))
    assert send(desk, clash, "settle").status_code == 409
    choice = {f"whose/{DAYS}": "mine", "whose/reservation_days": "theirs"}
    preview = send(desk, clash, "settle", **choice)
    assert "Pupils, Books: days 21 30" in words(preview)
    send(desk, fields_of(preview), "save")
    found = standing(home)
    assert (found.kinds[STUDENT, "book"].days, found.reservation_days) == (30, 7)
    assert found.kinds[TEACHER, "book"].days == 90


def test_a_term_that_somebody_else_took_out_can_be_left_out(home: Home, desk: DeskClient) -> None:
    mine = form(home, **{DAYS: "30"})
    send(home.sign_in(name="陈老师"), form(home, term_name=[], term_first=[], term_last=[]), "save")
    clash = fields_of(send(desk, mine, "preview"))
    send(desk, fields_of(send(desk, clash, "settle", **{"whose/term/下学期": "theirs"})), "save")
    assert standing(home).terms == {}
    assert standing(home).kinds[STUDENT, "book"].days == 30


def test_rules_saved_twice_by_a_nervous_hand_are_saved_once(home: Home, desk: DeskClient) -> None:
    preview = fields_of(send(desk, form(home, **{DAYS: "21"}), "preview"))
    send(desk, preview, "save")
    again = send(desk, preview, "save")
    assert "Nothing has changed." in words(again)
    assert len(entries(home)) == 1


def test_a_years_notice_is_pasted_looked_at_and_put_into_the_calendar(home: Home, desk: DeskClient) -> None:
    found = send(desk, form(home, pasted=NOTICE_2026), "read")
    said = words(found)
    assert "39 days found" in said
    assert "节假日期间,请妥善安排好值班和安全保卫工作 There is no date in it." in said
    assert "Sat 14 Feb 2026 ✓ open, a working weekend 春节 in no term: is the library open?" in said
    ticked = re.findall(r'name="found" value="([^"]+)" checked', found.text)
    taken = send(desk, fields_of(found), "take", found=ticked)
    assert "2026-10-01 closed 国庆节" in fields_of(taken)["days"][0]
    assert "2026-02-14" not in fields_of(taken)["days"][0]
    assert fields_of(taken)["pasted"] == [""]
    assert standing(home).version == "1"


def test_pasted_days_that_were_not_put_in_are_not_forgotten_at_the_preview(home: Home, desk: DeskClient) -> None:
    answer = send(desk, form(home, pasted="10月1日 休"), "preview")
    assert "These days were found. Put them into the calendar, or empty the box." in words(answer)
    preview = send(desk, fields_of(answer), "preview", found=["2026-10-01..2026-10-01 closed"])
    assert "Thu 1 Oct 2026 like any other weekday closed" in words(preview)


def test_a_calendar_file_is_read(home: Home, desk: DeskClient) -> None:
    file = (io.BytesIO(calendar(event(*GOLDEN_WEEK)).encode()), "holidays.ics")
    said = words(send(desk, form(home), "read", file=file))
    assert "3 days found" in said and "Thu 1 Oct 2026 – Sat 3 Oct 2026" in said


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.7", "This is not a calendar file."),
        (b"BEGIN:VCALENDAR\r\n" + b"x" * 1_200_000, "The file is too large for a calendar of holidays."),
    ],
)
def test_a_wrong_file_gets_a_sentence_and_nothing_typed_is_lost(
    home: Home, desk: DeskClient, data: bytes, sentence: str
) -> None:
    answer = send(desk, form(home, **{DAYS: "21"}), "read", file=(io.BytesIO(data), "x.ics"))
    assert sentence in words(answer)
    assert f'id="{DAYS}" value="21"' in answer.text


def test_a_file_beyond_all_measure_is_refused_in_words(home: Home, desk: DeskClient) -> None:
    answer = send(desk, form(home), "read", file=(io.BytesIO(bytes(5_000_000)), "x.ics"))
    assert answer.status_code == 413
    assert "This is too much at once." in words(answer)


def test_days_in_a_row_are_put_into_the_calendar_and_taken_out(home: Home, desk: DeskClient) -> None:
    span = {"range_first": "2026-07-04", "range_last": "2026-07-06", "range_what": "closed", "range_note": "暑假"}
    page = send(desk, form(home, **span), "range")
    assert "2026-07-06 closed 暑假" in fields_of(page)["days"][0]
    page = send(desk, {**fields_of(page), **span, "range_what": "usual"}, "range")
    assert "2026-07" not in fields_of(page)["days"][0]


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2026-07-06", "2026-07-04", "Write the first day, and a last day that is not before it."),
        ("", "2026-07-04", "Write the first day, and a last day that is not before it."),
        ("2026-01-01", "2026-12-31", "These are more than 120 days in a row. Put them in in parts."),
    ],
)
@pytest.mark.parametrize("action", ["range", "preview"])
def test_days_that_cannot_be_put_in_get_a_sentence(
    home: Home, desk: DeskClient, action: str, first: str, last: str, sentence: str
) -> None:
    page = send(desk, form(home, range_first=first, range_last=last, range_what="closed"), action)
    assert sentence in words(page)
    assert f'name="range_last" value="{last}"' in page.text


def test_another_year_can_be_looked_at(home: Home, desk: DeskClient) -> None:
    page = send(desk, form(home, **{DAYS: "21"}), "year:2027")
    assert "Calendar 2027" in words(page) and f'id="{DAYS}" value="21"' in page.text
    assert "No holidays are entered for this year. Every Monday to Friday counts as open" in words(page)


def test_a_library_without_terms_is_told_what_that_means(home: Home, desk: DeskClient) -> None:
    cast.change(home.database, delete(models.Term))
    assert "There is no term yet. Until there is one, due dates are not cut at the end of term." in words(
        desk.get(PAGE)
    )
    said = words(send(desk, form(home, **{DAYS: "21"}), "preview"))
    assert "There is no term: due dates are not cut at the end of term." in said


def test_a_closed_day_and_a_working_weekend_differ_by_more_than_colour(desk: DeskClient) -> None:
    page = desk.get(PAGE).text
    assert re.search(r'data-day="2026-05-01"[^>]*aria-label="Fri 1 May 2026, closed, 假日">1 <i>✕</i>', page)
    assert re.search(r'data-day="2026-05-09"[^>]*aria-label="Sat 9 May 2026, open, [^>]*">9 <i>✓</i>', page)


def test_a_station_gets_hours_of_its_own_and_keeps_those_of_all_others_again(home: Home, desk: DeskClient) -> None:
    page = send(desk, form(home, **{"hours/0/": "12:10-13:00"}), "spread:")
    assert fields_of(page)["hours/4/"] == ["12:10-13:00"]
    page = send(desk, fields_of(page), "own", new_own=cast.ROOM)
    assert fields_of(page)[f"hours/4/{cast.ROOM}"] == ["12:10-13:00"]
    assert "All other stations" in words(page) and "No lending on: Sat, Sun." in words(page)
    page = send(desk, fields_of(page), f"drop-own:{cast.ROOM}")
    assert f"hours/4/{cast.ROOM}" not in fields_of(page)


def test_a_row_of_a_station_that_is_no_more_says_so(home: Home, desk: DeskClient) -> None:
    page = send(desk, form(home, own=["cellar"], **{"hours/0/cellar": "12:10-13:00"}), "preview")
    assert page.status_code == 422
    assert "Lending hours at cellar, Mon: There is no station of this name any more." in words(page)


def test_a_term_is_taken_out(home: Home, desk: DeskClient) -> None:
    page = send(desk, form(home), "drop-term:0")
    assert "There is no term yet." in words(page)


def test_an_assistant_is_told_in_words_and_a_try_is_in_the_ledger(home: Home) -> None:
    helper = home.sign_in(ASSISTANT)
    page = helper.get(PAGE)
    assert page.status_code == 403
    assert "Your account may not do this. Ask the librarian." in words(page)
    assert entries(home) == []
    assert send(helper, form(home, **{DAYS: "21"}), "save").status_code == 403
    [(verb, staff, details)] = entries(home)
    assert (verb, staff, details["why"]) == ("refused", home.account(ASSISTANT).id, "rules")
    assert standing(home).kinds[STUDENT, "book"].days == 14


def test_nobody_who_is_not_signed_in_sees_the_rules(home: Home) -> None:
    home.account()
    assert home.browser().get(PAGE).status_code == 303


def test_a_form_without_its_token_changes_nothing(home: Home, desk: DeskClient) -> None:
    desk.csrf = "0" * 64
    assert send(desk, form(home, **{DAYS: "21"}), "save").status_code == 403
    assert standing(home).version == "1"


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_the_page_speaks_chinese(tmp_path: Path, language: str) -> None:
    home = Home(tmp_path, language=language)
    desk = home.sign_in()
    said = words(send(desk, form(home, **{DAYS: "21"}), "preview"))
    sign = "应于" if language == "zh_Hans" else "應於"
    assert f"今天借{'图书' if language == 'zh_Hans' else '圖書'}，{sign} 2026年3月23日 星期一" in said


@pytest.mark.parametrize(
    "fields",
    [
        {"days": "2026-99-99 closed\nnonsense", "year": "twenty"},
        {"term_name": ["<b>"], "term_first": ["x"], "term_last": []},
        {"hours/9/": "x", "kind/a/b/c/d": "1", "kind/": "", "hours/": "", "day/": ""},
        {"action": "drop-term:x", "version": "9" * 5000},
        {"action": "year:9999", "own": ["x/y", "</script>"]},
        {"action": "take", "found": ["..", "2026-01-01..9999-12-31 closed", "2026-01-01 nonsense", ""]},
        {"action": "settle", "standing": "1"},
        {"action": "nothing of ours"},
    ],
)
def test_whatever_is_sent_the_answer_is_a_page(home: Home, desk: DeskClient, fields: dict[str, Any]) -> None:
    answer = desk.send(PAGE, {**form(home), "action": "preview", **fields})
    assert answer.status_code in (200, 409, 422)
    assert "<b>" not in answer.text.replace("<b>&", "") and "</script>&" not in answer.text
