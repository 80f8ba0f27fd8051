"""What `--report` of every benchmark ends in: its part of the README, renewed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from serving.cli.output import fail

if TYPE_CHECKING:
    from benchmarks.readme_block import ReadmeBlock


def renew(readme: Path, block: ReadmeBlock, text: str) -> None:
    """Replaces the part; ends with an error where the file has no place for it."""
    from benchmarks.readme_block import NoMarkers  # noqa: PLC0415

    try:
        block.write(text, readme)
    except (OSError, NoMarkers) as error:
        fail(f"{readme}: {error}")
