"""A record says all that its figures depend on, and is refused when somebody changed it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from throughput_cases import ALL, WHEN, fingerprint, record, runs

import benchmarks.throughput.record as record_module
from benchmarks.throughput.assemble import workload_digest
from benchmarks.throughput.record import (
    RecordRefused,
    digest_of,
    json_schema,
    latest,
    parse,
    read,
    records,
    save,
    to_json,
)
from benchmarks.throughput.scenario import Layer
from hardware.queueing_calibrate import MeasuredPoint, calibrate
from router.registry.records import read_record
from router.registry.throughput import throughput_of, token_price

RECORD = record(gpu_hour_usd=3.0)
CONTENT: dict[str, Any] = json.loads(to_json(RECORD))


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    path = save(RECORD, tmp_path)

    assert read(path) == RECORD
    assert path.relative_to(tmp_path) == Path("cpu-a-kind/a-model-1/20260101T000000Z-ccccccc.json")
    assert [found for _, found in records(tmp_path)] == [RECORD]


def test_a_record_is_never_overwritten(tmp_path: Path) -> None:
    save(RECORD, tmp_path)

    with pytest.raises(FileExistsError):
        save(RECORD, tmp_path)


def _paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where every number and text of the record stands."""
    if isinstance(value, dict):
        return [path for name in value for path in _paths(value[name], (*at, name))]
    if isinstance(value, list):
        return [path for index, item in enumerate(value) for path in _paths(item, (*at, index))]
    return [at]


PLACES = [path for path in _paths(CONTENT) if path not in {("schema_version",), ("suite",)}]


@given(st.sampled_from(PLACES))
def test_whatever_is_changed_by_hand_is_noticed(path: tuple[str | int, ...]) -> None:
    content = json.loads(json.dumps(CONTENT))
    *above, last = path
    holder = content
    for part in above:
        holder = holder[part]
    holder[last] = 987_654 if holder[last] != 987_654 else 0

    with pytest.raises(RecordRefused, match="not what was measured"):
        parse(json.dumps(content), "a record")


def test_spaces_and_order_are_not_content() -> None:
    turned = dict(reversed(CONTENT.items()))

    assert parse(json.dumps(turned, indent=4), "a record") == RECORD


@pytest.mark.parametrize("version", [0, 2, "1", True, None])
def test_another_schema_is_refused_as_such(version: object) -> None:
    content = CONTENT | {"schema_version": version}
    content["digest"] = digest_of(content)

    with pytest.raises(RecordRefused, match="another schema"):
        parse(json.dumps(content), "a record")


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"suite": "audit"}', "[" * 100_000])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(RecordRefused, match="is no record"):
        parse(text, "a file")


def test_a_sealed_record_with_a_field_too_many_is_refused() -> None:
    content = CONTENT | {"prompt": "of somebody"}
    content["digest"] = digest_of(content)

    with pytest.raises(RecordRefused, match="see `prompt`"):
        parse(json.dumps(content), "a record")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordRefused, match="cannot be read"):
        read(tmp_path / "nothing.json")


def test_the_json_schema_that_is_shipped_is_the_records_own() -> None:
    shipped = Path(record_module.__file__).with_name("record.schema.json").read_text("utf-8")

    assert shipped == json_schema(), "write `json_schema()` into record.schema.json"
    jsonschema.validate(CONTENT, json.loads(shipped))


def test_models_yaml_can_price_by_it(tmp_path: Path) -> None:
    content, _ = read_record(save(RECORD, tmp_path))

    throughput = throughput_of(content)

    assert throughput.output_tokens_per_s == RECORD.output_tokens_per_s
    assert throughput.input_tokens_per_s == RECORD.input_tokens_per_s
    price = token_price(3.0, throughput)
    assert RECORD.cost is not None
    assert RECORD.cost.output_usd_per_mtok == pytest.approx(price.output_usd_per_mtok, rel=1e-5)


def test_a_plan_can_be_calibrated_by_it() -> None:
    points = [MeasuredPoint(**point) for point in CONTENT["points"]]

    times = calibrate(points)

    assert {point.concurrency for point in points} == {1, 4}
    # The rest of the 20 ms is what prefill beside it takes.
    assert 0.015 < times.step_s(4, 4 * 160.0) < 0.0201


def test_without_a_price_of_the_gpu_there_is_no_cost() -> None:
    assert record().cost is None


def test_the_workload_is_the_same_at_every_layer() -> None:
    one, all_layers = runs(), runs(layers=dict.fromkeys(ALL, 1.0))

    assert workload_digest(one) == workload_digest(all_layers)
    assert workload_digest(one) != workload_digest(one[1:])


def test_the_last_record_is_of_the_same_gpu_type_and_model(tmp_path: Path) -> None:
    older = record(measured_at=WHEN.replace(year=2025))
    for each in (RECORD, older, record(gpu="h100-sxm"), record(model="b-model@1")):
        save(each, tmp_path)

    assert _measured_at(latest(tmp_path, "cpu-a-kind", "a-model@1")) == WHEN
    assert _measured_at(latest(tmp_path, "cpu-a-kind", "a-model@1", WHEN)) == older.measured_at
    assert latest(tmp_path, "l4", "a-model@1") is None


def test_the_record_has_the_machine_and_the_definitions() -> None:
    assert RECORD.measured_on == fingerprint(max_num_seqs=8)
    assert RECORD.capacity_digest == RECORD.measured_on.capacity_digest
    assert {"ttft_s", "tpot_s", "itl_s", "e2e_s", "goodput_per_s", "mfu"} <= set(RECORD.definitions)
    assert RECORD.layers == (Layer.ENGINE,)


def _measured_at(found: Any) -> Any:
    return found[1].measured_at
