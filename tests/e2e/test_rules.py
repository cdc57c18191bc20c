"""The page of rules in a real Chromium: typed without a mouse, looked at, saved, and felt by the next loan."""

import re
from datetime import UTC, date, datetime

from playwright.sync_api import Page, expect
from sqlalchemy import select

from kiosk import rules
from kiosk.models import LedgerEntry, Loan, Reader
from kiosk.policy import TEACHER, Policy
from kiosk.rule_words import long_day
from kiosk.rulebook import Rules
from tests.e2e.at_desk import account
from tests.e2e.conftest import NewDesk
from tests.e2e.running import Kiosk

DAYS, OTHER = "kind/teacher/book/days", "kind/teacher/periodical/days"
NOTICE = "校庆：9月3日至4日放假，共2天。9月6日上班。\n请妥善安排值班。"


def standing(kiosk: Kiosk) -> Rules:
    with kiosk.database.reading() as connection:
        return rules.read(connection)


def policy(kiosk: Kiosk) -> Policy:
    return standing(kiosk).policy()


def today(kiosk: Kiosk) -> date:
    return datetime.now(kiosk.desk.zone).date()


def teacher(kiosk: Kiosk) -> int:
    with kiosk.database.reading() as connection:
        return int(connection.scalar(select(Reader.id).where(Reader.category == TEACHER).limit(1)) or 0)


def last_entry(kiosk: Kiosk) -> tuple[int | None, dict[str, object]]:
    query = select(LedgerEntry.staff_id, LedgerEntry.details).where(LedgerEntry.verb == "rules")
    with kiosk.database.reading() as connection:
        row = connection.execute(query.order_by(LedgerEntry.id.desc()).limit(1)).one()
    return row[0], row[1]


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(200):
        page.keyboard.press(key)
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def test_a_rule_is_changed_without_a_mouse_and_holds_for_the_next_loan_only(kiosk: Kiosk, desk: NewDesk) -> None:
    reader = teacher(kiosk)
    early, late = kiosk.books(2)
    before = kiosk.desk.lend(reader, early.id, station="entrance", now=datetime.now(UTC))
    page = desk(kiosk, "/desk/rules").page
    tab_to(page, f"[id='{DAYS}']")
    page.keyboard.type("20")  # what was there is selected by Tab
    page.keyboard.press("Enter")
    due = policy(kiosk).calendar.open_from(date.fromordinal(today(kiosk).toordinal() + 20))
    sentence = f"A teacher borrowing a book today would return it on {long_day(due, 'en')}."
    expect(page.locator("tr.is-look").first).to_contain_text(sentence)
    expect(page.locator("tr.is-look").first).to_contain_text(long_day(before.due_on or due, "en"))
    expect(page.locator("button[value=save]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".notice-well")).to_contain_text("Saved.")
    after = kiosk.desk.lend(reader, late.id, station="entrance", now=datetime.now(UTC))
    assert after.due_on == due != before.due_on
    with kiosk.database.reading() as connection:
        assert connection.scalar(select(Loan.due_on).where(Loan.id == before.loan_id)) == before.due_on
    staff, details = last_entry(kiosk)
    assert staff == account(kiosk, "librarian").id
    assert details["changed"] == {DAYS: ["60", "20"]}


def test_the_calendar_is_walked_by_arrow_keys_and_a_day_closed_by_space(kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(kiosk, "/desk/rules").page
    tab_to(page, ".day-today")
    start = today(kiosk)
    page.keyboard.press("ArrowDown")
    chosen = date.fromordinal(start.toordinal() + 7)
    if chosen.year != start.year:  # the calendar ends with the year
        chosen = date(start.year, 12, 31)
    expect(page.locator("[data-chosen-day]")).to_have_text(long_day(chosen, "en"))
    button = page.locator(f"[data-day='{chosen}']")
    was = button.locator("i").inner_text()
    page.keyboard.press("Space")
    expect(button.locator("i")).not_to_have_text(was)
    if button.locator("i").inner_text():
        tab_to(page, "#day_note")
        page.keyboard.type("school sports day")
        page.keyboard.press("Enter")
        expect(button).to_be_focused()
    tab_to(page, "button[value=preview]", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("section[aria-labelledby=changes-name]")).to_contain_text(long_day(chosen, "en"))


def test_a_notice_is_pasted_and_put_into_the_calendar_without_a_mouse(kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(kiosk, "/desk/rules").page
    year = today(kiosk).year
    tab_to(page, "#pasted")
    page.keyboard.insert_text(NOTICE)
    tab_to(page, "button[value=read]")
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_contain_text("3 days found")
    expect(page.locator(".remarks")).to_contain_text("请妥善安排值班")
    expect(page.locator("button[value=take]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-day='{year}-09-03']")).to_have_class(re.compile("day-closed"))
    expect(page.locator("#pasted")).to_have_value("")
    assert f"{year}-09-03 closed 校庆" in page.locator("[data-days]").input_value()
    tab_to(page, "button[value=preview]", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("button[value=save]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".notice-well")).to_be_visible()
    calendar = policy(kiosk).calendar
    assert {date(year, 9, 3), date(year, 9, 4)} <= calendar.closed and date(year, 9, 6) in calendar.working


def test_two_who_edit_at_once_both_see_what_the_other_did(kiosk: Kiosk, desk: NewDesk) -> None:
    first, second = desk(kiosk, "/desk/rules").page, desk(kiosk, "/desk/rules").page
    for page, days in ((first, "20"), (second, "40")):
        page.locator(f"[id='{OTHER}']").fill(days)
        page.locator("button[value=preview]").click()
    first.locator("button[value=save]").click()
    expect(first.locator(".notice-well")).to_be_visible()
    second.locator("button[value=save]").click()
    expect(second.locator("h1")).to_have_text("Somebody else has changed the rules")
    row = second.locator("tr.is-look")
    expect(row).to_contain_text("Teachers, Periodicals: days")
    for words in ("14", "20", "40"):
        expect(row).to_contain_text(words)
    row.locator("input[value=mine]").check()
    second.locator("button[value=settle]").click()
    second.locator("button[value=save]").click()
    expect(second.locator(".notice-well")).to_be_visible()
    assert standing(kiosk).kinds[TEACHER, "periodical"].days == 40


def test_an_assistant_is_told_in_words(kiosk: Kiosk, desk: NewDesk) -> None:
    page = desk(kiosk, "/desk/rules", role="assistant").page
    expect(page.locator("main")).to_contain_text("Your account may not do this. Ask the librarian.")
    expect(page.locator("nav")).not_to_contain_text("Rules")
