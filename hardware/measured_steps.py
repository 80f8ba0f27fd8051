"""What a record says of one model on one type and split: how long its steps take, and of what."""

from __future__ import annotations

from dataclasses import dataclass

from hardware.queueing_steps import StepTimes


@dataclass(frozen=True, slots=True)
class MeasuredSteps:
    """A line that was fitted to runs. It holds for the model, data types, GPU type and split that
    were measured, for up to `max_num_seqs` sequences at a time, and nearly for lengths that were.

    `kv_cache_bytes` is what the engine was told to keep of memory for its cache, as engines on CPUs
    are; None where it takes what there is. `source` names the record, and says how well it held.
    """

    steps: StepTimes
    tensor_parallel_size: int
    max_num_seqs: int
    source: str
    kv_cache_bytes: float | None = None
