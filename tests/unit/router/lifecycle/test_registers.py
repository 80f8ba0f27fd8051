"""Registers say what is in force and what was recorded, and no more than is known."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from router.accounts.keys import KeyHasher, KeyStore
from router.audit.tables import decisions, outcomes
from router.clock import SystemClock
from router.domain import DataClass
from router.lifecycle.registers.files import as_csv, register_files
from router.lifecycle.registers.inventory import Recorded, inventory
from router.lifecycle.registers.processing import TeamActivity, processing
from router.lifecycle.registers.recorded import recorded_models, team_activities
from router.lifecycle.registers.third_parties import third_parties
from router.policy.load import load_rules
from router.store.database import connect

ROOT = Path(__file__).parents[4]
RULES = load_rules(ROOT / "models.yaml", ROOT / "router" / "policy.yaml")
DAY = date(2026, 11, 22)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


def record(engine: Engine, request_id: str, team: str, label: str, **counts: int) -> None:
    decision: dict[str, Any] = {
        **dict.fromkeys(("key_id", "endpoint", "choice", "detector_version", "policy_digest"), "x"),
        **dict.fromkeys(("stream", "private_only"), False),
        **{name: [] for name in ("basis", "permitted", "excluded", "plan", "reasons")},
        "exceptions": [],
        "request_id": request_id,
        "recorded_at_s": 1.0,
        "team": team,
        "data_class": label,
        "entity_counts": counts,
    }
    outcome: dict[str, Any] = {
        "request_id": request_id,
        "recorded_at_s": 2.0,
        "status": "answered",
        "http_status": 200,
        "model": "tiny@1",
        "weights_digest": "sha256:00",
        "attempts": [],
        "dropped_fields": [],
        **dict.fromkeys(("input_tokens", "output_tokens", "cost_nano_usd"), 1),
        "latency_s": 1.0,
    }
    with engine.begin() as connection:
        connection.execute(insert(decisions), [decision])
        connection.execute(insert(outcomes), [outcome])


def test_what_the_database_knows_of_teams_and_weights(engine: Engine) -> None:
    KeyStore(engine, KeyHasher(b"r" * 32), SystemClock()).create(team="claims", purpose="triage")
    record(engine, "1", "claims", "internal")
    record(engine, "2", "claims", "restricted", PERSON=2, IBAN_CODE=1)
    record(engine, "3", "web", "public")
    with engine.begin() as connection:
        claims, web = team_activities(connection)
        recorded = recorded_models(connection)
    assert claims == TeamActivity(
        "claims",
        frozenset({"triage"}),
        frozenset({"PERSON", "IBAN_CODE"}),
        {DataClass.INTERNAL: 1, DataClass.RESTRICTED: 1},
    )
    assert (web.team, web.purposes) == ("web", frozenset())
    assert recorded.weights_digests == {"tiny@1": ["sha256:00"]}


def test_processing_names_recipients_only_where_somebody_decided_for_them() -> None:
    activities = [TeamActivity("claims", frozenset({"general"}))]
    rows = processing(RULES.registry, RULES.policy, activities, "A firm", DAY)
    by_team = {str(row["team"]): row for row in rows}
    assert by_team["claims"]["recipients"] == {}
    assert by_team["claims"]["countries_of_recipients"] == []
    default = by_team["default"]
    assert default["recipients"] == {
        "anthropic": ["public", "internal"],
        "openai": ["public", "internal"],
    }
    assert default["countries_of_recipients"] == ["US"]
    assert default["controller"] == "A firm"


def test_third_parties_are_who_stands_behind_models() -> None:
    openai, anthropic = third_parties(RULES.registry, DAY)
    assert openai["legal_entity"] == "OpenAI OpCo, LLC"
    assert openai["contracts"] == []
    assert openai["sub_processors"] is None, "not stated is not none"
    assert anthropic["models"] == ["claude-sonnet-4-5@20250929"]
    assert anthropic["data_classes"] == ["public", "internal"]


def test_the_inventory_has_every_version() -> None:
    rows = inventory(RULES.registry, Recorded(weights_digests={"x": ["y"]}), date(2028, 1, 1))
    assert [row["model"] for row in rows] == list(RULES.registry.entries)
    assert all(row["review_overdue"] for row in rows)
    assert rows[0]["state"] == "production"


def test_the_manifest_has_the_digest_of_every_file() -> None:
    files = register_files({"a": [{"x": 1}], "b": []}, {"on": "2026-11-22"})
    manifest = json.loads(files["manifest.json"])
    assert manifest["on"] == "2026-11-22"
    assert set(manifest["sha256"]) == {"a.json", "a.csv", "b.json", "b.csv"}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256(files[name]).hexdigest() == digest


def test_a_spreadsheet_reads_what_was_meant_and_computes_nothing() -> None:
    rows = [
        {"name": 'a "b", c', "list": ["x", "y"], "none": None, "sum": "=1+1", "map": {"k": [1]}},
        {"name": "ü", "list": [], "none": "", "sum": "-1", "map": {}},
    ]
    read = list(csv.reader(io.StringIO(as_csv(rows).decode(), newline="")))
    assert read == [
        ["name", "list", "none", "sum", "map"],
        ['a "b", c', "x; y", "", "'=1+1", '{"k": [1]}'],
        ["ü", "", "", "'-1", "{}"],
    ]
