"""What a cluster runs, and the one change of it that is under way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from router.domain import JsonObject
from router.errors import ConfigError
from router.policy.archive import active, text_of
from router.policy.load import rules_of_text
from router.policy.policy import Rules
from router.policy.reload import version_needed
from router.registry.registry import Registry, VllmBackend
from router.store.database import connect, reading
from serving.cluster.applications import (
    ENGINE,
    SIMULATED_ENGINE,
    Ground,
    ModelApplication,
    applications,
    served,
)
from serving.cluster.change import Change, ChangeReport, Stage, wanted
from serving.cluster.deploy import deploy, deploy_schema
from serving.cluster.engine_weights import background_check, weights_of
from serving.cluster.hands import ServeHands
from serving.cluster.launch import Launch
from serving.cluster.nodes import is_zoned, read_nodes
from serving.cluster.rollout import Applications, Plan, Rollout
from serving.weights import Weights, WeightsError
from serving.weights.background import BackgroundCheck

logger = logging.getLogger(__name__)

StandIns = Callable[[tuple[str, ...], Registry], Mapping[str, str]]
"""Base URLs by provider, for the named ones and those that are stood in for already."""

SETTLE_MARGIN_S = 3.0
"""Beyond detection, for a request's way to its model: parsing, deciding, the record's commit."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    plan: Plan
    weights: Mapping[str, Weights]
    does: JsonObject


class Fleet:
    """Effects: deploys, reads and converts weights in a thread of its own, hashes them at leisure.

    `step` is called every second or so, and does not block for long.
    """

    def __init__(self, launch: Launch, stand_ins: StandIns) -> None:
        self._launch = launch
        self._paths = launch.paths
        self._stand_ins = stand_ins
        self._pool = ThreadPoolExecutor(1, "fleet-prepares")
        self._check: BackgroundCheck | None = None
        self._preparing: Future[_Prepared] | None = None
        self._prepared: _Prepared | None = None
        self._rollout: Rollout | None = None
        self._change: Change | None = None
        self._seen = _last_id(launch)
        self._unreadable = ""
        self.running: Applications = {}
        self.report: ChangeReport | None = None

    def weights(self, registry: Registry) -> dict[str, Weights]:
        """Of all engines; converts and hashes what is new. Raises WeightsError."""
        if self._launch.simulates_engines:
            return {}
        return weights_of(registry.without_retired().entries, self._paths)

    def begin(self, rules: Rules, weights: Mapping[str, Weights]) -> None:
        """Deploys all that the rules of the start need. Raises ValueError."""
        self.running = applications(rules.registry, weights, self._ground(rules, (), None))
        deploy(deploy_schema(self._launch, self.running.values()))

    def watch(self, weights: Mapping[str, Weights]) -> None:
        """Hashes these from now on, in place of what was watched before."""
        self.close_check()
        self._check = background_check(weights, self._paths)
        self._check.start()

    def step(self) -> bool:
        """Takes up what is wanted, or goes on with it; whether there is something new to tell.

        Raises nothing: what fails is a change that failed, and no cluster.
        """
        if self._change is None:
            self._take_up()
            return self._change is not None
        if self._preparing is not None and self._preparing.done():
            self._begin_rollout(self._change, self._preparing)
        elif self._rollout is not None:
            self._rollout.step()
            self._tell(self._rollout.stage, self._rollout.detail)
            if self._rollout.stage is Stage.DONE and self._prepared is not None:
                self._done(self._prepared)
        if self.report is not None and self.report.is_over:
            self._change = self._rollout = self._prepared = None
        return True

    def close(self) -> None:
        self.close_check()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def close_check(self) -> None:
        if self._check is not None:
            self._check.close()

    def _take_up(self) -> None:
        try:
            change = wanted(self._paths)
        except ValueError as error:
            if str(error) != self._unreadable:
                self._unreadable = str(error)
                logger.error("what is wanted cannot be read: %s", error)
            return
        if change is None or change.id == self._seen:
            return
        self._seen, self._change = change.id, change
        self._tell(Stage.PREPARING)
        self._preparing = self._pool.submit(self._prepare, change)

    def _prepare(self, change: Change) -> _Prepared:
        """Raises ConfigError, WeightsError and ValueError for what cannot be done."""
        rules = self._rules(change)
        if change.digest is None:
            weights: Mapping[str, Weights] = {}
            after = dict(self.running)
        else:
            problems = tuple(version_needed(served(self.running), rules))
            if problems:
                raise ConfigError(problems)
            weights = self.weights(rules.registry)
            ground = self._ground(rules, change.simulated, change.drain_s)
            after = applications(rules.registry, weights, ground)
            _refuse_other_weights(self.running, after)
        for key, count in change.replicas.items():
            after[key] = _scaled(after, key, count, rules.registry, change.drain_s)
        plan = Plan(
            before=self.running,
            after=after,
            digest=change.digest,
            settle_s=rules.policy.detection_deadline_s + SETTLE_MARGIN_S,
            drain_s=change.drain_s or rules.policy.cascade.total_timeout_s,
        )
        return _Prepared(plan, weights, _does(self.running, after))

    def _rules(self, change: Change) -> Rules:
        """Those of the change, or in force. From the archive, which is what gateways read."""
        engine = connect(self._paths.database_url)
        try:
            with reading(engine).connect() as connection:
                now = active(connection)
                digest = change.digest or ("" if now is None else now.digest)
                text = text_of(connection, digest)
        finally:
            engine.dispose()
        if text is None:
            raise ValueError(f"the archive has no rules {digest}: ringfence apply")
        launch = self._launch
        return rules_of_text(replace(text, models_file=launch.models, policy_file=launch.policy))

    def _ground(self, rules: Rules, simulated: tuple[str, ...], drain_s: float | None) -> Ground:
        launch = self._launch
        return Ground(
            accelerator=launch.accelerator,
            state_dir=launch.state_dir,
            drain_s=drain_s or rules.policy.cascade.total_timeout_s,
            engine=SIMULATED_ENGINE if launch.simulates_engines else ENGINE,
            is_zoned=is_zoned(read_nodes()),
            stand_ins=self._stand_ins(simulated, rules.registry),
        )

    def _begin_rollout(self, change: Change, preparing: Future[_Prepared]) -> None:
        self._preparing = None
        try:
            self._prepared = preparing.result()
            hands = ServeHands(self._launch, change, self._prepared.does)
            if change.digest is None:
                hands.record_scaling()
            self._rollout = Rollout(self._prepared.plan, hands, time.monotonic)
        except (ConfigError, WeightsError, ValueError) as error:
            self._tell(Stage.FAILED, str(error))
        except Exception as error:
            logger.exception("a change could not be prepared")
            self._tell(Stage.FAILED, f"{type(error).__name__}: see the supervisor's log")

    def _done(self, prepared: _Prepared) -> None:
        self.running = prepared.plan.after
        if prepared.plan.digest is not None:
            self.watch(prepared.weights)

    def _tell(self, stage: Stage, detail: str = "") -> None:
        assert self._change is not None
        self.report = ChangeReport(self._change.id, stage, detail)


def _last_id(launch: Launch) -> str | None:
    """What was wanted of an earlier cluster is over."""
    try:
        change = wanted(launch.paths)
    except ValueError:
        return None
    return None if change is None else change.id


def _scaled(
    fleet: Applications, key: str, count: int, registry: Registry, drain_s: float | None
) -> ModelApplication:
    entry = registry.entries.get(key)
    if key not in fleet or entry is None or not isinstance(entry.backend, VllmBackend):
        raise ValueError(f"no engine of this cluster serves {key}")
    if entry.backend.autoscaling is not None:
        raise ValueError(f"the replicas of {key} follow the load")
    if not entry.backend.bounds.allow(count):
        bounds = entry.backend.bounds
        raise ValueError(f"models.yaml allows {bounds.least} to {bounds.most} replicas of {key}")
    options = dict(fleet[key].options)
    if drain_s is not None:
        options["graceful_shutdown_timeout_s"] = drain_s
    return replace(fleet[key], replicas=count, options=options)


def _refuse_other_weights(before: Applications, after: Applications) -> None:
    was, is_now = served(before), served(after)
    for key in was.keys() & is_now.keys():
        if was[key].weights_digest != is_now[key].weights_digest:
            raise ValueError(
                f"the weights of {key} have been imported anew, as other ones than it serves: give "
                "them a `version` and a directory of their own"
            )


def _does(before: Applications, after: Applications) -> JsonObject:
    """For the log: names and counts."""
    both = before.keys() & after.keys()
    return {
        "added": [*sorted(after.keys() - before.keys())],
        "removed": [*sorted(before.keys() - after.keys())],
        "restarted": [name for name in sorted(both) if before[name].args != after[name].args],
        "scaled": {
            name: [before[name].replicas, after[name].replicas]
            for name in sorted(both)
            if before[name].replicas != after[name].replicas
        },
    }
