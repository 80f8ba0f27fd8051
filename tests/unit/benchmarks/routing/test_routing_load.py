"""A folder of outcomes is read as it says, and refused with file, line and cure."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.routing.load import BadOutcomes, load_outcomes, request_text
from benchmarks.routing.prices import SHIPPED, ModelPrice, load_prices
from router.errors import ConfigError

PRICES = {"small": ModelPrice(1.0, 2.0, True), "large": ModelPrice(10.0, 20.0, False)}


def write(folder: Path, questions: list[dict[str, object]], outcomes: str) -> Path:
    folder.mkdir(exist_ok=True)
    lines = "\n".join(json.dumps(question) for question in questions)
    (folder / "questions.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (folder / "outcomes.csv").write_text(outcomes)
    return folder


def questions(n: int = 2) -> list[dict[str, object]]:
    return [
        {"question_id": at, "category": "law", "question": "Why?", "src": "secret", "answer": "A"}
        for at in range(n)
    ]


HEAD = "question_id,model,correct,output_chars\n"
WHOLE = HEAD + "0,small,1,40\n0,large,0,80\n1,small,0,40\n1,large,1,80\n"


def test_scores_and_costs_are_those_of_the_files(tmp_path: Path) -> None:
    read = load_outcomes(write(tmp_path / "set", questions(), WHOLE), PRICES)
    assert read.name == "set"
    assert read.models == ("large", "small")
    assert read.is_on_prem == (False, True)
    assert read.quality.tolist() == [[0, 1], [1, 0]]
    # One token in, ten or twenty out.
    assert read.cost_usd[0].tolist() == pytest.approx([(10 + 20 * 20) / 1e6, (1 + 10 * 2) / 1e6])
    assert read.task_names == ("law",)


def test_a_client_sends_question_and_options_and_nothing_of_where_it_is_from(
    tmp_path: Path,
) -> None:
    asked = [{**question, "options": ["yes", "no"]} for question in questions()]
    read = load_outcomes(write(tmp_path / "set", asked, WHOLE), PRICES)
    assert read.texts[0] == "Why?\nA. yes\nB. no"
    assert read.stems[0] == "Why?"


def test_a_model_with_gaps_is_left_out_and_said(tmp_path: Path) -> None:
    outcomes = WHOLE + "0,third,1,4\n"
    prices = {**PRICES, "third": PRICES["small"]}
    read = load_outcomes(write(tmp_path / "set", questions(), outcomes), prices)
    assert read.models == ("large", "small")
    assert read.left_out == ("third: 50% of the questions answered",)


def test_a_model_without_a_price_is_refused_unless_its_outcomes_have_costs(tmp_path: Path) -> None:
    folder = write(tmp_path / "set", questions(), WHOLE)
    with pytest.raises(BadOutcomes, match="large has no price"):
        load_outcomes(folder, {"small": PRICES["small"]})
    costed = "question_id,model,score,cost_usd\n" + "".join(
        f"{at},{model},0.5,0.001\n" for at in (0, 1) for model in ("x", "y")
    )
    assert load_outcomes(write(tmp_path / "two", questions(), costed), {}).cost_usd.min() == 0.001


@pytest.mark.parametrize("line", ["0,small,2,40", "0,small,nan,40", "0,small,x,40", "0,small"])
def test_a_line_that_is_no_outcome_is_named_and_not_quoted(tmp_path: Path, line: str) -> None:
    folder = write(tmp_path / "set", questions(), f"{HEAD}{line}\n")
    with pytest.raises(BadOutcomes, match=r"outcomes\.csv, line 2") as refused:
        load_outcomes(folder, PRICES)
    assert "small" not in str(refused.value)


def test_a_folder_without_the_files_says_which(tmp_path: Path) -> None:
    with pytest.raises(BadOutcomes, match=r"no questions\.jsonl"):
        load_outcomes(tmp_path, PRICES)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_file_ends_in_anything_but_a_set_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, first: bytes, second: bytes
) -> None:
    folder = tmp_path_factory.mktemp("set")
    (folder / "questions.jsonl").write_bytes(first)
    (folder / "outcomes.csv").write_bytes(second)
    with pytest.raises(BadOutcomes):
        load_outcomes(folder, PRICES)


def test_options_have_letters() -> None:
    assert request_text("Q", ("x", "y")) == "Q\nA. x\nB. y"


def test_the_shipped_prices_have_both_models_of_their_pair() -> None:
    table = load_prices(SHIPPED)
    assert table.pair is not None
    assert set(table.pair) <= set(table.models)


def test_a_price_below_nothing_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(
        "schema: 1\nmodels:\n  x: {input: -1, output: 1, on_prem: true, source: size}\n"
    )
    with pytest.raises(ConfigError, match=r"prices\.yaml"):
        load_prices(path)
