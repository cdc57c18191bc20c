import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.scan import SOURCES, SYMBOLOGIES, Scan, ScannerError

MORNING = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)


@given(text=st.text(), symbology=st.sampled_from(("", *SYMBOLOGIES)), source=st.sampled_from(SOURCES))
def test_a_scan_survives_its_line_of_json_whatever_the_code_says(text, symbology, source):
    scan = Scan.new(text, symbology, source, MORNING)
    line = scan.to_json()
    assert "\n" not in line and line.isascii()
    assert Scan.from_json(line) == scan


def test_a_scan_says_when_in_utc_to_the_microsecond():
    beijing = MORNING.astimezone(timezone(timedelta(hours=8)))
    assert '"at": "2026-11-22T08:00:00.123456+00:00"' in Scan.new("1", "", "cable", beijing).to_json()


def test_every_scan_has_an_id_of_its_own():
    assert Scan.new("1", "", "cable", MORNING).id != Scan.new("1", "", "cable", MORNING).id


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "null",
        "[]",
        '"scan"',
        '{"type":"device"}',
        '{"type":"scan"}',
        '{"type":"scan","id":"a","text":5,"symbology":"","source":"cable","at":"2026-11-22T08:00:00+00:00"}',
        '{"type":"scan","id":"a","text":"5","symbology":"","source":"cable","at":"2026-11-22T08:00:00"}',
        '{"type":"scan","id":"a","text":"5","symbology":"","source":"cable","at":"yesterday"}',
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_scan_is_a_scanner_error(line):
    with pytest.raises(ScannerError, match="not a scan"):
        Scan.from_json(line)


@given(st.text())
def test_no_line_at_all_raises_anything_but_a_scanner_error(line):
    with pytest.raises(ScannerError):
        Scan.from_json(line)


def test_an_error_says_whether_to_try_again():
    error = ScannerError("There is no camera 0.", retry=True, reason="CAMERA_ABSENT")
    assert (error.message, error.retry, error.reason) == ("There is no camera 0.", True, "CAMERA_ABSENT")
    assert str(error) == "There is no camera 0."


def test_the_web_may_import_the_scan_without_the_libraries_of_cameras():
    program = "import sys, scanner.scan; print({'cv2', 'zxingcpp', 'pyzbar', 'serial', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
