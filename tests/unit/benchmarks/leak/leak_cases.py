"""Requests, records and arrivals made up for tests of how leaks are counted."""

from __future__ import annotations

from typing import Any

from benchmarks.leak.client import ANSWERED, Seen
from benchmarks.leak.count import Evidence, Provider
from benchmarks.leak.load import Asked
from benchmarks.leak.plan import Planned
from benchmarks.leak.recorded import Recorded
from benchmarks.leak.sample import Sample
from benchmarks.leak.sightings import Sighting
from router.domain import GENERAL_PURPOSE, Basis, DataClass, Endpoint

ORIGIN = "http://127.0.0.1:9"
PROVIDER = "openai"
EXTERNAL_MODEL = "openai-model@1"
CHAT = {"messages": [{"role": "user", "content": "My card is 4111 1111 1111 1111."}]}
HARMLESS_CHAT = {"messages": [{"role": "user", "content": "Why is the sky blue?"}]}


def sample(*, sensitive: bool = False) -> Sample:
    if sensitive:
        return Sample("s", CHAT, ("4111 1111 1111 1111",), "structured")
    return Sample("h", HARMLESS_CHAT, (), "harmless")


def planned(number: int = 0, *, sensitive: bool = False, **changes: Any) -> Planned:
    given: dict[str, Any] = {
        "sample": sample(sensitive=sensitive),
        "canary": "accept admire agree allow answer",
        "team": "default",
        "floor": DataClass.PUBLIC,
        "purpose": GENERAL_PURPOSE,
        "endpoint": Endpoint.CHAT,
        "private": False,
        "choice": "auto",
        "stream": False,
        "declared": None,
        "asks_for_tool": False,
        "leaves_after_s": None,
        "continues": None,
        "continuation": "quote",
    }
    return Planned(number=number, **given | changes)


def asked(
    number: int = 0,
    *,
    sensitive: bool = False,
    sticks: bool = False,
    earlier: int | None = None,
    seen: Seen | None = None,
    **changes: Any,
) -> Asked:
    one = planned(number, sensitive=sensitive, **changes)
    answered = seen or Seen(ANSWERED, f"id-{number}", DataClass.INTERNAL)
    return Asked(one, one.sample.identifiers, one.sample.category, sticks, earlier, answered)


def record(number: int = 0, **changes: Any) -> Recorded:
    given: dict[str, Any] = {
        "request_id": f"id-{number}",
        "data_class": DataClass.INTERNAL,
        "basis": frozenset({Basis.DEFAULT}),
        "private_only": False,
        "permitted": frozenset({EXTERNAL_MODEL}),
        "detector_version": "1",
        "policy_digest": "sha256:0",
        "status": "answered",
        "attempts": (ORIGIN,),
    }
    return Recorded(**given | changes)


def arrived(*numbers: int, complete: bool = True, has_body: bool = True) -> Sighting:
    return Sighting(PROVIDER, frozenset(numbers), complete, has_body)


def evidence(
    asked_ones: list[Asked], records: dict[int, Recorded], *sightings: Sighting
) -> Evidence:
    return Evidence(
        asked={one.planned.number: one for one in asked_ones},
        records=records,
        sightings=sightings,
        providers={PROVIDER: Provider(PROVIDER, ORIGIN, frozenset({EXTERNAL_MODEL}))},
        attempts_per_model=2,
    )
