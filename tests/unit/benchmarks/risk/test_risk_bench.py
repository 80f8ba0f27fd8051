"""The bench of promises: what it draws, what it counts, and what it says."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner, Result

import router
from benchmarks.risk.answers import NoAnswers, load
from benchmarks.risk.generated import generated
from benchmarks.risk.measure import Plan, measure, recorded
from benchmarks.risk.methods import Method, bound_of_one, certified, naive
from benchmarks.risk.pairs import PAIRS
from benchmarks.risk.population import FinitePopulation
from benchmarks.risk.record import RiskRecord, newest, save
from benchmarks.risk.report import BLOCK, guide_block
from benchmarks.risk.signals import agreement, predicted
from router.risk.certificate import Promise
from router.risk.labelled import Labelled
from router.risk.learn_then_test import Terms
from serving.cli.bench_risk import GUIDE, RESULTS, risk

QUESTIONS = 240
PLAN = Plan(runs=2, labels=70, terms=(Terms(0.2), Terms(0.2, promise=Promise.OF_TRIED)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Questions of two categories, and models that all know more of one of them."""
    path = tmp_path_factory.mktemp("answers")
    generator = np.random.default_rng(1)
    questions, rows = [], io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(("question_id", "model", "correct", "output_chars", "pred"))
    models = sorted({model for pair in PAIRS for model in pair.models})
    for index in range(QUESTIONS):
        category = ("law", "maths")[index % 2]
        questions.append(
            {
                "question_id": index,
                "category": category,
                "question": f"question {index}",
                "options": ["a", "b", "c"],
            }
        )
        for model in models:
            is_right = generator.random() < (0.9 if category == "law" else 0.4)
            letter = "A" if is_right else "BC"[generator.integers(2)]
            writer.writerow((index, model, int(is_right), 100, letter))
    for name, content in (
        ("questions.jsonl.gz", "\n".join(map(json.dumps, questions))),
        ("outcomes.csv.gz", rows.getvalue()),
    ):
        (path / name).write_bytes(gzip.compress(content.encode()))
    return path


@pytest.fixture(scope="module")
def record(folder: Path) -> RiskRecord:
    heard: list[tuple[int, int]] = []
    made = measure(PLAN, [folder], lambda done, total: heard.append((done, total)))
    assert heard[-1] == (len(made.settings), len(made.settings))
    return made


def test_it_measures_every_pair_and_population_under_every_promise(record: RiskRecord) -> None:
    populations = 2 * len(PAIRS) + len(list(generated()))
    assert len(record.settings) == 2 * populations
    assert not record.is_whole
    for setting in record.settings:
        for result in setting.methods:
            assert result.broken <= result.keeping <= result.runs == PLAN.runs
            assert result.broken_low <= result.broken_share <= result.broken_high


def test_the_same_seed_measures_the_same(record: RiskRecord, folder: Path) -> None:
    again = measure(PLAN, [folder], lambda _done, _total: None)
    assert again.settings == record.settings


def test_a_record_is_kept_and_only_a_whole_run_stands_for_something(
    record: RiskRecord, tmp_path: Path
) -> None:
    save(record, tmp_path)
    assert newest(tmp_path) is None
    whole = record.model_copy(update={"runs": 160})
    save(whole, tmp_path)
    assert newest(tmp_path) == whole


def test_the_guide_has_a_line_for_every_setting(record: RiskRecord) -> None:
    text = guide_block(record)
    assert text.count("\n| ") >= len(record.settings)
    assert "promises broken" in text
    assert BLOCK.put(text, f"{BLOCK.begin}\n{BLOCK.end}").count(text) == 1
    assert "ringfence bench risk" in guide_block(None)


def test_questions_of_the_same_wording_are_one(folder: Path, tmp_path: Path) -> None:
    twice = [
        json.loads(line)
        for line in gzip.decompress((folder / "questions.jsonl.gz").read_bytes()).splitlines()
    ]
    twice[1]["question"] = "  Question   0 "
    content = "\n".join(map(json.dumps, twice)).encode()
    (tmp_path / "questions.jsonl.gz").write_bytes(gzip.compress(content))
    (tmp_path / "outcomes.csv.gz").write_bytes((folder / "outcomes.csv.gz").read_bytes())
    answered = load(tmp_path, [PAIRS[0].cheap])
    assert len(answered) == QUESTIONS - 1
    assert "1" not in answered.ids


def test_a_folder_of_something_else_is_named_and_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(NoAnswers, match=r"questions\.jsonl\.gz"):
        load(tmp_path, ["any"])
    for name in ("questions.jsonl.gz", "outcomes.csv.gz"):
        (tmp_path / name).write_bytes(b"the patient's number")
    with pytest.raises(NoAnswers) as refused:
        load(tmp_path, ["any"])
    assert "patient" not in str(refused.value)


def test_agreement_is_the_share_of_the_others_that_say_the_same(folder: Path) -> None:
    pair = PAIRS[0]
    answered = load(folder, pair.models)
    found = agreement(answered, pair.cheap, pair.samples)
    letters = [answered.answers[model].letters for model in (pair.cheap, *pair.samples)]
    for index in (0, 1, 2, 3):
        same = [other[index] == letters[0][index] for other in letters[1:]]
        assert found[index] == pytest.approx(sum(same) / len(same))


def test_the_predicted_signal_tells_more_than_nothing_where_it_was_not_fitted(folder: Path) -> None:
    pair = PAIRS[0]
    answered = load(folder, pair.models)
    fitted_on = np.arange(len(answered)) < 120
    found = predicted(answered, pair.cheap, pair.samples, fitted_on)
    is_right = answered.answers[pair.cheap].is_right
    assert found[120:][is_right[120:]].mean() > found[120:][~is_right[120:]].mean() + 0.2


def test_what_a_signal_was_fitted_on_is_neither_drawn_nor_judged(folder: Path) -> None:
    answered = load(folder, [model for pair in PAIRS for model in pair.models])
    populations = list(recorded(answered, seed=1))
    assert len({population.items for population in populations}) == 1
    assert 0.6 * QUESTIONS < len(populations[0].items) < 0.9 * QUESTIONS


def test_labels_are_judged_by_what_was_not_drawn() -> None:
    values = np.arange(10.0)
    population = FinitePopulation(
        "set", "cheap", "strong", "signal", tuple(map(str, range(10))), values, values >= 5
    )
    draw = population.draw(4, np.random.default_rng(1))
    left = sorted(set(population.items) - {label.item for label in draw.labels}, key=int)
    assert len(left) == 6
    kept = [float(item) for item in left if float(item) >= 3]
    rates = draw.rates(3.0, Promise.OF_KEPT)
    assert rates.coverage == pytest.approx(len(kept) / 6)
    assert rates.wrong == pytest.approx(sum(each < 5 for each in kept) / len(kept))
    with pytest.raises(ValueError, match="fewer are left"):
        population.draw(6, np.random.default_rng(1))


def test_of_generated_populations_the_truth_is_what_many_labels_show() -> None:
    for population in generated():
        draw = population.draw(40_000, np.random.default_rng(1))
        kept = [label for label in draw.labels if label.signal >= 0.6]
        rates = draw.rates(0.6, Promise.OF_KEPT)
        assert len(kept) / 40_000 == pytest.approx(rates.coverage, abs=0.02)
        wrong = sum(not label.is_right for label in kept) / len(kept)
        assert wrong == pytest.approx(rates.wrong, abs=0.02)


def test_the_naive_threshold_keeps_more_than_one_that_a_bound_allows() -> None:
    population = next(iter(generated()))
    labels = population.draw(1_000, np.random.default_rng(1)).labels
    terms = Terms(0.1)
    thresholds = [method(labels, terms) for method in (naive, bound_of_one, certified)]
    assert None not in thresholds
    assert thresholds[0] < min(each for each in thresholds[1:] if each is not None)


def test_where_all_is_wrong_no_method_keeps_anything() -> None:
    labels = [Labelled(str(index), float(index), False) for index in range(200)]
    assert [method(labels, Terms()) for method in (naive, bound_of_one, certified)] == [None] * 3


def test_the_methods_are_all_named_in_the_guide(record: RiskRecord) -> None:
    assert len(record.settings[0].methods) == len(Method)


def bench(*arguments: str) -> Result:
    app = Typer()
    app.command("risk")(risk)
    return CliRunner().invoke(app, list(arguments))


def test_a_folder_that_is_not_there_is_skipped_and_said_so(tmp_path: Path) -> None:
    out = tmp_path / "out"
    shown = bench(
        "--runs", "1", "--labels", "60", "--data", str(tmp_path / "none"), "--out", str(out)
    )
    assert shown.exit_code == 0, shown.output
    assert "is not there" in shown.output
    (stored,) = out.glob("risk-*.json")
    assert [each.name for each in RiskRecord.model_validate_json(stored.read_text()).sets] == [
        "generated"
    ]


def test_more_labels_than_leave_anything_to_judge_are_refused(folder: Path) -> None:
    shown = bench("--runs", "1", "--labels", "200", "--data", str(folder))
    assert shown.exit_code == 1
    assert "give fewer --labels" in shown.output


def test_the_report_renews_the_guide_of_the_newest_whole_run(
    record: RiskRecord, tmp_path: Path
) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text(f"before\n{BLOCK.begin}\nold\n{BLOCK.end}\nafter\n")
    arguments = ("--report", "--out", str(tmp_path), "--guide", str(guide))
    assert bench(*arguments).exit_code == 1
    whole = record.model_copy(update={"runs": 160})
    save(whole, tmp_path)
    assert bench(*arguments).exit_code == 0
    assert guide.read_text() == f"before\n{BLOCK.begin}\n{guide_block(whole)}\n{BLOCK.end}\nafter\n"


def test_the_guide_in_the_repository_is_that_of_the_newest_record() -> None:
    root = Path(router.__file__).parent.parent
    text = (root / GUIDE).read_text("utf-8")
    assert BLOCK.put(guide_block(newest(root / RESULTS)), text) == text, (
        "run `ringfence bench risk --report`"
    )
