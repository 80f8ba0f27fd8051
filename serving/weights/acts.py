"""What the audit log says about weights."""

from __future__ import annotations

from router.accounts.people.actor import CLUSTER
from router.audit.acts import Act
from serving.weights.background import Mismatch
from serving.weights.manifest import Manifest


def imported(
    models: tuple[str, ...], manifest: Manifest, actor: str = CLUSTER, reason: str = ""
) -> Act:
    """Weights were hashed and vouched for; with what a conversion was made from, and by what."""
    conversion = manifest.conversion
    return Act(
        "weights.imported",
        actor,
        reason,
        {
            "models": list(models),
            "weights_digest": manifest.weights_digest,
            "files": len(manifest.files),
            "size_bytes": sum(entry.size_bytes for entry in manifest.files.values()),
            "source_sha256": None if conversion is None else conversion.source_sha256,
            "tools": {} if conversion is None else dict(conversion.tools),
        },
    )


def mismatched(mismatch: Mismatch, actor: str = CLUSTER) -> Act:
    """Weights in service were found to be others, and were taken out."""
    return Act(
        "weights.mismatch",
        actor,
        mismatch.reason,
        {"models": list(mismatch.models), "weights_digest": mismatch.weights_digest},
    )
