"""`ringfence vault rotate` and `rewrap`: another master key, and everything under it."""

from __future__ import annotations

import os
import secrets

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from router.accounts.people.permissions import Permission
from router.audit.acts import Act, record_act
from router.audit.vault.master_keys import CURRENT_FILE, PREVIOUS_FILE, VARIABLE
from router.audit.vault.reasons import given
from router.audit.vault.rewrap import rewrap as rewrap_keys
from router.audit.vault.wrapping import KEY_BYTES, FileKeyWrapper
from router.clock import SystemClock
from serving.cli.actor import require_actor
from serving.cli.options import EXIT_FAILED, STATE_DIR, AsJson, StateDir
from serving.cli.output import counted, err, out, print_json
from serving.cli.vault_options import Reason
from serving.cli.vault_state import open_vault
from serving.cluster.private_files import write_private
from serving.kms.chosen import kept_elsewhere


def rotate(reason: Reason, state_dir: StateDir = STATE_DIR) -> None:
    """Make a new master key. The one before is put beside it, until everything is rewrapped.

    Then restart the cluster, so that every gateway has both, and run `ringfence vault rewrap`.
    Needs the role admin. A recorded act. A key that is not in a file is replaced where it is.

    Example: ringfence vault rotate --reason "every year"
    """
    actor = require_actor(state_dir, Permission.REWRAP_VAULT)
    clock = SystemClock()
    with open_vault(state_dir) as vault:
        if (elsewhere := kept_elsewhere(os.environ)) is not None:
            raise ValueError(
                f"{elsewhere} says where the master key is: make a new one, or a new version, "
                "there; restart the cluster, then: ringfence vault rewrap"
            )
        current, previous = (vault.paths.secrets / name for name in (CURRENT_FILE, PREVIOUS_FILE))
        if previous.exists():
            raise ValueError(
                f"{previous.name} is still there: rewrap, and remove it once nothing is left of it"
            )
        new = secrets.token_bytes(KEY_BYTES)
        details = {"master_key": FileKeyWrapper(new).key_id}
        act = Act("vault.master_key_made", actor.name, given(reason), {**details})
        with vault.engine.begin() as connection:
            record_act(connection, act, clock.now_s())
        # In this order: cut off in between, the old key is still the one in use.
        write_private(previous, current.read_bytes())
        write_private(current, new)
    out.print("made; restart the cluster, then: ringfence vault rewrap", markup=False)


def rewrap(reason: Reason, state_dir: StateDir = STATE_DIR, as_json: AsJson = False) -> None:
    """Wrap every key of the vault with the current master key; no text is touched.

    Can be cut off and begun again, while the cluster runs. Afterwards remove vault-previous.key, or
    what the environment had: older copies of the database are then unreadable, erased texts in them
    included. Needs the role admin. Exit status: 0, or 1 where keys are under a master key that is
    not at hand.

    Example: ringfence vault rewrap --reason "every year"
    """
    actor = require_actor(state_dir, Permission.REWRAP_VAULT)
    bars = Progress(
        TextColumn("keys"),
        BarColumn(),
        MofNCompleteColumn(),
        console=err,
        disable=not err.is_terminal,
    )
    with open_vault(state_dir) as vault, bars:
        task = bars.add_task("keys", total=None)
        wrapper = vault.wrapper()
        done = rewrap_keys(
            vault.engine,
            wrapper,
            actor=actor,
            reason=reason,
            clock=SystemClock(),
            progress=lambda looked_at, of: bars.update(task, completed=looked_at, total=of),
        )
    if as_json:
        print_json(
            {"master_key": wrapper.key_id, "keys": done.keys, "unavailable": done.unavailable}
        )
    else:
        out.print(f"{counted(done.keys, 'key')} rewrapped with {wrapper.key_id}", markup=False)
    if done.unavailable:
        err.print(
            f"{counted(done.unavailable, 'key is', 'keys are')} under a master key that is not at "
            "hand: put it into "
            f"{PREVIOUS_FILE} or {VARIABLE}, and run this again",
            style="red",
            markup=False,
        )
        raise typer.Exit(EXIT_FAILED)
