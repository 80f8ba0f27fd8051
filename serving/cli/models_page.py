"""What people see of models: a page for one version, and lines for moves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from router.lifecycle.moves import Move, MoveStatus
from router.lifecycle.plan import Change, MoveKind
from router.lifecycle.standing import in_words
from router.lifecycle.unrecorded import Unrecorded
from router.registry.card import LifecycleState
from serving.cli.output import out

_NOT_STATED = "not stated"
_ANSWERS: Mapping[LifecycleState, str] = {
    LifecycleState.CANDIDATE: "nobody",
    LifecycleState.SHADOW: "nobody: no request reaches it, nor a copy of one",
    LifecycleState.CANARY: "its share of its champion's requests, and whoever names it",
    LifecycleState.PRODUCTION: "whoever names it, and who names its id if it is the champion",
    LifecycleState.DEPRECATED: "only keys that were made before, and says so in a header",
    LifecycleState.RETIRED: "nobody, for good",
}
"""Total: a test fails on a state of which nothing is said."""
_CURES: Mapping[bool, str] = {
    False: "have somebody answer for it by `ringfence models adopt`",
    True: "what was edited by hand is to be written back, and moved by `ringfence models promote`",
}
"""By whether it was edited by hand."""


def print_page(row: Mapping[str, Any]) -> None:
    """A version as `models show --json` has it."""
    out.print(row["model"], markup=False)
    for label, value in _lines(row):
        out.print(f"  {label:<16}  {value}", markup=False)


def print_moves(title: str, moves: Sequence[Move], overtaken: frozenset[str]) -> None:
    """Two lines for each; `overtaken` has the ids of those that wait in vain."""
    if not moves:
        return
    out.print(f"\n{title}", markup=False)
    for move in moves:
        change = move.change
        out.print(f"  {move.id}  {change.kind} {change.key}: {_way(change)}", markup=False)
        out.print(f"    {_status(move, move.id in overtaken)}: {move.reason}", markup=False)
        for item in move.evidence:
            out.print(f"    {item.kind} {item.path} sha256:{item.sha256}", markup=False)


def print_unrecorded(found: Sequence[Unrecorded]) -> None:
    if not found:
        return
    out.print("\nno recorded move has brought it there", style="yellow", markup=False)
    for each in found:
        out.print(f"  {each}", style="yellow", markup=False)
    for by_hand, cure in _CURES.items():
        if any(each.by_hand is by_hand for each in found):
            out.print(f"  cure: {cure}", style="yellow", markup=False)


def _lines(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    state = LifecycleState(row["state"])
    since = "" if row["since"] is None else f", since {row['since']}"
    yield "state", in_words(state, row["canary_share"]) + since
    yield "answers", _ANSWERS[state]
    yield "alias", row["alias"] or "none"
    for name in ("owner", "licence"):
        yield name, row[name] or _NOT_STATED
    yield "location", row["location"]
    yield "residency", _list(row["residency"])
    if row["provider"] is not None:
        yield "provider", row["provider"]
    yield "expected weights", row["expected_weights_digest"] or _NOT_STATED
    yield "served weights", _list(row["served_weights_digests"])
    yield "approved for", _list(row["approved_data_classes"])
    yield "sees today", _list(row["data_classes_on_the_day"])
    yield from _barred(row["not_permitted"])
    held = [f"{held['name']} until {held['expires']}" for held in row["certifications"]]
    yield "certifications", _list(held)
    overdue = ", overdue" if row["review_overdue"] else ""
    yield "next review", (row["next_review"] or _NOT_STATED) + overdue
    for name, sha256 in row["measured"].items():
        yield "measured", f"{name} sha256:{sha256}"


def _barred(narrowings: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Classes that the same thing stands against are named together."""
    classes: dict[tuple[str, str], list[str]] = {}
    for each in narrowings:
        since = "" if each["since"] is None else f", since {each['since']}"
        classes.setdefault((each["code"], f"{each['what']}{since}"), []).append(each["data_class"])
    for (code, what), barred in classes.items():
        yield "not today", f"{_list(barred)}: {code} {what}"


def _way(change: Change) -> str:
    to = in_words(change.to_state, change.canary_share)
    match change.kind:
        case MoveKind.PROMOTE:
            return f"{change.from_state} → {to}"
        case MoveKind.ROLLBACK:
            return f"champion {change.champion_before} → {change.champion_after}"
        case MoveKind.ADOPT:
            return f"{to}, as it was found"


def _status(move: Move, is_overtaken: bool) -> str:
    proposed = f"proposed by {move.proposed_by}, {_minute(move.proposed_at_s)}"
    if move.status is not MoveStatus.WAITING:
        return f"{move.status} by {move.decided_by}, {_minute(move.decided_at_s or 0)}"
    if is_overtaken:
        return f"overtaken: models.yaml says something else since; {proposed}"
    return proposed


def _minute(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at_s))


def _list(values: Sequence[str]) -> str:
    return ", ".join(values) or "none"
