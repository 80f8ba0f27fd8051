"""What nobody decided about is restricted, and what nobody knows is outside and may see nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from policy_tables import LABELS, clinic

from router.domain import DataClass
from router.policy.permit import CLASS_NOT_APPROVED, class_bars
from router.policy.total import class_named, model_named

RULES = clinic()


@given(st.text())
def test_a_class_that_there_is_not_is_restricted(label: str) -> None:
    known = label in LABELS
    assert class_named(label) is (DataClass.from_label(label) if known else DataClass.RESTRICTED)


@given(st.text(), st.sampled_from(list(DataClass)))
def test_a_model_that_there_is_not_is_external_and_may_see_nothing(
    name: str, data_class: DataClass
) -> None:
    if RULES.registry.resolve(name) is not None:
        return
    stranger = model_named(name, RULES.registry)
    assert stranger.is_external
    assert CLASS_NOT_APPROVED in class_bars(stranger, data_class, RULES.policy)


def test_what_there_is_is_what_it_is() -> None:
    assert [class_named(label) for label in LABELS] == list(DataClass)
    assert model_named("ward", RULES.registry) == RULES.registry.resolve("ward")


def test_an_entity_type_that_nobody_decided_about_is_restricted() -> None:
    assert RULES.policy.detection.class_of("NEVER_HEARD_OF") is DataClass.RESTRICTED
