"""Aliases: every name means a version that there is, and that may stand where the alias puts it."""

from __future__ import annotations

from collections.abc import Iterator

from router.config.validate import closest
from router.config.yaml_document import YamlDocument
from router.errors import ConfigProblem
from router.registry.card import LifecycleState
from router.registry.registry import CANDIDATE, CHAMPION
from router.registry.schema import ModelsFile

_CHAMPIONS = (LifecycleState.PRODUCTION, LifecycleState.DEPRECATED)
_CANDIDATES = (LifecycleState.CANDIDATE, LifecycleState.SHADOW, LifecycleState.CANARY)
_MAY_BE = {CHAMPION: _CHAMPIONS, CANDIDATE: _CANDIDATES}


def check_aliases(file: ModelsFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    states: dict[str, dict[str, LifecycleState]] = {}
    for entry in file.models:
        states.setdefault(entry.id, {})[entry.version] = entry.lifecycle.state
    for model_id, said in file.aliases.items():
        if model_id not in states:
            near = closest(model_id, states)
            hint = f"write `{near}`, or remove the line" if near else "remove the line"
            path = ("aliases", model_id)
            yield document.problem(path, f"the alias {model_id} is of no model above", hint)
            continue
        for alias, version in ((CHAMPION, said.champion), (CANDIDATE, said.candidate)):
            if version is not None:
                yield from _check_one(model_id, alias, version, states[model_id], document)
    yield from _check_bare_ids(file, document)


def _check_one(
    model_id: str,
    alias: str,
    version: str,
    states: dict[str, LifecycleState],
    document: YamlDocument,
) -> Iterator[ConfigProblem]:
    path = ("aliases", model_id, alias)
    if version not in states:
        known = ", ".join(f'"{known}"' for known in states)
        yield document.problem(
            path,
            f"the alias {model_id} names version {version}, which is not above",
            f"name one of its versions: {known}",
        )
    elif states[version] not in _MAY_BE[alias]:
        allowed = ", ".join(state.value for state in _MAY_BE[alias])
        yield document.problem(
            path,
            f"{model_id}@{version} is {states[version]}, and cannot be the {alias}",
            f"name a version that is one of: {allowed}",
        )


def _check_bare_ids(file: ModelsFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """Where something answers clients under an id, the bare id must mean something."""
    for index, entry in enumerate(file.models):
        said = file.aliases.get(entry.id)
        if entry.lifecycle.state in _CHAMPIONS and (said is None or said.champion is None):
            yield document.problem(
                ("models", index, "id"),
                f"{entry.id} has no alias, so the bare id would mean nothing",
                f'add `{entry.id}: {{champion: "{entry.version}"}}` under `aliases`',
            )
