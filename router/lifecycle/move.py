"""Making a move: proposed on evidence, approved by somebody else where it takes two, recorded.

The file is written last, inside the transaction: a move whose record cannot be made is not made. If
the commit itself fails after that, models.yaml is ahead of its record: `by_hand` refuses it, and
says what to write back.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from router.accounts.people.actor import Actor, different_people
from router.audit.acts import Act, record_act
from router.config.yaml_document import YamlDocument, parse_yaml
from router.domain import Json, JsonObject
from router.ids import new_id
from router.lifecycle.document import Edit, entry_digest
from router.lifecycle.evidence import Evidence, verify
from router.lifecycle.moves import Move, MoveStatus, add, decide, moves_of, next_s
from router.lifecycle.plan import Change, MoveKind
from router.lifecycle.requirements import SECOND_PERSON, MoveRefused, require_evidence

PROPOSED = "model.move_proposed"
MOVED = "model.moved"
REFUSED = "model.move_refused"


def takes_two(change: Change) -> bool:
    """A rollback takes one: it goes to where two have been, and somebody is in a hurry."""
    return change.kind is MoveKind.PROMOTE and change.to_state in SECOND_PERSON


def propose(
    connection: Connection,
    document: YamlDocument,
    change: Change,
    *,
    evidence: tuple[Evidence, ...],
    actor: Actor,
    reason: str,
    now_s: float,
) -> Move:
    """Records that somebody wants the move. Raises MoveRefused for one without reason or evidence,
    or that nobody could ever approve.

    Effects: a row that waits, and an act.
    """
    if not reason.strip():
        raise MoveRefused("a move has a reason: add --reason")
    if takes_two(change) and not _is_somebody(actor):
        raise MoveRefused(
            f"to be {change.to_state} takes two people, and {actor.name} could be anybody: make a "
            "key for the person, `ringfence keys create --team … --owner … --roles operator`, and "
            "put it into RINGFENCE_TOKEN"
        )
    if change.kind is MoveKind.PROMOTE:
        require_evidence(change.to_state, frozenset(item.kind for item in evidence))
    move = Move(
        id=new_id(),
        change=change,
        reason=reason.strip(),
        evidence=evidence,
        entry_sha256=entry_digest(document, change.key),
        proposed_by=actor.name,
        proposed_at_s=now_s,
    )
    add(connection, move)
    record_act(connection, Act(PROPOSED, actor.name, move.reason, _details(move)), now_s)
    return move


def require_approvable(move: Move, document: YamlDocument, actor: Actor) -> None:
    """Raises MoveRefused where this person may not let this move pass, or not any more.

    Reads the evidence again: an approval is of what the proposer showed.
    """
    if move.status is not MoveStatus.WAITING:
        raise MoveRefused(f"the move is {move.status} already: ringfence models list")
    if not different_people(Actor(move.proposed_by, frozenset()), actor):
        raise MoveRefused(
            "whoever proposes a move does not approve it: have somebody else do it, and both by "
            "name, with a key that has an owner or a token of an identity provider"
        )
    if is_overtaken(move, document):
        raise MoveRefused(
            "the move is overtaken: models.yaml says something else of this model than when it was "
            "proposed; propose it again"
        )
    verify(move.evidence, move.change.key, Path(document.file).parent)


def is_overtaken(move: Move, document: YamlDocument) -> bool:
    """Whether a move waits in vain: models.yaml says of its model what it was not proposed for."""
    try:
        return entry_digest(document, move.change.key) != move.entry_sha256
    except KeyError:
        return True


def apply(connection: Connection, move: Move, edit: Edit, actor: Actor, now_s: float) -> Move:
    """Makes the move: the row, the act, then the file. Raises MoveRefused and OSError.

    Moves of the same id that wait, and are overtaken by it, end as refused. Whoever calls it has
    made sure that one person is enough, or that this is the second (`require_approvable`).
    """
    # After those before it, also where the clock was set back.
    at_s = next_s(connection, move, now_s)
    moved = decide(
        connection,
        move,
        MoveStatus.APPLIED,
        by=actor.name,
        now_s=at_s,
        file_sha256=edit.sha256,
    )
    details = _details(moved) | {
        "proposed_by": move.proposed_by,
        "models_sha256": edit.sha256,
    }
    record_act(connection, Act(MOVED, actor.name, move.reason, details), at_s)
    after = parse_yaml(edit.after, str(edit.path))
    for other in moves_of(connection, move.change.model_id):
        if other.status is MoveStatus.WAITING and is_overtaken(other, after):
            refuse(connection, other, actor, f"overtaken by the move {move.id}", now_s)
    edit.write()
    return moved


def refuse(connection: Connection, move: Move, actor: Actor, reason: str, now_s: float) -> Move:
    """Ends a move that waits without making it; who proposed it may, too."""
    refused = decide(connection, move, MoveStatus.REFUSED, by=actor.name, now_s=now_s)
    record_act(connection, Act(REFUSED, actor.name, reason.strip(), _details(refused)), now_s)
    return refused


def _is_somebody(actor: Actor) -> bool:
    """Whether anybody can be told apart from this actor, for sure."""
    return different_people(actor, replace(actor, name=f"{actor.name}'"))


def _details(move: Move) -> JsonObject:
    change = move.change
    evidence: list[Json] = [
        {"kind": item.kind.value, "record": item.path, "sha256": item.sha256}
        for item in move.evidence
    ]
    return {
        "move": move.id,
        "kind": change.kind.value,
        "model": change.key,
        "from": change.from_state.value,
        "to": change.to_state.value,
        "canary_share": change.canary_share,
        "champion_before": change.champion_before,
        "champion_after": change.champion_after,
        "candidate_after": change.candidate_after,
        "entry_sha256": move.entry_sha256,
        "evidence": evidence,
    }
