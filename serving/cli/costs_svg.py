"""What the pictures of costs are drawn with: SVG that stands in a page by itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

INK, GRID, PAPER = "#1f2933", "#d9dee4", "#ffffff"
COLOURS = ("#0b6e4f", "#2456a6", "#7a3e9d", "#b4451f", "#8a6d00", "#69707a")


def picture(title: str, width: int, height: int, left: int, parts: Iterable[str]) -> str:
    """`left` is where the title begins: above the axis."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label={quoteattr(title)} font-family="system-ui, sans-serif" font-size="12" '
            f'fill="{INK}">',
            f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
            text(left, 20, title, "start", "bold"),
            *parts,
            "</svg>",
        )
    )


def text(
    x: float, y: float, said: str, anchor: str, weight: str = "normal", *, over_lines: bool = False
) -> str:
    """`over_lines`: on paper of its own, so that it is read where lines go."""
    halo = f' stroke="{PAPER}" stroke-width="4" paint-order="stroke"' if over_lines else ""
    return (
        f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}" '
        f'font-weight="{weight}"{halo}>{escape(said)}</text>'
    )


def upright(x: float, y: float, said: str) -> str:
    """Reads from below to above, around a middle."""
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" transform="rotate(-90 {x} {y})">'
        f"{escape(said)}</text>"
    )


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values that begin at or below `low` and end at or above `high`, at least two.

    They are 1, 2 or 5 times a power of ten apart.
    """
    rough = ((high - low) or abs(high) or 1.0) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [step * index for index in range(first, max(last, first + 1) + 1)]
