"""`ringfence audit exposure`"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from router.accounts.people.permissions import Permission
from router.audit.vault.exposure import Exposure, Outside, Row
from router.audit.vault.exposure import exposure as went_out
from router.registry.registry import HttpBackend, RegisteredModel, Registry
from serving.cli.actor import require_actor
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, Models, Policy, StateDir
from serving.cli.output import counted, err, out, print_json
from serving.cli.particulars import particulars
from serving.cli.today import days
from serving.cli.vault_options import Since, Team, Until
from serving.cli.vault_state import open_vault

_NANO_USD_PER_USD = 1_000_000_000


def exposure(
    first: Since,
    last: Until = None,
    provider: Annotated[
        str | None, typer.Option(help="One provider, as models.yaml calls it; else all.")
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="An origin besides, such as one that a model has left: https://HOST."),
    ] = None,
    team: Team = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """List what reached models outside, by day, team, class and model; --json has every request.

    A request counts for every external model that it was sent to, whether that answered or not;
    tokens and cost are those of its answers. Needs the role auditor.

    Example: ringfence audit exposure --provider openai --from 2026-10-01 --to 2026-10-31
    """
    require_actor(state_dir, Permission.READ_RECORDS_OF_ALL_TEAMS)
    with open_vault(state_dir) as vault:
        registry = vault.rules(models, policy).registry
        outside = _outside(registry, provider, origin or [])
        found = went_out(vault.engine, outside, *days(first, last), team)
    if as_json:
        print_json(asdict(found))
    else:
        _print(found)


def _outside(registry: Registry, provider: str | None, origins: list[str]) -> Outside:
    """Raises ValueError for a provider that serves nothing outside."""
    entries = [entry for entry in registry.entries.values() if entry.spec.is_external]
    if provider is not None:
        known = sorted({_provider(entry) for entry in entries})
        entries = [entry for entry in entries if _provider(entry) == provider]
        if not entries:
            raise ValueError(f"no external model is of {provider!r}: {', '.join(known) or 'none'}")
    specs = [entry.spec for entry in entries]
    served = {spec.origin for spec in specs if spec.origin is not None}
    named = {origin.rstrip("/") for origin in origins}
    return Outside(frozenset(served | named), frozenset(spec.key for spec in specs))


def _provider(entry: RegisteredModel) -> str:
    return entry.backend.provider if isinstance(entry.backend, HttpBackend) else ""


def _print(found: Exposure) -> None:
    if not found.rows:
        out.print("nothing went out", markup=False)
    for row in found.rows:
        heading = f"{row.day}  {row.model}  {row.data_class}  {row.team}"
        out.print(heading, markup=False)
        out.print(particulars(_particulars(row)))
    if found.unfinished:
        err.print(
            f"{counted(len(found.unfinished), 'request')} without an outcome may have gone out: "
            "--json has the ids",
            style="yellow",
            markup=False,
        )


def _particulars(row: Row) -> Iterator[tuple[str, str]]:
    yield "requests", f"{row.requests:,}, of which {row.answered:,} answered"
    yield "tokens", f"{row.input_tokens:,} in, {row.output_tokens:,} out"
    yield "US$", f"{row.cost_nano_usd / _NANO_USD_PER_USD:,.4f}"
    yield "found", ", ".join(f"{name} {count:,}" for name, count in row.entity_counts.items())
