"""A fingerprint goes through JSON unchanged, and says when capacity is no longer what it was."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.differences import differences
from hardware.fingerprint import (
    EngineFacts,
    Fingerprint,
    NotAFingerprint,
    from_json,
    to_json,
)
from hardware.gpus import GPU, GPUs
from hardware.nvml import NVML, NVMLFailure, load_recording
from hardware.probe import PACKAGES, installed, probe

H100 = Path(__file__).parent / "nvml" / "h100-sxm-x2.json"
ENGINE = EngineFacts("sha256:00", {"max_model_len": 8192, "enable_prefix_caching": True})

DIGEST = "sha256:dafb9d7f19ef9c4030fdc93cc3c68b314fab41bc8305c27f65cb03913f613953"
CAPACITY_DIGEST = "sha256:e8b67b8e4cdab494300cbd0ceb00ee4b8c7c37c30384f0e96a5ca78cc274e211"


@contextmanager
def recording() -> Iterator[NVML]:
    yield load_recording(H100)


@contextmanager
def broken() -> Iterator[NVML]:
    raise NVMLFailure("Driver/library version mismatch")
    yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "proc/cpuinfo": "processor\t: 0\nmodel name\t: Xeon\nflags\t: avx2 amx_tile\n",
        "proc/meminfo": "MemTotal: 263851356 kB\n",
        "proc/sys/kernel/osrelease": "6.8.0-45-generic\n",
        "dev/nvidia0": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def fingerprint(root: Path) -> Fingerprint:
    return probe(ENGINE, root=root, environ={}, nvml=recording, packages=("pytest",), affinity=1)


def test_a_gpu_machine_is_read_whole(fingerprint: Fingerprint) -> None:
    assert fingerprint.accelerator == "cuda"
    assert [gpu.name for gpu in fingerprint.gpus.devices] == ["NVIDIA H100 80GB HBM3"] * 2
    assert fingerprint.host.cpu.isa == ("avx2", "amx")
    assert set(fingerprint.versions) == {"pytest"}
    assert fingerprint.engine == ENGINE


def test_this_machine_has_a_fingerprint() -> None:
    seen = probe(environ={"RINGFENCE_ACCELERATOR": "cpu"})
    assert seen.gpus == GPUs()
    assert seen.host.cpu.logical_cores >= 1
    assert from_json(to_json(seen)) == seen
    assert set(seen.versions) <= set(PACKAGES)


def test_a_driver_that_does_not_answer_is_said_and_not_raised(root: Path) -> None:
    seen = probe(root=root, environ={}, nvml=broken)
    assert seen.accelerator == "cuda"
    assert seen.gpus == GPUs(unknown=("NVML: Driver/library version mismatch",))


def test_a_machine_without_a_gpu_asks_no_driver(root: Path) -> None:
    (root / "dev/nvidia0").unlink()
    seen = probe(root=root, environ={}, nvml=broken)
    assert (seen.accelerator, seen.gpus) == ("cpu", GPUs())


def test_packages_that_are_not_installed_are_left_out() -> None:
    assert set(installed(("pytest", "no-such-package-at-all"))) == {"pytest"}


def test_json_and_back_is_the_same(fingerprint: Fingerprint) -> None:
    again = from_json(to_json(fingerprint))
    assert again == fingerprint
    assert again.digest == fingerprint.digest
    assert again.capacity_digest == fingerprint.capacity_digest
    assert differences(fingerprint, again) == ()


def test_digests_are_the_same_in_every_run(root: Path) -> None:
    """Pinned: a release that computes them otherwise makes every record stale."""
    seen = probe(ENGINE, root=root, environ={}, nvml=recording, packages=(), affinity=1)
    assert seen.digest == DIGEST
    assert seen.capacity_digest == CAPACITY_DIGEST


def test_nothing_of_the_machine_that_names_it_is_in_it(fingerprint: Fingerprint) -> None:
    text = to_json(fingerprint)
    assert os.uname().nodename not in text
    assert "GPU-recorded" not in text


def with_gpus(fingerprint: Fingerprint, change: Callable[[GPU], GPU]) -> Fingerprint:
    devices = tuple(change(gpu) for gpu in fingerprint.gpus.devices)
    return replace(fingerprint, gpus=replace(fingerprint.gpus, devices=devices))


CHANGES: list[tuple[Callable[[Fingerprint], Fingerprint], str]] = [
    (lambda f: replace(f, gpus=replace(f.gpus, driver="560.28")), "driver 550.54.15 → 560.28"),
    (lambda f: replace(f, gpus=replace(f.gpus, cuda="12.6")), "CUDA 12.4 → 12.6"),
    (lambda f: with_gpus(f, lambda gpu: replace(gpu, ecc=False)), "GPU 0 ECC on → off"),
    (lambda f: with_gpus(f, lambda gpu: replace(gpu, mig=True)), "GPU 0 MIG off → on"),
    (
        lambda f: with_gpus(f, lambda gpu: replace(gpu, power_cap_w=500.0)),
        "GPU 0 power cap W 700 → 500",
    ),
    (
        lambda f: with_gpus(f, lambda gpu: replace(gpu, name="NVIDIA H200")),
        "GPU 0 NVIDIA H100 80GB HBM3 → NVIDIA H200",
    ),
    (
        lambda f: replace(f, gpus=replace(f.gpus, devices=f.gpus.devices[:1], links=())),
        "GPUs 2 → 1",
    ),
    (lambda f: replace(f, gpus=replace(f.gpus, links=())), "link of GPU 0 and GPU 1 NVLink → none"),
    (lambda f: replace(f, versions={"vllm": "0.29.0"}), "vllm none → 0.29.0"),
    (
        lambda f: replace(f, engine=replace(ENGINE, model_digest="sha256:11")),
        "model digest sha256:00 → sha256:11",
    ),
    (
        lambda f: replace(f, engine=replace(ENGINE, arguments={"max_model_len": 4096})),
        "engine argument max_model_len 8192 → 4096",
    ),
    (
        lambda f: replace(f, host=replace(f.host, memory_limit_bytes=16 * 2**30)),
        "memory GiB 252 → 16",
    ),
    (
        lambda f: replace(f, host=replace(f.host, cpu=replace(f.host.cpu, usable_cores=0.5))),
        "usable cores 1 → 0.5",
    ),
]


@pytest.mark.parametrize(("change", "said"), CHANGES, ids=[said for _, said in CHANGES])
def test_what_changes_capacity_makes_a_record_stale_and_is_said(
    fingerprint: Fingerprint, change: Callable[[Fingerprint], Fingerprint], said: str
) -> None:
    changed = change(fingerprint)
    assert changed.capacity_digest != fingerprint.capacity_digest
    assert changed.digest != fingerprint.digest
    found = differences(fingerprint, changed)
    assert said in [str(one) for one in found if one.capacity]


SAME_CAPACITY: list[Callable[[Fingerprint], Fingerprint]] = [
    lambda f: replace(f, host=replace(f.host, kernel="6.8.0-51-generic")),
    lambda f: replace(f, host=replace(f.host, memory_bytes=263850000 * 1024)),
    lambda f: replace(f, versions={**f.versions, "ray": "2.61.0"}),
    lambda f: with_gpus(f, lambda gpu: replace(gpu, uuid_digest="0" * 16)),
]


@pytest.mark.parametrize("change", SAME_CAPACITY)
def test_what_does_not_change_capacity_is_said_and_keeps_records(
    fingerprint: Fingerprint, change: Callable[[Fingerprint], Fingerprint]
) -> None:
    changed = change(fingerprint)
    assert changed.capacity_digest == fingerprint.capacity_digest
    assert changed.digest != fingerprint.digest
    found = differences(fingerprint, changed)
    assert found
    assert not any(one.capacity for one in found)


def test_what_changes_capacity_comes_first(fingerprint: Fingerprint) -> None:
    kernel = replace(fingerprint, host=replace(fingerprint.host, kernel="6.9"))
    both = replace(kernel, engine=EngineFacts("sha256:22", ENGINE.arguments))
    names = [one.name for one in differences(fingerprint, both)]
    assert names == ["model digest", "kernel"]


_JSON = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)


@given(old=st.dictionaries(st.text(), _JSON), new=st.dictionaries(st.text(), _JSON))
def test_engine_arguments_differ_exactly_where_the_capacity_digest_does(
    old: dict[str, str], new: dict[str, str]
) -> None:
    base = probe(environ={"RINGFENCE_ACCELERATOR": "cpu"}, root=H100.parent, packages=())
    before, after = (replace(base, engine=EngineFacts(None, said)) for said in (old, new))
    assert from_json(to_json(before)).capacity_digest == before.capacity_digest
    # An argument that is null is as good as one that is not given.
    given_before, given_after = (
        {key: value for key, value in said.items() if value is not None} for said in (old, new)
    )
    same = json.dumps(given_before, sort_keys=True) == json.dumps(given_after, sort_keys=True)
    assert (differences(before, after) == ()) == same
    assert (before.capacity_digest == after.capacity_digest) == same


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"schema": 1', '"schema": 2', "has schema 2"),
        ('"schema": 1', '"scheme": 1', "no fingerprint"),
        ('"kernel"', '"kernal"', "see `host"),
        ('"numa_nodes": 1', '"numa_nodes": "1"', "numa_nodes"),
    ],
)
def test_json_of_another_shape_is_refused(
    fingerprint: Fingerprint, old: str, new: str, said: str
) -> None:
    text = to_json(fingerprint)
    assert old in text
    with pytest.raises(NotAFingerprint, match=said):
        from_json(text.replace(old, new))


@given(st.text() | st.binary())
def test_anything_else_is_refused_too(text: str | bytes) -> None:
    with pytest.raises(NotAFingerprint):
        from_json(text)
