"""A vault over a real database, records and all; the clock is the test's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, select

from router.accounts.limits.admission import Admission
from router.accounts.people.actor import Actor
from router.audit.ledger import Ledger, OpenRecord
from router.audit.tables import audit_entries
from router.audit.vault.erasing import Erased, erase_all
from router.audit.vault.erasure import Erasure, erase
from router.audit.vault.erasure_scope import Target
from router.audit.vault.holds import OfSubject, place_hold
from router.audit.vault.reading import VaultReader
from router.audit.vault.retention import Pruned, prune
from router.audit.vault.rules import ClassRules, Keep, Part, VaultRules
from router.audit.vault.subjects import SubjectNames
from router.audit.vault.tables import vault_texts
from router.audit.vault.vault import Vault
from router.audit.vault.wrapping import FileKeyWrapper, KeyWrapper
from router.domain import (
    Attempt,
    Basis,
    Classification,
    DataClass,
    Decision,
    Endpoint,
    Finding,
    InferenceRequest,
    JsonObject,
    Outcome,
    OutcomeStatus,
    Principal,
    Role,
    Tier,
    Usage,
)
from router.ids import new_id
from router.store.writer import Writer
from tests.unit.clock import ManualClock

DAY_S = 86_400.0
MASTER_KEY = b"m" * 32
AUDITOR = Actor("auditor-1", frozenset({Role.AUDITOR}))
ADMIN = Actor("admin-1", frozenset({Role.ADMIN}))
DEVELOPER = Actor("developer-1", frozenset({Role.DEVELOPER}))
KEEP_ALL = VaultRules(
    classes={each: ClassRules(Keep.BOTH, min_days=0, max_days=30) for each in DataClass}
)
NAMES = SubjectNames(b"s" * 32)


@dataclass
class Room:
    """What a test holds: one gateway's vault, and what an auditor has."""

    engine: Engine
    writer: Writer
    clock: ManualClock = field(default_factory=lambda: ManualClock(1_000_000.0))
    wrapper: KeyWrapper = field(default_factory=lambda: FileKeyWrapper(MASTER_KEY))
    rules: VaultRules = KEEP_ALL

    @property
    def vault(self) -> Vault:
        return Vault(
            engine=self.engine,
            writer=self.writer,
            rules=self.rules,
            wrapper=self.wrapper,
            subjects=NAMES,
            clock=self.clock,
        )

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.writer, self.clock, Admission(), self.vault)

    @property
    def reader(self) -> VaultReader:
        return VaultReader(self.engine, self.wrapper, self.clock)

    async def ask(
        self, body: JsonObject | None = None, answer: Sequence[str] = ("fine",), **said: Any
    ) -> str:
        """One request from its decision to its outcome; returns its id."""
        opened = await self.open(body, **said)
        await self.close(opened, answer, **said)
        return opened.sealed.sealer.request_id

    async def open(self, body: JsonObject | None = None, **said: Any) -> OpenRecord:
        return await self.ledger.open(*asked(body, **said))

    async def close(
        self, opened: OpenRecord, answer: Sequence[str] = ("fine",), **said: Any
    ) -> None:
        request_id = opened.sealed.sealer.request_id
        await self.ledger.close(outcome(request_id, **said), opened, answer)

    def read(self, request_id: str, part: Part = Part.INPUT) -> Any:
        return json.loads(self.reader.read_text(request_id, part, AUDITOR, "case 7"))

    def erase(self, subject: str, team: str = "claims") -> Erasure:
        target = OfSubject(team, NAMES.digest(team, subject))
        with self.engine.begin() as connection:
            return erase(
                connection,
                target,
                self.rules,
                actor=ADMIN,
                reason="their wish",
                now_s=self.clock.now_s(),
            )

    def erase_all(self, target: Target) -> Erased:
        return erase_all(
            self.engine, target, self.rules, actor=ADMIN, reason="their wish", clock=self.clock
        )

    def kept(self) -> set[tuple[str, str]]:
        """Of which requests which parts are in the vault."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(vault_texts.c.request_id, vault_texts.c.part))
            return {(row.request_id, row.part) for row in rows}

    def hold(self, covers: Any) -> str:
        with self.engine.begin() as connection:
            return place_hold(
                connection, covers, actor=AUDITOR, reason="a suit", now_s=self.clock.now_s()
            )

    def prune(self) -> Pruned:
        with self.engine.begin() as connection:
            return prune(connection, self.rules, self.clock.now_s())

    def acts(self) -> list[dict[str, Any]]:
        """What the log says was done; what was done at one time of the clock is in no order."""
        of_acts = select(audit_entries.c.body).where(audit_entries.c.kind == "act")
        with self.engine.connect() as connection:
            rows = connection.scalars(of_acts.order_by(audit_entries.c.recorded_at_s))
            return [json.loads(body) for body in rows]

    def act_names(self) -> list[str]:
        return [act["act"] for act in self.acts()]

    def entry(self, request_id: str, kind: str = "decision") -> dict[str, Any]:
        of_request = (audit_entries.c.request_id == request_id) & (audit_entries.c.kind == kind)
        with self.engine.connect() as connection:
            body = connection.scalar(select(audit_entries.c.body).where(of_request))
        assert body is not None
        said: dict[str, Any] = json.loads(body)
        return said


def asked(
    body: JsonObject | None = None,
    *,
    subject: str | None = None,
    team: str = "claims",
    purpose: str = "general",
    data_class: DataClass = DataClass.RESTRICTED,
    entity_types: Sequence[str] = (),
    plan: Sequence[Any] = (),
    **_outcome: Any,
) -> tuple[InferenceRequest, Principal, Classification, Decision]:
    request = InferenceRequest(
        request_id=new_id(),
        endpoint=Endpoint.CHAT,
        body=body or {"messages": [{"role": "user", "content": "the text"}]},
        choice="auto",
        stream=False,
        subject=subject,
    )
    principal = Principal("key-1", team, DataClass.PUBLIC, frozenset(Tier), purpose)
    findings = tuple(Finding(each, 0, 0, 1, 1.0) for each in entity_types)
    classification = Classification(data_class, (Basis.DEFAULT,), findings, "detector/1")
    decision = Decision("auto", data_class, (), (), tuple(plan), (), "sha256:0")
    return request, principal, classification, decision


def outcome(
    request_id: str,
    *,
    model: str | None = "private@1",
    attempts: Sequence[Attempt] = (),
    usage: Usage = Usage(10, 5),  # noqa: B008 -- frozen
    cost_nano_usd: int = 0,
    **_asked: Any,
) -> Outcome:
    return Outcome(
        request_id=request_id,
        status=OutcomeStatus.ANSWERED,
        http_status=200,
        error_code=None,
        model=model,
        weights_digest=None,
        tier=None,
        attempts=tuple(attempts),
        usage=usage,
        cost_nano_usd=cost_nano_usd,
        ttft_s=0.1,
        latency_s=0.2,
    )
