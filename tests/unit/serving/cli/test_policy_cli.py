"""`ringfence policy …`, on files and on a state directory that has served."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from typer.testing import CliRunner, Result

import router
from router.audit.tables import audit_entries
from router.domain import Role
from router.policy.archive import Active, activate, active, keep
from router.policy.load import load_rules
from serving.cli.policy import app
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.migrated import migrated_state

ROOT = Path(router.__file__).parent.parent
MODELS, POLICY = ROOT / "models.yaml", ROOT / "router" / "policy.yaml"
FILES = ["--models", str(MODELS), "--policy", str(POLICY)]
FALLBACKS = {"smollm2-135m-fast": ["smollm2-135m-private"], "smollm2-135m-private": ["gpt-5-mini"]}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def edited(tmp_path: Path, **sections: Any) -> Path:
    """The shipped policy with other sections; a mapping's keys go over those that are there."""
    policy = yaml.safe_load(POLICY.read_text())
    for name, value in sections.items():
        policy[name] = policy[name] | value if isinstance(value, dict) else value
    path = tmp_path / "edited.yaml"
    path.write_text(yaml.safe_dump(policy))
    return path


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A state directory in which a gateway started with the shipped files."""
    state = tmp_path / "state"
    engine = open_database(migrated_state(state))
    with engine.begin() as connection:
        digest = keep(connection, load_rules(MODELS, POLICY).policy.text, 1.0)
        activate(connection, Active(digest, 1.0, "started"))
    engine.dispose()
    return state


def body(tmp_path: Path, **more: Any) -> Path:
    path = tmp_path / "body.json"
    messages = [{"role": "user", "content": "hello"}]
    path.write_text(json.dumps({"model": "auto", "messages": messages} | more))
    return path


COMMANDS = ("apply", "diff", "explain", "lint", "prove", "show", "simulate")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does_with_an_example(command: str) -> None:
    shown = run(command, "--help")
    assert shown.exit_code == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.stdout)
    assert f"Example: ringfence policy {command}" in re.sub(r"[\s│]+", " ", plain)
    assert "--json" in plain


def test_the_shipped_policy_is_proven_and_says_nothing_in_vain() -> None:
    proven = run("prove", *FILES, "--json")
    assert json.loads(proven.stdout)["proven"]
    linted = run("lint", *FILES, "--strict", "--json")
    assert (linted.exit_code, json.loads(linted.stdout)) == (0, [])


def test_a_fallback_of_a_fallback_that_leaks_is_not_proven(tmp_path: Path) -> None:
    leaky = edited(tmp_path, fallbacks=FALLBACKS)
    refused = run("prove", "--models", MODELS, "--policy", leaky)
    assert refused.exit_code == 1
    chain = "smollm2-135m-fast@1 → smollm2-135m-private@1 → gpt-5-mini@2025-08-07"
    assert f"choice auto → tier fast → {chain} is approved for" in refused.stderr
    as_json = json.loads(run("prove", "--models", MODELS, "--policy", leaky, "--json").stdout)
    assert not as_json["proven"]
    assert all(problem["line"] and problem["cure"] for problem in as_json["problems"])


def test_warnings_fail_where_they_are_to_and_errors_always(tmp_path: Path) -> None:
    dusty = edited(tmp_path, team_floors={"clinic": "public"})
    assert run("lint", "--models", MODELS, "--policy", dusty).exit_code == 0
    strict = run("lint", "--models", MODELS, "--policy", dusty, "--strict")
    assert strict.exit_code == 1
    assert "warning" in strict.stderr
    assert "cure: remove it" in strict.stderr
    wrong = edited(tmp_path, schema=9)
    refused = run("lint", "--models", MODELS, "--policy", wrong, "--json")
    assert (refused.exit_code, json.loads(refused.stdout)[0]["severity"]) == (1, "error")


def test_a_request_is_explained_model_by_model_with_the_rule(tmp_path: Path) -> None:
    asked = body(tmp_path)
    shown = run("explain", asked, "--class", "confidential", *FILES, "--json")
    explained = json.loads(shown.stdout)
    assert explained["plan"] == ["smollm2-135m-fast@1", "smollm2-135m-private@1"]
    models = {entry["model"]: entry for entry in explained["models"]}
    assert set(models) == set(load_rules(MODELS, POLICY).registry.entries)
    because = " ".join(models["gpt-5-mini@2025-08-07"]["because"])
    assert "not approved for confidential" in because
    assert re.search(r"models\.yaml:\d+", because)
    (route,) = explained["rules"]
    line = int(route.rpartition(":")[2])
    assert POLICY.read_text().splitlines()[line - 1].strip().startswith("auto: [fast, private]")
    table = run("explain", asked, "--class", "confidential", *FILES)
    assert "smollm2-135m-fast@1" in table.stdout


def test_stakes_endpoint_and_what_a_body_asks_for_are_in_the_explanation(tmp_path: Path) -> None:
    asked = body(tmp_path, tools=[{"type": "function", "function": {"name": "f"}}], seed=1)
    explained = json.loads(run("explain", asked, "--stakes", "legal", *FILES, "--json").stdout)
    assert explained["plan"][0].startswith("claude")
    models = {entry["model"]: entry for entry in explained["models"]}
    assert models["claude-sonnet-4-5@20250929"]["cannot"] == ["lacks:seed"]
    private = json.loads(run("explain", asked, "--private", *FILES, "--json").stdout)
    assert private["plan"] == ["smollm2-135m-private@1"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--class", "secret"], "--class takes public"),
        (["--tiers", "turbo"], "--tiers takes some of fast"),
        (["--stakes", "high"], "--stakes takes external_communication"),
    ],
)
def test_what_an_explanation_cannot_be_made_of_is_named(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    refused = run("explain", body(tmp_path), *arguments, *FILES)
    assert refused.exit_code == 1
    assert says in refused.stderr


def test_a_body_that_is_none_is_not_quoted(tmp_path: Path) -> None:
    wrong = tmp_path / "body.json"
    for content in ("zq canary", '["zq canary"]', '{"model": "zq canary"}'):
        wrong.write_text(content)
        refused = run("explain", wrong, *FILES)
        assert refused.exit_code == 1
        assert "zq canary" not in refused.stderr
    assert run("explain", tmp_path / "nowhere.json", *FILES).exit_code == 1


def test_a_line_that_moves_one_teams_confidential_requests_is_found(tmp_path: Path) -> None:
    new = edited(tmp_path, team_floors={"clinic": "restricted"})
    place = ["--models", MODELS, "--state-dir", tmp_path / "none"]
    found = json.loads(run("diff", POLICY, new, *place, "--json").stdout)
    moved = [each for each in found["changes"] if each["found"] == "confidential"]
    assert {asker["team"] for each in moved for asker in each["askers"]} == {"clinic"}
    assert not any(each["leaves"] for each in moved)
    assert all(each["witness"]["team"] == "clinic" for each in moved)
    assert found["traffic"] is None
    shown = run("diff", POLICY, new, *place).stdout
    assert "confidential requests go elsewhere" in shown
    assert re.search(r"before +smollm2-135m-fast@1 → smollm2-135m-private@1 *\n +after", shown)
    assert "team clinic" in shown
    assert max(map(len, shown.splitlines())) <= 80
    same = run("diff", POLICY, POLICY, *place)
    assert "0 of" in same.stdout


def test_requests_of_a_file_are_simulated_and_paid_for(tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    line = {"team": "default", "class": "public", "input_tokens": 1_000_000}
    requests.write_text("\n".join(json.dumps(each) for each in (line, line | {"team": "other"})))
    nobody = edited(tmp_path, external_use=[])
    arguments = [requests, "--models", MODELS, "--policy", nobody, "--against", POLICY]
    shown = json.loads(run("simulate", *arguments, "--json").stdout)
    assert (shown["requests"], shown["moved"]) == (2, 1)
    (outside,) = [each for each in shown["destinations"] if "gpt" in each["destination"]]
    assert (outside["before"], outside["before_usd"], outside["after"]) == (1, 0.25, 0)
    said = run("simulate", *arguments).stdout
    assert re.sub(r"\s+", " ", said).endswith(f"1 of them elsewhere than under {POLICY} ")
    assert run("simulate", *arguments, "--from", "2026-01-01").exit_code == 2


def test_what_nothing_is_compared_with_has_no_before(tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"class": "public"}')
    arguments = [requests, *FILES, "--state-dir", tmp_path / "none"]
    shown = json.loads(run("simulate", *arguments, "--json").stdout)
    assert (shown["compared_with"], shown["moved"]) == (None, None)
    assert {each["before"] for each in shown["destinations"]} == {None}
    assert "before" not in run("simulate", *arguments).stdout
    refused = run("simulate", *arguments, "--against", "serving")
    assert refused.exit_code == 1
    assert "nothing has served from here" in refused.stderr


def test_what_serves_is_what_a_policy_is_compared_with_by_itself(
    served: Path, tmp_path: Path
) -> None:
    new = edited(tmp_path, team_floors={"clinic": "restricted"})
    files = ["--models", MODELS, "--state-dir", served]
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"class": "confidential", "team": "clinic"}')
    arguments = [requests, "--policy", new, *files]
    shown = json.loads(run("simulate", *arguments, "--json").stdout)
    digest = load_rules(MODELS, POLICY).policy.digest
    assert (shown["compared_with"], shown["moved"]) == (f"what serves, {digest}", 1)
    alone = json.loads(run("simulate", *arguments, "--against", "nothing", "--json").stdout)
    assert (alone["compared_with"], alone["moved"]) == (None, None)
    here = ["--models", MODELS, "--state-dir", served, "--no-traffic", "--json"]
    against_it = run("diff", new, *here)
    assert against_it.stderr == ""
    assert against_it.stdout == run("diff", POLICY, new, *here).stdout
    assert "nothing has served" in run("diff", new, *here[:2], "--state-dir", tmp_path / "n").stderr


def test_a_team_left_out_is_the_same_everywhere(tmp_path: Path) -> None:
    """A line that says no more than its class goes where `explain` says that it goes."""
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"class": "public"}')
    for use in ([], [{"team": "default", "purposes": ["any"], "decided_by": "d", "reason": "r"}]):
        files = ["--models", MODELS, "--policy", edited(tmp_path, external_use=use)]
        explained = json.loads(run("explain", body(tmp_path), *files, "--json").stdout)
        alone = ["--against", "nothing", "--json"]
        (went,) = json.loads(run("simulate", requests, *files, *alone).stdout)["destinations"]
        assert went["destination"] == explained["plan"][0]


def acts(state: Path) -> list[dict[str, Any]]:
    engine = open_database(ClusterPaths.of(state))
    with engine.connect() as connection:
        bodies = connection.scalars(select(audit_entries.c.body)).all()
    engine.dispose()
    return [act for act in map(json.loads, bodies) if act.get("act") == "records.read"]


def test_reading_records_takes_a_role_and_is_recorded(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = [*FILES, "--state-dir", served, "--from", "2026-11-01", "--to", "2026-11-02"]
    refused = run("simulate", *here)
    assert refused.exit_code == 1
    assert "auditor" in refused.stderr
    assert acts(served) == []
    keys = open_key_store(ClusterPaths.of(served))
    _, text = keys.create(team="default", owner="who audits", roles=[Role.AUDITOR])
    monkeypatch.setenv("RINGFENCE_TOKEN", text)
    shown = run("simulate", *here, "--json")
    assert json.loads(shown.stdout)["requests"] == 0
    (act,) = acts(served)
    assert act["actor"] == "who audits"
    first_s = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    days = {"from_s": first_s, "to_s": first_s + 2 * 86_400}
    assert act["details"] == {"requests": 0, **days}
    new = edited(tmp_path, team_floors={"clinic": "restricted"})
    place = ["--models", MODELS, "--state-dir", served]
    assert json.loads(run("diff", POLICY, new, *place, "--json").stdout)["traffic"]["days"] == 30
    assert len(acts(served)) == 2
    assert run("simulate", "--state-dir", served / "not", *FILES).exit_code == 1


def test_whoever_may_not_read_records_sees_the_rest_of_a_comparison(
    served: Path, tmp_path: Path
) -> None:
    new = edited(tmp_path, team_floors={"clinic": "restricted"})
    shown = run("diff", new, "--models", MODELS, "--state-dir", served)
    assert shown.exit_code == 0
    assert "kinds of requests change" in shown.stdout
    assert "auditor" in shown.stderr
    assert "so it is not said" in shown.stderr
    assert acts(served) == []
    assert run("diff", new, new, new).exit_code == 2


def test_what_is_applied_serves_and_is_an_act(served: Path, tmp_path: Path) -> None:
    new = edited(tmp_path, team_floors={"clinic": "restricted"})
    why = ["--reason", "ticket 4711", "--state-dir", served, "--models", MODELS]
    applied = run("apply", "--policy", new, *why, "--json")
    assert applied.exit_code == 0, applied.stderr
    digest = json.loads(applied.stdout)["digest"]
    assert digest == load_rules(MODELS, new).policy.digest
    engine = open_database(ClusterPaths.of(served))
    with engine.connect() as connection:
        now = active(connection)
        bodies = connection.scalars(select(audit_entries.c.body)).all()
    engine.dispose()
    assert now is not None
    assert (now.digest, now.applied_at_s <= time.time()) == (digest, True)
    (act,) = [each for each in map(json.loads, bodies) if each.get("act") == "policy.applied"]
    assert (act["reason"], act["details"]["digest"], act["actor"]) == (
        "ticket 4711",
        digest,
        now.applied_by,
    )
    for wanted in ((), (digest,), (digest[:16],), (digest.removeprefix("sha256:")[:8],)):
        shown = json.loads(run("show", *wanted, "--state-dir", served, "--json").stdout)
        assert (shown["digest"], shown["policy"]) == (digest, new.read_text())
    assert new.read_text() in run("show", digest, "--state-dir", served).stdout


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"fallbacks": FALLBACKS}, "gpt-5-mini@2025-08-07 is approved for"),
        ({"detection": {"deadline_s": 3.0}}, "restart needed"),
    ],
)
def test_what_cannot_be_taken_up_is_refused_and_changes_nothing(
    served: Path, tmp_path: Path, sections: dict[str, Any], says: str
) -> None:
    new = edited(tmp_path, **sections)
    why = ["--reason", "x", "--state-dir", served, "--models", MODELS]
    refused = run("apply", "--policy", new, *why)
    assert refused.exit_code == 1
    assert says in refused.stderr
    digests = json.loads(run("show", "--state-dir", served, "--json").stdout)["digest"]
    assert digests == load_rules(MODELS, POLICY).policy.digest
    unknown = load_rules(MODELS, POLICY).policy.digest[:9] + "zz"
    assert run("show", unknown, "--state-dir", served).exit_code == 1


def test_what_was_applied_later_by_another_clock_is_not_said_to_be_replaced(
    served: Path, tmp_path: Path
) -> None:
    engine = open_database(ClusterPaths.of(served))
    with engine.begin() as connection:
        before = active(connection)
        assert before is not None
        ahead = Active(before.digest, time.time() + 3_600, "another host")
        assert activate(connection, ahead)
    new = edited(tmp_path, team_floors={"clinic": "restricted"})
    refused = run("apply", "--policy", new, "--reason", "x", "--state-dir", served, *FILES[:2])
    assert refused.exit_code == 1
    assert "clocks" in refused.stderr
    with engine.connect() as connection:
        bodies = connection.scalars(select(audit_entries.c.body)).all()
        assert active(connection) == ahead
    engine.dispose()
    assert bodies == []


def test_a_state_that_no_move_has_brought_about_is_warned_of(served: Path, tmp_path: Path) -> None:
    new = edited(tmp_path, team_floors={"clinic": "restricted"})
    applied = run("apply", "--policy", new, "--reason", "x", "--state-dir", served, *FILES[:2])
    assert applied.exit_code == 0
    assert "no move of it is recorded" in applied.stderr


def test_where_nothing_has_served_there_is_nothing_to_apply_to(tmp_path: Path) -> None:
    state = tmp_path / "state"
    why = ["--reason", "x", "--state-dir", state, *FILES]
    assert "there is no" in run("apply", *why).stderr
    migrated_state(state)
    assert "nothing has served from here yet" in run("apply", *why).stderr
    assert run("show", "--state-dir", state).exit_code == 1


def test_a_canary_is_explained_by_its_share_and_always_alike(tmp_path: Path) -> None:
    models = yaml.safe_load(MODELS.read_text())
    champion = next(each for each in models["models"] if each["id"] == "smollm2-135m-fast")
    lifecycle = champion["lifecycle"] | {"state": "canary", "canary_share": 0.9}
    models["models"].append(champion | {"version": "2", "lifecycle": lifecycle})
    models["aliases"]["smollm2-135m-fast"]["candidate"] = "2"
    written = tmp_path / "models.yaml"
    written.write_text(yaml.safe_dump(models))
    files = ["--models", written, "--policy", POLICY]
    asked = body(tmp_path, model="fast")
    for _ in range(5):
        explained = json.loads(run("explain", asked, *files, "--json").stdout)
        assert "smollm2-135m-fast@2" not in explained["plan"]
    shares = {entry["model"]: entry["canary_share"] for entry in explained["models"]}
    assert {share for share in shares.values() if share} == {0.9}
    shown = run("explain", asked, *files).stdout
    assert "takes 0.9 of its champion's requests" in re.sub(r"\s+", " ", shown)
