"""Records → Markdown: what each GPU type does, what each layer costs, and others' figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.readme_block import ReadmeBlock
from benchmarks.throughput.anchors import Anchor
from benchmarks.throughput.record import ThroughputRecord
from benchmarks.throughput.scenario import Kind, Layer
from benchmarks.throughput.summary import LayerCost, added_ttft, knees, layer_costs

BLOCK = ReadmeBlock("throughput")
MIN_GATEWAY_RATIO = 0.97
MAX_ADDED_TTFT_MS = 15.0
"""Goals: through the gateway by the engine alone on a GPU; the median, on a seen conversation."""

_NOT_YET = "No run is recorded yet: `ringfence bench throughput` makes one."
_NO_GPU = (
    "No record of a GPU is here: nothing above was run on one, and the figures below are others'."
)
_QUICK = "quick"


def current(records: Iterable[ThroughputRecord]) -> list[ThroughputRecord]:
    """The last record of each GPU type and model; a quick one only where there is no other."""
    last: dict[tuple[str, str], ThroughputRecord] = {}
    ordered = sorted(records, key=lambda one: (one.profile != _QUICK, one.measured_at))
    for record in ordered:
        last[record.gpu, record.model] = record
    return sorted(last.values(), key=lambda one: (one.gpu, one.model))


def readme_block(records: Sequence[ThroughputRecord], anchors: Sequence[Anchor]) -> str:
    """What stands between the markers, Markdown."""
    return "\n\n".join(_readme(current(records), anchors))


def report(records: Sequence[ThroughputRecord], anchors: Sequence[Anchor]) -> str:
    """All of it, Markdown, with a newline at its end."""
    parts = ["# Throughput", readme_block(records, anchors)]
    for record in current(records):
        parts += [f"## {record.gpu}: {record.model}", *_details(record)]
    return "\n\n".join(parts) + "\n"


def _readme(records: Sequence[ThroughputRecord], anchors: Sequence[Anchor]) -> Iterator[str]:
    if not records:
        yield _NOT_YET
    else:
        yield "\n".join(_layers_table(records))
        yield "\n".join(map(_provenance, records))
    if anchors and not any(map(_is_of_gpu, records)):
        yield _NO_GPU
    if anchors:
        yield "\n".join(_anchors_table(anchors))


def _provenance(record: ThroughputRecord) -> str:
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    warned = f" Warnings: {'; '.join(record.warnings)}." if record.warnings else ""
    return (
        f"- {record.gpu}, {record.model}: {record.profile}, {record.measured_at:%Y-%m-%d} at "
        f"`{record.commit[:7]}`{changed}, load by {record.generator}.{warned}"
    )


def _layers_table(records: Sequence[ThroughputRecord]) -> Iterator[str]:
    yield (
        "| GPU type | model | offline, in/out | layer | output tokens/s | ÷ engine alone | "
        "CPU ms a token | TTFT added, unloaded |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for record in records:
        added = {one.layer: one.added_ms for one in added_ttft(record.runs)}
        for cost in layer_costs(record.runs):
            is_inner = cost.layer is Layer.ENGINE
            yield _row(
                record.gpu,
                record.model,
                cost.scenario.removeprefix("offline "),
                cost.layer,
                f"**{_number(cost.output_tokens_per_s)}**",
                "" if is_inner else _ratio(record, cost),
                _told(cost.cpu_ms_per_output_token, "{:.2f}"),
                "" if is_inner else _added(cost.layer, added.get(cost.layer)),
            )


def _ratio(record: ThroughputRecord, cost: LayerCost) -> str:
    """✗ where a goal is missed: it is one of GPUs, on which the gateway has cores of its own."""
    if cost.ratio is None or cost.low is None or cost.high is None:
        return "engine not measured"
    has_goal = cost.layer is Layer.GATEWAY and _is_of_gpu(record)
    missed = " ✗" if has_goal and cost.ratio < MIN_GATEWAY_RATIO else ""
    return f"{cost.ratio:.3f} ({cost.low:.3f} to {cost.high:.3f}){missed}"


def _added(layer: Layer, added_ms: float | None) -> str:
    if added_ms is None:
        return ""
    missed = " ✗" if layer is Layer.GATEWAY and added_ms > MAX_ADDED_TTFT_MS else ""
    return f"{added_ms:+.1f} ms{missed}"


def _is_of_gpu(record: ThroughputRecord) -> bool:
    return record.fingerprint.get("accelerator") == "cuda"


def _details(record: ThroughputRecord) -> Iterator[str]:
    if record.input_tokens_per_s and record.output_tokens_per_s:
        yield (
            f"Nothing but prefill: {_number(record.input_tokens_per_s)} tokens/s. Nothing but "
            f"decode: {_number(record.output_tokens_per_s)} tokens/s."
        )
    if record.cost is not None:
        yield (
            f"At {record.cost.gpu_hour_usd:g} US dollars an hour of a GPU: "
            f"{record.cost.input_usd_per_mtok:.3g} a million prompt tokens and "
            f"{record.cost.output_usd_per_mtok:.3g} a million output tokens."
        )
    if record.peaks is not None:
        yield (
            f"Peaks: {record.peaks.flops_per_s / 1e12:.3g} TFLOP/s and "
            f"{record.peaks.bytes_per_s / 1e9:.4g} GB/s ({record.peaks.source})."
        )
    yield "\n".join(_runs_table(record))
    for (layer, lengths), rate in knees(record.runs, record.objective).items():
        yield f"Knee at {layer}, {lengths}: {rate:.3g} requests/s."
    if record.skipped:
        yield "Left out: " + "; ".join(record.skipped) + "."


def _runs_table(record: ThroughputRecord) -> Iterator[str]:
    yield (
        "| layer | scenario | repeat | output tokens/s (steady) | TTFT p50 / p95 ms | TPOT p50 ms "
        "| MFU | MBU | J a token |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for run in record.runs:
        steady = "" if run.steady is None else f" ({_number(run.steady.output_tokens_per_s)})"
        rate = f", {run.rate:g}/s" if run.kind is Kind.OPEN else ""
        ttft, tpot, power = run.ttft_s, run.tpot_s, run.power
        joules = None if power is None else power.joules_per_output_token
        yield _row(
            run.layer,
            f"{run.scenario}{rate}",
            str(run.repeat + 1),
            f"{_number(run.output_tokens_per_s)}{steady}",
            "" if ttft is None else f"{ttft.p50 * 1e3:,.0f} / {ttft.p95 * 1e3:,.0f}",
            "" if tpot is None else f"{tpot.p50 * 1e3:,.1f}",
            _told(run.mfu, "{:.1%}"),
            _told(run.mbu, "{:.1%}"),
            _told(joules, "{:.3g}"),
        )


def _anchors_table(anchors: Sequence[Anchor]) -> Iterator[str]:
    yield "| others' figures: GPU | model | in | in/out | output tokens/s | source |"
    yield "|---|---|---|---|---|---|"
    for one in anchors:
        yield _row(
            one.gpu,
            one.model,
            one.dtype,
            one.lengths,
            _number(one.output_tokens_per_s),
            one.source,
        )


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _told(value: float | None, form: str) -> str:
    """What is not known is left empty."""
    return "" if value is None else form.format(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"
