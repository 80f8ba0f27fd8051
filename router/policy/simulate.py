"""Where requests that were made would go under a policy, and what that would cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from router.domain import JsonObject, Usage
from router.errors import RequestError
from router.escalation.plan import plan_cascade
from router.policy.as_certified import as_certified
from router.policy.diff import leaves
from router.policy.kinds import Destination, Destinations, Kind, principal_of, request_of
from router.policy.policy import Rules
from router.policy.rank import NOTHING_KNOWN
from router.policy.simulate_cascade import Cascades
from router.policy.total import model_named
from router.policy.traffic import Made
from router.task import Features


@dataclass(slots=True)
class Tally:
    """Requests of one destination: a model's key, or the code of a refusal."""

    requests: int = 0
    cost_nano_usd: int = 0

    @property
    def usd(self) -> float:
        return self.cost_nano_usd / 1e9

    def add(self, cost_nano_usd: int) -> None:
        self.requests += 1
        self.cost_nano_usd += cost_nano_usd


@dataclass(slots=True)
class Simulation:
    """`before` is what another policy would have done, or what happened; empty if nothing is to
    be compared with.

    A request counts for the first model of its plan: all that are tried in vain are free, and so is
    a cheaper model that is tried before, since nobody knows which answers of it would be kept; such
    requests are counted in `cascades`. Costs are in nano-dollars, by the registry's prices and the
    tokens that the request took. Its task is what it was held for when it was made: no record has
    the text that other rules would read.
    """

    requests: int = 0
    moved: int = 0
    before: dict[str, Tally] = field(default_factory=dict)
    after: dict[str, Tally] = field(default_factory=dict)
    cascades: Cascades = field(default_factory=Cascades)

    @property
    def is_compared(self) -> bool:
        return bool(self.before)

    @property
    def destinations(self) -> Iterator[tuple[str, Tally, Tally]]:
        """Each with what is before and after, those of before first."""
        for name in dict.fromkeys((*self.before, *self.after)):
            yield name, self.before.get(name, Tally()), self.after.get(name, Tally())

    def as_json(self) -> JsonObject:
        """`moved` and all of `before` are null where nothing is compared."""
        compared = self.is_compared
        return {
            "requests": self.requests,
            "moved": self.moved if compared else None,
            "destinations": [
                {
                    "destination": name,
                    "before": before.requests if compared else None,
                    "before_usd": before.usd if compared else None,
                    "after": after.requests,
                    "after_usd": after.usd,
                }
                for name, before, after in self.destinations
            ],
            **self.cascades.as_json(compared=compared),
        }


def simulate(
    made: Iterable[Made], rules: Rules, day: date, against: Rules | None = None
) -> Simulation:
    """Under `rules`, beside what `against` would do or, without it, what was recorded."""
    result = Simulation()
    after = Sent(rules, day)
    before = None if against is None else Sent(against, day)
    for request in made:
        result.requests += 1
        task = request.features.task
        to = after.destination(request.kind, request.features).first
        result.after.setdefault(to, Tally()).add(after.cost_nano_usd(request, to))
        result.cascades.add(task, after.cascade(request))
        if before is not None:
            was = before.destination(request.kind, request.features).first
            cost_nano_usd = before.cost_nano_usd(request, was)
            cascade = before.cascade(request)
        elif request.planned is not None and request.cost_nano_usd is not None:
            was, cost_nano_usd = request.planned, request.cost_nano_usd
            cascade = request.cascade
        else:
            continue
        result.before.setdefault(was, Tally()).add(cost_nano_usd)
        result.cascades.compare(task, cascade, moved=was != to)
        result.moved += was != to
    return result


@dataclass(frozen=True, slots=True)
class Touched:
    """Of so many requests that were made, how many would go elsewhere, and outside for the first
    time.
    """

    requests: int
    touched: int
    leaving: int

    @property
    def share(self) -> float:
        return self.touched / self.requests if self.requests else 0.0


def touched(old: Rules, new: Rules, made: Iterable[Made], day: date) -> Touched:
    """What of the traffic a change of policy touches."""
    before, after = Sent(old, day), Sent(new, day)
    total = moved = leaving = 0
    for request in made:
        total += 1
        was, is_now = (sent.destination(request.kind, request.features) for sent in (before, after))
        if was != is_now:
            moved += 1
            leaving += leaves(was, is_now, new)
    return Touched(total, moved, leaving)


class Sent:
    """Where a policy's registry still knows the models that requests named, and what they cost."""

    def __init__(self, rules: Rules, day: date) -> None:
        self._rules = rules = as_certified(rules)
        self._day = day
        self._destinations = Destinations(rules, day)

    def destination(self, kind: Kind, features: Features = NOTHING_KNOWN) -> Destination:
        """A version that is gone is asked for by its id: clients hardly ever name versions."""
        return self._destinations.of(self._known(kind), features)

    def cascade(self, made: Made) -> str | None:
        """The code of the cascade that it would be tried with, or of why it would not be; None
        where no pair of tiers is about it.
        """
        if not self._rules.policy.escalation:
            return None
        kind = self._known(made.kind)
        try:
            decision = self._destinations.decision_of(kind, made.features)
        except RequestError:
            return None
        body: JsonObject = {"n": made.choices}
        if made.features.has_tools:
            body["tools"] = [{}]
        asked = replace(request_of(kind), body=body, stream=made.stream, cascade=made.may_cascade)
        decision = replace(decision, features=made.features)
        _, code = plan_cascade(asked, decision, principal_of(kind), self._rules, self._day)
        return code

    def _known(self, kind: Kind) -> Kind:
        model_id, at, _version = kind.choice.partition("@")
        if at and self._rules.registry.resolve(kind.choice) is None:
            return replace(kind, choice=model_id)
        return kind

    def cost_nano_usd(self, request: Made, destination: str) -> int:
        usage = Usage(request.input_tokens, request.output_tokens)
        return model_named(destination, self._rules.registry).price.cost_nano_usd(usage)
