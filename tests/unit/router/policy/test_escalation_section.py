"""`escalation` in policy.yaml: what it becomes, and what does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from policy_tables import LABELS, model, policy, refused, rules_of

from router.domain import DataClass, Tier
from router.escalation.rules import OnTimeout, SignalRules, StreamRules
from router.risk.certificate import Certificate, Promise
from router.task import Task
from tests.cascading import certificate, reference

MODELS = [
    model("home", on_prem=True, approved=LABELS),
    model("desk", on_prem=True, approved=["public", "internal"]),
    model("cloud", on_prem=False, approved=["public", "internal"]),
    model("spare", on_prem=True, approved=LABELS),
]
TIERS = {"private": ["home"], "fast": ["desk"], "balanced": ["cloud"]}
ROUTES = {
    "public": {"auto": ["balanced", "fast", "private"], "any": ["private"]},
    "internal": {"auto": ["balanced", "fast", "private"], "any": ["private"]},
    "confidential": {"any": ["private"]},
    "restricted": {"any": ["private"]},
}
MADE = certificate(cheap="desk@1", strong="cloud@1")


def written(**pair: Any) -> dict[str, Any]:
    made: dict[str, Any] = policy(TIERS, ROUTES)
    return made | {"escalation": [{"from": "fast", "to": "balanced"} | pair]}


def test_a_pair_without_a_word_is_for_auto_and_for_everything() -> None:
    (rule,) = rules_of(MODELS, written()).policy.escalation
    assert (rule.cheap_tier, rule.strong_tier) == (Tier.FAST, Tier.BALANCED)
    assert rule.choices == {"auto"}
    assert (rule.tasks, rule.data_classes) == (frozenset(Task), frozenset(DataClass))
    assert (rule.certificate, rule.judge, rule.second_sample) == (None, None, False)
    assert (rule.signals, rule.streams) == (SignalRules(), StreamRules())


def test_everything_can_be_said(tmp_path: Path) -> None:
    (rule,) = rules_of(
        MODELS,
        written(
            choices=["auto", "balanced"],
            tasks=["maths", "code"],
            data_classes=["public"],
            certificate=reference(tmp_path, MADE),
            signals={"refusal": False, "truncation": False, "least_mean_logprob": -2.0},
            judge="home",
            second_sample=True,
            streams={"hold_s": 1.5, "on_timeout": "release"},
        ),
    ).policy.escalation
    assert rule.certificate == MADE
    assert rule.tasks == {Task.MATHS, Task.CODE}
    assert rule.signals == SignalRules(False, False, -2.0, None)
    assert (rule.judge, rule.second_sample) == ("home@1", True)
    assert rule.streams == StreamRules(1.5, OnTimeout.RELEASE, unasked=True)


def test_any_is_all_of_them() -> None:
    (rule,) = rules_of(MODELS, written(tasks="any", data_classes="any")).policy.escalation
    assert (rule.tasks, rule.data_classes) == (frozenset(Task), frozenset(DataClass))


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ({"to": "fast"}, "the same tier"),
        ({"to": "reasoning"}, "the tier reasoning has no models"),
        ({"data_classes": ["restricted"]}, "no route of these classes and choices"),
        ({"choices": ["auto", "auto"]}, "auto"),
        ({"judge": "hom"}, "write `home`"),
        ({"judge": "cloud"}, "is outside"),
        ({"judge": "desk"}, "not approved for confidential, restricted"),
        ({"judge": "spare"}, "in no tier"),
        ({"signals": {"least_mean_logprob": 0.5}}, "least_mean_logprob"),
        ({"streams": {"hold_s": 0}}, "hold_s"),
        ({"tasks": []}, "tasks"),
        ({"threshold": 0.5}, "unknown key"),
    ],
)
def test_what_cannot_be_meant_does_not_start(pair: dict[str, Any], said: str) -> None:
    assert said in str(refused(MODELS, written(**pair)))


@pytest.mark.parametrize(
    ("made", "pair", "said"),
    [
        (certificate(max_wrong_kept=0.1), {}, "and the budget is 5.0% of kept"),
        (certificate(promise=Promise.OF_TRIED), {}, "of tried"),
        (certificate(), {"budget": {"confidence": 0.99}}, "with 99.0%"),
        (certificate(signal="gut_feeling"), {}, "certify one of: mean_logprob, min_logprob"),
        (certificate(signal="judge"), {"judge": "home"}, "no certificate can be about"),
        (certificate(signal="agreement"), {"second_sample": True}, "no certificate can be about"),
        (certificate(task=Task.CODE), {"tasks": ["maths"]}, "write `tasks: [code]`"),
    ],
)
def test_a_certificate_has_to_promise_what_is_asked(
    tmp_path: Path, made: Certificate, pair: dict[str, Any], said: str
) -> None:
    assert said in str(refused(MODELS, written(certificate=reference(tmp_path, made), **pair)))


def test_a_certificate_has_to_be_the_one_that_was_reviewed(tmp_path: Path) -> None:
    meant = reference(tmp_path, MADE)
    other = meant | {"sha256": "0" * 64}
    assert "its sha256 is" in str(refused(MODELS, written(certificate=other)))
    Path(meant["record"]).unlink()
    assert "there is no record" in str(refused(MODELS, written(certificate=meant)))
