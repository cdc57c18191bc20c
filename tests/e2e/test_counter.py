"""The counter in a real Chromium, without a mouse: a scanner's and a person's keys, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from kiosk import demo_showcase as shown
from kiosk import outcome
from kiosk.models import Copy, LedgerEntry, Loan
from kiosk.models_desk import ReaderNote, Staff
from tests.e2e.at_desk import DeskPage
from tests.e2e.running import Book, Kiosk, Pupil, until

COUNTER = "/desk/counter"
NewDesk = Callable[..., DeskPage]


@pytest.fixture
def counter(kiosk: Kiosk, desk: NewDesk) -> DeskPage:
    """A librarian at the counter, with nobody's page open."""
    return desk(kiosk, COUNTER)


def says(page: DeskPage, word: str, *more: str) -> None:
    """Wait until the large word is this, and the panel holds these words too."""
    expect(page.page.locator("#said .said-word")).to_contain_text(word)
    for each in more:
        expect(page.page.locator("#said")).to_contain_text(each)


def opens(page: DeskPage, pupil: Pupil) -> None:
    """Scan the card and wait for the page."""
    page.scan(pupil.card)
    expect(page.page.locator("#reader-name")).to_have_text(pupil.name)


def tray(page: DeskPage, name: str) -> None:
    """Wait until what has to be typed can be."""
    expect(page.page.locator(f"[data-tray={name}]")).to_be_visible()


def last(kiosk: Kiosk, verb: str, **where: int) -> Any:
    """The newest ledger entry of the verb about something, with the name of the staff who did it."""
    query = select(LedgerEntry.__table__, Staff.name).outerjoin(Staff, Staff.id == LedgerEntry.staff_id)
    query = query.where(LedgerEntry.verb == verb).order_by(LedgerEntry.id.desc())
    for column, value in where.items():
        query = query.where(getattr(LedgerEntry, column) == value)

    def found() -> Any:
        with kiosk.database.reading() as connection:
            return connection.execute(query.limit(1)).first()

    return until(found)


def due(kiosk: Kiosk, book: Book) -> Any:
    """The due date of the copy's open loan."""
    with kiosk.database.reading() as connection:
        return connection.scalar(select(Loan.due_on).where(Loan.copy_id == book.id, Loan.returned_at.is_(None)))


def state(kiosk: Kiosk, book: Book) -> str | None:
    """How the copy is."""
    with kiosk.database.reading() as connection:
        return connection.scalar(select(Copy.state).where(Copy.id == book.id))


def blocked(kiosk: Kiosk) -> Pupil:
    """A pupil with a book that is overdue."""
    pupil = kiosk.pupil()
    kiosk.lent(pupil, 40)
    return pupil


# Scans alone


def test_a_card_and_books_are_lent_and_a_book_without_a_card_is_taken_back(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, books = kiosk.pupil(), kiosk.books(2)
    opens(counter, pupil)
    counter.scan(books[0].label)
    says(counter, "Lent", books[0].title, "Due back")
    counter.scan(books[1].label)
    says(counter, "Lent", books[1].title)
    expect(counter.page.locator("#loans [data-row]")).to_have_count(2)
    assert kiosk.at_home(pupil) == {book.label for book in books}
    counter.scan(pupil.card)
    says(counter, "The page is closed")
    counter.scan(books[0].label)
    says(counter, "Taken back", f"From {pupil.name}")
    assert kiosk.at_home(pupil) == {books[1].label}
    assert counter.tunes() == ["hello", "lent", "lent", "finished", "returned"]
    assert last(kiosk, outcome.LENT, copy_id=books[0].id).name == "librarian"


def test_another_readers_book_is_taken_back_and_lent_on_by_one_key(kiosk: Kiosk, counter: DeskPage) -> None:
    owner, pupil = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    opens(counter, pupil)
    counter.scan(book.label)
    says(counter, "Taken back", f"From {owner.name}")
    counter.presses("b")
    says(counter, "Lent", book.title)
    assert (kiosk.at_home(owner), kiosk.at_home(pupil)) == (set(), {book.label})


def test_the_readers_own_book_is_taken_back_and_renewed_instead_by_one_key(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil = kiosk.pupil()
    book = kiosk.nearly_due(pupil)
    before = due(kiosk, book)
    opens(counter, pupil)
    counter.scan(book.label)
    says(counter, "Taken back")
    counter.presses("r")
    says(counter, "Renewed")
    assert kiosk.at_home(pupil) == {book.label}
    assert due(kiosk, book) > before


@pytest.mark.parametrize(
    "code",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; DROP TABLE loan; --", "9" * 10_000],
    ids=["markup", "an attribute", "SQL", "ten thousand digits"],
)
def test_a_barcode_of_anything_is_an_unknown_code_and_the_next_scan_works(
    kiosk: Kiosk, counter: DeskPage, code: str
) -> None:
    pupil = kiosk.pupil()
    counter.scan(code)
    says(counter, "Unknown code", code[:80])
    expect(counter.page.locator("#said img, #said script")).to_have_count(0)
    opens(counter, pupil)


def test_a_barcode_with_control_characters_is_an_unknown_code(kiosk: Kiosk, counter: DeskPage) -> None:
    """Keyboard-type scanners send them as combinations with Ctrl, which the page drops; a camera's text is tested
    without a browser."""
    counter.page.evaluate(
        """() => { for (const [key, code, ctrlKey] of [["A", "KeyA"], ["b", "KeyB"], ["]", "BracketRight", true],
             ["7", "Digit7"], ["7", "Digit7"], ["Enter", "Enter"]]) {
             const event = { key, code, ctrlKey: Boolean(ctrlKey), bubbles: true, cancelable: true };
             document.body.dispatchEvent(new KeyboardEvent("keydown", event)); } }"""
    )
    says(counter, "Unknown code", "Ab77")


def test_a_number_that_is_a_card_and_a_label_is_chosen_by_its_number(kiosk: Kiosk, counter: DeskPage) -> None:
    counter.scan(shown.TWIN)
    says(counter, "A card or a book?")
    counter.presses("1")
    expect(counter.page.locator("#reader-name")).to_be_visible()
    counter.presses("Escape")
    says(counter, "The page is closed")


def test_an_isbn_of_several_copies_is_chosen_by_number_and_left_by_escape(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil = kiosk.pupil()
    opens(counter, pupil)
    counter.scan(shown.SEVERAL_ISBN)
    says(counter, "Which copy is it?")
    counter.presses("Escape")
    says(counter, "Scan what is lent or comes back")
    expect(counter.page.locator("#reader-name")).to_have_text(pupil.name)
    counter.scan(shown.SEVERAL_ISBN)
    says(counter, "Which copy is it?")
    counter.presses("2")
    says(counter, "Lent")
    assert len(kiosk.at_home(pupil)) == 1


# Overriding


def test_a_refusal_is_overridden_by_a_reason_that_is_picked(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, book = blocked(kiosk), kiosk.book()
    opens(counter, pupil)
    counter.scan(book.label)
    says(counter, "Not lent", "1 book is overdue.", "a librarian may pass it over")
    counter.presses("o")
    tray(counter, "override")
    counter.presses("2")
    counter.presses("Enter")
    says(counter, "Lent", "Passed over: For a reading project")
    entry = last(kiosk, outcome.LENT, copy_id=book.id)
    assert (entry.name, entry.details["override"]) == ("librarian", "For a reading project")
    assert [reason for reason, *_ in entry.details["findings"]] == ["OVERDUE_AT_HOME"]


def test_a_refusal_is_overridden_by_a_reason_that_is_typed(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, book = blocked(kiosk), kiosk.book()
    opens(counter, pupil)
    counter.scan(book.label)
    says(counter, "Not lent")
    counter.presses("Enter")  # the marked key
    tray(counter, "override")
    counter.presses("Enter")  # no reason yet: nothing is sent
    counter.types("parents called")
    counter.presses("Enter")
    says(counter, "Lent", "Passed over: parents called")
    assert last(kiosk, outcome.LENT, copy_id=book.id).details["override"] == "parents called"


# Undoing


def test_what_was_just_done_is_undone_by_one_key(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    opens(counter, pupil)
    counter.scan(book.label)
    says(counter, "Lent")
    counter.presses("u")
    says(counter, "Undone", book.title)
    assert kiosk.at_home(pupil) == set()
    assert last(kiosk, outcome.UNDONE, copy_id=book.id).name == "librarian"


def test_what_another_station_did_is_undone_from_the_list_of_the_last_hour(kiosk: Kiosk, desk: NewDesk) -> None:
    pupil, books = kiosk.pupil(), kiosk.books(2)
    for book in books:
        kiosk.desk.lend(pupil.id, book.id, station="room 1", now=datetime.now(UTC) - timedelta(minutes=2))
    page = desk(kiosk, COUNTER)
    wanted = page.page.locator("#recent [data-row]").filter(has_text=books[0].title).filter(has_text="room 1")
    page.presses("h")
    for _ in range(page.page.locator("#recent [data-row]").count()):
        if wanted.evaluate("row => row === document.activeElement"):
            break
        page.presses("ArrowDown")
    expect(wanted).to_be_focused()
    page.presses("u")
    says(page, "Undone", books[0].title)
    assert kiosk.at_home(pupil) == {books[1].label}
    expect(wanted).to_contain_text("undone")


# One key each


def test_a_book_goes_to_repair_with_what_is_wrong_and_comes_back(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil = kiosk.pupil()
    book = kiosk.lent(pupil)
    counter.scan(book.label)
    says(counter, "Taken back")
    counter.presses("p")
    tray(counter, "repair")
    counter.presses("2")
    counter.presses("Enter")
    says(counter, "Sent to repair", "Pages are loose")
    entry = last(kiosk, outcome.REPAIR, copy_id=book.id)
    assert (entry.name, entry.details["why"], state(kiosk, book)) == ("librarian", "Pages are loose", "repair")
    counter.scan(book.label)
    says(counter, "Is in: it was not on loan", "The book is in repair.")
    counter.presses("m")
    says(counter, "Back from repair")
    assert (last(kiosk, outcome.MENDED, copy_id=book.id).name, state(kiosk, book)) == ("librarian", "ok")


def test_a_title_is_reserved_from_a_scanned_copy_and_set_aside_by_name(kiosk: Kiosk, counter: DeskPage) -> None:
    owner, pupil = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    opens(counter, pupil)
    counter.scan(book.label)
    says(counter, "Taken back")
    counter.presses("v")
    says(counter, "Reserved", book.title)
    entry = last(kiosk, outcome.RESERVED, reader_id=pupil.id)
    assert entry.name == "librarian"
    counter.presses("ArrowDown")
    expect(counter.page.locator("[data-reservation]")).to_be_focused()
    counter.presses("x")
    says(counter, "Reservation cancelled")
    assert last(kiosk, outcome.CANCELLED, reader_id=pupil.id).details["reservation"] == entry.details["reservation"]


def test_the_search_leads_to_a_reservation_by_the_next_card(kiosk: Kiosk, desk: NewDesk) -> None:
    owner, pupil = kiosk.pupil(), kiosk.pupil()
    book = kiosk.lent(owner)
    with kiosk.database.reading() as connection:
        title = connection.scalar(select(Copy.title_id).where(Copy.id == book.id))
    page = desk(kiosk, f"{COUNTER}?reserve={title}")
    says(page, "Now scan the card of whoever waits", book.title)
    page.scan(pupil.card)
    says(page, "Reserved", book.title)
    expect(page.page.locator("[data-reservation]")).to_contain_text(book.title)


def test_a_note_is_written_and_removed(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil = kiosk.pupil()
    opens(counter, pupil)
    counter.presses("n")
    tray(counter, "note")
    counter.types("pays for the atlas on Friday?")
    counter.presses("Enter")
    says(counter, "Note written")
    expect(counter.page.locator("#notes")).to_contain_text("pays for the atlas on Friday?")
    assert last(kiosk, outcome.NOTED, reader_id=pupil.id).name == "librarian"
    counter.presses("ArrowDown")
    counter.presses("x")
    says(counter, "Note removed")
    expect(counter.page.locator("#notes")).to_be_hidden()


def test_a_scan_while_a_note_is_typed_is_a_scan_and_no_part_of_the_note(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    opens(counter, pupil)
    counter.presses("n")
    tray(counter, "note")
    counter.types("a long note, ")
    counter.scan(book.label)
    says(counter, "Lent", book.title)
    expect(counter.page.locator("#tray-note-text")).to_have_value("a long note, ")
    counter.types("finished")
    counter.presses("Enter")
    expect(counter.page.locator("#notes")).to_contain_text("a long note, finished")


def test_an_input_method_writes_a_note_and_its_enter_sends_nothing(kiosk: Kiosk, counter: DeskPage) -> None:
    """Simulated by the protocol's own composition: no real input method runs here."""
    pupil, book = kiosk.pupil(), kiosk.book()
    opens(counter, pupil)
    counter.presses("n")
    tray(counter, "note")
    cdp = counter.page.context.new_cdp_session(counter.page)
    cdp.send("Input.imeSetComposition", {"text": "ming tian", "selectionStart": 9, "selectionEnd": 9})
    counter.page.evaluate(
        """() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
             { key: "Enter", code: "Enter", isComposing: true, bubbles: true, cancelable: true }))"""
    )
    cdp.send("Input.insertText", {"text": "明天"})
    expect(counter.page.locator("#tray-note-text")).to_have_value("明天")
    tray(counter, "note")
    cdp.send("Input.imeSetComposition", {"text": "huan", "selectionStart": 4, "selectionEnd": 4})
    counter.scan_while_composing(book.label)
    says(counter, "Lent", book.title)
    counter.presses("Enter")
    says(counter, "Note written")
    with kiosk.database.reading() as connection:
        note = connection.scalar(select(ReaderNote.text).where(ReaderNote.reader_id == pupil.id))
    assert note is not None and note.startswith("明天") and book.label not in note


def test_a_due_date_is_changed_for_a_loan_that_the_arrows_choose(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil = kiosk.pupil()
    book = kiosk.lent(pupil)
    before = due(kiosk, book)
    opens(counter, pupil)
    counter.presses("ArrowDown")
    counter.presses("d")
    tray(counter, "due")
    counter.types("soon")
    counter.presses("Enter")
    says(counter, "No such day", "+7")
    counter.presses("ArrowDown")
    counter.presses("d")
    tray(counter, "due")
    counter.types("+7")
    counter.presses("Enter")
    says(counter, "Due date changed", book.title)
    assert due(kiosk, book) == before + timedelta(days=7)
    assert last(kiosk, outcome.DUE, copy_id=book.id).name == "librarian"


def test_everything_is_renewed_by_one_key(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil = kiosk.pupil()
    books = [kiosk.nearly_due(pupil), kiosk.nearly_due(pupil)]
    before = {book.id: due(kiosk, book) for book in books}
    opens(counter, pupil)
    counter.presses("a")
    says(counter, "All renewed", *(book.title for book in books))
    assert all(due(kiosk, book) > before[book.id] for book in books)


def test_a_loan_is_marked_as_lost_and_found_again(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil = kiosk.pupil()
    book = kiosk.lent(pupil)
    opens(counter, pupil)
    counter.presses("ArrowDown")
    counter.presses("l")
    tray(counter, "lost")
    counter.presses("Enter")
    says(counter, "Marked as lost", book.title)
    assert (last(kiosk, outcome.LOST, copy_id=book.id).name, state(kiosk, book)) == ("librarian", "lost")
    counter.presses("ArrowDown")
    counter.presses("f")
    says(counter, "Found again")
    assert (last(kiosk, outcome.FOUND, copy_id=book.id).name, state(kiosk, book)) == ("librarian", "ok")


def test_a_torn_label_is_typed(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    opens(counter, pupil)
    counter.types(book.label)
    expect(counter.page.locator("#tray-number-text")).to_have_value(book.label)
    counter.presses("Enter")
    says(counter, "Lent", book.title)


def test_a_scan_is_not_mixed_with_a_number_that_is_half_typed(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    counter.types("123")
    counter.scan(pupil.card)
    expect(counter.page.locator("#reader-name")).to_have_text(pupil.name)
    expect(counter.page.locator("[data-tray=number]")).to_be_hidden()
    counter.scan(book.label)
    says(counter, "Lent")


def test_the_keys_are_told_and_escape_leaves_one_thing_after_the_other(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil = kiosk.pupil()
    opens(counter, pupil)
    counter.presses("?")
    expect(counter.page.locator("#help[open]")).to_be_visible()
    counter.presses("Escape")
    expect(counter.page.locator("#help[open]")).to_be_hidden()
    counter.presses("n")
    tray(counter, "note")
    counter.presses("Escape")
    expect(counter.page.locator("[data-tray=note]")).to_be_hidden()
    expect(counter.page.locator("#reader-name")).to_be_visible()
    counter.presses("Escape")
    says(counter, "The page is closed")


def test_a_forgotten_card_is_replaced_by_the_name(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil = kiosk.pupil()
    counter.presses("s")
    field = counter.page.locator("#words")
    expect(field).to_be_focused()
    counter.types(pupil.card)
    expect(counter.page.locator("#found a")).to_have_count(1)
    counter.presses("ArrowDown")
    counter.presses("Enter")
    expect(counter.page.locator("#reader-name")).to_have_text(pupil.name)


# An assistant


def test_an_assistant_is_refused_an_override_a_due_date_and_marking_as_lost(kiosk: Kiosk, desk: NewDesk) -> None:
    pupil, book = blocked(kiosk), kiosk.book()
    page = desk(kiosk, COUNTER, "assistant")
    opens(page, pupil)
    page.scan(book.label)
    says(page, "Not lent", "a librarian may pass it over")
    for keys in (["o"], ["ArrowDown", "d"], ["ArrowDown", "l"]):
        for key in keys:
            page.presses(key)
        says(page, "", "Only a librarian may do this.", "Ask a librarian to sign in and do it.")
        entry = last(kiosk, outcome.REFUSED)
        assert (entry.name, entry.details["findings"][-1][0]) == ("assistant", "NOT_ALLOWED")
        page.scan("KIOSK-RENEW")  # something else on the screen, before the next
        says(page, "Now scan what is to be renewed")
        page.presses("Escape")
        opens(page, pupil)
        page.scan(book.label)
        says(page, "Not lent")
    assert book.label not in kiosk.at_home(pupil)


# Whose page is open


def test_two_librarians_at_two_browsers_serve_two_readers(kiosk: Kiosk, desk: NewDesk) -> None:
    one, other = desk(kiosk, COUNTER), desk(kiosk, COUNTER, "assistant")
    pupils, books = (kiosk.pupil(), kiosk.pupil()), kiosk.books(2)
    opens(one, pupils[0])
    opens(other, pupils[1])
    one.scan(books[0].label)
    other.scan(books[1].label)
    says(one, "Lent", books[0].title)
    says(other, "Lent", books[1].title)
    assert [kiosk.at_home(pupil) for pupil in pupils] == [{book.label} for book in books]
    staff = [last(kiosk, outcome.LENT, copy_id=book.id).name for book in books]
    assert staff == ["librarian", "assistant"]


def test_two_tabs_of_one_browser_serve_two_readers_while_the_server_is_away(tmp_path: Any, desk: NewDesk) -> None:
    kiosk = Kiosk(tmp_path).start()
    one = desk(kiosk, COUNTER)
    other = DeskPage(one.page.context.new_page(), kiosk).go(COUNTER)
    pupils, books = (kiosk.pupil(), kiosk.pupil()), kiosk.books(2)
    opens(one, pupils[0])
    opens(other, pupils[1])
    kiosk.kill()
    one.scan(books[0].label)
    other.scan(books[1].label)
    kiosk.start()
    says(one, "Lent", books[0].title)
    says(other, "Lent", books[1].title)
    assert [kiosk.at_home(pupil) for pupil in pupils] == [{book.label} for book in books]
    kiosk.stop()


def test_a_reload_keeps_the_reader(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    opens(counter, pupil)
    counter.page.reload()
    expect(counter.page.locator("#reader-name")).to_have_text(pupil.name)
    counter.scan(book.label)
    says(counter, "Lent")
    assert kiosk.at_home(pupil) == {book.label}


def test_after_ten_quiet_minutes_the_next_book_is_not_lent_to_the_former_reader(
    kiosk: Kiosk, counter: DeskPage
) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    opens(counter, pupil)
    counter.page.clock.set_system_time(datetime.now(UTC) + timedelta(minutes=11))
    says(counter, "The page closed by itself")
    expect(counter.page.locator("#reader-name")).to_be_hidden()
    counter.scan(book.label)
    says(counter, "Is in: it was not on loan")
    assert kiosk.at_home(pupil) == set()


# The plug is pulled


def test_a_killed_server_keeps_the_scans_and_is_sent_each_once(own_kiosk: Kiosk, desk: NewDesk) -> None:
    page, pupil, books = desk(own_kiosk, COUNTER), own_kiosk.pupil(), own_kiosk.books(2)
    own_kiosk.kill()
    page.scan(pupil.card, *(book.label for book in books))
    expect(page.page.locator("#waiting")).to_contain_text("Kept: 3")
    own_kiosk.start()
    says(page, "Lent", books[1].title)
    expect(page.page.locator("#reader-name")).to_have_text(pupil.name)
    assert own_kiosk.at_home(pupil) == {book.label for book in books}
    assert [own_kiosk.told(book) for book in books] == [["lent"]] * 2
    until(lambda: page.waiting() == 0)


def test_an_answer_that_is_lost_on_its_way_doubles_nothing(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    opens(counter, pupil)
    posts: list[str] = []

    def lose(route: Any) -> None:
        posts.append(route.request.post_data or "")
        if len(posts) > 1:
            route.continue_()
            return
        assert route.fetch().status == 200
        route.abort()

    counter.page.route("**/counter/scan", lose)
    counter.scan(book.label)
    says(counter, "Lent", book.title)
    assert len(posts) >= 2
    assert kiosk.told(book) == ["lent"]


def test_scans_that_wait_outlive_a_page_that_is_loaded_again(kiosk: Kiosk, counter: DeskPage) -> None:
    pupil, book = kiosk.pupil(), kiosk.book()
    opens(counter, pupil)
    counter.page.route("**/counter/scan", lambda route: route.abort())
    counter.scan(book.label)
    until(lambda: counter.waiting() == 1)
    counter.page.unroute("**/counter/scan")
    counter.page.reload()
    says(counter, "Lent", book.title)
    assert kiosk.at_home(pupil) == {book.label}
