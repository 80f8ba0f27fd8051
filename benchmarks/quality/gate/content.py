"""What a gate's record says: all that a verdict was reached from, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.machine import commit
from benchmarks.quality.gate.asked import Traffic
from benchmarks.quality.gate.judge import Judgement
from benchmarks.quality.gate.misroutes import Golden
from benchmarks.quality.gate.noninferiority import ALPHA
from benchmarks.quality.gate.outcomes import Matrix, sources_as_json
from benchmarks.quality.gate.report import statistics
from router.domain import Json, JsonObject
from router.gate.record import KIND, SCHEMA, Judged
from router.gate.rules import CriticalSlice


def content_of(
    judgement: Judgement,
    *,
    candidate: Judged,
    against: Judged,
    slices: Sequence[CriticalSlice],
    matrix: Matrix,
    traffic: Traffic | None,
    golden: Sequence[Golden],
    now: datetime,
    by: str | None,
) -> JsonObject:
    """The content of a record, to be signed. `traffic` is None where every kind counted alike, and
    `by` where nobody vouches for it.
    """
    made_at = now.astimezone(UTC).replace(microsecond=0)
    suites: list[Json] = [{"name": name, "digest": said} for name, said in matrix.suites.items()]
    head, changed = commit(Path(__file__).parent)
    build: JsonObject = {"version": _version(), "commit": head, "uncommitted_changes": changed}
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "id": f"gate-{made_at:%Y%m%dT%H%M%SZ}-{candidate.meaning.removeprefix('sha256:')[:7]}",
        "made_at": made_at.isoformat().replace("+00:00", "Z"),
        "by": by,
        "ringfence": build,
        "candidate": candidate.as_json(),
        "against": against.as_json(),
        "verdict": judgement.verdict.value,
        "reasons": list[Json](judgement.reasons),
        "margin": judgement.findings.margin,
        "alpha": ALPHA,
        "critical_slices": [each.as_json() for each in slices],
        "suites": suites,
        "outcomes": list[Json](sources_as_json(matrix.sources)),
        "traffic": None if traffic is None else traffic.as_json(),
        "golden": [
            {"file": each.file, "sha256": each.sha256, "cases": len(each.cases)} for each in golden
        ],
        "statistics": statistics(judgement.findings),
    }


def _version() -> str:
    try:
        return version("ringfence")
    except PackageNotFoundError:
        return "unknown"
