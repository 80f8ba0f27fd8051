"""The keys `output` and `tools` of policy.yaml: what they must say, and the rules made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.config.validate import closest
from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import DataClass
from router.errors import ConfigProblem
from router.policy.once import check_once
from router.policy.schema import PolicyFile
from router.privacy.output.rules import OutputRule, OutputRules, ToolRules
from router.registry.registry import Registry

_GROUPS = ("on-prem", "external", "any")


def check_output(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """Problems that can be seen without the registry: what is named twice."""
    for index, entry in enumerate(file.output):
        yield from check_once(entry.teams or [], ("output", index, "teams"), document)
    if file.tools is not None:
        globs = [glob.casefold() for glob in file.tools.external]
        yield from check_once(globs, ("tools", "external"), document)


def check_output_models(
    file: PolicyFile, document: YamlDocument, registry: Registry
) -> Iterator[ConfigProblem]:
    """Entries may only name what the registry has, and each has to cover some answer first."""
    known = [*_GROUPS, *registry.aliases, *registry.entries]
    covered: list[tuple[frozenset[str], frozenset[str] | None]] = []
    for index, entry in enumerate(file.output):
        here: KeyPath = ("output", index)
        unknown = [
            name for name in entry.models if name not in _GROUPS and not _keys(name, registry)
        ]
        for name in unknown:
            near = closest(name, known)
            hint = f"write `{near}`" if near else f"name one of: {', '.join(known)}"
            yield document.problem(
                (*here, "models"),
                f"output names {name}, which the registry does not have",
                f"{hint}, or add it to models.yaml",
            )
        yield from check_once(entry.models, (*here, "models"), document)
        if unknown:
            continue
        models = _all_keys(entry.models, registry)
        teams = None if entry.teams is None else frozenset(entry.teams)
        before = frozenset[str]().union(
            *(keys for keys, of in covered if of is None or (teams is not None and teams <= of))
        )
        if models and models <= before:
            yield document.problem(
                here,
                "this entry is never used: those before it cover every answer that it names",
                "move it before them, or remove it",
            )
        covered.append((models, teams))


def output_rules(file: PolicyFile, registry: Registry) -> OutputRules:
    return OutputRules(
        tuple(
            OutputRule(
                models=_all_keys(entry.models, registry),
                teams=None if entry.teams is None else frozenset(entry.teams),
                from_data_class=DataClass.from_label(entry.from_data_class),
                action=entry.action,
            )
            for entry in file.output
        )
    )


def tool_rules(file: PolicyFile) -> ToolRules:
    if file.tools is None:
        return ToolRules()
    stop_from = DataClass.from_label(file.tools.stop_from_data_class)
    return ToolRules(tuple(file.tools.external), stop_from)


def _all_keys(names: Sequence[str], registry: Registry) -> frozenset[str]:
    return frozenset().union(*(_keys(name, registry) for name in names))


def _keys(name: str, registry: Registry) -> frozenset[str]:
    """The models that a name stands for; an id without a version stands for all versions."""
    return frozenset(
        model.key
        for model in registry.models
        if name in (model.key, model.id, "any", model.location.value)
    )
