"""Bars of days, each of parts on top of one another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from serving.cli.costs_svg import COLOURS, GRID, picture, text, ticks, upright

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 128, 36, 44
_LABELS = 5
"""As many days as are named below the bars at most."""


def stacked_bars(
    title: str, label: str, bars: Mapping[str, Mapping[str, float]], parts: Sequence[str]
) -> str:
    """A bar for each name in `bars`, of its `parts` from the ground up; values are not negative."""
    marks = ticks(0.0, max((sum(bar.values()) for bar in bars.values()), default=0.0))
    drawn = (*_grid(marks, label), *_bars(bars, parts, marks[-1]), *_legend(parts))
    return picture(title, _WIDTH, _HEIGHT, _LEFT, drawn)


def _grid(marks: Sequence[float], label: str) -> Iterator[str]:
    for mark in marks:
        at = _y(mark, marks[-1])
        yield f'<path d="M{_LEFT} {at}H{_WIDTH - _RIGHT}" stroke="{GRID}"/>'
        yield text(_LEFT - 6, at + 4, f"{mark:g}", "end")
    yield upright(16, (_TOP + _HEIGHT - _BOTTOM) / 2, label)


def _bars(
    bars: Mapping[str, Mapping[str, float]], parts: Sequence[str], top: float
) -> Iterator[str]:
    if not bars:
        return
    room = (_WIDTH - _LEFT - _RIGHT) / len(bars)
    named = math.ceil(len(bars) / _LABELS)
    for index, (name, bar) in enumerate(bars.items()):
        x, ground = round(_LEFT + room * (index + 0.15), 1), 0.0
        for colour, part in zip(_colours(parts), parts, strict=True):
            value = bar.get(part, 0.0)
            if value > 0:
                height = round(_y(ground, top) - _y(ground + value, top), 1)
                yield (
                    f'<rect x="{x}" y="{_y(ground + value, top)}" width="{round(room * 0.7, 1)}" '
                    f'height="{height}" fill="{colour}">'
                    f"<title>{escape(f'{name}, {part}: {value:,.4f}')}</title></rect>"
                )
                ground += value
        if index % named == 0:
            yield text(x + room * 0.35, _HEIGHT - _BOTTOM + 16, name, "middle")


def _legend(parts: Sequence[str]) -> Iterator[str]:
    x = _WIDTH - _RIGHT + 16
    for index, (colour, part) in enumerate(zip(_colours(parts), parts, strict=True)):
        y = _TOP + 16 * index
        yield f'<rect x="{x}" y="{y}" width="10" height="10" fill="{colour}"/>'
        yield text(x + 16, y + 9, part, "start")


def _colours(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(COLOURS[index % len(COLOURS)] for index in range(len(parts)))


def _y(value: float, top: float) -> float:
    return round(_HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM), 1)
