"""The counter: what a scan and a key lead to, given whose page is open."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from kiosk import outcome
from kiosk.decision import Reason
from kiosk.models import Reader
from kiosk.outcome import Outcome
from kiosk.sitting import CARD_OR_LABEL, LENT_JUST_NOW, SHOWN, WHICH_COPY, Answer, Sitting
from tests import cast
from tests.cast import ASSISTANT, BEES, BEES_AGAIN, FERRY, LEILEI, LIBRARIAN, LIHUA, PLAIN, TEACHER, TWIN, XIAOMING
from tests.till import DESK, Till

ONE, TWO, THREE, FOUR = PLAIN[:4]


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till(tmp_path)


def done(answer: Answer) -> Outcome:
    return answer.outcomes[-1]


def verbs(answer: Answer) -> list[str]:
    return [each.verb for each in answer.outcomes]


# Cards


def test_a_card_opens_its_readers_page(till: Till) -> None:
    assert verbs(till.scan(XIAOMING)) == [outcome.GREETED]
    assert till.sitting == Sitting(XIAOMING.id)


def test_the_same_card_again_closes_it(till: Till) -> None:
    till.scan(XIAOMING)
    assert verbs(till.scan(XIAOMING)) == [outcome.FINISHED]
    assert till.sitting == Sitting()


def test_a_card_that_a_scanner_reads_twice_stays_open(till: Till) -> None:
    first = till.scan(XIAOMING)
    assert till.scan(XIAOMING, after=0.5) == first
    assert till.sitting == Sitting(XIAOMING.id)
    assert len(till.entries()) == 1


def test_a_card_that_follows_a_loan_at_once_closes_the_page_all_the_same(till: Till) -> None:
    till.scan(XIAOMING)
    till.scan(FERRY, after=0.5)
    assert verbs(till.scan(XIAOMING, after=0.5)) == [outcome.FINISHED]


def test_another_card_closes_the_one_and_opens_the_other(till: Till) -> None:
    till.scan(XIAOMING)
    assert verbs(till.scan(LIHUA)) == [outcome.FINISHED, outcome.GREETED]
    assert till.sitting == Sitting(LIHUA.id)


def test_a_lost_card_opens_its_page_and_says_what_is_wrong(till: Till) -> None:
    cast.change(till.desk.database, update(Reader).where(Reader.id == XIAOMING.id).values(card_lost_on=cast.TODAY))
    answer = till.scan(XIAOMING)
    assert done(answer).refused and done(answer).has(Reason.CARD_LOST)
    assert till.sitting == Sitting(XIAOMING.id)
    assert done(till.scan(FERRY)).has(Reason.CARD_LOST)


# Books with a reader's page open


def test_a_free_book_is_lent_to_whose_page_is_open(till: Till) -> None:
    till.scan(XIAOMING)
    lent = done(till.scan(FERRY))
    assert (lent.verb, lent.reader_id, lent.staff_id) == (outcome.LENT, XIAOMING.id, LIBRARIAN.id)
    assert till.holder(FERRY) == XIAOMING.id
    assert till.flaws() == []


def test_a_book_that_a_scanner_reads_twice_is_lent_once_and_not_asked_about(till: Till) -> None:
    till.scan(XIAOMING)
    first = till.scan(FERRY)
    assert till.scan(FERRY, after=0.5) == first
    assert [each.verb for each in till.entries()] == [outcome.GREETED, outcome.LENT]


def test_the_readers_own_book_is_taken_back(till: Till) -> None:
    till.lent(FERRY)
    till.scan(XIAOMING)
    back = done(till.scan(FERRY))
    assert (back.verb, back.reader_id) == (outcome.RETURNED, XIAOMING.id)
    assert till.holder(FERRY) is None
    assert till.sitting == Sitting(XIAOMING.id)


def test_one_key_renews_instead_what_was_taken_back(till: Till) -> None:
    till.lent(FERRY, days=10)
    till.scan(XIAOMING)
    back = done(till.scan(FERRY))
    renewed = done(till.key("renew", reader=XIAOMING.id, copy=FERRY.id, number=back.entry))
    assert renewed.verb == outcome.RENEWED
    assert till.holder(FERRY) == XIAOMING.id
    assert till.loan(FERRY).renewals == 1
    assert [each.verb for each in till.entries()][-3:] == [outcome.RETURNED, outcome.UNDONE, outcome.RENEWED]
    assert till.flaws() == []


def test_a_book_that_may_not_be_renewed_instead_stays_returned_and_says_why(till: Till) -> None:
    till.lent(FERRY, days=1)
    till.scan(XIAOMING)
    back = done(till.scan(FERRY))
    refused = done(till.key("renew", reader=XIAOMING.id, copy=FERRY.id, number=back.entry))
    assert refused.refused and refused.has(Reason.RENEW_LATER)
    assert till.holder(FERRY) is None
    renewed = done(till.key("renew", reader=XIAOMING.id, copy=FERRY.id, number=back.entry, text="reading project"))
    assert renewed.kept["override"] == "reading project"
    assert till.holder(FERRY) == XIAOMING.id
    assert till.flaws() == []


def test_a_book_lent_within_the_hour_is_asked_about_and_not_taken_back(till: Till) -> None:
    till.scan(XIAOMING)
    till.scan(FERRY)
    answer = till.scan(FERRY)
    assert answer.question and answer.question.kind == LENT_JUST_NOW
    assert till.holder(FERRY) == XIAOMING.id
    assert done(till.key("back", copy=FERRY.id)).verb == outcome.RETURNED


def test_another_readers_book_is_taken_back_and_says_whose_it_was(till: Till) -> None:
    till.lent(FERRY, reader=LIHUA)
    till.scan(XIAOMING)
    back = done(till.scan(FERRY))
    assert (back.verb, back.reader_id) == (outcome.RETURNED, LIHUA.id)
    assert till.sitting == Sitting(XIAOMING.id)


def test_taken_back_from_another_it_is_lent_on_by_one_key_or_by_scanning_it_once_more(till: Till) -> None:
    till.lent(FERRY, ONE, reader=LIHUA)
    till.scan(XIAOMING)
    till.scan(FERRY)
    assert done(till.key("lend", reader=XIAOMING.id, copy=FERRY.id)).verb == outcome.LENT
    till.scan(ONE)
    till.scan(ONE, after=0.5)  # read twice: not lent on
    assert till.holder(ONE) is None
    assert done(till.scan(ONE)).verb == outcome.LENT
    assert till.holder(ONE) == XIAOMING.id


# Books with nobody's page open


def test_with_nobodys_page_open_a_book_is_taken_back(till: Till) -> None:
    till.lent(FERRY)
    back = done(till.scan(FERRY))
    assert (back.verb, back.reader_id) == (outcome.RETURNED, XIAOMING.id)
    assert till.sitting == Sitting()


def test_a_book_that_was_in_already_is_said_and_is_no_error(till: Till) -> None:
    assert done(till.scan(FERRY)).verb == outcome.ALREADY


def test_a_return_that_a_scanner_reads_twice_still_says_that_it_was_returned(till: Till) -> None:
    till.lent(FERRY)
    first = till.scan(FERRY)
    assert till.scan(FERRY, after=0.5) == first


# Other codes


def test_the_isbn_of_a_single_copy_is_as_good_as_its_label(till: Till) -> None:
    till.scan(XIAOMING)
    assert done(till.scan(cast.ISBN_OF_FERRY)).verb == outcome.LENT


def test_the_isbn_of_several_copies_asks_which_and_does_nothing(till: Till) -> None:
    till.scan(XIAOMING)
    answer = till.scan(cast.ISBN_OF_BEES)
    assert answer.outcomes == ()
    assert answer.question and (answer.question.kind, answer.question.copies) == (WHICH_COPY, (BEES.id, BEES_AGAIN.id))
    assert done(till.key("book", copy=BEES_AGAIN.id)).verb == outcome.LENT


def test_the_isbn_of_several_copies_means_the_one_that_this_reader_has(till: Till) -> None:
    till.lent(BEES)
    till.scan(XIAOMING)
    assert done(till.scan(cast.ISBN_OF_BEES)).copy_id == BEES.id


def test_the_isbn_alone_never_takes_back_one_of_several_copies(till: Till) -> None:
    till.lent(BEES)
    assert till.scan(cast.ISBN_OF_BEES).question is not None
    assert till.holder(BEES) == XIAOMING.id


def test_a_number_that_is_a_card_and_a_label_is_asked_about(till: Till) -> None:
    answer = till.scan(TWIN)
    assert answer.question and answer.question.kind == CARD_OR_LABEL
    assert (answer.question.reader, answer.question.copies) == (LEILEI.id, (TWIN.id,))
    till.key("open", reader=LEILEI.id)
    assert done(till.key("book", copy=TWIN.id)).verb == outcome.LENT


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("NOT-OURS", "NOT-OURS"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE loan; --", "'; DROP TABLE loan; --"),
        ("AB\x1d\x00\x1bCD", "ABCD"),
        ("9" * 10_000, "9" * 80),
    ],
    ids=["nothing of ours", "markup", "SQL", "control characters", "ten thousand digits"],
)
def test_an_unknown_code_is_kept_and_the_next_scan_works(till: Till, code: str, kept: str) -> None:
    till.scan(XIAOMING)
    answer = till.scan(code)
    assert (done(answer).verb, answer.text) == (outcome.UNKNOWN, kept)
    assert till.unknown() == [kept]
    assert done(till.scan(FERRY)).verb == outcome.LENT


def test_the_command_card_for_done_closes_the_page(till: Till) -> None:
    till.scan(XIAOMING)
    assert verbs(till.scan("KIOSK-DONE")) == [outcome.FINISHED]
    assert done(till.scan("KIOSK-DONE")).why == "nothing open"


def test_the_command_card_for_renewing_makes_the_next_book_a_renewal(till: Till) -> None:
    till.lent(FERRY, ONE, days=10)
    till.scan(XIAOMING)
    assert done(till.scan("KIOSK-RENEW")).why == "scan to renew"
    assert done(till.scan(FERRY)).verb == outcome.RENEWED
    assert done(till.scan(ONE)).verb == outcome.RETURNED


def test_renewing_needs_no_card_at_the_counter(till: Till) -> None:
    till.lent(FERRY, days=10)
    till.scan("KIOSK-RENEW")
    renewed = done(till.scan(FERRY))
    assert (renewed.verb, renewed.reader_id) == (outcome.RENEWED, XIAOMING.id)


def test_the_command_card_for_undoing_takes_back_the_last_thing_this_person_did(till: Till) -> None:
    other = till.beside(ASSISTANT)
    till.scan(XIAOMING)
    till.scan(FERRY)
    other.tick(20)
    other.scan(LIHUA)
    other.scan(ONE)
    till.now = other.now
    assert done(till.scan("KIOSK-UNDO")).verb == outcome.UNDONE
    assert (till.holder(FERRY), till.holder(ONE)) == (None, LIHUA.id)
    assert done(till.scan("KIOSK-UNDO")).why == "nothing to undo"


def test_the_other_command_cards_belong_to_the_self_check(till: Till) -> None:
    answer = till.scan("KIOSK-HELP")
    assert (done(answer).verb, done(answer).why) == (SHOWN, "for the self-check")
    assert till.entries() == []


# Once


def test_the_same_scan_sent_twice_happens_once_and_tells_the_same(till: Till) -> None:
    till.scan(XIAOMING)
    first = till.scan(FERRY, "one-scan-of-a-ferry")
    till.key("back", copy=FERRY.id)
    assert till.scan(FERRY, "one-scan-of-a-ferry") == first
    assert till.holder(FERRY) is None


def test_a_card_whose_answer_was_lost_is_open_when_it_is_sent_again(till: Till) -> None:
    till.scan(XIAOMING)
    till.scan(LIHUA, "one-scan-of-a-card")
    till.sitting = Sitting(XIAOMING.id)  # the browser never heard of it
    assert verbs(till.scan(LIHUA, "one-scan-of-a-card")) == [outcome.FINISHED, outcome.GREETED]
    assert till.sitting == Sitting(LIHUA.id)


def test_the_same_key_sent_twice_happens_once(till: Till) -> None:
    till.lent(FERRY, ONE, days=10)
    first = till.key("renew_all", "one-press-of-a-key", reader=XIAOMING.id)
    assert till.key("renew_all", "one-press-of-a-key", reader=XIAOMING.id) == first
    assert (till.loan(FERRY).renewals, till.loan(ONE).renewals) == (1, 1)


def test_two_librarians_serve_two_readers_at_once(till: Till) -> None:
    other = till.beside(ASSISTANT)
    till.scan(XIAOMING)
    other.scan(LIHUA)
    till.scan(FERRY)
    other.scan(ONE)
    assert (till.holder(FERRY), till.holder(ONE)) == (XIAOMING.id, LIHUA.id)
    assert [each.staff_id for each in till.entries()] == [LIBRARIAN.id, ASSISTANT.id] * 2


# Overriding


def test_a_refusal_gives_every_reason_and_an_override_keeps_who_and_why(till: Till) -> None:
    cast.fill_bag(till.desk, LIHUA, till.now - timedelta(days=20))
    till.scan(LIHUA)
    refused = done(till.scan(cast.THEIR_CORNER))
    assert [each.reason for each in refused.findings] == [
        Reason.OTHER_CORNER,
        Reason.LIMIT_REACHED,
        Reason.KIND_LIMIT_REACHED,
        Reason.OVERDUE_AT_HOME,
    ]
    lent = done(till.key("lend", reader=LIHUA.id, copy=cast.THEIR_CORNER.id, text="reading project"))
    assert (lent.verb, lent.staff_id, lent.kept["override"]) == (outcome.LENT, LIBRARIAN.id, "reading project")
    entry = till.entries()[-1]
    assert (entry.staff_id, entry.details["override"]) == (LIBRARIAN.id, "reading project")
    assert len(entry.details["findings"]) == 4


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        ("lend", {"reader": XIAOMING.id, "copy": cast.ATLAS.id, "text": "asked"}),
        ("renew", {"reader": XIAOMING.id, "copy": FERRY.id, "text": "asked"}),
        ("due", {"copy": FERRY.id, "text": "+7"}),
        ("lost", {"copy": FERRY.id}),
    ],
)
def test_an_assistant_is_refused_what_a_librarian_may_and_the_ledger_says_so(
    till: Till, verb: str, what: dict[str, object]
) -> None:
    till.lent(FERRY, days=1)
    before = till.due(FERRY)
    till.staff = ASSISTANT
    refused = done(till.key(verb, **what))
    assert refused.refused and refused.has(Reason.NOT_ALLOWED)
    assert (till.entries()[-1].verb, till.entries()[-1].staff_id) == (outcome.REFUSED, ASSISTANT.id)
    assert (till.due(FERRY), till.holder(FERRY), till.holder(cast.ATLAS)) == (before, XIAOMING.id, None)


# The other keys


def test_a_due_date_is_changed_by_what_is_typed(till: Till) -> None:
    till.lent(FERRY)
    before = till.due(FERRY)
    changed = done(till.key("due", copy=FERRY.id, text="+7"))
    assert (changed.verb, changed.due_on) == (outcome.DUE, before + timedelta(days=7))
    assert done(till.key("due", copy=FERRY.id, text="soon")).why == "no such day"
    assert till.due(FERRY) == before + timedelta(days=7)


def test_renewing_all_says_of_each_what_came_of_it(till: Till) -> None:
    till.lent(FERRY, days=10)
    till.lent(ONE, days=1)
    answer = till.key("renew_all", reader=XIAOMING.id)
    assert verbs(answer) == [outcome.RENEWED, outcome.REFUSED]
    assert done(till.key("renew_all", reader=LIHUA.id)).why == "nothing to renew"


def test_a_book_is_lost_and_found_by_a_key(till: Till) -> None:
    till.lent(FERRY)
    assert done(till.key("lost", copy=FERRY.id)).verb == outcome.LOST
    assert till.loan(FERRY).excused
    assert done(till.key("found", copy=FERRY.id)).verb == outcome.FOUND
    assert till.flaws() == []


def test_a_book_goes_to_repair_with_what_is_wrong_and_comes_back(till: Till) -> None:
    sent = done(till.key("repair", copy=FERRY.id, text="pages loose"))
    assert (sent.verb, sent.why) == (outcome.REPAIR, "pages loose")
    assert done(till.key("mended", copy=FERRY.id)).verb == outcome.MENDED


def test_the_title_of_a_scanned_copy_is_reserved_for_whose_page_is_open(till: Till) -> None:
    till.lent(FERRY, reader=TEACHER)
    till.scan(XIAOMING)
    reserved = done(till.key("reserve", copy=FERRY.id, reader=XIAOMING.id))
    assert (reserved.verb, reserved.reader_id, reserved.kept["title"]) == (outcome.RESERVED, XIAOMING.id, FERRY.title)
    back = done(till.scan(FERRY))
    assert back.has(Reason.SET_ASIDE) and back.kept["reservation"] == reserved.kept["reservation"]


def test_a_title_waits_for_the_card_of_whom_it_is_reserved_for(till: Till) -> None:
    till.lent(FERRY, reader=TEACHER)
    assert done(till.key("reserve", title=FERRY.title)).why == "scan the card to reserve"
    assert till.sitting == Sitting(None, False, FERRY.title)
    assert verbs(till.scan(XIAOMING)) == [outcome.GREETED, outcome.RESERVED]
    assert till.sitting == Sitting(XIAOMING.id)


def test_a_reservation_is_cancelled_by_a_key(till: Till) -> None:
    till.lent(FERRY, reader=TEACHER)
    made = done(till.key("reserve", title=FERRY.title, reader=XIAOMING.id)).kept["reservation"]
    assert done(till.key("cancel", number=made)).verb == outcome.CANCELLED


def test_a_note_about_a_reader_is_written_and_removed_and_the_ledger_never_says_it(till: Till) -> None:
    note = done(till.key("note", reader=XIAOMING.id, text="pays for the lost atlas on Friday")).kept["note"]
    assert done(till.key("unnote", number=note)).verb == outcome.UNNOTED
    assert "atlas" not in str(till.entries())


def test_a_deed_of_any_station_is_undone_within_the_hour(till: Till) -> None:
    lent = till.desk.lend(XIAOMING.id, FERRY.id, station=cast.ENTRANCE, now=till.now)
    undone = done(till.key("undo", number=lent.entry))
    assert (undone.verb, undone.staff_id, till.entries()[-1].station) == (outcome.UNDONE, LIBRARIAN.id, DESK)
    assert till.holder(FERRY) is None
    till.tick(3600)
    other = till.desk.lend(XIAOMING.id, FERRY.id, station=cast.ENTRANCE, now=till.now - timedelta(minutes=61))
    assert done(till.key("undo", number=other.entry)).has(Reason.CANNOT_UNDO)
