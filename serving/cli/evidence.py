"""`ringfence evidence`: the registers that auditors ask for, as files with a manifest."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from router.accounts.people.permissions import Permission
from router.audit.acts import Act, record_act
from router.config.yaml_document import load_yaml
from router.domain import JsonObject
from router.lifecycle.registers.files import MANIFEST, register_files
from router.lifecycle.registers.inventory import inventory
from router.lifecycle.registers.processing import processing
from router.lifecycle.registers.recorded import recorded_models, team_activities
from router.lifecycle.registers.third_parties import third_parties
from router.policy.load import build_rules
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, Models, Policy, StateDir
from serving.cli.output import cures, fail, out, print_json
from serving.cli.state import existing
from serving.cli.today import day_of
from serving.cluster.database import open_database


def evidence(
    directory: Annotated[
        Path, typer.Option("--out", help="Where to write: a directory that is empty, or not there.")
    ],
    controller: Annotated[
        str | None, typer.Option(help="Who is responsible for the processing, with an address.")
    ] = None,
    on: Annotated[str | None, typer.Option(help="The day, as YYYY-MM-DD; today in UTC.")] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Export the registers that auditors ask for, each as CSV and as JSON.

    Records of processing (GDPR, article 30), the third-party register (DORA, article 28) and the
    model inventory (SR 11-7, AI Act), from models.yaml, the policy and the database. manifest.json
    has the sha256 of every file and of what they were made from. An empty cell, or null, is not
    stated. No text of a request is in them. The log has who took them, and the manifest's digest.
    Needs one of the roles auditor and admin.

    Example: ringfence evidence --out audit-2026 --controller "Acme Bank, 1 Main Street"
    """
    day = day_of(on)
    paths = existing(state_dir)
    actor = require_actor(state_dir, Permission.EXPORT_EVIDENCE)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        fail(f"{directory} is there and not empty: name another with --out")
    with cures():
        read = load_yaml(models), load_yaml(policy)
        rules = build_rules(*read)
        registry = rules.registry
        said: JsonObject = {
            "on": day.isoformat(),
            "policy_digest": rules.policy.digest,
            "models_sha256": hashlib.sha256(read[0].content).hexdigest(),
            "policy_sha256": hashlib.sha256(read[1].content).hexdigest(),
        }
        engine = open_database(paths)
        try:
            with reading(engine).begin() as connection:
                recorded, activities = recorded_models(connection), team_activities(connection)
            registers = {
                "records-of-processing": processing(
                    registry, rules.policy, activities, controller, day
                ),
                "third-parties": third_parties(registry, day),
                "model-inventory": inventory(registry, recorded, day),
            }
            files = register_files(registers, said)
            with _writing_into(directory):
                directory.mkdir(parents=True, exist_ok=True)
            # Recorded first: nobody has them without the log's knowing.
            manifest = hashlib.sha256(files[MANIFEST]).hexdigest()
            act = Act("evidence.exported", actor.name, "", said | {"manifest_sha256": manifest})
            with engine.begin() as connection:
                record_act(connection, act, time.time())
        finally:
            engine.dispose()
    with _writing_into(directory):
        for name, content in files.items():
            (directory / name).write_bytes(content)
    if as_json:
        print_json({"directory": str(directory), "files": sorted(files), **said})
    else:
        for name in sorted(files):
            out.print(str(directory / name), markup=False)


@contextmanager
def _writing_into(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fail(f"{directory} cannot be written: {error.strerror}; name another with --out")
