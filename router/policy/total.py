"""What a name means that nobody decided about: the most careful thing it could.

Rules themselves need neither: their tables have every class and name only what the registry has.
What comes from outside them, such as records of an older policy, may name anything.
"""

from __future__ import annotations

from router.domain import DataClass, Dialect, Location, ModelSpec, Price
from router.registry.registry import Registry


def class_named(label: str) -> DataClass:
    """The class of a label; restricted for one that there is not."""
    return next((each for each in DataClass if each.label == label), DataClass.RESTRICTED)


def model_named(name: str, registry: Registry) -> ModelSpec:
    """The model of a name; for one that there is not, a model outside that may see nothing."""
    found = registry.resolve(name)
    if found is not None:
        return found
    model_id, _, version = name.partition("@")
    return ModelSpec(
        id=model_id,
        version=version or "unknown",
        dialect=Dialect.OPENAI,
        location=Location.EXTERNAL,
        approved=frozenset(),
        residency=frozenset({"unknown"}),
        capabilities=frozenset(),
        context_tokens=0,
        price=Price(0.0, 0.0),
        upstream_model="",
        origin=None,
    )
