"""Sets up what the kiosk or its tests are missing on this machine, then runs them.

`prepare.py kiosk …` and `prepare.py test …` stand behind bin/kiosk and bin/test. Only the standard
library is used, because nothing else is there yet; and no word that an older Python could not read,
so that an older Python can be told so. Nothing here ever asks a question.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
WINDOWS = sys.platform == "win32"
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)  # not the one of an active environment
STAGES = (
    ("ruff check", ["ruff", "check", "."]),
    ("ruff format", ["ruff", "format", "--check", "."]),
    ("mypy", ["mypy"]),
    ("pytest", ["pytest", "-n", "2", "--dist", "loadfile"]),
)
LIBRARIES = {"libzbar0": "libzbar.so.0", "libgl1": "libGL.so.1", "libglib2.0-0": "libgthread-2.0.so.0"}


class NotReadyError(Exception):
    """What is missing and the exact command that puts it right, in one sentence."""


def main(purpose: str, arguments: list[str]) -> int:
    """Make ready for the purpose ("kiosk" or "test") and carry it out; the exit status."""
    try:
        if sys.version_info[:2] < OLDEST:
            found = ".".join(map(str, sys.version_info[:3]))
            raise NotReadyError(f"Python 3.11 or newer is needed, and {sys.executable} is {found}.")
        make_ready(purpose)
    except NotReadyError as sentence:
        say(str(sentence))
        return 1
    return run_stages(arguments) if purpose == "test" else run_kiosk(arguments)


def make_ready(purpose: str) -> None:
    """System libraries by apt, uv by pip, the locked environment by uv; each only when missing."""
    extras = wanted_extras(config_path()) if purpose == "kiosk" else []
    stamp = ROOT / ".venv" / f"ready-for-{purpose}"
    ready = environment_python().exists() and stamp.exists() and stamp.read_text() == fingerprint(extras)
    uv = "" if ready else find_uv()
    compiles = not ready and "keyboard" in extras  # its driver comes as source
    still_missing = install_packages(missing_packages(purpose, uv is None, compiles))
    if still_missing and purpose == "test":
        raise NotReadyError("The tests need all of these, so they were not started.")
    if not ready:
        sync(uv or install_uv(), purpose, extras)
        stamp.write_text(fingerprint(extras))


def config_path() -> Path:
    return Path(os.environ.get("KIOSK_CONFIG") or ROOT / "config.toml")


def wanted_extras(config: Path) -> list[str]:
    """The optional parts that this machine's configuration asks for."""
    import tomllib  # not there in the older Pythons that main() turns away

    try:
        settings = tomllib.loads(config.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return []  # the kiosk itself says what is wrong with the file, far better than we could here
    station = settings.get("station")
    wanted = {
        "keyboard": isinstance(station, dict) and bool(station.get("keyboard")),
        "postgresql": str(settings.get("database", "")).startswith("postgresql"),
    }
    return [extra for extra, is_wanted in wanted.items() if is_wanted]


def fingerprint(extras: list[str]) -> str:
    """Changes whenever the environment has to be looked at again."""
    parts = [(ROOT / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    about = [str(ROOT), BASE_PYTHON, str(sys.version_info[:2]), *extras]
    return hashlib.sha256(b"\0".join([*parts, *map(os.fsencode, about)])).hexdigest()


def environment_python() -> Path:
    return ROOT / ".venv" / ("Scripts/python.exe" if WINDOWS else "bin/python")


def missing_packages(purpose: str, needs_venv: bool, compiles: bool) -> list[str]:
    """Debian's names of what this system lacks. (On Windows the wheels bring it all, on macOS Homebrew.)"""
    if sys.platform != "linux":
        return []
    found = {package: can_load(library) for package, library in LIBRARIES.items()}
    if needs_venv:
        found["python3-venv"] = find_spec("ensurepip") is not None
    if compiles:
        include = Path(sys.base_prefix, "include", "python{}.{}".format(*sys.version_info[:2]))
        found |= {"gcc": bool(shutil.which("cc")), "python3-dev": (include / "Python.h").exists()}
    if purpose == "test":
        found["chromium"] = bool(shutil.which("chromium"))
        found["libatomic1"] = can_load("libatomic.so.1")  # Playwright's own Node.js needs it
        found["fonts-noto-cjk"] = any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))
        found["postgresql"] = any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return [package for package, is_found in found.items() if not is_found]


def can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_packages(packages: list[str]) -> bool:
    """Install by apt what is missing, if we may; else say how. True when something is still missing."""
    if not packages:
        return False
    command = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if not shutil.which("apt-get"):
        say(f"This system lacks what Debian calls {' '.join(packages)}; please install the same here.")
        return True
    became_root = rights()
    if became_root is None:
        say(f"Some system packages are missing. Please run: sudo sh -c '{command}'")
        return True
    say(f"Installing {' '.join(packages)} …")
    silent = command.replace("apt-get", "apt-get -qq").replace("&&", ">/dev/null;")  # an old list may do
    silent = f"export DEBIAN_FRONTEND=noninteractive; {silent} >/dev/null"  # what goes wrong is still said
    if run([*became_root, "sh", "-c", silent]) != 0:
        say(f"The system packages could not be installed. Please run: sudo sh -c '{command}'")
        return True
    return False


def rights() -> list[str] | None:
    """What to put before a command to run it as root without a question; None when we may not."""
    if os.geteuid() == 0:
        return []
    may = shutil.which("sudo") and run(["sudo", "-n", "true"], quiet=True) == 0
    return ["sudo", "-n"] if may else None


def find_uv() -> str | None:
    """A uv that runs: the user's own, or the one put into .uv by an earlier start."""
    candidates = [shutil.which("uv"), str(private_bin() / "uv")]
    return next((uv for uv in candidates if uv and run([uv, "--version"], quiet=True) == 0), None)


def private_bin() -> Path:
    return ROOT / ".uv" / ("Scripts" if WINDOWS else "bin")


def install_uv() -> str:
    """uv by pip in an environment of its own: the system's Python is left as it is."""
    say("Installing uv …")
    if run([BASE_PYTHON, "-m", "venv", "--clear", str(ROOT / ".uv")]) != 0:
        raise NotReadyError("Python's venv is missing. Please run: sudo apt-get install -y python3-venv")
    (ROOT / ".uv" / ".gitignore").write_text("*\n")
    pip = [str(private_bin() / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    if run([*pip, "install", "--quiet", "uv"]) != 0:
        raise NotReadyError(f"uv could not be installed. Please run: {' '.join([*pip, 'install', 'uv'])}")
    return str(private_bin() / "uv")


def sync(uv: str, purpose: str, extras: list[str]) -> None:
    """The locked environment in .venv; what the other command put there stays."""
    if (ROOT / ".venv").exists() and not environment_python().exists():
        shutil.rmtree(ROOT / ".venv")  # half made, or its Python is gone
    say("Setting up the Python environment …")
    groups = ["--group", "dev"] if purpose == "test" else ["--no-dev"]
    options = [option for extra in extras for option in ("--extra", extra)]
    command = [uv, "sync", "--locked", "--inexact", "--python", BASE_PYTHON, *groups, *options]
    if run(command) != 0:
        raise NotReadyError(f"The Python environment could not be set up. Please run: {' '.join(command)}")


def run(command: list[str], quiet: bool = False) -> int:
    """Run without standard input in the project's folder; the exit status, 127 when it cannot start."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}
    for name in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "PYTHONHOME"):
        environment.pop(name, None)
    output = subprocess.DEVNULL if quiet else sys.stderr
    try:
        return subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ).returncode
    except OSError:
        return 127


def run_kiosk(arguments: list[str]) -> int:
    """Become the kiosk. It reads the config.toml beside bin/, wherever it was started from."""
    os.environ["KIOSK_CONFIG"] = str(config_path())
    os.environ["PYTHONSAFEPATH"] = "1"  # a folder of the caller's named "kiosk" is not ours
    command = [str(environment_python()), "-m", "kiosk", *arguments]
    if WINDOWS:  # where exec would hand the prompt back at once
        return subprocess.run(command).returncode
    return os.execv(command[0], command)


def run_stages(arguments: list[str]) -> int:
    """Each check in turn until one fails; the arguments go to pytest, whose summary comes last."""
    os.environ.pop("KIOSK_CONFIG", None)  # the tests bring their own
    for name, command in STAGES:
        print(f"== {name}", flush=True)
        given = arguments if name == "pytest" else []
        code = subprocess.run(
            [str(environment_python()), "-m", *command, *given], cwd=ROOT, stdin=subprocess.DEVNULL
        ).returncode
        if code != 0:
            print(f"bin/test: {name} failed (exit status {code}).", flush=True)
            return code
    return 0


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
