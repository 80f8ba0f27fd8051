"""`ringfence policy diff`: every kind of request that another policy would send elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from router.accounts.people.permissions import Permission
from router.domain import Endpoint, Tier
from router.policy.diff import Change, Difference, difference
from router.policy.kinds import (
    INVALID,
    NOT_PERMITTED,
    OTHER,
    UNKNOWN_MODEL,
    Destination,
    Kind,
)
from router.policy.load import load_rules
from router.policy.simulate import Touched, touched
from router.policy.traffic import Made
from serving.cli.actor import require_actor
from serving.cli.options import MODELS, STATE_DIR, AsJson, Models, StateDir
from serving.cli.output import counted, cures, err, out, print_json
from serving.cli.particulars import particulars
from serving.cli.policy_records import (
    MONTH_DAYS,
    NOTHING_SERVED,
    Days,
    serving_rules,
    use_records,
)
from serving.cli.today import day_of
from serving.cluster.paths import ClusterPaths

_SHOWN_ASKERS = 4
_REFUSED = {
    NOT_PERMITTED: "refused: no model may see it",
    UNKNOWN_MODEL: "refused: there is no such model",
    INVALID: "refused: it is invalid",
}


def diff(
    policies: Annotated[
        list[Path],
        typer.Argument(
            metavar="[OLD] NEW", help="The policy as it is, else what serves; and as it would be."
        ),
    ],
    models: Models = MODELS,
    new_models: Annotated[
        Path | None, typer.Option(help="The registry of the new policy; the same as --models.")
    ] = None,
    traffic: Annotated[
        bool, typer.Option(help="Whether to say what share of the last 30 days' requests it is.")
    ] = True,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Compare two policies: every kind of request whose way changes, with an example of each.

    Exhaustive over classes and findings, choices, endpoints, teams, purposes, stakes and tiers of
    keys. Where there is a state directory, it says what share of the last 30 days' requests that
    touches: that needs the role auditor, and is recorded. Exit status: 0, or 1 for a policy that
    cannot be served with.

    Example: ringfence policy diff router/policy.yaml new-policy.yaml
    """
    if len(policies) > 2:
        raise typer.BadParameter("give one policy to compare with what serves, or two")
    today = day_of(None)
    paths = ClusterPaths.of(state_dir)
    with cures():
        was = load_rules(models, policies[0]) if len(policies) > 1 else serving_rules(paths)
        if was is None:
            raise ValueError(NOTHING_SERVED)
        is_now = load_rules(new_models or models, policies[-1])
        found = difference(was, is_now, today)
        share = None
        if traffic and found.changes and paths.state.is_dir():
            share = _share(paths, state_dir, lambda made: touched(was, is_now, made, today))
    if as_json:
        print_json(_as_json(found, share))
        return
    if len(policies) == 1:
        out.print(f"compared with what serves, {was.policy.digest}", markup=False)
    for change in found.changes:
        _print(change)
    changed = sum(change.kinds for change in found.changes)
    what = "changes its way" if changed == 1 else "change their way"
    out.print(f"{changed:,} of {found.kinds:,} kinds of requests {what}", markup=False)
    if found.elsewhere:
        out.print(f"also changed, but no matter of ways: {', '.join(found.elsewhere)}")
    if share is not None and share.requests:
        out.print(
            f"of the last {MONTH_DAYS} days' {counted(share.requests, 'request')} that is "
            f"{share.touched:,} ({share.share:.1%}); {share.leaving} may go outside that could not",
            markup=False,
        )


def _share(
    paths: ClusterPaths, state_dir: Path, use: Callable[[Iterable[Made]], Touched]
) -> Touched | None:
    """None for whoever may not read records: the rest takes no role."""
    try:
        actor = require_actor(state_dir, Permission.READ_RECORDS_OF_ALL_TEAMS)
    except typer.Exit:
        note = (
            "so it is not said what share of the requests this touches; --no-traffic asks for none"
        )
        err.print(note, style="yellow", markup=False)
        return None
    return use_records(paths, actor, Days.month_until(day_of(None)), use)


def _print(change: Change) -> None:
    out.print(_title(change), style="red" if change.leaves else "bold", markup=False)
    askers = [_asker(team, purpose) for team, purpose in change.askers]
    if (more := len(askers) - _SHOWN_ASKERS) > 0:
        askers[_SHOWN_ASKERS:] = [f"and {more} more"]
    out.print(
        particulars(
            [
                ("before", _way(change.before)),
                ("after", _way(change.after)),
                ("of", "; ".join(askers)),
                ("asking for", ", ".join(change.choices)),
                ("example", _example(change.witness)),
            ]
        )
    )


def _title(change: Change) -> str:
    kind = change.witness
    found = f"{_found(kind)} requests" if not kind.entity_types else f"requests with {_found(kind)}"
    if change.leaves:
        what = "may go outside now"
    elif change.after.refusal is not None:
        what = "are refused now"
    elif change.before.refusal is not None:
        what = "are not refused any more"
    elif change.before.first == change.after.first:
        what = "fall back differently"
    else:
        what = "go elsewhere"
    return f"{found} {what} ({counted(change.kinds, 'kind')})"


def _found(kind: Kind) -> str:
    return " and ".join(sorted(kind.entity_types)) or kind.found.label


def _way(destination: Destination) -> str:
    if destination.refusal is None:
        return " → ".join(destination.plan)
    return _REFUSED[destination.refusal]


def _asker(team: str, purpose: str) -> str:
    named_team = "any other team" if team == OTHER else f"team {team}"
    named_purpose = "any other purpose" if purpose == OTHER else f"purpose {purpose}"
    return f"{named_team}, {named_purpose}"


def _example(kind: Kind) -> str:
    every = kind.tiers == frozenset(Tier)
    tiers = "all tiers" if every else ", ".join(tier for tier in Tier if tier in kind.tiers)
    parts = [
        _found(kind),
        f"choice {kind.choice}",
        "" if kind.endpoint is Endpoint.CHAT else kind.endpoint.value,
        "at /private/v1" if kind.private_only else "",
        _asker(kind.team, kind.purpose),
        f"stakes {kind.stakes}" if kind.stakes is not None else "",
        f"a key for {tiers}",
    ]
    return "; ".join(filter(None, parts))


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
