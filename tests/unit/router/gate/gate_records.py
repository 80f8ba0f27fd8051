"""Records of gates, signed by a key of the test's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.gate.record import envelope

MADE_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHIPPED = "5" * 64
"""The sha256 of golden cases that came along, as far as these tests go."""


def content(candidate: str, against: str, **said: Any) -> dict[str, Any]:
    return {
        "schema": 2,
        "kind": "gate",
        "id": "gate-20261122T120000Z-abcdef0",
        "made_at": MADE_AT.isoformat(),
        "by": "somebody",
        "candidate": {"digest": "sha256:bytes-new", "meaning": candidate},
        "against": {"digest": "sha256:bytes-old", "meaning": against},
        "verdict": "pass",
        "margin": 0.02,
        "critical_slices": [],
        "traffic": None,
        "golden": [golden(SHIPPED)],
    } | said


def golden(sha256: str) -> dict[str, Any]:
    return {"file": "misroutes.yaml", "sha256": sha256, "cases": 3}


def traffic(sha256: str) -> dict[str, Any]:
    return {"file": "traffic.jsonl", "sha256": sha256, "requests": 100}


def write(path: Path, said: dict[str, Any], key: Ed25519PrivateKey | None) -> Path:
    path.write_text(json.dumps(envelope(said, key), indent=1))
    return path
