"""What a change comes to: which applications come, go, start again or are scaled, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from router.domain import JsonObject
from router.registry.registry import RegisteredModel, VllmBackend
from serving.cluster.applications import ModelApplication
from serving.cluster.report import ModelReport

What: TypeAlias = Literal["added", "restarted", "reconfigured", "scaled", "removed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One model. `before` and `after` are replicas; `why` names keys of models.yaml."""

    what: What
    model: str
    before: int
    after: int
    why: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        return {
            "what": self.what,
            "model": self.model,
            "before": self.before,
            "after": self.after,
            "why": list(self.why),
        }


def differences(
    running: Mapping[str, ModelReport],
    wanted: Mapping[str, RegisteredModel],
    fleet: Mapping[str, ModelApplication],
) -> Iterator[Difference]:
    """Between what runs and the entries of a registry, without its retired ones.

    `fleet` has the application that each would have, by the model's key.
    """
    for key, entry in wanted.items():
        target = replicas_of(entry)
        model = running.get(key)
        if model is None:
            yield Difference("added", key, 0, target)
            continue
        if why := model.deployed.differs(entry):
            # An adapter takes up another key, or certificate, while it runs.
            engine = isinstance(entry.backend, VllmBackend)
            what: What = "restarted" if engine else "reconfigured"
            yield Difference(what, key, model.wanted, target, why)
        elif model.bundles is not None and _plain(model.bundles) != _plain(fleet[key].bundles):
            # The file is the same, and nodes have zones now, or have none any more.
            yield Difference("restarted", key, model.wanted, target, ("zones of nodes",))
        elif model.wanted != target and not _follows_load(entry):
            yield Difference("scaled", key, model.wanted, target)
    for key, model in running.items():
        if key not in wanted:
            yield Difference("removed", key, model.wanted, 0)


def replicas_of(entry: RegisteredModel) -> int:
    """How many the file asks for; an adapter has one."""
    return entry.backend.replicas if isinstance(entry.backend, VllmBackend) else 1


def _follows_load(entry: RegisteredModel) -> bool:
    return isinstance(entry.backend, VllmBackend) and entry.backend.autoscaling is not None


def _plain(bundles: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    return [dict(bundle) for bundle in bundles]
