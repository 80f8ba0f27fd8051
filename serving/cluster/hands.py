"""What a change does to a cluster that runs: through Ray Serve, and in the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle
from sqlalchemy import Connection

from router.audit.acts import Act, record_act
from router.domain import JsonObject
from router.policy.archive import Active, activate, active
from router.store.database import connect
from serving.cluster.applications import ModelApplication
from serving.cluster.change import Change
from serving.cluster.deploy import (
    APPLICATION_NAME,
    GATEWAY,
    ApplicationState,
    application_states,
    deploy,
    deploy_schema,
    details,
)
from serving.cluster.launch import Launch
from serving.cluster.rollout import GatewayStanding
from serving.cluster.rules_switch import put_in_force

_ANSWER_S = 5.0
_ASKED_PER_REPLICA = 4
"""Serve picks who answers: so many questions find every replica soon."""


class ServeHands:
    """See `serving.cluster.rollout.Hands`. `does` is what the change comes to, for the log."""

    def __init__(self, launch: Launch, change: Change, does: JsonObject) -> None:
        self._launch = launch
        self._change = change
        self._does = does
        self._before: Active | None = None
        self._switched_at_s = 0.0
        self._handle: DeploymentHandle | None = None

    def deploy(self, applications: Iterable[ModelApplication]) -> None:
        deploy(deploy_schema(self._launch, applications))

    def states(self) -> Mapping[str, ApplicationState]:
        return application_states(details())

    def switch(self) -> None:
        """Records both that these rules serve, and what was deployed for them."""
        change = self._change
        now_s = self._switched_at_s = time.time()

        def write(connection: Connection) -> None:
            self._before = active(connection)
            before = "" if self._before is None else self._before.digest
            put_in_force(
                connection,
                Active(change.digest or "", now_s, change.actor),
                before,
                change.reason,
                deployments=self._does,
            )

        self._write(write)

    def switch_back(self) -> None:
        before, change, now_s = self._before, self._change, time.time()
        if before is None:
            return

        def write(connection: Connection) -> None:
            activate(connection, Active(before.digest, now_s, before.applied_by))
            said: JsonObject = {"digest": change.digest, "serving": before.digest}
            act = Act("policy.taken_back", "cluster", "a gateway did not take it up", said)
            record_act(connection, act, now_s)

        self._write(write)

    def record_scaling(self) -> None:
        """Records a change that has no rules of its own."""
        act = Act("deployments.scaled", self._change.actor, self._change.reason, self._does)
        self._write(lambda connection: record_act(connection, act, time.time()))

    def gateways(self) -> Sequence[GatewayStanding] | None:
        application = details().applications.get(APPLICATION_NAME)
        gateway = None if application is None else application.deployments.get(GATEWAY)
        running = {
            replica.replica_id
            for replica in (() if gateway is None else gateway.replicas)
            if replica.state.value == "RUNNING"
        }
        answered = {standing.replica: standing for standing in self._ask(len(running))}
        if not running or running - answered.keys():
            return None
        return [answered[replica] for replica in sorted(running)]

    def _write(self, work: Callable[[Connection], object]) -> None:
        engine = connect(self._launch.paths.database_url)
        try:
            with engine.begin() as connection:
                work(connection)
        finally:
            engine.dispose()

    def _ask(self, replicas: int) -> list[GatewayStanding]:
        """Whoever answers in time; one that does not is asked again with the next step."""
        if self._handle is None:
            # Not Serve's own, which it keeps: the option has to be said before the first use, and
            # is for processes without an event loop, such as this one.
            handle: DeploymentHandle = DeploymentHandle(GATEWAY, APPLICATION_NAME)
            handle._init(_run_router_in_separate_loop=True)
            self._handle = handle.options(method_name="standing")
        asked = [self._handle.remote() for _ in range(_ASKED_PER_REPLICA * replicas)]
        until_s = time.monotonic() + _ANSWER_S
        found = []
        for response in asked:
            try:
                said = response.result(timeout_s=max(0.1, until_s - time.monotonic()))
            except (RayError, RayServeException, TimeoutError):
                continue
            # What it refused before this change, it may take up with it.
            is_of_this = said["refused_applied_at_s"] == self._switched_at_s
            refused = said["refused"] if is_of_this else None
            found.append(
                GatewayStanding(
                    said["replica"], said["serving"], refused, said["why"], said["lost"]
                )
            )
        return found
