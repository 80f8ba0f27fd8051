"""What the registry permits on one day: approvals less what expired, ended, or is out of service.

Nothing here adds: a class that models.yaml does not approve stays unapproved on every day. So what
is proven of the registry as written holds on every day, too, but for one thing: a way can come to
its end. Where that leaves nothing, a request is refused (403); where something is permitted and not
up, it is told to come back (503).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from router.domain import DataClass
from router.registry.card import ModelCard
from router.registry.providers import Provider, Requirements
from router.registry.registry import HttpBackend, RegisteredModel, Registry

LIFECYCLE = "lifecycle"
CERTIFICATION = "certification"
CONTRACT = "contract"

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A class that models.yaml approves for a model, and why it may not be sent on the day.

    `what` names the state, the certification or the kind of contract. `since` is the first day of
    it, None where it was never otherwise or nobody said.
    """

    model: str
    data_class: DataClass
    code: str
    what: str
    since: date | None = None


def in_force(registry: Registry, day: date) -> Registry:
    """The registry of a day, in UTC: each `approved` narrowed, each `narrowed` saying why. Pure.

    An external model loses, with a class, all that is more sensitive: otherwise a request could get
    out by becoming more so.
    """
    why: dict[str, dict[DataClass, str]] = {}
    for narrowing in narrowings(registry, day):
        why.setdefault(narrowing.model, {}).setdefault(narrowing.data_class, narrowing.code)
    entries = {
        key: _narrowed(entry, why[key]) if key in why else entry
        for key, entry in registry.entries.items()
    }
    return replace(registry, entries=entries)


def narrowings(registry: Registry, day: date) -> tuple[Narrowing, ...]:
    """Every reason for which something approved is not permitted on `day`.

    In the order of the registry, and of the classes.
    """
    return tuple(
        narrowing
        for key, entry in registry.entries.items()
        for narrowing in _narrowings(key, entry, registry, day)
    )


def _narrowed(entry: RegisteredModel, why: dict[DataClass, str]) -> RegisteredModel:
    spec = replace(entry.spec, approved=entry.spec.approved - why.keys())
    return replace(entry, spec=spec, narrowed=why)


def _narrowings(
    key: str, entry: RegisteredModel, registry: Registry, day: date
) -> Iterator[Narrowing]:
    below: list[Narrowing] = []
    for data_class in sorted(entry.spec.approved):
        found = [
            Narrowing(key, data_class, code, what, since)
            for code, what, since in _bars(entry, data_class, registry, day)
        ]
        yield from found
        yield from (replace(n, data_class=data_class) for n in below)
        if entry.spec.is_external:
            below += found


def _bars(
    entry: RegisteredModel, data_class: DataClass, registry: Registry, day: date
) -> Iterator[tuple[str, str, date | None]]:
    lifecycle = entry.card.lifecycle
    if not lifecycle.state.answers_clients:
        yield LIFECYCLE, lifecycle.state.value, lifecycle.since
    for name, since in uncertified(entry.card, data_class, registry.requirements, day):
        yield CERTIFICATION, name, since
    if entry.spec.is_external and isinstance(entry.backend, HttpBackend):
        provider = registry.providers.get(entry.backend.provider)
        for kind, since in uncovered(provider, data_class, registry.requirements, day):
            yield CONTRACT, kind, since


def uncertified(
    card: ModelCard, data_class: DataClass, requirements: Requirements, day: date
) -> Iterator[tuple[str, date | None]]:
    """The certifications that a class asks for and a model has not, and since which day not."""
    expires = {certification.name: certification.expires for certification in card.certifications}
    for name in sorted(requirements.certifications.get(data_class, frozenset())):
        if name not in expires or expires[name] < day:
            yield name, expires[name] + _DAY if name in expires else None


def uncovered(
    provider: Provider | None, data_class: DataClass, requirements: Requirements, day: date
) -> Iterator[tuple[str, date | None]]:
    """The kinds of contract, or `terms`, that a class asks for and that are not in force, and since
    which day not. A provider that nobody describes has none.
    """
    contracts = () if provider is None else provider.contracts
    covering = [contract for contract in contracts if data_class in contract.covers]
    kinds = requirements.contracts.get(data_class, frozenset())
    for kind in sorted(kinds):
        of_kind = [contract for contract in covering if contract.kind == kind]
        if not any(contract.is_in_force(day) for contract in of_kind):
            ended = [c.expires for c in of_kind if c.expires is not None and c.expires < day]
            yield kind, max(ended) + _DAY if ended else None
    has_terms = provider is not None and provider.terms is not None
    if not kinds and not has_terms and not any(c.is_in_force(day) for c in covering):
        yield "terms", None
