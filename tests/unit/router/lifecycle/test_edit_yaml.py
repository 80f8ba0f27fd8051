"""A file is edited in place: what was meant changes, and nothing else does."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.edit_yaml import CannotEdit, remove_key, set_value
from tests.unit.router.lifecycle.models_file import MODELS, comments

LIFECYCLE = ("models", 1, "lifecycle")


def test_a_value_is_replaced_where_it_stands() -> None:
    after = set_value(MODELS, (*LIFECYCLE, "state"), "shadow")
    changed = [pair for pair in zip(MODELS.splitlines(), after.splitlines(), strict=True)
               if pair[0] != pair[1]]  # fmt: skip
    assert changed == [
        ("      state: candidate  # not yet tried", "      state: shadow  # not yet tried")
    ]


def test_keys_come_and_go_on_lines_of_their_own_or_between_braces() -> None:
    after = set_value(MODELS, (*LIFECYCLE, "canary_share"), "0.1")
    assert '      since: "2026-02-01"\n      canary_share: 0.1\n' in after
    assert remove_key(after, (*LIFECYCLE, "canary_share")) == MODELS
    path = ("aliases", "tiny", "candidate")
    after = set_value(MODELS, path, '"2"')
    assert '  tiny: {champion: "1", candidate: "2"}  # the only one\n' in after
    assert remove_key(after, path) == MODELS
    assert remove_key(MODELS, path) == MODELS


def test_the_first_of_several_goes_without_its_comma() -> None:
    assert remove_key("a: {x: 1, y: 2}\n", ("a", "x")) == "a: {y: 2}\n"
    assert remove_key("a: {x: 1}\n", ("a", "x")) == "a: {}\n"
    assert set_value("a: {}\n", ("a", "x"), "1") == "a: {x: 1}\n"


def test_a_key_is_added_at_the_end_of_a_file_without_a_last_line_end() -> None:
    assert set_value("a:\n  x: 1", ("a", "y"), "2") == "a:\n  x: 1\n  y: 2\n"
    assert set_value("a:\r\n  x: 1\r\n", ("a", "y"), "2") == "a:\r\n  x: 1\r\n  y: 2\r\n"


def test_a_block_ends_where_its_last_value_does() -> None:
    text = "a:\n  w: 0\n  x:\n    p: 1\n    q: [1, 2]  # last\n# of b\nb: 1\n"
    assert remove_key(text, ("a", "x")) == "a:\n  w: 0\n# of b\nb: 1\n"
    assert set_value(text, ("a", "y"), "2") == text.replace("# last\n", "# last\n  y: 2\n")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: &x {s: 1}\nb: *x\n", ("b", "s")),
        ("a: {s: &x 1, t: *x}\n", ("a", "t")),
        ("a: {s: {t: 1}}\n", ("b", "s")),
        ("a: [1]\n", ("a", "s")),
        ("a:\n  s:\n    t: 1\n", ("a", "s")),
        ("a: 1\n", ("a", "s")),
    ],
)
def test_what_is_written_elsewhere_or_over_lines_is_refused(
    text: str, path: tuple[str, ...]
) -> None:
    with pytest.raises(CannotEdit):
        set_value(text, path, "2")


NAMES = st.sampled_from(["state", "since", "share", "x", "1"])
MAPPINGS = st.dictionaries(NAMES, st.integers(0, 9), min_size=2, max_size=5)


def written(data: dict[str, dict[str, int]], flow: list[bool], newline: str) -> str:
    lines = ["# first"]
    for number, (name, inner) in enumerate(data.items()):
        said = [f'"{key}": {value}' for key, value in inner.items()]
        lines.append(f"# before {name}")
        if flow[number % len(flow)]:
            lines.append(f'"{name}": {{{", ".join(said)}}}  # of {name}')
        else:
            lines.append(f'"{name}":  # of {name}')
            lines += [f"   {pair} # {pair}" for pair in said]
    return newline.join([*lines, "# last", ""])


@given(
    data=st.dictionaries(NAMES, MAPPINGS, min_size=1),
    flow=st.lists(st.booleans(), min_size=1, max_size=4),
    newline=st.sampled_from(["\n", "\r\n"]),
    key=NAMES,
    choice=st.data(),
)
def test_whatever_the_layout_only_what_was_meant_changes(
    data: dict[str, dict[str, int]],
    flow: list[bool],
    newline: str,
    key: str,
    choice: st.DataObject,
) -> None:
    text = written(data, flow, newline)
    name = choice.draw(st.sampled_from(sorted(data)))
    kept = {line for line in comments(text) if line != f'# "{key}": {data[name].get(key)}'}
    # A key that looks like a number is written in quotes, so that it reads back as text.
    after = set_value(text, (name, key), "77")
    assert yaml.safe_load(after) == data | {name: data[name] | {key: 77}}
    assert kept <= set(comments(after))
    after = remove_key(text, (name, key))
    assert yaml.safe_load(after) == data | {name: {k: v for k, v in data[name].items() if k != key}}
    assert kept <= set(comments(after))
