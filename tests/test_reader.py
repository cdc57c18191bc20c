import numpy as np
import pytest

from bench.drawing import Print
from bench.scenes import RATE, Clip
from scanner.decode import DEFAULT_FORMATS
from scanner.locate import Box
from scanner.marks import marks
from scanner.patterns import Patterns
from scanner.reader import BURST, SHARE, Reader, reader_of
from scanner.scan import ScannerError
from scanner.steady import Steady
from tests.scanner_helpers import code, on_desk, reading

BOX = Box((650.0, 330.0), 0.0, 100.0, 60.0, 1000.0)
DESK, HELD = on_desk(), on_desk(code("10000001"))
FRAME = 1 / 30


class Cpu:
    """A clock of CPU seconds that only the stages below turn."""

    def __init__(self):
        self.spent = 0.0

    def __call__(self):
        return self.spent


class Pretended:
    """Stages that cost what they are told to, find what they are told to, and remember that they were asked."""

    def __init__(self, cpu, cost=0.0, boxes=(BOX,), **readings):
        self.cpu, self.cost, self.found, self.readings, self.asked = cpu, cost, boxes, readings, []
        self.heavy = (self.stage("first"), self.stage("second"))

    def stage(self, name):
        def look(*_):
            self.cpu.spent += self.cost
            self.asked.append(name)
            return self.readings.get(name, ())

        return look

    def boxes(self, gray):
        self.cpu.spent += self.cost
        self.asked.append("boxes")
        return self.found

    def quick(self, gray, boxes):
        return self.stage("quick")()

    def whole(self, gray):
        return self.stage("whole")()


def shaken(number):
    """A desk on which something always moves."""
    picture = DESK.copy()
    picture[200:400, 100 + 13 * (number % 40) : 400 + 13 * (number % 40)] = 40
    return picture


def looks(reader, frames, start=0.0):
    return [reader.look(frame, start + number * FRAME) for number, frame in enumerate(frames)]


def test_a_still_desk_is_hardly_ever_looked_at():
    stages = Pretended(Cpu(), boxes=())
    reader = Reader(stages, clock=stages.cpu)
    looks(reader, [DESK] * 30)
    stages.asked.clear()
    seen = looks(reader, [DESK] * 150, start=1.0)
    assert 3 <= len(stages.asked) <= 12
    assert set(stages.asked) <= {"boxes", "whole"}
    assert all(look.still for look in seen)


def test_what_is_moved_is_looked_at_on_every_frame():
    stages = Pretended(Cpu())
    seen = looks(Reader(stages, clock=stages.cpu), [shaken(n) for n in range(40)])
    assert all(look.boxes == (BOX,) and not look.still for look in seen[1:])


@pytest.mark.parametrize("cost", [0.003, 0.2])
def test_however_dear_the_stages_are_no_more_than_the_share_is_spent(cost):
    stages = Pretended(Cpu(), cost)
    looks(Reader(stages, clock=stages.cpu), [shaken(n) for n in range(150)])
    assert stages.cpu.spent <= SHARE * 5 + BURST + 2 * cost


def test_a_frame_that_cannot_be_paid_is_let_go_and_a_newer_one_is_looked_at():
    stages = Pretended(Cpu(), cost=0.05)
    seen = looks(Reader(stages, clock=stages.cpu), [shaken(n) for n in range(90)])
    assert [bool(look.stages) for look in seen].count(False) > 30
    assert any(look.stages for look in seen[-30:])


def test_every_stage_has_its_turn_on_what_stays_unread():
    stages = Pretended(Cpu(), cost=0.002)
    looks(Reader(stages, clock=stages.cpu), [shaken(n) for n in range(120)])
    assert {"boxes", "quick", "whole", "first", "second"} <= set(stages.asked)


def test_a_dear_stage_runs_as_much_more_seldom():
    stages = Pretended(Cpu(), cost=0.001)
    cheap = stages.heavy[0]

    def dear(*given):
        stages.cpu.spent += 0.03
        return cheap(*given)

    stages.heavy = (dear, stages.heavy[1])
    looks(Reader(stages, clock=stages.cpu), [shaken(n) for n in range(300)])
    assert 0 < stages.asked.count("first") * 5 < stages.asked.count("second")


def test_where_looking_alone_costs_all_there_is_frames_are_let_go_to_save_up_for_the_other_stages():
    stages = Pretended(Cpu(), cost=0.025)
    looks(Reader(stages, clock=stages.cpu), [shaken(n) for n in range(240)])
    assert {"first", "second", "whole"} <= set(stages.asked)


def test_a_thing_brought_and_held_still_is_looked_at_by_every_stage_though_nothing_moves_any_more():
    stages = Pretended(Cpu(), cost=0.01)
    reader = Reader(stages, clock=stages.cpu)
    looks(reader, [DESK] * 30)
    stages.asked.clear()
    looks(reader, [HELD] * 110, start=1.0)
    assert {"first", "second", "whole"} <= set(stages.asked)


def test_a_stage_that_read_something_is_asked_again_on_the_next_frame():
    stages = Pretended(Cpu(), cost=0.001, second=(reading(),))
    looks(Reader(stages, clock=stages.cpu), [shaken(n) for n in range(60)])
    first = stages.asked.index("second")
    assert stages.asked[first:].count("second") >= 20


def test_boxes_are_told_before_they_are_read():
    stages = Pretended(Cpu(), quick=(reading(),))
    told = []
    look = Reader(stages, clock=stages.cpu).look(HELD, 0.0, lambda boxes: told.append((boxes, list(stages.asked))))
    assert told == [((BOX,), ["boxes"])]
    assert look.readings == (reading(),) and "quick" in look.stages


def test_what_was_read_in_its_box_is_not_told_twice_by_a_later_stage():
    both = {"quick": (reading(),), "whole": (reading(),)}
    stages = Pretended(Cpu(), **both)
    assert Reader(stages, clock=stages.cpu).look(HELD, 0.0).readings == (reading(),)


def test_with_an_endless_share_the_same_frames_give_the_same_looks():
    clip = [shot.picture for shot in Clip(0, "poor", frames=16).shots()]
    first, second = (looks(reader_of(DEFAULT_FORMATS, share=float("inf")), clip) for _ in range(2))
    assert [(look.readings, look.boxes, look.stages) for look in first] == [
        (look.readings, look.boxes, look.stages) for look in second
    ]


def test_a_picture_that_is_none_is_said():
    with pytest.raises(ScannerError, match="not a picture"):
        reader_of(DEFAULT_FORMATS).look(np.zeros((90, 160, 2), np.uint8), 0.0)


PRINTS = [
    Print("10482913", "CODE128", 0.5, 12.0),
    Print("31117013206375", "CODABAR", 0.29, 12.0),
    Print("9787020002207", "EAN13", 0.35, 14.0),
]


@pytest.mark.parametrize("printed", PRINTS, ids=lambda printed: printed.symbology)
def test_a_label_moved_into_view_and_held_at_an_angle_is_one_scan_and_no_other(printed):
    patterns = (r"1\d{7}",)
    reader, steady = reader_of(DEFAULT_FORMATS, patterns, share=float("inf")), Steady(Patterns(patterns))
    counted = []
    for number, shot in enumerate(Clip(5, "good", printed, frames=36).shots()):
        look = reader.look(shot.picture, number / RATE)
        counted += [one.text for one in steady.see(look.readings, number / RATE, still=look.still)]
    assert counted == [printed.text]


def test_a_small_label_among_print_is_found_by_the_closer_look():
    reader, read = reader_of(DEFAULT_FORMATS, share=float("inf")), set()
    for number, shot in enumerate(Clip(111, "typical", frames=40).shots()):
        read |= {one.text for one in reader.look(shot.picture, number / RATE).readings}
    assert read == {Clip(111, "typical", frames=1).code.text}


def test_marks_are_parts_of_the_picture_the_read_ones_first_and_each_place_once():
    near, far = reading(x=600, y=300, width=100, height=60), reading(x=0, y=0, width=1280, height=720)
    assert [mark.read for mark in marks([BOX], [near], (720, 1280, 3))] == [True]
    assert [mark.read for mark in marks([BOX], [reading(x=10, y=600, width=50)], (720, 1280, 3))] == [True, False]
    assert marks([], [far], (720, 1280))[0].to_row() == {"corners": [[0, 0], [1, 0], [1, 1], [0, 1]], "read": True}
