"""One change of a running cluster, in the order that loses no request.

    add, and wait until it is healthy  →  switch the rules  →  wait for those who came before
    →  remove what no rule needs, after its requests ended

What is refused or fails on the way is taken back: what ran goes on running.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from serving.cluster.applications import ModelApplication
from serving.cluster.change import Stage
from serving.cluster.deploy import ApplicationState

ADD_S = 900.0
"""Engines of this size load in minutes; one that does not come up has to be said to."""
SWITCH_S = 90.0
LEAVE_MARGIN_S = 60.0
"""Beyond the time that leaving replicas are given, until they are not waited for any more."""

logger = logging.getLogger(__name__)

Applications = Mapping[str, ModelApplication]
Lost = Mapping[str, Mapping[str, int]]
"""By gateway and application."""


@dataclass(frozen=True, slots=True)
class GatewayStanding:
    """Which rules a gateway replica decides by, and why it refused those that are to be.

    `lost` are requests whose replica went away under them, by application, since its start.
    """

    replica: str
    serving: str
    refused: str | None = None
    why: str = ""
    lost: Mapping[str, int] = field(default_factory=dict)


class Hands(Protocol):
    """What a change does to the cluster, and sees of it. None of it takes long."""

    def deploy(self, applications: Iterable[ModelApplication]) -> None: ...

    def states(self) -> Mapping[str, ApplicationState]: ...

    def switch(self) -> None:
        """Puts the new rules in force. Raises ValueError where others were put there meanwhile."""
        ...

    def switch_back(self) -> None: ...

    def gateways(self) -> Sequence[GatewayStanding] | None:
        """Of every replica that runs; None while not all have answered."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """`digest` is of the new rules, None to keep those in force.

    `settle_s` is how long a request that came under the old rules may take to reach its model,
    `drain_s` how long a leaving replica waits for its requests.
    """

    before: Applications
    after: Applications
    digest: str | None
    settle_s: float
    drain_s: float

    @property
    def during(self) -> Applications:
        """What both need: the new as it will be, the old as it was, the larger count of each."""
        during = dict(self.before)
        for name, wanted in self.after.items():
            had = self.before.get(name)
            if had is None:
                during[name] = wanted
                continue
            both = wanted.serving({**had.models, **wanted.models})
            during[name] = replace(both, replicas=max(wanted.replicas, had.replicas))
        return during


class Rollout:
    """Asked to `step` again and again until it is over. Effects: those of its hands."""

    def __init__(self, plan: Plan, hands: Hands, now_s: Callable[[], float]) -> None:
        self._plan = plan
        self._hands = hands
        self._now_s = now_s
        self.stage = Stage.PREPARING
        self.detail = ""
        self._until_s = 0.0
        self._switched = False
        self._lost: Lost | None = None

    def step(self) -> None:
        """Raises nothing: what fails is tried again until its time is over, and then taken back."""
        try:
            self._step()
        except Exception as error:
            logger.exception("a step of a change has failed, %s", self.stage)
            self.detail = f"{type(error).__name__}: see the supervisor's log"
            if self.stage is Stage.PREPARING or self._now_s() >= self._until_s:
                self._fail(self.detail)

    def _step(self) -> None:
        match self.stage:
            case Stage.PREPARING:
                self._hands.deploy(self._plan.during.values())
                self._enter(Stage.ADDING, ADD_S)
            case Stage.ADDING:
                self._add()
            case Stage.SWITCHING:
                self._switch()
            case Stage.SETTLING:
                if self._now_s() >= self._until_s:
                    self._remove()
            case Stage.REMOVING:
                self._wait_for_the_leaving()

    def _add(self) -> None:
        states = self._hands.states()
        waiting = []
        for name, wanted in self._plan.during.items():
            if wanted == self._plan.before.get(name):
                continue
            state = states.get(name, ApplicationState("NOT_STARTED"))
            if state.has_failed:
                self._fail("\n".join(state.problems) or f"{name} did not come up")
                return
            if not state.is_up or state.running.get(name, 0) < _least(wanted):
                waiting.append(f"{name} {state.running.get(name, 0)}/{_least(wanted)}")
        self.detail = ", ".join(waiting)
        if waiting and self._now_s() >= self._until_s:
            self._fail(f"not up after {ADD_S:.0f} s: {self.detail}")
        elif waiting:
            return
        elif self._plan.digest is None:
            self._remove()
        else:
            try:
                self._hands.switch()
            except ValueError as error:
                self._fail(str(error))
                return
            self._switched = True
            self._enter(Stage.SWITCHING, SWITCH_S)

    def _switch(self) -> None:
        digest = self._plan.digest
        standings = self._hands.gateways()
        for standing in standings or ():
            if standing.refused == digest:
                self._fail(standing.why)
                return
        late = [each.replica for each in standings or () if each.serving != digest]
        self.detail = f"waiting for {', '.join(late) or 'their answer'}"
        if standings and not late:
            self._enter(Stage.SETTLING, self._plan.settle_s)
        elif self._now_s() >= self._until_s:
            self._fail(f"not every gateway decides by them after {SWITCH_S:.0f} s: {self.detail}")

    def _remove(self) -> None:
        self._lost = self._lost_so_far()
        self._hands.deploy(self._plan.after.values())
        self._enter(Stage.REMOVING, self._plan.drain_s + LEAVE_MARGIN_S)

    def _wait_for_the_leaving(self) -> None:
        during, after = self._plan.during, self._plan.after
        leaving = [
            name
            for name, state in self._hands.states().items()
            if (name in during and name not in after)
            or (during.get(name) != after.get(name) and not _is_settled(state, name))
        ]
        self.detail = ", ".join(leaving)
        if leaving and self._now_s() < self._until_s:
            return
        said = [] if during == after else self._cut()
        if leaving:
            # Serve has ended them by force, or will: nothing waits for them any more.
            said.append(f"still leaving: {', '.join(leaving)}")
        self._enter(Stage.DONE, 0.0)
        self.detail = "; ".join(said)

    def _cut(self) -> list[str]:
        """Requests that leaving replicas took with them, when the time for their drain was over."""
        before, after = self._lost, self._lost_so_far()
        if before is None or after is None:
            return ["how many requests were cut is not known: not every gateway has answered"]
        cut: Counter[str] = Counter()
        for gateway in before.keys() & after.keys():
            cut += Counter(after[gateway]) - Counter(before[gateway])
        leaving = {
            name
            for name, application in self._plan.during.items()
            if application != self._plan.after.get(name)
        }
        return [f"cut: {cut[name]} of {name}" for name in sorted(leaving & cut.keys())]

    def _lost_so_far(self) -> Lost | None:
        """By gateway; None where not all have answered. What is only counted fails no change."""
        try:
            standings = self._hands.gateways()
        except Exception as error:
            logger.warning("lost requests could not be counted: %s", type(error).__name__)
            return None
        return {one.replica: one.lost for one in standings} if standings else None

    def _fail(self, why: str) -> None:
        try:
            if self._switched:
                self._hands.switch_back()
            self._hands.deploy(self._plan.before.values())
        except Exception as error:
            logger.exception("a change could not be taken back")
            why = f"{why}; nor could it be taken back: {type(error).__name__}"
        self._enter(Stage.FAILED, 0.0)
        self.detail = why

    def _enter(self, stage: Stage, within_s: float) -> None:
        self.stage = stage
        self.detail = ""
        self._until_s = self._now_s() + within_s


def _is_settled(state: ApplicationState, name: str) -> bool:
    return state.is_up and not state.leaving.get(name, 0)


def _least(wanted: ModelApplication) -> int:
    """How many have to run before it counts as there: the load decides beyond the first."""
    return wanted.replicas if wanted.autoscaling is None else 1
