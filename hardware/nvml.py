"""What NVIDIA's driver answers, as plain data. Nothing but gpu_health.py beside it imports NVML.

A question is one NVML function with the indices of the devices that it is about, an answer is a
text, a number or a list of numbers: so answers can be recorded, and a recording answers in the
driver's place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Protocol, TypeAlias

Answer: TypeAlias = str | int | list[int]


class Question(StrEnum):
    """NVML functions without arguments, those about one device, about a pair, and two about one
    device that change all the time and are in no fingerprint.
    """

    DRIVER = "nvmlSystemGetDriverVersion"
    CUDA = "nvmlSystemGetCudaDriverVersion_v2"
    COUNT = "nvmlDeviceGetCount"
    NAME = "nvmlDeviceGetName"
    UUID = "nvmlDeviceGetUUID"
    MEMORY = "nvmlDeviceGetMemoryInfo"
    COMPUTE_CAPABILITY = "nvmlDeviceGetCudaComputeCapability"
    ECC = "nvmlDeviceGetEccMode"
    MIG = "nvmlDeviceGetMigMode"
    POWER_CAP = "nvmlDeviceGetEnforcedPowerLimit"
    SM_CLOCK_CAP = "nvmlDeviceGetApplicationsClock"
    SM_CLOCK_MAX = "nvmlDeviceGetMaxClockInfo"
    NVLINK = "nvmlDeviceGetP2PStatus"
    ANCESTOR = "nvmlDeviceGetTopologyCommonAncestor"
    POWER = "nvmlDeviceGetPowerUsage"
    THROTTLED = "nvmlDeviceGetCurrentClocksThrottleReasons"


class NVMLFailure(Exception):
    """The driver, or its library, did not answer. The text is NVML's own reason."""


class NVML(Protocol):
    def ask(self, question: Question, *devices: int) -> Answer:
        """The answer about `devices`, by their index. Raises NVMLFailure."""
        ...


_SM = 1  # NVML_CLOCK_SM
_NVLINK_CAPABILITY = 2  # NVML_P2P_CAPS_INDEX_NVLINK
_ARGUMENTS: Mapping[Question, tuple[int, ...]] = {
    Question.SM_CLOCK_CAP: (_SM,),
    Question.SM_CLOCK_MAX: (_SM,),
    Question.NVLINK: (_NVLINK_CAPABILITY,),
}


class Driver:
    """The driver that runs, through a module with the functions of pynvml."""

    def __init__(self, library: ModuleType) -> None:
        self._library = library

    def ask(self, question: Question, *devices: int) -> Answer:
        try:
            handles = (self._library.nvmlDeviceGetHandleByIndex(index) for index in devices)
            function: Callable[..., object] = getattr(self._library, question)
            said = function(*handles, *_ARGUMENTS.get(question, ()))
        except self._library.NVMLError as error:
            raise NVMLFailure(str(error)) from None
        except AttributeError:
            raise NVMLFailure("Function Not Found") from None
        return _plain(said)


class Recording:
    """Answers that were written down, `{"nvmlDeviceGetName 0": "…"}`; errors are `{"error": "…"}`.

    What was not asked then fails as a driver fails that does not support it.
    """

    def __init__(self, answers: Mapping[str, object]) -> None:
        self._answers = answers

    def ask(self, question: Question, *devices: int) -> Answer:
        said = self._answers.get(_key(question, devices), {"error": "Not Supported"})
        if isinstance(said, Mapping):
            raise NVMLFailure(str(said["error"]))
        return _plain(said)


class Recorder:
    """Passes questions on, and keeps the answers. UUIDs are replaced: they tell cards apart."""

    def __init__(self, nvml: NVML) -> None:
        self.answers: dict[str, object] = {}
        self._nvml = nvml

    def ask(self, question: Question, *devices: int) -> Answer:
        key = _key(question, devices)
        try:
            said = self._nvml.ask(question, *devices)
        except NVMLFailure as failure:
            self.answers[key] = {"error": str(failure)}
            raise
        self.answers[key] = said if question is not Question.UUID else f"GPU-recorded-{devices[0]}"
        return said


def load_recording(path: Path) -> Recording:
    """Raises OSError and ValueError for a file that is no recording."""
    answers = json.loads(path.read_text())
    if not isinstance(answers, dict):
        raise ValueError(f"{path}: is no recording of NVML")
    return Recording(answers)


@contextmanager
def driver() -> Iterator[NVML]:
    """The driver of this machine while the context lasts. Raises NVMLFailure without one."""
    try:
        import pynvml  # noqa: PLC0415
    except ImportError:
        raise NVMLFailure("pynvml is not installed; install the package nvidia-ml-py") from None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise NVMLFailure(str(error)) from None
    try:
        yield Driver(pynvml)
    finally:
        pynvml.nvmlShutdown()


def _key(question: Question, devices: tuple[int, ...]) -> str:
    return " ".join([question, *map(str, devices)])


def _plain(said: object) -> Answer:
    if isinstance(said, bytes):  # bindings older than 11.5 do not decode
        return said.decode()
    if isinstance(said, str | int):
        return said
    if isinstance(said, list | tuple):
        return [int(item) for item in said]
    total = getattr(said, "total", None)
    if isinstance(total, int):  # c_nvmlMemory_t: what is free changes all the time
        return total
    raise NVMLFailure(f"an answer of another shape: {type(said).__name__}")
