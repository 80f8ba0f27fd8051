"""A log with records in it, made of the same parts that the ledger makes them of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, insert

from router.audit.acts import Act, record_act
from router.audit.entries import Entry, EntryKind, append
from router.audit.log.checkpoint import Checkpoint, sign_checkpoint
from router.audit.log.frontier import Frontier, Tile
from router.audit.log.pruning import prune_segments
from router.audit.log.sequence import sequence
from router.audit.record_content import decision_content, outcome_content
from router.audit.tables import decisions, outcomes
from router.domain import (
    Attempt,
    Basis,
    Classification,
    DataClass,
    Decision,
    Endpoint,
    Exclusion,
    Finding,
    InferenceRequest,
    JsonObject,
    Outcome,
    OutcomeStatus,
    Principal,
    Tier,
    Usage,
)
from router.ids import new_id
from router.store.database import connect
from tests.migrated import migrated_sqlite

KEY = Ed25519PrivateKey.from_private_bytes(b"the log's own key, 32 bytes long")
PUBLIC_KEY = KEY.public_key()
BEGAN_S = 1_790_000_000.25


def new_database(path: Path) -> Engine:
    path.write_bytes(migrated_sqlite())
    return connect(f"sqlite:///{path}")


def add_decision(connection: Connection, now_s: float) -> str:
    """Returns the request's id."""
    request = InferenceRequest(new_id(), Endpoint.CHAT, {"temperature": 0.2}, "auto", stream=False)
    principal = Principal("a-key", "claims", DataClass.INTERNAL, frozenset(Tier))
    finding = Finding("PERSON", 0, 0, 4, 0.9)
    found = Classification(DataClass.CONFIDENTIAL, (Basis.DETECTED,), (finding,), "v1")
    decision = Decision(
        choice="auto",
        data_class=DataClass.CONFIDENTIAL,
        permitted=("private@1", "fast@1"),
        excluded=(Exclusion("outside@1", "class"),),
        plan=(),
        reasons=("class:confidential",),
        policy_digest="sha256:" + "d" * 64,
    )
    content = decision_content(request, principal, found, decision)
    _add(connection, EntryKind.DECISION, request.request_id, content, now_s)
    return request.request_id


def add_outcome(connection: Connection, request_id: str, now_s: float) -> None:
    outcome = Outcome(
        request_id=request_id,
        status=OutcomeStatus.ANSWERED,
        http_status=200,
        error_code=None,
        model="private@1",
        weights_digest="sha256:" + "a" * 64,
        tier=Tier.PRIVATE,
        attempts=(Attempt("private@1", Tier.PRIVATE, "answered", 0.75),),
        usage=Usage(120, 40),
        cost_nano_usd=160_000,
        ttft_s=0.25,
        latency_s=0.75,
    )
    _add(connection, EntryKind.OUTCOME, request_id, outcome_content(outcome), now_s)


def add_requests(connection: Connection, count: int, now_s: float = BEGAN_S) -> list[str]:
    """Whole records, each a second after the one before it; returns the requests' ids."""
    requests = []
    for number in range(count):
        requests.append(add_decision(connection, now_s + number))
        add_outcome(connection, requests[-1], now_s + number + 0.5)
    return requests


def add_act(connection: Connection, now_s: float = BEGAN_S) -> str:
    return record_act(connection, Act("key.revoked", "somebody", "left", {"key": "k"}), now_s)


def fill(engine: Engine, requests: int, now_s: float = BEGAN_S) -> list[str]:
    """Adds requests, puts them into the log, and signs it."""
    with engine.begin() as connection:
        added = add_requests(connection, requests, now_s)
        while sequence(connection, 1_000):
            pass
        sign(connection, now_s + requests)
    return added


def sign(connection: Connection, now_s: float = BEGAN_S) -> Checkpoint | None:
    return sign_checkpoint(connection, KEY, now_s)


def prune(engine: Engine, before_s: float, segment_leaves: int = 16, batch: int = 5) -> int:
    """Prunes all that may go, step by step; returns how many places."""
    places = 0
    while True:
        with engine.begin() as connection:
            step = prune_segments(
                connection,
                before_s,
                now_s=before_s,
                actor="retention",
                reason="a year is over",
                segment_leaves=segment_leaves,
                batch=batch,
            )
        if not step:
            return places
        places += step


def grown(leaves: Iterable[bytes]) -> tuple[Frontier, list[Tile]]:
    """The right edge of a log of these leaves, and its tiles."""
    frontier, tiles = Frontier(), []

    def completed(tile: Tile) -> bytes:
        tiles.append(tile)
        return tile.digest

    frontier.append(leaves, completed)
    return frontier, tiles


def _add(
    connection: Connection, kind: EntryKind, request_id: str, content: JsonObject, now_s: float
) -> None:
    table = decisions if kind is EntryKind.DECISION else outcomes
    row = {name: value for name, value in content.items() if name in table.c}
    connection.execute(insert(table), [row | {"request_id": request_id, "recorded_at_s": now_s}])
    append(connection, Entry(kind, now_s, content, request_id))
