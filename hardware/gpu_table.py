"""gpus.yaml → GPUTable: what GPU types are on paper, and which of them a device is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hardware.gpu_schema import FigureEntry, GPUEntry, GPUFile, SourceEntry, dense, impossible
from hardware.located_yaml import KeyPath, LocatedYaml, Problem, TableError, parse_yaml, read_yaml
from hardware.specs import Confidence, Figure, GPUSpec, Interconnect

GPUS = Path(__file__).with_name("gpus.yaml")

MEMORY_SLACK = 0.1
"""NVML counts what is left of GiB, and sheets state GB: 81,559 MiB are an H100's 80 GB."""

_GIGA, _TERA = 1e9, 1e12


class UnknownGPU(ValueError):
    """No such id in the table. Names the closest ones."""


@dataclass(frozen=True, slots=True)
class GPUTable:
    """The GPU types of one file by their id, in the file's order."""

    file: str
    specs: Mapping[str, GPUSpec]

    def get(self, gpu_id: str) -> GPUSpec:
        """Raises UnknownGPU."""
        if gpu_id in self.specs:
            return self.specs[gpu_id]
        asked = gpu_id.lower()
        near = [known for known in self.specs if asked and asked in known]
        if asked in self.specs:
            near = [asked]
        near = near or get_close_matches(asked, self.specs, n=3, cutoff=0.4) or list(self.specs)
        raise UnknownGPU(
            f"the table has no GPU {gpu_id!r}; the closest are {', '.join(near)}"
            " (`ringfence hardware list` names all)"
        )

    def recognise(self, name: str, memory_bytes: int | None = None) -> GPUSpec | None:
        """The type of a device that NVML calls `name`; None for one that is not in the table.

        Memory has to fit as well, where both are known: some names cover cards of two sizes.
        """
        for spec in self.specs.values():
            if _normal(name) not in map(_normal, spec.nvml_names):
                continue
            on_paper = spec.memory_bytes
            if memory_bytes is None or on_paper is None:
                return spec
            if abs(memory_bytes / on_paper.value - 1) <= MEMORY_SLACK:
                return spec
        return None

    def how_to_add(self, name: str, memory_bytes: int | None = None) -> str:
        """What to tell somebody whose device was not recognised."""
        size = "" if memory_bytes is None else f" with {memory_bytes / _GIGA:.1f} GB"
        return (
            f"{name!r}{size} is not in {self.file}: copy the file, add an entry with this name "
            "under `nvml_names` and the figures of the maker's data sheet, and give it as --gpus"
        )


def load_gpus(path: Path = GPUS) -> GPUTable:
    """Reads a table. Raises TableError with all that is wrong: file, line, cure."""
    return _table(read_yaml(path))


def parse_gpus(content: bytes, file: str) -> GPUTable:
    """The table in what was read from `file`; as `load_gpus`."""
    return _table(parse_yaml(content, file))


def _table(document: LocatedYaml) -> GPUTable:
    if document.data.get("schema", 1) != 1:
        problem = "the schema is a version that this release does not read"
        raise TableError(
            (document.problem(("schema",), problem, "write `schema: 1` and that format"),)
        )
    try:
        file = GPUFile.model_validate(document.data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise TableError(tuple(_problem(document, detail) for detail in details)) from None
    problems = (*_dangling(file, document), *_impossible(file, document))
    if problems:
        raise TableError(problems)
    return GPUTable(
        document.file, {gpu: _spec(gpu, entry, file.sources) for gpu, entry in file.gpus.items()}
    )


def _spec(gpu_id: str, entry: GPUEntry, sources: Mapping[str, SourceEntry]) -> GPUSpec:
    def figure(said: FigureEntry | None, unit: float) -> Figure | None:
        return None if said is None else _figure(said, unit, sources)

    link = entry.interconnect
    return GPUSpec(
        id=gpu_id,
        name=entry.name,
        vendor=entry.vendor,
        architecture=entry.architecture,
        memory_bytes=figure(entry.memory_gb, _GIGA),
        memory_bandwidth_bytes_per_s=figure(entry.memory_bandwidth_gb_per_s, _GIGA),
        dense_flops_per_s={
            dtype: _figure(said, _TERA, sources) for dtype, said in entry.dense_tflops.items()
        },
        interconnect=None
        if link is None
        else Interconnect(link.kind, figure(link.gb_per_s, _GIGA)),
        power_w=figure(entry.power_w, 1),
        accelerator_type=entry.accelerator_type,
        nvml_names=tuple(entry.nvml_names),
    )


def _figure(said: FigureEntry, unit: float, sources: Mapping[str, SourceEntry]) -> Figure:
    source = sources[said.source]
    text = source.title if source.url is None else f"{source.title}, {source.url}"
    confidence = Confidence.DATASHEET
    if said.with_sparsity is not None:
        text = f"half of the {said.with_sparsity:,g} stated with sparsity; {text}"
        confidence = Confidence.DERIVED
    elif said.derived is not None:
        text = f"{said.derived}; {text}"
        confidence = Confidence.DERIVED
    if said.reported:
        confidence = Confidence.REPORTED
    # A figure such as 362.05e12 is meant exactly; the product is off by a few units.
    return Figure(float(round(dense(said) * unit)), text, confidence)


def _figures(entry: GPUEntry) -> Iterator[tuple[KeyPath, FigureEntry]]:
    link = entry.interconnect
    named: dict[KeyPath, FigureEntry | None] = {
        ("memory_gb",): entry.memory_gb,
        ("memory_bandwidth_gb_per_s",): entry.memory_bandwidth_gb_per_s,
        ("power_w",): entry.power_w,
        ("interconnect", "gb_per_s"): None if link is None else link.gb_per_s,
        **{("dense_tflops", str(dtype)): said for dtype, said in entry.dense_tflops.items()},
    }
    for path, said in named.items():
        if said is not None:
            yield path, said


def _dangling(file: GPUFile, document: LocatedYaml) -> Iterator[Problem]:
    """Sources that no entry of `sources` has, and names that two types claim with one size."""
    claimed: dict[tuple[str, float | None], str] = {}
    for gpu_id, entry in file.gpus.items():
        here: KeyPath = ("gpus", gpu_id)
        for path, said in _figures(entry):
            if said.source not in file.sources:
                yield document.problem(
                    (*here, *path, "source"),
                    "names a source that is not under `sources`",
                    f"add it there, or use one of {', '.join(file.sources)}",
                )
        memory = None if entry.memory_gb is None else dense(entry.memory_gb)
        for index, name in enumerate(entry.nvml_names):
            other = claimed.setdefault((_normal(name), memory), gpu_id)
            if other != gpu_id:
                yield document.problem(
                    (*here, "nvml_names", index),
                    f"{other} has the same name and memory",
                    "leave the name with one of the two",
                )


def _impossible(file: GPUFile, document: LocatedYaml) -> Iterator[Problem]:
    for gpu_id, entry in file.gpus.items():
        for dtype, what in impossible(entry.dense_tflops):
            yield document.problem(
                ("gpus", gpu_id, "dense_tflops", str(dtype)),
                what,
                "write a rate that the sheet states with sparsity as `with_sparsity`",
            )


def _problem(document: LocatedYaml, detail: ErrorDetails) -> Problem:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    name = ".".join(map(str, path))
    match detail["type"]:
        case "extra_forbidden":
            return document.problem(path, f"unknown key `{name}`", "remove it, or correct it")
        case "missing":
            return document.problem(path, f"`{name}` is missing", f"add the key `{path[-1]}`")
    said = detail["msg"].removeprefix("Value error, ").replace("Input", "it")
    return document.problem(path, f"`{name}` is not valid", f"change it: {said}")


def _normal(name: str) -> str:
    """NVML's names without the maker, which drivers before 2021 left out."""
    return " ".join(name.lower().removeprefix("nvidia ").split())
