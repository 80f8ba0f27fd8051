"""Where moves of models are made: the files as they were read once, who acts, which database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission
from router.config.yaml_document import YamlDocument, load_yaml
from router.lifecycle.by_hand import require_recorded
from router.lifecycle.document import Edit, edited
from router.lifecycle.evidence import gather
from router.lifecycle.move import apply, propose, refuse, require_approvable, takes_two
from router.lifecycle.moves import Move, moves_of, read
from router.lifecycle.plan import Change, MoveKind
from router.lifecycle.requirements import EvidenceKind, MoveRefused
from router.lifecycle.unrecorded import read_unrecorded
from router.policy.load import build_rules
from router.policy.policy import Rules, RulesText
from router.registry.registry import Registry
from router.store.database import reading
from router.trials.halts import halts_now
from serving.cli.actor import require_actor
from serving.cli.gate_shown import NOTHING_SHOWN, Shown, require_shown
from serving.cli.output import cures
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths


@dataclass(frozen=True, slots=True)
class Workplace:
    """Methods raise MoveRefused, and ConfigError for what could not be served with."""

    document: YamlDocument
    policy: YamlDocument
    rules: Rules
    actor: Actor
    engine: Engine
    paths: ClusterPaths

    @property
    def registry(self) -> Registry:
        return self.rules.registry

    def moves_of(self, model_id: str) -> Sequence[Move]:
        with reading(self.engine).begin() as connection:
            return moves_of(connection, model_id)

    def move(
        self,
        change: Change,
        reason: str,
        shown: Sequence[tuple[EvidenceKind, Path]] = (),
        gate: Shown = NOTHING_SHOWN,
    ) -> Move:
        """Proposes the move, and makes it if one person is enough."""
        now_s = time.time()
        evidence = tuple(gather(shown, change.key, Path(self.document.file).parent))
        # Before anything is recorded: what cannot be served with wastes a second person's time.
        edit = self._edit(change, now_s)
        with self.engine.begin() as connection:
            _require_not_halted(connection, change)
            found = read_unrecorded(connection, self.document)
            require_recorded(found, self.document, change.key)
            self._require_gate(connection, change, edit, gate, now_s)
            move = propose(
                connection,
                self.document,
                change,
                evidence=evidence,
                actor=self.actor,
                reason=reason,
                now_s=now_s,
            )
            if takes_two(change):
                return move
            return apply(connection, move, edit, self.actor, now_s)

    def approve(self, move_id: str, gate: Shown = NOTHING_SHOWN) -> Move:
        now_s = time.time()
        with reading(self.engine).begin() as connection:
            move = read(connection, move_id)
        require_approvable(move, self.document, self.actor)
        edit = self._edit(move.change, now_s)
        with self.engine.begin() as connection:
            _require_not_halted(connection, move.change)
            self._require_gate(connection, move.change, edit, gate, now_s)
            return apply(connection, move, edit, self.actor, now_s)

    def reject(self, move_id: str, reason: str) -> Move:
        with self.engine.begin() as connection:
            move = read(connection, move_id)
            return refuse(connection, move, self.actor, reason, time.time())

    def _require_gate(
        self, connection: Connection, change: Change, edit: Edit, gate: Shown, now_s: float
    ) -> None:
        """For what clients get an answer of whom they did not; a rollback is in a hurry."""
        if takes_two(change):
            wanted = RulesText(
                edit.after, self.policy.content, self.document.file, self.policy.file
            )
            require_shown(connection, self.paths, wanted, gate, self.actor, now_s)

    def _edit(self, change: Change, now_s: float) -> Edit:
        """What is to be written: only what the policy can be proven over."""
        day = datetime.fromtimestamp(now_s, UTC).date()
        return edited(self.document, change, day, lambda after: build_rules(after, self.policy))


@contextmanager
def working(models: Path, policy: Path, state_dir: Path, needed: Permission) -> Iterator[Workplace]:
    """Opens it for somebody who may; prints what is raised inside, and leaves with its status."""
    with cures():
        documents = load_yaml(models), load_yaml(policy)
        rules = build_rules(*documents)
    actor = require_actor(state_dir, needed)
    with cures():
        paths = ClusterPaths.of(state_dir)
        engine = open_database(paths)
        try:
            yield Workplace(*documents, rules, actor, engine, paths)
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise MoveRefused(f"{models} cannot be written: {said}; nothing was moved") from None
        finally:
            engine.dispose()


def _require_not_halted(connection: Connection, change: Change) -> None:
    """A canary that was shown to be worse is not what everybody is to be answered by."""
    if change.kind is not MoveKind.PROMOTE or not change.to_state.answers_clients:
        return
    if any(halt.model == change.key for halt in halts_now(connection)):
        raise MoveRefused(
            f"{change.key} was halted, since it was shown to be worse than its champion: look at "
            "it with `ringfence models canary`, and resume it (--resume), or take it back with "
            f"`ringfence models promote {change.key} --to candidate`"
        )
