"""Notes on a reader: for the staff only, with who and when; the ledger keeps that there was one, not what it said."""

from pathlib import Path

import pytest

from kiosk import outcome, reader_notes
from kiosk.decision import Reason
from kiosk.models import LedgerEntry
from kiosk.models_desk import ReaderNote
from tests import cast
from tests.branch import CHILD, Branch
from tests.cast import LIHUA, XIAOMING

SECRET = "Parents ask for a call: 138-0000-0000"


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    return Branch(tmp_path)


def test_a_note_is_kept_with_who_wrote_it_and_when(branch: Branch) -> None:
    done = branch.note(LIHUA, SECRET, cast.ASSISTANT)
    (row,) = branch.rows(ReaderNote)
    assert (row.text, row.made_by, row.made_at, row.removed_at) == (SECRET, cast.ASSISTANT.id, done.at, None)
    assert (done.verb, done.reader_id, done.kept) == (outcome.NOTED, LIHUA.id, {"note": row.id})


def test_the_ledger_never_says_what_a_note_said(branch: Branch) -> None:
    number = branch.note(LIHUA, SECRET).kept["note"]
    branch.undo(branch.unnote(number))
    branch.unnote(number)
    said = " ".join(str(tuple(row)) for row in branch.rows(LedgerEntry))
    assert "138-0000-0000" not in said and "Parents" not in said
    assert [row.verb for row in branch.rows(LedgerEntry)] == ["noted", "unnoted", "undone", "unnoted"]


def test_notes_are_listed_newest_first_and_for_their_reader_only(branch: Branch) -> None:
    for text in ("one", "two"):
        branch.note(LIHUA, text)
    branch.note(XIAOMING, "another")
    assert (branch.notes(LIHUA), branch.notes(XIAOMING)) == (["two", "one"], ["another"])


def test_a_removed_note_is_shown_no_more_and_says_who_removed_it(branch: Branch) -> None:
    number = branch.note(LIHUA, SECRET).kept["note"]
    done = branch.unnote(number, cast.ASSISTANT)
    assert (done.verb, done.reader_id, done.staff_id) == (outcome.UNNOTED, LIHUA.id, cast.ASSISTANT.id)
    (row,) = branch.rows(ReaderNote)
    assert (branch.notes(LIHUA), row.removed_by, row.removed_at) == ([], cast.ASSISTANT.id, done.at)


def test_a_note_removed_twice_is_removed_once(branch: Branch) -> None:
    number = branch.note(LIHUA, SECRET).kept["note"]
    branch.unnote(number)
    assert branch.unnote(number, cast.ASSISTANT).verb == outcome.ALREADY
    assert branch.rows(ReaderNote)[0].removed_by == cast.LIBRARIAN.id


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_note_is_nothing_to_write(branch: Branch, text: str) -> None:
    assert branch.note(LIHUA, text).verb == outcome.ALREADY
    assert branch.rows(ReaderNote) == []


def test_a_long_note_is_cut_and_one_in_several_lines_keeps_them(branch: Branch) -> None:
    branch.note(LIHUA, "长" * 1000)
    branch.note(LIHUA, " first line\nsecond line\r\n")
    assert branch.notes(LIHUA) == ["first line\nsecond line", "长" * reader_notes.LONGEST]


def test_what_no_database_can_keep_is_left_out_of_a_note(branch: Branch) -> None:
    branch.note(LIHUA, "<b>bold</b>\x00'; DROP TABLE reader; --\ud800\x1b[2J")
    assert branch.notes(LIHUA) == ["<b>bold</b>'; DROP TABLE reader; --[2J"]


def test_a_note_on_nobody_is_refused_in_words(branch: Branch) -> None:
    assert branch.note(cast.Person(999, "", ""), SECRET).has(Reason.READER_UNKNOWN)
    assert branch.unnote(999).verb == outcome.ALREADY


def test_nobody_alone_at_a_kiosk_writes_or_removes_a_note(branch: Branch) -> None:
    number = branch.note(LIHUA, SECRET).kept["note"]
    wrote = branch.do(lambda counter: reader_notes.write(counter, LIHUA.id, "hello"), CHILD)
    removed = branch.do(lambda counter: reader_notes.remove(counter, number), CHILD)
    assert [each.has(Reason.NOT_ALLOWED) for each in (wrote, removed)] == [True, True]
    assert branch.notes(LIHUA) == [SECRET]
