"""The gateway, wired: everything that the router decides with, and nothing that executes.

Works the same in a plain process and in a Serve replica; what differs is which backends and which
detector it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import SystemRandom

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from starlette.types import ASGIApp

from router.accounts.authenticator import Authenticator
from router.accounts.keys import KeyHasher
from router.accounts.limits.admission import Admission
from router.api.app import DEFAULT_MAX_BODY_BYTES, Services, build_app
from router.audit.ledger import Ledger
from router.audit.records import Records
from router.audit.vault.vault import Vault
from router.cascade.walk import Cascade
from router.clock import SystemClock
from router.egress.clearance import ClearanceOffice
from router.output_guard import OutputGuard
from router.pipeline import Pipeline
from router.policy.policy import Rules
from router.privacy.classify import Classifier
from router.privacy.stickiness import Stickiness
from router.privacy.taint import TaintKeys
from router.privacy.taint_store import TaintStore, prune
from router.privacy.tenancy import TenantSecrets
from router.protocols import Backend, Clock, Detector
from router.store.database import connect
from router.store.housekeeping import Housekeeping
from router.store.writer import Writer


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`root_secret` is 32 bytes, from which secrets of accounts and tenants are derived.

    `vault_key`, 32 bytes too, wraps the keys of the vault; `audit_key` signs the log's checkpoints.
    """

    database_url: str = field(repr=False)
    root_secret: bytes = field(repr=False)
    clearance_key: Ed25519PrivateKey = field(repr=False)
    audit_key: Ed25519PrivateKey = field(repr=False)
    vault_key: bytes = field(repr=False)
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES


class Gateway:
    """`app` serves between `start` and `close`. Effects: three threads, database connections."""

    def __init__(
        self,
        app: ASGIApp,
        engine: Engine,
        writer: Writer,
        authenticator: Authenticator,
        housekeeping: Housekeeping,
    ) -> None:
        self.app = app
        self._engine = engine
        self._writer = writer
        self._authenticator = authenticator
        self._housekeeping = housekeeping

    def start(self) -> None:
        self._writer.start()
        self._authenticator.start()
        self._housekeeping.start()

    def close(self) -> None:
        self._housekeeping.close()
        self._authenticator.close()
        self._writer.close()
        self._engine.dispose()


def wire_gateway(
    settings: GatewaySettings,
    rules: Rules,
    backends: Mapping[str, Backend],
    detector: Detector,
    clock: Clock | None = None,
) -> Gateway:
    """Composes a gateway over a database that has been migrated.

    `backends` has one for every model of the registry, by key: KeyError names one that is missing.
    """
    clock = clock or SystemClock()
    engine = connect(settings.database_url)
    writer = Writer(engine)
    tenants = TenantSecrets(settings.root_secret)
    authenticator = Authenticator(engine, KeyHasher(settings.root_secret), clock)
    pipeline = Pipeline(
        rules=rules,
        classifier=Classifier(detector, rules.policy.detection, clock),
        stickiness=Stickiness(
            rules=rules.policy.taint,
            keys=TaintKeys(tenants.purpose("taint")),
            store=TaintStore(engine),
            clock=clock,
        ),
        ledger=Ledger(writer, clock, Admission(), Vault()),
        cascade=Cascade(
            rules=rules.policy.cascade,
            backends={key: backends[key] for key in rules.registry.entries},
            office=ClearanceOffice(settings.clearance_key),
            clock=clock,
            random=SystemRandom(),
        ),
        output=OutputGuard(detector, rules.policy),
        tenants=tenants,
        clock=clock,
    )
    services = Services(
        pipeline=pipeline,
        authenticator=authenticator,
        records=Records(engine),
        rules=rules,
        max_body_bytes=settings.max_body_bytes,
    )
    housekeeping = Housekeeping(writer, [lambda connection: prune(connection, clock.now_s())])
    return Gateway(build_app(services), engine, writer, authenticator, housekeeping)
