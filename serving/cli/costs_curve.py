"""Quality against cost: each model alone, the best mixes of them, and what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from router.costs.roi import MIX, Roi, Way, hull
from serving.cli.costs_svg import COLOURS, GRID, picture, text, ticks, upright

PER = 1_000
"""Requests that costs in the curve are of."""

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 24, 36, 92
_HULL, _MIXED, _MODEL, _HAD = COLOURS[1], COLOURS[5], COLOURS[1], COLOURS[3]
_LEFT_OF_IT = 0.6
"""So far to the right, a point has its name on its left."""


@dataclass(frozen=True, slots=True)
class _Plane:
    """From costs and qualities to places on the picture; both lists have their ends."""

    usd: Sequence[float]
    quality: Sequence[float]

    def x(self, usd: float) -> float:
        share = (usd - self.usd[0]) / (self.usd[-1] - self.usd[0])
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, quality: float) -> float:
        share = (quality - self.quality[0]) / (self.quality[-1] - self.quality[0])
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def curve(roi: Roi) -> str | None:
    """With 95% intervals of quality. None where nothing is known."""
    had = roi.had
    if had is None:
        return None
    ways = (had, *roi.singles)
    plane = _Plane(
        ticks(0.0, max(_usd(way, roi) for way in ways)),
        ticks(
            min(way.quality.low for way in ways),
            max(way.quality.high for way in ways),
        ),
    )
    return picture("Quality against cost", _WIDTH, _HEIGHT, _LEFT, _drawn(roi, had, plane))


def _drawn(roi: Roi, had: Way, plane: _Plane) -> Iterator[str]:
    yield from _grid(plane)
    mixed = [
        way for each in roi.counterfactuals if each.name == MIX for way in _ends(each.way, roi)
    ]
    yield _line(mixed, roi, plane, _MIXED, dashed=True)
    yield _line(hull(roi.singles), roi, plane, _HULL)
    for way in roi.singles:
        yield from _point(way, roi, plane, _MODEL)
    yield from _point(had, roi, plane, _HAD)
    yield from _legend()


def _ends(mix: Way, roi: Roi) -> list[Way]:
    return [way for name in mix.models for way in roi.singles if way.models == (name,)]


def _grid(plane: _Plane) -> Iterator[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for usd in plane.usd:
        at = plane.x(usd)
        yield f'<path d="M{at} {_TOP}V{bottom}" stroke="{GRID}"/>'
        yield text(at, bottom + 16, f"{usd:g}", "middle")
    for quality in plane.quality:
        at = plane.y(quality)
        yield f'<path d="M{_LEFT} {at}H{right}" stroke="{GRID}"/>'
        yield text(_LEFT - 6, at + 4, f"{quality:.3g}", "end")
    yield text((_LEFT + right) / 2, bottom + 36, f"US$ for {PER:,} requests", "middle")
    yield upright(16, (_TOP + bottom) / 2, "quality, with 95% intervals")


def _line(
    ways: Sequence[Way], roi: Roi, plane: _Plane, colour: str, *, dashed: bool = False
) -> str:
    if len(ways) < 2:
        return ""
    path = "L".join(f"{plane.x(_usd(way, roi))} {plane.y(way.quality.mean)}" for way in ways)
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def _point(way: Way, roi: Roi, plane: _Plane, colour: str) -> Iterator[str]:
    x, y = plane.x(_usd(way, roi)), plane.y(way.quality.mean)
    low, high = plane.y(way.quality.low), plane.y(way.quality.high)
    yield f'<path d="M{x} {low}V{high}M{x - 4} {low}h8M{x - 4} {high}h8" stroke="{colour}"/>'
    yield f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>'
    is_right = x > _LEFT + _LEFT_OF_IT * (_WIDTH - _LEFT - _RIGHT)
    name = ", ".join(way.models)
    at, anchor = (x - 8, "end") if is_right else (x + 8, "start")
    yield text(at, y + 16, name, anchor, over_lines=True)


def _legend() -> Iterator[str]:
    y = _HEIGHT - 24
    for x, colour, dashes, name in (
        (_LEFT, _HULL, "", "the best mixes of single models"),
        (_LEFT + 232, _MIXED, "5 4", "the cheapest and the best, mixed at random"),
    ):
        yield (
            f'<path d="M{x} {y - 4}h24" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes or "none"}"/>'
        )
        yield text(x + 30, y, name, "start")


def _usd(way: Way, roi: Roi) -> float:
    return way.cost_nano_usd / 1e9 / roi.requests * PER
