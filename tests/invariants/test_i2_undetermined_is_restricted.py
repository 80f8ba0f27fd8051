"""I2: what could not be scanned is restricted, never clean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import pytest

from router.domain import Finding, Segment
from router.errors import (
    DetectionFailed,
    DetectionTimeout,
    DetectorCrashed,
    DetectorOverloaded,
    TextTooLong,
)
from router.protocols import Settling
from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, COMPLETIONS, EMBEDDINGS, chat, completion, embedding
from tests.stack import ALL, Stack, running_stack

UNSEEN = count()
"""Texts that were scanned before need no detector: each of these tests says something new."""


class Unreliable:
    """A detector that does what it is told to, and otherwise finds nothing."""

    def __init__(self) -> None:
        self.behaviour: Callable[[Sequence[Segment]], tuple[Finding, ...]] | None = None
        self.version_fails = False

    @property
    def version(self) -> str:
        if self.version_fails:
            raise OSError("gone")
        return "unreliable/1"

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        return self.behaviour(segments) if self.behaviour else ()


@pytest.fixture(scope="module")
def detector() -> Unreliable:
    return Unreliable()


@pytest.fixture(scope="module")
def unreliable_stack(
    tmp_path_factory: pytest.TempPathFactory,
    providers: Mapping[str, SimulatorProcess],
    detector: Unreliable,
) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("unreliable")
    with running_stack(directory, providers=providers, detector=detector) as stack:
        yield stack


@pytest.fixture
def failing(unreliable_stack: Stack, detector: Unreliable) -> Stack:
    unreliable_stack.reset()
    detector.behaviour, detector.version_fails = None, False
    return unreliable_stack


def unseen() -> str:
    return f"a harmless sentence, number {next(UNSEEN)}"


def assert_restricted_and_inside(stack: Stack, path: str, body: dict[str, Any]) -> None:
    answer = stack.post(path, body)
    assert answer.headers["x-ringfence-data-class"] == "restricted"
    assert "basis:undetermined" in answer.headers["x-ringfence-reasons"]
    assert stack.arrived_outside() == []
    assert stack.arrived("fast") == []
    assert answer.status_code == (403 if path == EMBEDDINGS else 200)
    assert stack.record_of(answer)["data_class"] == "restricted"


def raises(error: BaseException) -> Callable[[Sequence[Segment]], tuple[Finding, ...]]:
    def behaviour(_segments: Sequence[Segment]) -> tuple[Finding, ...]:
        raise error

    return behaviour


FAILURES = [
    DetectionFailed("x"),
    DetectionTimeout("x"),
    DetectorOverloaded("x"),
    DetectorCrashed("x"),
    TextTooLong("x"),
    RuntimeError("nobody foresaw it"),
    TimeoutError(),
    MemoryError(),
    KeyError("x"),
]


def test_the_same_request_goes_outside_when_the_detector_works(failing: Stack) -> None:
    """Without it, none of the tests below could fail."""
    assert failing.post(CHAT, chat(unseen(), "balanced")).status_code == 200
    assert len(failing.arrived_outside()) == 1


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_detector_that_fails_keeps_requests_on_prem(
    failing: Stack, detector: Unreliable, error: Exception
) -> None:
    detector.behaviour = raises(error)
    assert_restricted_and_inside(failing, CHAT, chat(unseen(), "balanced"))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, chat("{}", "openai-model", stream=True)),
        (COMPLETIONS, completion("{}", "openai-model")),
        (EMBEDDINGS, embedding("{}")),
    ],
)
def test_on_every_endpoint(
    failing: Stack, detector: Unreliable, path: str, body: dict[str, Any]
) -> None:
    detector.behaviour = raises(DetectionTimeout("x"))
    assert_restricted_and_inside(failing, path, body)


def test_a_detector_without_a_version(failing: Stack, detector: Unreliable) -> None:
    detector.version_fails = True
    assert_restricted_and_inside(failing, CHAT, chat(unseen(), "balanced"))


@pytest.mark.parametrize(
    "finding",
    [
        Finding("URL", 99, 0, 1, 1.0),
        Finding("NOBODY_DECIDED_ABOUT_IT", 0, 0, 1, 1.0),
        Finding("EMAIL_ADDRESS", 0, 0, 1, float("nan")),
    ],
    ids=["of a segment that is not there", "of an unknown type", "with a score of nan"],
)
def test_findings_that_make_no_sense_do_not_make_a_request_clean(
    failing: Stack, detector: Unreliable, finding: Finding
) -> None:
    detector.behaviour = lambda _segments: (finding,)
    answer = failing.post(CHAT, chat(unseen(), "balanced"))
    assert answer.headers["x-ringfence-data-class"] in ("confidential", "restricted")
    assert failing.arrived_outside() == []


def test_more_text_than_a_scan_takes(stack: Stack) -> None:
    assert_restricted_and_inside(stack, CHAT, chat("word " * 45_000, "balanced"))


def test_text_that_only_a_tokenizer_can_read_is_refused(stack: Stack) -> None:
    for path, body in (
        (COMPLETIONS, completion("", "balanced") | {"prompt": [1212, 318, 257]}),
        (EMBEDDINGS, embedding("") | {"input": [[1212, 318, 257]]}),
    ):
        assert stack.post(path, body).status_code == 400
    assert stack.arrived_outside() == []


PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB"
UNREADABLE: dict[str, Any] = {
    "an image": {"type": "image_url", "image_url": {"url": PIXEL}},
    "a linked image": {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}},
    "an image by another name": {"type": "input_image", "image_url": PIXEL},
    "audio": {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    "a file": {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.pdf"}},
    "a file elsewhere": {"type": "file", "file": {"file_id": "file-1"}},
    "a kind of part from the future": {"type": "hologram", "hologram": "AAAA"},
}


def with_part(part: dict[str, Any], model: str) -> dict[str, Any]:
    content = [{"type": "text", "text": "What is this?"}, part]
    return {"model": model, "messages": [{"role": "user", "content": content}]}


@pytest.mark.parametrize("choice", ["auto", "balanced", "openai-model", "anthropic-model"])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_part_that_cannot_be_scanned_goes_nowhere_where_no_model_inside_takes_it(
    stack: Stack, kind: str, choice: str
) -> None:
    answer = stack.post(CHAT, with_part(UNREADABLE[kind], choice))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "missing_capability")
    assert answer.headers["x-ringfence-data-class"] == "restricted"
    assert stack.arrived(*stack.providers) == []


def test_a_part_that_cannot_be_scanned_is_answered_inside_where_a_model_takes_it(
    own_stack: Callable[..., Stack],
) -> None:
    def everything_takes_media(models: dict[str, Any], _policy: dict[str, Any]) -> None:
        for entry in models["models"]:
            if "chat" in entry["capabilities"]:
                entry["capabilities"] = [*entry["capabilities"], "images", "audio", "files"]

    stack = own_stack(edit=everything_takes_media)
    for part in UNREADABLE.values():
        for choice in ("balanced", "openai-model"):
            answer = stack.post(CHAT, with_part(part, choice))
            assert answer.status_code == 200
            assert answer.json()["model"] == "private-model@1"
    assert stack.arrived_outside() == []


@pytest.mark.parametrize("text", [f"Look: {PIXEL}", f"<img src='{PIXEL}'>"])
def test_media_inside_a_text_is_not_text(stack: Stack, text: str) -> None:
    assert_restricted_and_inside(stack, CHAT, chat(text, "balanced"))


def test_what_was_scanned_before_needs_no_detector_and_what_was_not_does(
    own_stack: Callable[..., Stack],
) -> None:
    detector = Unreliable()
    detector.behaviour = None
    stack = own_stack(detector=detector)
    said = unseen()
    assert stack.post(CHAT, chat(said, "balanced")).headers["x-ringfence-data-class"] != ALL[-1]
    detector.behaviour = raises(DetectorCrashed("x"))
    stack.reset()
    assert stack.post(CHAT, chat(said, "balanced")).status_code == 200
    assert len(stack.arrived_outside()) == 1
    stack.reset()
    body = chat(said, "balanced")
    body["messages"].append({"role": "user", "content": unseen()})
    assert_restricted_and_inside(stack, CHAT, body)
