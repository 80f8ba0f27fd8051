"""A policy that could send anything where it may not go does not start, and says why."""

import hashlib
import re
from pathlib import Path

import pytest
from policy_tables import LABELS, document, model, policy, refused, rules_of

from router.domain import DataClass, Tier
from router.errors import ConfigError, ConfigProblem
from router.policy.load import build_rules, load_rules
from router.policy.ways import ways

REPOSITORY = Path(__file__).parents[4]
MODELS = REPOSITORY / "models.yaml"
POLICY = REPOSITORY / "router" / "policy.yaml"


@pytest.fixture
def problems_when(tmp_path):
    """The problems after replacing a text of the shipped policy, and the line of the new text."""

    def change(old: str, new: str) -> tuple[tuple[ConfigProblem, ...], int]:
        written = POLICY.read_text()
        assert old in written
        written = written.replace(old, new, 1)
        path = tmp_path / "policy.yaml"
        path.write_text(written)
        with pytest.raises(ConfigError) as caught:
            load_rules(MODELS, path)
        assert {problem.file for problem in caught.value.problems} == {str(path)}
        return caught.value.problems, written[: written.index(new)].count("\n") + 1

    return change


def test_the_rules_that_we_ship_are_proven():
    rules = load_rules(MODELS, POLICY)
    assert rules.policy.routes[DataClass.RESTRICTED]["reasoning"] == (Tier.PRIVATE,)
    assert rules.policy.tiers[Tier.BALANCED] == ("gpt-5-mini@2025-08-07",)
    assert not any(way.model.is_external for way in ways(rules) if way.data_class >= 2)


def test_the_digest_is_over_both_files_and_can_be_checked_without_us():
    hashed = hashlib.sha256()
    for path in (MODELS, POLICY):
        content = path.read_bytes()
        hashed.update(len(content).to_bytes(8, "big") + content)
    assert load_rules(MODELS, POLICY).policy.digest == f"sha256:{hashed.hexdigest()}"


def test_the_digest_changes_with_either_file(tmp_path):
    copies = []
    for path in (MODELS, POLICY):
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes() + b"# reviewed\n")
        copies.append(copy)
    digests = {
        load_rules(models, written).policy.digest
        for models in (MODELS, copies[0])
        for written in (POLICY, copies[1])
    }
    assert len(digests) == 4


def test_a_refutation_names_the_way_the_line_and_the_cure(problems_when):
    problems, line = problems_when(
        "    fast: [fast, private]\n    any", "    fast: [balanced]\n    any"
    )
    assert [problem.problem for problem in problems] == [
        "class confidential, choice fast → tier balanced → gpt-5-mini@2025-08-07 is approved for "
        "public, internal only",
        "class confidential, choice fast → tier balanced → gpt-5-mini@2025-08-07 resides in us; "
        "confidential may be in on-prem only",
    ]
    assert {problem.line for problem in problems} == {line}
    assert "take balanced out of this route" in problems[0].cure


@pytest.mark.parametrize(
    ("old", "new", "says", "cure"),
    [
        ("default_data_class: internal", "default_data_clas: internal", "unknown key", "_class`"),
        ("default_data_class: internal", "default_data_class: intern", "allowed", "`internal`"),
        ("schema: 1", "schema: 7", "does not read", "write `schema: 1`"),
        ("team_floors: {}", "team_floors: {clinic: secret}", "allowed", "'restricted'"),
        ("  fast: [smollm2-135m-fast]", "  fast: [smollm2-135m-fst]", "does not have", "m-fast`"),
        ("  fast: [smollm2-135m-fast]", "  fast: [gpt-5-mini@9]", "does not have", "gpt-5-mini"),
        ("  fast: [smollm2-135m-fast]", "  fast: [zzzz]", "does not have", "name one of"),
        ("  fast: [smoll", "  fast: [smollm2-135m-fast@1, smoll", "named twice", "once"),
        ("  fast: [smoll", "  turbo: [smoll", "allowed values", "'fast'"),
        ("    any: [private]\n\n#", "    any: [private, private]\n\n#", "named twice", "once"),
        ("    any: [private]\n\n#", "    auto: [private]\n\n#", "has no route", "add `fast`"),
        ("    any: [private]\n\n#", "    any: []\n\n#", "reaches no model", "route it"),
        ("    any: [private]\n\n#", "    any: [fast]\n\n#", "approved for", "approve it"),
        ("    private: [private]\n", "    private: [private]\n    any: [private]\n",
         "never used", "remove `any`"),
        ("    private: [private]\n", "    private: [balanced]\n", "promises on-prem", "take bal"),
        ("  restricted: [on-prem]", "  restricted: []", "not valid", "at least 1"),
        ("  restricted: [on-prem]", "  restricted: [on-prem, ap]", "ap and confidential", "remove"),
        ("deadline_s: 8.0", "deadline_s: 0", "not valid", "greater than 0"),
        ("deadline_s: 8.0", "deadline_s: 31", "not valid", "less than or equal to 30"),
        ("deadline_s: 8.0", "deadline_s: .inf", "finite", "finite"),
        ("min_score: 0.5", "min_score: 1.4", "not valid", "less than"),
        ("max_characters: 200000", "max_characters: 0", "not valid", "greater"),
        ("    CRYPTO: restricted", "    crypto: restricted", "entity type", "EMAIL_ADDRESS"),
        ("attempts_per_model: 2", "attempts_per_model: 0", "not valid", "greater"),
        ("attempts_per_model: 2", "attempts_per_model: 2.5", "not valid", "integer"),
        ("attempt_timeout_s: 300", "attempt_timeout_s: 361", "above total_timeout_s", "lower"),
        ("backoff_initial_s: 0.1", "backoff_initial_s: 3", "above backoff_max_s", "lower"),
        ("open_s: 10", "open_s: -1", "not valid", "greater"),
        ("schema: 1\n", "schema: 1\nlimits: {models: {gpt-5-mni: {requests_per_minute: 1}}}\n",
         "which the registry does not have", "gpt-5-mini"),
        ("retention_days: 30", "retention_days: 0", "not valid", "greater"),
        ("from_data_class: confidential", "from_data_class: secret", "allowed", "'public'"),
    ],
)  # fmt: skip
def test_what_must_not_start_is_refused_with_line_and_cure(problems_when, old, new, says, cure):
    problems, line = problems_when(old, new)
    matching = [problem for problem in problems if says in problem.problem and cure in problem.cure]
    assert matching, [str(problem) for problem in problems]
    # The new text may hold an unchanged line before the one that is wrong.
    assert line <= (matching[0].line or 0) <= line + new.count("\n") or says == "has no route"


def test_a_residency_that_routes_do_not_keep_to_is_blamed_on_the_routes(problems_when):
    problems, line = problems_when("  internal: [on-prem, us, eu]", "  internal: [on-prem]")
    assert all("resides in us; internal may be in on-prem only" in it.problem for it in problems)
    assert all("residency.internal" in it.cure and it.line > line for it in problems)


@pytest.mark.parametrize("key", ["residency", "routes"])
def test_every_class_must_be_in_every_table(key):
    written = policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
    written[key] = {k: v for k, v in written[key].items() if k != "restricted"}
    error = refused([model("home", on_prem=True, approved=LABELS)], written)
    assert f"{key} leaves out the class restricted" in str(error)


def test_a_route_to_a_tier_that_is_nowhere_is_refused():
    written = policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
    written["routes"]["public"] = {"any": ["reasoning", "private"]}
    error = refused([model("home", on_prem=True, approved=LABELS)], written)
    assert "the tier reasoning is not under `tiers`" in str(error)


def test_a_region_that_no_model_is_in_does_no_harm():
    written = policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
    written["residency"]["public"] += ["mars-1"]
    assert rules_of([model("home", on_prem=True, approved=LABELS)], written)


def test_one_fault_of_any_is_told_once():
    written = policy(
        {"private": ["home"], "fast": ["cloud"]},
        {label: {"any": ["private"]} for label in LABELS},
    )
    written["routes"]["restricted"] = {"any": ["fast"], "private": ["private"]}
    models = [
        model("home", on_prem=True, approved=LABELS),
        model("cloud", on_prem=False, approved=["public"]),
    ]
    problems = refused(models, written).problems
    assert len(problems) == 2
    assert re.search(r"choice auto → tier fast → cloud@1 is approved", problems[0].problem)


def test_the_problems_of_both_files_are_told_at_once():
    models = document({"schema": 1, "models": [], "aliases": {}}, "models.yaml")
    written = document({"schema": 1}, "policy.yaml")
    with pytest.raises(ConfigError) as caught:
        build_rules(models, written)
    assert {problem.file for problem in caught.value.problems} == {"models.yaml", "policy.yaml"}


def test_files_that_cannot_be_read_are_told_at_once(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_rules(tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert len(caught.value.problems) == 2


def test_a_team_is_never_below_its_floor_and_others_have_the_default():
    written = policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
    rules = rules_of([model("home", on_prem=True, approved=LABELS)], written)
    assert rules.policy.detection.team_floors == {"clinic": DataClass.CONFIDENTIAL}
    assert rules.policy.detection.default_class is DataClass.INTERNAL


def test_an_entity_type_that_nobody_listed_is_restricted():
    detection = load_rules(MODELS, POLICY).policy.detection
    assert detection.class_of("EMAIL_ADDRESS") is DataClass.CONFIDENTIAL
    assert detection.class_of("BRAND_NEW") is DataClass.RESTRICTED
