"""What the policy says about answers. Built by router/policy out of policy.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from router.domain import DataClass, ModelSpec, OutputAction


@dataclass(frozen=True, slots=True)
class OutputRule:
    """Answers of `models` (registry keys) to `teams` (None: to all) are scanned.

    Findings of `from_data_class` or above count, and `action` is what becomes of them.
    """

    models: frozenset[str]
    teams: frozenset[str] | None
    from_data_class: DataClass
    action: OutputAction

    def covers(self, model: ModelSpec, team: str) -> bool:
        return model.key in self.models and (self.teams is None or team in self.teams)


@dataclass(frozen=True, slots=True)
class OutputRules:
    """In the order of the file: the first that covers an answer decides, and alone."""

    rules: tuple[OutputRule, ...] = ()

    def rule_for(self, model: ModelSpec, team: str) -> OutputRule | None:
        return next((rule for rule in self.rules if rule.covers(model, team)), None)


@dataclass(frozen=True, slots=True)
class ToolRules:
    """`external` are globs over the names of functions that clients run against the outside."""

    external: tuple[str, ...] = ()
    stop_from_data_class: DataClass = DataClass.RESTRICTED

    def is_external(self, name: str) -> bool:
        """Whatever its case. A call without a name could be to anything."""
        folded = name.casefold()
        if not folded:
            return bool(self.external)
        return any(fnmatchcase(folded, pattern.casefold()) for pattern in self.external)
