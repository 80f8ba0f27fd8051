"""What an SRE reads off the counters when a request is over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from router.domain import Attempt, OutcomeStatus
from router.telemetry.ended import RequestEnded
from router.telemetry.itl import InterTokenLatency
from serving.telemetry.families import Families
from serving.telemetry.names import OTHERS, BoundedNames
from serving.telemetry.request_metrics import RequestMetrics
from tests.ended_requests import MODEL, REQUEST_ID, ended_request


class Counting:
    def __init__(self, teams: int = 10) -> None:
        self.registry = CollectorRegistry()
        self._metrics = RequestMetrics(Families(self.registry), BoundedNames(teams))

    def after(self, *ended: RequestEnded) -> Counting:
        for each in ended:
            self._metrics.request_ended(each)
        return self

    def __getitem__(self, sample: str) -> dict[tuple[str, ...], float]:
        """By the labels' values, in alphabetical order of the labels."""
        return {
            tuple(value for _, value in sorted(found.labels.items())): found.value
            for metric in self.registry.collect()
            for found in metric.samples
            if found.name == sample
        }


def test_a_request_is_counted_by_class_tier_model_and_end() -> None:
    count = Counting().after(ended_request(), ended_request())

    # choice, code, data_class, http_status, model, status, tier
    labels = ("auto", "none", "restricted", "200", MODEL.key, "answered", "private")
    assert count["ringfence_requests_total"] == {labels: 2.0}
    assert count["ringfence_classifications_total"] == {("detected", "restricted"): 2.0}
    assert count["ringfence_findings_total"] == {("PERSON", "request"): 4.0}


def test_tokens_and_money_are_counted_by_team_and_model() -> None:
    count = Counting().after(ended_request())

    assert count["ringfence_tokens_total"] == {
        (MODEL.key, "clinic", "input"): 30.0,
        (MODEL.key, "clinic", "output"): 11.0,
    }
    assert count["ringfence_cost_usd_total"] == {(MODEL.key, "clinic"): pytest.approx(52e-6)}


def test_every_try_is_counted_and_the_model_that_was_passed_over() -> None:
    count = Counting().after(ended_request())

    assert count["ringfence_attempts_total"] == {
        ("small@1", "BackendUnreachable"): 1.0,
        (MODEL.key, "answered"): 1.0,
    }
    assert count["ringfence_fallbacks_total"] == {("small@1",): 1.0}


def test_a_body_that_was_let_out_nowhere_is_counted_by_itself() -> None:
    ended = ended_request()
    refused = Attempt("outside@1", None, "EgressRefused", 0.0)
    outcome = replace(ended.outcome, attempts=(refused, *ended.outcome.attempts))

    count = Counting().after(replace(ended, outcome=outcome))

    assert count["ringfence_egress_refused_total"] == {("outside@1",): 1.0}


def test_times_are_where_opentelemetry_says_that_they_are() -> None:
    count = Counting().after(ended_request())

    assert list(count["gen_ai_server_request_duration_seconds_sum"].values()) == [3.5]
    assert list(count["gen_ai_server_time_to_first_token_seconds_sum"].values()) == [1.0]
    assert list(count["gen_ai_server_time_per_output_token_seconds_sum"].values()) == [0.2]
    assert sum(count["ringfence_step_duration_seconds_sum"].values()) == 3.5


def test_one_long_pause_in_a_stream_shows_where_the_mean_hides_it() -> None:
    itl = InterTokenLatency()
    for number in range(10):
        itl.went_out(number + 1, 0.25 * number)
    itl.went_out(11, 4.25)

    count = Counting().after(ended_request(itl=itl.counted()), ended_request(itl=itl.counted()))

    assert list(count["ringfence_inter_token_latency_seconds_count"].values()) == [20]
    assert list(count["ringfence_inter_token_latency_seconds_sum"].values()) == [8.5]
    (longest,) = (
        above
        for labels, above in count["ringfence_inter_token_latency_seconds_bucket"].items()
        if "1.0" in labels
    )
    assert longest == 18


def test_a_refused_request_has_no_model_and_no_tokens() -> None:
    ended = ended_request()
    outcome = replace(
        ended.outcome,
        status=OutcomeStatus.REFUSED,
        http_status=429,
        error_code="budget_exceeded",
        model=None,
        tier=None,
        attempts=(),
    )

    count = Counting().after(replace(ended, outcome=outcome, model=None, fallbacks=()))

    labels = ("auto", "budget_exceeded", "restricted", "429", "none", "refused", "none")
    assert count["ringfence_requests_total"] == {labels: 1.0}
    assert count["ringfence_tokens_total"] == {}
    assert count["gen_ai_server_time_to_first_token_seconds_count"] == {}


def test_more_teams_than_there_is_room_for_share_one_series() -> None:
    count = Counting(teams=3).after(*(ended_request(team=f"team-{n}") for n in range(20)))

    teams = {team for _, _, team in count["ringfence_team_requests_total"]}
    assert teams == {"team-0", "team-1", "team-2", OTHERS}
    assert sum(count["ringfence_team_requests_total"].values()) == 20


def test_no_request_has_a_series_of_its_own() -> None:
    count = Counting().after(ended_request())

    assert REQUEST_ID.encode() not in generate_latest(count.registry)


@given(st.lists(st.text(max_size=5)), st.integers(0, 5))
def test_names_are_bounded_whatever_comes(names: list[str], limit: int) -> None:
    bounded = BoundedNames(limit)

    shown = [bounded(name) for name in names]

    assert len(set(shown) - {OTHERS}) <= limit
    assert all(one in (name, OTHERS) for one, name in zip(shown, names, strict=True))


@given(st.text(max_size=20))
def test_a_team_of_any_name_leaves_the_page_readable(team: str) -> None:
    """Names come from tokens, too, and would otherwise end a line."""
    registry = Counting().after(ended_request(team=team)).registry
    by_team = registry.restricted_registry(["ringfence_team_requests_total"])
    page = generate_latest(by_team).decode()

    teams = {
        sample.labels["team"]
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "ringfence_team_requests_total"
    }
    assert teams == {team}
