"""The rules that a gateway decides by now: one whole, swapped as one whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from router.api.in_force import InForce
from router.policy.policy import Rules
from router.privacy.exceptions import utc_day
from router.protocols import Clock
from router.registry.halted import without_halted
from router.registry.validity import in_force


@dataclass(frozen=True, slots=True)
class _Held:
    written: Rules
    day: date
    now: InForce


class RulesInForce:
    """What `current` returns never changes; a switch, or midnight in UTC, puts another there.

    A request that took one keeps it to its end, streams included. Thread-safe.
    """

    def __init__(self, rules: Rules, wire: Callable[[Rules], InForce], clock: Clock) -> None:
        self._wire = wire
        self._clock = clock
        self._switching = threading.Lock()
        self._halted: frozenset[str] = frozenset()
        self._held = self._made(rules)

    @property
    def digest(self) -> str:
        return self._held.written.policy.digest

    @property
    def written(self) -> Rules:
        """As they were applied: of no day, and with no canary halted."""
        return self._held.written

    def current(self) -> InForce:
        held = self._held
        if held.day != utc_day(self._clock.now_s()):
            with self._switching:
                held = self._held = self._made(self._held.written)
        return held.now

    def switch(self, rules: Rules) -> None:
        """From now on these. They are proven, and run on the deployments that there are."""
        with self._switching:
            self._held = self._made(rules)

    def halt(self, canaries: frozenset[str]) -> None:
        """From now on these canaries, by key, are sent nothing; all others may be."""
        with self._switching:
            if canaries != self._halted:
                # Noted once it holds: what could not be made is tried again.
                held = self._made(self._held.written, canaries)
                self._held, self._halted = held, canaries

    def _made(self, written: Rules, halted: frozenset[str] | None = None) -> _Held:
        """`halted` are those that are from now on, where that changes."""
        halted = self._halted if halted is None else halted
        day = utc_day(self._clock.now_s())
        registry = without_halted(in_force(written.registry, day), halted)
        rules = replace(written, registry=registry)
        return _Held(written, day, self._wire(rules))
