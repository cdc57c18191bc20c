"""Each measurement runs, on little, and prints what it promises. The figures are not tested: a machine may be busy."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import desk, school
from bench.figures import quantile, table
from bench.school import build
from kiosk import ledger
from kiosk.database import Database

ROOT = Path(__file__).parent.parent


def printed(*arguments: str) -> str:
    """What `python -m bench …` prints."""
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300).stdout


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school with 700 loans behind it."""
    file = tmp_path_factory.mktemp("bench") / "school.sqlite"
    build(file, 700, desk.datetime.now(desk.UTC))
    return file


def test_the_desk_is_measured_against_sqlite_at_two_sizes() -> None:
    told = printed("desk", "--quick")
    assert len(re.findall(r"growth of the median from 700 to 2,000 loans: desk \d+\.\d\d", told)) == 2
    assert re.findall(r"^synchronous=(\w+)$", told, re.M) == ["NORMAL", "FULL"]


def test_the_screen_is_measured_against_an_echo() -> None:
    told = printed("screen", "--quick")
    assert re.search(r"^  ratio +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d", told, re.M)
    assert "refused" not in told


def test_a_book_out_of_the_box_is_measured_against_an_echo() -> None:
    told = printed("reconcile", "--quick")
    assert re.search(r"^  ratio +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d", told, re.M)
    assert "missing at the end: 0" in told


def test_each_kind_of_search_is_measured_against_a_bare_scan_of_the_same_column() -> None:
    told = printed("search", "--quick")
    for kind in ("one character", "full title", "2 initials", "ISBN", "author", "nothing found"):
        assert re.search(rf"^  {kind} +\d+( +\d+\.\d){{4}}( +\d+\.\d\d){{2}}$", told, re.M), kind


def test_the_preview_is_timed_at_a_client_and_on_the_screen() -> None:
    told = printed("preview", "--quick")
    assert re.search(r"^  client +10( +\d+){4}$", told, re.M)
    assert re.search(r"^  screen +10( +\d+){4}$", told, re.M)


def test_the_scanner_is_measured_with_and_without_a_barcode() -> None:
    told = printed("scanner", "--quick")
    assert "scanner / zxing-cpp = " in told
    assert "no barcode in view" in told


def test_a_school_made_for_measuring_has_a_sound_ledger(past: Path) -> None:
    with Database(f"sqlite:///{past}").reading() as connection:
        assert list(ledger.verify(connection)) == []


def test_sqlite_does_exactly_what_the_desk_does(past: Path) -> None:
    contest = desk.Contest(past, 700, "NORMAL")
    ours: list[str] = []
    desk.Pair.drawn(contest).play(contest.desk)  # the first scan of the day reads the policy
    with contest.database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(ours.append)
    desk.Pair.drawn(contest).play(contest.desk)
    theirs: list[str] = []
    contest.sqlite.set_trace_callback(theirs.append)
    contest.turn(1)
    assert [shape(each) for each in theirs] == [shape(each) for each in ours[: len(theirs)]]
    assert len(theirs) == contest.statements
    contest.close()


def shape(statement: str) -> str:
    """A statement without its values; SQLite's trace writes them in."""
    return " ".join(re.sub(r"'[^']*'|\b\d+\b", "?", statement).split())


def test_a_free_copy_has_no_twin_on_loan(past: Path) -> None:
    with Database(f"sqlite:///{past}").reading() as connection:
        out = connection.exec_driver_sql("SELECT title_id FROM loan WHERE returned_at IS NULL").scalars().all()
        free = connection.exec_driver_sql("SELECT id, title_id FROM copy").all()
    titles = {row[0]: row[1] for row in free}
    assert {titles[copy] for copy in school.free_copies(700)}.isdisjoint(out)
    assert len(out) == school.OUT


def test_quantiles_are_those_of_the_values() -> None:
    values = [float(n) for n in range(101)]
    assert [round(quantile(values, share)) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]


def test_a_table_keeps_its_columns() -> None:
    assert table([("", "p50"), ("kiosk", "1.0")]) == "         p50\n  kiosk  1.0"
