"""What ran out narrows what a model may see, from the day after; nothing ever widens it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from registry_documents import built, cloud, dpa, own, parsed, provider, registry_document

from router.domain import DataClass
from router.registry.deprecation import deprecation_notice, is_closed_to
from router.registry.expiring import expiring, warnings
from router.registry.validity import in_force, narrowings

PUBLIC, INTERNAL, CONFIDENTIAL, RESTRICTED = DataClass
DAY = date(2026, 6, 1)
HDS = [{"name": "HDS", "expires": "2026-06-30"}]


def approved(document: dict[str, Any], day: date, key: str) -> set[DataClass]:
    return set(in_force(built(document), day).entries[key].spec.approved)


def test_an_expired_certification_narrows_from_the_day_after_its_last() -> None:
    document = registry_document(
        own(certifications=HDS), certifications_required={"restricted": ["HDS"]}
    )
    assert RESTRICTED in approved(document, date(2026, 6, 30), "own@1")
    after = in_force(built(document), date(2026, 7, 1)).entries["own@1"]
    assert after.spec.approved == {PUBLIC, INTERNAL, CONFIDENTIAL}
    assert after.narrowed == {RESTRICTED: "certification"}
    (narrowing,) = narrowings(built(document), date(2026, 12, 31))
    assert (narrowing.what, narrowing.since) == ("HDS", date(2026, 7, 1))


def test_a_certification_that_was_never_there_is_asked_for_all_the_same() -> None:
    document = registry_document(own(), certifications_required={"restricted": ["HDS"]})
    (narrowing,) = narrowings(built(document), DAY)
    assert (narrowing.data_class, narrowing.code, narrowing.since) == (
        RESTRICTED,
        "certification",
        None,
    )


def test_without_a_contract_in_force_nothing_confidential_goes_out() -> None:
    def at(day: date, *contracts: dict[str, Any]) -> set[DataClass]:
        firm = provider(contracts=[*contracts])
        return approved(registry_document(cloud(), providers={"firm": firm}), day, "cloud@1")

    assert at(DAY) == {PUBLIC, INTERNAL}
    assert at(DAY, dpa()) == {PUBLIC, INTERNAL, CONFIDENTIAL}
    assert at(date(2025, 12, 31), dpa()) == {PUBLIC, INTERNAL}, "not signed yet"
    assert at(date(2027, 1, 1), dpa()) == {PUBLIC, INTERNAL}, "expired"
    assert CONFIDENTIAL in at(date(2027, 1, 1), dpa(), dpa("2026-12-01", None)), "followed"
    assert at(DAY, dpa() | {"kind": "MSA"}) == {PUBLIC, INTERNAL}, "another kind"


def test_what_is_less_sensitive_goes_out_under_terms_or_a_contract_and_not_without() -> None:
    bare = provider()
    del bare["terms"]
    document = registry_document(cloud(), providers={"firm": bare})
    assert approved(document, DAY, "cloud@1") == set()
    covering = dpa() | {"covers": ["public", "internal", "confidential"]}
    document = registry_document(cloud(), providers={"firm": bare | {"contracts": [covering]}})
    assert approved(document, DAY, "cloud@1") == {PUBLIC, INTERNAL, CONFIDENTIAL}


def test_a_class_can_ask_for_more_than_one_contract() -> None:
    document = registry_document(
        cloud(),
        providers={"firm": provider(contracts=[dpa()])},
        contracts_required={"confidential": ["DPA", "BAA"]},
    )
    (narrowing,) = narrowings(built(document), DAY)
    assert narrowing.what == "BAA"


def test_a_request_never_gets_out_by_becoming_more_sensitive() -> None:
    document = registry_document(
        cloud(),
        providers={"firm": provider(contracts=[dpa()])},
        contracts_required={"internal": ["NDA"]},
    )
    assert approved(document, DAY, "cloud@1") == {PUBLIC}


def test_only_what_is_in_service_answers() -> None:
    def at(state: str) -> set[DataClass]:
        versions = [own("0")] if state != "production" else []
        document = registry_document(*versions, own("1", state))
        if versions:
            alias = {"champion": "0"} | ({"candidate": "1"} if state == "canary" else {})
            document["aliases"] = {"own": alias}
        return approved(document, DAY, "own@1")

    assert {state: bool(at(state)) for state in (
        "candidate", "shadow", "canary", "production", "deprecated", "retired")} == {
        "candidate": False, "shadow": False, "canary": True, "production": True,
        "deprecated": True, "retired": False,
    }  # fmt: skip


def test_nothing_has_to_be_deployed_for_what_is_retired() -> None:
    document = registry_document(own("1", "retired"), own("2"))
    document["aliases"] = {"own": {"champion": "2"}}
    assert list(built(document).without_retired().entries) == ["own@2"]


DAYS = st.dates(date(2025, 1, 1), date(2028, 1, 1))
LABELS = st.sampled_from([c.label for c in DataClass])
EXTERNAL_LABELS = st.sampled_from([c.label for c in DataClass][:3])


@st.composite
def registries(draw: st.DrawFn) -> dict[str, Any]:
    held = [
        {"name": name, "expires": draw(DAYS).isoformat()}
        for name in draw(st.sets(st.sampled_from("AB")))
    ]
    contracts = []
    for kind in draw(st.lists(st.sampled_from(["DPA", "BAA"]), max_size=3)):
        signed = draw(DAYS)
        until = draw(st.none() | st.integers(0, 900))
        contract: dict[str, Any] = {"kind": kind, "signed": signed.isoformat()}
        if until is not None:
            contract["expires"] = (signed + timedelta(days=until)).isoformat()
        contracts.append(contract | {"covers": sorted(draw(st.sets(EXTERNAL_LABELS, min_size=1)))})
    firm = provider(contracts=contracts)
    if draw(st.booleans()):
        del firm["terms"]
    state = draw(st.sampled_from(["production", "deprecated"]))
    return registry_document(
        own("1", state, certifications=held),
        own("2", draw(st.sampled_from(["candidate", "shadow", "canary"]))),
        cloud(certifications=held),
        providers={"firm": firm},
        certifications_required=draw(
            st.dictionaries(LABELS, st.lists(st.sampled_from("AB"), unique=True))
        ),
        contracts_required=draw(
            st.dictionaries(EXTERNAL_LABELS, st.lists(st.sampled_from(["DPA", "BAA"]), unique=True))
        ),
    )


@given(document=registries(), day=DAYS)
def test_no_day_permits_what_the_file_does_not(document: dict[str, Any], day: date) -> None:
    registry = built(document)
    today = in_force(registry, day)
    assert list(today.entries) == list(registry.entries)
    for key, entry in today.entries.items():
        written = registry.entries[key].spec.approved
        assert entry.spec.approved <= written
        assert entry.spec.approved | entry.narrowed.keys() == written, "each loss has its reason"
        assert not entry.spec.approved & entry.narrowed.keys()
        if entry.spec.is_external and entry.spec.approved:
            lower = {c for c in DataClass if c < max(entry.spec.approved)}
            assert lower <= entry.spec.approved
    assert [m.approved for m in in_force(today, day).models] == [m.approved for m in today.models]


def test_what_expires_within_thirty_days_is_announced_with_line_and_cure() -> None:
    firm = provider(contracts=[dpa(expires="2026-06-20")])
    document = registry_document(own(certifications=HDS), cloud(), providers={"firm": firm})
    registry = built(document)
    assert expiring(registry, date(2026, 5, 1)) == ()
    said = {str(found) for found in expiring(registry, DAY)}
    assert said == {
        "the HDS of own@1 expires on 2026-06-30",
        "the DPA of firm expires on 2026-06-20",
    }
    said = {str(found) for found in expiring(registry, date(2027, 2, 1))}
    assert said == {
        "the HDS of own@1 expired on 2026-06-30",
        "the DPA of firm expired on 2026-06-20",
        "the review of own@1 was due on 2027-01-01",
        "the review of cloud@1 was due on 2027-01-01",
    }
    warned = list(warnings(registry, parsed(document), date(2027, 2, 1)))
    assert all(warning.line and warning.cure for warning in warned)
    assert len({warning.line for warning in warned}) == 4


def test_a_deprecated_model_is_closed_to_keys_made_after_that_day() -> None:
    card = built(registry_document(own(state="deprecated"))).entries["own@1"].card
    assert not is_closed_to(card, date(2026, 1, 1))
    assert is_closed_to(card, date(2026, 1, 2))
    assert deprecation_notice("own@1", card) == "own@1 since 2026-01-01"
    card = built(registry_document(own())).entries["own@1"].card
    assert not is_closed_to(card, date(2030, 1, 1))
    assert deprecation_notice("own@1", card) is None
