"""`ringfence mlflow …`: the mirror of the registry in MLflow's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.markup import escape
from rich.table import Table

from router.policy.load import load_rules
from router.policy.policy import Rules
from router.registry.registry import CHAMPION, Registry, VllmBackend
from serving.cli.options import (
    EXIT_FAILED,
    MODELS,
    POLICY,
    STATE_DIR,
    AsJson,
    Models,
    Policy,
    StateDir,
)
from serving.cli.output import cures, err, fail, out, print_json
from serving.cluster.paths import ClusterPaths
from serving.mlflow_mirror.client import open_client
from serving.mlflow_mirror.compare import Difference, diff
from serving.mlflow_mirror.errors import MirrorError
from serving.mlflow_mirror.follow import follow
from serving.mlflow_mirror.publish import publish
from serving.weights import ManifestStore, WeightsError
from serving.weights.ensure import recorded_weights

app = typer.Typer(
    help="Mirror the registry in MLflow, and follow MLflow's aliases back.", no_args_is_help=True
)

TrackingUri: TypeAlias = Annotated[
    str,
    typer.Option(help="The MLflow server, http(s)://….", envvar="MLFLOW_TRACKING_URI"),
]


@app.command("publish")
def publish_command(
    tracking_uri: TrackingUri,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Make MLflow's registry say what models.yaml says; print what was changed there.

    Every version becomes a version of a registered model, with tags, and with the aliases champion
    and candidate. Nothing is removed but tags and aliases of Ringfence's own. Doing it again
    changes nothing.

    Example: ringfence mlflow publish --tracking-uri https://mlflow.example
    """
    with _errors():
        rules, registry = _read(models, policy, state_dir)
        changed = publish(registry, open_client(tracking_uri), rules.policy.digest)
    if as_json:
        print_json([asdict(each) for each in changed])
    else:
        _print(changed, "nothing to change")


@app.command("diff")
def diff_command(
    tracking_uri: TrackingUri,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Show where MLflow's registry differs from models.yaml. Changes nothing.

    Exit status: 0 if it does not, 1 if it does.

    Example: ringfence mlflow diff --tracking-uri https://mlflow.example --json
    """
    with _errors():
        rules, registry = _read(models, policy, state_dir)
        differing = diff(registry, open_client(tracking_uri), rules.policy.digest)
    if as_json:
        print_json([asdict(each) for each in differing])
    else:
        _print(differing, "no difference")
    if differing:
        raise typer.Exit(EXIT_FAILED)


@app.command("follow")
def follow_command(
    model: Annotated[str, typer.Argument(help="A model's id, without a version.")],
    tracking_uri: TrackingUri,
    alias: Annotated[str, typer.Option(help="The alias in MLflow.")] = CHAMPION,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Print the key in models.yaml that an alias in MLflow means.

    Refused where the two do not agree on what that is: a version that models.yaml does not have,
    or other weights. It changes nothing; `ringfence models promote KEY` does.

    Example: ringfence mlflow follow smollm2-135m-private --tracking-uri https://mlflow.example
    """
    with _errors():
        _, registry = _read(models, policy, state_dir)
        key = follow(registry, open_client(tracking_uri), model, alias)
    here = registry.aliases.get(model)
    if as_json:
        print_json({"model": model, "alias": alias, "key": key, "models_yaml": here})
        return
    out.print(key, markup=False)
    if alias == CHAMPION and key != here:
        err.print(f"models.yaml means {here} by {model}", markup=False)


def _read(models: Path, policy: Path, state_dir: Path) -> tuple[Rules, Registry]:
    """The rules, and their registry with the digests that this host's manifests have."""
    rules = load_rules(models, policy)
    paths = ClusterPaths.of(state_dir)
    if not paths.audit_public_key.exists():
        return rules, rules.registry
    store = ManifestStore.of(paths)
    digests = {}
    for key, entry in rules.registry.entries.items():
        if isinstance(entry.backend, VllmBackend):
            try:
                weights = recorded_weights(entry.backend, store)
            except WeightsError as error:
                err.print(f"{key}: {error}", markup=False)
                continue
            if weights is not None:
                digests[key] = weights.digest
    return rules, rules.registry.with_weights_digests(digests)


def _print(differences: tuple[Difference, ...], nothing: str) -> None:
    if not differences:
        out.print(nothing, markup=False)
        return
    table = Table(box=None)
    for column in ("model", "what", "models.yaml", "MLflow"):
        table.add_column(column)
    for each in differences:
        shown = (each.model, each.what, each.here or "", each.there or "")
        table.add_row(*(escape(text) for text in shown))
    out.print(table)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        with cures():
            yield
    except MirrorError as error:
        fail(str(error))
