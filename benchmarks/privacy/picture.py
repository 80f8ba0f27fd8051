"""The threshold's curve as SVG: recall of person-only texts against harmless ones forced."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from benchmarks.privacy.record import PRESIDIO, PRESIDIO_OUR_POLICY, PrivacyRecord

_WIDTH, _HEIGHT, _MARGIN = 640, 400, 56
_INK, _LINE, _OTHER, _GRID = "#1f2933", "#0b6e4f", "#b4451f", "#d9dee4"


def curve_svg(record: PrivacyRecord, operating_score: float) -> str:
    """`operating_score` is the policy's `min_score`; the point there is marked."""
    points = [
        (p.false_positives.rate or 0.0, p.recall.rate or 0.0, p.min_person_score)
        for p in record.person_curve
    ]
    others = [
        (point, name)
        for subject, name in (
            (PRESIDIO, "default Presidio"),
            (PRESIDIO_OUR_POLICY, "Presidio, our policy"),
        )
        if (point := _overall(record, subject)) is not None
    ]
    axes = _Axes(points, [point for point, _ in others])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{_INK}">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        *axes.grid(),
        axes.line(points),
    ]
    operating = min(points, key=lambda p: abs(p[2] - operating_score), default=None)
    if operating is not None:
        parts.append(
            axes.mark(operating[0], operating[1], _LINE, f"Ringfence at {operating_score:g}")
        )
    parts += [axes.mark(x, y, _OTHER, name) for (x, y), name in others]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _overall(record: PrivacyRecord, subject: str) -> tuple[float, float] | None:
    """Over all sets: what the curve's points are, for a subject with one setting."""
    ours = [g for g in record.groups if g.subject == subject]
    persons = [g.requests for g in ours if g.by == "category" and g.group == "person"]
    harmless = [g.harmless for g in ours if g.by == "all"]
    found, n = sum(r.hits for r in persons), sum(r.n for r in persons)
    forced, m = sum(r.hits for r in harmless), sum(r.n for r in harmless)
    return (forced / m, found / n) if n and m else None


class _Axes:
    """x from 0 to a little more than the largest rate, y from a little less than the smallest."""

    def __init__(
        self, points: Sequence[tuple[float, float, float]], others: Sequence[tuple[float, float]]
    ) -> None:
        xs = [p[0] for p in points] + [p[0] for p in others]
        ys = [p[1] for p in points] + [p[1] for p in others]
        self._x_max = max(0.1, *(1.1 * x for x in xs)) if xs else 1.0
        self._y_min = max(0.0, min([0.9, *ys]) - 0.05)

    def _x(self, value: float) -> float:
        return round(_MARGIN + (_WIDTH - 2 * _MARGIN) * value / self._x_max, 1)

    def _y(self, value: float) -> float:
        share = (value - self._y_min) / (1 - self._y_min)
        return round(_HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * share, 1)

    def grid(self) -> list[str]:
        left, right, bottom, top = _MARGIN, _WIDTH - _MARGIN, _HEIGHT - _MARGIN, _MARGIN
        parts = []
        for step in range(6):
            x_value = self._x_max * step / 5
            y_value = self._y_min + (1 - self._y_min) * step / 5
            x, y = self._x(x_value), self._y(y_value)
            parts += [
                f'<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" stroke="{_GRID}"/>',
                f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="{_GRID}"/>',
                f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{x_value:.2f}</text>',
                f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{y_value:.2f}</text>',
            ]
        middle = _WIDTH / 2
        parts += [
            f'<text x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">'
            "harmless requests forced on-prem</text>",
            f'<text x="{left}" y="{top - 16}">recall of person-only requests</text>',
        ]
        return parts

    def line(self, points: Sequence[tuple[float, float, float]]) -> str:
        path = " ".join(f"{self._x(x)},{self._y(y)}" for x, y, _ in points)
        return f'<polyline points="{path}" fill="none" stroke="{_LINE}" stroke-width="2"/>'

    def mark(self, x: float, y: float, colour: str, label: str) -> str:
        at_x, at_y = self._x(x), self._y(y)
        anchor, shift = ("end", -8) if at_x > _WIDTH * 0.7 else ("start", 8)
        return (
            f'<circle cx="{at_x}" cy="{at_y}" r="5" fill="{colour}"/>'
            f'<text x="{at_x + shift}" y="{at_y + 16}" text-anchor="{anchor}" fill="{colour}">'
            f"{escape(label)}</text>"
        )
