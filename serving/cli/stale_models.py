"""Models whose throughput was measured on a machine that this one is no longer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from router.registry.registry import Registry
from serving.cli.options import THROUGHPUT_RESULTS
from serving.cli.output import err


def stale_models_said(registry: Registry, results: Path = THROUGHPUT_RESULTS) -> dict[str, str]:
    """A line for people, by registry key. Looks at this machine if there is any record at all.

    A record that cannot be read is said in the place of what it would tell: it stops nothing.
    """
    if not any(results.glob("*/*/*.json")):
        return {}
    from benchmarks.throughput.record import RecordRefused  # noqa: PLC0415
    from hardware.gpu_table import load_gpus  # noqa: PLC0415
    from hardware.probe import probe  # noqa: PLC0415
    from serving.bench.throughput.stale import said, stale_models  # noqa: PLC0415

    try:
        stale = stale_models(registry, results, probe(), load_gpus())
    except RecordRefused as refused:
        return dict.fromkeys(registry.entries, f"records of throughput cannot be read: {refused}")
    return {key: said(f"the throughput of {key}", changed) for key, changed in stale.items()}


def warn_of(lines: Iterable[str]) -> None:
    for line in dict.fromkeys(lines):
        err.print(f"warning: {line}", style="yellow", markup=False)
