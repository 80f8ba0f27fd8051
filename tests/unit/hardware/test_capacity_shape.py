"""Parameters follow from config.json, and what cannot be told is said by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.shape import ModelShape
from hardware.shape_config import SHIPPED, UnknownShape, load_shape, shape_of, shipped_names

# What publishers say, in billions: all parameters, and those that a token uses.
PUBLISHED = {
    "llama-3.1-8b": (8.03, 8.03),
    "llama-3.1-70b": (70.6, 70.6),
    "llama-3.3-70b": (70.6, 70.6),
    "smollm2-135m": (0.1345, 0.1345),
    "mistral-7b-v0.3": (7.25, 7.25),
    "mixtral-8x7b": (46.7, 12.9),
    "qwen3-8b": (8.19, 8.19),
    "qwen3-32b": (32.8, 32.8),
    "qwen3-30b-a3b": (30.5, 3.3),
    "deepseek-v3": (671, 37),
    "gpt-oss-20b": (20.91, 3.61),
    "gpt-oss-120b": (116.83, 5.13),
    "gemma-3-27b": (27.0, 27.0),
}
# These count without the input embedding.
WITHOUT_LOOKUP = {"gpt-oss-20b", "gpt-oss-120b"}


def config(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((SHIPPED / f"{name}.json").read_text())
    return dict(read["config"])


def test_every_model_that_is_shipped_is_held_against_what_was_published() -> None:
    assert set(shipped_names()) == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_the_published_ones(name: str) -> None:
    shape = load_shape(name)
    total, active = PUBLISHED[name]
    counted = shape.multiplied_parameters if name in WITHOUT_LOOKUP else shape.active_parameters
    assert shape.parameters / 1e9 == pytest.approx(total, rel=0.005)
    assert counted / 1e9 == pytest.approx(active, rel=0.02)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_shipped_shape_names_its_source(name: str) -> None:
    read = json.loads((SHIPPED / f"{name}.json").read_text())
    assert read["source"].startswith("https://")
    assert read["source"].endswith("config.json")


def test_gemma_sees_everything_in_one_layer_of_six() -> None:
    windows = load_shape("gemma-3-27b").windows
    assert windows[:6] == (1024,) * 5 + (None,)
    assert windows.count(None) == 10


def test_a_window_that_is_switched_off_is_none() -> None:
    said = config("qwen3-8b") | {"sliding_window": 4096, "use_sliding_window": False}
    assert set(shape_of(said, "x").windows) == {None}


def test_a_config_json_is_read_from_its_file_or_folder(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config("llama-3.1-8b")))
    by_folder, by_file = load_shape(str(folder)), load_shape(str(folder / "config.json"))
    assert by_folder == by_file
    assert by_folder.name == "my-model"
    assert by_folder.parameters == load_shape("llama-3.1-8b").parameters


def test_an_architecture_that_is_not_known_is_named() -> None:
    with pytest.raises(UnknownShape, match=r"'mamba' is built is not known.*llama"):
        shape_of(config("llama-3.1-8b") | {"model_type": "mamba"}, "x")


@pytest.mark.parametrize("key", ["num_hidden_layers", "hidden_size", "vocab_size", "model_type"])
def test_what_is_missing_is_named(key: str) -> None:
    said = config("llama-3.1-8b")
    del said[key]
    with pytest.raises(UnknownShape, match=f"`{key}` is missing"):
        shape_of(said, "x")


def test_neither_a_file_nor_a_name_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(UnknownShape, match=r"one of .*llama-3\.1-8b"):
        load_shape("llama-9")
    (tmp_path / "config.json").write_text("[1]")
    with pytest.raises(UnknownShape, match="not an object"):
        load_shape(str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UnknownShape, match="cannot be read as JSON"):
        load_shape(str(tmp_path))


JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**40),
    st.floats(),
    st.text(),
    st.lists(st.integers()),
)


BASES = [config(name) for name in ("deepseek-v3", "qwen3-30b-a3b", "gpt-oss-20b", "gemma-3-27b")]
KEYS = sorted({key for base in BASES for key in (*base, *base.get("text_config", ()))})


@given(st.sampled_from(BASES), st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
def test_no_config_does_more_than_be_refused(base: dict[str, Any], changed: dict[str, Any]) -> None:
    said = base | changed
    if "text_config" in base and "text_config" not in changed:
        said["text_config"] = base["text_config"] | changed
    try:
        shape: ModelShape | None = shape_of(said, "x")
    except UnknownShape:
        shape = None
    if shape is not None:
        assert 0 < shape.active_parameters <= shape.parameters
