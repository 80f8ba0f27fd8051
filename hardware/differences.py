"""What is no longer as it was when something was measured, in words for people."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import JsonValue

from hardware.fingerprint import Fingerprint, facts


@dataclass(frozen=True, slots=True)
class Difference:
    """`capacity` where figures measured before do not hold any more."""

    name: str
    old: JsonValue
    new: JsonValue
    capacity: bool

    def __str__(self) -> str:
        return f"{self.name} {_said(self.old)} → {_said(self.new)}"


def differences(old: Fingerprint, new: Fingerprint) -> tuple[Difference, ...]:
    """All of them, those that change capacity first: none of those exactly where the capacity
    digests are the same.
    """
    before = {fact.name: fact for fact in facts(old)}
    after = {fact.name: fact for fact in facts(new)}
    found = [
        Difference(
            name,
            before[name].value if name in before else None,
            after[name].value if name in after else None,
            (after.get(name) or before[name]).capacity,
        )
        for name in dict.fromkeys((*before, *after))
    ]
    # As JSON, because 1 == True == 1.0, and an engine may take them for three things.
    changed = (one for one in found if _json(one.old) != _json(one.new))
    return tuple(sorted(changed, key=lambda one: not one.capacity))


def _json(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)


def _said(value: JsonValue) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "on" if value else "off"
        case str():
            return value
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(map(_said, value)) or "none"
    return _json(value)
