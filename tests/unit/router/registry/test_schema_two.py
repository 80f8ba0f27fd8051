"""models.yaml of schema 2 says whose a model is, where it stands, who is behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_documents import (
    built,
    cloud,
    dpa,
    own,
    parsed,
    provider,
    recorded,
    refused,
    registry_document,
)

from router.domain import DataClass, Price
from router.errors import ConfigError
from router.registry.card import Certification, LifecycleState, RecordReference
from router.registry.expiring import warnings
from router.registry.load import build_registry, load_registry
from router.registry.providers import Contract, Terms
from router.registry.throughput import Throughput, token_price
from router.registry.upgrade import missing

ROOT = Path(__file__).parents[4]


def test_a_model_has_a_card() -> None:
    digest = "sha256:" + "0" * 64
    certifications = [{"name": "ISO 27001", "expires": "2027-03-31"}]
    registry = built(
        registry_document(
            own(certifications=certifications, weights_digest=digest), own("2", "shadow")
        )
    )
    entry = registry.entries["own@1"]
    assert (entry.card.owner, entry.card.licence) == ("a team", "Apache-2.0")
    assert entry.card.lifecycle.state is LifecycleState.PRODUCTION
    assert entry.card.lifecycle.since == date(2026, 1, 1)
    assert entry.card.next_review == date(2027, 1, 1)
    assert entry.card.certifications == (Certification("ISO 27001", date(2027, 3, 31)),)
    assert entry.expected_weights_digest == digest
    assert entry.spec.weights_digest is None, "expected, and not measured yet"


def test_a_bare_id_means_its_champion_and_aliases_have_names() -> None:
    registry = built(registry_document(own(), own("2", "candidate")))
    keys = {name: found.key for name in ("own", "own@champion", "own@candidate", "own@2")
            if (found := registry.resolve(name))}  # fmt: skip
    assert keys == {
        "own": "own@1",
        "own@champion": "own@1",
        "own@candidate": "own@2",
        "own@2": "own@2",
    }
    assert registry.resolve("other@champion") is None
    assert built(registry_document(own())).resolve("own@candidate") is None


def test_providers_and_what_was_signed_with_them() -> None:
    registry = built(
        registry_document(
            cloud(), providers={"firm": provider(contracts=[dpa(), dpa(expires=None)])}
        )
    )
    firm = registry.providers["firm"]
    assert (firm.legal_entity, firm.jurisdiction) == ("Firm, Inc.", "US")
    assert firm.countries_of_processing == ("US",)
    assert firm.sub_processors is None, "nobody said"
    assert firm.terms == Terms("https://firm.example/terms", "a team")
    covers = frozenset({DataClass.CONFIDENTIAL})
    assert firm.contracts == (
        Contract("DPA", date(2026, 1, 1), date(2026, 12, 31), covers),
        Contract("DPA", date(2026, 1, 1), None, covers),
    )


def test_the_file_that_we_ship_says_all_and_warns_of_nothing_on_its_day() -> None:
    registry = load_registry(ROOT / "models.yaml")
    document = parsed((ROOT / "models.yaml").read_text())
    assert list(warnings(registry, document, date(2026, 11, 22))) == []
    for entry in registry.entries.values():
        assert None not in (entry.card.owner, entry.card.licence, entry.card.next_review)
    assert not any(found.contracts for found in registry.providers.values()), "none is signed"


def test_a_file_of_schema_1_still_loads_and_is_said_to_lack_something() -> None:
    new = registry_document(own(), cloud())
    keys = ("owner", "licence", "lifecycle", "next_review")
    old = {
        "schema": 1,
        "models": [{k: v for k, v in m.items() if k not in keys} for m in new["models"]],
        "aliases": {"own": "1", "cloud": "1"},
    }
    document = parsed(old)
    registry = build_registry(document)
    assert registry.resolve("own").key == "own@1"  # type: ignore[union-attr]
    card = registry.entries["own@1"].card
    assert (card.owner, card.licence, card.next_review) == (None, None, None)
    assert card.lifecycle.state is LifecycleState.PRODUCTION
    assert registry.providers["firm"].contracts == ()
    (warning,) = missing(document)
    assert warning.line == 1
    assert "owners" in warning.problem
    assert "schema: 3" in warning.cure
    assert list(missing(parsed(new))) == []


def without(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}


LIFE = {"state": "production", "since": "2026-01-01"}
CANARY = own("2", "canary")
CASES = {
    "no owner": (registry_document(without(own(), "owner")), "`owner` of own is missing", "add"),
    "no licence": (registry_document(without(own(), "licence")), "`licence` of own", "add"),
    "no review": (registry_document(without(own(), "next_review")), "`next_review`", "add"),
    "no lifecycle": (
        registry_document(own()) | {"models": [without(own(), "lifecycle")]},
        "`lifecycle` of own",
        "add",
    ),
    "no state": (
        registry_document(own()) | {"models": [own(lifecycle={"since": "2026-01-01"})]},
        "`lifecycle.state` of own",
        "add",
    ),
    "a date without quotes": ("schema: 2\nmodels:\n  - next_review: 2027-01-01\n", "date", "quote"),
    "no day": (registry_document(own(next_review="soon")), "is no day", '"2027-05-31"'),
    "seconds as a day": (registry_document(own(next_review="1767225600")), "is no day", "quotes"),
    "an unknown state": (
        registry_document(own()) | {"models": [own(lifecycle=LIFE | {"state": "prod"})]},
        "allowed values",
        "write `production`",
    ),
    "a share and no canary": (
        registry_document(own(lifecycle=LIFE | {"canary_share": 0.5})),
        "no canary",
        "remove `canary_share`",
    ),
    "a canary of no share": (
        registry_document(own(), CANARY | {"lifecycle": LIFE | {"state": "canary"}})
        | {"aliases": {"own": {"champion": "1", "candidate": "2"}}},
        "a canary of no share",
        "canary_share: 0.05",
    ),
    "a canary of everything": (
        registry_document(own(), CANARY | {"lifecycle": LIFE | {"canary_share": 1.0}}),
        "not valid",
        "less than 1",
    ),
    "a canary that is not the candidate": (
        registry_document(own(), CANARY, aliases={"own": {"champion": "1"}}),
        "not the candidate beside a champion",
        "aliases.own",
    ),
    "a canary that may see less": (
        registry_document(own(), CANARY | {"approved_data_classes": ["public"]}),
        "lacks what its champion has: internal, confidential, restricted",
        "keep it in shadow",
    ),
    "a canary that can do less": (
        registry_document(own(capabilities=["chat", "tools"]), CANARY),
        "lacks what its champion has: tools",
        "keep it in shadow",
    ),
    "a canary elsewhere": (
        registry_document(own(), CANARY | {"residency": ["on-prem", "eu"]}),
        "resides where its champion does not: eu",
        "remove eu",
    ),
    "a champion that is a candidate": (
        registry_document(own(), own("2", "candidate"), aliases={"own": {"champion": "2"}}),
        "cannot be the champion",
        "production, deprecated",
    ),
    "a candidate that is in production": (
        registry_document(own(), aliases={"own": {"champion": "1", "candidate": "1"}}),
        "cannot be the candidate",
        "candidate, shadow, canary",
    ),
    "an alias of schema 1": (
        registry_document(own(), aliases={"own": "1"}),
        "not valid",
        "change it",
    ),
    "a version called champion": (
        registry_document(own("champion")),
        "name of an alias",
        "another name",
    ),
    "a figure typed by hand": (
        registry_document(own(measured={"ttft_s": 0.2})),
        "no reference to a benchmark record",
        "never by hand",
    ),
    "a record that is not there": (
        registry_document(own(measured={"ttft_s": {"record": "none.json", "sha256": "0" * 64}})),
        "no record none.json",
        "name a record that is there",
    ),
    "an hour's price alone": (
        registry_document(own(price={"gpu_hour_usd": 2.0})),
        "missing until there is a `throughput_record`",
        "input_usd_per_mtok",
    ),
    "a digest of weights elsewhere": (
        registry_document(cloud(weights_digest="sha256:" + "0" * 64)),
        "elsewhere",
        "remove `weights_digest`",
    ),
    "a provider that nobody describes": (
        registry_document(cloud(), providers={"form": provider()}),
        "nobody says who firm is",
        "write `form`",
    ),
    "a provider of no jurisdiction": (
        registry_document(cloud(), providers={"firm": without(provider(), "jurisdiction")}),
        "`jurisdiction` of the provider firm",
        "add",
    ),
    "a contract for what never leaves": (
        registry_document(
            cloud(), providers={"firm": provider(contracts=[dpa() | {"covers": ["restricted"]}])}
        ),
        "never leaves",
        "remove `restricted`",
    ),
    "a contract that ends before it begins": (
        registry_document(
            cloud(), providers={"firm": provider(contracts=[dpa(expires="2025-01-01")])}
        ),
        "expires before it was signed",
        "2026-01-01",
    ),
    "a certification twice": (
        registry_document(own(certifications=[{"name": "X", "expires": "2027-01-01"}] * 2)),
        "twice",
        "keep the one",
    ),
    "half of each schema": (
        {"schema": 1, "models": [own()], "aliases": {"own": "1"}},
        "came with schema 2",
        "write `schema: 3`",
    ),
    "no schema": (without(registry_document(own()), "schema"), "`schema` is missing", "schema: 3"),
}


@pytest.mark.parametrize(("document", "says", "cure"), CASES.values(), ids=CASES)
def test_what_must_not_be_served_is_refused_with_its_cure(
    document: dict[str, Any] | str, says: str, cure: str
) -> None:
    found = refused(document)
    matching = [problem for problem in found if says in problem.problem]
    assert matching, [str(problem) for problem in found]
    assert cure in matching[0].cure
    assert matching[0].line is not None


def test_figures_are_references_to_records_that_are_what_was_meant(tmp_path: Path) -> None:
    reference = recorded(tmp_path, "speed.json", ttft_s=0.5)
    document = registry_document(own(measured={"speed": reference}))
    card = built(document, tmp_path).entries["own@1"].card
    path = tmp_path.resolve() / "speed.json"
    assert card.measured == {"speed": RecordReference(path, reference["sha256"])}
    recorded(tmp_path, "speed.json", ttft_s=0.9)
    (problem,) = refused(document, tmp_path)
    assert "not the record that was meant" in problem.problem


def test_a_price_follows_from_an_hour_and_a_record_of_throughput(tmp_path: Path) -> None:
    reference = recorded(
        tmp_path, "throughput.json", input_tokens_per_s=10_000, output_tokens_per_s=1_000, gpus=2
    )
    price = {"gpu_hour_usd": 1.8, "throughput_record": reference}
    registry = built(registry_document(own(price=price)), tmp_path)
    # Two GPUs cost 3.60 an hour, in which they make 3.6 million tokens, or read 36 million.
    assert registry.entries["own@1"].spec.price.output_usd_per_mtok == pytest.approx(1.0)
    assert registry.entries["own@1"].spec.price.input_usd_per_mtok == pytest.approx(0.1)


@pytest.mark.parametrize("figures", [{}, {"input_tokens_per_s": 1, "output_tokens_per_s": 0}, {
    "input_tokens_per_s": True, "output_tokens_per_s": 1}, {
    "input_tokens_per_s": 1, "output_tokens_per_s": 1, "gpus": "two"}])  # fmt: skip
def test_a_record_without_figures_prices_nothing(tmp_path: Path, figures: dict[str, Any]) -> None:
    price = {"gpu_hour_usd": 1.8, "throughput_record": recorded(tmp_path, "t.json", **figures)}
    (problem,) = refused(registry_document(own(price=price)), tmp_path)
    assert "the record has no" in problem.problem


def test_an_hours_price_waits_beside_a_price_per_token_until_there_is_a_record() -> None:
    price = {"gpu_hour_usd": 2.0, "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0}
    assert built(registry_document(own(price=price))).models[0].price == Price(1.0, 2.0)


@given(
    usd=st.floats(0, 1e4),
    gpus=st.integers(1, 64),
    into=st.floats(1e-3, 1e7),
    out=st.floats(1e-3, 1e7),
)
def test_an_hour_full_of_tokens_costs_what_the_hour_costs(
    usd: float, gpus: int, into: float, out: float
) -> None:
    price = token_price(usd, Throughput(into, out, gpus))
    hour_usd = usd * gpus
    assert price.input_usd_per_mtok * into * 3_600 / 1e6 == pytest.approx(hour_usd)
    assert price.output_usd_per_mtok * out * 3_600 / 1e6 == pytest.approx(hour_usd)


WORDS = st.sampled_from([
    "schema", "models", "aliases", "providers", "id", "version", "lifecycle", "price", "measured",
    "contracts", "champion", "own", "1", "production", "record", "2026-01-01",
])  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(schema=st.sampled_from([1, 2, 3, 4, "2", None, True]), junk=st.dictionaries(WORDS, JUNK))
def test_whatever_the_file_holds_the_answer_is_a_registry_or_problems(
    schema: object, junk: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError) as caught:
        built({**junk, "schema": schema})
    assert all(problem.cure for problem in caught.value.problems)
