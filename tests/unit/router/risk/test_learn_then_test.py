"""A threshold that was chosen keeps the promise as surely as was asked, or there is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.risk.certificate import Promise
from router.risk.labelled import Labelled, digest_of, split
from router.risk.learn_then_test import CertifiedThreshold, NothingCertified, Terms, learn_then_test
from tests.unit.router.risk.risk_cases import drawn, telling

TERMS = Terms()


def threshold_of(labels: list[Labelled], *terms: Terms) -> CertifiedThreshold:
    """Under these terms, or the usual ones."""
    return learn_then_test(*split(labels), *(terms or (TERMS,)))


def wrong_of_kept(threshold: float) -> float:
    """True of `telling`: the mean of 0.6 - 0.7 s over kept signals, 0 from 6/7 on."""
    grid = [(index + 0.5) / 10_000 for index in range(10_000)]
    kept = [1 - telling(signal) for signal in grid if signal >= threshold]
    return sum(kept) / len(kept)


def test_what_is_kept_is_wrong_no_more_often_than_promised() -> None:
    """Of 40 draws it is one in as many as not; the seeds are fixed."""
    kept = broken = 0
    for seed in range(40):
        try:
            threshold = threshold_of(drawn(1_500, seed, telling)).threshold
        except NothingCertified:
            continue
        kept += 1
        broken += wrong_of_kept(threshold) > TERMS.max_wrong
    assert kept > 30
    assert broken <= 1


def test_the_counts_bear_out_the_bound() -> None:
    found = threshold_of(drawn(2_000, 7, telling))
    assert found.wrong <= found.kept <= found.items
    assert found.bound <= TERMS.max_wrong
    assert found.wrong / found.kept < found.bound


def test_more_labels_keep_more() -> None:
    few, many = (threshold_of(drawn(count, 3, telling)) for count in (1_500, 20_000))
    assert many.kept / many.items > few.kept / few.items


def test_a_share_of_all_that_is_tried_keeps_more_than_one_of_what_is_kept() -> None:
    labels = drawn(4_000, 5, telling)
    of_kept = threshold_of(labels)
    of_tried = threshold_of(labels, Terms(promise=Promise.OF_TRIED))
    assert of_tried.threshold < of_kept.threshold
    assert of_tried.wrong / of_tried.items <= of_tried.bound <= TERMS.max_wrong


@pytest.mark.parametrize("count", [0, 1, 30, 60])
def test_too_few_labels_certify_nothing_and_say_how_many_would(count: int) -> None:
    labels = [Labelled(str(index), 1.0, True) for index in range(count)]
    with pytest.raises(NothingCertified, match=f"{count} labels, at least 102 needed") as refused:
        threshold_of(labels)
    assert (refused.value.labels, refused.value.needed) == (count, TERMS.labels_needed)


def test_where_the_signal_tells_nothing_more_labels_are_not_asked_for() -> None:
    with pytest.raises(NothingCertified, match="will not help") as refused:
        threshold_of(drawn(2_000, 1, lambda _: 0.6))
    assert refused.value.needed is None


def test_where_the_answers_are_good_enough_it_says_how_many_labels_would_show_it() -> None:
    """One of 50 is wrong, and two and a half may be: that shows, and not in 200."""
    with pytest.raises(NothingCertified) as refused:
        threshold_of(one_of_50_wrong(200))
    needed = refused.value.needed
    assert needed is not None
    assert needed > 200
    assert threshold_of(one_of_50_wrong(needed * 3)).kept > 0


def one_of_50_wrong(count: int) -> list[Labelled]:
    return [Labelled(str(index), 1.0, index % 50 != 0) for index in range(count)]


def test_answers_of_one_signal_are_all_kept_or_none() -> None:
    labels = [
        Labelled(str(index), index % 4 / 4, index % 4 == 3 or index % 8 < 4)
        for index in range(4_000)
    ]
    found = threshold_of(labels)
    assert found.threshold == 0.75
    _, test = split(labels)
    assert found.kept == sum(each.signal == 0.75 for each in test)


def test_whoever_asks_again_gets_the_same_split_whatever_the_labels() -> None:
    labels = drawn(500, 1)
    other = [Labelled(each.item, -each.signal, not each.is_right) for each in reversed(labels)]
    learn, test = ({each.item for each in side} for side in split(labels))
    assert [{each.item for each in side} for side in split(other)] == [learn, test]
    assert len(learn) + len(test) == 500
    assert 40 < len(learn) < 110


def test_the_digest_is_of_what_was_labelled_and_not_of_its_order() -> None:
    labels = drawn(50, 1)
    assert digest_of(labels) == digest_of(labels[::-1])
    assert digest_of(labels) != digest_of(labels[1:])


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.booleans()), max_size=400
    ),
    st.sampled_from((0.05, 0.2, 0.5)),
    st.sampled_from(Promise),
)
def test_whatever_the_labels_what_is_certified_is_borne_out(
    rows: list[tuple[float, bool]], max_wrong: float, promise: Promise
) -> None:
    labels = [Labelled(str(index), *row) for index, row in enumerate(rows)]
    terms = Terms(max_wrong, promise=promise)
    try:
        found = threshold_of(labels, terms)
    except NothingCertified:
        return
    _, test = split(labels)
    assert found.kept == sum(each.signal >= found.threshold for each in test)
    trials = promise.trials(kept=found.kept, items=found.items)
    assert found.wrong <= found.bound * trials <= max_wrong * trials


def test_of_a_year_of_renewals_each_may_use_up_its_days() -> None:
    """Four certificates of 95% each would all hold in as few as 81% of all years."""
    assert Terms(days=365).tested_confidence == pytest.approx(0.95)
    assert 1 - Terms(days=73).tested_confidence == pytest.approx(0.05 / 5)
    assert Terms(days=30).labels_needed > Terms(days=365).labels_needed


@pytest.mark.parametrize("days", [0, 366])
def test_a_certificate_holds_for_a_year_at_most(days: int) -> None:
    with pytest.raises(ValueError, match="365 days"):
        Terms(days=days)


@pytest.mark.parametrize(("max_wrong", "confidence"), [(0, 0.95), (1, 0.95), (0.05, 0), (0.05, 1)])
def test_a_promise_of_nothing_or_of_certainty_is_refused(
    max_wrong: float, confidence: float
) -> None:
    with pytest.raises(ValueError):
        Terms(max_wrong, confidence)
