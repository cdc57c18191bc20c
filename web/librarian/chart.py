"""The day as a small picture: two bars for every hour, as numbers that a template draws."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.today import Hour

WIDTH, HEIGHT, LEFT, TOP, FOOT = 360, 150, 28, 10, 22  # px: the scale is left of the bars, the hours below them
SCHOOL_DAY = range(8, 17)  # always shown, so that the picture keeps its shape from day to day
_FULL = (4, 10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1000)


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
    """The whole picture; `scale` is some counts and their heights."""

    columns: tuple[Column, ...]
    scale: tuple[tuple[int, float], ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing has happened yet."""
        return not any(column.bars for column in self.columns)


def chart(hours: Sequence[Hour]) -> Chart:
    """The picture of these hours and of the school day around them."""
    known = {each.hour: each for each in hours}
    first, last = min([*known, SCHOOL_DAY[0]]), max([*known, SCHOOL_DAY[-1]])
    shown = [known.get(hour, Hour(hour, 0, 0)) for hour in range(first, last + 1)]
    most = max(max(each.lent, each.returned) for each in shown)
    full = next((step for step in _FULL if step >= most), most)
    step = (WIDTH - LEFT) / len(shown)
    columns = (_column(each, LEFT + step * place, step, full) for place, each in enumerate(shown))
    return Chart(tuple(columns), tuple((count, _top(count, full)) for count in (0, full // 2, full)))


def _column(hour: Hour, left: float, step: float, full: int) -> Column:
    width = step * 0.36
    counts = (("lent", hour.lent, left + step * 0.12), ("returned", hour.returned, left + step * 0.52))
    bars = (_bar(kind, count, x, width, full) for kind, count, x in counts if count)
    return Column(hour.hour, round(left + step / 2, 1), tuple(bars))


def _bar(kind: str, count: int, x: float, width: float, full: int) -> Bar:
    top = min(_top(count, full), HEIGHT - FOOT - 2.0)
    return Bar(kind, count, round(x, 1), top, round(width, 1), round(HEIGHT - FOOT - top, 1))


def _top(count: int, full: int) -> float:
    return round(TOP + (HEIGHT - TOP - FOOT) * (1 - count / full), 1)
