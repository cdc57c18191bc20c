import itertools
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import cv2
import numpy as np
import pytest

from scanner.camera import NewestFrame, live_frames, open_capture
from scanner.camera_mode import settle
from scanner.decode import DEFAULT_FORMATS
from scanner.demo_scene import DEFAULT_TEXTS, Scene, demo_frames, texts_of
from scanner.device import Device, keep_alive
from scanner.playback import is_photograph, photograph, video_frames
from scanner.preview import Previewer
from scanner.reader import reader_of
from scanner.scan import ScannerError
from scanner.sprites import code_128
from scanner.steady import Steady
from scanner.watch import watch
from tests.scanner_helpers import Ear, code, on_desk, until, write_video

BLANK = on_desk()


class Handed:
    """A capture that hands out the pictures it is given, one by one, and ends when told."""

    def __init__(self):
        self.next, self.done, self.released = threading.Semaphore(0), Event(), Event()
        self.numbers = itertools.count()

    def read(self):
        self.next.acquire()
        if self.done.is_set():
            return False, None
        return True, np.full((2, 2, 3), next(self.numbers), np.uint8)

    def give(self, count=1):
        for _ in range(count):
            self.next.release()

    def end(self):
        self.done.set()
        self.next.release()

    def release(self):
        self.released.set()


def test_after_a_pause_the_newest_frame_comes_and_the_stale_ones_never():
    capture, times = Handed(), itertools.count()
    newest = NewestFrame(capture, clock=lambda: float(next(times)))
    capture.give(5)
    assert until(lambda: newest._frame is not None and newest._frame.at == 4.0)
    frame = newest.take(30.0)
    assert (int(frame.picture[0, 0, 0]), frame.at) == (4, 4.0)
    assert newest.take(0.01) is None
    capture.end()
    assert capture.released.wait(30.0)


def test_a_camera_that_ends_is_unplugged_and_let_go_of():
    capture = Handed()
    frames = live_frames("0", Event(), lambda _: capture)
    capture.give()
    assert next(frames).picture.shape == (2, 2, 3)
    capture.end()
    with pytest.raises(ScannerError, match="no pictures") as caught:
        next(frames)
    assert (caught.value.retry, caught.value.reason) == (True, "CAMERA_UNPLUGGED")
    assert capture.released.is_set()


def test_a_camera_that_only_falls_silent_counts_as_unplugged_too():
    capture = Handed()
    with pytest.raises(ScannerError) as caught:
        next(live_frames("0", Event(), lambda _: capture, silence=0.01))
    assert caught.value.reason == "CAMERA_UNPLUGGED"
    capture.end()


@pytest.mark.parametrize("name", ["63", "/dev/video63", "http://127.0.0.1:9/stream"])
def test_an_absent_camera_is_said_and_may_be_tried_again_and_opencv_says_nothing(name, capfd):
    with pytest.raises(ScannerError, match="no camera") as caught:
        open_capture(name)
    assert (caught.value.retry, caught.value.reason) == (True, "CAMERA_ABSENT")
    assert capfd.readouterr() == ("", "")


def test_a_camera_that_is_there_but_cannot_be_opened_is_said_to_be_busy(tmp_path):
    device = tmp_path / "video7"
    os.mkfifo(device)
    with pytest.raises(ScannerError, match="another program") as caught:
        open_capture(str(device))
    assert (caught.value.retry, caught.value.reason) == (True, "CAMERA_BUSY")


class Driver:
    """A camera's settings: what it grants of modes, what else it can, and how it refuses."""

    def __init__(self, *modes, extras=(), refuses=False, silent=False):
        self.modes, self.extras, self.refuses, self.silent = modes, dict.fromkeys(extras, 0.0), refuses, silent
        self.asked = {cv2.CAP_PROP_FOURCC: 0.0}
        self.now, self.history = modes[-1], []

    def set(self, setting, value):
        if self.refuses:
            raise cv2.error("the driver refuses")
        if setting in self.extras:
            self.extras[setting] = value
            return True
        self.asked[setting] = value
        self.history.append((setting, value))
        wish = (self.asked.get(cv2.CAP_PROP_FOURCC), self.asked.get(cv2.CAP_PROP_FRAME_WIDTH))
        for coding, width, height, rate in self.modes:
            if wish == (cv2.VideoWriter.fourcc(*coding), width):
                self.now = (coding, width, height, rate)
        return True

    def get(self, setting):
        if self.refuses:
            raise cv2.error("the driver refuses")
        coding, width, height, rate = self.now
        known = {cv2.CAP_PROP_FOURCC: float(cv2.VideoWriter.fourcc(*coding)), cv2.CAP_PROP_FPS: rate}
        known |= {cv2.CAP_PROP_FRAME_WIDTH: width, cv2.CAP_PROP_FRAME_HEIGHT: height}
        return known.get(setting, self.extras.get(setting, -1.0 if self.silent else 0.0))


FINE, SLOW, SMALL, RAW = (
    ("MJPG", 1280, 720, 30.0),
    ("YUYV", 1280, 720, 10.0),
    ("MJPG", 640, 480, 30.0),
    ("YUYV", 640, 480, 30.0),
)


@pytest.mark.parametrize(
    ("modes", "chosen"),
    [
        ((FINE, SLOW, SMALL, RAW), FINE),
        ((SLOW, SMALL, RAW), SMALL),
        ((SLOW, RAW), RAW),
        ((("YUYV", 1280, 720, 30.0), RAW), ("YUYV", 1280, 720, 30.0)),
        ((RAW,), RAW),
        ((("MJPG", 1280, 720, 0.0), RAW), ("MJPG", 1280, 720, 0.0)),
    ],
)
def test_the_best_mode_that_a_camera_grants_is_taken_and_size_is_worth_nothing_without_speed(modes, chosen):
    driver = Driver(*modes)
    mode = settle(driver)
    assert (mode.coding, mode.width, mode.height, mode.rate) == chosen == driver.now


def test_focus_and_exposure_are_left_to_the_camera_where_it_takes_the_setting():
    can = settle(Driver(FINE, extras=(cv2.CAP_PROP_AUTOFOCUS, cv2.CAP_PROP_AUTO_EXPOSURE)))
    assert can.autofocus and can.auto_exposure
    assert str(can) == "1280x720 MJPG, 30 a second, autofocus"


def test_a_setting_that_is_granted_but_not_done_does_not_count():
    cannot = settle(Driver(FINE, silent=True))
    assert not cannot.autofocus and not cannot.auto_exposure
    assert str(cannot).endswith("no autofocus")


def test_a_driver_that_refuses_everything_is_taken_as_it_is():
    assert settle(Driver(RAW, refuses=True)).width == 0


class NetworkCamera:
    """An HTTP camera on loopback that shows one picture, and can be torn off and put back on its port."""

    def __init__(self, picture, port=0):
        jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
        self.off = off = Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
                while not off.wait(0.02):
                    self.wfile.write(head + jpeg + b"\r\n")

            def log_message(self, *_):
                """Quiet."""

            def handle(self):
                try:
                    super().handle()
                except ConnectionError:
                    self.close_connection = True  # the viewer left

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        Thread(target=self.server.serve_forever, daemon=True).start()

    def tear_off(self):
        self.off.set()
        self.server.shutdown()
        self.server.server_close()


def test_a_network_camera_is_read_missed_when_it_goes_and_read_again_when_it_is_back():
    camera = NetworkCamera(on_desk(code("10000001")))
    ear, steady, stop = Ear(), Steady(), Event()
    device = Device("camera", f"http://user:secret@127.0.0.1:{camera.port}/", ear)
    attempt = lambda: watch(device, DEFAULT_FORMATS, steady, Previewer(Event()), stop)  # noqa: E731
    watcher = Thread(target=keep_alive, args=(device, attempt, stop))
    watcher.start()
    try:
        assert until(lambda: ear.texts == ["10000001"])
        camera.tear_off()
        assert until(lambda: ear.states[-1][0] == "lost")
        camera = NetworkCamera(on_desk(code("10000002")), camera.port)
        assert until(lambda: ear.texts == ["10000001", "10000002"])
    finally:
        stop.set()
        watcher.join()
        camera.tear_off()
    assert ear.states[:3] == [("starting", ""), ("ready", ""), ("lost", "CAMERA_UNPLUGGED")]
    assert ear.states[-1] == ("ready", "")
    assert "secret" not in str(ear.devices)


def test_every_frame_of_a_video_is_delivered_in_order_at_its_own_time(tmp_path):
    shades = [np.full((72, 128, 3), 10 * n, np.uint8) for n in range(20)]
    video = write_video(tmp_path / "shades.avi", shades, rate=25.0)
    frames = list(video_frames(video, Event(), hurry=True))
    assert [round(float(frame.picture.mean()) / 10) for frame in frames] == list(range(20))
    assert [frame.at for frame in frames] == pytest.approx([n / 25.0 for n in range(20)])


def test_a_video_can_be_stopped_between_two_frames(tmp_path):
    video, stop = write_video(tmp_path / "blank.avi", [BLANK] * 10), Event()
    frames = video_frames(video, stop)
    next(frames)
    stop.set()
    assert list(frames) == []


@pytest.mark.parametrize("content", [b"", b"RIFF....AVI LIST", b"a letter to the library"])
def test_a_file_that_is_no_video_is_said_and_not_tried_again(tmp_path, content, capfd):
    path = tmp_path / "broken.avi"
    path.write_bytes(content)
    with pytest.raises(ScannerError, match="neither a picture nor a video") as caught:
        list(video_frames(path, Event()))
    assert (caught.value.retry, caught.value.reason) == (False, "CAMERA_UNREADABLE")
    assert capfd.readouterr() == ("", "")


def test_a_photograph_is_known_by_what_is_in_it_not_by_its_name(tmp_path):
    path = tmp_path / "现场照片.dat"
    path.write_bytes(cv2.imencode(".jpg", BLANK)[1].tobytes())
    assert is_photograph(path)
    assert photograph(path).picture.shape == BLANK.shape
    assert not is_photograph(write_video(tmp_path / "blank.avi", [BLANK]))


def test_a_damaged_photograph_is_said_and_not_tried_again(tmp_path):
    path = tmp_path / "half.png"
    path.write_bytes(cv2.imencode(".png", BLANK)[1].tobytes()[:60])
    with pytest.raises(ScannerError) as caught:
        photograph(path)
    assert (caught.value.retry, caught.value.reason) == (False, "CAMERA_UNREADABLE")


def test_a_driver_that_fails_in_an_unforeseen_way_is_said_and_tried_again():
    ear, stop, failures = Ear(), Event(), iter([ZeroDivisionError("frame rate")])

    def attempt():
        for failure in failures:
            raise failure

    assert keep_alive(Device("camera", "0", ear), attempt, stop)
    assert ear.states == [("starting", ""), ("lost", "CAMERA_FAILED")]
    assert "ZeroDivisionError: frame rate" in ear.devices[-1]


def test_an_error_that_cannot_be_cured_ends_the_device():
    ear = Ear()

    def attempt():
        raise ScannerError("no such format", reason="CAMERA_FORMATS")

    assert not keep_alive(Device("camera", "0", ear), attempt, Event())
    assert ear.states == [("starting", ""), ("lost", "CAMERA_FORMATS")]


def scans_of(scene, seconds, rate=8):
    reader, steady, heard = reader_of(DEFAULT_FORMATS, share=float("inf")), Steady(), []
    for number in range(int(seconds * rate)):
        look = reader.look(scene.frame_at(number / rate), number / rate)
        heard += [one.text for one in steady.see(look.readings, number / rate, still=look.still)]
    return heard


@pytest.mark.parametrize("name", ["demo", "demo:LIB-000001,ABC1001,BOOK-1002", "demo:7001,8001"])
def test_one_loop_of_the_demo_lends_the_books_to_the_card_and_takes_them_back(name):
    card, *books = texts_of(name)
    scene = Scene((card, *books))
    assert scans_of(scene, scene.duration) == [card, *books, card, *books]


def test_the_demo_is_a_pure_function_of_time_that_loops():
    scene, again = Scene(), Scene()
    assert np.array_equal(scene.frame_at(3.7), again.frame_at(3.7))
    assert not np.array_equal(scene.frame_at(3.7), scene.frame_at(3.75))
    assert scene.frame_at(0.9).shape == (720, 1280, 3)
    difference = cv2.absdiff(scene.frame_at(3.7), scene.frame_at(3.7 + 7 * scene.duration))
    assert float(difference.mean()) < 12.0


def test_between_the_books_the_desk_is_empty():
    scene = Scene()
    assert scans_of(scene, 0.1) == []
    empty = cv2.absdiff(scene.frame_at(2.5), scene.frame_at(scene.duration - 1.0))
    assert float(empty.mean()) < 12.0


@pytest.mark.parametrize("name", ["demo:", "demo:20250101", "demo:,10000001", "demo:1,,2"])
def test_a_demo_without_a_card_or_a_label_is_refused_with_what_to_write(name):
    with pytest.raises(ScannerError, match="demo:CARD,LABEL") as caught:
        next(demo_frames(name, Event()))
    assert not caught.value.retry


@pytest.mark.parametrize("text", ["读者", "X" * 60])
def test_a_demo_text_that_no_code_can_show_is_refused(text):
    with pytest.raises(ScannerError, match="cannot draw"):
        code_128(text)


def test_the_defaults_of_the_demo_are_a_card_and_three_labels():
    assert texts_of("demo") == DEFAULT_TEXTS == ("20250101", "10000001", "10000002", "10000003")
