"""The gate where a cluster starts: with other files than those that served, rules change too."""

from __future__ import annotations

import time

from router.accounts.people.permissions import Permission
from router.gate.in_force import InForce
from router.gate.record import GateRefused
from router.gate.shown import shown_record
from router.policy.archive import Active, active, keep
from router.policy.policy import RulesText
from router.store.database import connect, reading
from serving.cli.actor import require_actor
from serving.cli.gate_shown import NOTHING_SHOWN, Shown, require_shown
from serving.cli.output import err
from serving.cli.policy_records import opened
from serving.cluster.paths import ClusterPaths
from serving.cluster.rules_switch import put_in_force

_STARTED = "ringfence up"
_WAYS_OUT = (
    "the policy in force asks for a gate, and these files are not what served last. Start with "
    "what did, which `ringfence policy show` prints, and apply the others later; or start with "
    "these and show why: --gate FILE for what passed, --rollback REASON for the way back, in an "
    "emergency --without-gate REASON"
)


def require_gated_start(paths: ClusterPaths, wanted: RulesText, shown: Shown) -> None:
    """Lets a cluster start with these files. Raises GateRefused, a ValueError, with the ways out.

    What means the same as what served last starts, and so does anything where that asks for no
    gate. Everything else is what `ringfence policy apply` would be asked, and is put in force here,
    before anything starts: by somebody who may, with the same acts in the log.
    """
    with opened(paths) as engine:
        with reading(engine).connect() as connection:
            asks = InForce.read(connection).asks_of(wanted)
        if shown == NOTHING_SHOWN:
            if asks:
                raise GateRefused(_WAYS_OUT)
            return
        actor = require_actor(paths.state, Permission.APPLY_POLICY)
        now_s = time.time()
        with engine.begin() as connection:
            require_shown(connection, paths, wanted, shown, actor, now_s)
            before = active(connection)
            digest = keep(connection, wanted)
            if before is not None and before.digest != digest:
                now = Active(digest, now_s, actor.name)
                put_in_force(connection, now, before.digest, shown.reason(_STARTED))


def warn_of_ungated(paths: ClusterPaths, wanted: RulesText) -> None:
    """Says aloud, for files that somebody else starts, what their gateways will record.

    Nothing where there is no database. Looks and writes nothing: neither secrets nor tables, since
    the database may be that of a cluster which serves, of an earlier release. Where it cannot be
    read, a line says that nobody looked.
    """
    database = paths.state / "ringfence.db", paths.database_url_file
    if not any(each.exists() for each in database):
        return
    try:
        is_ungated = _is_ungated(paths, wanted)
    except Exception as error:
        # The manifests do not depend on it, and this machine may lack the database, its driver, or
        # tables of this release.
        _warn(
            f"what serves from {paths.state} cannot be read ({type(error).__name__}): nobody has "
            "looked whether the policy in force asks for a gate"
        )
        return
    if is_ungated:
        _warn(
            "the policy in force asks for a gate, and these files are not what serves: gateways "
            "that start with them record `gate.bypassed`. Show first that they passed: "
            "`ringfence policy apply --gate FILE`, even where it says that a start is needed"
        )


def _is_ungated(paths: ClusterPaths, wanted: RulesText) -> bool:
    engine = connect(paths.database_url)
    try:
        with reading(engine).connect() as connection:
            in_force = InForce.read(connection)
            return in_force.asks_of(wanted) and not shown_record(
                connection, wanted, in_force, time.time()
            )
    finally:
        engine.dispose()


def _warn(text: str) -> None:
    err.print(f"warning: {text}", style="yellow", markup=False)
