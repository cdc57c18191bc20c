"""The day as a small picture: two bars for every hour, as numbers that a template draws."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.today import Hour

WIDTH, HEIGHT, TOP, FOOT = 320, 120, 16, 18  # the drawing's own units; above the bars a number, below them the hour
SCHOOL_DAY = range(8, 17)  # always shown, so that the picture keeps its shape from day to day
_FULL = (5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `kind` is lent or returned."""

    kind: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One hour, the middle of its column, and its bars, if anything happened."""

    hour: int
    x: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole picture; `full` is what a bar of full height stands for, `most` the highest there is."""

    columns: tuple[Column, ...]
    full: int
    most: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing has happened yet."""
        return self.most == 0


def chart(hours: Sequence[Hour]) -> Chart:
    """The picture of these hours and of the school day around them."""
    known = {each.hour: each for each in hours}
    first, last = min([*known, SCHOOL_DAY[0]]), max([*known, SCHOOL_DAY[-1]])
    shown = [known.get(hour, Hour(hour, 0, 0)) for hour in range(first, last + 1)]
    most = max(max(each.lent, each.returned) for each in shown)
    full = next((step for step in _FULL if step >= most), most)
    step = WIDTH / len(shown)
    columns = (_column(each, step * place, step, full) for place, each in enumerate(shown))
    return Chart(tuple(columns), full, most)


def _column(hour: Hour, left: float, step: float, full: int) -> Column:
    width = step * 0.36
    counts = (("lent", hour.lent, left + step * 0.12), ("returned", hour.returned, left + step * 0.52))
    bars = (_bar(kind, count, x, width, full) for kind, count, x in counts if count)
    return Column(hour.hour, round(left + step / 2, 1), tuple(bars))


def _bar(kind: str, count: int, x: float, width: float, full: int) -> Bar:
    height = max((HEIGHT - TOP - FOOT) * count / full, 2)
    return Bar(kind, count, round(x, 1), round(HEIGHT - FOOT - height, 1), round(width, 1), round(height, 1))
