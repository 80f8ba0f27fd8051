"""The digest of weights: of names and contents, and of nothing that can change unseen."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.weights.digest import (
    differences,
    digest_of,
    inventory,
    is_unchanged,
)
from serving.weights.errors import WeightsError

NAMES = st.sampled_from(["config.json", "model.safetensors", "a/b", "a/c", "a b", "ä", ".hidden"])
TREES = st.dictionaries(NAMES, st.binary(max_size=40), max_size=7)


def write(directory: Path, tree: Mapping[str, bytes]) -> Path:
    for name, content in tree.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return directory


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return write(tmp_path / "weights", {"config.json": b"{}", "nested/model.safetensors": b"w"})


@given(TREES, TREES)
def test_two_directories_have_one_digest_exactly_if_they_have_the_same_files(
    one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    with tempfile.TemporaryDirectory() as base:
        for name in ("one", "other"):
            (Path(base) / name).mkdir()
        first = inventory(write(Path(base) / "one", one))
        second = inventory(write(Path(base) / "other", other))
    assert (digest_of(first) == digest_of(second)) == (one == other)
    assert bool(differences(first, second)) == (one != other)


def test_the_digest_is_what_anybody_computes_with_sha256sum(checkpoint: Path) -> None:
    """The command of docs/guides/weights.md."""
    guide = Path(__file__).parents[3] / "docs" / "guides" / "weights.md"
    (command,) = re.findall(r"^\$ cd /models/clinic && (.*)$", guide.read_text(), re.MULTILINE)
    printed = subprocess.run(
        command, shell=True, cwd=checkpoint, capture_output=True, text=True, check=True
    ).stdout
    assert digest_of(inventory(checkpoint)) == f"sha256:{printed.split()[0]}"


def test_every_difference_is_told_by_name(checkpoint: Path) -> None:
    before = inventory(checkpoint)
    (checkpoint / "config.json").unlink()
    (checkpoint / "nested" / "model.safetensors").write_bytes(b"x")
    (checkpoint / "more").touch()
    assert differences(before, inventory(checkpoint)) == (
        "config.json is missing",
        "more is new",
        "nested/model.safetensors has another content",
    )


def test_a_touched_file_is_noticed_without_reading_it(checkpoint: Path) -> None:
    files = inventory(checkpoint)
    assert is_unchanged(checkpoint, files)
    os.utime(checkpoint / "config.json", ns=(1, 1))
    assert not is_unchanged(checkpoint, files)


def test_a_link_inside_of_the_directory_is_followed(checkpoint: Path) -> None:
    (checkpoint / "link").symlink_to("config.json")
    files = inventory(checkpoint)
    assert files["link"].sha256 == files["config.json"].sha256


def test_a_link_out_of_the_directory_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"blob")
    (checkpoint / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WeightsError, match=r"link.*leads out.*cp -rL"):
        inventory(checkpoint)


def test_a_link_to_a_directory_is_refused(checkpoint: Path) -> None:
    (checkpoint / "link").symlink_to("nested")
    with pytest.raises(WeightsError, match="link to a directory"):
        inventory(checkpoint)


def test_a_link_to_nowhere_is_refused(checkpoint: Path) -> None:
    (checkpoint / "link").symlink_to("missing")
    with pytest.raises(WeightsError, match="cannot be read"):
        inventory(checkpoint)


def test_a_pipe_is_refused_and_not_waited_for(checkpoint: Path) -> None:
    os.mkfifo(checkpoint / "pipe")
    with pytest.raises(WeightsError, match="is not a file"):
        inventory(checkpoint)


def test_a_name_that_could_pass_for_two_files_is_refused(checkpoint: Path) -> None:
    (checkpoint / "a\nb").touch()
    with pytest.raises(WeightsError, match="unprintable"):
        inventory(checkpoint)


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_named(checkpoint: Path) -> None:
    (checkpoint / "config.json").chmod(0)
    with pytest.raises(WeightsError, match=r"config\.json cannot be read"):
        inventory(checkpoint)


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="missing cannot be read"):
        inventory(tmp_path / "missing")


def test_a_file_that_changes_while_it_is_hashed_has_no_digest(checkpoint: Path) -> None:
    def lengthen_once(_size_bytes: int) -> None:
        if (checkpoint / "config.json").stat().st_size == len("{}"):
            (checkpoint / "config.json").write_text("{  }")

    with pytest.raises(WeightsError, match=r"config\.json .* changed while it was hashed"):
        inventory(checkpoint, pace=lengthen_once)


def test_a_file_that_appears_while_others_are_hashed_is_not_overlooked(checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match="changed while it was hashed"):
        inventory(checkpoint, pace=lambda _: (checkpoint / "late").touch())
