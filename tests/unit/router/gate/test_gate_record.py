"""A gate's record lets through what it judged, for as long as it counts, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.domain import DataClass
from router.gate.meaning import meaning_digest
from router.gate.record import GateRefused, Verdict, load_record, record_of
from router.gate.require import require_gate
from router.gate.rules import CriticalSlice, GateRules, GoldenFile, asks_less
from router.policy.policy import RulesText
from router.task import Task
from tests.unit.router.gate.gate_records import (
    MADE_AT,
    SHIPPED,
    content,
    golden,
    traffic,
    write,
)

NEW, OLD = "sha256:new", "sha256:old"
REQUIRED = GateRules(required=True)
NOW_S = MADE_AT.timestamp() + 60
KEY = Ed25519PrivateKey.generate()
SUMMARIES = CriticalSlice("summaries", task=Task.SUMMARY, data_class=DataClass.RESTRICTED)


def check(said: dict[str, Any] | None, rules: GateRules = REQUIRED, now_s: float = NOW_S) -> None:
    record = None if said is None else record_of(said)
    require_gate(record, wanted=NEW, in_force=OLD, rules=rules, shipped_golden=SHIPPED, now_s=now_s)


def test_what_passed_is_let_through() -> None:
    check(content(NEW, OLD))


def test_nothing_is_asked_for_where_nothing_is_required_or_changes() -> None:
    check(None, GateRules())
    require_gate(
        None, wanted=OLD, in_force=OLD, rules=REQUIRED, shipped_golden=SHIPPED, now_s=NOW_S
    )
    with pytest.raises(GateRefused, match="asks for a gate"):
        check(None)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (content(NEW, OLD, verdict="fail"), "verdict is fail"),
        (content(NEW, OLD, verdict="inconclusive"), "verdict is inconclusive"),
        (content("sha256:another", OLD), "about other rules"),
        (content(NEW, "sha256:another"), "other rules serve now"),
        (content(NEW, OLD, margin=0.05), "a margin of 0.05"),
        (content(NEW, OLD, made_at=(MADE_AT - timedelta(days=31)).isoformat()), "30 days"),
        (content(NEW, OLD, made_at=(MADE_AT + timedelta(days=1)).isoformat()), "future"),
    ],
    ids=["fail", "inconclusive", "candidate", "against", "margin", "old", "future"],
)
def test_what_shows_something_else_is_refused(said: dict[str, Any], says: str) -> None:
    with pytest.raises(GateRefused, match=says):
        check(said)
    with pytest.raises(GateRefused, match=says):
        check(said, GateRules(required=False))


def test_critical_slices_of_the_policy_in_force_have_to_be_in_it() -> None:
    rules = GateRules(required=True, critical_slices=(SUMMARIES,))
    with pytest.raises(GateRefused, match="summaries"):
        check(content(NEW, OLD), rules)
    widened = SUMMARIES.as_json() | {"data_class": None}
    with pytest.raises(GateRefused, match="summaries"):
        check(content(NEW, OLD, critical_slices=[widened]), rules)
    check(content(NEW, OLD, critical_slices=[SUMMARIES.as_json()]), rules)


OWN, ASKED = "a" * 64, "b" * 64
STRICT = GateRules(required=True, golden=(GoldenFile("claims.yaml", OWN),), traffic=ASKED)


@pytest.mark.parametrize(
    ("said", "rules", "says"),
    [
        ({"golden": []}, REQUIRED, "come along"),
        ({"golden": [golden("c" * 64)]}, REQUIRED, "come along"),
        ({"golden": [golden(SHIPPED)], "traffic": traffic(ASKED)}, STRICT, "claims.yaml"),
        ({"golden": [golden(SHIPPED), golden(OWN)]}, STRICT, "gate.traffic"),
        (
            {"golden": [golden(SHIPPED), golden(OWN)], "traffic": traffic("c" * 64)},
            STRICT,
            "other requests",
        ),
        ({"traffic": traffic(ASKED)}, REQUIRED, "applicant chose"),
    ],
    ids=["no golden", "others", "own golden", "no traffic", "other traffic", "chosen traffic"],
)
def test_nobody_chooses_what_they_are_judged_by(
    said: dict[str, Any], rules: GateRules, says: str
) -> None:
    with pytest.raises(GateRefused, match=says):
        check(content(NEW, OLD, **said), rules)


def test_what_the_policy_in_force_names_has_to_be_in_it_and_more_may_be() -> None:
    files = [golden(SHIPPED), golden(OWN), golden("d" * 64)]
    check(content(NEW, OLD, golden=files, traffic=traffic(ASKED)), STRICT)
    decided_otherwise = GateRules(required=True, shipped_golden=False)
    check(content(NEW, OLD, golden=[]), decided_otherwise)


def test_a_record_of_an_earlier_release_is_read_and_opens_nothing() -> None:
    old = {key: said for key, said in content(NEW, OLD).items() if key != "traffic"}
    old["schema"] = 1
    assert record_of(old).inputs is None
    with pytest.raises(GateRefused, match=r"of an earlier release.*Run the gate again"):
        check(old)
    with pytest.raises(GateRefused, match="no record of a gate"):
        record_of(old | {"schema": 2})


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        (GateRules(), "required"),
        (GateRules(required=True, margin=0.03), "margin"),
        (GateRules(required=True, max_age_days=31), "max_age_days"),
        (GateRules(required=True, shipped_golden=False), "shipped_misroutes"),
        (GateRules(required=True, traffic=ASKED), "traffic"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_asking_less_is_seen_key_by_key(rules: GateRules, key: str) -> None:
    assert list(asks_less(rules, REQUIRED)) == [key]
    assert list(asks_less(REQUIRED, REQUIRED)) == []


def test_a_slice_with_a_wider_margin_and_other_golden_cases_ask_less_and_more_do_not() -> None:
    rules = GateRules(golden=(GoldenFile("a", OWN),), critical_slices=(SUMMARIES,))
    wider = replace(rules, critical_slices=(replace(SUMMARIES, margin=0.1),))
    assert list(asks_less(wider, rules)) == ["critical_slices"]
    others = replace(rules, golden=(GoldenFile("a", ASKED),))
    assert list(asks_less(others, rules)) == ["misroutes"]
    narrower = replace(rules, critical_slices=(replace(SUMMARIES, margin=0.02),), margin=0.01)
    assert list(asks_less(narrower, rules)) == []


def test_a_signed_record_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path / "gate.json", content(NEW, OLD), KEY)
    read = load_record(path, KEY.public_key())
    assert (read.verdict, read.candidate.meaning, read.margin) == (Verdict.PASS, NEW, 0.02)
    assert len(read.sha256) == 64


@pytest.mark.parametrize("field", ["verdict", "margin", "candidate", "made_at", "reasons"])
def test_nobody_edits_a_record(tmp_path: Path, field: str) -> None:
    path = write(tmp_path / "gate.json", content(NEW, OLD, verdict="fail"), KEY)
    said = json.loads(path.read_text())
    said["record"][field] = "pass"
    path.write_text(json.dumps(said))
    with pytest.raises(GateRefused, match="not signed with this cluster's audit key"):
        load_record(path, KEY.public_key())


def test_another_key_and_no_key_sign_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "gate.json", content(NEW, OLD), Ed25519PrivateKey.generate())
    with pytest.raises(GateRefused, match="audit key"):
        load_record(path, KEY.public_key())
    unsigned = write(tmp_path / "unsigned.json", content(NEW, OLD), None)
    with pytest.raises(GateRefused, match="is not signed"):
        load_record(unsigned, KEY.public_key())
    with pytest.raises(GateRefused, match="cannot be read"):
        load_record(tmp_path / "nowhere.json", KEY.public_key())


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=60) | st.sampled_from([b"{}", b"[]", b'{"record": {}, "signature": "x"}'])
)
def test_a_file_of_anything_is_refused_and_nothing_else(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "raw.json"
    path.write_bytes(raw)
    with pytest.raises(GateRefused):
        load_record(path, KEY.public_key())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=100)
@given(st.sampled_from(sorted(content(NEW, OLD))), JSON)
def test_content_of_any_form_is_a_record_or_refused(field: str, value: Any) -> None:
    try:
        record_of(content(NEW, OLD) | {field: value})
    except GateRefused:
        return


MODELS = b"schema: 2\nmodels:\n  - {id: a, lifecycle: {state: canary, since: '%s'}}\n"


def test_comments_order_and_the_day_of_a_move_mean_nothing() -> None:
    one = RulesText(MODELS % b"2026-01-01", b"schema: 1\ntiers: {}\nroutes: {}\n")
    same = RulesText(
        b"# reviewed\n" + MODELS % b"2026-11-22", b"schema: 1\nroutes: {}  # so\ntiers: {}\n"
    )
    other = RulesText(MODELS.replace(b"canary", b"shadow") % b"2026-01-01", one.policy)
    assert meaning_digest(one) == meaning_digest(same)
    assert meaning_digest(one) != meaning_digest(other)
    assert meaning_digest(one) != meaning_digest(RulesText(one.models, b"schema: 1\ntiers: {}\n"))
