"""What is deployed to watch Ringfence looks at what Ringfence exports."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from router.clock import SystemClock
from router.policy.load import load_rules
from router.store.database import connect
from router.trials.shadows import ShadowRoom
from serving.telemetry.cluster_state import ClusterState, ClusterView
from serving.telemetry.gateway_telemetry import GatewayTelemetry
from serving.telemetry.queue_state import QueueState
from serving.telemetry.shadow_state import ShadowState
from serving.telemetry.store_state import StoreState
from tests.ended_requests import ended_request
from tests.migrated import migrated_sqlite
from tests.promtool import has_promtool, run_promtool
from tests.stack import REPOSITORY

PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
DASHBOARD = REPOSITORY / "deploy" / "grafana" / "ringfence.json"
SECTIONS = ["## What it means", "## What to look at", "## What to do"]

needs_promtool = pytest.mark.skipif(
    not has_promtool(), reason="promtool is not installed: Prometheus' own tool, in its package"
)

_METRIC = re.compile(r"\b(?:ringfence|gen_ai|process)_[a-z0-9_]+\b(?=\s*[\[{)<>=+*/-]|\s|$)")
_OF_ONE_FAMILY = re.compile(r"_(?:bucket|sum|count)$")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a gateway with everything shows after a request."""
    file = tmp_path_factory.mktemp("page") / "ringfence.db"
    file.write_bytes(migrated_sqlite())
    engine = connect(f"sqlite:///{file}")
    rules = load_rules(REPOSITORY / "models.yaml", REPOSITORY / "router" / "policy.yaml")
    telemetry = GatewayTelemetry()
    telemetry.observers.request_ended(ended_request())
    state = ClusterState(engine, lambda: rules, SystemClock(), ClusterView(dict, tuple, tuple))
    own = [QueueState(dict), StoreState(lambda: 0), ShadowState(ShadowRoom())]
    try:
        return telemetry.pages(own, [state], None).page()
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def exported(page: bytes) -> set[str]:
    return set(re.findall(r"^# TYPE (\S+)", page.decode(), re.MULTILINE))


def rules() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text())["groups"]:
        yield from group["rules"]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}


def dashboard_expressions() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]


def _metrics_in(expression: str) -> set[str]:
    without_strings = re.sub(r'"[^"]*"', '""', expression)
    without_groupings = re.sub(r"\b(?:by|on|ignoring)\s*\([^)]*\)", "", without_strings)
    without_matchers = re.sub(r"\{[^}]*\}", "", without_groupings)
    return {_OF_ONE_FAMILY.sub("", name) for name in _METRIC.findall(without_matchers)}


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_says_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    runbook = REPOSITORY / rule["annotations"]["runbook_url"]
    text = runbook.read_text()

    assert f"`{alert}`" in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    assert rule["labels"]["severity"] in {"page", "ticket"}
    for link in re.findall(r"\]\(([^)]+\.md)\)", text):
        assert (runbook.parent / link).exists(), link


def test_every_runbook_is_of_an_alert() -> None:
    said = {Path(rule["annotations"]["runbook_url"]).name for rule in ALERTS.values()}

    assert {file.name for file in (REPOSITORY / "docs" / "runbooks").iterdir()} == said


def test_every_alert_looks_at_what_is_exported(exported: set[str]) -> None:
    looked_at = {name for rule in rules() for name in _metrics_in(rule["expr"])}

    assert len(looked_at) > 15
    assert looked_at - exported == set()


def test_every_panel_looks_at_what_is_exported(exported: set[str]) -> None:
    looked_at = {name for expr in dashboard_expressions() for name in _metrics_in(expr)}

    assert len(looked_at) > 25
    assert looked_at - exported == set()


def test_everything_that_is_ours_is_looked_at_somewhere(exported: set[str]) -> None:
    looked_at = {name for expr in dashboard_expressions() for name in _metrics_in(expr)}
    looked_at |= {name for rule in rules() for name in _metrics_in(rule["expr"])}
    ours = {name for name in exported if name.startswith(("ringfence_", "gen_ai_"))}

    # Beside `up`, for whoever wonders how many answer; and by team, for runbooks.
    assert ours - looked_at == {"ringfence_gateways", "ringfence_team_requests_total"}


def test_every_alert_has_a_fault_that_fires_it_alone() -> None:
    tests = yaml.safe_load((PROMETHEUS / "tests.yaml").read_text())["tests"]
    fired = [
        sample["labels"]
        for test in tests
        for expression in test["promql_expr_test"]
        for sample in expression["exp_samples"]
    ]

    assert sorted(fired) == sorted(f'{{alertname="{alert}"}}' for alert in ALERTS)


@needs_promtool
def test_prometheus_takes_the_rules_and_the_configuration(tmp_path: Path) -> None:
    for name in ("prometheus.yaml", "alerts.yaml"):
        shutil.copy(PROMETHEUS / name, tmp_path)
    (tmp_path / "ringfence.key").write_text("rf-key")

    run_promtool("check", "config", "prometheus.yaml", cwd=tmp_path)


@needs_promtool
def test_prometheus_fires_each_alert_for_its_fault_alone() -> None:
    run_promtool("test", "rules", "tests.yaml", cwd=PROMETHEUS)


@needs_promtool
def test_prometheus_finds_nothing_to_say_about_the_page(page: bytes, tmp_path: Path) -> None:
    run_promtool("check", "metrics", cwd=tmp_path, given=page)
