"""An exception lowers what was found, for a team and a time; nothing else that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from exception_tables import EXPIRED_S, LIVE_S, exception

from router.domain import (
    Basis,
    Classification,
    DataClass,
    Endpoint,
    Finding,
    InferenceRequest,
    Principal,
    Segment,
    Tier,
)
from router.errors import DetectionTimeout
from router.privacy.classify import Classifier
from router.privacy.rules import DetectionRules
from router.protocols import Settling
from tests.unit.clock import ManualClock

RULES = DetectionRules(
    default_class=DataClass.INTERNAL,
    team_floors={},
    entity_classes={
        "PERSON": DataClass.CONFIDENTIAL,
        "US_SSN": DataClass.RESTRICTED,
        "IBAN_CODE": DataClass.RESTRICTED,
    },
    min_score=0.4,
    max_characters=1_000,
    exceptions=(exception("PERSON", "US_SSN"),),
)


@dataclass
class ScriptedDetector:
    """Finds what it is told, as far as the first finding that settles it."""

    findings: tuple[Finding, ...] = ()
    fails: bool = False
    settling: list[Settling | None] = field(default_factory=list)
    version: str = "scripted/1"

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        self.settling.append(settling)
        if self.fails:
            raise DetectionTimeout
        for number, finding in enumerate(self.findings, start=1):
            if settling is not None and settling.settles(finding):
                return self.findings[:number]
        return self.findings


def found(*entity_types: str) -> tuple[Finding, ...]:
    return tuple(Finding(entity_type, 0, 0, 1, 0.9) for entity_type in entity_types)


async def classified(
    *entity_types: str,
    rules: DetectionRules = RULES,
    team: str = "claims",
    floor: DataClass = DataClass.PUBLIC,
    declared: DataClass | None = None,
    now_s: float = LIVE_S,
    inherited: DataClass | None = None,
    inherited_cause: frozenset[str] | None = None,
    inherited_under: tuple[str, ...] = (),
    undetermined: bool = False,
    fails: bool = False,
) -> Classification:
    clock = ManualClock(now_s)
    classifier = Classifier(ScriptedDetector(found(*entity_types), fails), rules, clock)
    request = InferenceRequest(
        request_id="r",
        endpoint=Endpoint.CHAT,
        body={"messages": [{"role": "user", "content": "hello"}]},
        choice="auto",
        stream=False,
        declared_class=declared,
    )
    return await classifier.classify(
        request,
        Principal(key_id="k", team=team, floor=floor, tiers=frozenset(Tier)),
        inherited,
        undetermined=undetermined,
        inherited_cause=inherited_cause,
        inherited_under=inherited_under,
    )


async def test_what_is_excepted_counts_for_less_and_the_record_says_so() -> None:
    result = await classified("PERSON", "US_SSN")
    assert result.data_class is DataClass.INTERNAL
    assert result.exceptions == ("ticket-1",)
    assert result.entity_counts == {"PERSON": 1, "US_SSN": 1}


@pytest.mark.parametrize("changed", [{"team": "another"}, {"now_s": EXPIRED_S}])
async def test_not_for_another_team_and_not_for_ever(changed: dict[str, object]) -> None:
    result = await classified("PERSON", **changed)  # type: ignore[arg-type]
    assert result.data_class is DataClass.CONFIDENTIAL
    assert result.exceptions == ()


@pytest.mark.parametrize(
    ("given", "data_class", "basis"),
    [
        ({"declared": DataClass.RESTRICTED}, DataClass.RESTRICTED, Basis.DECLARED),
        ({"floor": DataClass.CONFIDENTIAL}, DataClass.CONFIDENTIAL, Basis.KEY_FLOOR),
        ({"inherited": DataClass.CONFIDENTIAL}, DataClass.CONFIDENTIAL, Basis.INHERITED),
        ({"undetermined": True}, DataClass.RESTRICTED, Basis.UNDETERMINED),
        ({"fails": True}, DataClass.RESTRICTED, Basis.UNDETERMINED),
    ],
)
async def test_nothing_but_findings_is_lowered(
    given: dict[str, object], data_class: DataClass, basis: Basis
) -> None:
    result = await classified("PERSON", **given)  # type: ignore[arg-type]
    assert (result.data_class, result.basis) == (data_class, (basis,))


async def test_another_finding_is_not_lowered() -> None:
    assert (await classified("PERSON", "IBAN_CODE")).data_class is DataClass.RESTRICTED


async def test_what_could_be_lowered_ends_no_scan() -> None:
    """Else the number behind it would never be looked for."""
    assert (await classified("US_SSN", "IBAN_CODE")).data_class is DataClass.RESTRICTED
    limited = replace(RULES, exceptions=(exception("US_SSN", paths=[".messages*"]),))
    hidden = await classified("US_SSN", "IBAN_CODE", rules=limited)
    assert hidden.data_class is DataClass.RESTRICTED
    assert hidden.entity_counts == {"US_SSN": 1, "IBAN_CODE": 1}


async def test_for_other_teams_it_still_ends_the_scan() -> None:
    detector = ScriptedDetector(found("US_SSN", "IBAN_CODE"))
    classifier = Classifier(detector, RULES, ManualClock(LIVE_S))
    request = InferenceRequest("r", Endpoint.CHAT, {"prompt": "x"}, "auto", stream=False)
    for team in ("claims", "another"):
        principal = Principal("k", team, DataClass.PUBLIC, frozenset(Tier))
        await classifier.classify(request, principal, None)
    assert detector.settling == [
        Settling(RULES.settling.entity_types - {"PERSON", "US_SSN"}, 0.4),  # type: ignore[union-attr]
        RULES.settling,
    ]


async def test_the_cause_of_a_class_that_findings_alone_raised_is_known() -> None:
    result = await classified("PERSON", rules=replace(RULES, exceptions=()))
    assert result.cause == {"PERSON"}


async def test_what_was_inherited_belongs_to_the_cause() -> None:
    known = {"inherited": DataClass.CONFIDENTIAL, "inherited_cause": frozenset({"PHONE_NUMBER"})}
    result = await classified("PERSON", rules=replace(RULES, exceptions=()), **known)  # type: ignore[arg-type]
    assert result.cause == {"PERSON", "PHONE_NUMBER"}
    assert (await classified(**known)).cause == {"PHONE_NUMBER"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        {"declared": DataClass.CONFIDENTIAL},
        {"floor": DataClass.CONFIDENTIAL},
        {"inherited": DataClass.CONFIDENTIAL},
        {"undetermined": True},
        {"fails": True},
    ],
)
async def test_where_anything_else_is_above_the_default_the_cause_is_not_known(
    given: dict[str, object],
) -> None:
    """Also below the class: were the finding excepted, this would still hold."""
    result = await classified("IBAN_CODE", **given)  # type: ignore[arg-type]
    assert result.data_class is DataClass.RESTRICTED
    assert result.cause is None


async def test_after_a_scan_that_ended_early_the_cause_is_not_known() -> None:
    whole = replace(RULES, exceptions=(), find_all=True)
    assert (await classified("US_SSN", "PERSON", rules=whole)).cause == {"US_SSN", "PERSON"}
    early = replace(RULES, exceptions=())
    assert (await classified("US_SSN", "PERSON", rules=early)).cause is None


async def test_the_exceptions_that_lowered_the_inheritance_are_recorded_too() -> None:
    result = await classified("PERSON", inherited=DataClass.INTERNAL, inherited_under=("before",))
    assert result.exceptions == ("before", "ticket-1")


async def test_nothing_found_needs_no_exception_and_has_no_cause() -> None:
    result = await classified()
    assert (result.exceptions, result.cause) == ((), None)
