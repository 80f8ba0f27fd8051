"""`ringfence gate` on files: what it says of changes whose truth is known."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from benchmarks.quality.gate.misroutes import shipped_golden
from serving.cli.gate import gate
from tests.unit.benchmarks.quality.gate.quality_records import (
    FAST,
    HOME,
    MINI,
    MODELS,
    SONNET,
    models_with,
    policy_with,
    record,
    scores,
    write_records,
)

PASSES, FAILS, INCONCLUSIVE = 0, 1, 3
SWAPPED: dict[str, Any] = {"tiers": {"balanced": ["claude-sonnet-4-5"]}}
PUBLIC_AUTO = '{"class": "public"}\n'

app = typer.Typer()
app.command()(gate)


def turned(answers: list[float], lost: int, won: int) -> list[float]:
    """So many right ones made wrong, and so many wrong ones right."""
    draw, after = random.Random(2), list(answers)
    for number in draw.sample([n for n, score in enumerate(answers) if score], lost):
        after[number] = 0.0
    for number in draw.sample([n for n, score in enumerate(answers) if not score], won):
        after[number] = 1.0
    return after


class Bench:
    """A folder with outcomes, a candidate, and the command."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.traffic = directory / "traffic.jsonl"
        self.traffic.write_text(PUBLIC_AUTO)
        self.old = policy_with(directory / "old.yaml")
        self.candidate = policy_with(directory / "new.yaml", **SWAPPED)

    def outcomes(self, old: list[float], new: list[float] | None, *more: dict[str, Any]) -> None:
        found = [record(MINI, old), *more]
        if new is not None:
            found.append(record(SONNET, new))
        write_records(self.directory / "outcomes", found)

    def run(
        self,
        *words: str | Path,
        candidate: Path | None = None,
        against: Path | None = None,
        models: Path = MODELS,
    ) -> Result:
        said = [
            *("--candidate", candidate or self.candidate, "--against", against or self.old),
            *("--models", models, "--policy", self.old, "--traffic", self.traffic),
            *("--state-dir", self.directory / "state"),
        ]
        if (self.directory / "outcomes").is_dir():
            said += ["--outcomes", self.directory / "outcomes"]
        return CliRunner().invoke(app, [str(word) for word in (*said, *words)])

    def ran(self, *words: str | Path, code: int, **files: Path) -> Any:
        result = self.run(*words, "--json", "--no-shipped-misroutes", **files)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_model_that_is_as_good_passes_with_enough_items(bench: Bench) -> None:
    old = scores(1_000, 0.7, 1)
    bench.outcomes(old, turned(old, 30, 31))
    bench.traffic.write_text(PUBLIC_AUTO * 3)
    shown = bench.run("--json")
    assert shown.exit_code == PASSES
    said = json.loads(shown.stdout)
    quality = said["statistics"]["quality"]
    assert said["verdict"] == "pass"
    assert (quality["won"], quality["lost"], quality["changed"]) == (31, 30, 1.0)
    assert quality["low"] > -0.02
    assert said["statistics"]["cases"] >= 40


def test_a_model_that_is_truly_worse_fails(bench: Bench) -> None:
    old = scores(1_000, 0.7, 1)
    bench.outcomes(old, turned(old, 70, 20))
    shown = bench.run()
    assert shown.exit_code == FAILS
    assert shown.stdout.startswith("# FAIL")
    assert "answers get worse by 5.0 points" in shown.stdout


def test_too_few_items_are_inconclusive_and_it_says_how_many_it_takes(bench: Bench) -> None:
    old = scores(100, 0.7, 1)
    bench.outcomes(old, list(old))
    said = bench.ran(code=INCONCLUSIVE)
    assert "100 items are too few: it takes 149" in said["reasons"][0]
    few = bench.run()
    assert "# INCONCLUSIVE" in few.stdout
    assert "items settle it" in few.stdout


def test_what_nobody_measured_is_said_and_never_passed(bench: Bench) -> None:
    bench.outcomes(scores(500, 0.7, 1), None)
    said = bench.ran(code=INCONCLUSIVE)
    assert said["statistics"]["missing"] == {SONNET: 500}
    assert said["statistics"]["quality"]["missing"] == 1.0
    assert any("never asked" in reason for reason in said["reasons"])


def test_no_outcomes_at_all_are_inconclusive(bench: Bench) -> None:
    said = bench.ran(code=INCONCLUSIVE)
    assert said["statistics"]["quality"] is None


def test_what_does_not_touch_decisions_needs_no_outcomes(bench: Bench) -> None:
    renamed = policy_with(bench.directory / "owned.yaml", owners={"audit": ["somebody else"]})
    said = bench.ran(code=PASSES, candidate=renamed)
    assert said["reasons"] == ["nothing that decides where a request goes differs: owners"]


def test_decisions_that_do_not_change_lose_nothing(bench: Bench) -> None:
    old = scores(400, 0.7, 1)
    bench.outcomes(old, [0.0] * 400)
    same = policy_with(bench.directory / "same.yaml", cascade={"retry_after_s": 9})
    said = bench.ran(code=PASSES, candidate=same)
    assert said["statistics"]["quality"]["changed"] == 0


def test_a_harm_in_a_critical_slice_is_not_averaged_away(bench: Bench) -> None:
    """Summaries, every other item, get worse; sums get better by more."""
    old = [float(number % 10 < 7) for number in range(1_000)]
    new = list(old)
    for number in range(0, 400, 4):
        new[number] = 0.0
    for number in range(1, 1_000, 2):
        new[number] = 1.0
    bench.outcomes(old, new)
    gate_section = {"critical_slices": [{"name": "summaries", "task": "summary"}]}
    strict = policy_with(bench.directory / "strict.yaml", gate=gate_section)
    bare = bench.ran(code=PASSES)
    assert bare["statistics"]["slices"] == []
    said = bench.ran(code=FAILS, against=strict)
    (found,) = said["statistics"]["slices"]
    assert (found["state"], found["won"]) == ("harmed", 0)
    assert "the critical slice summaries is worse" in said["reasons"][0]


def test_a_slice_with_too_few_items_keeps_it_from_passing(bench: Bench) -> None:
    old = scores(600, 0.7, 1)
    bench.outcomes(old, list(old))
    section = {"critical_slices": [{"name": "code", "task": "code"}]}
    strict = policy_with(bench.directory / "strict.yaml", gate=section)
    said = bench.ran(code=INCONCLUSIVE, against=strict)
    assert said["statistics"]["slices"][0]["state"] == "too_few"


def test_a_slice_whose_items_exclude_no_harm_keeps_it_from_passing(bench: Bench) -> None:
    """As many lost as won in few items: nothing is shown, and nothing excluded either."""
    old = scores(240, 0.7, 1)
    bench.outcomes(old, turned(old, 24, 24))
    section = {"critical_slices": [{"name": "summaries", "task": "summary"}]}
    strict = policy_with(bench.directory / "strict.yaml", gate=section)
    candidate = policy_with(bench.directory / "new.yaml", gate=section, **SWAPPED)
    said = bench.ran(code=INCONCLUSIVE, against=strict, candidate=candidate)
    (found,) = said["statistics"]["slices"]
    assert (found["state"], found["items"], found["margin"]) == ("unsure", 120, 0.05)
    assert found["low"] < -0.05
    assert found["items_needed"] > 120
    assert any("slice summaries answers may get worse" in reason for reason in said["reasons"])


def test_a_slice_with_enough_items_that_lose_nothing_lets_it_pass(bench: Bench) -> None:
    old = scores(800, 0.7, 1)
    bench.outcomes(old, list(old))
    section = {"critical_slices": [{"name": "summaries", "task": "summary"}]}
    strict = policy_with(bench.directory / "strict.yaml", gate=section)
    candidate = policy_with(bench.directory / "new.yaml", gate=section, **SWAPPED)
    said = bench.ran(code=PASSES, against=strict, candidate=candidate)
    assert said["statistics"]["slices"][0]["state"] == "unharmed"
    assert "in none of 1 critical slices" in said["reasons"][1]


def test_asking_less_of_later_changes_never_passes_and_asking_more_does(bench: Bench) -> None:
    section = {"critical_slices": [{"name": "code", "task": "code"}]}
    strict = policy_with(bench.directory / "strict.yaml", gate=section | {"required": True})
    off = policy_with(bench.directory / "off.yaml", gate=section | {"required": False})
    said = bench.ran(code=INCONCLUSIVE, against=strict, candidate=off)
    assert said["reasons"][0].startswith("gate.required: the candidate asks less")
    back = bench.ran(code=PASSES, against=off, candidate=strict)
    assert back["reasons"] == ["nothing that decides where a request goes differs: gate"]


def test_the_record_binds_the_requests_and_the_golden_cases_it_judged_by(bench: Bench) -> None:
    bench.outcomes(scores(200, 0.7, 1), None)
    strict = policy_with(bench.directory / "strict.yaml", gate={"required": True})
    shown = bench.run("--json", against=strict)
    said = json.loads(shown.stdout)
    digest = hashlib.sha256(bench.traffic.read_bytes()).hexdigest()
    assert said["schema"] == 2
    assert said["traffic"] == {"file": "traffic.jsonl", "sha256": digest, "requests": 1}
    assert [each["sha256"] for each in said["golden"]] == [shipped_golden()]
    assert "warning: the policy in force would not take this record" in shown.stderr
    assert "applicant chose" in shown.stderr


def test_safety_counts_by_itself(bench: Bench) -> None:
    old = scores(1_000, 0.7, 1)
    probes = [("jailbreak", "other")]
    bench.outcomes(
        old,
        list(old),
        record(MINI, [1.0] * 200, suites=probes, kind="safety") | {"id": "quality-safe"},
        record(SONNET, [1.0] * 170 + [0.0] * 30, suites=probes, kind="safety")
        | {"id": "quality-unsafe"},
    )
    said = bench.ran(code=FAILS)
    assert said["statistics"]["quality"]["items"] == 1_000, "it is no part of the whole"
    assert "critical slice jailbreak is worse: 30 items lost, 0 won" in said["reasons"][0]


def test_a_leak_that_the_proof_finds_fails(bench: Bench) -> None:
    leaky = policy_with(
        bench.directory / "leaky.yaml",
        fallbacks={"smollm2-135m-private": ["gpt-5-mini"]},
    )
    said = bench.ran(code=FAILS, candidate=leaky)
    assert "cannot be served with" in said["reasons"][0]


def test_a_golden_misroute_of_ones_own_fails(bench: Bench) -> None:
    old = scores(1_000, 0.7, 1)
    bench.outcomes(old, list(old))
    own = bench.directory / "own.yaml"
    own.write_text(
        "schema: 1\ncases:\n  - name: no sonnet for claims\n    why: a contract\n"
        "    when: {class: public}\n    first: {models: [gpt-5-mini]}\n"
    )
    said = bench.ran("--misroutes", own, code=FAILS)
    (case,) = said["statistics"]["misroutes"]
    assert (case["case"], case["was_so"]) == ("no sonnet for claims", False)
    assert case["problem"] == f"{SONNET} is tried first"


def test_a_price_that_doubles_is_in_the_cost_and_harms_no_answer(bench: Bench) -> None:
    old = scores(400, 0.7, 1)
    bench.outcomes(old, list(old))

    def doubled(models: dict[str, Any]) -> None:
        entry = next(each for each in models["models"] if each["id"] == "gpt-5-mini")
        entry["price"] = {name: 2 * price for name, price in entry["price"].items()}

    dearer = models_with(bench.directory / "models.yaml", doubled)
    said = bench.ran(code=PASSES, candidate=dearer, against=MODELS)
    assert said["statistics"]["cost"]["ratio"] == pytest.approx(2)
    assert said["statistics"]["quality"]["changed"] == 0


def test_without_traffic_what_does_not_change_waters_nothing_down(bench: Bench) -> None:
    """Most kinds stay where they are, and the harm is not a part of itself for it."""
    old = scores(1_000, 0.7, 1)
    bench.outcomes(
        old,
        turned(old, 70, 20),
        record(FAST, scores(1_000, 0.4, 5)),
        record(HOME, scores(1_000, 0.4, 6)),
    )
    words = ["--candidate", bench.candidate, "--against", bench.old, "--models", MODELS]
    words += ["--policy", bench.old, "--outcomes", bench.directory / "outcomes", "--json"]
    shown = CliRunner().invoke(app, [str(word) for word in words])
    assert shown.exit_code == FAILS
    assert json.loads(shown.stdout)["statistics"]["quality"]["mean"] == pytest.approx(-0.05)


def test_records_of_suites_that_are_not_the_same_are_refused(bench: Bench) -> None:
    old = scores(200, 0.7, 1)
    other = record(SONNET, old)
    other["suites"][0]["digest"] = "sha256:other"
    write_records(bench.directory / "outcomes", [record(MINI, old), other])
    refused = bench.run()
    assert refused.exit_code == 1
    assert "the suite summaries is another one" in refused.stderr


def test_outcomes_of_other_weights_are_not_those_of_this_model(bench: Bench) -> None:
    old = scores(300, 0.7, 1)
    meant, other = "sha256:" + "a" * 64, "sha256:" + "b" * 64

    def pinned(models: dict[str, Any]) -> None:
        for entry in models["models"]:
            if entry["id"] == "smollm2-135m-fast":
                entry["weights_digest"] = meant

    registry = models_with(bench.directory / "models.yaml", pinned)
    to_fast = policy_with(bench.directory / "fast.yaml", routes={})
    measured = record(FAST, old)
    measured["model"] = {"key": FAST, "weights_digest": other}
    write_records(bench.directory / "outcomes", [record(MINI, old), measured])
    text = to_fast.read_text().replace("- balanced\n    - fast\n", "- fast\n    - balanced\n")
    to_fast.write_text(text)
    said = bench.ran(code=INCONCLUSIVE, candidate=to_fast, models=registry)
    assert said["statistics"]["missing"] == {FAST: 300}


@pytest.mark.parametrize(
    "words",
    [
        ["--margin", "2"],
        ["--candidate", "nowhere.yaml"],
        ["--traffic", "nowhere.jsonl"],
    ],
    ids=["margin", "candidate", "traffic"],
)
def test_what_cannot_be_used_ends_in_one_line(bench: Bench, words: list[str]) -> None:
    refused = bench.run(*words)
    assert refused.exit_code in {1, 2}
    assert isinstance(refused.exception, SystemExit)


def test_help_has_an_example() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"})
    assert "Example: ringfence gate" in " ".join(shown.stdout.split())


@pytest.mark.parametrize(
    ("section", "differs"),
    [
        ({"routing": {"tasks": {"classifier": {"min_confidence": 0.9}}}}, "routing.tasks"),
        ({"exceptions": []}, None),
    ],
    ids=["tasks", "nothing"],
)
def test_what_no_replay_sees_is_never_passed(
    bench: Bench, section: dict[str, Any], differs: str | None
) -> None:
    old = scores(1_000, 0.7, 1)
    bench.outcomes(old, turned(old, 30, 31))
    bench.traffic.write_text(PUBLIC_AUTO * 3)
    candidate = policy_with(bench.directory / "unseen.yaml", **SWAPPED, **section)
    said = bench.ran(code=PASSES if differs is None else INCONCLUSIVE, candidate=candidate)
    assert (differs is not None) == any("no replay sees that" in why for why in said["reasons"])
    assert differs is None or differs in said["reasons"][0]
