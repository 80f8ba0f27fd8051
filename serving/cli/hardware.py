"""`ringfence hardware …`: what GPU types are on paper, and what this machine is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from hardware.gpu_table import GPUS, load_gpus
from hardware.specs import Confidence, Dtype, Figure, GPUSpec
from serving.cli import hardware_probe
from serving.cli.hardware_probe import GpusFile
from serving.cli.options import AsJson
from serving.cli.output import cures, out, print_json

app = typer.Typer(help="Know what machines are, on paper and in fact.", no_args_is_help=True)
app.command("probe")(hardware_probe.probe)

_GIGA, _TERA = 1e9, 1e12
_UNKNOWN = "-"


@app.command("list")
def list_gpus(gpus: GpusFile = GPUS, as_json: AsJson = False) -> None:
    """List the GPU types of the table: memory, bandwidth, dense peaks, link and power.

    Rates are in TFLOP/s without sparsity, the link in GB/s both ways together. ~ is somebody else's
    word, - is unknown.

    Example: ringfence hardware list --json
    """
    with cures():
        table = load_gpus(gpus)
    if as_json:
        print_json([_spec_json(spec) for spec in table.specs.values()])
        return
    shown = Table(box=None)
    shown.add_column("id", no_wrap=True)
    for column in ("GB", "GB/s", "16-bit", "fp8", "fp4", "link", "W"):
        shown.add_column(column, justify="right", no_wrap=True)
    for spec in table.specs.values():
        peaks = spec.dense_flops_per_s
        link = spec.interconnect
        shown.add_row(
            escape(spec.id),
            _number(spec.memory_bytes, _GIGA),
            _number(spec.memory_bandwidth_bytes_per_s, _GIGA),
            _number(peaks.get(Dtype.BF16) or peaks.get(Dtype.FP16), _TERA),
            _number(peaks.get(Dtype.FP8), _TERA),
            _number(peaks.get(Dtype.FP4), _TERA),
            _number(None if link is None else link.bytes_per_s, _GIGA),
            _number(spec.power_w, 1),
        )
    out.print(shown)


@app.command()
def show(
    gpu_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` has it.")],
    gpus: GpusFile = GPUS,
    as_json: AsJson = False,
) -> None:
    """Show every figure of one GPU type, who says so, and how sure it is.

    Example: ringfence hardware show h100-sxm
    """
    with cures():
        spec = load_gpus(gpus).get(gpu_id)
    if as_json:
        print_json(_spec_json(spec))
        return
    out.print(f"{spec.id}: {spec.vendor} {spec.name}, {spec.architecture}", markup=False)
    sources: list[str] = []
    for what, figure, unit_name, unit in _figures(spec):
        if figure is None:
            out.print(f"  {what:17} unknown", markup=False)
            continue
        if figure.source not in sources:
            sources.append(figure.source)
        value = f"{figure.value / unit:,.7g} {unit_name}"
        note = f"[{sources.index(figure.source) + 1}]"
        out.print(f"  {what:17} {value:>14}  {figure.confidence:9}  {note}", markup=False)
    out.print(f"  {'Ray calls it':17} {spec.accelerator_type or 'nothing'}", markup=False)
    out.print(f"  {'NVML calls it':17} {', '.join(spec.nvml_names) or 'nothing'}", markup=False)
    for number, source in enumerate(sources, 1):
        out.print(f"[{number}] {source}", markup=False)


def _number(figure: Figure | None, unit: float) -> str:
    if figure is None:
        return _UNKNOWN
    mark = "~" if figure.confidence is Confidence.REPORTED else ""
    value = figure.value / unit
    return f"{mark}{value:,.0f}" if value >= 1000 else f"{mark}{value:.4g}"


def _figures(spec: GPUSpec) -> Iterator[tuple[str, Figure | None, str, float]]:
    yield "memory", spec.memory_bytes, "GB", _GIGA
    yield "memory bandwidth", spec.memory_bandwidth_bytes_per_s, "GB/s", _GIGA
    for dtype in Dtype:
        unit = "TOP/s" if dtype is Dtype.INT8 else "TFLOP/s"
        yield f"dense {dtype}", spec.dense_flops_per_s.get(dtype), unit, _TERA
    link = spec.interconnect
    what = "link" if link is None else link.kind
    yield what, None if link is None else link.bytes_per_s, "GB/s", _GIGA
    yield "power", spec.power_w, "W", 1


def _spec_json(spec: GPUSpec) -> dict[str, Any]:
    link = spec.interconnect
    return {
        "id": spec.id,
        "name": spec.name,
        "vendor": spec.vendor,
        "architecture": spec.architecture,
        "memory_bytes": _figure_json(spec.memory_bytes),
        "memory_bandwidth_bytes_per_s": _figure_json(spec.memory_bandwidth_bytes_per_s),
        "dense_flops_per_s": {
            str(dtype): _figure_json(figure) for dtype, figure in spec.dense_flops_per_s.items()
        },
        "interconnect": None
        if link is None
        else {"kind": link.kind, "bytes_per_s": _figure_json(link.bytes_per_s)},
        "power_w": _figure_json(spec.power_w),
        "accelerator_type": spec.accelerator_type,
        "nvml_names": list(spec.nvml_names),
    }


def _figure_json(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {"value": figure.value, "source": figure.source, "confidence": str(figure.confidence)}
