import csv
import json
import os
import signal
import subprocess
import sys
import warnings
from base64 import b64decode
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.scanner_helpers import code, on_desk, write_video

COMMAND = [sys.executable, "-m", "scanner"]
CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"
PHOTOGRAPHS = 24
GTIN = ("EAN13", "EAN8", "UPCA", "UPCE")


def run(*arguments, **options):
    """The command to its end: (exit code, objects printed, standard error)."""
    done = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def start(*arguments, stdin=subprocess.PIPE):
    pipes = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*COMMAND, *map(str, arguments)], text=True, **pipes)


def next_object(child, **wanted):
    """The next printed object that has these values."""
    for line in child.stdout:
        row = json.loads(line)
        if wanted.items() <= row.items():
            return row
    raise AssertionError(f"the scanner ended without {wanted}: {child.stderr.read()}")


def texts(rows):
    return [row["text"] for row in rows if row["type"] == "scan"]


def states(rows, device="camera"):
    return [(row["state"], row["reason"]) for row in rows if row["type"] == "device" and row["device"] == device]


@pytest.fixture
def video(tmp_path):
    """Two books, each held for a second, and an empty desk between and after."""
    blank, first, second = on_desk(), on_desk(code("10000001")), on_desk(code("9787020002207", "EAN13"))
    return write_video(tmp_path / "two books.avi", [blank] * 5 + [first] * 20 + [blank] * 5 + [second] * 20 + [blank])


def test_a_video_of_two_books_prints_two_scans_and_ends(video):
    ended, rows, errors = run("--camera", video)
    assert (ended, errors) == (0, "")
    assert states(rows) == [("starting", ""), ("ready", "")]
    assert texts(rows) == ["10000001", "9787020002207"]
    scan = rows[2]
    assert list(scan) == ["type", "id", "text", "symbology", "source", "at"]
    assert (scan["symbology"], scan["source"], len(scan["id"])) == ("CODE128", "camera", 32)
    assert scan["at"].endswith("+00:00")


def test_the_same_video_prints_the_same_codes_every_time(video):
    assert texts(run("--camera", video)[1]) == texts(run("--camera", video)[1])


def test_only_the_formats_asked_for_are_read(video):
    assert texts(run("--camera", video, "--formats", "ean13")[1]) == ["9787020002207"]


def test_a_photograph_prints_what_is_on_it_and_ends(tmp_path):
    picture = tmp_path / "照片.jpg"
    picture.write_bytes(cv2.imencode(".jpg", on_desk(code("10000001"), code("A1234567B", "Codabar")))[1].tobytes())
    ended, rows, errors = run("--camera", picture)
    assert (ended, errors, sorted(texts(rows))) == (0, "", ["10000001", "1234567"])


def test_without_a_device_it_says_how_to_name_one():
    ended, rows, errors = run()
    assert (ended, rows) == (2, [])
    assert errors.startswith("Name a device:") and errors.count("\n") == 1


def test_an_unknown_format_is_said_and_ends_the_camera(video):
    ended, rows, _ = run("--camera", video, "--formats", "AZTEC")
    assert ended == 1 and states(rows)[-1] == ("lost", "CAMERA_FORMATS")


def test_a_file_that_is_no_picture_is_said_and_the_other_camera_goes_on(video, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    ended, rows, errors = run("--camera", broken, "--camera", video)
    assert (ended, errors) == (1, "")
    assert ("lost", "CAMERA_UNREADABLE") in states(rows)
    assert texts(rows) == ["10000001", "9787020002207"]


def test_devices_that_are_absent_are_said_and_stop_no_other(tmp_path):
    pty, line = os.openpty()
    absent = ("--camera", "63", "--serial", tmp_path / "nothing", "--keyboard", tmp_path / "none")
    child = start(*absent, "--serial", os.ttyname(line))
    rows = []
    while len([row for row in rows if row["state"] == "lost"]) < 3 or not any(r["state"] == "ready" for r in rows):
        rows.append(next_object(child, type="device"))
    os.write(pty, b"10000001\r")
    assert next_object(child, type="scan")["text"] == "10000001"
    child.send_signal(signal.SIGTERM)
    _, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, "")
    assert {row["reason"] for row in rows if row["state"] == "lost"} >= {"CAMERA_ABSENT", "CABLE_ABSENT"}
    os.close(pty)
    os.close(line)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_ends_quietly(number):
    child = start("--camera", "demo")
    next_object(child, type="device", state="ready")
    child.send_signal(number)
    _, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, "")


def test_when_nobody_reads_its_lines_any_more_it_ends_quietly():
    child = start("--camera", "63")
    next_object(child, type="device", state="lost")
    child.stdout.close()
    assert child.wait(60) == 0
    assert child.stderr.read() == ""
    child.stdin.close()
    child.stderr.close()


def test_a_child_ends_when_its_parent_is_gone():
    child = start("--camera", "demo", "--child")
    next_object(child, type="device", state="ready")
    child.stdin.close()
    child.stdin = None
    _, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, "")


def test_without_being_a_child_it_outlives_its_standard_input():
    child = start("--camera", "demo", "--preview", stdin=subprocess.DEVNULL)
    assert next_object(child, type="scan")["text"] == "20250101"
    child.terminate()
    child.communicate(timeout=60)


def test_previews_come_while_wanted_and_the_scans_go_on():
    child = start("--camera", "demo:7001,8001", "--preview", "--child")
    next_object(child, type="device", state="ready")
    child.stdin.write("something else\npreview on\n")
    child.stdin.flush()
    preview = next_object(child, type="preview")
    picture = cv2.imdecode(np.frombuffer(b64decode(preview["jpeg"]), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (270, 480, 3) == (preview["height"], preview["width"], 3)
    child.stdin.write("preview off\n")
    child.stdin.flush()
    assert next_object(child, type="scan", text="8001")
    after = [json.loads(child.stdout.readline())["type"]]
    assert after == ["scan"]
    child.communicate(timeout=60)


def test_without_being_asked_no_preview_is_sent():
    child = start("--camera", "demo", "--child")
    child.stdin.write("preview off\n")
    child.stdin.flush()
    kinds = {json.loads(child.stdout.readline())["type"] for _ in range(4)}
    assert kinds == {"device", "scan"}
    child.communicate(timeout=60)


@pytest.fixture
def unreadable(tmp_path):
    """A label held for five seconds that is too blurred for anybody."""
    blurred = cv2.GaussianBlur(on_desk(code("10482913")), (0, 0), 3.5)
    return write_video(tmp_path / "blurred.avi", [on_desk()] * 10 + [blurred] * 150)


def test_a_label_seen_for_seconds_but_not_read_is_answered_with_a_hint(unreadable):
    ended, rows, _ = run("--camera", unreadable)
    assert (ended, texts(rows)) == (0, [])
    assert [row["code"] for row in rows if row["type"] == "hint"] == ["TOO_BLURRED"]


def test_boxes_light_up_before_and_after_a_code_is_read_while_the_preview_is_wanted():
    child = start("--camera", "demo:7001,8001", "--preview", "--child")
    child.stdin.write("preview on\n")
    child.stdin.flush()
    first = found = next_object(child, type="boxes")
    while not any(box["read"] for box in found["boxes"]):
        found = next_object(child, type="boxes")
    assert set(first) == {"type", "boxes"}
    for box in found["boxes"]:
        assert len(box["corners"]) == 4 and all(0 <= part <= 1 for corner in box["corners"] for part in corner)
    assert "boxes" in next_object(child, type="preview")
    child.communicate(timeout=60)


def test_the_schools_pattern_is_believed_at_once_and_a_broken_one_is_said(video):
    assert texts(run("--camera", video, "--pattern", r"1\d{7}")[1]) == ["10000001", "9787020002207"]
    ended, rows, errors = run("--camera", video, "--pattern", "(")
    assert (ended, rows) == (2, []) and "no pattern of a label" in errors and errors.count("\n") == 1


def test_pictures_are_read_from_the_command_line_and_a_bad_one_stops_no_other(tmp_path):
    good, empty, bad = tmp_path / "好.png", tmp_path / "empty.png", tmp_path / "letter.txt"
    good.write_bytes(cv2.imencode(".png", on_desk(code("10000001")))[1].tobytes())
    empty.write_bytes(cv2.imencode(".png", on_desk())[1].tobytes())
    bad.write_text("Dear library")
    ended, rows, errors = run("--file", bad, empty, tmp_path / "nothing.jpg", good)
    assert ended == 1
    assert errors.splitlines() == [
        f"{bad} is not a picture that can be read.",
        f"{empty}: no code was read.",
        f"{tmp_path / 'nothing.jpg'} is not a picture that can be read.",
    ]
    (row,) = rows
    assert list(row) == ["type", "file", "text", "symbology", "corners", "how", "sure"]
    assert (row["file"], row["text"], row["symbology"], len(row["corners"])) == (str(good), "10000001", "CODE128", 4)
    assert run("--file", good)[0] == 0


def test_the_stream_is_explained_into_a_folder(video, tmp_path):
    ended, rows, _ = run("--camera", video, "--explain-to", tmp_path / "seen")
    assert (ended, rows) == (0, [])
    assert len(list((tmp_path / "seen").glob("read-*.png"))) == 2
    capture = cv2.VideoCapture(str(tmp_path / "seen" / "explain.avi"))
    assert capture.read()[1].shape == (720, 1280, 3)


def test_a_camera_that_cannot_be_explained_is_said_in_a_sentence(tmp_path):
    ended, _, errors = run("--camera", "63", "--explain-to", tmp_path)
    assert ended == 1 and errors == "There is no camera 63.\n"


def photographs_that_plain_decoders_read():
    """The first photographs, spread over the sources, that baseline.csv says a plain decoder reads."""
    with (CORPUS / "baseline.csv").open(encoding="utf-8") as file:
        read = {row["path"] for row in csv.DictReader(file) if "1" in (row["pyzbar"], row["zxing"])}
    with (CORPUS / "manifest.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "pos" and row["path"] in read]
    by_set = {}
    for row in rows:
        by_set.setdefault((row["source"], row["set"], row["symbology"]), []).append(row)
    return [ours[0] for ours in by_set.values()][:PHOTOGRAPHS]


def matter(text, symbology):
    """What of a text must agree: GTINs as thirteen digits, no blanks or control characters."""
    text = "".join(character for character in text if character.isprintable() and character != " ")
    return text.zfill(13) if symbology in GTIN and len(text) == 12 else text


def test_real_photographs_are_read_end_to_end():
    if not CORPUS.is_dir():
        warnings.warn(f"The photographs of {CORPUS.name} are not here: real pictures were left out.", stacklevel=1)
        return
    rows = photographs_that_plain_decoders_read()
    assert len(rows) >= 20
    for row in rows:
        formats = {*GTIN, "QR", row["symbology"]} & {"CODE128", "CODE39", "CODABAR", "ITF", "QR", *GTIN}
        ended, printed, errors = run("--camera", CORPUS / row["path"], "--formats", ",".join(sorted(formats)))
        expected = {matter(text, row["symbology"]) for text in json.loads(row["expected"])}
        assert (ended, errors) == (0, "")
        assert expected & {matter(text, row["symbology"]) for text in texts(printed)}, row["path"]
