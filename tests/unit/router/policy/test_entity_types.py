"""Every type that the detector finds is decided about in the policy that we ship."""

from __future__ import annotations

from pathlib import Path

from router.domain import DataClass
from router.policy.load import load_rules
from router.privacy.recognisers.catalogue import CATALOGUE
from serving.detection.neural.labels import ENTITY_TYPES

REPOSITORY = Path(__file__).parents[4]
RULES = load_rules(REPOSITORY / "models.yaml", REPOSITORY / "router" / "policy.yaml")
SECRETS = {"CLOUD_KEY", "ACCESS_TOKEN", "PRIVATE_KEY", "PASSWORD", "CONNECTION_STRING"}


def test_no_type_is_restricted_for_want_of_a_decision() -> None:
    found = {pattern.entity_type for pattern in CATALOGUE} | set(ENTITY_TYPES)
    assert found <= set(RULES.policy.detection.entity_classes)


def test_what_opens_a_door_or_names_a_card_never_leaves() -> None:
    for entity_type in SECRETS | {"CREDIT_CARD", "IBAN_CODE", "US_SSN", "HEALTH_CONDITION"}:
        assert RULES.policy.detection.class_of(entity_type) is DataClass.RESTRICTED


def test_contact_data_is_confidential_and_a_city_is_not_personal() -> None:
    class_of = RULES.policy.detection.class_of
    for entity_type in ("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "POSTAL_ADDRESS"):
        assert class_of(entity_type) is DataClass.CONFIDENTIAL
    assert class_of("LOCATION") is DataClass.PUBLIC


def test_there_are_national_ids_of_twenty_countries_with_a_check() -> None:
    checked = {
        pattern.entity_type[:2]
        for pattern in CATALOGUE
        if pattern.validate is not None and pattern.entity_type[2:3] == "_"
    }
    assert len(checked) >= 20
