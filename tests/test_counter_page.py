"""The counter's page: what the browser is told after each scan and key, and whose page is open."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from kiosk import photos
from kiosk.counter_deeds import DEEDS
from kiosk.models import LedgerEntry, Loan, Reader
from tests import cast
from tests.cast import ATLAS, FERRY, LIHUA, PLAIN, TEACHER, XIAOMING
from tests.house import DeskClient, Home

ONE, TWO = PLAIN[:2]
WITHOUT_A_SUBJECT = {"open", "book", "close", "renew_all", "note", "unnote", "reserve"}
DO, SCAN = "/desk/counter/do", "/desk/counter/scan"


class Browser:
    """Somebody at the counter, with what their browser keeps."""

    def __init__(self, home: Home, role: str = "librarian") -> None:
        self.home, self.client, self.sitting, self.html = home, home.sign_in(role), "", ""

    def scan(self, code: str, **more: Any) -> dict[str, Any]:
        """One code, ten seconds after what was before."""
        return self.ask(SCAN, {"text": code, **more})

    def key(self, verb: str, **what: Any) -> dict[str, Any]:
        """One key."""
        return self.ask(DO, {"do": verb, **what})

    def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What is told."""
        self.home.clock.turn(10)
        answer = self.client.ask(path, {"id": uuid4().hex, "sitting": self.sitting, **body})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json
        self.sitting, self.html = told["sitting"], told["html"]
        return told

    @property
    def word(self) -> str:
        """The large word."""
        found = re.search(r'<h2 class="said-word".*?</h2>', self.html, re.DOTALL)
        assert found
        return plain(found[0])

    @property
    def text(self) -> str:
        """All the words of the stage."""
        return plain(self.html)

    @property
    def keys(self) -> list[str]:
        """The letters beside what was done last."""
        said = self.html.partition('class="panel recent"')[0]
        return re.findall(r'data-key="(.)"', said)


def plain(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))).strip()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, language="en")


@pytest.fixture
def desk(home: Home) -> Browser:
    return Browser(home)


def entries(home: Home) -> list[Any]:
    with home.database.reading() as connection:
        query = select(LedgerEntry.__table__).where(LedgerEntry.station == home.config.desk.name)
        return list(connection.execute(query.order_by(LedgerEntry.id)))


def lent(home: Home, *things: cast.Thing, reader: cast.Person = XIAOMING, days: int = 1) -> None:
    for thing in things:
        then = home.clock.now - timedelta(days=days)
        done = home.app.extensions["kiosk"].desk.lend(reader.id, thing.id, station=cast.ENTRANCE, now=then)
        assert done.verb == "lent", done


def holder(home: Home, thing: cast.Thing) -> int | None:
    with home.database.reading() as connection:
        return connection.scalar(select(Loan.reader_id).where(Loan.copy_id == thing.id, Loan.returned_at.is_(None)))


# Whose page is open


def test_nobody_comes_to_the_counter_without_signing_in(home: Home) -> None:
    home.account()
    stranger = home.browser()
    for path in ("/desk/counter", "/desk/counter/stage", "/desk/readers", "/desk/readers/1/photo"):
        assert stranger.get(path).status_code in (303, 401)


def test_a_card_opens_its_readers_page(desk: Browser) -> None:
    desk.scan(XIAOMING.card)
    assert "王小明" in desk.text and "Class 3-2" in desk.text and "20230101" in desk.text
    assert "3 more to borrow" in desk.text
    assert desk.sitting.startswith("reader=1&")


def test_the_address_keeps_the_reader_when_the_page_is_loaded_again(desk: Browser) -> None:
    desk.scan(XIAOMING.card)
    page = desk.client.get(f"/desk/counter?{desk.sitting}").text
    assert 'data-reader="1"' in page
    assert re.search(r'data-sitting="reader=1&amp;at=\d+"', page)


def test_a_page_that_was_open_for_too_long_is_closed_when_it_is_loaded_again(home: Home, desk: Browser) -> None:
    desk.scan(XIAOMING.card)
    home.clock.turn(601)
    page = desk.client.get(f"/desk/counter?{desk.sitting}").text
    assert "The page closed by itself" in page
    assert "王小明" not in page


def test_a_link_to_a_reader_opens_the_page(desk: Browser) -> None:
    assert 'data-reader="2"' in desk.client.get(f"/desk/counter?reader={LIHUA.id}").text


@pytest.mark.parametrize("value", ["0", "-1", "x", "99999999999999", "4711", "1;DROP TABLE reader", "%00"])
def test_an_address_that_names_nobody_opens_nobodys_page(desk: Browser, value: str) -> None:
    page = desk.client.get(f"/desk/counter?reader={value}&at={value}&reserve={value}")
    assert page.status_code == 200
    assert "Nobody's page is open" in unescape(page.text)


def test_two_librarians_at_two_browsers_serve_two_readers(home: Home, desk: Browser) -> None:
    other = Browser(home, "assistant")
    desk.scan(XIAOMING.card)
    other.scan(LIHUA.card)
    desk.scan(FERRY.label)
    other.scan(ONE.label)
    assert (holder(home, FERRY), holder(home, ONE)) == (XIAOMING.id, LIHUA.id)
    served = [each for each in entries(home) if each.verb in ("greeted", "lent")]
    assert [each.staff_id for each in served] == [1, 2, 1, 2]


def test_what_follows_from_an_earlier_scan_is_told_by_a_header(home: Home, desk: Browser) -> None:
    body = {"id": uuid4().hex, "text": FERRY.label}
    answer = desk.client.post(
        SCAN, json=body, headers={"Origin": "http://localhost", "X-CSRF": desk.client.csrf, "X-Counter": "reader=1"}
    )
    assert answer.status_code == 200
    assert holder(home, FERRY) == XIAOMING.id


def test_a_scan_that_had_to_wait_is_dated_when_it_was_made(home: Home, desk: Browser) -> None:
    desk.scan(XIAOMING.card)
    desk.scan(FERRY.label, at=1_000_000, sent=1_000_000 + 300_000)
    assert entries(home)[-1].at == home.clock.now - timedelta(minutes=5)


# What is said


def test_a_loan_is_said_with_its_due_date(desk: Browser) -> None:
    desk.scan(XIAOMING.card)
    told = desk.scan(FERRY.label)
    assert desk.word == "Lent"
    assert "Due back Mon 16 Mar" in desk.text
    assert (told["sound"], told["title"]) == ("lent", "王小明")
    assert desk.keys == ["U", "D"]


def test_a_return_is_said_with_whose_it_was_and_one_key_lends_it_on(home: Home, desk: Browser) -> None:
    lent(home, FERRY, reader=LIHUA)
    desk.scan(XIAOMING.card)
    desk.scan(FERRY.label)
    assert desk.word == "Taken back"
    assert "From 李华 Class 3-2" in desk.text
    assert desk.keys == ["B", "U", "V", "P"]


def test_the_readers_own_return_offers_to_renew_instead(home: Home, desk: Browser) -> None:
    lent(home, FERRY, days=10)
    desk.scan(XIAOMING.card)
    desk.scan(FERRY.label)
    assert desk.keys == ["R", "U", "V", "P"]


def test_a_book_that_is_waited_for_is_set_aside_by_name(home: Home, desk: Browser) -> None:
    lent(home, FERRY, reader=TEACHER)
    desk.key("reserve", title=FERRY.title, reader=LIHUA.id)
    told = desk.scan(FERRY.label)
    assert "For 李华 Class 3-2 until Thu 5 Mar" in desk.text
    assert "Put it on the reserved shelf." in desk.text
    assert told["sound"] == "aside"
    desk.scan(LIHUA.card)
    assert "Set aside for this reader: 书 1" in desk.text


def test_a_refusal_shows_every_reason_in_order_and_one_key_to_override(home: Home, desk: Browser) -> None:
    cast.fill_bag(home.app.extensions["kiosk"].desk, LIHUA, home.clock.now - timedelta(days=20))
    desk.scan(LIHUA.card)
    told = desk.scan(cast.THEIR_CORNER.label)
    assert (desk.word, told["sound"]) == ("Not lent", "refused")
    reasons = [
        "This book belongs to class 3-1.",
        "Limit reached: 3 of 3.",
        "Limit of this kind reached: 3 of 3.",
        "3 books are overdue.",
    ]
    assert [desk.text.index(each) for each in reasons] == sorted(desk.text.index(each) for each in reasons)
    assert desk.text.count("a librarian may pass it over") == 4
    assert desk.keys == ["O"]
    desk.key("lend", reader=LIHUA.id, copy=cast.THEIR_CORNER.id, text="for a reading project")
    assert desk.word == "Lent" and "Passed over: for a reading project" in desk.text


def test_what_nobody_may_pass_over_has_no_key_and_says_what_to_do(home: Home, desk: Browser) -> None:
    cast.change(home.database, update(Reader).where(Reader.id == XIAOMING.id).values(card_lost_on=cast.TODAY))
    desk.scan(XIAOMING.card)
    desk.scan(FERRY.label)
    assert "cannot be passed over" in desk.text
    assert "Take the card in." in desk.text
    assert desk.keys == []


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        ("lend", {"reader": XIAOMING.id, "copy": ATLAS.id, "text": "asked"}),
        ("due", {"copy": FERRY.id, "text": "+7"}),
        ("lost", {"copy": FERRY.id}),
    ],
)
def test_an_assistant_is_refused_in_words_and_in_the_ledger(home: Home, verb: str, what: dict[str, Any]) -> None:
    lent(home, FERRY)
    assistant = Browser(home, "assistant")
    assistant.key(verb, **what)
    assert "Only a librarian may do this. Ask a librarian to sign in and do it." in assistant.text
    assert (entries(home)[-1].verb, entries(home)[-1].staff_id) == ("refused", 1)


def test_an_assistants_key_for_overriding_asks_for_no_reason(home: Home) -> None:
    assistant = Browser(home, "assistant")
    assistant.scan(XIAOMING.card)
    assistant.scan(ATLAS.label)
    key = re.search(r'<button[^>]*data-key="O"[^>]*>', assistant.html)
    assert key and "data-ask" not in key[0] and "is-barred" in key[0]


def test_renewing_all_says_of_each_book_what_came_of_it(home: Home, desk: Browser) -> None:
    lent(home, FERRY, days=10)
    lent(home, ONE, days=1)
    desk.key("renew_all", reader=XIAOMING.id)
    assert desk.word == "Not all were renewed"
    assert "Renewing begins in" in desk.text


def test_an_undoing_says_what_was_undone(desk: Browser) -> None:
    desk.key("note", reader=XIAOMING.id, text="a note")
    entry = re.search(r'data-entry="(\d+)"', desk.html)
    assert entry
    desk.key("undo", number=int(entry[1]))
    assert desk.word == "Undone" and "<s>Note written</s>" in desk.html


def test_a_copy_in_repair_says_what_is_wrong_and_comes_back(desk: Browser) -> None:
    desk.key("repair", copy=FERRY.id, text="pages are loose")
    assert desk.word == "Sent to repair" and "pages are loose" in desk.text
    desk.scan(FERRY.label)
    assert "M" in desk.keys
    desk.key("mended", copy=FERRY.id)
    assert desk.word == "Back from repair"


@pytest.mark.parametrize(("away", "here"), [("repair", "mended"), ("lost", "found")])
def test_a_book_that_is_mended_or_found_is_set_aside_by_name(home: Home, desk: Browser, away: str, here: str) -> None:
    lent(home, FERRY, reader=TEACHER)
    desk.key("reserve", title=FERRY.title, reader=LIHUA.id)
    desk.scan(FERRY.label)
    desk.key(away, copy=FERRY.id, text="wet")
    told = desk.key(here, copy=FERRY.id)
    assert "For 李华 Class 3-2 until Thu 5 Mar" in desk.text
    assert "Put it on the reserved shelf." in desk.text
    assert told["sound"] == "aside"


def test_a_title_waits_for_the_card_of_whom_it_is_for(home: Home, desk: Browser) -> None:
    lent(home, FERRY, reader=TEACHER)
    page = desk.client.get(f"/desk/counter?reserve={FERRY.title}").text
    assert "Now scan the card of whoever waits" in page and "书 1" in page
    desk.sitting = f"reserve={FERRY.title}"
    desk.scan(XIAOMING.card)
    assert desk.word == "Reserved" and "place 1 in the queue" in desk.text


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('"><img src=x onerror=alert(1)>', "&#34;&gt;&lt;img src=x onerror=alert(1)&gt;"),
        ("'; DROP TABLE loan; --", "&#39;; DROP TABLE loan; --"),
        ("AB\x1d\x00\x1bCD", "ABCD"),
        ("9" * 10_000, "9" * 80),
    ],
    ids=["markup", "an attribute", "SQL", "control characters", "ten thousand digits"],
)
def test_an_unknown_code_is_shown_as_text_and_the_next_scan_works(
    home: Home, desk: Browser, code: str, shown: str
) -> None:
    desk.scan(XIAOMING.card)
    desk.scan(code)
    assert f'<p class="lead code" data-say>{shown}</p>' in desk.html
    assert re.search(r'data-key="K" href="/desk/unknown/\d+"', desk.html)
    desk.scan(FERRY.label)
    assert holder(home, FERRY) == XIAOMING.id


def test_names_notes_and_titles_are_shown_as_text(home: Home, desk: Browser) -> None:
    cast.change(home.database, update(Reader).where(Reader.id == XIAOMING.id).values(name="<b>'\"&"))
    desk.scan(XIAOMING.card)
    desk.key("note", reader=XIAOMING.id, text="<script>alert(1)</script>")
    assert "<script>" not in desk.html and "<b>'" not in desk.html
    assert "<script>alert(1)</script>" in desk.text


def test_which_of_several_copies_is_asked_with_where_each_is(home: Home, desk: Browser) -> None:
    lent(home, cast.BEES, reader=LIHUA)
    desk.scan(cast.ISBN_OF_BEES)
    assert desk.word == "Which copy is it?"
    assert "1 000102 李华 Class 3-2" in desk.text and "2 000103 书库" in desk.text


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_the_counter_speaks_chinese(tmp_path: Path, language: str) -> None:
    home = Home(tmp_path, language=language)
    desk = Browser(home)
    desk.scan(XIAOMING.card)
    desk.scan(FERRY.label)
    assert desk.word == "已借出"
    assert "Undo" not in desk.text


# What cannot be


@pytest.mark.parametrize(
    "body",
    [
        {"do": "sell"},
        {},
        {"do": None},
        {"do": "lend", "reader": -1},
        {"do": "lend", "reader": True},
        {"do": "lend", "reader": "1"},
        {"do": "lend", "copy": 2**31},
        {"do": "note", "text": 7},
    ],
)
def test_a_deed_that_makes_no_sense_is_turned_away(desk: Browser, body: dict[str, Any]) -> None:
    assert desk.client.ask(DO, {"id": uuid4().hex, **body}).status_code == 400


@pytest.mark.parametrize("verb", sorted(DEEDS.keys() - WITHOUT_A_SUBJECT))
def test_a_deed_about_nothing_that_is_there_is_refused_in_words(home: Home, desk: Browser, verb: str) -> None:
    desk.key(verb, reader=4711, copy=4711, number=4711, text="+7")
    assert "said-not" in desk.html


def test_a_post_without_the_pages_token_does_nothing(home: Home, desk: Browser) -> None:
    body = {"id": uuid4().hex, "do": "lend", "reader": XIAOMING.id, "copy": FERRY.id}
    assert desk.client.post(DO, json=body, headers={"Origin": "http://localhost"}).status_code == 403
    assert holder(home, FERRY) is None


def test_a_note_longer_than_there_is_room_for_is_cut(home: Home, desk: Browser) -> None:
    desk.scan(XIAOMING.card)
    desk.key("note", reader=XIAOMING.id, text="长" * 5000)
    assert "长" * 300 in desk.text and "长" * 301 not in desk.text


# Photographs


def photo(home: Home, name: str) -> bytes:
    folder = photos.folder(home.config)
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"\x89PNG a face")
    return b"\x89PNG a face"


def test_a_photograph_is_shown_to_the_staff_and_to_nobody_else(home: Home, desk: Browser) -> None:
    face = photo(home, "20230101.png")
    desk.scan(XIAOMING.card)
    assert 'src="/desk/readers/1/photo"' in desk.html
    answer = desk.client.get("/desk/readers/1/photo")
    assert (answer.data, answer.mimetype) == (face, "image/png")
    assert home.browser().get("/desk/readers/1/photo").status_code in (303, 401)


def test_a_reader_without_a_photograph_has_an_initial(desk: Browser) -> None:
    desk.scan(XIAOMING.card)
    assert 'class="face-letter">王' in desk.html
    assert desk.client.get("/desk/readers/1/photo").status_code == 404


@pytest.mark.parametrize("card", ["../kiosk", "..%2fkiosk", "../../etc/passwd", "/etc/passwd"])
def test_no_card_gives_out_another_file(home: Home, desk: Browser, card: str) -> None:
    photo(home, "20230101.png")
    cast.change(home.database, update(Reader).where(Reader.id == XIAOMING.id).values(card=card))
    assert desk.client.get("/desk/readers/1/photo").status_code == 404


# A forgotten card


@pytest.mark.parametrize("query", ["王小明", "wxm", "xiaoming", "20230101"])
def test_a_reader_is_found_and_opened_at_the_counter(desk: Browser, query: str) -> None:
    page = desk.client.get("/desk/readers", query_string={"q": query}).text
    assert re.findall(r'href="(/desk/counter\?reader=\d+)"', page) == ["/desk/counter?reader=1"]
    assert "王小明" in page and "Class 3-2" in page


def test_nobody_found_is_said_kindly(desk: Browser) -> None:
    assert "Nobody is found by that." in desk.client.get("/desk/readers?q=zzzz").text
    assert "Type a name, its first letters, or a class." in desk.client.get("/desk/readers").text


def test_the_page_of_readers_is_for_those_who_serve(home: Home) -> None:
    assistant: DeskClient = home.sign_in("assistant")
    assert assistant.get("/desk/readers/list?q=王").status_code == 200
