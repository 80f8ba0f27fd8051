"""What somebody shows where rules are applied: the record of a gate, the way back, an emergency."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from sqlalchemy import Connection

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import require
from router.audit.acts import Act, record_act
from router.domain import JsonObject, Role
from router.errors import RequestError
from router.gate.acts import BYPASSED, ROLLED_BACK, SHOWN
from router.gate.in_force import InForce
from router.gate.meaning import meaning_digest
from router.gate.record import GateRefused, load_record
from router.gate.require import require_gate
from router.gate.shown import shown_details
from router.gate.way_back import require_way_back
from router.policy.gate import gate_rules_of
from router.policy.load import rules_digest
from router.policy.policy import RulesText
from serving.cli.audit_state import key_of_log
from serving.cli.options import MAX_REASON
from serving.cluster.paths import ClusterPaths


def _why(text: str | None) -> str | None:
    """Raises BadParameter for a reason that says nothing, or too much."""
    if text is not None and (not text.strip() or len(text) > MAX_REASON):
        raise typer.BadParameter(f"say why, in at most {MAX_REASON:,} characters")
    return None if text is None else text.strip()


GateFile: TypeAlias = Annotated[
    Path | None, typer.Option("--gate", help="The record by which `ringfence gate` let it pass.")
]
Rollback: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--rollback",
        metavar="REASON",
        help="Why it goes back to what served before, which takes no gate; the log has it.",
        callback=_why,
    ),
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
    """What somebody brings. Raises BadParameter for more than one thing.

    `rollback` and `emergency` are the reasons of the two.
    """

    file: Path | None = None
    rollback: str | None = None
    emergency: str | None = None

    def __post_init__(self) -> None:
        said = [each for each in (self.file, self.rollback, self.emergency) if each is not None]
        if len(said) > 1:
            raise typer.BadParameter("say one of --gate, --rollback and --without-gate")

    def reason(self, said: str | None) -> str:
        """Why rules are applied: as said, or why they go back, or without a gate. Raises
        BadParameter for nothing at all.
        """
        found = said or self.rollback or self.emergency
        if found is None:
            raise typer.BadParameter("say why with --reason")
        return found


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

    Effects: an act where a record is shown, the way back taken, or an emergency declared. Without
    an actor nothing is recorded: somebody only asks what would happen.
    """
    from benchmarks.quality.gate.misroutes import shipped_golden  # noqa: PLC0415

    in_force = InForce.read(connection)
    act: Act | None = None
    by = "" if actor is None else actor.name
    if shown.emergency is not None:
        if actor is not None:
            _require_admin(actor)
        act = Act(BYPASSED, by, shown.emergency, _names(wanted))
    elif shown.rollback is not None:
        act = Act(ROLLED_BACK, by, shown.rollback, _way_back(connection, in_force, wanted, now_s))
    else:
        record = None if shown.file is None else load_record(shown.file, key_of_log(paths))
        require_gate(
            record,
            wanted=meaning_digest(wanted),
            in_force=in_force.meaning,
            rules=in_force.rules,
            shipped_golden=shipped_golden(),
            now_s=now_s,
        )
        act = None if record is None else Act(SHOWN, by, "", shown_details(record))
    if act is not None and actor is not None:
        record_act(connection, act, now_s)


def _way_back(
    connection: Connection, in_force: InForce, wanted: RulesText, now_s: float
) -> JsonObject:
    if in_force.text is None:
        raise GateRefused("nothing ever served from here: there is no way back")
    return require_way_back(
        connection,
        wanted,
        in_force.text,
        wanted_rules=gate_rules_of(wanted),
        rules=in_force.rules,
        now_s=now_s,
    )


def _require_admin(actor: Actor) -> None:
    try:
        require(actor, Role.ADMIN)
    except RequestError as error:
        raise GateRefused(str(error)) from None


def _names(wanted: RulesText) -> JsonObject:
    return {
        "digest": rules_digest(wanted.models, wanted.policy),
        "meaning": meaning_digest(wanted),
    }
