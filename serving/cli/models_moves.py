"""`ringfence models promote|approve|reject|rollback|retire|adopt`: moves, with who and why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from sqlalchemy import Engine

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission
from router.config.yaml_document import YamlDocument, load_yaml
from router.lifecycle.document import Edit, edited
from router.lifecycle.evidence import gather
from router.lifecycle.move import apply, propose, refuse, require_approvable, takes_two
from router.lifecycle.moves import Move, moves_of, read, version_before
from router.lifecycle.plan import Change, MoveKind, adoption, promotion
from router.lifecycle.plan import rollback as rollback_change
from router.lifecycle.registers.inventory import described
from router.lifecycle.requirements import EvidenceKind, MoveRefused
from router.policy.load import build_rules
from router.policy.policy import Rules
from router.registry.card import LifecycleState
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, Models, Policy, StateDir
from serving.cli.output import cures, err, out, print_json
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths

Key: TypeAlias = Annotated[str, typer.Argument(help="ID@VERSION, as `models list` shows it.")]
MoveId: TypeAlias = Annotated[str, typer.Argument(help="The id that `models list` shows.")]
Reason: TypeAlias = Annotated[str, typer.Option(help="Why; it is recorded. No names, no secrets.")]
Shown: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--evidence", help="KIND=FILE; evaluation, safety or bias. May be repeated."),
]


@dataclass(frozen=True, slots=True)
class _Workplace:
    """models.yaml and the policy as they were read once, and who acts on which database."""

    document: YamlDocument
    policy: YamlDocument
    rules: Rules
    actor: Actor
    engine: Engine

    def edit(self, change: Change, now_s: float) -> Edit:
        """What is to be written: only what the policy can be proven over."""
        day = datetime.fromtimestamp(now_s, UTC).date()
        return edited(self.document, change, day, lambda after: build_rules(after, self.policy))


def promote(
    key: Key,
    to: Annotated[LifecycleState, typer.Option(help="The state to bring it to.")],
    reason: Reason,
    share: Annotated[
        float | None, typer.Option(help="A canary's part of its champion's requests.")
    ] = None,
    evidence: Shown = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Bring a version to another state; to canary and to production once somebody else approves.

    Writes models.yaml in place, comments and all. A running cluster goes by it once it is applied.

    Example: ringfence models promote tiny@2 --to canary --share 0.05 --reason "Better at German."
    --evidence evaluation=eval.json --evidence safety=safety.json
    """
    with _working(models, policy, state_dir, Permission.MOVE_MODELS) as at:
        change = promotion(at.rules.registry, key, to, share)
        _move(at, change, reason, _parsed(evidence or []), as_json)


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
    with _working(models, policy, state_dir, Permission.MOVE_MODELS) as at:
        _move(at, promotion(at.rules.registry, key, LifecycleState.RETIRED), reason, [], as_json)


def rollback(
    model_id: Annotated[str, typer.Argument(help="The id whose alias goes back.")],
    reason: Reason,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Make the version before the champion again, at once and without a second person.

    Example: ringfence models rollback tiny --reason "Answers in the wrong language."
    """
    with _working(models, policy, state_dir, Permission.MOVE_MODELS) as at:
        registry = at.rules.registry
        champion = registry.resolve(model_id)
        with reading(at.engine).begin() as connection:
            moves = moves_of(connection, model_id)
        before = None if champion is None else version_before(moves, champion.version)
        _move(at, rollback_change(registry, model_id, before), reason, [], as_json)


def adopt(
    key: Key,
    reason: Reason,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Answer for the state in which models.yaml was found, where no move has brought it there.

    Changes nothing but the record, which shows that no evidence was asked for.

    Example: ringfence models adopt tiny@1 --reason "In production before Ringfence was."
    """
    with _working(models, policy, state_dir, Permission.APPROVE_MODELS) as at:
        _move(at, adoption(at.rules.registry, key), reason, [], as_json)


def approve(
    move_id: MoveId,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Let a move pass that somebody else proposed, and make it. Reads its evidence again.

    Example: ringfence models approve 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c
    """
    with _working(models, policy, state_dir, Permission.APPROVE_MODELS) as at:
        now_s = time.time()
        with reading(at.engine).begin() as connection:
            move = read(connection, move_id)
        require_approvable(move, at.document, at.actor)
        edit = at.edit(move.change, now_s)
        with at.engine.begin() as connection:
            moved = apply(connection, move, edit, at.actor, now_s)
        _say(moved, as_json)


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
    with _working(models, policy, state_dir, Permission.MOVE_MODELS) as at:
        with at.engine.begin() as connection:
            ended = refuse(connection, read(connection, move_id), at.actor, reason, time.time())
        _say(ended, as_json)


@contextmanager
def _working(
    models: Path, policy: Path, state_dir: Path, needed: Permission
) -> Iterator[_Workplace]:
    with cures():
        documents = load_yaml(models), load_yaml(policy)
        rules = build_rules(*documents)
    actor = require_actor(state_dir, needed)
    with cures():
        engine = open_database(ClusterPaths.of(state_dir))
        try:
            yield _Workplace(*documents, rules, actor, engine)
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise MoveRefused(f"{models} cannot be written: {said}; nothing was moved") from None
        finally:
            engine.dispose()


def _move(
    at: _Workplace,
    change: Change,
    reason: str,
    shown: list[tuple[EvidenceKind, Path]],
    as_json: bool,
) -> None:
    now_s = time.time()
    evidence = tuple(gather(shown, change.key, Path(at.document.file).parent))
    # Before anything is recorded: what cannot be served with is not worth a second person's time.
    edit = at.edit(change, now_s)
    with at.engine.begin() as connection:
        move = propose(
            connection,
            at.document,
            change,
            evidence=evidence,
            actor=at.actor,
            reason=reason,
            now_s=now_s,
        )
        if not takes_two(change):
            move = apply(connection, move, edit, at.actor, now_s)
    _say(move, as_json)


def _parsed(shown: list[str]) -> list[tuple[EvidenceKind, Path]]:
    found = []
    for text in shown:
        kind, separator, path = text.partition("=")
        if not separator or not path or kind not in set(EvidenceKind):
            known = ", ".join(EvidenceKind)
            raise typer.BadParameter(f"--evidence takes KIND=FILE, where KIND is one of: {known}")
        found.append((EvidenceKind(kind), Path(path)))
    return found


def _say(move: Move, as_json: bool) -> None:
    if as_json:
        print_json(described(move))
        return
    change = move.change
    match move.status:
        case "waiting":
            err.print("somebody else has to approve it: ringfence models approve", markup=False)
            out.print(move.id, markup=False)
        case "refused":
            out.print("refused; models.yaml is as it was", markup=False)
        case _:
            out.print(
                f"{change.model_id}: champion {change.champion_after or 'none'}, "
                f"{change.key} is {change.to_state}",
                markup=False,
            )
            if change.kind is not MoveKind.ADOPT:
                err.print("a running cluster goes by it once it is applied", markup=False)
