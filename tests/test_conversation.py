"""What a self-check station does about a card, a book, a command, silence: every row of the design's table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.conversation import A_MOMENT, JUST_NOW, lapse, respond, seconds_left, settle
from kiosk.turns import (
    CARD_OR_LABEL,
    OTHERS_LOAN,
    RESERVE_IT,
    RETURN_OR_RENEW,
    BothSeen,
    CardSeen,
    Chosen,
    CommandSeen,
    CopySeen,
    Deed,
    Input,
    IsbnSeen,
    Question,
    Request,
    State,
    StrangerSeen,
    Summary,
    TitleWanted,
)

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ME, OTHER = 1, 2
BOOK, BOOK_2, BOOK_3 = 101, 102, 103
SESSION, OUTCOME = 45, 12
DONE, UNDO, RENEW, HELP = (CommandSeen(name) for name in ("DONE", "UNDO", "RENEW", "HELP"))
VERBS = {
    "lend": "lent",
    "take_back": "returned",
    "renew": "renewed",
    "greet": "greeted",
    "finish": "finished",
    "reserve": "reserved",
}


class Station:
    """A station whose desk allows everything, except what `refusing` names."""

    def __init__(self, state: State | None = None) -> None:
        self.state, self.now, self.entry, self.asked = state or State(), NOW, 0, tuple[Request, ...]()
        self.loans: dict[int, int] = {}
        self.refusing: set[str] = set()

    def hears(self, seen: Input, after: float = 5) -> list[tuple[object, ...]]:
        """What the station asks of the desk about this input, so many seconds after the one before."""
        self.now += after * SECOND
        self.state, self.asked = respond(self.state, seen, self.now)
        for request in self.asked:
            self._do(request)
        return [self.in_short(request) for request in self.asked]

    def book(self, copy: int, after: float = 5) -> list[tuple[object, ...]]:
        return self.hears(CopySeen(copy, self.loans.get(copy)), after)

    def _do(self, request: Request) -> None:
        self.entry += 1
        verb = "refused" if request.verb in self.refusing else VERBS.get(request.verb, "noted")
        if verb == "lent":
            self.loans[request.copy or 0] = request.reader or 0
        if verb == "returned":
            self.loans.pop(request.copy or 0, None)
        if request.verb == "undo":
            undone = next(deed for deed in self.state.deeds if deed.entry == request.entry)
            if undone.verb == "lent":
                self.loans.pop(undone.copy)
            if undone.verb == "returned":
                self.loans[undone.copy] = self.state.reader or OTHER
        self.state = settle(self.state, request, verb, self.entry, self.now)

    @staticmethod
    def in_short(request: Request) -> tuple[object, ...]:
        return tuple(part for part in (request.verb, request.reader, request.copy, request.entry, request.why) if part)


@pytest.fixture
def station() -> Station:
    return Station()


@pytest.fixture
def session(station: Station) -> Station:
    """A station where ME has opened a session and has BOOK at home since last week."""
    station.loans[BOOK] = ME
    station.hears(CardSeen(ME))
    return station


# The table, row by row


def test_idle_and_a_card_greets_and_opens_the_session(station: Station) -> None:
    assert station.hears(CardSeen(ME)) == [("greet", ME)]
    assert (station.state.phase, station.state.reader) == ("session", ME)


def test_idle_and_a_copy_on_loan_is_taken_back_at_once_without_a_card(station: Station) -> None:
    station.loans[BOOK] = OTHER
    assert station.book(BOOK) == [("take_back", BOOK)]
    assert station.state.phase == "idle"


def test_idle_and_a_copy_not_on_loan_is_held_in_the_hand(station: Station) -> None:
    assert station.book(BOOK) == [("hold", BOOK)]
    assert station.book(BOOK_2) == [("hold", BOOK_2)]
    assert (station.state.phase, station.state.held) == ("holding", (BOOK, BOOK_2))


def test_holding_and_a_card_lends_every_held_copy(station: Station) -> None:
    station.book(BOOK)
    station.book(BOOK_2)
    assert station.hears(CardSeen(ME)) == [("greet", ME), ("lend", ME, BOOK), ("lend", ME, BOOK_2)]
    assert (station.state.phase, station.state.held) == ("session", ())
    assert [deed.copy for deed in station.state.deeds] == [BOOK, BOOK_2]


def test_in_a_session_a_free_copy_is_lent(session: Station) -> None:
    assert session.book(BOOK_2) == [("lend", ME, BOOK_2)]


def test_in_a_session_an_own_copy_from_before_asks_return_or_renew(session: Station) -> None:
    assert session.book(BOOK) == [("ask", BOOK, RETURN_OR_RENEW)]


def test_scanning_it_again_means_return(session: Station) -> None:
    session.book(BOOK)
    assert session.book(BOOK) == [("take_back", BOOK)]
    assert session.state.question is None


@pytest.mark.parametrize(
    ("value", "request_"),
    [("return", ("take_back", BOOK)), ("renew", ("renew", ME, BOOK)), ("no", ("show", BOOK, "left alone"))],
)
def test_either_large_choice_is_carried_out(session: Station, value: str, request_: tuple[object, ...]) -> None:
    session.book(BOOK)
    assert session.hears(Chosen(value)) == [request_]
    assert session.state.question is None


@pytest.mark.parametrize("after", [0.2, 5, 40])
def test_a_copy_lent_in_this_session_is_already_yours_and_is_never_undone_by_scanning(
    session: Station, after: float
) -> None:
    session.book(BOOK_2)
    assert session.book(BOOK_2, after) == [("show", BOOK_2, "lent")]
    assert session.loans[BOOK_2] == ME


def test_a_copy_on_another_readers_loan_is_asked_about_once(session: Station) -> None:
    session.loans[BOOK_2] = OTHER
    assert session.book(BOOK_2) == [("ask", BOOK_2, OTHERS_LOAN)]
    assert session.hears(Chosen("yes")) == [("take_back", BOOK_2), ("lend", ME, BOOK_2)]
    assert session.loans[BOOK_2] == ME


def test_scanning_the_others_copy_again_means_yes(session: Station) -> None:
    session.loans[BOOK_2] = OTHER
    session.book(BOOK_2)
    assert session.book(BOOK_2) == [("take_back", BOOK_2), ("lend", ME, BOOK_2)]


def test_saying_no_leaves_the_others_loan_alone(session: Station) -> None:
    session.loans[BOOK_2] = OTHER
    session.book(BOOK_2)
    assert session.hears(Chosen("no")) == [("show", BOOK_2, "left alone")]
    assert session.loans[BOOK_2] == OTHER


@pytest.mark.parametrize(("seen", "why"), [(CardSeen(ME), "own card"), (DONE, "done")])
def test_the_own_card_again_or_the_done_command_finishes(session: Station, seen: Input, why: str) -> None:
    session.book(BOOK_2)
    assert session.hears(seen) == [("finish", ME, why)]
    assert session.state.phase == "finished"
    assert session.state.summary and session.state.summary.reader == ME
    assert [session.state.summary.count(verb) for verb in ("lent", "returned", "renewed")] == [1, 0, 0]


def test_another_readers_card_finishes_the_first_session_and_opens_the_second(session: Station) -> None:
    assert session.hears(CardSeen(OTHER)) == [("finish", ME, "next reader"), ("greet", OTHER)]
    assert (session.state.reader, session.state.deeds, session.state.summary) == (OTHER, (), None)


@pytest.mark.parametrize("phase", ["idle", "holding", "session"])
def test_an_isbn_that_can_mean_several_copies_asks_for_the_librarys_label(station: Station, phase: str) -> None:
    brought_to(station, phase)
    assert station.hears(IsbnSeen("9787530211083")) == [("isbn", "9787530211083")]
    assert station.state.phase == phase


@pytest.mark.parametrize("phase", ["idle", "holding", "session"])
def test_an_unknown_code_is_recorded_and_the_third_in_a_row_calls_for_help(station: Station, phase: str) -> None:
    brought_to(station, phase)
    for _ in range(2):
        assert station.hears(StrangerSeen("NOT_OURS")) == [("stranger", "NOT_OURS")]
        assert not station.state.helped
    assert station.hears(StrangerSeen("EMPTY")) == [("stranger", "EMPTY"), ("help", "unknown codes")]
    assert station.state.helped
    assert station.state.phase == phase
    assert station.hears(StrangerSeen("NOT_OURS")) == [("stranger", "NOT_OURS")]


def test_a_known_code_in_between_starts_the_count_of_strangers_again(session: Station) -> None:
    for _ in range(2):
        session.hears(StrangerSeen("NOT_OURS"))
    session.book(BOOK_2)
    assert session.hears(StrangerSeen("NOT_OURS")) == [("stranger", "NOT_OURS")]


def test_undo_reverses_the_last_action_and_walks_back_one_by_one(session: Station) -> None:
    session.book(BOOK_2)
    session.book(BOOK_3)
    last, first = session.state.deeds[1].entry, session.state.deeds[0].entry
    assert session.hears(UNDO) == [("undo", ME, BOOK_3, last)]
    assert session.hears(UNDO) == [("undo", ME, BOOK_2, first)]
    assert session.hears(UNDO) == [("show", "nothing to undo")]


@pytest.mark.parametrize("phase", ["idle", "holding", "session"])
def test_help_is_called_in_any_state_and_closes_nothing(station: Station, phase: str) -> None:
    brought_to(station, phase)
    assert station.hears(HELP) == [("help", "asked")]
    assert (station.state.helped, station.state.phase) == (True, phase)


def test_silence_ends_a_session_and_everything_stays_lent(session: Station) -> None:
    session.book(BOOK_2)
    assert lapse(session.state, session.now + (SESSION - 1) * SECOND, SESSION, OUTCOME) == (session.state, ())
    state, requests = lapse(session.state, session.now + SESSION * SECOND, SESSION, OUTCOME)
    assert requests == (Request("finish", reader=ME, why="silence"),)
    after = settle(state, requests[0], "finished", 9, session.now)
    assert after.phase == "finished"
    assert session.loans[BOOK_2] == ME


def brought_to(station: Station, phase: str) -> None:
    if phase == "holding":
        station.book(BOOK_3)
    if phase == "session":
        station.hears(CardSeen(ME))
    assert station.state.phase == phase


# Read twice


def test_a_card_read_twice_does_not_finish_the_session_it_opened(station: Station) -> None:
    station.hears(CardSeen(ME))
    assert station.hears(CardSeen(ME), after=0.3) == [("show", ME, "greeted")]
    assert station.state.reader == ME


@pytest.mark.parametrize("seen", [CardSeen(ME), DONE])
def test_what_finished_a_session_read_twice_does_not_open_another(session: Station, seen: Input) -> None:
    session.book(BOOK_2)
    session.hears(seen)
    goodbye = session.state
    assert session.hears(seen, after=0.3) == [("show", "finished")]
    assert session.state == goodbye


def test_the_goodbye_is_said_in_the_language_of_the_session(session: Station) -> None:
    session.hears(CommandSeen("LANGUAGE", "en"))
    session.hears(DONE)
    assert session.state.language == "en"


def test_the_same_card_a_moment_later_opens_a_new_session(session: Station) -> None:
    session.hears(CardSeen(ME))
    assert session.hears(CardSeen(ME), after=A_MOMENT.seconds) == [("greet", ME)]


def test_another_card_right_after_the_end_is_greeted_at_once(session: Station) -> None:
    session.hears(DONE)
    assert session.hears(CardSeen(OTHER), after=0.1) == [("greet", OTHER)]


def test_a_book_read_twice_when_it_is_asked_about_repeats_the_question(session: Station) -> None:
    session.book(BOOK)
    assert session.book(BOOK, after=0.3) == [("show", BOOK, RETURN_OR_RENEW)]
    assert session.state.question is not None


def test_a_book_read_twice_on_its_return_is_not_taken_out_again(station: Station) -> None:
    station.loans[BOOK] = OTHER
    station.book(BOOK)
    assert station.book(BOOK, after=0.3) == [("show", BOOK, "returned")]
    assert station.state.held == ()


def test_a_book_read_twice_on_its_return_in_a_session_is_not_lent_again(session: Station) -> None:
    session.book(BOOK)
    session.hears(Chosen("return"))
    assert session.book(BOOK, after=0.3) == [("show", BOOK, "returned")]
    assert session.book(BOOK, after=JUST_NOW.seconds) == [("lend", ME, BOOK)]


def test_a_held_book_read_twice_is_held_once(station: Station) -> None:
    station.book(BOOK)
    assert station.book(BOOK, after=0.3) == [("show", BOOK, "held")]
    assert station.state.held == (BOOK,)


def test_a_renewed_book_read_twice_is_not_asked_about_again(session: Station) -> None:
    session.book(BOOK)
    session.hears(Chosen("renew"))
    assert session.book(BOOK, after=0.3) == [("show", BOOK, "renewed")]


@pytest.mark.parametrize("undo", [UNDO, CommandSeen("UNDO", "en")])
def test_the_undo_card_read_twice_undoes_one_thing(session: Station, undo: CommandSeen) -> None:
    session.book(BOOK_2)
    session.book(BOOK_3)
    session.hears(undo)
    assert session.hears(undo, after=0.3) == [("show", "undone")]
    assert [deed.copy for deed in session.state.deeds] == [BOOK_2]


def test_undo_right_after_another_scan_is_not_taken_for_a_double_read(session: Station) -> None:
    session.book(BOOK_2)
    session.hears(UNDO)
    session.book(BOOK_3, after=0.3)
    assert session.hears(UNDO, after=0.3)[0][0] == "undo"


# Questions, and what comes instead of an answer


@pytest.mark.parametrize("seen", [CardSeen(ME), CopySeen(BOOK_3), StrangerSeen("NOT_OURS"), IsbnSeen("9"), DONE])
def test_another_scan_instead_of_an_answer_leaves_the_question_behind(session: Station, seen: Input) -> None:
    session.book(BOOK)
    session.hears(seen)
    assert session.state.question is None
    assert session.loans[BOOK] == ME


def test_undo_answers_a_question_with_never_mind(session: Station) -> None:
    session.book(BOOK_2)
    session.book(BOOK)
    assert session.hears(UNDO) == [("show", "left alone")]
    assert session.hears(UNDO, after=0.3) == [("show", "undone")]
    assert session.loans == {BOOK: ME, BOOK_2: ME}


def test_help_and_another_language_leave_the_question_open(session: Station) -> None:
    session.book(BOOK)
    session.hears(HELP)
    session.hears(CommandSeen("LANGUAGE", "en"))
    assert session.state.question and session.state.question.kind == RETURN_OR_RENEW
    assert session.state.language == "en"


def test_another_language_is_spoken_without_a_word_about_it(session: Station) -> None:
    assert session.hears(CommandSeen("LANGUAGE", "zh_Hant")) == []
    assert (session.state.language, session.state.reader) == ("zh_Hant", ME)


def test_a_choice_without_a_question_changes_nothing(session: Station) -> None:
    assert session.hears(Chosen("return")) == [("show", "nothing to choose")]
    assert session.loans[BOOK] == ME


def test_a_number_that_is_card_and_label_opens_a_chooser(station: Station) -> None:
    assert station.hears(BothSeen(OTHER, BOOK_2)) == [("ask", OTHER, BOOK_2, CARD_OR_LABEL)]
    assert station.state.question == Question(CARD_OR_LABEL, BOOK_2, station.now, OTHER)


def test_the_chooser_is_closed_by_its_answer_even_a_moment_after_the_greeting(station: Station) -> None:
    station.hears(CardSeen(ME))
    station.hears(BothSeen(ME, BOOK_2), after=0.5)
    assert station.hears(CardSeen(ME), after=0.5) == [("show", ME, "greeted")]
    assert station.state.question is None


# Renewing by command


def test_the_renew_command_then_an_own_copy_renews_it_without_a_question(session: Station) -> None:
    assert session.hears(RENEW) == [("show", "scan to renew")]
    assert session.book(BOOK) == [("renew", ME, BOOK)]
    assert not session.state.renewing


def test_the_renew_command_answers_the_question_return_or_renew(session: Station) -> None:
    session.book(BOOK)
    assert session.hears(RENEW) == [("renew", ME, BOOK)]


def test_the_renew_command_wants_a_card_first(station: Station) -> None:
    assert station.hears(RENEW) == [("show", "card first")]


def test_the_renew_command_is_forgotten_when_something_else_is_scanned(session: Station) -> None:
    session.hears(RENEW)
    assert session.book(BOOK_2) == [("lend", ME, BOOK_2)]
    assert session.book(BOOK) == [("ask", BOOK, RETURN_OR_RENEW)]


# Undo, done and silence outside a session


def test_undo_lets_go_of_the_last_held_book(station: Station) -> None:
    station.book(BOOK)
    station.book(BOOK_2)
    assert station.hears(UNDO) == [("drop", BOOK_2, "undo")]
    assert station.state.held == (BOOK,)


def test_a_return_without_a_card_can_be_undone(station: Station) -> None:
    station.loans[BOOK] = OTHER
    station.book(BOOK)
    entry = station.state.deeds[-1].entry
    assert station.hears(UNDO) == [("undo", BOOK, entry)]


def test_once_a_book_is_held_the_returns_before_it_are_somebody_elses_and_stay(station: Station) -> None:
    station.loans[BOOK] = OTHER
    station.book(BOOK)
    station.book(BOOK_2)
    assert station.hears(UNDO) == [("drop", BOOK_2, "undo")]
    assert station.hears(UNDO) == [("show", "nothing to undo")]


def test_done_lets_go_of_held_books(station: Station) -> None:
    station.book(BOOK)
    assert station.hears(DONE) == [("drop", "done")]
    assert station.state.phase == "idle"


def test_done_with_nothing_open_is_not_an_error(station: Station) -> None:
    assert station.hears(DONE) == [("show", "nothing open")]


def test_held_books_are_let_go_after_silence(station: Station) -> None:
    station.book(BOOK)
    assert lapse(station.state, station.now + SESSION * SECOND, SESSION, OUTCOME) == (
        State(),
        (Request("drop", why="silence"),),
    )


@pytest.mark.parametrize("seen", [DONE, StrangerSeen("NOT_OURS"), HELP])
def test_an_idle_screen_forgets_what_it_showed_after_a_while(station: Station, seen: Input) -> None:
    station.hears(seen)
    assert lapse(station.state, station.now + (OUTCOME - 1) * SECOND, SESSION, OUTCOME)[0] == station.state
    assert lapse(station.state, station.now + OUTCOME * SECOND, SESSION, OUTCOME) == (State(), ())


def test_a_goodbye_goes_away_by_itself(session: Station) -> None:
    session.hears(DONE)
    assert lapse(session.state, session.now + OUTCOME * SECOND, SESSION, OUTCOME) == (State(), ())


def test_an_idle_station_with_nothing_to_forget_waits_for_ever() -> None:
    assert seconds_left(State(), NOW, SESSION, OUTCOME) is None
    assert lapse(State(), NOW, SESSION, OUTCOME) == (State(), ())


def test_a_question_to_an_idle_station_waits_as_long_as_a_session(station: Station) -> None:
    station.hears(BothSeen(ME, BOOK))
    assert seconds_left(station.state, station.now, SESSION, OUTCOME) == SESSION


def test_a_clock_set_back_starts_the_countdown_again_and_ends_nothing(session: Station) -> None:
    earlier = session.now - 3600 * SECOND
    state, requests = lapse(session.state, earlier, SESSION, OUTCOME)
    assert requests == ()
    assert seconds_left(state, earlier, SESSION, OUTCOME) == SESSION


def test_every_scan_starts_the_countdown_again(session: Station) -> None:
    session.book(BOOK_2, after=SESSION - 1)
    assert seconds_left(session.state, session.now, SESSION, OUTCOME) == SESSION


# When the desk refuses


def test_a_refused_card_opens_no_session_and_the_books_stay_in_the_hand(station: Station) -> None:
    station.book(BOOK)
    station.state, (greet, *_) = respond(station.state, CardSeen(ME), station.now)
    assert settle(station.state, greet, "refused", 2, station.now).phase == "holding"


def test_a_refused_book_is_not_counted_and_cannot_be_undone(session: Station) -> None:
    session.refusing = {"lend"}
    session.book(BOOK_2)
    assert session.hears(UNDO) == [("show", "nothing to undo")]


def test_a_copy_that_was_in_already_is_nothing_to_undo(station: Station) -> None:
    state = settle(station.state, Request("take_back", BOOK), "already", 1, NOW)
    assert state.deeds == ()


# Any state, any input

moments = st.integers(0, 60).map(lambda seconds: NOW - seconds * SECOND)
people, copies = st.sampled_from([1, 2, 3]), st.sampled_from([101, 102, 103])
no_one_or = st.none() | people
inputs: st.SearchStrategy[Input] = st.one_of(
    st.builds(CardSeen, people),
    st.builds(CopySeen, copies, no_one_or),
    st.builds(BothSeen, people, copies),
    st.builds(TitleWanted, copies),
    st.builds(IsbnSeen, st.text(max_size=13)),
    st.builds(StrangerSeen, st.text(max_size=5)),
    st.builds(CommandSeen, st.sampled_from(["DONE", "UNDO", "RENEW", "HELP", "LANGUAGE"]), st.text(max_size=5)),
    st.builds(Chosen, st.sampled_from(["return", "renew", "yes", "no", "card", "book", ""])),
)
deeds = st.lists(
    st.builds(Deed, st.sampled_from(["lent", "returned", "renewed", "reserved"]), copies, st.integers(1, 9), moments),
    max_size=4,
).map(tuple)
kinds = st.sampled_from([CARD_OR_LABEL, OTHERS_LOAN, RESERVE_IT, RETURN_OR_RENEW])
states = st.builds(
    State,
    reader=no_one_or,
    opened=st.none() | moments,
    held=st.lists(copies, max_size=3, unique=True).map(tuple),
    deeds=deeds,
    question=st.none() | st.builds(Question, kinds, copies, moments, no_one_or),
    renewing=st.booleans(),
    strangers=st.integers(0, 2),
    helped=st.booleans(),
    language=st.sampled_from(["", "en"]),
    summary=st.none() | st.builds(Summary, people, deeds),
    touched=st.none() | moments,
    undid=st.none() | moments,
)


def known(state: State, seen: Input) -> tuple[set[int], set[int], set[int]]:
    """Every reader, copy and ledger entry that the station can know of."""
    asked = state.question
    readers = {state.reader, asked and asked.reader, state.summary and state.summary.reader}
    copies = {*state.held, *(deed.copy for deed in state.deeds), asked and asked.copy}
    if isinstance(seen, CardSeen | BothSeen):
        readers.add(seen.reader)
    if isinstance(seen, CopySeen | BothSeen | TitleWanted):
        copies.add(seen.copy)
    return readers - {None}, copies - {None}, {deed.entry for deed in state.deeds}  # type: ignore[return-value]


@given(states, inputs)
def test_whatever_is_heard_in_whatever_state_only_known_readers_and_books_are_asked_for(
    state: State, seen: Input
) -> None:
    after, requests = respond(state, seen, NOW)
    readers, books, entries = known(state, seen)
    assert requests or isinstance(seen, CommandSeen), "every code is answered"
    assert after.phase in ("idle", "holding", "session", "finished")
    for request in requests:
        assert request.reader is None or request.reader in readers
        assert request.copy is None or request.copy in books
        assert request.entry is None or request.entry in entries
        assert request.verb not in ("lend", "renew") or request.reader is not None or state.question


@given(states, inputs)
@example(State(held=(101,), deeds=(Deed("lent", 101, 1, NOW),)), CommandSeen("UNDO", "en"))
def test_a_code_read_twice_never_undoes_returns_or_finishes_anything(state: State, seen: Input) -> None:
    first, requests = respond(state, seen, NOW)
    loans = dict.fromkeys((101, 102, 103), seen.on_loan_to if isinstance(seen, CopySeen) else None)
    for entry, request in enumerate(requests, start=10):
        verb = VERBS.get(request.verb, "noted")
        if request.copy and verb in ("lent", "returned"):
            loans[request.copy] = request.reader if verb == "lent" else None
        first = settle(first, request, verb, entry, NOW)
    again = replace(seen, on_loan_to=loans[seen.copy]) if isinstance(seen, CopySeen) else seen
    _, repeated = respond(first, again, NOW + SECOND / 2)
    assert not {request.verb for request in repeated} & {"take_back", "lend", "undo", "finish", "greet"}


@given(states, inputs)
def test_nothing_but_the_desk_opens_closes_or_counts(state: State, seen: Input) -> None:
    after, _ = respond(state, seen, NOW)
    assert after.reader == state.reader
    assert set(after.held) <= set(state.held)
    assert after.deeds == state.deeds or state.reader is None


@given(states, st.integers(0, 100))
def test_silence_never_loses_a_session_without_telling_the_desk(state: State, seconds: int) -> None:
    after, requests = lapse(state, NOW + seconds * SECOND, SESSION, OUTCOME)
    if state.reader is not None and after != state:
        assert requests[0].verb == "finish"
    if state.reader is None and state.held and after != state:
        assert requests[0].verb == "drop"


# Waiting for a title


@pytest.fixture
def offered(station: Station) -> Station:
    """ME may not have BOOK_2, which somebody waits for, and is asked whether to wait as well."""
    station.hears(CardSeen(ME))
    station.refusing.add("lend")
    station.book(BOOK_2)
    station.refusing.clear()
    station.state = replace(station.state, question=Question(RESERVE_IT, BOOK_2, station.now))
    return station


@pytest.mark.parametrize("seen", [Chosen("yes"), CopySeen(BOOK_2)])
def test_yes_or_scanning_it_again_reserves_it(offered: Station, seen: Input) -> None:
    assert offered.hears(seen) == [("reserve", ME, BOOK_2)]
    assert offered.state.question is None


def test_a_double_read_of_a_reserved_book_only_repeats_the_question(offered: Station) -> None:
    assert offered.book(BOOK_2, after=0.5) == [("show", BOOK_2, RESERVE_IT)]
    assert offered.state.question


@pytest.mark.parametrize("value", ["no", "return", "renew", "card", ""])
def test_any_other_answer_reserves_nothing(offered: Station, value: str) -> None:
    assert offered.hears(Chosen(value)) == [("show", BOOK_2, "left alone")]


def test_another_book_leaves_the_question_behind(offered: Station) -> None:
    assert offered.book(BOOK_3) == [("lend", ME, BOOK_3)]
    assert offered.hears(Chosen("yes")) == [("show", "nothing to choose")]


def test_a_wish_in_a_session_reserves_and_can_be_undone(station: Station) -> None:
    station.hears(CardSeen(ME))
    assert station.hears(TitleWanted(BOOK)) == [("reserve", ME, BOOK)]
    entry = station.state.deeds[-1].entry
    assert station.hears(UNDO) == [("undo", ME, BOOK, entry)]
    assert station.state.deeds == ()


def test_a_wish_without_a_card_asks_for_the_card_and_keeps_what_is_in_the_hand(station: Station) -> None:
    station.book(BOOK_2)
    assert station.hears(TitleWanted(BOOK)) == [("show", BOOK, "card first")]
    assert station.state.held == (BOOK_2,)


def test_a_wish_that_is_refused_is_no_deed(station: Station) -> None:
    station.hears(CardSeen(ME))
    station.refusing.add("reserve")
    station.hears(TitleWanted(BOOK))
    assert station.state.deeds == ()


def test_reservations_are_not_counted_among_the_books_of_the_goodbye(station: Station) -> None:
    station.hears(CardSeen(ME))
    station.hears(TitleWanted(BOOK))
    station.hears(DONE)
    assert station.state.summary and [station.state.summary.count(verb) for verb in ("lent", "reserved")] == [0, 1]
