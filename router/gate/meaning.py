"""What rules mean: the same for two texts that no gateway can tell apart."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from router.audit.canonical import canonical_json
from router.config.yaml_document import parse_yaml
from router.domain import JsonObject
from router.policy.policy import RulesText

_SIZE = ("replicas", "autoscaling", "max_ongoing_requests")
_RESOURCES = ("cpus", "gpus")
_PLACES = ("accelerator_type", "zone")


def meaning_of(text: RulesText) -> JsonObject:
    """Both files as data, `models` and `policy`; the caller's own. Raises ConfigError for what is
    none.

    Comments and the order of keys do not count, and neither does the day since when a version has
    been in its state: a move writes the day on which it is made, which nobody knows when the gate
    judges it. How many replicas an engine has, on which nodes and of how much, is forgotten as
    well: it says how soon answers come and not which, and a cluster that has lost a GPU starts with
    one replica less. How the engine computes stays: its arguments, its environment, over how many
    GPUs it is split. The digest of the rules' bytes (`rules_digest`) is what records of requests
    name.
    """
    models = copy.deepcopy(parse_yaml(text.models, text.models_file).data)
    policy = parse_yaml(text.policy, text.policy_file).data
    for entry in _mappings(models.get("models")):
        _forget_day(entry)
        _forget_size(entry)
    return {"models": models, "policy": policy}


def meaning_digest(text: RulesText) -> str:
    """ "sha256:" and 64 hex digits over what the rules mean. Raises ConfigError."""
    return f"sha256:{hashlib.sha256(canonical_json(meaning_of(text))).hexdigest()}"


def _forget_day(entry: dict[str, Any]) -> None:
    lifecycle = entry.get("lifecycle")
    if isinstance(lifecycle, dict):
        lifecycle.pop("since", None)


def _forget_size(entry: dict[str, Any]) -> None:
    """What is empty then is as good as never written."""
    backend = entry.get("backend")
    if not isinstance(backend, dict):
        return
    _drop(backend, _SIZE)
    profiles = backend.get("profiles")
    for profile in _mappings(profiles.values() if isinstance(profiles, dict) else None):
        _drop(profile, _RESOURCES)
    placement = backend.get("placement")
    if isinstance(placement, dict):
        _drop(placement, _PLACES)
        if not placement:
            del backend["placement"]


def _drop(said: dict[str, Any], keys: Iterable[str]) -> None:
    for key in keys:
        said.pop(key, None)


def _mappings(found: Any) -> Iterator[dict[str, Any]]:
    """Those among them; the text need not be rules."""
    if isinstance(found, Iterable):
        yield from (each for each in found if isinstance(each, dict))
