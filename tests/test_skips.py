"""A skipped test fails the run, and is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PASSES = "def test_that_passes():\n    pass\n"
SKIPS = "import pytest\n\ndef test_that_needs_a_printer():\n    pytest.skip('no printer')\n"
SKIPS_WHOLE = "import pytest\n\npytest.importorskip('no_such_library')\n"


def run_of(folder: Path, *tests: str, workers: int) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text("utf-8"), "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n")
    for number, test in enumerate(tests):
        (folder / f"test_{number}.py").write_text(test)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", str(workers)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_a_run_without_skips_passes(tmp_path: Path) -> None:
    assert run_of(tmp_path, PASSES, workers=0).returncode == 0


@pytest.mark.parametrize("workers", [0, 1])
def test_a_skipped_test_fails_the_run_and_is_named(tmp_path: Path, workers: int) -> None:
    result = run_of(tmp_path, PASSES, SKIPS, SKIPS_WHOLE, workers=workers)
    assert result.returncode == 1
    assert "SKIPPED TESTS FAIL THE RUN: test_1.py::test_that_needs_a_printer" in result.stdout
    assert "SKIPPED TESTS FAIL THE RUN: test_2.py" in result.stdout
    assert "1 passed, 2 skipped" in result.stdout.splitlines()[-1]
