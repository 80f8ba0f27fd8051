"""The record of a gate that is shown where rules are applied, or the emergency in which none is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from sqlalchemy import Connection

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import require
from router.audit.acts import Act, record_act
from router.domain import JsonObject, Role
from router.errors import RequestError
from router.gate.meaning import meaning_digest
from router.gate.record import GateRecord, GateRefused, load_record
from router.gate.require import require_gate
from router.gate.rules import GateRules
from router.policy.archive import active, text_of
from router.policy.load import rules_of_text
from router.policy.policy import RulesText
from serving.cli.audit_state import key_of_log
from serving.cli.options import MAX_REASON
from serving.cluster.paths import ClusterPaths

SHOWN = "gate.shown"
BYPASSED = "gate.bypassed"


def _why(text: str | None) -> str | None:
    """Raises BadParameter for a reason that says nothing, or too much."""
    if text is not None and (not text.strip() or len(text) > MAX_REASON):
        raise typer.BadParameter(f"say why, in at most {MAX_REASON:,} characters")
    return None if text is None else text.strip()


GateFile: TypeAlias = Annotated[
    Path | None, typer.Option("--gate", help="The record by which `ringfence gate` let it pass.")
]
WithoutGate: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--without-gate",
        metavar="REASON",
        help="In an emergency: why no gate is asked for. Admins alone; the log has it.",
        callback=_why,
    ),
]


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody brings. Raises BadParameter for a record and an emergency at once."""

    file: Path | None = None
    emergency: str | None = None

    def __post_init__(self) -> None:
        if self.file is not None and self.emergency is not None:
            raise typer.BadParameter("show a record with --gate, or say --without-gate; not both")


NOTHING_SHOWN = Shown()


def require_shown(
    connection: Connection,
    paths: ClusterPaths,
    wanted: RulesText,
    shown: Shown,
    actor: Actor | None,
    now_s: float,
) -> None:
    """Lets rules be applied, by the gate of the policy in force. Raises GateRefused, a ValueError.

    Effects: an act where a record is shown, or an emergency declared. Without an actor nothing is
    recorded: somebody only asks what would happen.
    """
    said = active(connection)
    text = None if said is None else text_of(connection, said.digest)
    if text is None:
        rules, in_force = GateRules(), None
    else:
        # Records that the files name lie beside those that are to come.
        named = replace(text, models_file=wanted.models_file, policy_file=wanted.policy_file)
        rules, in_force = rules_of_text(named).policy.gate, meaning_digest(text)
    digest = meaning_digest(wanted)
    if shown.emergency is not None:
        _bypass(connection, shown.emergency, actor, digest, now_s)
        return
    record = None if shown.file is None else load_record(shown.file, key_of_log(paths))
    require_gate(record, wanted=digest, in_force=in_force, rules=rules, now_s=now_s)
    if record is not None and actor is not None:
        record_act(connection, Act(SHOWN, actor.name, "", _details(record)), now_s)


def _bypass(
    connection: Connection, reason: str, actor: Actor | None, digest: str, now_s: float
) -> None:
    if actor is None:
        return
    try:
        require(actor, Role.ADMIN)
    except RequestError as error:
        raise GateRefused(str(error)) from None
    record_act(connection, Act(BYPASSED, actor.name, reason, {"meaning": digest}), now_s)


def _details(record: GateRecord) -> JsonObject:
    return {
        "record": record.id,
        "sha256": record.sha256,
        "candidate": record.candidate.as_json(),
        "against": record.against.as_json(),
    }
