"""`ringfence weights …`: importing weights, and looking at every byte of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from router.accounts.people.permissions import Permission
from router.audit.acts import Act
from router.registry.load import load_registry
from router.registry.registry import RegisteredModel, Registry, VllmBackend
from serving.cli.actor import require_actor
from serving.cli.options import EXIT_FAILED, MODELS, STATE_DIR, AsJson, Models, StateDir
from serving.cli.output import Steps, cures, fail, out, print_json
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from serving.weights import ManifestStore, Weights, WeightsError, import_weights
from serving.weights.acts import imported, mismatched
from serving.weights.background import Mismatch
from serving.weights.ensure import recorded_weights, verify_in_full
from serving.weights.record import record

app = typer.Typer(
    help="Import the weights of models, and check that they are what they were.",
    no_args_is_help=True,
)


@app.command("import")
def import_(
    model: Annotated[str, typer.Argument(help="ID@VERSION, or an id for its production version.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log.")] = "",
    models: Models = MODELS,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Hash a model's weights, and sign a manifest of them with the cluster's audit key.

    From then on they load without being hashed, and no others load in their place. The first start
    does this by itself; afterwards it is for weights that were changed on purpose. Recorded in the
    audit log. A cluster that runs serves what it has loaded until it is started again.

    Example: ringfence weights import smollm2-135m-private@1 --reason "delivered on 2026-11-20"
    """
    paths = ClusterPaths.of(state_dir)
    with cures():
        registry = load_registry(models)
        backend, entry = _engine(registry, model)
    open_database(paths).dispose()
    actor = require_actor(state_dir, Permission.MOVE_MODELS)
    try:
        with Steps() as steps:
            steps.begin(f"hashing the weights of {entry.spec.key}")
            weights = import_weights(
                backend, entry.expected_weights_digest, store=ManifestStore.of(paths)
            )
    except WeightsError as error:
        fail(str(error))
    record(paths.database_url, imported((entry.spec.key,), weights.manifest, actor.name, reason))
    if as_json:
        print_json({"model": entry.spec.key, **_shown(weights)})
    else:
        out.print(weights.digest, markup=False)


@app.command()
def verify(
    named: Annotated[list[str] | None, typer.Argument(help="Models; all that run here.")] = None,
    models: Models = MODELS,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Hash weights in full and compare them with their signed manifests, changing neither.

    A running cluster does the same in the background. What differs is taken out of service and
    recorded in the audit log. Exit status: 0, or 1 if anything differs or was never imported.

    Example: ringfence weights verify smollm2-135m-private@1 --json
    """
    paths = ClusterPaths.of(state_dir)
    with cures():
        registry = load_registry(models)
        chosen = [_engine(registry, name) for name in named] if named else _engines(registry)
    open_database(paths).dispose()
    actor = require_actor(state_dir, Permission.MOVE_MODELS)
    results = []
    with Steps() as steps:
        for backend, entry in chosen:
            steps.begin(f"hashing the weights of {entry.spec.key}")
            result, act = _verified(backend, entry, ManifestStore.of(paths), actor.name)
            results.append(result)
            if act is not None:
                record(paths.database_url, act)
    if as_json:
        print_json(results)
    else:
        _print(results)
    if any(result["state"] != "intact" for result in results):
        raise typer.Exit(EXIT_FAILED)


def _verified(
    backend: VllmBackend, entry: RegisteredModel, store: ManifestStore, actor: str
) -> tuple[dict[str, Any], Act | None]:
    """What is shown of one model's weights, and what the log says of them, if anything."""
    result: dict[str, Any] = {"model": entry.spec.key}
    weights: Weights | None = None
    try:
        weights = recorded_weights(backend, store)
        if weights is None:
            problem = f"never imported: ringfence weights import {entry.spec.key}"
            return result | {"state": "not imported", "problem": problem}, None
        verify_in_full(weights)
    except WeightsError as error:
        result |= {"state": "differs", "problem": str(error)}
        if weights is None:
            return result, None
        weights.guard.mark(str(error))
        mismatch = Mismatch((entry.spec.key,), weights.digest, str(error))
        return result | _shown(weights), mismatched(mismatch, actor)
    return result | {"state": "intact", "problem": None} | _shown(weights), None


def _engine(registry: Registry, name: str) -> tuple[VllmBackend, RegisteredModel]:
    """Raises ValueError for a model that is not there or runs elsewhere."""
    spec = registry.resolve(name)
    if spec is None:
        known = ", ".join(entry.spec.key for _, entry in _engines(registry))
        raise ValueError(f"there is no model {name!r}; those that run here: {known}")
    entry = registry.entries[spec.key]
    if not isinstance(entry.backend, VllmBackend):
        raise ValueError(f"{spec.key} does not run here: its weights are with its provider")
    return entry.backend, entry


def _engines(registry: Registry) -> list[tuple[VllmBackend, RegisteredModel]]:
    return [
        (entry.backend, entry)
        for entry in registry.entries.values()
        if isinstance(entry.backend, VllmBackend)
    ]


def _shown(weights: Weights) -> dict[str, Any]:
    conversion = weights.manifest.conversion
    return {
        "weights_digest": weights.digest,
        "files": {name: entry.sha256 for name, entry in weights.manifest.files.items()},
        "imported_at_s": weights.manifest.imported_at_s,
        "source_sha256": None if conversion is None else conversion.source_sha256,
        "tools": {} if conversion is None else dict(conversion.tools),
    }


def _print(results: list[dict[str, Any]]) -> None:
    table = Table(box=None)
    for column in ("model", "state", "weights digest"):
        table.add_column(column, no_wrap=True)
    for result in results:
        table.add_row(result["model"], result["state"], result.get("weights_digest", ""))
    out.print(table)
    for result in results:
        if result["problem"]:
            out.print(f"{result['model']}: {result['problem']}", markup=False)
