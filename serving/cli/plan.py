"""`ringfence plan`: which GPU types, how many, at what cost, and what a lost node leaves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hardware.capacity import EngineLimits, ServedModel
from hardware.capacity_bytes import KVDtype, WeightsDtype, native_dtype
from hardware.gpu_table import GPUS, GPUTable, load_gpus
from hardware.plan import Candidate, Demand
from hardware.plan import plan as make_plan
from hardware.plan_pool import Objective
from hardware.probe import probe
from hardware.queueing import Lengths
from hardware.roofline import PRIORS
from hardware.shape import ModelShape
from hardware.shape_config import load_shape
from hardware.specs import GPUSpec
from serving.cli.options import AsJson
from serving.cli.output import cures, err, print_json
from serving.cli.plan_output import plan_json, print_plan

if TYPE_CHECKING:
    from serving.cli.plan_measured import MeasuredType

_LENGTH_STEP_TOKENS = 1_024
_MS = 1e3


def plan(
    model: Annotated[
        str, typer.Option(help="A model that is shipped, or a config.json, or a folder with one.")
    ],
    rps: Annotated[float, typer.Option(help="Requests a second, arriving at random.")],
    isl: Annotated[int, typer.Option(help="Tokens of a prompt, on average.", min=1)],
    osl: Annotated[int, typer.Option(help="Tokens of an answer, on average.", min=1)],
    p95_ttft_ms: Annotated[float, typer.Option(help="Objective for the time to the first token.")],
    p95_tpot_ms: Annotated[
        float | None, typer.Option(help="Objective for each token after the first.")
    ] = None,
    private_share: Annotated[
        float, typer.Option(help="How much of it must stay: it gets replicas of its own.")
    ] = 0.0,
    gpu: Annotated[
        list[str] | None, typer.Option(help="A GPU type; may be given repeatedly. All, else.")
    ] = None,
    weights_dtype: Annotated[
        WeightsDtype | None, typer.Option(help="What weights are in; as published, else.")
    ] = None,
    kv_dtype: Annotated[KVDtype, typer.Option(help="What the KV cache is in.")] = KVDtype.BF16,
    max_model_len: Annotated[
        int | None,
        typer.Option(help="The longest context in tokens; twice the average, else.", min=1),
    ] = None,
    max_num_seqs: Annotated[int, typer.Option(help="As vLLM's.", min=1)] = 256,
    max_num_batched_tokens: Annotated[int, typer.Option(help="As vLLM's.", min=1)] = 2_048,
    gpu_memory_utilization: Annotated[float, typer.Option(help="As vLLM's.")] = 0.92,
    length_cv: Annotated[
        float, typer.Option(help="Spread of lengths: standard deviation by mean.", min=0, max=10)
    ] = 0.5,
    gpus_per_node: Annotated[
        int, typer.Option(help="GPUs that are lost together, and that a replica may span.", min=1)
    ] = 8,
    gpu_hour_usd: Annotated[
        list[str] | None, typer.Option(help="ID=PRICE of one GPU; may be given repeatedly.")
    ] = None,
    measured: Annotated[
        list[Path] | None,
        typer.Option(help="A record of `bench throughput` of this model, in place of priors."),
    ] = None,
    gpus: Annotated[Path, typer.Option(help="The table of GPU types.")] = GPUS,
    seed: Annotated[int, typer.Option(help="Draws arrivals and lengths.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Plan what to buy for a load: GPU types, splits, replicas, cost, and what a lost node leaves.

    Simulates arrivals, batching and KV cache over predicted step times. Predictions come from
    priors, and say so, until --measured gives runs of this model on a GPU type, or on a CPU, which
    is then planned with as well. Exit status: 0, or 1 if no type would do.

    Example: ringfence plan --model llama-3.1-8b --rps 20 --isl 1000 --osl 200 --p95-ttft-ms 500
    --private-share 0.3 --gpu h100-sxm --gpu l40s --gpu-hour-usd h100-sxm=2.5
    """
    with cures():
        table = load_gpus(gpus)
        served = _served(
            load_shape(model),
            weights_dtype,
            kv_dtype,
            max_model_len or 2 * (isl + osl),
            is_chosen=max_model_len is not None,
            limits=EngineLimits(gpu_memory_utilization, max_num_batched_tokens, max_num_seqs),
        )
        demand = Demand(
            requests_per_s=rps,
            lengths=Lengths(isl, osl, length_cv, served.max_model_len),
            private_share=private_share,
            objective=Objective(
                p95_ttft_ms / _MS, None if p95_tpot_ms is None else p95_tpot_ms / _MS
            ),
        )
        found = _measured(measured or [], table, served, demand.lengths)
        table = replace(table, specs={**table.specs, **{each.gpu.id: each.gpu for each in found}})
        candidates = _candidates(
            table, gpu or [], gpus_per_node, _prices(gpu_hour_usd or [], table), found
        )
        made = make_plan(served, demand, candidates, seed)
    warnings = [warning for each in found for warning in each.warnings]
    if as_json:
        print_json(plan_json(served, demand, made) | {"warnings": warnings})
        return
    print_plan(served, demand, made)
    for warning in warnings:
        err.print(f"ringfence: {warning}", style="yellow", markup=False)


def _served(
    shape: ModelShape,
    weights_dtype: WeightsDtype | None,
    kv_dtype: KVDtype,
    max_model_len: int,
    *,
    is_chosen: bool,
    limits: EngineLimits,
) -> ServedModel:
    if not is_chosen:
        whole = math.ceil(max_model_len / _LENGTH_STEP_TOKENS) * _LENGTH_STEP_TOKENS
        max_model_len = min(whole, shape.max_context_tokens)
    return ServedModel(shape, weights_dtype or native_dtype(shape), kv_dtype, max_model_len, limits)


def _measured(
    paths: Sequence[Path], table: GPUTable, model: ServedModel, lengths: Lengths
) -> list[MeasuredType]:
    if not paths:
        return []
    from serving.cli.plan_measured import read_measured  # noqa: PLC0415

    now = probe()
    return [read_measured(path, table, model, lengths, now) for path in paths]


def _candidates(
    table: GPUTable,
    gpu_ids: Sequence[str],
    gpus_per_node: int,
    prices: dict[str, float],
    measured: Sequence[MeasuredType],
) -> list[Candidate]:
    of = {each.gpu.id: each for each in measured}
    chosen = {gpu_id: table.get(gpu_id) for gpu_id in gpu_ids}
    for what, given in (("--measured", of), ("--gpu-hour-usd", prices)):
        if chosen and (unused := [gpu_id for gpu_id in given if gpu_id not in chosen]):
            raise ValueError(
                f"{what} is of {', '.join(unused)}, which is not planned for: add "
                + " ".join(f"--gpu {gpu_id}" for gpu_id in unused)
            )
    # Without a choice, what has no memory or rates of its own, such as a CPU, is not asked.
    specs = [*chosen.values()] or [
        spec
        for spec in table.specs.values()
        if spec.id in of or (spec.memory_bytes and spec.dense_flops_per_s)
    ]
    return [_candidate(spec, gpus_per_node, prices.get(spec.id), of.get(spec.id)) for spec in specs]


def _candidate(
    spec: GPUSpec, gpus_per_node: int, price: float | None, measured: MeasuredType | None
) -> Candidate:
    if measured is None:
        return Candidate(spec, gpus_per_node, PRIORS, price)
    # A CPU is the whole of its machine.
    together = 1 if measured.is_cpu else gpus_per_node
    return Candidate(spec, together, measured.calibration, price, measured.steps)


def _prices(given: Sequence[str], table: GPUTable) -> dict[str, float]:
    prices = {}
    for text in given:
        gpu_id, _, price = text.partition("=")
        try:
            prices[table.get(gpu_id).id] = float(price)
        except ValueError as error:
            if gpu_id not in table.specs:
                raise error
            raise ValueError(f"--gpu-hour-usd takes ID=PRICE, such as {gpu_id}=2.5") from None
        if not 0 <= prices[gpu_id] < math.inf:
            raise ValueError(f"the price of {gpu_id} is not one: give US dollars an hour")
    return prices
