"""What holds for every test: none is skipped, none is timed.

Everything the tests need comes from Debian or PyPI and is installed by bin/test, so a skipped test is a
check that nobody made. It fails the run.
"""

from collections.abc import Sequence

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from kiosk import passwords

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # a hundredth of what guards a real desk


def skipped(config: pytest.Config) -> Sequence[pytest.TestReport]:
    """The tests skipped so far; none when asked in a worker of pytest-xdist, which only reports."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return () if reporter is None else reporter.stats.get("skipped", ())


def pytest_sessionfinish(session: pytest.Session) -> None:
    if skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in skipped(terminalreporter.config):
        terminalreporter.write_line(f"SKIPPED TESTS FAIL THE RUN: {report.nodeid}", red=True)
