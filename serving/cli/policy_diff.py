"""`ringfence policy diff`: every kind of request that another policy would send elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from router.policy.diff import Change, Difference, difference
from router.policy.kinds import OTHER
from router.policy.load import load_rules
from router.policy.simulate import Touched, touched
from router.policy.traffic import of_records
from serving.cli.options import MODELS, STATE_DIR, AsJson, Models, StateDir
from serving.cli.output import cures, out, print_json
from serving.cli.policy_simulate import MONTH_DAYS, records, start_s
from serving.cli.today import day_of
from serving.cluster.paths import ClusterPaths

_SHOWN_ASKERS = 4


def diff(
    old: Annotated[Path, typer.Argument(help="The policy as it is.")],
    new: Annotated[Path, typer.Argument(help="The policy as it would be.")],
    models: Models = MODELS,
    new_models: Annotated[
        Path | None, typer.Option(help="The registry of the new policy; the same as --models.")
    ] = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Compare two policies: every kind of request whose way changes, with a witness for each.

    Exhaustive over classes and findings, choices, endpoints, teams, purposes, stakes and tiers of
    keys. Where there is a state directory, it says what share of the last 30 days' requests that
    touches. Exit status: 0, or 1 for a policy that cannot be served with.

    Example: ringfence policy diff router/policy.yaml new-policy.yaml
    """
    today = day_of(None)
    with cures():
        was = load_rules(models, old)
        is_now = load_rules(new_models or models, new)
        found = difference(was, is_now, today)
        share = None
        paths = ClusterPaths.of(state_dir)
        if found.changes and paths.state.is_dir():
            begin = start_s(today - timedelta(days=MONTH_DAYS - 1))
            end = start_s(today + timedelta(days=1))
            with records(paths) as connection:
                share = touched(was, is_now, of_records(connection, begin, end), today)
    if as_json:
        print_json(_as_json(found, share))
        return
    for change in found.changes:
        _print(change)
    out.print(
        f"{sum(change.kinds for change in found.changes)} of {found.kinds} kinds of requests "
        "change their way",
        markup=False,
    )
    if found.elsewhere:
        out.print(f"changed, too, and no matter of ways: {', '.join(found.elsewhere)}")
    if share is not None and share.requests:
        out.print(
            f"of the last {MONTH_DAYS} days' {share.requests} requests it touches {share.touched} "
            f"({share.share:.1%}), and lets {share.leaving} leave",
            markup=False,
        )


def _print(change: Change) -> None:
    style = "red" if change.leaves else None
    askers = [_asker(team, purpose) for team, purpose in change.askers]
    more = len(askers) - _SHOWN_ASKERS
    shown = "; ".join(askers[:_SHOWN_ASKERS]) + (f"; and {more} more" if more > 0 else "")
    out.print(
        f"{change.found}: {change.before.first} becomes {change.after.first}"
        + (" LEAVES" if change.leaves else ""),
        style=style,
        markup=False,
    )
    out.print(f"  {change.kinds} kinds, of {shown}", markup=False)
    out.print(f"  choices: {', '.join(change.choices)}", markup=False)
    witness = ", ".join(
        f"{name} {_plain(value)}"
        for name, value in change.witness.as_json().items()
        if value not in (None, False)
    )
    out.print(f"  witness: {witness}", markup=False)
    out.print(f"    before: {change.before}", markup=False)
    out.print(f"    after:  {change.after}", markup=False)


def _asker(team: str, purpose: str) -> str:
    named_team = "any other team" if team == OTHER else f"team {team}"
    named_purpose = "any other purpose" if purpose == OTHER else f"purpose {purpose}"
    return f"{named_team}, {named_purpose}"


def _plain(value: Any) -> str:
    return "+".join(map(str, value)) if isinstance(value, list) else str(value)


def _as_json(found: Difference, share: Touched | None) -> dict[str, Any]:
    return {
        "kinds": found.kinds,
        "changes": [change.as_json() for change in found.changes],
        "changed_elsewhere": list(found.elsewhere),
        "traffic": None
        if share is None
        else {
            "days": MONTH_DAYS,
            "requests": share.requests,
            "touched": share.touched,
            "share": share.share,
            "leaving": share.leaving,
        },
    }
