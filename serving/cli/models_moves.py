"""`ringfence models promote|approve|reject|rollback|retire|adopt`: moves, with who and why."""

from __future__ import annotations

from typing import Annotated

import typer

from router.accounts.people.permissions import Permission
from router.lifecycle.moves import Move, MoveStatus, version_before
from router.lifecycle.plan import MoveKind, adoption, promotion
from router.lifecycle.plan import rollback as rollback_change
from router.lifecycle.registers.inventory import described
from router.registry.card import LifecycleState
from serving.cli.gate_shown import GateFile, WithoutGate
from serving.cli.gate_shown import Shown as GateShown
from serving.cli.models_options import Key, MoveId, Share, Shown, parsed
from serving.cli.models_workplace import working
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, Models, Policy, Reason, StateDir
from serving.cli.output import err, out, print_json


def promote(
    key: Key,
    to: Annotated[LifecycleState, typer.Option(help="The state to bring it to.")],
    reason: Reason,
    share: Share = None,
    evidence: Shown = None,
    gate: GateFile = None,
    without_gate: WithoutGate = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Bring a version to another state; to canary and to production once somebody else approves.

    Where the policy in force asks for a gate, those two take the record of one that models.yaml
    passed as the move makes it, for the promotion and for its approval.
    Writes models.yaml in place, comments and all. Running gateways follow `ringfence policy apply`.

    Example: ringfence models promote tiny@2 --to canary --share 0.05 --reason "Better at German."
    --evidence evaluation=eval.json --evidence safety=safety.json
    """
    shown = parsed(evidence)
    with working(models, policy, state_dir, Permission.MOVE_MODELS) as at:
        change = promotion(at.registry, key, to, share)
        _say(at.move(change, reason, shown, GateShown(gate, emergency=without_gate)), as_json)


def retire(
    key: Key,
    reason: Reason,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Take a version out of service for good; one in production is deprecated first.

    Example: ringfence models retire tiny@1 --reason "Nobody has used it since May."
    """
    with working(models, policy, state_dir, Permission.MOVE_MODELS) as at:
        _say(at.move(promotion(at.registry, key, LifecycleState.RETIRED), reason), as_json)


def rollback(
    model_id: Annotated[str, typer.Argument(help="The id whose alias goes back.")],
    reason: Reason,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Make the version before the champion again, at once and without a second person.

    Neither this nor the `ringfence policy apply --rollback …` by which gateways follow asks for a
    gate.

    Example: ringfence models rollback tiny --reason "Answers in the wrong language."
    """
    with working(models, policy, state_dir, Permission.MOVE_MODELS) as at:
        champion = at.registry.resolve(model_id)
        moves = at.moves_of(model_id)
        before = None if champion is None else version_before(moves, champion.version)
        _say(at.move(rollback_change(at.registry, model_id, before), reason), as_json)


def adopt(
    key: Key,
    reason: Reason,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Answer for the state in which a version serves, where no move has brought it there.

    Changes nothing but the record, which shows that no evidence was asked for. What was edited
    since is not answered for: that takes a move.

    Example: ringfence models adopt tiny@1 --reason "In production before Ringfence was."
    """
    with working(models, policy, state_dir, Permission.APPROVE_MODELS) as at:
        _say(at.move(adoption(at.registry, key), reason), as_json)


def approve(
    move_id: MoveId,
    gate: GateFile = None,
    without_gate: WithoutGate = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Let a move pass that somebody else proposed, and make it. Reads its evidence again.

    Example: ringfence models approve 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c
    """
    with working(models, policy, state_dir, Permission.APPROVE_MODELS) as at:
        _say(at.approve(move_id, GateShown(gate, emergency=without_gate)), as_json)


def reject(
    move_id: MoveId,
    reason: Reason,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """End a move that waits without making it. Whoever proposed it may, too.

    Example: ringfence models reject 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --reason "Not in May."
    """
    with working(models, policy, state_dir, Permission.MOVE_MODELS) as at:
        _say(at.reject(move_id, reason), as_json)


def _say(move: Move, as_json: bool) -> None:
    """What became of it goes to stdout, what is next to stderr."""
    if as_json:
        print_json(described(move))
        return
    change = move.change
    match move.status:
        case MoveStatus.WAITING:
            out.print(move.id, markup=False)
            err.print(
                "models.yaml is as it was: somebody else has to approve it, by `ringfence models "
                f"approve {move.id}`",
                markup=False,
            )
        case MoveStatus.REFUSED:
            out.print("refused; models.yaml is as it was", markup=False)
        case MoveStatus.APPLIED:
            out.print(
                f"{change.model_id}: champion {change.champion_after or 'none'}, "
                f"{change.key} is {change.to_state}",
                markup=False,
            )
            if change.kind is not MoveKind.ADOPT:
                option = "--rollback" if change.kind is MoveKind.ROLLBACK else "--reason"
                err.print(
                    f"models.yaml says so now; `ringfence policy apply {option} …` lets running "
                    "gateways follow",
                    markup=False,
                )
