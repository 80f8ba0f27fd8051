"""The same requests for whoever has the same seed, of exactly the lengths that were asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from throughput_cases import ALL, FOUR, OFFLINE, SLOTS, UNLOADED, WordTokenizer

from benchmarks.throughput.profiles import CHAT, LONG, SHORT, Profile, fitting, scenarios
from benchmarks.throughput.scenario import MIX_LONGEST, Kind, Layer, Lengths, Scenario
from benchmarks.throughput.workload import CheckpointTokenizer, NoTokenizer, workload

TOKENIZER = WordTokenizer()


class NeverOne:
    """A tokenizer that makes two tokens of every word."""

    def count(self, text: str) -> int:
        return 2 * len(text.split())


@given(isl=st.integers(2, 300), osl=st.integers(1, 300), seed=st.integers(0, 9))
def test_prompts_have_exactly_the_tokens_that_were_asked_for(isl: int, osl: int, seed: int) -> None:
    scenario = Scenario(Kind.OFFLINE, Lengths(isl, osl), ALL, 1)

    for request in workload(scenario, 0, 2, seed, TOKENIZER).requests:
        assert TOKENIZER.count(request.prompt) == request.isl == isl
        assert request.osl == osl


def test_the_same_seed_makes_the_same_requests_and_another_repeat_makes_others() -> None:
    first = workload(OFFLINE, 0, SLOTS, 1, TOKENIZER)

    assert workload(OFFLINE, 0, SLOTS, 1, TOKENIZER).digest == first.digest
    assert workload(OFFLINE, 1, SLOTS, 1, TOKENIZER).digest != first.digest
    assert workload(OFFLINE, 0, SLOTS, 2, TOKENIZER).digest != first.digest
    assert workload(FOUR, 0, SLOTS, 1, TOKENIZER).digest != first.digest


def test_no_two_prompts_are_alike_so_that_no_prefix_is_cached() -> None:
    prompts = [request.prompt for request in workload(OFFLINE, 0, SLOTS, 1, TOKENIZER).requests]

    assert len({prompt[:40] for prompt in prompts}) == len(prompts) == 2 * SLOTS


def test_a_conversation_that_was_seen_is_the_same_prompt_again() -> None:
    prompts = {request.prompt for request in workload(UNLOADED, 0, SLOTS, 1, TOKENIZER).requests}

    assert len(prompts) == 1


def test_a_mix_varies_around_its_means_and_never_goes_beyond_its_longest() -> None:
    scenario = Scenario(Kind.OFFLINE, CHAT, ALL, 1, min_requests=400)

    lengths = [one.isl for one in workload(scenario, 0, 1, 1, TOKENIZER).requests]

    assert CHAT.isl * 0.85 < sum(lengths) / len(lengths) < CHAT.isl * 1.15
    assert len(set(lengths)) > 100
    assert max(lengths) <= MIX_LONGEST * CHAT.isl


def test_the_load_generator_reads_a_line_for_each_request() -> None:
    sent = workload(OFFLINE, 0, 1, 1, TOKENIZER)

    lines = [json.loads(line) for line in sent.jsonl.decode().splitlines()]

    assert lines == [{"prompt": one.prompt, "output_tokens": one.osl} for one in sent.requests]


def test_a_length_that_a_tokenizer_cannot_make_is_refused() -> None:
    with pytest.raises(NoTokenizer, match="exactly 127 tokens"):
        workload(Scenario(Kind.OFFLINE, Lengths(127, 1), ALL, 1), 0, 1, 1, NeverOne())


@pytest.mark.parametrize("content", [None, "no JSON", "{}"])
def test_a_checkpoint_without_a_tokenizer_is_refused_with_a_cure(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)

    with pytest.raises(NoTokenizer, match="put the model's own there"):
        CheckpointTokenizer(tmp_path)


def test_what_does_not_fit_the_context_is_left_out_and_said() -> None:
    kept, skipped = fitting(scenarios(Profile.FULL, 16, ()), 2_048)

    assert LONG not in {scenario.lengths for scenario in kept}
    assert SHORT in {scenario.lengths for scenario in kept}
    assert skipped == ("8000/1000: up to 9,000 tokens, and the engine's max_model_len is 2,048",)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("slots", [1, 16, 256])
def test_every_profile_has_what_a_price_and_a_comparison_of_layers_need(
    profile: Profile, slots: int
) -> None:
    found = scenarios(profile, slots, ())

    assert {Kind.UNLOADED, Kind.PREFILL, Kind.DECODE, Kind.OFFLINE} <= {one.kind for one in found}
    assert all(one.layers == frozenset(Layer) for one in found if one.kind is Kind.OFFLINE)
    assert any(one.concurrency == 1 for one in found if one.kind is Kind.CLOSED)
    assert len({one.name for one in found}) == len(found)
    # An open loop's load is a share of what offline reached: that comes first.
    seen: set[Lengths] = set()
    for scenario in found:
        assert scenario.kind is not Kind.OPEN or scenario.lengths in seen
        if scenario.kind is Kind.OFFLINE:
            seen.add(scenario.lengths)


def test_lengths_of_ones_own_take_the_place_of_the_profiles() -> None:
    own = Lengths(300, 30)

    found = scenarios(Profile.STANDARD, 16, (own,))

    assert {one.lengths for one in found if one.kind is Kind.OFFLINE} == {own}
