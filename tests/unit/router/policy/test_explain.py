"""Whoever asks why is shown every model, in or out, and never what was found."""

import json

from policy_tables import classified, clinic, decide_or_refuse, principal, request

from router.domain import DataClass
from router.policy.explain import explain

RULES = clinic()


def test_an_explanation_has_every_model_the_order_and_the_reasons():
    found = classified(DataClass.CONFIDENTIAL, "PERSON", "PERSON", "EMAIL_ADDRESS")
    decision = decide_or_refuse(request(), found, principal(), RULES)
    explanation = explain(decision, found, RULES)
    assert json.loads(json.dumps(explanation)) == explanation
    assert explanation["data_class"] == "confidential"
    assert explanation["basis"] == ["detected"]
    assert explanation["entity_counts"] == {"PERSON": 2, "EMAIL_ADDRESS": 1}
    assert explanation["plan"] == ["desk@1", "ward@1"]
    assert explanation["reasons"] == list(decision.reasons)
    assert explanation["policy_digest"] == RULES.policy.digest
    models = {entry["model"]: entry for entry in explanation["models"]}
    assert list(models) == list(RULES.registry.entries)
    assert models["desk@1"] == {
        "model": "desk@1",
        "location": "on-prem",
        "permitted": True,
        "excluded_by": [],
        "order": 1,
        "tier": "fast",
        "expected": None,
    }
    assert models["cloud@1"] == {
        "model": "cloud@1",
        "location": "external",
        "permitted": False,
        "excluded_by": ["class_not_approved", "residency"],
        "order": None,
        "tier": None,
        "expected": None,
    }
