"""A plan as people see it, in a table of 80 columns, and as programs do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.table import Table

from hardware.capacity import ServedModel
from hardware.measured_steps import MeasuredSteps
from hardware.plan import Demand, Option, Plan
from hardware.plan_pool import Pool
from serving.cli.output import out

_MS = 1e3


def print_plan(model: ServedModel, demand: Demand, made: Plan) -> None:
    priced = any(option.usd_per_hour is not None for option in made.options)
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("gpu", overflow="fold")
    names = ["TP", "repl", "GPUs", "seqs", "KV", "TTFT", "TPOT", "load", "N-1", "spare"]
    for name in names + (["$/h", "$/Mtok"] if priced else []):
        table.add_column(name, justify="right", no_wrap=True)
    for option in made.options:
        table.add_row(*_cells(option, priced))
    out.print(table)
    for line in _legend(model, demand, made):
        out.print(line, markup=False)


def _cells(option: Option, priced: bool) -> list[str]:
    slowest_ttft_s = max(pool.predicted.ttft_s.p95 for pool in option.pools)
    slowest_tpot_s = max(pool.predicted.tpot_s.p95 for pool in option.pools)
    lost = option.node_lost
    cells = [
        option.candidate.gpu.id,
        str(option.fit.tensor_parallel_size),
        "+".join(str(_replicas(pool)) for pool in (option.private, option.rest)),
        str(option.gpus),
        str(option.fit.concurrency),
        f"{option.fit.kv_tokens / 1e3:.0f}k",
        f"{slowest_ttft_s * _MS:.0f}",
        f"{slowest_tpot_s * _MS:.0f}",
        f"{max(pool.load_share for pool in option.pools):.0%}",
        f"{lost.private_rps + lost.rest_rps:.3g}",
        str(lost.spare_replicas),
    ]
    if priced:
        hour, mtok = option.usd_per_hour, option.usd_per_mtok
        cells += ["" if usd is None else f"{usd:.2f}" for usd in (hour, mtok)]
    return cells


def _replicas(pool: Pool | None) -> int:
    return 0 if pool is None else pool.replicas


def _legend(model: ServedModel, demand: Demand, made: Plan) -> Iterator[str]:
    nodes = made.options[0].candidate.gpus_per_node
    yield ""
    yield (
        f"{model.shape.name}, weights in {model.weights_dtype}, KV cache in {model.kv_dtype}, "
        f"{demand.requests_per_s:g} requests/s"
    )
    yield "repl: replicas for private traffic alone + for the rest"
    yield f"seqs: contexts of {model.max_model_len:,} tokens at once in a replica; KV: its tokens"
    yield "TTFT, TPOT: predicted p95 in ms, of the slower of the two; load: of what they can take"
    yield f"N-1: requests/s within the objective when a node of {nodes} GPUs is lost"
    yield "spare: replicas to buy beside, on nodes of their own, for the whole rate even then"
    if any(option.usd_per_mtok is not None for option in made.options):
        yield "$/Mtok: a million tokens, prompts and answers, at the rate that is planned for"
    for source in dict.fromkeys(option.predicted_from.source for option in made.options):
        yield f"predicted from {source}"
    for rejected in made.rejected:
        yield f"not {rejected.gpu_id}: {rejected.problem}"
        yield f"  cure: {rejected.cure}"


def plan_json(model: ServedModel, demand: Demand, made: Plan) -> dict[str, Any]:
    shape = model.shape
    return {
        "model": {
            "name": shape.name,
            "parameters": shape.parameters,
            "active_parameters": shape.active_parameters,
            "weights_dtype": model.weights_dtype.value,
            "kv_dtype": model.kv_dtype.value,
            "max_model_len": model.max_model_len,
            "limits": asdict(model.limits),
        },
        "demand": asdict(demand),
        "options": [_option_json(option) for option in made.options],
        "rejected": [asdict(rejected) for rejected in made.rejected],
    }


def _option_json(option: Option) -> dict[str, Any]:
    predicted_from = option.predicted_from
    is_measured = isinstance(predicted_from, MeasuredSteps) or predicted_from.is_measured
    return {
        "gpu": option.candidate.gpu.id,
        "tensor_parallel_size": option.fit.tensor_parallel_size,
        "replicas": {"private": _replicas(option.private), "rest": _replicas(option.rest)},
        "gpus": option.gpus,
        "nodes": option.nodes,
        "gpus_per_node": option.candidate.gpus_per_node,
        "fit": asdict(option.fit),
        "private": _pool_json(option.private),
        "rest": _pool_json(option.rest),
        "node_lost": asdict(option.node_lost),
        "usd_per_hour": option.usd_per_hour,
        "usd_per_mtok": option.usd_per_mtok,
        "predicted_from": "measured" if is_measured else "priors",
        "calibration": asdict(predicted_from),
    }


def _pool_json(pool: Pool | None) -> dict[str, Any] | None:
    if pool is None:
        return None
    predicted = pool.predicted
    return {
        "replicas": pool.replicas,
        "requests_per_s": pool.requests_per_s,
        "load_share": pool.load_share,
        "ttft_s": asdict(predicted.ttft_s),
        # One token has no time after the first; JSON has no NaN.
        "tpot_s": None if math.isnan(predicted.tpot_s.p95) else asdict(predicted.tpot_s),
        "e2e_s": asdict(predicted.e2e_s),
    }
