"""How long a classification takes: by length, for a conversation seen before, and at worst."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.item import chat_body
from benchmarks.privacy.intervals import percentile
from benchmarks.privacy.judges import BaselineAnalyzer, MakeClassifier, classify
from benchmarks.privacy.record import PRESIDIO, RINGFENCE, Latency, WorstInput
from benchmarks.privacy.sets import Sample
from router.domain import Basis, Classification, DataClass, JsonObject
from router.privacy.extract import extract
from router.protocols import Detector

WORST_CHARACTERS = 1_000_000
_TURNS = 20
_TURN_CHARACTERS = 400
_TICK_S = 0.005
_BASELINE_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often each length is measured."""

    by_length: tuple[tuple[int, int], ...]

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(length for length, _ in self.by_length)


FULL = Repeats(((200, 300), (1_000, 150), (8_000, 60), (100_000, 12)))
QUICK = Repeats(((200, 60), (1_000, 30), (8_000, 10), (100_000, 3)))


def prose(samples: Sequence[Sample], characters: int, draw: Draw) -> str:
    """Harmless sentences one after the other, so that nothing settles a class early."""
    harmless = [s for s in samples if not s.has_pii and s.subset == "main" and s.shape == "chat"]
    parts: list[str] = []
    length = 0
    while length < characters:
        text = str(draw.of(harmless).body["messages"][-1]["content"])
        parts.append(text)
        length += len(text) + 1
    return "\n".join(parts)[:characters]


async def by_length(
    samples: Sequence[Sample], detector: Detector, make: MakeClassifier, repeats: Repeats
) -> list[Latency]:
    """One request at a time, each of them new to the classifier."""
    figures = []
    for characters, count in repeats.by_length:
        draw = Draw(0, "latency", characters)
        bodies = [_body(prose(samples, characters, draw)) for _ in range(count)]
        await classify(make(detector), _body("warm-up"))
        seconds, answers = [], []
        for body in bodies:
            classifier = make(detector)
            began_s = time.perf_counter()
            answers.append(await classify(classifier, body))
            seconds.append(time.perf_counter() - began_s)
        figures.append(_latency(RINGFENCE, "new text", characters, seconds, answers))
    return figures


async def seen_conversation(
    samples: Sequence[Sample], detector: Detector, make: MakeClassifier, count: int
) -> list[Latency]:
    """Twenty turns that were all classified before; and the same with one new turn of 200."""
    draw = Draw(0, "conversation")
    turns = [prose(samples, _TURN_CHARACTERS, draw) for _ in range(_TURNS)]
    classifier = make(detector)
    seen = _conversation(turns)
    await classify(classifier, seen)
    again, one_more, answers, longer_answers = [], [], [], []
    for _ in range(count):
        began_s = time.perf_counter()
        answers.append(await classify(classifier, seen))
        again.append(time.perf_counter() - began_s)
    for _ in range(count):
        longer = _conversation([*turns, prose(samples, 200, draw)])
        began_s = time.perf_counter()
        longer_answers.append(await classify(classifier, longer))
        one_more.append(time.perf_counter() - began_s)
    characters = _TURNS * _TURN_CHARACTERS
    return [
        _latency(RINGFENCE, "seen conversation of 20 turns", characters, again, answers),
        _latency(
            RINGFENCE, "seen conversation, one new turn", characters + 200, one_more, longer_answers
        ),
    ]


async def baseline_by_length(
    samples: Sequence[Sample], analyzer: BaselineAnalyzer, repeats: Repeats
) -> list[Latency]:
    """As `by_length`; longer texts are left out, Presidio takes seconds for them."""
    figures = []
    for characters, count in repeats.by_length:
        if characters > _BASELINE_CHARACTERS:
            continue
        draw = Draw(0, "latency", characters)
        seconds = []
        for _ in range(max(3, count // 3)):
            texts = [s.text for s in extract(_body(prose(samples, characters, draw))).segments]
            began_s = time.perf_counter()
            await analyzer.analyze(texts)
            seconds.append(time.perf_counter() - began_s)
        figures.append(_latency(PRESIDIO, "new text", characters, seconds, []))
    return figures


def worst_inputs(characters: int = WORST_CHARACTERS) -> Mapping[str, Callable[[], JsonObject]]:
    """What costs pattern matchers, tokenizers or parsers most, each a whole body."""
    return {
        "a.a.a.": lambda: _body("a." * (characters // 2)),
        "digits": lambda: _body(Draw(0, "digits").text("0123456789", characters)),
        "base64": lambda: _body(_base64(characters)),
        "random bytes": lambda: _body(_bytes(characters).decode("latin-1")),
        "deep JSON": lambda: _body("[" * (characters // 2) + "]" * (characters // 2)),
        "JSON in JSON": lambda: _body(_nested(characters)),
        "zero-width": lambda: _body("4\u200b1\u200b" * (characters // 4)),
        "spaced out": lambda: _body("4 1 1 1 " * (characters // 8)),
        "@ signs": lambda: _body("a@a." * (characters // 4)),
    }


async def worst(
    detector: Detector,
    make: MakeClassifier,
    characters: int,
    settle: Callable[[], Iterator[float]],
) -> list[WorstInput]:
    """Each input once. `settle` yields pauses until the detector is whole again afterwards."""
    figures = []
    for case, build in worst_inputs(characters).items():
        body = build()
        lag = asyncio.create_task(_longest_lag())
        began_s = time.perf_counter()
        answer = await classify(make(detector), body)
        seconds = time.perf_counter() - began_s
        await asyncio.sleep(2 * _TICK_S)
        lag.cancel()
        lag_s = (await asyncio.gather(lag, return_exceptions=True))[0]
        figures.append(
            WorstInput(
                subject=RINGFENCE,
                case=case,
                characters=characters,
                seconds=round(seconds, 3),
                data_class=answer.data_class.label,
                undetermined=Basis.UNDETERMINED in answer.basis,
                loop_lag_ms=round(1_000 * lag_s, 1) if isinstance(lag_s, float) else -1.0,
            )
        )
        for pause_s in settle():
            await asyncio.sleep(pause_s)
            if Basis.UNDETERMINED not in (await classify(make(detector), _body("hello"))).basis:
                break
    return figures


async def baseline_worst(analyzer: BaselineAnalyzer, characters: int) -> list[WorstInput]:
    """A smaller size: what Presidio does not answer in its time it takes for clean."""
    figures = []
    for case in ("a.a.a.", "digits", "@ signs"):
        texts = [s.text for s in extract(worst_inputs(characters)[case]()).segments]
        began_s, timed_out = time.perf_counter(), False
        try:
            await analyzer.analyze(texts)
        except TimeoutError:
            timed_out = True
        figures.append(
            WorstInput(
                subject=PRESIDIO,
                case=case,
                characters=characters,
                seconds=round(time.perf_counter() - began_s, 3),
                data_class="none",
                undetermined=timed_out,
                loop_lag_ms=0.0,
            )
        )
    return figures


async def _longest_lag() -> float:
    """Until cancelled, how late ticks of 5 ms came at most, in seconds."""
    longest_s = 0.0
    try:
        while True:
            began_s = time.perf_counter()
            await asyncio.sleep(_TICK_S)
            longest_s = max(longest_s, time.perf_counter() - began_s - _TICK_S)
    except asyncio.CancelledError:
        return longest_s


def _latency(
    subject: str,
    case: str,
    characters: int,
    seconds: list[float],
    answers: Sequence[Classification],
) -> Latency:
    return Latency(
        subject=subject,
        case=case,
        characters=characters,
        n=len(seconds),
        p50_ms=round(1_000 * percentile(seconds, 0.5), 3),
        p99_ms=round(1_000 * percentile(seconds, 0.99), 3),
        undetermined=sum(Basis.UNDETERMINED in answer.basis for answer in answers),
        settled=sum(
            answer.data_class is DataClass.RESTRICTED and Basis.UNDETERMINED not in answer.basis
            for answer in answers
        ),
    )


def _body(text: str) -> JsonObject:
    return chat_body([{"role": "user", "content": text}])


def _conversation(turns: Sequence[str]) -> JsonObject:
    roles = ("user", "assistant")
    return chat_body(
        [{"role": roles[number % 2], "content": turn} for number, turn in enumerate(turns)]
    )


def _bytes(count: int) -> bytes:
    draw = Draw(0, "bytes")
    return bytes(draw.below(256) for _ in range(count))


def _base64(characters: int) -> str:
    return base64.b64encode(_bytes(characters * 3 // 4)).decode()


def _nested(characters: int) -> str:
    text = "4111 1111 1111 1112"
    while len(text) < characters // 4:
        text = json.dumps([text, text])
    return text
