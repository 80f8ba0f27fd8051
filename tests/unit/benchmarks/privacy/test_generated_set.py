"""The generated set: the same everywhere, labelled rightly, and about nobody."""

from __future__ import annotations

import base64
import html
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from stdnum import iban, luhn

import router
from benchmarks.privacy.generated import numbers
from benchmarks.privacy.generated.build import FULL, SEED, SMALL, digest, generate
from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.evasions import FAMILIES
from benchmarks.privacy.generated.item import Item, joined_text
from benchmarks.privacy.generated.kinds import CATEGORY_OF_TYPE
from benchmarks.privacy.generated.language import CODES, language
from benchmarks.privacy.generated.names import ALSO_WORDS
from benchmarks.privacy.generated.national_ids import ID_TYPES, national_id
from benchmarks.privacy.generated.shapes import SHAPES

ROOT = Path(router.__file__).parent.parent
# Changes with every change of the generator, and then all figures stand for other requests.
PINNED = "sha256:91d15f48a93e8ceac70405e156b5a165c62f3b873a1f3a863a95be79ec7ce2bc"
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return list(generate(size=SMALL))


def test_the_same_seed_makes_the_same_requests_on_every_machine(items: list[Item]) -> None:
    assert digest(iter(items)) == PINNED
    assert digest(generate(SEED + 1, SMALL)) != PINNED


def test_the_whole_set_is_as_large_as_promised() -> None:
    with_identifiers = sum(count for _, count in FULL.per_category) * len(CODES)
    assert with_identifiers >= 5_000
    assert len(CODES) >= 6
    assert FULL.per_family >= 150
    assert FULL.agent_runs >= 100


def test_every_language_category_shape_and_evasion_is_there(items: list[Item]) -> None:
    main = [item for item in items if item.subset == "main"]
    for code in CODES:
        assert {i.category for i in main if i.lang == code and i.has_pii} == set(SHAPES)
    assert {i.shape for i in main} == {shape for shapes in SHAPES.values() for shape in shapes}
    assert {i.evasion for i in items if i.subset == "evasion"} == set(FAMILIES)
    assert len({item.id for item in items}) == len(items)


def test_spans_point_at_their_text(items: list[Item]) -> None:
    for item in items:
        assert item.text == joined_text(item.body)
        for span in item.spans:
            assert item.text[span.start : span.end] == span.text
            assert span.text.strip()
            assert span.entity_type in CATEGORY_OF_TYPE


def test_a_request_of_one_category_has_identifiers_of_no_other(items: list[Item]) -> None:
    for item in items:
        if item.has_pii and item.category != "mixed":
            assert {CATEGORY_OF_TYPE[s.entity_type] for s in item.spans} == {item.category}


def test_every_request_has_a_twin_of_its_shape_and_language(items: list[Item]) -> None:
    by_id = {item.id: item for item in items}
    twins = [item for item in items if item.twin_of is not None]
    for twin in twins:
        assert twin.twin_of is not None
        other = by_id[twin.twin_of]
        assert (twin.shape, twin.lang, twin.evasion) == (other.shape, other.lang, other.evasion)
        assert other.has_pii
        assert not twin.has_pii
        for span in other.spans:
            assert span.text not in twin.text
    counts = Counter(item.has_pii for item in items if item.subset == "main")
    assert counts[True] == counts[False]


ENCODINGS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64decode(text).decode(),
    "hex": lambda text: bytes.fromhex(text).decode(),
    "percent": unquote,
    "html_entities": html.unescape,
    "unicode_escapes": lambda text: str(json.loads(f'"{text}"')),
}


def test_what_is_encoded_can_be_decoded_and_does_not_stand_there_in_plain(
    items: list[Item],
) -> None:
    encoded = [item for item in items if item.has_pii and item.evasion in ENCODINGS]
    assert {item.evasion for item in encoded} == set(ENCODINGS)
    for item in encoded:
        (span,) = item.spans
        plain = ENCODINGS[str(item.evasion)](span.text)
        assert len(plain) < len(span.text)
        assert plain not in item.text


def test_a_split_number_stands_in_two_texts(items: list[Item]) -> None:
    split = [item for item in items if item.has_pii and str(item.evasion).startswith("split")]
    for item in split:
        first, second = item.spans
        assert "\n" in item.text[first.end : second.start]


def test_agent_runs_have_thirty_steps_and_nobody_in_them(items: list[Item]) -> None:
    runs = [item for item in items if item.subset == "agent_run"]
    assert runs
    for run in runs:
        messages = run.body["messages"]
        assert isinstance(messages, list)
        calls = [m for m in messages if isinstance(m, dict) and m.get("tool_calls")]
        assert len(calls) == 30
        assert not run.has_pii
        assert "@" not in run.text.replace("@@", "")


def test_items_are_written_in_the_shared_format(items: list[Item]) -> None:
    for item in items[:50]:
        entry = json.loads(json.dumps(item.as_json()))
        assert {"id", "text", "lang", "has_pii", "spans", "shape", "category"} <= set(entry)
        assert all({"start", "end", "type", "text"} == set(span) for span in entry["spans"])


@pytest.mark.parametrize("kind", ID_TYPES)
def test_ids_of_every_country_can_be_made(kind: str) -> None:
    label, number = national_id(Draw(7, kind), kind)
    assert label
    assert sum(c.isdigit() for c in number) >= 4


def test_ids_are_of_twenty_countries_at_least() -> None:
    assert len({kind.partition("_")[0] for kind in ID_TYPES}) >= 20


def test_cards_and_ibans_pass_their_checks() -> None:
    draw = Draw(3, "checks")
    for _ in range(50):
        assert luhn.is_valid(re.sub(r"\D", "", numbers.card(draw)))
        assert iban.is_valid(numbers.iban(draw))


def test_no_name_is_one_that_a_detector_lists() -> None:
    names: set[str] = set()
    for code in CODES:
        lang = language(code)
        names.update(name.casefold() for name in (*lang.given, *lang.family))
        for kind in ("given", "family"):
            beginnings, endings = lang.parts[kind]
            built = {b + e for b in beginnings for e in endings} - ALSO_WORDS
            names.update(name.casefold() for name in built)
    for folder in ("router", "serving/detection"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".yaml", ".txt", ".json", ".csv"} and path.is_file():
                listed = names.intersection(WORD.findall(path.read_text("utf-8").casefold()))
                assert not listed, f"{path} and the generator share {sorted(listed)}"
