"""What is counted as found, and what as a false alarm."""

from __future__ import annotations

from records import blind, perfect, record

from benchmarks.privacy.generated.item import Span, chat_body
from benchmarks.privacy.judges import Found, Verdict
from benchmarks.privacy.record import PRESIDIO, RINGFENCE
from benchmarks.privacy.score import Judged, groups, spans_found
from benchmarks.privacy.sets import GENERATED, MeasuredSet, sampled
from router.domain import DataClass

BODY = chat_body(
    [{"role": "user", "content": "Call Ann Lee."}, {"role": "user", "content": "At 555-0100."}]
)
NAME = Span(5, 12, "PERSON", "Ann Lee")
PHONE = Span(17, 25, "PHONE_NUMBER", "555-0100")


def found(path: str, start: int, end: int, text: str = "") -> Found:
    return Found("ANY", path, start, end, text)


def test_a_finding_counts_for_the_identifier_that_it_overlaps() -> None:
    hits = spans_found(BODY, (NAME, PHONE), [found(".messages[0].content", 9, 13)])
    assert hits == (True, False)
    hits = spans_found(BODY, (NAME, PHONE), [found(".messages[1].content", 3, 11)])
    assert hits == (False, True)


def test_a_finding_beside_an_identifier_counts_for_nothing() -> None:
    hits = spans_found(BODY, (NAME, PHONE), [found(".messages[0].content", 0, 5)])
    assert hits == (False, False)


def test_a_finding_in_decoded_json_counts_for_what_it_quotes() -> None:
    path = ".messages[0].content(json).*"
    assert spans_found(BODY, (NAME,), [found(path, 0, 7, "Ann Lee")]) == (True,)
    assert spans_found(BODY, (NAME,), [found(path, 0, 7, "Bob Ray")]) == (False,)


def test_who_finds_everything_has_full_marks_and_who_finds_nothing_none(
    measured: MeasuredSet,
) -> None:
    made = record(measured)
    ours = made.find(RINGFENCE, GENERATED, "all", "all")
    theirs = made.find(PRESIDIO, GENERATED, "all", "all")
    assert ours is not None
    assert theirs is not None
    assert ours.requests.rate == 1.0
    assert ours.harmless.rate == 0.0
    assert theirs.requests.rate == 0.0
    assert theirs.entities.hits == 0


def test_what_ought_to_be_restricted_and_is_not_is_counted_apart(measured: MeasuredSet) -> None:
    secret = next(s for s in measured.samples if s.category == "secret" and s.has_pii)
    verdict = Verdict(DataClass.CONFIDENTIAL, False, ())
    group = next(g for g in groups("x", "y", [Judged.of(secret, verdict)]) if g.by == "category")
    assert group.requests.hits == 1
    assert (group.restricted.hits, group.restricted.n) == (0, 1)


def test_an_undetermined_request_is_forced_and_counted_apart(measured: MeasuredSet) -> None:
    harmless = next(s for s in measured.samples if not s.has_pii and s.subset == "main")
    verdict = Verdict(DataClass.RESTRICTED, True, ())
    group = next(g for g in groups("x", "y", [Judged.of(harmless, verdict)]) if g.by == "all")
    assert group.harmless.hits == 1
    assert group.harmless_undetermined == 1


def test_evasions_and_agent_runs_do_not_dilute_the_plain_figures(measured: MeasuredSet) -> None:
    judged = [Judged.of(s, perfect(s)) for s in measured.samples]
    whole = next(g for g in groups("x", "y", judged) if g.by == "all")
    plain = sum(s.has_pii for s in measured.samples if s.subset == "main")
    assert whole.requests.n == plain


def test_a_sample_is_the_same_each_time_and_of_every_stratum(measured: MeasuredSet) -> None:
    few = sampled(measured, 2)
    assert [s.id for s in few.samples] == [s.id for s in sampled(measured, 2).samples]
    assert {s.stratum for s in few.samples} == {s.stratum for s in measured.samples}
    assert few.n == measured.n
    assert few.digest == measured.digest
    assert blind(few.samples[0]).data_class is DataClass.INTERNAL
