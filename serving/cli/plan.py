"""`ringfence plan`: which GPU types, how many, at what cost, and what a lost node leaves."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hardware.capacity import EngineLimits, ServedModel
from hardware.capacity_bytes import KVDtype, WeightsDtype, native_dtype
from hardware.gpu_table import GPUS, GPUTable, load_gpus
from hardware.plan import Candidate, Demand
from hardware.plan import plan as make_plan
from hardware.plan_pool import Objective
from hardware.queueing import Lengths
from hardware.queueing_calibrate import MeasuredPoint, efficiencies
from hardware.roofline import IDEAL, PRIORS, Calibration, roofline
from hardware.shape import ModelShape
from hardware.shape_config import load_shape
from serving.cli.options import AsJson
from serving.cli.output import cures, print_json
from serving.cli.plan_output import plan_json, print_plan

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
        float, typer.Option(help="Spread of lengths: standard deviation by mean.", min=0)
    ] = 0.5,
    gpus_per_node: Annotated[
        int, typer.Option(help="GPUs that are lost together, and that a replica may span.", min=1)
    ] = 8,
    gpu_hour_usd: Annotated[
        list[str] | None, typer.Option(help="ID=PRICE of one GPU; may be given repeatedly.")
    ] = None,
    measured: Annotated[
        list[Path] | None, typer.Option(help="Measured runs of this model, in place of priors.")
    ] = None,
    gpus: Annotated[Path, typer.Option(help="The table of GPU types.")] = GPUS,
    seed: Annotated[int, typer.Option(help="Draws arrivals and lengths.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Plan what to buy for a load: GPU types, splits, replicas, cost, and what a lost node leaves.

    Simulates arrivals, batching and KV cache over predicted step times. Predictions come from
    priors, and say so, until --measured gives runs of this model on a GPU type. Exit status: 0, or
    1 if no type would do.

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
        candidates = _candidates(
            table, gpu or [], gpus_per_node, _prices(gpu_hour_usd or [], table), served, measured
        )
        made = make_plan(served, demand, candidates, seed)
    if as_json:
        print_json(plan_json(served, demand, made))
        return
    print_plan(served, demand, made)


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


def _candidates(
    table: GPUTable,
    gpu_ids: Sequence[str],
    gpus_per_node: int,
    prices: dict[str, float],
    model: ServedModel,
    measured: Sequence[Path] | None,
) -> list[Candidate]:
    calibrations = dict(_calibration(path, table, model) for path in measured or ())
    # Without a choice, what has no memory or rates of its own, such as a CPU, is not asked.
    specs = [table.get(gpu_id) for gpu_id in dict.fromkeys(gpu_ids)] or [
        spec for spec in table.specs.values() if spec.memory_bytes and spec.dense_flops_per_s
    ]
    return [
        Candidate(spec, gpus_per_node, calibrations.get(spec.id, PRIORS), prices.get(spec.id))
        for spec in specs
    ]


def _calibration(path: Path, table: GPUTable, model: ServedModel) -> tuple[str, Calibration]:
    """A file of measured points: {"gpu": …, "tensor_parallel_size": 1, "points": [{…}]}."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        points = [MeasuredPoint(**point) for point in read["points"]]
        gpu_id, size = str(read["gpu"]), int(read.get("tensor_parallel_size", 1))
    except (OSError, TypeError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path} holds no measured runs ({type(error).__name__}); docs/guides/hardware.md "
            "shows the format"
        ) from None
    ideal = roofline(model, table.get(gpu_id), size, IDEAL)
    source = f"{len(points)} measured runs in {path.name}"
    return gpu_id, efficiencies(points, ideal, source)


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
