"""Records of quality that commands learn from: those that are named, and the registry's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from router.domain import ModelSpec
from router.registry.records import RecordProblem, read_record
from router.registry.registry import Registry, VllmBackend
from router.risk.outcomes import BadOutcomes, Outcomes, outcomes_of
from serving.cli.output import Steps

QUALITY = "quality"
DEFAULT_SIGNAL = "mean_logprob"


def read_outcomes(paths: Iterable[Path]) -> list[Outcomes]:
    """Of each record; folders are searched for `quality-*.json`. Leaves out what was asked of a
    tier or of `auto`. Raises ValueError, with the cure.
    """
    found = list(dict.fromkeys(path for each in paths for path in _files(each)))
    read: list[Outcomes] = []
    with Steps() as steps:
        if found:
            steps.begin("reading records")
        for done, path in enumerate(found, start=1):
            steps.say(f"{done} of {len(found)}")
            outcomes = _read(path)
            if outcomes is not None:
                read.append(outcomes)
    return read


def registered(registry: Registry) -> Iterator[Path]:
    """The records of quality that models.yaml refers to."""
    for entry in registry.entries.values():
        if QUALITY in entry.card.measured:
            yield entry.card.measured[QUALITY].path


def resolved(registry: Registry, name: str) -> ModelSpec:
    """Raises ValueError for what is no model."""
    spec = registry.resolve(name)
    if spec is None:
        known = ", ".join(registry.entries) or "none"
        raise ValueError(f"no model is called {name}; there are {known}")
    return spec


def weights_digest(registry: Registry, key: str, runs: Iterable[Outcomes]) -> str | None:
    """Of the weights that were asked, or that the registry expects; None for what a provider
    serves.

    Raises ValueError where records and registry contradict each other, and for weights that run
    here and that nobody has named: nothing could be promised of them.
    """
    entry = registry.entries[key]
    said = {run.weights_digest for run in runs if run.model == key} - {None}
    if entry.expected_weights_digest is not None:
        said.add(entry.expected_weights_digest)
    if len(said) > 1:
        raise ValueError(
            f"the records of {key} are not all of the same weights, or of others than models.yaml "
            "expects: leave out those that are not of what is to be served"
        )
    if not said and isinstance(entry.backend, VllmBackend):
        raise ValueError(
            f"nobody says which weights {key} has: write `weights_digest` in models.yaml, or give "
            "a record that has it"
        )
    return next(iter(said), None)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("quality-*.json"))
    return [path]


def _read(path: Path) -> Outcomes | None:
    try:
        record, _ = read_record(path)
        return outcomes_of(record)
    except RecordProblem as error:
        raise ValueError(f"{error}: {error.cure}") from None
    except BadOutcomes as error:
        raise ValueError(f"{path.name}: {error}") from None
