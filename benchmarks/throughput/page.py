"""Records → one HTML page with plots that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from benchmarks.throughput.anchors import Anchor
from benchmarks.throughput.record import ThroughputRecord
from benchmarks.throughput.report import current, report
from benchmarks.throughput.scenario import Kind, Layer
from benchmarks.throughput.summary import layer_costs, made_per_s
from benchmarks.throughput.svg import Axis, Series, chart

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#1f2933;max-width:70rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;font-size:14px;display:block;overflow-x:auto}"
    "th,td{border:1px solid #d9dee4;padding:.25rem .5rem;text-align:left}svg{max-width:44rem;"
    "width:100%;display:block;margin:1rem 0}code{background:#f2f4f6}"
)


def page(records: Sequence[ThroughputRecord], anchors: Sequence[Anchor]) -> str:
    """Deterministic: the same records make the same page."""
    body = "\n".join((*_html(report(records, anchors)), "<h2>Plots</h2>", *_plots(records)))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Throughput</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>\n{body}\n</body></html>\n"
    )


def _plots(records: Sequence[ThroughputRecord]) -> Iterator[str]:
    shown = current(records)
    for gpu in dict.fromkeys(record.gpu for record in shown):
        yield throughput_against_latency(gpu, [record for record in shown if record.gpu == gpu])
    for record in shown:
        drawn = roofline_plot(record)
        if drawn is not None:
            yield drawn
    yield history(records)


def throughput_against_latency(gpu: str, records: Sequence[ThroughputRecord]) -> str:
    """Closed loops: how much is made in all, against how fast one reader gets it."""
    series = []
    for record in records:
        for layer in record.layers:
            loops: dict[str, list[tuple[int, float, float]]] = {}
            for run in record.runs:
                if run.kind is Kind.CLOSED and run.layer is layer and run.tpot_s is not None:
                    lengths = run.scenario.partition(" ")[2]
                    point = (run.concurrency or 0, run.tpot_s.p50 * 1e3, made_per_s(run))
                    loops.setdefault(lengths, []).append(point)
            for lengths, points in loops.items():
                line = [(ms, made) for _, ms, made in sorted(points)]
                series.append(Series(f"{record.model}, {layer}, {lengths}", line))
    return chart(
        f"{gpu}: throughput against latency",
        Axis("TPOT p50, ms"),
        Axis("output tokens/s"),
        series,
    )


def roofline_plot(record: ThroughputRecord) -> str | None:
    """The machine's two peaks, and where decode was; None where a peak is not known."""
    points = [
        (run.flops_per_byte, run.mfu * record.peaks.flops_per_s)
        for run in record.runs
        if record.peaks is not None and run.flops_per_byte and run.mfu
    ]
    if record.peaks is None or not points:
        return None
    flops, bandwidth = record.peaks.flops_per_s, record.peaks.bytes_per_s
    ridge = flops / bandwidth
    low = min(ridge, *(intensity for intensity, _ in points)) / 4
    roof = [(low, low * bandwidth), (ridge, flops), (ridge * 8, flops)]
    return chart(
        f"{record.gpu}, {record.model}: roofline",
        Axis("operations a byte", is_log=True),
        Axis("operations/s", is_log=True, text="{:.0e}".format),
        [
            Series("peaks", roof, is_line_only=True),
            Series("decode, measured", points, is_joined=False),
        ],
    )


def history(records: Sequence[ThroughputRecord]) -> str:
    """Saturated output tokens/s of every record, against the day it was measured."""
    if not records:
        return ""
    first = min(record.measured_at for record in records)
    series: dict[str, list[tuple[float, float]]] = {}
    for record in sorted(records, key=lambda one: one.measured_at):
        days = (record.measured_at - first).total_seconds() / 86_400
        for cost in layer_costs(record.runs):
            if cost.layer in (Layer.ENGINE, Layer.GATEWAY):
                name = f"{record.gpu}, {cost.layer}, {cost.scenario.partition(' ')[2]}"
                series.setdefault(name, []).append((days, cost.output_tokens_per_s))
    return chart(
        "History: saturated throughput",
        Axis(f"days since {first:%Y-%m-%d}"),
        Axis("output tokens/s"),
        [Series(name, points) for name, points in series.items()],
    )


def _html(markdown: str) -> Iterator[str]:
    """Of the Markdown that `report` makes, and no more of it: headings, tables, lists, text."""
    for block in markdown.strip().split("\n\n"):
        lines = block.split("\n")
        if block.startswith("#"):
            level = len(block) - len(block.lstrip("#"))
            yield f"<h{level}>{escape(block.lstrip('# '))}</h{level}>"
        elif block.startswith("|"):
            yield "<table>"
            yield _cells(lines[0], "th")
            yield from (_cells(line, "td") for line in lines[2:])
            yield "</table>"
        elif block.startswith("- "):
            yield "<ul>"
            yield from (f"<li>{_inline(line.removeprefix('- '))}</li>" for line in lines)
            yield "</ul>"
        else:
            yield f"<p>{_inline(block)}</p>"


def _cells(line: str, tag: str) -> str:
    cells = line.strip("|").split(" | ")
    return "<tr>" + "".join(f"<{tag}>{_inline(cell.strip())}</{tag}>" for cell in cells) + "</tr>"


def _inline(text: str) -> str:
    """Bold and code, which come in pairs."""
    for mark, tag in (("**", "b"), ("`", "code")):
        parts = (escape(text) if mark == "**" else text).split(mark)
        text = "".join(
            f"<{tag}>{part}</{tag}>" if index % 2 else part for index, part in enumerate(parts)
        )
    return text
