"""Where the rule stands that a code of a decision is about: file and line."""

from __future__ import annotations

from router.config.yaml_document import KeyPath, parse_yaml
from router.domain import DataClass
from router.policy.permit import (
    CLASS_NOT_APPROVED,
    EXTERNAL_NOT_DECIDED,
    NOT_IN_A_TIER,
    RESIDENCY,
    TIER_NOT_ALLOWED,
)
from router.policy.policy import Rules
from router.registry.deprecation import DEPRECATED
from router.registry.halted import HALTED
from router.registry.validity import CERTIFICATION, CONTRACT, LIFECYCLE


class Places:
    """Reads both files of the rules once."""

    def __init__(self, rules: Rules) -> None:
        text = rules.policy.text
        self._models = parse_yaml(text.models, text.models_file)
        self._policy = parse_yaml(text.policy, text.policy_file)
        self._numbers = {key: number for number, key in enumerate(rules.registry.entries)}

    def of_exclusion(self, code: str, model: str, data_class: DataClass) -> str | None:
        """None for a code that is about who asks, or about what the body asks for."""
        of_policy: dict[str, KeyPath] = {
            RESIDENCY: ("residency", data_class.label),
            TIER_NOT_ALLOWED: ("tiers",),
            NOT_IN_A_TIER: ("tiers",),
            EXTERNAL_NOT_DECIDED: ("external_use",),
        }
        of_model = {
            CLASS_NOT_APPROVED: "approved_data_classes",
            LIFECYCLE: "lifecycle",
            HALTED: "lifecycle",
            DEPRECATED: "lifecycle",
            CERTIFICATION: "certifications",
            CONTRACT: "backend",
        }
        if code in of_policy:
            return self._in_policy(of_policy[code])
        if code in of_model:
            line = self._models.line(("models", self._numbers[model], of_model[code]))
            return f"{self._models.file}:{line}"
        return None

    def of_route(self, data_class: DataClass, choice: str) -> str:
        here: KeyPath = ("routes", data_class.label)
        named = (*here, choice) in self._policy.lines
        return self._in_policy((*here, choice if named else "any"))

    def of_stakes(self, name: str) -> str:
        return self._in_policy(("stakes", name))

    def _in_policy(self, path: KeyPath) -> str:
        return f"{self._policy.file}:{self._policy.line(path)}"
