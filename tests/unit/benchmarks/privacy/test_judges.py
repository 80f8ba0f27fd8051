"""The gateway's classifier and default Presidio, asked about the same requests."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from benchmarks.privacy.baseline import BaselineProcess, BaselineUnavailable, Remembering
from benchmarks.privacy.generated.item import chat_body
from benchmarks.privacy.judges import GatewayJudge, PresidioJudge
from benchmarks.privacy.latency import worst_inputs
from router.domain import DataClass, Finding, Segment
from router.errors import DetectionTimeout
from router.privacy.classify import Classifier
from router.privacy.rules import DetectionRules
from router.protocols import Settling

RULES = DetectionRules(
    default_class=DataClass.INTERNAL,
    team_floors={},
    entity_classes={
        "PERSON": DataClass.CONFIDENTIAL,
        "US_SSN": DataClass.RESTRICTED,
        "URL": DataClass.PUBLIC,
    },
    min_score=0.5,
    max_characters=100_000,
)


def body(text: str) -> dict[str, object]:
    return chat_body([{"role": "user", "content": text}])


class Stub:
    version = "stub/1"

    def __init__(self, *findings: Finding, fails: bool = False) -> None:
        self._findings = findings
        self._fails = fails

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        assert settling is None, "a benchmark wants every finding"
        if self._fails:
            raise DetectionTimeout("late")
        return self._findings


def gateway(stub: Stub) -> GatewayJudge:
    return GatewayJudge(stub, lambda detector: Classifier(detector, RULES))


async def test_a_person_alone_is_what_a_threshold_would_let_out() -> None:
    verdict = await gateway(Stub(Finding("PERSON", 0, 0, 3, 0.8))).judge(body("Ann is here"))
    assert verdict.data_class is DataClass.CONFIDENTIAL
    assert verdict.person_score == 0.8
    assert verdict.class_without_persons is DataClass.INTERNAL
    assert [found.text for found in verdict.found] == ["Ann"]


async def test_what_else_is_found_stands_whatever_the_threshold() -> None:
    stub = Stub(Finding("PERSON", 0, 0, 3, 0.8), Finding("US_SSN", 0, 4, 15, 0.9))
    verdict = await gateway(stub).judge(body("Ann 078-05-1120"))
    assert verdict.class_without_persons is DataClass.RESTRICTED


async def test_a_detector_that_fails_is_undetermined_and_not_clean() -> None:
    verdict = await gateway(Stub(fails=True)).judge(body("hello"))
    assert verdict.undetermined
    assert verdict.forced_on_prem
    assert verdict.class_without_persons is DataClass.RESTRICTED


class Analyzer:
    def __init__(self, *found: tuple[str, int, int, float]) -> None:
        self._found = found

    async def analyze(self, texts: Sequence[str]) -> list[list[tuple[str, int, int, float]]]:
        return [list(self._found) for _ in texts]


async def test_presidio_is_read_in_two_ways() -> None:
    analyzer = Analyzer(("URL", 0, 3, 0.6))
    assert (await PresidioJudge(analyzer).judge(body("x.org"))).forced_on_prem
    assert not (await PresidioJudge(analyzer, RULES).judge(body("x.org"))).forced_on_prem


async def test_a_baseline_that_does_not_load_says_so() -> None:
    process = BaselineProcess(timeout_s=1.0, command=(sys.executable, "-c", ""))
    with pytest.raises(BaselineUnavailable):
        await process.start()


async def test_what_the_baseline_does_not_answer_it_takes_for_clean() -> None:
    script = 'import time; print(\'{"ready": "x"}\', flush=True); time.sleep(60)'
    process = BaselineProcess(timeout_s=0.2, command=(sys.executable, "-c", script))
    await process.start()
    assert await Remembering(process).analyze(["text"]) == [[]]
    await process.close()


def test_worst_inputs_are_as_long_as_they_say() -> None:
    for case, build in worst_inputs(4_000).items():
        messages = build()["messages"]
        assert isinstance(messages, list)
        assert isinstance(messages[0], dict)
        assert len(str(messages[0]["content"])) > 900, case
