"""Costs, drills and feedback on the command line: who may ask, and what they are told."""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from sqlalchemy import Engine, insert, select
from typer.testing import CliRunner

import router
from router.audit.tables import audit_entries, decisions, outcomes
from router.domain import Role
from router.feedback.tables import feedback as feedback_table
from router.ids import new_id
from serving.cli import costs, drill, feedback
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from tests.migrated import migrated_state

ROOT = Path(router.__file__).parent.parent
FILES = ["--models", str(ROOT / "models.yaml"), "--policy", str(ROOT / "router/policy.yaml")]
PRIVATE, FAST = "smollm2-135m-private@1", "smollm2-135m-fast@1"
OUTSIDE = "gpt-5-mini@2025-08-07"
EVERY = [PRIVATE, FAST, OUTSIDE, "claude-sonnet-4-5@20250929"]
ESCALATED = {
    "cheap_model": FAST,
    "strong_model": OUTSIDE,
    "signal": "judge",
    "kept": False,
    "score": 0.2,
    "cheap_cost_nano_usd": 1_000,
    "judged_in_s": 0.1,
}


def app_of(name: str, command: Any) -> typer.Typer:
    app = typer.Typer()
    app.command(name)(command)
    return app


COSTS, DRILL = app_of("costs", costs.costs), app_of("drill", drill.drill)


@dataclass
class Cluster:
    """A state directory, tokens for who asks, and records as gateways leave them."""

    state: Path
    engine: Engine
    tokens: dict[Role, str] = field(default_factory=dict)

    def run(self, app: typer.Typer, role: Role, *arguments: str) -> Result:
        environment = {"RINGFENCE_TOKEN": self.tokens[role], "COLUMNS": "250"}
        said = [*arguments, "--state-dir", str(self.state)]
        return CliRunner().invoke(app, said, env=environment)

    def record(self, **said: Any) -> str:
        request_id, now_s = new_id(), time.time()
        decision = {
            "request_id": request_id,
            "recorded_at_s": now_s,
            "team": "default",
            "key_id": "gone",
            "endpoint": "chat/completions",
            "choice": "balanced",
            "stream": False,
            "private_only": False,
            "data_class": "public",
            "basis": ["declared"],
            "entity_counts": {},
            "detector_version": "v",
            "permitted": EVERY,
            "excluded": [],
            "plan": [OUTSIDE],
            "reasons": [],
            "policy_digest": "d",
            "exceptions": [],
            "task": "maths",
        }
        outcome = {
            "request_id": request_id,
            "recorded_at_s": now_s,
            "status": "answered",
            "http_status": 200,
            "model": OUTSIDE,
            "tier": "balanced",
            "attempts": [],
            "input_tokens": 1_000,
            "output_tokens": 500,
            "cost_nano_usd": 1_250_000,
            "latency_s": 1.5,
            "dropped_fields": [],
            "output_findings": {},
            "output_undetermined": False,
            "escalation": None,
        }
        with self.engine.begin() as connection:
            for table, row in ((decisions, decision), (outcomes, outcome)):
                ours = {name: value for name, value in said.items() if name in row}
                connection.execute(insert(table), [row | ours])
        return request_id

    def opinion(self, request_id: str, score: float) -> None:
        row = {
            "id": new_id(),
            "request_id": request_id,
            "key_id": "key-1",
            "digest": new_id(),
            "given_at_s": time.time(),
            "score": score,
            "label": None,
            "text_part": None,
        }
        with self.engine.begin() as connection:
            connection.execute(insert(feedback_table), [row])

    def acts(self) -> list[str]:
        of_acts = select(audit_entries.c.body).where(audit_entries.c.kind == "act")
        with self.engine.connect() as connection:
            return [json.loads(body)["act"] for body in connection.scalars(of_acts)]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    paths = migrated_state(tmp_path / "state")
    keys = open_key_store(paths)
    made = Cluster(paths.state, open_database(paths))
    for role in (Role.AUDITOR, Role.OPERATOR, Role.ADMIN, Role.DEVELOPER):
        _, made.tokens[role] = keys.create(
            team="default", owner=f"{role.value}-1", roles=[role], actor="cluster"
        )
    yield made
    made.engine.dispose()


@pytest.mark.parametrize(
    ("app", "arguments", "example"),
    [
        (COSTS, (), "costs"),
        (DRILL, (), "drill"),
        (feedback.app, ("list",), "feedback list"),
        (feedback.app, ("read",), "feedback read"),
    ],
)
def test_every_command_says_what_it_does_with_an_example(
    app: typer.Typer, arguments: tuple[str, ...], example: str
) -> None:
    shown = CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.stdout)
    assert f"Example: ringfence {example}" in re.sub(r"[\s│]+", " ", plain)
    assert "--json" in plain


def test_the_first_line_is_the_share_of_the_fast_tier(cluster: Cluster) -> None:
    for _ in range(3):
        cluster.record(model=FAST, tier="fast", cost_nano_usd=0)
    cluster.record(team="claims")
    shown = cluster.run(COSTS, Role.OPERATOR, *FILES, "--by", "team", "--by", "tier")
    assert shown.exit_code == 0, shown.output
    first, second, *rest = shown.stdout.splitlines()
    assert first == "Fast tier: 75.0% of requests, 75.0% of tokens."
    assert "4 requests, 4 of them answered" in second
    assert "US$ 0.0013" in second
    assert any(line.split()[:3] == ["claims", "balanced", "1"] for line in rest)
    assert "no figures of maths" in shown.stdout
    assert "ringfence bench quality" in shown.stdout


def test_programs_and_spreadsheets_get_the_same_sums(cluster: Cluster, tmp_path: Path) -> None:
    cluster.record()
    cluster.record(team="claims", escalation=ESCALATED)
    file = tmp_path / "costs.csv"
    said = (*FILES, "--by", "team", "--csv", str(file), "--json")
    found = json.loads(cluster.run(COSTS, Role.ADMIN, *said).stdout)
    assert found["total"] == {
        "requests": 2,
        "input_tokens": 2_000,
        "output_tokens": 1_000,
        "usd": 0.0025,
    }
    assert {group["team"]: group["usd"] for group in found["groups"]} == {
        "claims": 0.00125,
        "default": 0.00125,
    }
    assert found["escalations"]["escalated"] == {
        "requests": 1,
        "right": 0,
        "wrong": 0,
        "unknown": 1,
    }
    assert found["roi"]["had"] is None
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [(row["team"], float(row["usd"])) for row in rows] == [
        ("claims", 0.00125),
        ("default", 0.00125),
    ]


def test_opinions_are_figures_where_nothing_was_measured(cluster: Cluster, tmp_path: Path) -> None:
    for number in range(40):
        how = {"model": FAST, "tier": "fast", "cost_nano_usd": 0} if number % 2 else {}
        cluster.opinion(cluster.record(**how, permitted=[FAST, OUTSIDE]), float(number % 4 < 3))
    few = json.loads(cluster.run(COSTS, Role.ADMIN, *FILES, "--json").stdout)
    assert few["roi"]["had"] is None
    for _ in range(10):
        for how in ({"model": FAST, "tier": "fast", "cost_nano_usd": 0}, {}):
            cluster.opinion(cluster.record(**how, permitted=[FAST, OUTSIDE]), 1.0)
    page = tmp_path / "costs.html"
    shown = cluster.run(COSTS, Role.ADMIN, *FILES, "--html", str(page))
    assert shown.exit_code == 0, shown.output
    assert "over 60 of 60 requests" in shown.stdout
    assert f"beside always the best model ({OUTSIDE})" in shown.stdout
    assert "beside a random mix of equal spend" in shown.stdout
    assert f"beside the best model at that cost ({FAST})" in shown.stdout
    text = page.read_text()
    HTMLParser().feed(text)
    assert text.count("<svg") == text.count("</svg>") == 2
    assert "nan" not in text
    assert "src=" not in text
    assert "<script" not in text


def test_of_nothing_and_of_what_is_free_there_is_a_page_as_well(
    cluster: Cluster, tmp_path: Path
) -> None:
    page = tmp_path / "costs.html"
    nothing = cluster.run(COSTS, Role.ADMIN, *FILES, "--html", str(page))
    assert nothing.exit_code == 0, nothing.output
    assert nothing.stdout.startswith("Fast tier: nothing was answered in this time.")
    for _ in range(30):
        cluster.opinion(cluster.record(model=FAST, cost_nano_usd=0, permitted=[FAST]), 1.0)
    assert cluster.run(COSTS, Role.ADMIN, *FILES, "--html", str(page)).exit_code == 0
    assert page.read_text().count("<svg") == 2


def test_costs_are_for_who_runs_the_cluster_and_who_audits_it(cluster: Cluster) -> None:
    for role, status in (
        (Role.AUDITOR, 0),
        (Role.OPERATOR, 0),
        (Role.ADMIN, 0),
        (Role.DEVELOPER, 1),
    ):
        assert cluster.run(COSTS, role, *FILES).exit_code == status


def test_a_time_that_is_none_is_wrong_usage(cluster: Cluster) -> None:
    for said in ("0d", "yesterday", "2026-13-01", "99999d"):
        assert cluster.run(COSTS, Role.ADMIN, *FILES, "--since", said).exit_code == 2
    backwards = ("--since", "2026-02-01", "--until", "2026-01-01")
    assert cluster.run(COSTS, Role.ADMIN, *FILES, *backwards).exit_code == 2


def test_a_file_that_is_no_record_of_quality_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    for content in ("[]", '{"kind": "throughput"}'):
        file.write_text(content)
        refused = cluster.run(COSTS, Role.ADMIN, *FILES, "--quality", str(file))
        assert refused.exit_code == 1
        assert "record.json" in refused.stderr


def test_a_drill_without_a_provider_answers_in_its_first_lines(
    cluster: Cluster, tmp_path: Path
) -> None:
    for _ in range(3):
        cluster.record()
    cluster.record(choice="private", model=PRIVATE, tier="private", data_class="restricted")
    file = tmp_path / "drill.csv"
    said = (*FILES, "--without", "openai", "--csv", str(file))
    shown = cluster.run(DRILL, Role.AUDITOR, *said)
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.splitlines()
    assert lines[0] == "Without openai: 3 of 4 requests (75.0%) go elsewhere."
    assert lines[1] == "Refused: none that are answered now."
    assert lines[2] == "Cost: US$ 0.0037 now, US$ 0.0315 then (+740.0%)."
    assert lines[3] == "Quality: unknown."
    assert "Capacity: smollm2-135m-private@1 in its busiest hour" in shown.stdout
    assert cluster.acts().count("records.read") == 1
    assert {row["destination"] for row in csv.DictReader(file.read_text().splitlines())} == {
        OUTSIDE,
        PRIVATE,
        "claude-sonnet-4-5@20250929",
    }


def test_a_drill_fails_where_requests_would_be_refused(cluster: Cluster) -> None:
    cluster.record(choice="private", model=PRIVATE, tier="private", data_class="restricted")
    said = (*FILES, "--without-model", "smollm2-135m-private", "--json")
    shown = cluster.run(DRILL, Role.AUDITOR, *said)
    assert shown.exit_code == 1
    found = json.loads(shown.stdout)
    assert (found["requests"], found["refused"]) == (1, 1)
    assert found["change"] == {"gone": [PRIVATE], "prices": {}}


def test_a_drill_at_another_price_moves_nothing_that_is_ordered_by_hand(cluster: Cluster) -> None:
    cluster.record()
    said = (*FILES, "--price", "gpt-5-mini=x2", "--json")
    found = json.loads(cluster.run(DRILL, Role.AUDITOR, *said).stdout)
    assert found["after_usd"] == pytest.approx(2 * found["before_usd"])


def test_a_drill_is_for_auditors_and_says_what_to_try(cluster: Cluster) -> None:
    assert cluster.run(DRILL, Role.OPERATOR, *FILES, "--without", "openai").exit_code == 1
    assert cluster.run(DRILL, Role.AUDITOR, *FILES).exit_code == 2
    unknown = cluster.run(DRILL, Role.AUDITOR, *FILES, "--without", "opnai")
    assert unknown.exit_code == 1
    assert "anthropic, openai" in unknown.stderr


def test_feedback_is_listed_for_auditors_and_that_is_recorded(cluster: Cluster) -> None:
    request_id = cluster.record(team="claims")
    cluster.opinion(request_id, 0.25)
    assert cluster.run(feedback.app, Role.ADMIN, "list").exit_code == 1
    (row,) = json.loads(cluster.run(feedback.app, Role.AUDITOR, "list", "--json").stdout)
    assert (row["request_id"], row["score"], row["team"]) == (request_id, 0.25, "claims")
    assert (row["model"], row["task"], row["has_text"]) == (OUTSIDE, "maths", False)
    shown = cluster.run(feedback.app, Role.AUDITOR, "list", "--team", "default")
    assert "0 pieces of feedback" in shown.stdout
    assert cluster.acts().count("feedback.read") == 2


def test_texts_that_were_not_kept_are_not_there_to_be_read(cluster: Cluster) -> None:
    request_id = cluster.record()
    cluster.opinion(request_id, 0.25)
    read = cluster.run(feedback.app, Role.AUDITOR, "read", request_id, "--reason", "case 7")
    assert read.exit_code == 1
    assert "the policy did not keep it" in re.sub(r"\s+", " ", read.stderr)
