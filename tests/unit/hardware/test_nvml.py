"""GPUs through NVML: the driver's bindings and a recording answer in one shape, or say why not.

The recordings beside this file are composed from NVML's documentation; none was taken on a machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from hardware.accelerator import accelerator
from hardware.gpu_table import load_gpus
from hardware.gpus import GPUs, Link, read_gpus
from hardware.nvml import (
    Driver,
    NVMLFailure,
    Question,
    Recorder,
    Recording,
    driver,
    load_recording,
)

RECORDINGS = Path(__file__).parent / "nvml"


def answers(name: str) -> dict[str, object]:
    read = json.loads((RECORDINGS / f"{name}.json").read_text())
    assert isinstance(read, dict)
    return read


class BindingsError(Exception):
    pass


def bindings(recorded: dict[str, object]) -> ModuleType:
    """A module with pynvml's functions, which answers in pynvml's own shapes."""
    module = ModuleType("bindings")

    def function(question: Question) -> Callable[..., object]:
        def answer(*arguments: object) -> object:
            handles = [one.index for one in arguments if isinstance(one, SimpleNamespace)]
            said = recorded.get(" ".join([question, *map(str, handles)]), {"error": "Not Found"})
            if isinstance(said, dict):
                raise BindingsError(said["error"])
            if question is Question.MEMORY:
                return SimpleNamespace(total=said, free=1, used=2)
            if question is Question.COMPUTE_CAPABILITY:
                assert isinstance(said, list)
                return tuple(said)
            if question is Question.NAME:
                assert isinstance(said, str)
                return said.encode()
            return said

        return answer

    for question in Question:
        setattr(module, question, function(question))
    module.NVMLError = BindingsError  # type: ignore[attr-defined]
    module.nvmlDeviceGetHandleByIndex = lambda index: SimpleNamespace(index=index)  # type: ignore[attr-defined]
    return module


def test_two_h100_say_what_they_are_and_how_they_are_joined() -> None:
    gpus = read_gpus(load_recording(RECORDINGS / "h100-sxm-x2.json"))
    assert (gpus.driver, gpus.cuda, gpus.unknown) == ("550.54.15", "12.4", ())
    assert [gpu.index for gpu in gpus.devices] == [0, 1]
    first = gpus.devices[0]
    assert (first.name, first.memory_bytes) == ("NVIDIA H100 80GB HBM3", 85_520_809_984)
    assert (first.compute_capability, first.ecc, first.mig) == ("9.0", True, False)
    assert (first.power_cap_w, first.sm_clock_cap_mhz) == (700.0, 1980)
    assert gpus.links == (Link(0, 1, "NVLink"),)
    recognised = load_gpus().recognise(first.name, first.memory_bytes)
    assert recognised is not None
    assert recognised.id == "h100-sxm"


def test_what_a_card_does_not_support_is_unknown_and_the_rest_is_known() -> None:
    gpus = read_gpus(load_recording(RECORDINGS / "rtx-4090-x2.json"))
    first = gpus.devices[0]
    assert (first.mig, first.ecc) == (None, False)
    assert first.sm_clock_cap_mhz == 3105
    assert gpus.links == (Link(0, 1, "PCIe host bridge"),)


@pytest.mark.parametrize("name", ["h100-sxm-x2", "rtx-4090-x2"])
def test_the_bindings_and_a_recording_of_them_read_the_same(name: str) -> None:
    recorder = Recorder(Driver(bindings(answers(name))))
    from_driver = read_gpus(recorder)
    written = json.loads(json.dumps(recorder.answers))
    from_recording = read_gpus(Recording(written))
    assert from_driver == from_recording == read_gpus(Recording(answers(name)))


def test_a_recording_holds_no_uuid() -> None:
    told = answers("h100-sxm-x2") | {"nvmlDeviceGetUUID 0": "GPU-5e3a-secret"}
    recorder = Recorder(Recording(told))
    gpus = read_gpus(recorder)
    assert "secret" not in json.dumps(recorder.answers)
    assert "secret" not in repr(gpus)
    assert len({gpu.uuid_digest for gpu in gpus.devices}) == 2


@pytest.mark.parametrize("question", list(Question))
def test_a_driver_that_errs_in_one_place_is_said_and_not_raised(question: Question) -> None:
    told = {
        key: {"error": "Unknown Error"} if key.split()[0] == question else said
        for key, said in answers("h100-sxm-x2").items()
    }
    gpus = read_gpus(Driver(bindings(told)))
    if question is Question.COUNT:
        assert gpus == GPUs(unknown=("NVML: Unknown Error",))
    elif question is Question.NAME:
        assert gpus.unknown == ("GPU 0: Unknown Error", "GPU 1: Unknown Error")
    else:
        assert len(gpus.devices) == 2
        assert gpus.unknown == ()


def test_a_lost_gpu_is_named_and_the_others_keep_their_index() -> None:
    told = answers("h100-sxm-x2") | {"nvmlDeviceGetName 0": {"error": "GPU is lost"}}
    gpus = read_gpus(Recording(told))
    assert gpus.unknown == ("GPU 0: GPU is lost",)
    assert [gpu.index for gpu in gpus.devices] == [1]


def test_bindings_that_lack_a_function_are_a_driver_that_does_not_answer() -> None:
    old = bindings(answers("h100-sxm-x2"))
    delattr(old, Question.MIG)
    assert [gpu.mig for gpu in read_gpus(Driver(old)).devices] == [None, None]


@pytest.mark.parametrize("said", [3.5, None, SimpleNamespace(free=1)])
def test_an_answer_of_another_shape_is_a_failure(said: object) -> None:
    with pytest.raises(NVMLFailure, match="another shape"):
        Recording({Question.DRIVER: said}).ask(Question.DRIVER)
    assert read_gpus(Recording({Question.COUNT: 0, Question.DRIVER: said})).driver is None


def test_a_number_where_a_text_belongs_is_unknown() -> None:
    gpus = read_gpus(Recording(answers("h100-sxm-x2") | {"nvmlDeviceGetUUID 0": 7}))
    assert gpus.devices[0].uuid_digest is None


def test_every_question_is_a_function_of_nvidias_bindings() -> None:
    """Ray ships a copy of them."""
    from ray._private.thirdparty.pynvml import pynvml

    for question in Question:
        assert callable(getattr(pynvml, question))
    assert (pynvml.NVML_CLOCK_SM, pynvml.NVML_P2P_CAPS_INDEX_NVLINK) == (1, 2)
    assert pynvml.NVML_P2P_STATUS_OK == 0


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(ValueError, match="no recording"):
        load_recording(tmp_path / "list.json")


@pytest.mark.skipif(accelerator({}) == "cuda", reason="there is a GPU here")
def test_without_a_gpu_the_driver_says_that_it_is_not_there() -> None:
    with pytest.raises(NVMLFailure), driver():
        pass
