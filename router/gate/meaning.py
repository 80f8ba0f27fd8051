"""A digest of what rules mean: the same for two texts that no gateway can tell apart."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

from router.audit.canonical import canonical_json
from router.config.yaml_document import parse_yaml
from router.policy.policy import RulesText


def meaning_digest(text: RulesText) -> str:
    """ "sha256:" and 64 hex digits over both files as data. Raises ConfigError for what is none.

    Comments and the order of keys do not count, and neither does the day since when a version has
    been in its state: a move writes the day on which it is made, which nobody knows when the gate
    judges it. The digest of the rules' bytes (`rules_digest`) is what records of requests name.
    """
    models = copy.deepcopy(parse_yaml(text.models, text.models_file).data)
    policy = parse_yaml(text.policy, text.policy_file).data
    _forget_days(models)
    meant = canonical_json({"models": models, "policy": policy})
    return f"sha256:{hashlib.sha256(meant).hexdigest()}"


def _forget_days(models: Any) -> None:
    entries = models.get("models")
    for entry in entries if isinstance(entries, list) else []:
        lifecycle = entry.get("lifecycle") if isinstance(entry, dict) else None
        if isinstance(lifecycle, dict):
            lifecycle.pop("since", None)
