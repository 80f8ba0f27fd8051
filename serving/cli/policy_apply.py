"""`ringfence policy apply` and `show`: the rules that serve, and those that did."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Annotated

import typer
from sqlalchemy import Connection

from hardware.accelerator import accelerator
from router.accounts.people.permissions import Permission
from router.config.yaml_document import parse_yaml
from router.errors import ConfigError, ConfigProblem
from router.lifecycle import by_hand
from router.lifecycle.unrecorded import read_unrecorded
from router.policy.archive import Active, active, digests_like, keep, text_of
from router.policy.lint import lint
from router.policy.load import load_rules, rules_of_text
from router.policy.policy import Rules
from router.policy.reload import deployment_needed, restart_needed
from router.registry.execution import as_started
from serving.cli.actor import require_actor
from serving.cli.gate_shown import GateFile, Rollback, Shown, WithoutGate, require_shown
from serving.cli.options import (
    MODELS,
    POLICY,
    STATE_DIR,
    AsJson,
    Models,
    Policy,
    ReasonIfAny,
    StateDir,
)
from serving.cli.output import cures, err, fail, out, print_json
from serving.cli.policy_records import records
from serving.cli.state import existing
from serving.cluster.database import open_database
from serving.cluster.rules_switch import put_in_force

_SHOWN_FOR_A_START = (
    "the record holds, and the log says so (`gate.shown`): a start with these files bypasses no "
    "gate, for as long as the record counts and against what serves now. Nothing was applied:"
)


class StartNeeded(ConfigError):
    """Rules that running gateways cannot take up, and that a cluster can be started with."""


def apply(
    reason: ReasonIfAny = None,
    gate: GateFile = None,
    rollback: Rollback = None,
    without_gate: WithoutGate = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Have every running gateway serve with these files, within a second and without a restart.

    They are proven first, and refused where they need models or recognisers that do not run
    (`ringfence apply` deploys models), or where the state of a model, a canary's share or an alias
    was edited by hand: that takes a recorded move (`ringfence models`). Where the policy in force
    asks for a gate, they are refused without the record of one that they passed (--gate); not so on
    the way back, byte for byte to what served a while ago, or after `models rollback` (--rollback).
    A record that holds is in the log even where rules can only be started with: a start by
    manifests then bypasses no gate. Requests under way end as they began. A later `ringfence up`
    serves what its own files say. Exit status: 0, or 1 if nothing was applied.

    Example: ringfence policy apply --policy new-policy.yaml --reason "ticket 4711"
    """
    paths = existing(state_dir)
    shown = Shown(gate, rollback, without_gate)
    why = shown.reason(reason)
    actor = require_actor(state_dir, Permission.APPLY_POLICY)
    with cures():
        rules = load_rules(models, policy)
        now_s = time.time()
        warnings = list(lint(rules, now_s))
        start_needed: StartNeeded | None = None
        engine = open_database(paths)
        try:
            with engine.begin() as connection:
                document = parse_yaml(rules.policy.text.models, str(models))
                found = read_unrecorded(connection, document)
                refused = by_hand.refusals(found, document)
                try:
                    before = digest_to_replace(connection, rules, refused, with_deployments=True)
                except StartNeeded as error:
                    if shown.file is None:
                        raise
                    start_needed = error
                require_shown(connection, paths, rules.policy.text, shown, actor, now_s)
                if start_needed is None:
                    digest = keep(connection, rules.policy.text)
                    put_in_force(connection, Active(digest, now_s, actor.name), before, why)
                    warnings += by_hand.warnings(found, document)
        finally:
            engine.dispose()
        if start_needed is not None:
            err.print(_SHOWN_FOR_A_START, markup=False)
            raise start_needed
    if as_json:
        print_json(
            {"digest": digest, "before": before, "warnings": [asdict(each) for each in warnings]}
        )
        return
    for warning in warnings:
        err.print(f"warning: {warning}", style="yellow", markup=False)
    out.print(f"applied: {digest}", markup=False)


def show(
    digest: Annotated[
        str, typer.Argument(help="Of any rules that ever served, or its beginning.")
    ] = "",
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Print the text of rules that served, by the digest that records name; without one, of those
    that serve now.

    Exit status: 0, or 1 where the archive has none, or several that begin so.

    Example: ringfence policy show sha256:3f1c9a
    """
    with records(existing(state_dir)) as connection:
        found = _digest(connection, digest)
        text = text_of(connection, found)
    if text is None:
        fail(f"the archive has lost {found}")
    models, policy = text.models.decode("utf-8-sig"), text.policy.decode("utf-8-sig")
    if as_json:
        print_json({"digest": found, "models": models, "policy": policy})
        return
    typer.echo(f"# {found}\n# --- models.yaml\n{models}\n# --- policy.yaml\n{policy}", nl=False)


def digest_to_replace(
    connection: Connection,
    wanted: Rules,
    refused: Iterator[ConfigProblem],
    *,
    with_deployments: bool,
) -> str:
    """The digest that serves now, if `wanted` can take its place. Raises ConfigError, as
    StartNeeded where a start with these rules is all that is lacking.

    `with_deployments` is whether it has to do so on what is deployed.
    """
    now = active(connection)
    text = None if now is None else text_of(connection, now.digest)
    if now is None or text is None:
        fail("nothing has served from here yet: `ringfence up --policy FILE` starts with it")
    names = wanted.policy.text
    serving = rules_of_text(
        replace(text, models_file=names.models_file, policy_file=names.policy_file)
    )
    deployed = as_started(serving.registry, accelerator())
    needed = deployment_needed(deployed, wanted) if with_deployments else ()
    to_start = (*needed, *restart_needed(serving, wanted))
    edited = tuple(refused)
    if edited:
        raise ConfigError((*to_start, *edited))
    if to_start:
        raise StartNeeded(to_start)
    return now.digest


def _digest(connection: Connection, beginning: str) -> str:
    if not beginning:
        now = active(connection)
        if now is None:
            fail("nothing has served from here yet")
        return now.digest
    digests = digests_like(connection, beginning)
    if len(digests) != 1:
        fail(
            f"{len(digests) or 'no'} rules that served have a digest that begins so"
            + (f": {', '.join(digests)}" if digests else ": records name it as policy_digest")
        )
    return digests[0]
