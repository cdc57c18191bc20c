"""What every measurement prints alike: quantiles, the machine it ran on, a table."""

import os
import platform
from collections.abc import Iterable, Sequence
from statistics import quantiles


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0 to 1) of at least two values lies."""
    return quantiles(values, n=1000, method="inclusive")[min(max(round(share * 1000) - 1, 0), 998)]


def machine() -> str:
    """A line on what the figures were measured with. A load above the number of cores makes them pessimistic."""
    load = " ".join(f"{each:.1f}" for each in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load of the machine (1, 5, 15 min) {load}"


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows as aligned columns, the first to the left and the rest to the right."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(first: str, *rest: str) -> str:
        return "  ".join([first.ljust(widths[0]), *(map(str.rjust, rest, widths[1:]))])

    return "\n".join(f"  {line(*row)}".rstrip() for row in rows)
