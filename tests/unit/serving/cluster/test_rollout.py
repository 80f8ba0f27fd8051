"""One change of a cluster: nothing is removed before all decide by the new rules, and what fails is
taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.cluster.applications import ModelApplication
from serving.cluster.change import Stage
from serving.cluster.deploy import ApplicationState
from serving.cluster.rollout import ADD_S, SWITCH_S, GatewayStanding, Plan, Rollout
from tests.unit.serving.cluster.fleets import engine, fleet, outside

OLD, NEW = "sha256:old", "sha256:new"
SETTLE_S, DRAIN_S = 5.0, 30.0
ONE = fleet(engine())
TWO = fleet(engine("2"), outside())
BOTH = {**ONE, **TWO}


@dataclass
class Cluster:
    """Serve, gateways and a clock, which do what a test tells them to."""

    serving: str = OLD
    log: list[str] = field(default_factory=list)
    deployed: dict[str, ModelApplication] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    leaving: dict[str, int] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)
    late: bool = False
    refuses: str = ""
    broken: bool = False
    lost: dict[str, int] = field(default_factory=dict)
    uncounted: bool = False
    now_s: float = 0.0

    def deploy(self, applications: Iterable[ModelApplication]) -> None:
        self.deployed = {application.name: application for application in applications}
        self.log.append("deploy " + " ".join(sorted(self.deployed)))

    def states(self) -> Mapping[str, ApplicationState]:
        if self.broken:
            raise ConnectionError
        return {
            name: ApplicationState(
                self.status.get(name, "RUNNING"),
                running={name: self.running.get(name, application.replicas)},
                leaving={name: self.leaving.get(name, 0)},
                problems=(f"{name}: no memory",),
            )
            for name, application in self.deployed.items()
        } | {name: ApplicationState("DELETING") for name in self.leaving.keys() - self.deployed}

    def switch(self) -> None:
        if self.serving != OLD:
            raise ValueError("others are in force")
        self.serving = NEW
        self.log.append("switch")

    def switch_back(self) -> None:
        self.serving = OLD
        self.log.append("switch back")

    def gateways(self) -> Sequence[GatewayStanding]:
        if self.uncounted:
            raise ConnectionError
        refused = NEW if self.refuses and self.serving == NEW else None
        late = self.late or refused is not None
        return [
            GatewayStanding("a", self.serving, lost=self.lost),
            GatewayStanding("b", OLD if late else self.serving, refused, self.refuses, self.lost),
        ]

    def rollout(
        self,
        before: Mapping[str, ModelApplication] = ONE,
        after: Mapping[str, ModelApplication] = TWO,
        digest: str | None = NEW,
    ) -> Rollout:
        self.deployed = dict(before)
        plan = Plan(before, after, digest, SETTLE_S, DRAIN_S)
        return Rollout(plan, self, lambda: self.now_s)


def until(rollout: Rollout, stage: Stage, steps: int = 10) -> None:
    for _ in range(steps):
        if rollout.stage is stage:
            return
        rollout.step()
    raise AssertionError(f"{rollout.stage}: {rollout.detail}")


def scaled(replicas: int) -> dict[str, ModelApplication]:
    return {"own@1": replace(ONE["own@1"], replicas=replicas)}


def test_the_new_is_added_then_the_rules_are_switched_then_the_old_is_removed() -> None:
    cluster = Cluster()
    rollout = cluster.rollout()
    until(rollout, Stage.SETTLING)
    assert cluster.log == ["deploy adapter-firm own@1 own@2", "switch"]
    rollout.step()
    assert rollout.stage is Stage.SETTLING, "requests of the old rules are on their way"
    cluster.now_s += SETTLE_S
    rollout.step()
    assert cluster.log[2:] == ["deploy adapter-firm own@2"]
    until(rollout, Stage.DONE)


def test_nothing_is_switched_before_all_that_is_new_runs() -> None:
    cluster = Cluster(running={"own@2": 0})
    rollout = cluster.rollout()
    for _ in range(5):
        rollout.step()
    assert (rollout.stage, rollout.detail) == (Stage.ADDING, "own@2 0/1")
    cluster.running["own@2"] = 1
    until(rollout, Stage.SETTLING)


def test_nothing_is_removed_before_every_gateway_decides_by_the_new_rules() -> None:
    cluster = Cluster(late=True)
    rollout = cluster.rollout()
    for _ in range(5):
        rollout.step()
    assert rollout.stage is Stage.SWITCHING
    assert "b" in rollout.detail
    cluster.late = False
    until(rollout, Stage.SETTLING)


def failing(cluster: Cluster) -> Rollout:
    rollout = cluster.rollout()
    for _ in range(3):
        rollout.step()
    cluster.now_s += max(ADD_S, SWITCH_S)
    rollout.step()
    return rollout


@pytest.mark.parametrize(
    ("cluster", "why"),
    [
        (Cluster(status={"own@2": "DEPLOY_FAILED"}), "own@2: no memory"),
        (Cluster(running={"own@2": 0}), "not up after 900 s: own@2 0/1"),
        (Cluster(late=True), "not every gateway decides by them after 90 s: waiting for b"),
        (Cluster(refuses="own@2 has no deployment"), "own@2 has no deployment"),
        (Cluster(serving="sha256:others"), "others are in force"),
        (Cluster(broken=True), "ConnectionError"),
    ],
)
def test_what_fails_is_taken_back_and_what_ran_runs_on(cluster: Cluster, why: str) -> None:
    before = cluster.serving
    rollout = failing(cluster)
    assert rollout.stage is Stage.FAILED
    assert why in rollout.detail
    assert cluster.deployed == ONE
    assert cluster.serving == before


def test_more_replicas_are_waited_for_and_fewer_leave_once_nobody_needs_them() -> None:
    cluster = Cluster(running={"own@1": 1})
    rollout = cluster.rollout(after=scaled(3), digest=None)
    until(rollout, Stage.ADDING)
    rollout.step()
    assert rollout.detail == "own@1 1/3"
    cluster.running.clear()
    until(rollout, Stage.DONE)

    cluster = Cluster(leaving={"own@1": 2})
    rollout = cluster.rollout(before=scaled(3), after=scaled(1), digest=None)
    until(rollout, Stage.REMOVING)
    rollout.step()
    assert rollout.stage is Stage.REMOVING, "they finish what they have"
    cluster.leaving.clear()
    until(rollout, Stage.DONE)


def test_what_never_leaves_is_not_waited_for_for_ever() -> None:
    cluster = Cluster(leaving={"own@1": 1})
    rollout = cluster.rollout(before=scaled(3), after=scaled(1), digest=None)
    until(rollout, Stage.REMOVING)
    cluster.now_s += DRAIN_S + 60.0
    until(rollout, Stage.DONE)
    assert rollout.detail == "still leaving: own@1"


def test_a_provider_reaches_the_old_and_the_new_while_both_are_needed() -> None:
    second = outside() | {"id": "cloud-two", "version": "1"}
    before, after = fleet(outside()), fleet(second)
    during = Plan(before, after, NEW, SETTLE_S, DRAIN_S).during
    assert during["adapter-firm"].models.keys() == {"cloud@1", "cloud-two@1"}
    assert during["adapter-firm"].args == before["adapter-firm"].args


COUNTS = st.dictionaries(st.sampled_from(sorted(BOTH)), st.integers(1, 4))


@given(before=COUNTS, after=COUNTS)
def test_while_it_changes_there_is_never_less_than_before_or_after(
    before: dict[str, int], after: dict[str, int]
) -> None:
    was, will = (
        {name: replace(BOTH[name], replicas=count) for name, count in counts.items()}
        for counts in (before, after)
    )
    during = Plan(was, will, NEW, SETTLE_S, DRAIN_S).during
    assert during.keys() == before.keys() | after.keys()
    for name, application in during.items():
        assert application.replicas == max(before.get(name, 0), after.get(name, 0))


def test_what_leaving_replicas_took_with_them_is_said() -> None:
    cluster = Cluster(lost={"own@1": 7, "own@2": 1}, leaving={"own@1": 1})
    rollout = cluster.rollout(after=scaled(1), before=scaled(3), digest=None)
    until(rollout, Stage.REMOVING)
    cluster.lost = {"own@1": 9, "own@2": 5}
    cluster.leaving = {}
    until(rollout, Stage.DONE)
    # Two at each of two gateways; what others lose is not this change's.
    assert rollout.detail == "cut: 4 of own@1"


def test_what_cannot_be_counted_undoes_nothing() -> None:
    cluster = Cluster(lost={"own@1": 7}, leaving={"own@1": 1})
    rollout = cluster.rollout(after=scaled(1), before=scaled(3), digest=None)
    until(rollout, Stage.REMOVING)
    cluster.leaving, cluster.uncounted = {}, True
    until(rollout, Stage.DONE)
    assert "not known" in rollout.detail


def test_nothing_is_said_of_a_change_that_cut_nothing() -> None:
    rollout = Cluster(lost={"own@1": 7}).rollout(after=scaled(1), before=scaled(3), digest=None)
    until(rollout, Stage.DONE)
    assert rollout.detail == ""
