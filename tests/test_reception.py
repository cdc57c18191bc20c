"""A station's reception: what a code leads to there, in one transaction and once, and what survives a crash."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from kiosk import models
from kiosk.audit import audit
from kiosk.conversation import lapse
from kiosk.database import DatabaseError
from kiosk.decision import Reason
from kiosk.desk import Counter
from kiosk.labels import LabelRules, isbn13
from kiosk.models import LedgerEntry, Loan, Reader
from kiosk.models_desk import Reservation, UnknownCode
from kiosk.outcome import Outcome
from kiosk.reception import Reception
from kiosk.turns import CARD_OR_LABEL, OTHERS_LOAN, RESERVE_IT, RETURN_OR_RENEW, State
from tests.cast import (
    BEES,
    BEES_AGAIN,
    DAY,
    ENTRANCE,
    FERRY,
    GONE,
    ISBN_OF_BEES,
    ISBN_OF_FERRY,
    ISBN_OF_GONE,
    LEILEI,
    LIHUA,
    LIMIT,
    MISSING,
    MORNING,
    PLAIN,
    ROOM,
    SECOND,
    TEACHER,
    TWIN,
    XIAOMING,
    Person,
    Thing,
    change,
    desk_at,
    fill_bag,
)

LANGUAGES = ("zh_Hans", "zh_Hant", "en")
SESSION, OUTCOME = 45, 12


class Kiosk:
    """One station with its reception, and somebody scanning at it every five seconds."""

    def __init__(self, folder: Path, rules: LabelRules | None = None) -> None:
        self.desk = desk_at(folder)
        self.reception = Reception(self.desk, ENTRANCE, rules or LabelRules(), LANGUAGES)
        self.state, self.now, self.scans = State(), MORNING, 0
        self.outcomes: tuple[Outcome, ...] = ()

    def scan(self, code: str | Person | Thing, after: float = 5, scan_id: str = "", symbology: str = "") -> list[str]:
        """The verbs of what one code leads to."""
        text = code.card if isinstance(code, Person) else code.label if isinstance(code, Thing) else code
        self._wait(after)
        return self._take(self.reception.scan(self.state, text, symbology, scan_id or self._next(), self.now))

    def choose(self, value: str, after: float = 5, scan_id: str = "") -> list[str]:
        """The verbs of what a choice leads to."""
        self._wait(after)
        return self._take(self.reception.choose(self.state, value, scan_id or self._next(), self.now))

    def silence(self, seconds: float) -> list[str]:
        """The verbs of what silence leads to."""
        self._wait(seconds)
        state, requests = lapse(self.state, self.now, SESSION, OUTCOME)
        return self._take(self.reception.carry_out(state, requests, self.now))

    def rows(self, table: Any) -> list[Any]:
        with self.desk.database.reading() as connection:
            return list(connection.execute(select(table.__table__).order_by(table.id)))

    def open_loans(self) -> dict[int, int]:
        """Who has which copy."""
        return {loan.copy_id: loan.reader_id for loan in self.rows(Loan) if loan.returned_at is None}

    def _wait(self, seconds: float) -> None:
        self.now += seconds * SECOND

    def _next(self) -> str:
        self.scans += 1
        return f"scan-{self.scans}"

    def _take(self, reply: Any) -> list[str]:
        self.state, self.outcomes = reply.state, reply.outcomes
        return [outcome.verb for outcome in reply.outcomes]


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    return Kiosk(tmp_path)


# The happy path


def test_card_then_three_books_then_card_lends_them_and_says_goodbye(kiosk: Kiosk) -> None:
    assert kiosk.scan(XIAOMING) == ["greeted"]
    for thing in (FERRY, BEES, PLAIN[0]):
        assert kiosk.scan(thing) == ["lent"]
    assert kiosk.scan(XIAOMING) == ["finished"]
    assert kiosk.open_loans() == dict.fromkeys((FERRY.id, BEES.id, PLAIN[0].id), XIAOMING.id)


def test_books_in_the_hand_then_a_card_are_all_lent_in_one_transaction(kiosk: Kiosk) -> None:
    for thing in (FERRY, BEES, PLAIN[0]):
        assert kiosk.scan(thing) == ["held"]
    assert kiosk.scan(XIAOMING, scan_id="card") == ["greeted", "lent", "lent", "lent"]
    assert [entry.scan_id for entry in kiosk.rows(LedgerEntry)[-4:]] == ["card", "card#1", "card#2", "card#3"]
    assert len({entry.at for entry in kiosk.rows(LedgerEntry)[-4:]}) == 1


def test_of_the_books_in_the_hand_those_over_the_limit_are_refused_and_the_others_lent(kiosk: Kiosk) -> None:
    for thing in PLAIN[: LIMIT + 1]:
        kiosk.scan(thing)
    assert kiosk.scan(XIAOMING) == ["greeted", "lent", "lent", "lent", "refused"]
    assert len(kiosk.open_loans()) == LIMIT


def test_when_the_disk_gives_up_half_way_none_of_the_books_in_the_hand_is_lent(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk.scan(FERRY)
    kiosk.scan(BEES)
    entries, lend = len(kiosk.rows(LedgerEntry)), Counter.lend

    def lend_the_first(counter: Counter, reader: int, copy: int) -> Outcome:
        if copy == BEES.id:
            raise DatabaseError("The disk is full.", retry=True)
        return lend(counter, reader, copy)

    with monkeypatch.context() as patch:
        patch.setattr(Counter, "lend", lend_the_first)
        with pytest.raises(DatabaseError):
            kiosk.scan(XIAOMING, scan_id="card")
    assert kiosk.open_loans() == {}
    assert len(kiosk.rows(LedgerEntry)) == entries
    assert kiosk.scan(XIAOMING, scan_id="card") == ["greeted", "lent", "lent"]


def test_a_return_needs_no_card(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING)
    assert kiosk.scan(FERRY) == ["returned"]
    assert kiosk.open_loans() == {}


def test_a_card_reported_lost_opens_no_session_and_the_held_book_waits(kiosk: Kiosk) -> None:
    change(kiosk.desk.database, update(Reader).where(Reader.id == XIAOMING.id).values(card_lost_on=MORNING.date()))
    kiosk.scan(FERRY)
    assert kiosk.scan(XIAOMING) == ["refused"]
    assert kiosk.outcomes[0].has(Reason.CARD_LOST)
    assert (kiosk.state.phase, kiosk.open_loans()) == ("holding", {})
    assert kiosk.scan(LIHUA) == ["greeted", "lent"]


def test_a_lost_card_in_the_middle_of_a_session_ends_it_and_opens_none(kiosk: Kiosk) -> None:
    change(kiosk.desk.database, update(Reader).where(Reader.id == LIHUA.id).values(card_lost_on=MORNING.date()))
    kiosk.scan(XIAOMING)
    assert kiosk.scan(LIHUA) == ["finished", "refused"]
    assert kiosk.state.reader is None


def test_a_suspended_reader_is_greeted_with_the_reason_and_may_return_but_not_borrow(kiosk: Kiosk) -> None:
    kiosk.desk.lend(XIAOMING.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    change(kiosk.desk.database, update(Reader).where(Reader.id == XIAOMING.id).values(suspended_until=MORNING.date()))
    assert kiosk.scan(XIAOMING) == ["greeted"]
    assert kiosk.outcomes[0].has(Reason.SUSPENDED)
    assert kiosk.scan(BEES) == ["refused"]
    kiosk.scan(FERRY)
    assert kiosk.choose("return") == ["returned"]


# What a code is


@pytest.mark.parametrize("text", ["000101", "]C1000101\r\n", " 000101\t", "０００１０１"])
def test_a_label_is_known_through_the_scanners_noise(kiosk: Kiosk, text: str) -> None:
    assert kiosk.scan(text) == ["held"]


def test_a_wrong_number_of_zeros_is_another_number(kiosk: Kiosk) -> None:
    assert kiosk.scan("101") == ["unknown"]


def test_a_site_prefix_is_put_before_a_schools_own_number(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, LabelRules(card_prefix="R-", copy_prefix="B-"))
    assert kiosk.scan("B-000101") == ["held"]
    assert kiosk.scan("R-20230101") == ["greeted", "lent"]


def test_site_prefixes_tell_a_card_from_a_label_of_the_same_number(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, LabelRules(card_prefix="R-", copy_prefix="B-"))
    assert kiosk.scan("R-7007") == ["greeted"]
    assert kiosk.scan("B-7007") == ["lent"]


@pytest.mark.parametrize(
    ("text", "why"), [("nonsense", "NOT_OURS"), ("", "EMPTY"), ("7" * 99, "TOO_LONG"), ("a\0b", "CONTROL_CHARACTERS")]
)
def test_an_unknown_code_is_recorded_with_why_and_without_its_text(kiosk: Kiosk, text: str, why: str) -> None:
    assert kiosk.scan(text) == ["unknown"]
    (entry,) = kiosk.rows(LedgerEntry)
    assert (entry.verb, entry.details) == ("unknown", {"why": why})


def test_three_unknown_codes_in_a_row_call_the_librarian(kiosk: Kiosk) -> None:
    assert [kiosk.scan(text) for text in ("x1", "x2", "x3")] == [["unknown"], ["unknown"], ["unknown", "help"]]
    assert kiosk.state.helped


def test_a_number_that_is_card_and_label_opens_a_chooser_and_card_opens_the_session(kiosk: Kiosk) -> None:
    assert kiosk.scan("7007") == ["asked"]
    assert kiosk.state.question and kiosk.state.question.kind == CARD_OR_LABEL
    assert kiosk.choose("card") == ["greeted"]
    assert (kiosk.state.reader, kiosk.state.question) == (LEILEI.id, None)


def test_a_number_that_is_card_and_label_can_be_the_book(kiosk: Kiosk) -> None:
    kiosk.scan(XIAOMING)
    assert kiosk.scan("7007") == ["asked"]
    assert kiosk.choose("book") == ["lent"]
    assert kiosk.open_loans() == {TWIN.id: XIAOMING.id}


def test_the_chooser_ignores_an_answer_it_did_not_offer(kiosk: Kiosk) -> None:
    kiosk.scan("7007")
    assert kiosk.choose("return") == ["shown"]
    assert kiosk.outcomes[0].why == "left alone"
    assert kiosk.open_loans() == {}


def test_card_or_book_is_no_answer_to_another_question(kiosk: Kiosk) -> None:
    kiosk.desk.lend(XIAOMING.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    assert kiosk.choose("card") == ["shown"]
    assert kiosk.open_loans() == {FERRY.id: XIAOMING.id}


# ISBN instead of the label


def test_the_isbns_of_the_cast_are_right() -> None:
    assert all(isbn13(isbn) == isbn for isbn in (ISBN_OF_FERRY, ISBN_OF_BEES, ISBN_OF_GONE))


def test_the_isbn_of_an_only_copy_means_that_copy(kiosk: Kiosk) -> None:
    kiosk.scan(XIAOMING)
    assert kiosk.scan(ISBN_OF_FERRY) == ["lent"]
    assert kiosk.open_loans() == {FERRY.id: XIAOMING.id}


def test_the_isbn_of_two_copies_asks_for_the_librarys_label(kiosk: Kiosk) -> None:
    kiosk.scan(XIAOMING)
    assert kiosk.scan(ISBN_OF_BEES) == ["isbn"]
    assert kiosk.open_loans() == {}


def test_the_isbn_of_two_copies_means_the_one_that_this_reader_has(kiosk: Kiosk) -> None:
    kiosk.desk.lend(XIAOMING.id, BEES_AGAIN.id, station=ROOM, now=MORNING - DAY)
    assert kiosk.scan(ISBN_OF_BEES) == ["isbn"], "without a card nobody can say whose"
    kiosk.scan(XIAOMING)
    assert kiosk.scan(ISBN_OF_BEES) == ["asked"]
    assert kiosk.choose("return") == ["returned"]
    assert kiosk.open_loans() == {}


def test_the_isbn_of_two_copies_that_this_reader_has_both_of_stays_unresolved(kiosk: Kiosk) -> None:
    kiosk.desk.lend(TEACHER.id, BEES.id, station=ROOM, now=MORNING - DAY)
    allowed_by_the_librarian = {"copy_id": BEES_AGAIN.id, "title_id": BEES_AGAIN.title, "reader_id": TEACHER.id}
    change(
        kiosk.desk.database,
        insert(Loan).values(
            **allowed_by_the_librarian, lent_at=MORNING - DAY, lent_station=ROOM, due_on=(MORNING + DAY).date()
        ),
    )
    kiosk.scan(TEACHER)
    assert kiosk.scan(ISBN_OF_BEES) == ["isbn"]


def test_the_isbn_of_two_copies_of_which_another_has_one_stays_unresolved(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, BEES.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    assert kiosk.scan(ISBN_OF_BEES) == ["isbn"]


@pytest.mark.parametrize("isbn", [ISBN_OF_GONE, "9780306406157"])
def test_an_isbn_of_nothing_in_stock_is_an_unknown_code(kiosk: Kiosk, isbn: str) -> None:
    assert kiosk.scan(isbn) == ["unknown"]
    assert kiosk.outcomes[0].why == "ISBN_NOT_OURS"


def test_an_isbn_used_as_a_label_is_that_label(kiosk: Kiosk) -> None:
    change(
        kiosk.desk.database,
        insert(models.Copy).values(id=99, label=ISBN_OF_BEES, title_id=PLAIN[0].title, place_id=1),
    )
    kiosk.scan(XIAOMING)
    assert kiosk.scan(ISBN_OF_BEES) == ["lent"]
    assert kiosk.open_loans() == {99: XIAOMING.id}


# Own and others' loans


def test_an_own_book_is_asked_about_and_a_second_scan_returns_it(kiosk: Kiosk) -> None:
    kiosk.desk.lend(XIAOMING.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    assert kiosk.scan(FERRY) == ["asked"]
    assert kiosk.state.question and kiosk.state.question.kind == RETURN_OR_RENEW
    assert kiosk.scan(FERRY) == ["returned"]


def test_an_own_book_near_its_day_is_renewed_by_the_command_card(kiosk: Kiosk) -> None:
    kiosk.desk.lend(XIAOMING.id, FERRY.id, station=ROOM, now=MORNING - 10 * DAY)
    kiosk.scan(XIAOMING)
    assert kiosk.scan("KIOSK-RENEW") == ["shown"]
    assert kiosk.scan(FERRY) == ["renewed"]


def test_a_book_on_someone_elses_card_is_returned_and_lent_after_one_question(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    assert kiosk.scan(FERRY) == ["asked"]
    assert kiosk.state.question and kiosk.state.question.kind == OTHERS_LOAN
    assert kiosk.choose("yes") == ["returned", "lent"]
    assert kiosk.open_loans() == {FERRY.id: XIAOMING.id}


def test_a_book_taken_over_from_another_is_given_back_by_two_undos(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    kiosk.choose("yes")
    assert kiosk.scan("KIOSK-UNDO") == ["undone"]
    assert kiosk.scan("KIOSK-UNDO") == ["undone"]
    assert kiosk.open_loans() == {FERRY.id: LIHUA.id}


def test_a_reader_at_the_limit_who_brings_anothers_book_has_returned_it_but_does_not_get_it(kiosk: Kiosk) -> None:
    fill_bag(kiosk.desk)
    kiosk.desk.lend(XIAOMING.id, FERRY.id, station=ROOM, now=MORNING)
    kiosk.scan(LIHUA)
    kiosk.scan(FERRY)
    assert kiosk.choose("yes") == ["returned", "refused"]
    assert FERRY.id not in kiosk.open_loans()


def test_a_question_answered_after_another_station_took_the_book_back_still_lends_it(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    kiosk.desk.take_back(FERRY.id, station=ROOM, now=kiosk.now)
    assert kiosk.choose("yes") == ["already", "lent"]


# Commands


def test_undo_walks_back_through_a_session_and_the_books_are_free(kiosk: Kiosk) -> None:
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    kiosk.scan(BEES)
    assert [kiosk.scan("KIOSK-UNDO") for _ in range(3)] == [["undone"], ["undone"], ["shown"]]
    assert kiosk.open_loans() == {}


@pytest.mark.parametrize("card", ["KIOSK-UNDO", "KIOSK-UNDO:en"])
def test_the_undo_card_read_twice_in_a_moment_undoes_one_loan(kiosk: Kiosk, card: str) -> None:
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    kiosk.scan(BEES)
    assert kiosk.scan(card) == ["undone"]
    assert kiosk.scan(card, after=0.2) == ["shown"]
    assert kiosk.open_loans() == {FERRY.id: XIAOMING.id}


def test_the_done_card_read_twice_in_a_moment_says_goodbye_twice(kiosk: Kiosk) -> None:
    kiosk.scan(XIAOMING)
    assert kiosk.scan("KIOSK-DONE") == ["finished"]
    assert kiosk.scan("KIOSK-DONE", after=0.2) == ["shown"]
    assert kiosk.state.phase == "finished"


def test_the_language_card_goes_round_and_a_named_language_is_spoken(kiosk: Kiosk) -> None:
    spoken = []
    for text in ("KIOSK-LANGUAGE", "KIOSK-LANGUAGE", "KIOSK-LANGUAGE", "KIOSK-LANGUAGE:en", "KIOSK-LANGUAGE:tlh"):
        kiosk.scan(text)
        spoken.append(kiosk.state.language)
    assert spoken == ["zh_Hant", "en", "zh_Hans", "en", "zh_Hans"]


def test_silence_finishes_the_session_in_the_ledger_and_the_book_stays_lent(kiosk: Kiosk) -> None:
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    assert kiosk.silence(SESSION - 1) == []
    assert kiosk.silence(1) == ["finished"]
    assert kiosk.rows(LedgerEntry)[-1].details == {"why": "silence"}
    assert kiosk.open_loans() == {FERRY.id: XIAOMING.id}


# The same scan again


def test_the_same_scan_of_a_card_with_books_in_the_hand_lends_them_once(kiosk: Kiosk) -> None:
    kiosk.scan(FERRY)
    kiosk.scan(BEES)
    assert kiosk.scan(XIAOMING, scan_id="card") == ["greeted", "lent", "lent"]
    first, state, entries = kiosk.outcomes, kiosk.state, kiosk.rows(LedgerEntry)
    assert kiosk.scan(XIAOMING, scan_id="card") == ["greeted", "lent", "lent"]
    assert (kiosk.outcomes, kiosk.state, kiosk.rows(LedgerEntry)) == (first, state, entries)


def test_the_same_scan_after_a_crash_does_nothing_again(kiosk: Kiosk) -> None:
    kiosk.scan(FERRY)
    kiosk.scan(XIAOMING, scan_id="card")
    first, entries = kiosk.outcomes, kiosk.rows(LedgerEntry)
    kiosk.state = kiosk.reception.restore().state
    kiosk.scan(XIAOMING, scan_id="card")
    assert (kiosk.outcomes, kiosk.rows(LedgerEntry)) == (first, entries)
    assert kiosk.state.reader == XIAOMING.id


def test_the_same_choice_twice_is_made_once(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    kiosk.choose("yes", scan_id="choice")
    first, entries = kiosk.outcomes, kiosk.rows(LedgerEntry)
    assert kiosk.choose("yes", scan_id="choice") == ["returned", "lent"]
    assert (kiosk.outcomes, kiosk.rows(LedgerEntry)) == (first, entries)


# After a crash


def essence(state: State) -> State:
    """What must survive: who stands there, since when, what is in the hand, what can be undone."""
    held = () if state.reader is not None else state.held  # in a session nothing waits for a card
    return State(reader=state.reader, opened=state.opened, held=held, deeds=state.deeds)


def test_after_a_crash_a_new_station_is_idle(kiosk: Kiosk) -> None:
    assert kiosk.reception.restore().state == State()


def test_after_a_crash_the_books_in_the_hand_are_still_waiting_for_the_card(kiosk: Kiosk) -> None:
    kiosk.scan(FERRY)
    kiosk.scan(BEES)
    kiosk.scan(PLAIN[0])
    kiosk.scan("KIOSK-UNDO")
    kiosk.state = kiosk.reception.restore().state
    assert kiosk.state.held == (FERRY.id, BEES.id)
    assert kiosk.scan(XIAOMING) == ["greeted", "lent", "lent"]


def test_after_a_crash_the_session_goes_on_and_can_be_undone(kiosk: Kiosk) -> None:
    kiosk.scan(FERRY)
    kiosk.scan(XIAOMING)
    kiosk.scan(BEES)
    kiosk.scan("KIOSK-UNDO")
    before = kiosk.state
    kiosk.state = kiosk.reception.restore().state
    assert essence(kiosk.state) == essence(before)
    assert kiosk.scan("KIOSK-UNDO") == ["undone"]
    assert kiosk.open_loans() == {}


@pytest.mark.parametrize("end", ["own card", "done", "silence"])
def test_after_a_crash_a_finished_session_stays_finished(kiosk: Kiosk, end: str) -> None:
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    {"own card": lambda: kiosk.scan(XIAOMING), "done": lambda: kiosk.scan("KIOSK-DONE")}.get(
        end, lambda: kiosk.silence(SESSION)
    )()
    assert kiosk.reception.restore().state.phase in ("idle", "finished")
    assert kiosk.reception.restore().state.deeds == ()


@pytest.mark.parametrize("end", ["KIOSK-DONE", "silence"])
def test_after_a_crash_books_let_go_of_are_not_in_the_hand_again(kiosk: Kiosk, end: str) -> None:
    kiosk.scan(FERRY)
    assert (kiosk.silence(SESSION) if end == "silence" else kiosk.scan(end)) == ["dropped"]
    assert kiosk.reception.restore().state.held == ()


def test_after_a_crash_a_return_without_a_card_can_still_be_undone(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(FERRY)
    kiosk.state = kiosk.reception.restore().state
    assert kiosk.scan("KIOSK-UNDO") == ["undone"]


def test_after_a_crash_the_last_outcome_is_shown_again(kiosk: Kiosk) -> None:
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    assert kiosk.reception.restore().outcomes == kiosk.outcomes


def test_one_stations_crash_does_not_bring_back_what_another_did(kiosk: Kiosk) -> None:
    kiosk.scan(XIAOMING)
    other = Reception(kiosk.desk, ROOM, LabelRules(), LANGUAGES)
    assert other.restore().state == State()


codes = st.sampled_from(
    [
        *(person.card for person in (XIAOMING, LIHUA, TEACHER)),
        *(thing.label for thing in (FERRY, BEES, BEES_AGAIN, *PLAIN[:3])),
        *("7007", "nonsense", ISBN_OF_FERRY, ISBN_OF_BEES),
        *("KIOSK-UNDO", "KIOSK-UNDO", "KIOSK-DONE", "KIOSK-RENEW", "KIOSK-HELP", "KIOSK-LANGUAGE"),
        *("want 1", "want 2", "want 4"),
        *("choose return", "choose renew", "choose yes", "choose no", "choose card", "choose book"),
    ]
)
pauses = st.sampled_from([0.2, 3.0, 15.0])


@pytest.fixture(scope="module")
def anywhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("anywhere")


def step(kiosk: Kiosk, code: str, pause: float, scan_id: str) -> list[str]:
    if code.startswith("want "):
        return want(kiosk, int(code.split()[1]), pause, scan_id)
    if code.startswith("choose "):
        return kiosk.choose(code.split()[1], pause, scan_id)
    return kiosk.scan(code, pause, scan_id)


@settings(max_examples=120)
@given(st.lists(st.tuples(codes, pauses), max_size=14), st.booleans())
def test_whatever_was_scanned_a_crash_loses_nothing_and_a_repeated_scan_does_nothing(
    anywhere: Path, scans: list[tuple[str, float]], lent_before: bool
) -> None:
    kiosk = Kiosk(anywhere)
    if lent_before:
        kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
        kiosk.desk.lend(XIAOMING.id, PLAIN[0].id, station=ROOM, now=MORNING - 10 * DAY)
    for number, (code, pause) in enumerate(scans):
        step(kiosk, code, pause, f"s{number}")
        state, told = kiosk.state, [each for each in kiosk.outcomes if each.verb != "shown"]
        remembered = essence(kiosk.reception.restore().state)
        live = essence(state)
        if live.reader is None:  # an idle station also remembers older returns
            remembered = replace(remembered, deeds=remembered.deeds[len(remembered.deeds) - len(live.deeds) :])
        assert remembered == live
        entries = len(kiosk.rows(LedgerEntry))
        step(kiosk, code, 0, f"s{number}")
        assert len(kiosk.rows(LedgerEntry)) == entries
        if told:
            assert (kiosk.state, list(kiosk.outcomes)) == (state, told)
    with kiosk.desk.database.reading() as connection:
        assert list(audit(connection)) == []
    kiosk.desk.database.engine.dispose()


def test_a_scan_from_an_hour_ago_that_arrives_late_is_written_with_its_own_time(kiosk: Kiosk) -> None:
    kiosk.now -= timedelta(hours=1)
    kiosk.scan(XIAOMING)
    kiosk.scan(FERRY)
    assert kiosk.rows(Loan)[0].lent_at < MORNING


# Waiting for a title


def want(kiosk: Kiosk, title: int, after: float = 5, scan_id: str = "") -> list[str]:
    """The verbs of what a wish for a title leads to."""
    kiosk.now += after * SECOND
    reply = kiosk.reception.want(kiosk.state, title, scan_id or f"wish {kiosk.now}", kiosk.now)
    kiosk.state, kiosk.outcomes = reply.state, reply.outcomes
    return [outcome.verb for outcome in reply.outcomes]


def waiting(kiosk: Kiosk) -> list[tuple[int, int | None]]:
    """(reader, copy set aside) of the open reservations."""
    return [(row.reader_id, row.copy_id) for row in kiosk.rows(Reservation) if row.ended_at is None]


@pytest.fixture
def kept(kiosk: Kiosk) -> Kiosk:
    """FERRY was returned and is set aside for LIHUA."""
    kiosk.desk.lend(TEACHER.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(LIHUA)
    assert want(kiosk, FERRY.title) == ["reserved"]
    kiosk.scan(LIHUA)
    assert kiosk.scan(FERRY) == ["returned"]
    return kiosk


def test_a_book_that_somebody_waits_for_is_refused_and_offered_to_be_reserved(kept: Kiosk) -> None:
    kept.scan(XIAOMING)
    assert kept.scan(FERRY) == ["refused"]
    assert kept.outcomes[0].has(Reason.RESERVED)
    assert kept.state.question and (kept.state.question.kind, kept.state.question.copy) == (RESERVE_IT, FERRY.id)
    assert kept.choose("yes") == ["reserved"]
    assert waiting(kept) == [(LIHUA.id, FERRY.id), (XIAOMING.id, None)]
    assert kept.state.question is None


def test_scanning_it_again_after_a_moment_reserves_it_and_a_double_read_does_not(kept: Kiosk) -> None:
    kept.scan(XIAOMING)
    kept.scan(FERRY)
    assert kept.scan(FERRY, after=0.5) == ["shown"]
    assert len(waiting(kept)) == 1
    assert kept.scan(FERRY) == ["reserved"]
    assert waiting(kept)[1] == (XIAOMING.id, None)


def test_whoever_says_no_does_not_wait(kept: Kiosk) -> None:
    kept.scan(XIAOMING)
    kept.scan(FERRY)
    assert kept.choose("no") == ["shown"]
    assert len(waiting(kept)) == 1


def test_whoever_waits_already_is_not_asked(kept: Kiosk) -> None:
    kept.scan(XIAOMING)
    kept.scan(FERRY)
    kept.choose("yes")
    assert kept.scan(FERRY) == ["refused"]
    assert kept.state.question is None


def test_whoever_it_is_kept_for_scans_it_and_has_it(kept: Kiosk) -> None:
    kept.scan(LIHUA)
    assert kept.scan(FERRY) == ["lent"]
    assert waiting(kept) == []


def test_a_book_in_the_hand_that_somebody_waits_for_is_offered_when_the_card_comes(kept: Kiosk) -> None:
    assert kept.scan(FERRY, after=15) == ["held"]
    assert kept.scan(XIAOMING) == ["greeted", "refused"]
    assert kept.choose("yes") == ["reserved"]


def test_a_question_left_open_is_gone_with_the_session(kept: Kiosk) -> None:
    kept.scan(XIAOMING)
    kept.scan(FERRY)
    assert kept.scan(XIAOMING) == ["finished"]
    assert kept.choose("yes") == ["shown"]
    assert len(waiting(kept)) == 1


def test_a_book_taken_over_from_another_goes_to_whoever_waits(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(TEACHER)
    want(kiosk, FERRY.title)
    kiosk.scan(XIAOMING)
    assert kiosk.scan(FERRY) == ["asked"]
    assert kiosk.choose("yes") == ["returned", "refused"]
    assert [each.reason for each in kiosk.outcomes[1].findings] == [Reason.RESERVED]
    assert (kiosk.open_loans(), waiting(kiosk)) == ({}, [(TEACHER.id, FERRY.id)])
    assert kiosk.state.question and kiosk.state.question.kind == RESERVE_IT


def test_whoever_waits_and_brings_the_book_from_another_has_it(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    want(kiosk, FERRY.title)
    kiosk.scan(FERRY)
    assert kiosk.choose("yes") == ["returned", "lent"]
    assert (kiosk.open_loans(), waiting(kiosk)) == ({FERRY.id: XIAOMING.id}, [])


# A wish


def test_a_wish_without_a_card_asks_for_the_card(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    assert want(kiosk, FERRY.title) == ["shown"]
    assert kiosk.outcomes[0].why == "card first"
    assert waiting(kiosk) == []


def test_a_wish_is_kept_with_the_reader_the_title_and_the_copy_that_stands_for_it(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, BEES.id, station=ROOM, now=MORNING - DAY)
    kiosk.desk.lend(TEACHER.id, BEES_AGAIN.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    assert want(kiosk, BEES.title) == ["reserved"]
    entry = kiosk.rows(LedgerEntry)[-1]
    assert (entry.verb, entry.reader_id, entry.copy_id) == ("reserved", XIAOMING.id, BEES.id)
    assert (entry.details["title"], entry.staff_id) == (BEES.title, None)
    assert kiosk.state.deeds[-1].copy == BEES.id


def test_a_wish_sent_twice_counts_once_and_is_told_the_same(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    want(kiosk, FERRY.title, scan_id="the wish")
    first, state = kiosk.outcomes, kiosk.state
    assert want(kiosk, FERRY.title, scan_id="the wish") == ["reserved"]
    assert (kiosk.outcomes, kiosk.state) == (first, state)
    assert len(kiosk.rows(Reservation)) == 1


def test_a_second_wish_for_the_same_title_says_that_it_is_reserved_already(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    want(kiosk, FERRY.title)
    assert want(kiosk, FERRY.title, after=0.3) == ["refused"]
    assert kiosk.outcomes[0].has(Reason.ALREADY_RESERVED)


def test_a_wish_for_what_is_on_the_shelf_says_so(kiosk: Kiosk) -> None:
    kiosk.scan(XIAOMING)
    assert want(kiosk, FERRY.title) == ["refused"]
    assert kiosk.outcomes[0].has(Reason.ON_THE_SHELF)


@pytest.mark.parametrize("title", [GONE.title, MISSING.title])
def test_a_wish_for_a_title_of_which_no_copy_is_left_says_so_and_is_no_unknown_code(kiosk: Kiosk, title: int) -> None:
    kiosk.scan(XIAOMING)
    for _ in range(3):
        assert want(kiosk, title) == ["refused"]
        assert kiosk.outcomes[0].has(Reason.TITLE_UNKNOWN)
    assert not kiosk.state.helped


def test_the_undo_card_takes_a_reservation_back(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    kiosk.scan(BEES)
    want(kiosk, FERRY.title)
    assert kiosk.scan("KIOSK-UNDO") == ["undone"]
    assert waiting(kiosk) == []
    assert kiosk.scan("KIOSK-UNDO") == ["undone"], "the loan before it"
    assert BEES.id not in kiosk.open_loans()


def test_after_a_crash_a_reservation_can_still_be_undone_and_does_not_hide_what_was_before(kiosk: Kiosk) -> None:
    kiosk.desk.lend(LIHUA.id, FERRY.id, station=ROOM, now=MORNING - DAY)
    kiosk.scan(XIAOMING)
    kiosk.scan(BEES)
    want(kiosk, FERRY.title)
    before, shown = kiosk.state, kiosk.outcomes
    restored = kiosk.reception.restore()
    assert essence(restored.state) == essence(before)
    assert restored.outcomes == shown
    kiosk.state = restored.state
    assert kiosk.scan("KIOSK-UNDO") == ["undone"]
    assert essence(kiosk.reception.restore().state) == essence(kiosk.state)
    assert (waiting(kiosk), list(kiosk.open_loans())) == ([], [FERRY.id, BEES.id])


# Unknown codes


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nonsense", "nonsense"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE loan; --", "'; DROP TABLE loan; --"),
        ("a\0b\x1b[2J\u202egnirts", "ab[2Jgnirts"),
        ("7" * 10_000, "7" * 80),
    ],
)
def test_an_unknown_code_is_kept_for_the_desk_and_never_in_the_ledger(kiosk: Kiosk, text: str, kept: str) -> None:
    kiosk.scan(text)
    (row,) = kiosk.rows(UnknownCode)
    assert (row.text, row.station, row.at, row.resolved_at) == (kept, ENTRANCE, kiosk.now, None)
    (entry,) = kiosk.rows(LedgerEntry)
    assert (row.entry_id, set(entry.details)) == (entry.id, {"why"})


@pytest.mark.parametrize("text", ["", "  ", "\0\0", "\ud800"])
def test_a_code_that_says_nothing_is_noted_and_not_kept(kiosk: Kiosk, text: str) -> None:
    assert kiosk.scan(text) == ["unknown"]
    assert kiosk.rows(UnknownCode) == []


def test_the_same_unknown_code_sent_twice_is_kept_once(kiosk: Kiosk) -> None:
    kiosk.scan("nonsense", scan_id="the scan")
    kiosk.scan("nonsense", scan_id="the scan")
    assert len(kiosk.rows(UnknownCode)) == 1
