"""What another policy would change: every kind of request that goes elsewhere, with a witness."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from router.config.yaml_document import parse_yaml
from router.domain import JsonObject
from router.policy.kinds import Destination, Destinations, Kind
from router.policy.policy import Rules
from router.policy.space import Askers, kinds

_SEEN_IN_ROUTING = frozenset(
    {
        "default_data_class",
        "external_use",
        "fallbacks",
        "purpose_floors",
        "residency",
        "routes",
        "stakes",
        "team_floors",
        "tiers",
    }
)
_NOTHING_RUNS = frozenset({"owners", "schema", "on_nothing_available"})


@dataclass(slots=True)
class Change:
    """All kinds of requests of one class, or finding, whose first model changes alike.

    `before` and `after` are those of the witness: others of these kinds may fall back differently.
    `leaves` says that a model outside may see what it could not see before.
    """

    found: str
    before: Destination
    after: Destination
    leaves: bool
    witness: Kind
    kinds: int = 0
    askers: dict[tuple[str, str], None] = field(default_factory=dict)
    choices: dict[str, None] = field(default_factory=dict)

    def add(self, kind: Kind, askers: Askers) -> None:
        self.kinds += 1
        self.askers |= dict.fromkeys(askers.pairs)
        self.choices.setdefault(kind.choice)

    def as_json(self) -> JsonObject:
        return {
            "found": self.found,
            "before": list(self.before.plan),
            "before_refusal": self.before.refusal,
            "after": list(self.after.plan),
            "after_refusal": self.after.refusal,
            "leaves": self.leaves,
            "kinds": self.kinds,
            "askers": [{"team": team, "purpose": purpose} for team, purpose in self.askers],
            "choices": list(self.choices),
            "witness": self.witness.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """`changes` in the order in which they were met, those that leave first.

    `elsewhere` are the sections whose text differs and that decide about other things than where a
    request goes: how long is waited, what is kept, what is scanned.
    """

    kinds: int
    changes: tuple[Change, ...]
    elsewhere: tuple[str, ...]


def difference(old: Rules, new: Rules, day: date) -> Difference:
    """Compares every kind of request that the two can tell apart. Pure."""
    before, after = Destinations(old, day), Destinations(new, day)
    changes: dict[tuple[object, ...], Change] = {}
    count = 0
    for kind, askers in kinds(old, new):
        count += 1
        was, is_now = before.of(kind), after.of(kind)
        if was == is_now:
            continue
        leaving = leaves(was, is_now, new)
        found = " + ".join(sorted(kind.entity_types)) or kind.found.label
        key = (found, was.first, is_now.first, leaving)
        if key not in changes:
            changes[key] = Change(found, was, is_now, leaving, kind)
        changes[key].add(kind, askers)
    ordered = sorted(changes.values(), key=lambda change: not change.leaves)
    return Difference(count, tuple(ordered), _elsewhere(old, new))


def leaves(was: Destination, is_now: Destination, new: Rules) -> bool:
    """Whether the new plan has a model outside in it that the old one had not."""
    return any(
        new.registry.entries[key].spec.is_external for key in is_now.plan if key not in was.plan
    )


def _elsewhere(old: Rules, new: Rules) -> tuple[str, ...]:
    was, is_now = (_sections(rules) for rules in (old, new))
    ignored = _SEEN_IN_ROUTING | _NOTHING_RUNS
    return tuple(
        name
        for name in dict.fromkeys((*was, *is_now))
        if was.get(name) != is_now.get(name) and name.partition(".")[0] not in ignored
    )


def _sections(rules: Rules) -> JsonObject:
    """The file by section; detection by key, since some of it is seen in routing."""
    text = rules.policy.text
    data = dict(parse_yaml(text.policy, text.policy_file).data)
    data.pop("exceptions", None)
    detection = data.pop("detection", None)
    for key, value in detection.items() if isinstance(detection, dict) else ():
        if key not in ("entity_types", "combinations"):
            data[f"detection.{key}"] = value
    return data
