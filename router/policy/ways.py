"""Every way that a request can go as the policy is written, before anything is filtered out of it.

The model that the proof uses. A choice leads along its route's tiers, stakes lead along the tiers
that they prefer, a model's id leads to that model; and from wherever any of them leads, fallbacks
lead on, and fallbacks of fallbacks. Health, load, failures, and who asks only ever leave steps out.

A champion stands for its canary: that one may go wherever its champion may, or the registry is
refused (`router/registry/check_canary.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from router.domain import AUTO, Capability, DataClass, ModelSpec, Tier
from router.policy.chains import chains
from router.policy.permit import class_bars
from router.policy.policy import CHOICES, Rules


@dataclass(frozen=True, slots=True)
class Way:
    """From how a request comes in to a model, the last of `chain`; fallbacks made the others.

    `choice` is a choice, or the key of the model that is named. `tier` is the one that led to the
    chain's first model, None where its id did. A way `stays` if on-prem was promised for it.
    """

    data_class: DataClass
    choice: str
    tier: Tier | None
    chain: tuple[ModelSpec, ...]
    stakes: str | None = None
    stays: bool = False

    @property
    def model(self) -> ModelSpec:
        return self.chain[-1]

    @property
    def is_fallback(self) -> bool:
        return len(self.chain) > 1

    @property
    def before_model(self) -> str:
        """How a request gets as far as the model, but not its name."""
        start = f"class {self.data_class.label}, "
        if self.tier is None:
            start += f"{'private endpoint, ' if self.stays else ''}model {self.choice}"
            return " → ".join((start, *(model.key for model in self.chain[1:-1])))
        start += f"stakes {self.stakes}" if self.stakes else f"choice {self.choice}"
        return " → ".join((start, f"tier {self.tier}", *(model.key for model in self.chain[:-1])))

    def __str__(self) -> str:
        return f"{self.before_model} → {self.model.key}"


def ways(rules: Rules) -> Iterator[Way]:
    """All of them, what is tried first before what stands in for it."""
    for data_class in DataClass:
        yield from _along_routes(rules, data_class)
        yield from _along_stakes(rules, data_class)
        yield from _by_name(rules, data_class)


def _along_routes(rules: Rules, data_class: DataClass) -> Iterator[Way]:
    for choice in CHOICES:
        for tier in rules.policy.routes[data_class][choice]:
            # The private endpoint goes the way of the choice `private`, whatever is asked there.
            stays = choice == Tier.PRIVATE
            for key in rules.policy.tiers[tier]:
                model = rules.registry.entries[key].spec
                yield from _on(Way(data_class, choice, tier, (model,), stays=stays), rules)


def _along_stakes(rules: Rules, data_class: DataClass) -> Iterator[Way]:
    """For every choice but `private`, where stakes lead nowhere; `auto` stands for all of them."""
    for rule in rules.policy.stakes.values():
        for tier in rule.prefer.get(data_class, ()):
            for key in rules.policy.tiers[tier]:
                model = rules.registry.entries[key].spec
                yield from _on(Way(data_class, AUTO, tier, (model,), stakes=rule.name), rules)


def _by_name(rules: Rules, data_class: DataClass) -> Iterator[Way]:
    """A name leads to a model only if the class may go there: clients write it, and no policy does.

    What stands in for the model is the policy's, though. For one that is named and may not be
    used, the request goes as `auto` does; an embedding model has nothing that stands in for it.
    """
    for model in rules.registry.models:
        if class_bars(model, data_class, rules.policy):
            continue
        if not rules.tiers_of(model.key) and Capability.EMBEDDINGS not in model.capabilities:
            continue
        here = Way(data_class, model.key, None, (model,))
        yield from _on(here, rules)
        if not model.is_external:
            yield from _on(replace(here, stays=True), rules)


def _on(way: Way, rules: Rules) -> Iterator[Way]:
    """The way, and all that go on from its end."""
    yield way
    for keys in chains(rules.policy.fallbacks, way.model.key):
        chain = tuple(rules.registry.entries[key].spec for key in keys)
        yield replace(way, chain=chain)
