"""PURE. How long whoever failed to sign in has to wait: failures slow down, and lock nobody out for good."""

from collections.abc import Sequence
from datetime import datetime, timedelta

FREE = 2  # failures after which the next attempt is heard at once: anybody mistypes
LONGEST = timedelta(seconds=60)
WINDOW = timedelta(hours=1)  # what failed longer ago is forgotten
ENOUGH = FREE + 7  # failures from which the wait no longer grows, so that no more need be looked at
SLACK = timedelta(minutes=1)  # a failure dated further ahead than this was dated by a clock that was wrong


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: 1 s after the third, twice as long after each further one."""
    if failures <= FREE:
        return timedelta(0)
    return min(LONGEST, timedelta(seconds=2 ** min(failures - FREE - 1, 16)))


def still_to_wait(failures: Sequence[datetime], now: datetime) -> timedelta:
    """How long from now until the next attempt is heard, never longer than LONGEST.

    `failures` are the moments of those not yet made good, newest first. What was tried too early is none of them.
    """
    counted = [at for at in failures if now - WINDOW < at <= now + SLACK]
    if not counted:
        return timedelta(0)
    whole = wait_after(len(counted))
    return max(timedelta(0), min(whole, counted[0] + whole - now))
