"""Records of quality: what they say is what was measured, and others can read them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from benchmarks.quality import record as module
from benchmarks.quality.chosen import GatewayRefused, resolve
from benchmarks.quality.figures import figure
from benchmarks.quality.job import Finished
from benchmarks.quality.measure import Asked, assemble
from benchmarks.quality.record import (
    NOT_ASKED,
    NOT_PERMITTED,
    Model,
    Outcome,
    RecordRefused,
    Unanswered,
    json_schema,
    parse,
    read,
    records,
    save,
    to_json,
)
from benchmarks.quality.report import report
from benchmarks.quality.run import RunFailed
from benchmarks.quality.suite import Suite, make_suite
from benchmarks.quality.suites_file import load_entries
from router.registry.quality import quality_of
from router.risk.outcomes import outcomes_of
from router.task import Task
from serving.cluster.ports import free_port
from tests.quality_cases import record

SUITE = make_suite(load_entries()["classification"], {}, limit=20)
NAMES = make_suite(load_entries()["counterfactual"], {}, limit=20)
ASKED = Asked(url="http://127.0.0.1:1", key="a key", choice="small")
MODEL = Model(key="small@1", weights_digest=None)


def outcome(item: str, score: float = 1.0, model: str = "small@1") -> Outcome:
    return Outcome(
        suite=SUITE.name,
        item=item,
        score=score,
        model=model,
        input_tokens=10,
        output_tokens=2,
        cost_nano_usd=5,
        latency_s=0.5,
        request_id="r",
    )


def finished(
    outcomes: list[Outcome],
    unanswered: tuple[Unanswered, ...] = (),
    digests: tuple[str, ...] = ("sha256:1",),
) -> Finished:
    return Finished(
        outcomes=tuple(outcomes),
        unanswered=unanswered,
        policy_digests=digests,
        inspect_ai="0",
    )


def all_right() -> list[Outcome]:
    return [outcome(item.id) for item in SUITE.items]


def test_the_schema_beside_the_code_is_the_one_that_records_have() -> None:
    text = (Path(module.__file__).with_name("record.schema.json")).read_text("utf-8")
    assert text == json_schema()


def test_a_record_is_valid_under_its_schema_and_comes_back_as_it_was(tmp_path: Path) -> None:
    made = record({"a": 1.0, "b": 0.0})
    path = save(made, tmp_path)
    jsonschema.validate(json.loads(path.read_text()), json.loads(json_schema()))
    assert read(path) == made
    assert path.parent.name == "small@1"
    assert [found for _, found in records(tmp_path)] == [made]


def test_a_record_is_never_overwritten(tmp_path: Path) -> None:
    save(record({"a": 1.0}), tmp_path)
    with pytest.raises(FileExistsError):
        save(record({"a": 0.0}), tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"kind": "speed"},
        {"more": 1},
        {"outcomes": [{"score": 2}]},
        {"made_at": "someday"},
    ],
)
def test_what_is_no_record_is_refused_without_its_content(change: dict[str, object]) -> None:
    said = json.loads(to_json(record({"a": 1.0}))) | change
    with pytest.raises(RecordRefused, match="bench quality") as refused:
        parse(json.dumps(said), "file.json")
    assert "someday" not in str(refused.value)


def test_files_that_are_missing_or_no_text_are_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe")
    for path in (binary, tmp_path / "missing.json"):
        with pytest.raises(RecordRefused, match=path.name):
            read(path)


def test_the_registry_and_certificates_read_what_is_written() -> None:
    said = json.loads(to_json(record({"a": 1.0, "b": 0.0})))
    figures = quality_of(said, "small@1", None)
    assert figures[Task.CLASSIFICATION].mean == 0.5
    found = outcomes_of(said)
    assert found is not None
    assert [each.score for each in found.asked] == [1.0, 0.0]


def test_figures_have_intervals_that_fit_the_scores() -> None:
    right = figure([1.0] * 50)
    assert (right.mean, right.high) == (1.0, 1.0)
    assert 0.9 < right.low < 1
    parts = figure([0.5, 0.75] * 20)
    assert parts.low < parts.mean < parts.high
    assert parts.high - parts.low < 0.1
    same = figure([0.5] * 10)
    assert same.low < 0.5 < same.high
    assert figure([0.4]).low < 0.4 < figure([0.4]).high


def test_a_run_is_put_together_by_task_and_by_suite() -> None:
    outcomes = all_right()
    outcomes[0] = outcome(SUITE.items[0].id, 0.0)
    made = assemble(ASKED, [SUITE], MODEL, finished(outcomes))
    assert made.quality[Task.CLASSIFICATION].mean == 0.95
    assert made.by_suite["classification"].items == 20
    assert made.policy_digest == "sha256:1"
    said = report(made)
    assert "| classification | 20 | 0.950 |" in said
    assert SUITE.items[0].messages[0].text not in said


def test_what_a_fallback_answered_says_nothing_of_the_model() -> None:
    outcomes = all_right()
    outcomes[3] = outcome(SUITE.items[3].id, 0.0, "other@1")
    made = assemble(ASKED, [SUITE], MODEL, finished(outcomes))
    assert made.by_suite["classification"].mean == 1
    assert [each.code for each in made.unanswered] == ["other_model"]


def test_of_a_tier_every_model_counts() -> None:
    outcomes = all_right()
    outcomes[3] = outcome(SUITE.items[3].id, 0.0, "other@1")
    made = assemble(ASKED, [SUITE], None, finished(outcomes))
    assert made.model is None
    assert made.by_suite["classification"].mean == 0.95


def test_a_suite_of_which_much_has_no_answer_is_no_sample() -> None:
    missing = tuple(
        Unanswered(suite=SUITE.name, item=item.id, code="overloaded") for item in SUITE.items[:2]
    )
    with pytest.raises(RunFailed, match="overloaded: 2"):
        assemble(ASKED, [SUITE], MODEL, finished(all_right()[2:], missing))


def withheld(suite: Suite, asked: int, code: str = NOT_PERMITTED) -> tuple[Unanswered, ...]:
    """So many were refused, and the others not asked any more."""
    codes = [code] * asked + [NOT_ASKED] * (len(suite.items) - asked)
    return tuple(
        Unanswered(suite=suite.name, item=item.id, code=said)
        for item, said in zip(suite.items, codes, strict=True)
    )


@pytest.mark.parametrize("code", [NOT_PERMITTED, "no_model_permitted"])
def test_a_suite_of_bias_that_may_not_leave_is_left_out_and_said_to_be(code: str) -> None:
    made = assemble(ASKED, [SUITE, NAMES], MODEL, finished(all_right(), withheld(NAMES, 2, code)))
    assert [part.name for part in made.suites] == ["classification"]
    [left] = made.left_out
    assert (left.name, left.kind, left.digest) == ("counterfactual", "bias", NAMES.digest)
    assert left.unanswered == {code: 2, NOT_ASKED: 18}
    assert made.unanswered == ()
    said = report(made)
    assert "Left out counterfactual (bias): the policy keeps its requests from this model" in said
    assert f"{code} 2" in said
    assert parse(to_json(made), "again") == made


def test_a_suite_that_routes_is_never_left_out() -> None:
    """Else its task would have a figure of the items that are left."""
    with pytest.raises(RunFailed, match="name the other suites with --suites"):
        assemble(ASKED, [SUITE, NAMES], MODEL, finished([], withheld(SUITE, 2)))


def test_a_suite_that_fails_is_not_one_that_may_not_leave() -> None:
    missing = withheld(NAMES, 2)[:2] + withheld(NAMES, 20, "backends_failed")[2:]
    with pytest.raises(RunFailed, match="backends_failed: 18"):
        assemble(ASKED, [SUITE, NAMES], MODEL, finished(all_right(), missing))


def test_where_nothing_may_leave_there_is_no_record() -> None:
    with pytest.raises(RunFailed, match="keeps the requests of counterfactual from this model"):
        assemble(ASKED, [NAMES], MODEL, finished([], withheld(NAMES, 2)))


def test_a_record_of_before_has_nothing_left_out() -> None:
    said = json.loads(to_json(record({"a": 1.0})))
    del said["left_out"]
    assert parse(json.dumps(said), "older").left_out == ()


def test_a_policy_that_changed_in_between_makes_no_record() -> None:
    with pytest.raises(RunFailed, match="policy changed"):
        assemble(ASKED, [SUITE], MODEL, finished(all_right(), digests=("a", "b")))


def test_a_gateway_that_is_not_there_is_said_to_be() -> None:
    with pytest.raises(GatewayRefused, match="no gateway answers"):
        resolve(f"http://127.0.0.1:{free_port()}", "a key", "auto")
