"""PURE. What a station is doing: (state, input, now) -> (state, requests); then (state, request, outcome) -> state.

1. Nothing needs confirming on the happy path: every request is carried out by the desk at once.
2. A code read twice never undoes, returns or finishes anything: the same code within a moment is a repeat.
3. A request changes the state only through `settle`, after the desk has said what came of it.

                    card                     copy, free          copy on loan
    idle            greet                    hold                take back
    holding         greet, lend all held     hold                take back
    session         own: finish              lend                own: lent just now -> already; else ask return/renew
                    other: finish, greet                         other's: ask, then take back and lend
"""

from dataclasses import replace
from datetime import datetime, timedelta

from kiosk.turns import (
    CARD_OR_LABEL,
    OTHERS_LOAN,
    RESERVE_IT,
    RETURN_OR_RENEW,
    Answer,
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
    seconds_left,
)

A_MOMENT = timedelta(seconds=2)  # a scanner's double read, or a child's second press
JUST_NOW = timedelta(seconds=10)  # a copy that just came back is not at once taken out again
STRANGERS_BEFORE_HELP = 3


def respond(state: State, seen: Input, now: datetime) -> Answer:
    """What the station does about one input."""
    if _is_repeat(state, seen, now):
        return state, (Request("show", why="finished"),)
    quiet = replace(state, touched=now, summary=None)
    if not isinstance(seen, StrangerSeen):
        quiet = replace(quiet, strangers=0)
    if not _is_command(seen, "UNDO"):
        quiet = replace(quiet, undid=None)
    match seen:
        case CardSeen(reader):
            return _card(quiet, reader, now)
        case CopySeen():
            return _copy(quiet, seen, now)
        case BothSeen(reader, copy):
            return _ask(quiet, Question(CARD_OR_LABEL, copy, now, reader))
        case IsbnSeen(isbn):
            return _unasked(quiet), (Request("isbn", why=isbn),)
        case StrangerSeen():
            return _stranger(quiet, seen)
        case TitleWanted(copy):
            return _wanted(quiet, copy)
        case CommandSeen():
            return _command(quiet, seen, now)
        case Chosen(value):
            return _chosen(quiet, value)


def lapse(state: State, now: datetime, session_seconds: float, outcome_seconds: float) -> Answer:
    """What silence does: a session is finished, an idle screen forgets what it showed. Otherwise nothing."""
    if state.touched and now < state.touched:
        return replace(state, touched=now), ()  # the clock was set back
    left = seconds_left(state, now, session_seconds, outcome_seconds)
    if left is None or left > 0:
        return state, ()
    if state.reader is not None:
        return state, (Request("finish", reader=state.reader, why="silence"),)
    if state.held:
        return State(), (Request("drop", why="silence"),)
    return State(), ()


def settle(state: State, request: Request, verb: str, entry: int, now: datetime) -> State:
    """The state after the desk carried out a request; `verb` says what came of it ("refused" changes nothing)."""
    if verb == "refused":
        return state
    match request.verb:
        case "greet":
            return replace(state, reader=request.reader, opened=now, deeds=(), question=None, summary=None)
        case "finish":
            assert request.reader is not None
            return State(summary=Summary(request.reader, state.deeds), touched=now, language=state.language)
        case "hold":
            assert request.copy is not None
            return replace(state, held=(*state.held, request.copy), deeds=())
        case "undo":
            return replace(state, undid=now, deeds=tuple(each for each in state.deeds if each.entry != request.entry))
        case "lend" | "take_back" | "renew" | "reserve" if request.copy is not None and verb != "already":
            held = tuple(copy for copy in state.held if copy != request.copy)
            return replace(state, held=held, deeds=(*state.deeds, Deed(verb, request.copy, entry, now)))
    return state


def _is_repeat(state: State, seen: Input, now: datetime) -> bool:
    """Whether the code that finished the last session was read twice; it must not open the next one."""
    if state.summary is None or state.touched is None or now - state.touched >= A_MOMENT:
        return False
    return seen == CardSeen(state.summary.reader) or _is_command(seen, "DONE")


def _is_command(seen: Input, name: str) -> bool:
    return isinstance(seen, CommandSeen) and seen.name == name


def _card(state: State, reader: int, now: datetime) -> Answer:
    if state.reader is None:
        lends = tuple(Request("lend", copy, reader) for copy in state.held)
        return _unasked(state), (Request("greet", reader=reader), *lends)
    if state.reader != reader:
        finish, greet = (
            Request("finish", reader=state.reader, why="next reader"),
            Request("greet", reader=reader),
        )
        return _unasked(state), (finish, greet)
    if state.opened and now - state.opened < A_MOMENT:
        return _unasked(state), (Request("show", reader=reader, why="greeted"),)
    return _unasked(state), (Request("finish", reader=reader, why="own card"),)


def _copy(state: State, seen: CopySeen, now: datetime) -> Answer:
    copy = seen.copy
    if state.question and state.question.copy == copy and state.question.kind != CARD_OR_LABEL:
        return _asked_again(state, state.question, now)
    renewing, state = state.renewing, _unasked(state)
    if seen.on_loan_to is None:
        return _free_copy(state, copy, now)
    if state.reader is None:
        return state, (Request("take_back", copy),)
    if seen.on_loan_to != state.reader:
        return _ask(state, Question(OTHERS_LOAN, copy, now))
    if renewing:
        return state, (Request("renew", copy, state.reader),)
    last = next((deed for deed in reversed(state.deeds) if deed.copy == copy), None)
    if last and (last.verb == "lent" or now - last.at < JUST_NOW):
        return state, (Request("show", copy, why=last.verb),)
    return _ask(state, Question(RETURN_OR_RENEW, copy, now))


def _free_copy(state: State, copy: int, now: datetime) -> Answer:
    if any(deed.copy == copy and deed.verb == "returned" and now - deed.at < JUST_NOW for deed in state.deeds):
        return state, (Request("show", copy, why="returned"),)
    if state.reader is not None:
        return state, (Request("lend", copy, state.reader),)
    if copy in state.held:
        return state, (Request("show", copy, why="held"),)
    return state, (Request("hold", copy),)


def _ask(state: State, question: Question) -> Answer:
    return replace(state, question=question, renewing=False), (
        Request("ask", question.copy, question.reader, why=question.kind),
    )


def _asked_again(state: State, question: Question, now: datetime) -> Answer:
    """A double read repeats the question; a second scan after a moment is the first choice."""
    if now - question.at < A_MOMENT:
        return state, (Request("show", question.copy, why=question.kind),)
    return _chosen(state, "return" if question.kind == RETURN_OR_RENEW else "yes")


def _chosen(state: State, value: str) -> Answer:
    question, state = state.question, _unasked(state)
    if question is None:
        return state, (Request("show", why="nothing to choose"),)
    copy, reader = question.copy, state.reader
    answers = {
        (RETURN_OR_RENEW, "return"): (Request("take_back", copy),),
        (RETURN_OR_RENEW, "renew"): (Request("renew", copy, reader),),
        (OTHERS_LOAN, "yes"): (Request("take_back", copy), Request("lend", copy, reader)),
        (RESERVE_IT, "yes"): (Request("reserve", copy, reader),),
    }
    return state, answers.get((question.kind, value), (Request("show", copy, why="left alone"),))


def _wanted(state: State, copy: int) -> Answer:
    if state.reader is None:
        return state, (Request("show", copy, why="card first"),)
    return _unasked(state), (Request("reserve", copy, state.reader),)


def _stranger(state: State, seen: StrangerSeen) -> Answer:
    state = replace(_unasked(state), strangers=state.strangers + 1)
    stranger = Request("stranger", why=seen.why, text=seen.text)
    if state.strangers < STRANGERS_BEFORE_HELP:
        return state, (stranger,)
    return replace(state, strangers=0, helped=True), (stranger, Request("help", why="unknown codes"))


def _command(state: State, seen: CommandSeen, now: datetime) -> Answer:
    match seen.name:
        case "DONE":
            return _done(state)
        case "UNDO":
            return _undo(state, now)
        case "RENEW":
            return _renew(state)
        case "HELP":
            return replace(state, helped=True), (Request("help", why="asked"),)
        case _:
            return replace(state, language=seen.argument), ()


def _done(state: State) -> Answer:
    if state.reader is not None:
        return _unasked(state), (Request("finish", reader=state.reader, why="done"),)
    if state.held:
        return replace(_unasked(state), held=()), (Request("drop", why="done"),)
    return State(language=state.language), (Request("show", why="nothing open"),)


def _undo(state: State, now: datetime) -> Answer:
    if state.undid and now - state.undid < A_MOMENT:
        return state, (Request("show", why="undone"),)
    if state.question:
        return replace(_unasked(state), undid=now), (Request("show", why="left alone"),)
    if state.reader is None and state.held:
        return replace(state, held=state.held[:-1], undid=now), (Request("drop", state.held[-1], why="undo"),)
    if not state.deeds:
        return state, (Request("show", why="nothing to undo"),)
    last = state.deeds[-1]
    return state, (Request("undo", last.copy, state.reader, last.entry),)


def _renew(state: State) -> Answer:
    if state.question and state.question.kind == RETURN_OR_RENEW:
        return _chosen(state, "renew")
    if state.reader is None:
        return state, (Request("show", why="card first"),)
    return replace(_unasked(state), renewing=True), (Request("show", why="scan to renew"),)


def _unasked(state: State) -> State:
    return replace(state, question=None, renewing=False)
