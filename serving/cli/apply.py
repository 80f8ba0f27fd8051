"""`ringfence apply`"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.table import Table

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission
from router.config.yaml_document import YamlDocument, parse_yaml
from router.domain import JsonObject
from router.errors import ConfigError, ConfigProblem
from router.gate.record import GateRefused
from router.lifecycle import by_hand
from router.lifecycle.unrecorded import read_unrecorded
from router.policy.archive import keep
from router.policy.lint import lint
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.policy.reload import version_needed
from serving.cli.actor import require_actor
from serving.cli.changes import by_model, carry_out, planned, running, said, shortages
from serving.cli.gate_shown import GateFile, Rollback, Shown, WithoutGate, require_shown
from serving.cli.options import (
    EXIT_FAILED,
    MODELS,
    POLICY,
    STATE_DIR,
    AsJson,
    Models,
    Policy,
    ReasonIfAny,
    StateDir,
)
from serving.cli.output import cures, err, out, print_json
from serving.cli.policy_apply import digest_to_replace
from serving.cli.stale_models import stale_models_said, warn_of
from serving.cli.state import existing
from serving.cluster.applications import ModelApplication
from serving.cluster.change import Change
from serving.cluster.database import open_database
from serving.cluster.differences import Difference, differences
from serving.cluster.paths import ClusterPaths
from serving.cluster.report import Report
from serving.cluster.room import Demand, Room
from serving.cluster.secrets import take_credentials
from serving.cluster.stand_ins import credential_names, providers_without_credential


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What the files would make of the cluster; `blockers` say why they cannot."""

    before: str
    after: str
    differences: Sequence[Difference]
    blockers: Sequence[str]
    warnings: Sequence[ConfigProblem]
    stale: Sequence[str]

    @property
    def is_nothing(self) -> bool:
        return not self.differences and self.before == self.after

    def as_json(self) -> JsonObject:
        return {
            "rules": {"before": self.before, "after": self.after},
            "changes": [each.as_json() for each in self.differences],
            "blockers": list(self.blockers),
            "warnings": [asdict(warning) for warning in self.warnings],
            "stale": list(self.stale),
        }


def apply(
    reason: ReasonIfAny = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    gate: GateFile = None,
    rollback: Rollback = None,
    without_gate: WithoutGate = None,
    as_json: AsJson = False,
) -> None:
    """Make the running cluster what these files say: models, replicas and rules.

    Says what would change first. Models that are new are added and waited for; then every gateway
    decides by the new rules, at once; then what no rule needs is removed, after its requests ended.
    A model that changes under its own version is started again in place: give it a version of its
    own where no request may wait for it. What fails is taken back, and what ran goes on running.
    The rules are proven first, and refused as `ringfence policy apply` refuses them; replica counts
    of `ringfence scale` give way to those of models.yaml.

    Exit status: 0, or 1 if it cannot be done, 3 where no cluster runs.

    Example: ringfence apply --dry-run --models models.yaml
    """
    paths = existing(state_dir)
    shown = Shown(gate, rollback, without_gate)
    why = "" if dry_run else shown.reason(reason)
    actor = None if dry_run else require_actor(state_dir, Permission.APPLY_POLICY)
    with cures():
        rules = load_rules(models, policy)
        report = running(paths)
        document = parse_yaml(rules.policy.text.models, str(models))
        found = _compared(paths, report, rules, document, shown)
        _print(found, as_json=as_json)
        if found.blockers:
            raise typer.Exit(EXIT_FAILED)
        if actor is None or found.is_nothing:
            return
        available = take_credentials(paths, credential_names(rules.registry), os.environ)
        change = Change(
            actor=actor.name,
            reason=why,
            asked_at_s=time.time(),
            digest=_kept(paths, rules, shown, actor),
            simulated=_to_stand_in(rules, report, available),
        )
        carry_out(paths, change)
    if not as_json:
        out.print(f"applied: {found.after}", markup=False)


def _compared(
    paths: ClusterPaths, report: Report, rules: Rules, document: YamlDocument, shown: Shown
) -> _Comparison:
    """Raises ConfigError for rules that cannot take the place of those in force."""
    blockers: list[str] = []
    engine = open_database(paths)
    try:
        with engine.connect() as connection:
            unrecorded = read_unrecorded(connection, document)
            refused = by_hand.refusals(unrecorded, document)
            before = digest_to_replace(connection, rules, refused, with_deployments=False)
            try:
                require_shown(connection, paths, rules.policy.text, shown, None, time.time())
            except GateRefused as error:
                blockers.append(str(error))
    finally:
        engine.dispose()
    deployed = {key: model.deployed for key, model in report.models.items()}
    if problems := tuple(version_needed(deployed, rules)):
        raise ConfigError(problems)
    wanted = rules.registry.without_retired()
    fleet = by_model(planned(wanted, paths, report))
    changes = list(differences(report.models, wanted.entries, fleet))
    return _Comparison(
        before=before,
        after=rules.policy.digest,
        differences=changes,
        blockers=[
            *blockers,
            *(said(each) for each in shortages(*_asked(report, changes, fleet))),
        ],
        warnings=[*lint(rules, time.time()), *by_hand.warnings(unrecorded, document)],
        stale=[*stale_models_said(wanted).values()],
    )


def _asked(
    report: Report, changes: Sequence[Difference], fleet: Mapping[str, ModelApplication]
) -> tuple[Room, Iterator[Demand]]:
    """The room that there is, and what is asked of it, while what will be removed still runs."""
    room = Room(report.nodes)
    for change in changes:
        if change.what == "restarted":
            room.give_back(fleet[change.model].bundles, change.before)
    return room, (
        Demand(
            change.model,
            change.after if change.what == "restarted" else change.after - change.before,
            fleet[change.model].bundles,
        )
        for change in changes
        if change.model in fleet
    )


def _kept(paths: ClusterPaths, rules: Rules, shown: Shown, actor: Actor) -> str:
    engine = open_database(paths)
    try:
        with engine.begin() as connection:
            require_shown(connection, paths, rules.policy.text, shown, actor, time.time())
            return keep(connection, rules.policy.text)
    finally:
        engine.dispose()


def _to_stand_in(rules: Rules, report: Report, available: frozenset[str]) -> tuple[str, ...]:
    """Providers that come now and have no credential. What the others have, they keep."""
    known = {model.deployed.written.get("provider") for model in report.models.values()}
    without = providers_without_credential(rules.registry.without_retired(), available)
    return tuple(sorted(provider for provider in without if provider not in known))


def _print(found: _Comparison, *, as_json: bool) -> None:
    if as_json:
        print_json(found.as_json())
        return
    for warning in found.warnings:
        err.print(f"warning: {warning}", style="yellow", markup=False)
    warn_of(found.stale)
    if found.is_nothing:
        out.print("nothing would change", markup=False)
        return
    table = Table(box=None, show_header=False)
    for change in found.differences:
        count = f"{change.before} → {change.after}"
        table.add_row(change.what, change.model, count, ", ".join(change.why))
    out.print(table)
    if found.before != found.after:
        out.print(f"rules: {found.before} → {found.after}", markup=False)
    for blocker in found.blockers:
        err.print(f"ringfence: {blocker}", style="red", markup=False)
