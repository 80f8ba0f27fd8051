"""A mark is found in whatever arrives, however it was written down, and says whose it is."""

from __future__ import annotations

import base64
import json
from itertools import islice
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from leak_cases import asked, planned

from benchmarks.leak.arrivals import Arrival, Spool, readings
from benchmarks.leak.canary import canaries, find_canaries, sentence
from benchmarks.leak.sightings import sight, sight_by_identifiers

TEXTS = st.text(max_size=60)
CANARY = next(canaries(7))


@given(TEXTS, TEXTS, st.booleans())
def test_a_canary_is_found_in_any_json(before: str, after: str, ascii_only: bool) -> None:
    text = f"{before}\n{sentence(CANARY)}\n{after}"
    nested = json.dumps({"arguments": json.dumps({"x": text}, ensure_ascii=ascii_only)})
    assert CANARY in find_canaries("\n".join(readings(nested)))


@given(st.text(min_size=1, max_size=40))
def test_escapes_are_undone_wherever_the_text_is_cut(identifier: str) -> None:
    cut = json.dumps(["x" * 10, identifier])[3:]
    assert any(identifier in reading for reading in readings(cut))
    twice = json.dumps(json.dumps(identifier))[1:]
    assert any(identifier in reading for reading in readings(twice))


def test_no_two_canaries_are_the_same_and_a_seed_makes_them_again() -> None:
    made = list(islice(canaries(1), 5_000))
    assert len(set(made)) == len(made)
    assert made == list(islice(canaries(1), 5_000))
    assert made[0] != next(canaries(2))


def lines_of(key: str, body: bytes, *, ends: bool = True) -> list[dict[str, Any]]:
    head = {"method": "POST", "path": "/v1/x", "query": "", "headers": [["a", "b"]]}
    half = len(body) // 2
    pieces = [{"id": key, "body": base64.b64encode(p).decode()} for p in (body[:half], body[half:])]
    return [{"id": key, "head": head}, *pieces, *([{"id": key, "end": True}] if ends else [])]


@given(st.lists(st.integers(0, 2_000), max_size=8))
def test_a_spool_is_read_the_same_however_it_grows(tmp_path_factory: Any, cuts: list[int]) -> None:
    path: Path = tmp_path_factory.mktemp("spool") / "spool"
    events = [*lines_of("a-1", b'{"x": "\\u00e9"}'), *lines_of("a-2", b"half", ends=False)]
    written = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    spool, found = Spool("openai", path), list[Arrival]()
    assert spool.read() == []
    for cut in [*sorted(cuts), len(written)]:
        path.write_bytes(written[:cut])
        found += spool.read()
    assert [("\u00e9" in one.text, one.complete) for one in found] == [(True, True)]
    assert [(one.text.endswith("half"), one.complete) for one in spool.rest()] == [(True, False)]


def test_an_arrival_belongs_to_the_last_of_a_conversation() -> None:
    first, second, strange = islice(canaries(3), 3)
    arrival = Arrival("openai", f"{sentence(second)} {sentence(first)} {sentence(strange)}")
    sighting = sight(arrival, {first: 4, second: 9})
    assert sighting.numbers == {4, 9}
    assert sighting.sender == 9


def test_without_a_mark_identifiers_say_whose_it_is() -> None:
    mine, other = asked(0, sensitive=True), asked(1)
    assert planned(sensitive=True).sample.identifiers[0] == "4111 1111 1111 1111"
    arrival = Arrival("openai", 'x "4111 1111 1111 1111" y', complete=False)
    assert sight_by_identifiers(arrival, [mine, other]).numbers == {0}
    assert sight_by_identifiers(Arrival("openai", "nothing"), [mine, other]).sender is None
