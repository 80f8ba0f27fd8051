"""`vault` in policy.yaml: what it means, and what cannot be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import router
from router.audit.vault.rules import ClassRules, Keep, KeyPer, Part, VaultRules
from router.config.validate import validate
from router.config.yaml_document import parse_yaml
from router.domain import DataClass
from router.errors import ConfigError
from router.policy.load import build_rules
from router.policy.schema import PolicyFile
from router.policy.vault import check_vault, vault_rules
from router.policy.vault_schema import VaultClassEntry, VaultSection

ROOT = Path(router.__file__).parent.parent
MODELS = parse_yaml((ROOT / "models.yaml").read_bytes(), "models.yaml")
DOCUMENT = parse_yaml((ROOT / "router/policy.yaml").read_bytes(), "policy.yaml")
FILE = validate(DOCUMENT, PolicyFile)
POLICY: dict[str, Any] = yaml.safe_load((ROOT / "router/policy.yaml").read_text())
EVERY_CLASS = {data_class.label: {"max_days": 30} for data_class in DataClass}


def rules_of(section: Any) -> VaultRules:
    written = yaml.safe_dump(POLICY | {"vault": section}).encode()
    return build_rules(MODELS, parse_yaml(written, "policy.yaml")).policy.vault


def problems_of(section: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        rules_of(section)
    return str(refused.value)


def test_a_policy_that_says_nothing_keeps_nothing() -> None:
    written = yaml.safe_dump({k: v for k, v in POLICY.items() if k != "vault"}).encode()
    rules = build_rules(MODELS, parse_yaml(written, "policy.yaml")).policy.vault
    assert all(rules.keep(each, "general") is Keep.NONE for each in DataClass)
    assert rules.key_per is KeyPer.SUBJECT


def test_what_a_section_says_is_what_holds() -> None:
    rules = rules_of(
        {
            "key_per": "team",
            "classes": EVERY_CLASS
            | {"restricted": {"keep": "both", "min_days": 180, "max_days": 3650}},
            "regulated_purposes": ["medical-advice"],
        }
    )
    assert rules.key_per is KeyPer.TEAM
    assert rules.of(DataClass.RESTRICTED) == ClassRules(Keep.BOTH, 180, 3650)
    assert rules.keep(DataClass.PUBLIC, "general") is Keep.NONE
    assert rules.keep(DataClass.PUBLIC, "medical-advice") is Keep.BOTH
    assert rules.max_s(DataClass.PUBLIC) == 30 * 86_400


@pytest.mark.parametrize(
    ("section", "problem", "cure"),
    [
        (
            {"classes": {"restricted": {"keep": "both", "min_days": 31, "max_days": 30}}},
            "min_days is above max_days",
            "lower min_days to at most 30",
        ),
        ({"classes": {"public": {"keep": "input"}}}, "kept for ever", "max_days"),
        ({"classes": {"public": {"keep": "input", "max_days": 0}}}, "kept for no time", "max_days"),
        ({"classes": {"public": {"max_days": 9}}}, "keeps nothing of public", "what to `keep`"),
        ({"classes": {"secret": {"keep": "both", "max_days": 9}}}, "secret", "public"),
        ({"classes": {"public": {"keep": "all", "max_days": 9}}}, "none of the allowed", "both"),
        ({"clases": {}}, "unknown key", "classes"),
        ({"key_per": "user"}, "none of the allowed values", "subject"),
        (
            {"classes": EVERY_CLASS | {"public": {"max_days": 0}}, "regulated_purposes": ["care"]},
            "keeps requests of every class, and public",
            "public: {max_days: …}",
        ),
        (
            {"classes": {"public": {"max_days": 9}}, "regulated_purposes": ["care"]},
            "restricted does not say for how long",
            "restricted: {max_days: …}",
        ),
        (
            {"classes": EVERY_CLASS, "regulated_purposes": ["care", "care"]},
            "named twice",
            "name it once",
        ),
        ({"classes": EVERY_CLASS, "regulated_purposes": ["any"]}, "no purpose here", "keep: both"),
        ({"classes": EVERY_CLASS, "regulated_purposes": ["Care!"]}, "is no purpose", "a-z"),
    ],
)
def test_contradictions_do_not_start_and_name_their_cure(
    section: Any, problem: str, cure: str
) -> None:
    said = problems_of(section)
    assert problem in said
    assert cure in said
    assert "policy.yaml:" in said


@given(
    keep=st.sampled_from(Keep),
    min_days=st.integers(0, 400),
    max_days=st.none() | st.integers(0, 400),
    regulated=st.booleans(),
)
def test_whatever_is_kept_has_an_end_that_is_not_before_its_minimum(
    keep: Keep, min_days: int, max_days: int | None, regulated: bool
) -> None:
    entry = VaultClassEntry(keep=keep, min_days=min_days, max_days=max_days)
    section = VaultSection(
        classes=dict.fromkeys(EVERY_CLASS, entry), regulated_purposes=["care"] if regulated else []
    )
    if list(check_vault(FILE.model_copy(update={"vault": section}), DOCUMENT)):
        return
    rules = vault_rules(section)
    for data_class in DataClass:
        for purpose in ("general", "care"):
            if any(rules.keep(data_class, purpose).covers(part) for part in Part):
                max_s = rules.max_s(data_class)
                assert max_s
                assert rules.min_s(data_class) <= max_s
