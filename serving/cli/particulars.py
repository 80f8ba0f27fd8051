"""Names with their values below a heading, within the terminal's width and nothing left out."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table


def particulars(rows: Iterable[tuple[str, str]]) -> Table:
    """A row for each that has a value; long values go on below where they began."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        if value:
            grid.add_row(f"  {escape(name)}", escape(value))
    return grid
