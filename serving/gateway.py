"""The gateway, wired: everything that the router decides with, and nothing that executes.

Works the same in a plain process and in a Serve replica; what differs is which backends and which
detector it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from starlette.types import ASGIApp

from router.accounts.authenticator import Authenticator
from router.accounts.keys import KeyHasher
from router.accounts.limits.release import prune_windows, release_expired
from router.api.app import DEFAULT_MAX_BODY_BYTES, Services, build_app
from router.audit.log.beginning import begin_log
from router.audit.log.retention import LogRetention
from router.audit.records import Records
from router.audit.vault.retention import Retention
from router.audit.vault.wal import WalTruncation
from router.audit.vault.wrapping import KeyWrapper
from router.clock import SystemClock
from router.conversation.store import prune_conversations
from router.egress.clearance import ClearanceOffice
from router.feedback.inbox import FeedbackInbox
from router.feedback.reading import FeedbackShown
from router.load.gates import Gates
from router.load.size import Fleet, FleetAsWritten
from router.policy.policy import Rules
from router.privacy.taint_store import prune
from router.privacy.tenancy import TenantSecrets
from router.protocols import Backend, Clock, Detector
from router.registry.execution import DeployedModel, as_started
from router.store.database import connect, pulses
from router.store.housekeeping import Chore, Housekeeping
from router.store.writer import Writer
from serving.audit.publish import Publisher
from serving.audit.sequencer import Sequencer
from serving.canary_evaluator import CanaryEvaluator
from serving.canary_watch import CanaryWatch
from serving.drain_watch import DrainWatch
from serving.pipelines import Pipelines, Shared
from serving.rules_in_force import RulesInForce
from serving.rules_watch import RulesWatch
from serving.telemetry.cluster_state import ClusterState, ClusterView
from serving.telemetry.gateway_telemetry import GatewayTelemetry
from serving.telemetry.queue_state import QueueState
from serving.telemetry.shadow_state import ShadowState
from serving.telemetry.store_state import StoreState


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`root_secret` is 32 bytes, from which secrets of accounts and tenants are derived.

    `vault` wraps the keys of the vault; `audit_key` signs the log's checkpoints.
    """

    database_url: str = field(repr=False)
    root_secret: bytes = field(repr=False)
    clearance_key: Ed25519PrivateKey = field(repr=False)
    audit_key: Ed25519PrivateKey = field(repr=False)
    vault: KeyWrapper = field(repr=False)
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    rules_given_at_s: float | None = None
    """When somebody decided on the rules to start with: what was applied since goes before them.
    None for now."""
    metrics_dir: Path | None = None
    """Where the gateways of a host leave what they count; None for a gateway that is alone."""


class Part(Protocol):
    """Something that works on its own while a gateway serves."""

    def start(self) -> None: ...

    def close(self) -> None: ...


class Gateway:
    """`app` serves between `start` and `close`.

    Effects: those of its parts, each of which owns a thread, and database connections. Parts start
    in order and close in the opposite one; `start` raises what a part raises.
    """

    def __init__(
        self, app: ASGIApp, engine: Engine, parts: Sequence[Part], watch: RulesWatch
    ) -> None:
        self.app = app
        self.watch = watch
        self._engine = engine
        self._parts = tuple(parts)

    def start(self) -> None:
        for part in self._parts:
            part.start()

    def close(self) -> None:
        for part in reversed(self._parts):
            part.close()
        self._engine.dispose()


def wire_gateway(
    settings: GatewaySettings,
    rules: Rules,
    backends: Mapping[str, Backend],
    detector: Detector,
    clock: Clock | None = None,
    *,
    deployed: Callable[[], Mapping[str, DeployedModel]] | None = None,
    telemetry: GatewayTelemetry | None = None,
    view: ClusterView | None = None,
    fleet: Fleet | None = None,
) -> Gateway:
    """Composes a gateway over a database that has been migrated.

    `backends` has one for every model of the registry, by key: KeyError names one that is missing.
    `deployed` asks which there are now, without it these: rules that name others are refused.
    `telemetry` is closed with the gateway; `view` is asked for `/metrics`, and
    `fleet` for the places that this gateway has at each model.
    """
    clock, telemetry = clock or SystemClock(), telemetry or GatewayTelemetry()
    started = as_started(rules.registry)
    engine = connect(settings.database_url)
    writer = Writer(engine)
    authenticator = Authenticator(engine, KeyHasher(settings.root_secret), clock)
    gates = Gates(clock, fleet)
    shared = Shared(
        engine=engine,
        writer=writer,
        detector=telemetry.watched_detector(detector),
        backends=backends,
        deployed=deployed or (lambda: started),
        office=ClearanceOffice(settings.clearance_key),
        tenants=TenantSecrets(settings.root_secret),
        wrapper=settings.vault,
        standing=authenticator.standing,
        clock=clock,
        gates=gates,
        observers=telemetry.observers,
    )
    in_force = RulesInForce(rules, telemetry.watched_wiring(Pipelines(shared).wire), clock)
    state = ClusterState(engine, lambda: in_force.current().rules, clock, view)
    pages = telemetry.pages(
        own=[
            QueueState(gates.load),
            StoreState(lambda: writer.owed),
            ShadowState(shared.shadow_room),
        ],
        shared=[state],
        directory=settings.metrics_dir,
    )
    services = Services(
        current=in_force.current,
        authenticator=authenticator,
        records=Records(engine),
        feedback=FeedbackInbox(engine, writer, settings.vault, clock),
        feedback_shown=FeedbackShown(engine),
        max_body_bytes=settings.max_body_bytes,
        metrics=pages.page,
    )
    audit = rules.policy.audit
    truncation = WalTruncation(engine)
    retention = Retention(lambda: in_force.current().rules.policy.vault, clock, truncation.ask)
    chores: list[Chore] = [
        lambda connection: begin_log(connection, clock.now_s()),
        lambda connection: prune(connection, clock.now_s()),
        lambda connection: prune_conversations(connection, clock.now_s()),
        lambda connection: release_expired(connection, clock.now_s()),
        lambda connection: prune_windows(connection, clock.now_s()),
        retention.chore,
        LogRetention(audit, clock).chore,
    ]
    watch = RulesWatch(shared, in_force, rules, settings.rules_given_at_s)
    parts: list[Part] = [
        *pulses(engine),
        telemetry,
        pages,
        truncation,
        writer,
        Publisher(engine, writer, audit.publish, clock),
        DrainWatch(engine, writer, gates, clock, (fleet or FleetAsWritten()).gateways),
        Sequencer(engine, writer, settings.audit_key, clock, audit.checkpoint_interval_s),
        watch,
        CanaryWatch(engine, in_force),
        CanaryEvaluator(engine, writer, in_force, clock),
        authenticator,
        Housekeeping(writer, chores),
    ]
    return Gateway(telemetry.watched_app(build_app(services)), engine, parts, watch)
