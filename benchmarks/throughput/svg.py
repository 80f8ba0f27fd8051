"""A chart with axes, grid, lines and points, as SVG that stands in a page by itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

_WIDTH, _HEIGHT = 860, 380
_LEFT, _TOP, _BOTTOM = 72, 36, 52
_RIGHT = 236
"""Names of series stand here, where no line runs through them."""
_LEGEND = _WIDTH - _RIGHT + 16
_INK, _GRID, _PAPER = "#1f2933", "#d9dee4", "#ffffff"
_COLOURS = ("#0b6e4f", "#b4451f", "#2456a6", "#7a3e9d", "#8a6d00", "#00798c", "#a3195b", "#1f2933")
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Series:
    """`points` are in the order in which a line joins them; `is_line_only` has no marks."""

    name: str
    points: Sequence[tuple[float, float]]
    is_joined: bool = True
    is_line_only: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """`text` is what a tick says; 0 is on a linear axis, and a logarithmic one takes none."""

    label: str
    is_log: bool = False
    text: Callable[[float], str] = "{:g}".format


def chart(title: str, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Series without points are left out. Raises ValueError where a logarithm is asked of 0."""
    shown = [one for one in series if one.points]
    xs, ys = (_Scale.of(axis, _column(shown, at)) for at, axis in enumerate((x, y)))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'aria-label={quoteattr(title)} font-family="system-ui, sans-serif" font-size="12" '
            f'fill="{_INK}">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{_PAPER}"/>',
            _text(_LEFT, 20, title, "start", "bold"),
            *_grid(xs, ys, x, y),
            *(part for index, one in enumerate(shown) for part in _drawn(index, one, xs, ys)),
            "</svg>",
        )
    )


def _column(series: Sequence[Series], at: int) -> list[float]:
    return [point[at] for one in series for point in one.points]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From `low` to `high`, in values; `share` is where one lies between them."""

    low: float
    high: float
    is_log: bool

    @classmethod
    def of(cls, axis: Axis, values: Sequence[float]) -> _Scale:
        if not axis.is_log:
            high = max(values, default=1.0)
            return cls(0.0, high * 1.08 if high > 0 else 1.0, False)
        low, high = min(values, default=1.0), max(values, default=10.0)
        if low <= 0:
            raise ValueError("a logarithmic axis has no 0")
        return cls(
            10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high * 1.01)), True
        )

    def share(self, value: float) -> float:
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        if self.is_log:
            powers = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            return [10.0**power for power in powers]
        rough = (self.high - self.low) / _TICKS
        power = 10 ** math.floor(math.log10(rough))
        step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
        return [step * index for index in range(int(self.high / step) + 1)]


def _x(scale: _Scale, value: float) -> float:
    return round(_LEFT + scale.share(value) * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(scale: _Scale, value: float) -> float:
    return round(_HEIGHT - _BOTTOM - scale.share(value) * (_HEIGHT - _TOP - _BOTTOM), 1)


def _grid(xs: _Scale, ys: _Scale, x: Axis, y: Axis) -> Iterator[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for tick in xs.ticks():
        at = _x(xs, tick)
        yield f'<path d="M{at} {_TOP}V{bottom}" stroke="{_GRID}"/>'
        yield _text(at, bottom + 16, x.text(tick), "middle")
    for tick in ys.ticks():
        at = _y(ys, tick)
        yield f'<path d="M{_LEFT} {at}H{right}" stroke="{_GRID}"/>'
        yield _text(_LEFT - 6, at + 4, y.text(tick), "end")
    yield _text((_LEFT + right) / 2, _HEIGHT - 14, x.label, "middle")
    middle = (_TOP + bottom) / 2
    yield (
        f'<text x="16" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 16 {middle})">{escape(y.label)}</text>'
    )


def _drawn(index: int, series: Series, xs: _Scale, ys: _Scale) -> Iterator[str]:
    colour = _COLOURS[index % len(_COLOURS)]
    places = [(_x(xs, x), _y(ys, y)) for x, y in series.points]
    if series.is_joined and len(places) > 1:
        path = "L".join(f"{x} {y}" for x, y in places)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    if not series.is_line_only:
        for x, y in places:
            yield f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>'
    yield (
        f'<rect x="{_LEGEND}" y="{_TOP + 6 + 16 * index}" width="10" height="10" fill="{colour}"/>'
    )
    yield _text(_LEGEND + 16, _TOP + 15 + 16 * index, series.name, "start")


def _text(x: float, y: float, text: str, anchor: str, weight: str = "normal") -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
    )
