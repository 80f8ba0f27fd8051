"""`ringfence route …`, on files."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner, Result

import router
from router.risk.certificate_record import read_certificate
from serving.cli.bench_risk import risk
from serving.cli.route import app

ROOT = Path(router.__file__).parent.parent
MODELS, POLICY = ROOT / "models.yaml", ROOT / "router" / "policy.yaml"
CHEAP, STRONG = "gpt-5-mini@2025-08-07", "claude-sonnet-4-5@20250929"
PAIR = ("--cheap", "gpt-5-mini", "--strong", "claude-sonnet-4-5")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def record(path: Path, key: str, right: float, items: int = 1_500, **model: Any) -> Path:
    """Of a model that is surer where it is right."""
    generator = np.random.default_rng(len(key))
    are_right = generator.random(items) < right
    signals = np.where(are_right, -0.1, -0.9) - generator.random(items)
    outcomes = [
        {
            "suite": "sorting",
            "item": str(index),
            "score": float(is_right),
            "model": key,
            "escalated": False,
            "input_tokens": 800,
            "output_tokens": 200,
            "cost_nano_usd": 1,
            "latency_s": 0.1,
            "request_id": "0",
            "signals": {"logprob_mean": float(signal)},
        }
        for index, (is_right, signal) in enumerate(zip(are_right, signals, strict=True))
    ]
    name = hashlib.sha256(key.encode()).hexdigest()[:7]
    content = {
        "schema": 1,
        "kind": "quality",
        "id": f"quality-20261101T000000Z-{name}",
        "made_at": "2026-11-01T00:00:00Z",
        "model": {"key": key, "weights_digest": None} | model,
        "suites": [{"name": "sorting", "task": "classification"}],
        "outcomes": outcomes,
    }
    file = path / f"quality-20261101T000000Z-{name}.json"
    file.write_text(json.dumps(content))
    return file


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    record(folder, CHEAP, 0.6)
    record(folder, STRONG, 0.9)
    return folder


@pytest.mark.parametrize("command", ["advise", "certify", "watch"])
def test_every_command_says_what_it_does_with_an_example(command: str) -> None:
    shown = run(command, "--help")
    assert shown.exit_code == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.stdout)
    assert f"Example: ringfence route {command}" in re.sub(r"[\s│]+", " ", plain)
    assert "--json" in plain
    assert "Example: ringfence bench risk" in (risk.__doc__ or "")


def test_a_certificate_is_written_and_what_to_paste_is_said(records: Path, tmp_path: Path) -> None:
    path = tmp_path / "certificates" / "sorting.json"
    shown = run(
        "certify", "--outcomes", records, *PAIR, "--out", path, "--task", "classification",
        "--models", MODELS,
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    certificate, sha256 = read_certificate(path)
    assert f"certificate: {{record: sorting.json, sha256: {sha256}}}" in shown.stdout
    assert "budget: {max_wrong_kept: 0.05, confidence: 0.95, of: kept}" in shown.stdout
    assert "tasks: [classification]" in shown.stdout
    assert (certificate.cheap_model.key, certificate.strong_model.key) == (CHEAP, STRONG)
    assert certificate.signal == "mean_logprob"
    assert certificate.evidence.bound <= 0.05
    assert 0.2 < certificate.evidence.coverage < 0.6
    assert str(certificate.expires_on) in shown.stdout


def test_programs_get_the_same_as_json(records: Path, tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    arguments = ("--outcomes", records, *PAIR, "--out", path, "--models", MODELS, "--json")
    shown = json.loads(run("certify", *arguments).stdout)
    assert shown["certified"]
    assert shown["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert shown["evidence"]["wrong"] <= shown["evidence"]["kept"]


def test_too_few_labels_certify_nothing_and_write_nothing(tmp_path: Path) -> None:
    few, path = record(tmp_path, CHEAP, 0.9, items=40), tmp_path / "certificate.json"
    arguments = ("certify", "--outcomes", few, *PAIR, "--out", path, "--models", MODELS)
    shown = run(*arguments)
    assert shown.exit_code == 1
    assert "nothing can be certified: 40 labels, at least 102 needed" in shown.output
    assert not path.exists()
    said = run(*arguments, "--json")
    assert said.exit_code == 1
    assert json.loads(said.stdout) == {"certified": False, "labels": 40, "needed": 102}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--cheap", "gpt-6", "--strong", "gpt-5-mini"), "no model is called gpt-6"),
        (("--cheap", "gpt-5-mini", "--strong", "gpt-5-mini"), "are the same"),
        (
            ("--cheap", "claude-sonnet-4-5", "--strong", "gpt-5-mini", "--task", "code"),
            "of the task code",
        ),
        ((*PAIR, "--signal", "judge"), "--signal takes mean_logprob and min_logprob"),
        ((*PAIR, "--signal", "min_logprob"), "the records have mean_logprob"),
        ((*PAIR, "--max-wrong", "1.5"), "between 0 and 1"),
        (("--cheap", "smollm2-135m-fast", "--strong", "gpt-5-mini"), "weights_digest"),
        (
            ("--cheap", "text-embedding-3-small", "--strong", "gpt-5-mini"),
            "ringfence bench quality",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_will_not_do_is_said_with_its_cure(
    records: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    shown = run(
        "certify", "--outcomes", records, *arguments, "--out", tmp_path / "c.json",
        "--models", MODELS,
    )  # fmt: skip
    assert shown.exit_code == 1
    assert said in re.sub(r"\s+", " ", shown.output)


def test_records_of_other_weights_than_the_registry_expects_are_refused(tmp_path: Path) -> None:
    models = yaml.safe_load(MODELS.read_text())
    models["models"][1]["weights_digest"] = "sha256:" + "a" * 64
    registry = tmp_path / "models.yaml"
    registry.write_text(yaml.safe_dump(models))
    of_others = record(tmp_path, "smollm2-135m-fast@1", 0.9, weights_digest="sha256:" + "b" * 64)
    shown = run(
        "certify", "--outcomes", of_others, "--cheap", "smollm2-135m-fast", "--strong",
        "gpt-5-mini", "--out", tmp_path / "c.json", "--models", registry,
    )  # fmt: skip
    assert shown.exit_code == 1
    assert "not all of the same weights" in re.sub(r"\s+", " ", shown.output)


def advice(*arguments: str | Path) -> dict[str, Any]:
    shown = run("advise", "--models", MODELS, "--policy", POLICY, "--json", *arguments)
    assert shown.exit_code == 0, shown.output
    pairs: dict[str, Any] = {
        f"{pair['from']}>{pair['to']}": pair for pair in json.loads(shown.stdout)["pairs"]
    }
    return pairs


def test_advice_is_given_for_every_pair_of_tiers_but_the_private_one(records: Path) -> None:
    pairs = advice("--record", records)
    assert set(pairs) == {"fast>balanced", "fast>reasoning", "balanced>reasoning"}
    assert pairs["fast>balanced"]["verdict"] == "no_records"
    pair = pairs["balanced>reasoning"]
    assert pair["cascade"], pair["why"]
    figures = pair["figures"]
    assert figures["over_mix"]["low"] > 0
    assert figures["price_ratio"] == pytest.approx((0.8 * 3 + 0.2 * 15) / (0.8 * 0.25 + 0.2 * 2))
    assert figures["break_even_ratio_against_mix"] < figures["price_ratio"]


def test_dearer_or_cheaper_models_change_the_advice_and_the_records_do_not(
    records: Path, tmp_path: Path
) -> None:
    models = yaml.safe_load(MODELS.read_text())
    for model in models["models"]:
        if model["id"] == "claude-sonnet-4-5":
            model["price"] = {"input_usd_per_mtok": 0.3, "output_usd_per_mtok": 2.1}
    registry = tmp_path / "models.yaml"
    registry.write_text(yaml.safe_dump(models))
    pair = advice("--record", records, "--models", registry)["balanced>reasoning"]
    assert not pair["cascade"]
    assert pair["verdict"] in {"loses_to_strong", "loses_to_mix"}


def test_a_certificate_sets_the_threshold_that_is_judged(records: Path, tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    run("certify", "--outcomes", records, *PAIR, "--out", path, "--models", MODELS)
    certificate, _ = read_certificate(path)
    pair = advice("--record", records, "--certificate", path)["balanced>reasoning"]
    assert pair["figures"]["threshold"] == certificate.threshold
    assert pair["figures"]["items"] == 1_500


def test_people_get_a_table_and_a_page_with_the_curve(records: Path, tmp_path: Path) -> None:
    page = tmp_path / "cascades.html"
    shown = run(
        "advise", "--models", MODELS, "--policy", POLICY, "--record", records, "--html", page
    )
    assert shown.exit_code == 0, shown.output
    for words in ("mix of equal cost", "AUROC", "price ratio", "a cascade pays for 1"):
        assert words in shown.stdout
    text = page.read_text()
    assert text.count("<svg") == 1
    assert "balanced → reasoning" in text


def test_without_any_record_it_says_how_to_make_one(tmp_path: Path) -> None:
    pairs = advice("--record", tmp_path)
    assert {pair["verdict"] for pair in pairs.values()} == {"no_records"}
    assert pairs["balanced>reasoning"]["listed_price_ratio"] > 1


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    shown = run(
        "advise", "--models", MODELS, "--policy", POLICY, "--record", tmp_path, "--html", tmp_path
    )
    assert shown.exit_code == 1
    assert "cannot be written" in shown.output
