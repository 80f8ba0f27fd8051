"""Certificates for tests, and a stack whose fast tier is tried before its balanced one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from router.risk.calibration import Calibration
from router.risk.certificate import Certificate, CertifiedModel, Evidence, Promise
from router.risk.certificate_record import record_of
from router.risk.clopper_pearson import upper_bound
from router.task import Task

CHEAP, STRONG = "fast-model@1", "openai-model@1"
SURE_LOGPROB, UNSURE_LOGPROB = -0.1, -3.0
"""Of an answer that is kept by a certificate as below, and of one that is not."""

Edit = Callable[[dict[str, Any], dict[str, Any]], None]


def certificate(
    *,
    cheap: str = CHEAP,
    strong: str = STRONG,
    task: Task | None = None,
    signal: str = "mean_logprob",
    threshold: float = -1.0,
    max_wrong_kept: float = 0.05,
    promise: Promise = Promise.OF_KEPT,
    made_on: date | None = None,
    days: int = 90,
) -> Certificate:
    """100 were kept of 200, and none of them was wrong."""
    made_on = made_on or datetime.now(UTC).date() - timedelta(days=1)
    trials = promise.trials(kept=100, items=200)
    return Certificate(
        cheap_model=CertifiedModel(cheap),
        strong_model=CertifiedModel(strong),
        task=task,
        signal=signal,
        threshold=threshold,
        promise=promise,
        max_wrong_kept=max_wrong_kept,
        confidence=0.95,
        calibration=Calibration((-4.0, 0.0), (0.2, 0.95)),
        evidence=Evidence(200, 100, 0, upper_bound(0, trials, 0.95), 200, f"sha256:{'0' * 64}"),
        made_on=made_on,
        expires_on=made_on + timedelta(days=days),
    )


def reference(directory: Path, made: Certificate) -> dict[str, str]:
    """The certificate as a file, and how a policy refers to it."""
    content = json.dumps(record_of(made)).encode()
    digest = hashlib.sha256(content).hexdigest()
    file = directory / f"certificate-{digest[:12]}.json"
    file.write_bytes(content)
    return {"record": str(file), "sha256": digest}


def cascading(
    directory: Path, made: Certificate | None = None, and_then: Edit | None = None, **pair: Any
) -> Edit:
    """The fast tier before the balanced one, for `auto`; the first is cheap, the second dear."""

    def edit(models: dict[str, Any], policy: dict[str, Any]) -> None:
        for entry in models["models"]:
            if entry["location"] == "on-prem":
                entry["capabilities"] = [*entry["capabilities"], "logprobs"]
            else:
                entry["price"] = {"input_usd_per_mtok": 40.0, "output_usd_per_mtok": 80.0}
        said = {"from": "fast", "to": "balanced"}
        said["certificate"] = reference(directory, made or certificate())
        policy["escalation"] = [said | pair]
        if and_then is not None:
            and_then(models, policy)

    return edit
