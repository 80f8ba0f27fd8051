"""What is proved of a request holds against what was signed, and against nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete

from router.audit.log.checkpoint import parse_note
from router.audit.log.errors import LogBroken
from router.audit.log.merkle import leaf_hash
from router.audit.log.merkle_check import extends, includes
from router.audit.log.prove import consistency, prove
from router.audit.log.sequence import sequence
from router.audit.log.tables import log_leaves
from router.errors import RecordNotFound
from router.store.database import reading
from tests.unit.router.audit.log.filled_log import (
    BEGAN_S,
    PUBLIC_KEY,
    add_decision,
    add_outcome,
    fill,
)


def test_both_halves_of_every_record_are_proved(any_engine: Engine) -> None:
    requests = fill(any_engine, 150) + fill(any_engine, 150, BEGAN_S + 200)
    with reading(any_engine).connect() as connection:
        for request in requests[::19]:
            proof = prove(connection, request)
            assert proof.note is not None
            signed = parse_note(proof.note, PUBLIC_KEY)
            assert signed.size == 600
            assert [entry.kind for entry in proof.entries] == ["decision", "outcome"]
            assert proof.waiting == ()
            for entry in proof.entries:
                assert entry.body is not None
                assert leaf_hash(entry.body) == entry.leaf_hash
                assert includes(
                    signed.root, signed.size, entry.leaf_hash, entry.seq, entry.inclusion
                )


def test_what_is_not_signed_yet_is_said_to_wait(engine: Engine) -> None:
    fill(engine, 3)
    with engine.begin() as connection:
        request = add_decision(connection, BEGAN_S + 60)
        sequence(connection, 100)
        add_outcome(connection, request, BEGAN_S + 61)
        proof = prove(connection, request)
    assert proof.entries == ()
    assert sorted(proof.waiting) == ["decision", "outcome"]


def test_a_request_that_nobody_made_is_not_proved(engine: Engine) -> None:
    fill(engine, 1)
    with reading(engine).connect() as connection, pytest.raises(RecordNotFound):
        prove(connection, "0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c")


def test_the_log_of_one_size_is_shown_to_begin_with_that_of_another(engine: Engine) -> None:
    fill(engine, 300)
    with reading(engine).connect() as connection:
        for old, new in ((0, 600), (1, 2), (255, 257), (256, 600), (511, 599), (600, 600)):
            found = consistency(connection, old, new)
            assert extends(found.old_root, old, found.new_root, new, found.proof)
        for old, new in ((2, 1), (-1, 3), (1, 601)):
            with pytest.raises(ValueError, match="entries"):
                consistency(connection, old, new)


def test_nothing_is_proved_from_a_log_with_a_hole(engine: Engine) -> None:
    requests = fill(engine, 5)
    with engine.begin() as connection:
        connection.execute(delete(log_leaves).where(log_leaves.c.seq == 2))
        with pytest.raises(LogBroken):
            prove(connection, requests[0])
