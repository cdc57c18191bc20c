"""The command `python -m scanner`: devices in, one JSON object a line out."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from types import FrameType

from scanner.device import Device, keep_alive
from scanner.patterns import Patterns
from scanner.report import Report
from scanner.scan import SYMBOLOGIES, ScannerError
from scanner.steady import Steady

_TICK = 0.1  # seconds between looks at whether to end
_FAREWELL = 2.0  # seconds that a device has to let go
Run = Callable[[], bool]  # until a device's end; whether it ended well
_LIBRARIES = "apt install libzbar0 libgl1 libglib2.0-0"


class _Told(BaseException):
    """A signal said to end."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scanners named on the command line until they end or the program is told to.

    Returns 0, or 1 when a device could not be used at all, or 2 when the arguments name none.
    """
    options = _parser().parse_args(arguments)
    stop, wanted = Event(), Event()
    if options.file or options.explain or options.explain_to:
        return _at_once(options, stop)
    report = Report(sys.stdout.fileno(), stop)
    try:
        runs = list(_runs(options, report, wanted, stop))
    except ScannerError as error:
        print(error.message, file=sys.stderr)
        return 2
    if not runs:
        print("Name a device: --camera 0, --serial /dev/ttyUSB0 or --keyboard /dev/input/…", file=sys.stderr)
        return 2
    if options.child or options.preview:
        Thread(target=_listen_to_parent, args=(options.child, wanted, stop), daemon=True).start()
    return _run(runs, report, stop)


def _parser() -> argparse.ArgumentParser:
    about = "Print one JSON object a line for every scan."
    parser = argparse.ArgumentParser(prog="python -m scanner", description=about)
    add = parser.add_argument
    add("--camera", action="append", default=[], metavar="X", help="index, path, URL, video, picture or demo")
    add("--serial", action="append", default=[], metavar="PORT", help="a serial scanner, PORT or PORT@BAUD")
    add("--keyboard", action="append", default=[], metavar="DEVICE", help="a typing scanner to grab (Linux)")
    add("--formats", default="", metavar="A,B", help=f"what cameras read, of {','.join(SYMBOLOGIES)}")
    add("--pattern", action="append", default=[], metavar="REGEX", help="what the school's own labels say, whole")
    add("--file", nargs="+", default=[], metavar="PICTURE", help="print what these pictures say, and end")
    add("--explain", action="store_true", help="show what is made of the first camera's pictures, in a window")
    add("--explain-to", default="", metavar="DIR", help="the same into a folder")
    add("--preview", action="store_true", help='send pictures after a line "preview on" on standard input')
    add("--child", action="store_true", help="end when standard input ends")
    return parser


def _at_once(options: argparse.Namespace, stop: Event) -> int:
    """What prints or shows and ends, for a person at a terminal."""
    _catch_signals()
    formats = _formats(options)
    try:
        with _camera_libraries():
            from scanner.decode import DEFAULT_FORMATS
            from scanner.explain import explain
            from scanner.files import read_files
        if options.file:
            return read_files(options.file, formats or DEFAULT_FORMATS, options.pattern)
        camera = options.camera[0] if options.camera else "0"
        explain(camera, formats or DEFAULT_FORMATS, options.pattern, options.explain_to, stop)
    except ScannerError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


def _formats(options: argparse.Namespace) -> tuple[str, ...]:
    return tuple(name.strip().upper() for name in options.formats.split(",") if name.strip())


def _runs(options: argparse.Namespace, report: Report, wanted: Event, stop: Event) -> Iterator[Run]:
    """For each device a function that runs it to its end."""
    for name in options.camera:
        camera, steady = Device("camera", name, report), Steady(Patterns(options.pattern))
        yield partial(keep_alive, camera, partial(_watch, camera, _formats(options), steady, wanted, stop), stop)
    for name in options.serial:
        cable = Device("cable", name, report)
        yield partial(keep_alive, cable, partial(_listen_to_cable, cable, stop), stop)
    for name in options.keyboard:
        keyboard = Device("keyboard", name, report)
        yield partial(keep_alive, keyboard, partial(_listen_to_keyboard, keyboard, stop), stop)


def _watch(device: Device, formats: tuple[str, ...], steady: Steady, wanted: Event, stop: Event) -> None:
    # Loaded here, so that a serial scanner works on a machine without the libraries that cameras need.
    with _camera_libraries():
        from scanner.decode import DEFAULT_FORMATS
        from scanner.preview import Previewer
        from scanner.watch import watch
    watch(device, formats or DEFAULT_FORMATS, steady, Previewer(wanted), stop)


@contextmanager
def _camera_libraries() -> Iterator[None]:
    """What is imported here may be missing, which is said with what to install."""
    try:
        yield
    except ImportError as error:
        message = f"Cameras need system libraries ({error}): {_LIBRARIES}"
        raise ScannerError(message, reason="CAMERA_NEEDS_LIBRARIES") from error


def _listen_to_cable(device: Device, stop: Event) -> None:
    from scanner.cable import listen

    listen(device, stop)


def _listen_to_keyboard(device: Device, stop: Event) -> None:
    from scanner.keyboard import listen

    listen(device, stop)


def _listen_to_parent(child: bool, wanted: Event, stop: Event) -> None:
    """Obey standard input; for a child its end means that the parent is gone."""
    for line in _lines_of_standard_input():
        if line in ("preview on", "preview off"):
            (wanted.set if line == "preview on" else wanted.clear)()
    if child:
        stop.set()


def _lines_of_standard_input() -> Iterator[str]:
    # Read from the descriptor: a thread waiting inside sys.stdin would hold its lock when the program ends.
    rest = b""
    while data := os.read(0, 4096):
        *lines, rest = (rest + data).split(b"\n")
        yield from (line.decode("utf-8", errors="replace").strip() for line in lines)


def _run(runs: list[Run], report: Report, stop: Event) -> int:
    """Run every device in its own thread until all have ended, a signal comes, or nobody listens."""
    ended_well = [True] * len(runs)

    def carry(number: int) -> None:
        ended_well[number] = runs[number]()

    threads = [Thread(target=carry, args=(number,), daemon=True) for number in range(len(runs))]
    _catch_signals()
    try:
        for thread in threads:
            thread.start()
        while any(map(Thread.is_alive, threads)) and not stop.is_set() and not report.listener_left():
            time.sleep(_TICK)
    finally:
        stop.set()
        deadline = time.monotonic() + _FAREWELL
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
    return 0 if all(ended_well) else 1


def _catch_signals() -> None:
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    # An exception, for a handler that sets an Event can meet the lock of the very wait that it interrupts.
    raise _Told


if __name__ == "__main__":
    try:
        code = main()
    except _Told:
        code = 0
    sys.stderr.flush()
    # At once: a driver's thread may still be inside native code, which must not outlive Python.
    os._exit(code)
