"""The requests of a time, read back from their records, as far as routing goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, insert

from router.audit.entries import Entry, EntryKind, append
from router.audit.tables import decisions, outcomes
from router.domain import DataClass, Endpoint, JsonObject, Tier
from router.policy.kinds import Kind
from router.policy.traffic import Made, of_records
from router.store.database import connect, reading
from router.task import Features, Task


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


def record(engine: Engine, request_id: str, at_s: float, **changes: object) -> None:
    said: JsonObject = {"purpose": "letters", "stakes": "legal"}
    row = {
        "request_id": request_id,
        "recorded_at_s": at_s,
        "team": "sales",
        "key_id": "gone",
        "endpoint": "chat/completions",
        "choice": "fast",
        "stream": False,
        "private_only": True,
        "data_class": "confidential",
        "basis": ["detected"],
        "entity_counts": {"PERSON": 1},
        "detector_version": "v",
        "permitted": [],
        "excluded": [],
        "plan": ["desk@1", "ward@1"],
        "reasons": [],
        "policy_digest": "d",
        "exceptions": [],
    }
    outcome = {
        "request_id": request_id,
        "recorded_at_s": at_s,
        "status": "answered",
        "http_status": 200,
        "model": "ward@1",
        "attempts": [],
        "input_tokens": 10,
        "output_tokens": 20,
        "cost_nano_usd": 30,
        "latency_s": 0.1,
        "dropped_fields": [],
        "output_findings": {},
        "output_undetermined": False,
    }
    with engine.begin() as connection:
        connection.execute(insert(decisions), [row | changes])
        if request_id != "open":
            connection.execute(insert(outcomes), [outcome])
            append(connection, Entry(EntryKind.DECISION, at_s, said, request_id))
            append(connection, Entry(EntryKind.OUTCOME, at_s, {}, request_id))


def read(engine: Engine) -> list[Made]:
    with reading(engine).connect() as connection:
        return list(of_records(connection, 10.0, 20.0))


def test_a_record_is_a_request_with_what_it_took(engine: Engine) -> None:
    record(engine, "one", 10.0)
    kind = Kind(
        DataClass.CONFIDENTIAL,
        "fast",
        Endpoint.CHAT,
        private_only=True,
        team="sales",
        purpose="letters",
        tiers=frozenset(Tier),
        stakes="legal",
    )
    assert read(engine) == [Made(kind, 10, 20, "desk@1", 30, made_at_s=10.0)]


def test_what_routing_knew_of_a_request_is_read_back(engine: Engine) -> None:
    features = {"input_tokens": 700, "max_output_tokens": None, "language": "de", "turns": 9}
    record(engine, "one", 10.0, task="maths", features=features)
    record(engine, "two", 11.0, task="of_a_later_release", features={})
    known, later = (made.features for made in read(engine))
    assert known == Features(task=Task.MATHS, input_tokens=700)
    assert later == Features()


@pytest.mark.parametrize(
    ("code", "may_cascade"),
    [("cascade:fast>balanced", True), ("cascade:declined", False), ("cascade:stream", None)],
)
def test_what_became_of_a_cheaper_model_says_what_the_caller_may_have_said(
    engine: Engine, code: str, may_cascade: bool | None
) -> None:
    record(engine, "one", 10.0, stream=True, reasons=["class:public", code])
    (made,) = read(engine)
    assert (made.stream, made.cascade, made.may_cascade) == (True, code, may_cascade)


def test_what_is_embedded_is_as_it_was_declared(engine: Engine) -> None:
    for request_id, task in (("one", "code"), ("two", "other")):
        record(engine, request_id, 10.0, endpoint="embeddings", task=task, features={})
    assert [made.kind.embeds for made in read(engine)] == [Task.CODE, None]


def test_only_the_records_of_the_time_are_read(engine: Engine) -> None:
    for request_id, at_s in (("before", 9.9), ("first", 10.0), ("last", 19.9), ("after", 20.0)):
        record(engine, request_id, at_s)
    assert len(read(engine)) == 2


def test_a_class_that_is_owed_to_floors_alone_is_not_what_was_found(engine: Engine) -> None:
    record(engine, "one", 11.0, basis=["default", "key_floor"])
    record(engine, "two", 12.0, basis=["key_floor", "declared"])
    found = {made.kind.found for made in read(engine)}
    assert found == {DataClass.PUBLIC, DataClass.CONFIDENTIAL}


def test_a_record_without_its_end_and_its_entry_counts_all_the_same(engine: Engine) -> None:
    record(engine, "open", 11.0, plan=[])
    (made,) = read(engine)
    assert (made.planned, made.cost_nano_usd, made.input_tokens) == ("not_permitted", 0, 0)
    assert (made.kind.purpose, made.kind.stakes) == ("general", None)
