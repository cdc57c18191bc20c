import os
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cable import LONGEST, PAUSE, Lines, listen, open_port
from scanner.device import Device, keep_alive
from scanner.scan import ScannerError
from tests.scanner_helpers import Ear, until

CODES = st.lists(st.text("0123456789ABC-", min_size=1, max_size=30), min_size=1, max_size=6)


@given(CODES, st.sampled_from(["\r", "\n", "\r\n", "\t", "\0"]), st.integers(1, 9))
def test_codes_ended_by_any_usual_terminator_come_out_whole_however_the_bytes_arrive(codes, end, size):
    data = "".join(code + end for code in codes).encode()
    lines = Lines()
    heard = [code for start in range(0, len(data), size) for code in lines.feed(data[start : start + size], 0.0)]
    assert heard == codes


def test_a_code_without_a_terminator_is_ended_by_a_pause():
    lines = Lines()
    assert lines.feed(b"1000", 1.0) == [] and lines.feed(b"0001", 1.0 + PAUSE / 2) == []
    assert lines.idle(1.0 + PAUSE) == []
    assert lines.idle(1.0 + PAUSE * 2) == ["10000001"]
    assert lines.idle(9.0) == []


def test_the_next_code_ends_one_that_nothing_ended():
    lines = Lines()
    lines.feed(b"10000001", 1.0)
    assert lines.feed(b"10000002\r", 2.0) == ["10000001", "10000002"]


def test_an_over_long_code_is_refused_whole_and_the_next_is_read():
    assert Lines().feed(b"7" * (LONGEST + 1) + b"\r10000001\r", 0.0) == ["10000001"]


@given(st.binary(max_size=600))
def test_no_bytes_upset_a_line(data):
    assert all(0 < len(code) <= LONGEST for code in Lines().feed(data + b"\r", 0.0))


class Terminal:
    """A serial scanner made of a pseudo-terminal, plugged in under a name that stays the same."""

    def __init__(self, name):
        self.name = name
        self.plug_in()

    def plug_in(self):
        self.scanner, self.line = os.openpty()
        self.name.symlink_to(os.ttyname(self.line))

    def unplug(self):
        self.name.unlink()
        os.close(self.line)
        os.close(self.scanner)


@pytest.fixture
def listening(tmp_path):
    """A terminal, an ear at it, and the thread that listens."""
    terminal, ear, stop = Terminal(tmp_path / "ttyUSB0"), Ear(), Event()
    device = Device("cable", str(terminal.name), ear)
    listener = Thread(target=keep_alive, args=(device, lambda: listen(device, stop), stop))
    listener.start()
    assert until(lambda: ("ready", "") in ear.states)
    yield terminal, ear
    stop.set()
    listener.join()


def test_what_a_serial_scanner_sends_is_a_scan(listening):
    terminal, ear = listening
    os.write(terminal.scanner, b"10000001\r\nLIB-2\t10000003\0")
    assert until(lambda: len(ear.scans) == 3)
    assert ear.texts == ["10000001", "LIB-2", "10000003"]
    assert {(scan.source, scan.symbology) for scan in ear.scans} == {("cable", "")}
    os.write(terminal.scanner, b"10000004")
    assert until(lambda: len(ear.scans) == 4) and ear.texts[-1] == "10000004"


def test_an_unplugged_scanner_is_said_and_heard_again_when_it_is_back(listening):
    terminal, ear = listening
    terminal.unplug()
    assert until(lambda: ear.states[-1][0] == "lost")
    terminal.plug_in()
    assert until(lambda: ear.states[-1] == ("ready", ""))
    os.write(terminal.scanner, b"10000002\r")
    assert until(lambda: ear.scans) and ear.texts == ["10000002"]
    assert ("lost", "CABLE_UNPLUGGED") in ear.states


def test_an_absent_scanner_is_said_with_its_name():
    with pytest.raises(ScannerError, match="/dev/ttyNOWHERE") as caught:
        open_port("/dev/ttyNOWHERE")
    assert (caught.value.retry, caught.value.reason) == (True, "CABLE_ABSENT")


def test_the_speed_may_stand_behind_the_port(tmp_path):
    terminal = Terminal(tmp_path / "ttyS0")
    port = open_port(f"{terminal.name}@115200")
    assert port.baudrate == 115200
    port.close()
    terminal.unplug()


def test_a_speed_that_is_no_number_is_refused_with_what_to_write():
    with pytest.raises(ScannerError, match="COM3@9600") as caught:
        open_port("COM3@fast")
    assert not caught.value.retry
