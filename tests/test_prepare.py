"""What bin/kiosk and bin/test do, and say, on a machine that lacks something."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """bin/prepare.py at work on an empty project in which every command succeeds and is written down."""
    spec = importlib.util.spec_from_file_location("prepare", ROOT / "bin" / "prepare.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("uv.lock", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "missing_packages", lambda *_: [])
    monkeypatch.setattr(module, "find_uv", lambda: "uv")
    monkeypatch.setattr(module, "config_path", lambda: tmp_path / "config.toml")
    module.ran = []  # type: ignore[attr-defined]
    monkeypatch.setattr(module, "run", runs(module, lambda command: 0))
    return module


def runs(module: ModuleType, answer: Callable[[list[str]], int]) -> Callable[..., int]:
    """A stand-in for run() that writes the command down, and makes what uv would make."""

    def run(command: list[str], quiet: bool = False) -> int:
        module.ran.append(" ".join(command))
        code = answer(command)
        if "sync" in command and code == 0:
            module.environment_python().parent.mkdir(parents=True, exist_ok=True)
            module.environment_python().touch()
        return code

    return run


def test_the_environment_is_set_up_once(prepare: ModuleType) -> None:
    prepare.make_ready("kiosk")
    prepare.make_ready("kiosk")
    assert [command.split()[:4] for command in prepare.ran] == [["uv", "sync", "--locked", "--inexact"]]


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml"])
def test_new_dependencies_are_set_up_at_the_next_start(prepare: ModuleType, name: str) -> None:
    prepare.make_ready("kiosk")
    (prepare.ROOT / name).write_text("changed")
    prepare.make_ready("kiosk")
    assert len(prepare.ran) == 2


def test_the_kiosk_does_not_carry_the_tests_tools_and_does_not_throw_them_away(prepare: ModuleType) -> None:
    prepare.make_ready("test")
    prepare.make_ready("kiosk")
    assert ["--no-dev" in command for command in prepare.ran] == [False, True]
    assert all("--inexact" in command for command in prepare.ran)


def test_an_environment_whose_python_is_gone_is_made_anew(prepare: ModuleType) -> None:
    prepare.make_ready("kiosk")
    prepare.environment_python().unlink()
    (prepare.ROOT / ".venv" / "left-over").touch()
    prepare.make_ready("kiosk")
    assert prepare.environment_python().exists()
    assert not (prepare.ROOT / ".venv" / "left-over").exists()


@pytest.mark.parametrize(
    ("config", "extras"),
    [
        ("", []),
        ('database = "sqlite:///data/kiosk.sqlite"', []),
        ('database = "postgresql://kiosk@db/kiosk"', ["postgresql"]),
        ('[station]\nkeyboard = "/dev/input/event5"', ["keyboard"]),
        ("this is = not TOML at all", []),
    ],
)
def test_what_the_configuration_asks_for_is_set_up_too(prepare: ModuleType, config: str, extras: list[str]) -> None:
    (prepare.ROOT / "config.toml").write_text(config)
    prepare.make_ready("kiosk")
    assert [word for word in ("keyboard", "postgresql") if f"--extra {word}" in prepare.ran[-1]] == extras


def test_uv_comes_by_pip_into_a_folder_of_its_own(prepare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "find_uv", lambda: None)
    (prepare.ROOT / ".uv").mkdir()
    prepare.make_ready("kiosk")
    venv, pip, sync = prepare.ran
    assert venv.endswith(f"-m venv --clear {prepare.ROOT / '.uv'}")
    assert pip.endswith("-m pip --disable-pip-version-check --no-input install --quiet uv")
    assert sync.startswith(str(prepare.private_bin() / "uv"))


@pytest.mark.parametrize(
    ("failing", "sentence"),
    [
        ("venv", "Please run: sudo apt-get install -y python3-venv"),
        ("install", "uv could not be installed. Please run: "),
        ("sync", "The Python environment could not be set up. Please run: uv"),
    ],
)
def test_a_step_that_fails_is_said_with_the_command_to_run(
    prepare: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failing: str,
    sentence: str,
) -> None:
    monkeypatch.setattr(prepare, "find_uv", lambda: None if failing != "sync" else "uv")
    monkeypatch.setattr(prepare, "run", runs(prepare, lambda command: int(failing in command)))
    (prepare.ROOT / ".uv").mkdir()
    assert prepare.main("kiosk", []) == 1
    assert sentence in capsys.readouterr().err


def missing(prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, *packages: str, **answers: Any) -> None:
    monkeypatch.setattr(prepare, "missing_packages", lambda *_: list(packages))
    monkeypatch.setattr(prepare, "rights", lambda: answers.get("rights", []))
    monkeypatch.setattr(prepare.shutil, "which", lambda name: answers.get("which", f"/usr/bin/{name}"))


def test_system_libraries_are_installed_when_we_may(prepare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    missing(prepare, monkeypatch, "libzbar0", "libgl1", rights=["sudo", "-n"])
    prepare.make_ready("kiosk")
    assert prepare.ran[0] == (
        "sudo -n sh -c export DEBIAN_FRONTEND=noninteractive; apt-get -qq update >/dev/null; "
        "apt-get -qq install -y --no-install-recommends libzbar0 libgl1 >/dev/null"
    )


def test_without_the_right_to_install_one_sentence_gives_the_command_and_the_kiosk_starts(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing(prepare, monkeypatch, "libzbar0", rights=None)
    prepare.make_ready("kiosk")
    assert capsys.readouterr().err.splitlines()[0] == (
        "Some system packages are missing. Please run: "
        "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends libzbar0'"
    )
    assert len(prepare.ran) == 1


def test_without_the_right_to_install_the_tests_do_not_start(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing(prepare, monkeypatch, "chromium", rights=None)
    assert prepare.main("test", []) == 1
    assert "apt-get install -y --no-install-recommends chromium" in capsys.readouterr().err


def test_a_system_without_apt_is_told_what_to_look_for(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing(prepare, monkeypatch, "libgl1", which=None)
    prepare.make_ready("kiosk")
    assert "This system lacks what Debian calls libgl1" in capsys.readouterr().err


def test_an_older_python_is_told_so_in_one_sentence(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare.sys, "version_info", (3, 9, 2, "final", 0))
    assert prepare.main("kiosk", []) == 1
    assert capsys.readouterr().err == f"Python 3.11 or newer is needed, and {sys.executable} is 3.9.2.\n"


def test_a_system_without_python_is_told_the_command(tmp_path: Path) -> None:
    for name in ("sh", "dirname", "readlink"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    environment = {**os.environ, "PATH": str(tmp_path)}
    result = subprocess.run([ROOT / "bin" / "kiosk"], env=environment, capture_output=True, text=True)
    assert result.returncode == 1
    assert "Please run: sudo apt-get install -y python3 python3-venv" in result.stderr


def test_the_libraries_this_machine_has_are_found(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("prepare", ROOT / "bin" / "prepare.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.can_load("libc.so.6")
    assert not module.can_load("libkiosk-does-not-exist.so.0")
    assert module.missing_packages("test", False, False) == []
