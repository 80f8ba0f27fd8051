"""Who signs a gate's record, and the act in the log that it was made."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission
from router.audit.acts import Act, record_act
from router.domain import JsonObject
from router.gate.acts import JUDGED
from router.gate.record import GateRecord, envelope, record_of
from serving.cli.actor import require_actor
from serving.cli.policy_records import opened
from serving.cluster.paths import ClusterPaths


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who may move models, and the audit key of the cluster where that is."""

    actor: Actor
    paths: ClusterPaths
    key: Ed25519PrivateKey = field(repr=False)


def signer_of(state_dir: Path) -> Signer | None:
    """None where there is no cluster, as on a machine of a CI. Ends the command for somebody who
    may not sign.
    """
    paths = ClusterPaths.of(state_dir)
    if not paths.audit_private_key.exists():
        return None
    actor = require_actor(state_dir, Permission.MOVE_MODELS)
    key = Ed25519PrivateKey.from_private_bytes(paths.audit_private_key.read_bytes())
    return Signer(actor, paths, key)


def keep_record(folder: Path, content: JsonObject, report: str, signer: Signer | None) -> Path:
    """Writes the record and, beside it, the report; returns the record's path.

    Effects: two files, and where it is signed an act in the log.
    """
    record = record_of(content)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record.id}.json"
    signed = envelope(content, None if signer is None else signer.key)
    if signer is not None:
        _log(record, signer)
    path.write_text(json.dumps(signed, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(report, encoding="utf-8")
    return path


def _log(record: GateRecord, signer: Signer) -> None:
    details: JsonObject = {
        "record": record.id,
        "sha256": record.sha256,
        "verdict": record.verdict.value,
        "candidate": record.candidate.as_json(),
        "against": record.against.as_json(),
        "inputs": None if record.inputs is None else record.inputs.as_json(),
    }
    with opened(signer.paths) as engine, engine.begin() as connection:
        record_act(connection, Act(JUDGED, signer.actor.name, "", details), time.time())
