"""Requests at each model, as the gateways of this host last said: two seconds ago at most."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from serving.telemetry.pages import read_snapshots

_RUNNING, _WAITING = "ringfence_queue_inside", "ringfence_queue_waiting"


@dataclass(frozen=True, slots=True)
class UnderWay:
    running: int
    waiting: int


def under_way(directory: Path) -> dict[str, UnderWay] | None:
    """By registry key, of the models that have been asked for; None where no gateway says anything.

    `directory` is where the gateways leave what they count.
    """
    snapshots = [snapshot for _, snapshot in read_snapshots(directory)]
    if not snapshots:
        return None
    found: dict[str, Counter[str]] = {_RUNNING: Counter(), _WAITING: Counter()}
    for snapshot in snapshots:
        for name, counts in found.items():
            family = snapshot.get(name)
            for _, labels, value in () if family is None else family["samples"]:
                counts[labels["model"]] += int(value)
    models = found[_RUNNING].keys() | found[_WAITING].keys()
    return {key: UnderWay(found[_RUNNING][key], found[_WAITING][key]) for key in models}
