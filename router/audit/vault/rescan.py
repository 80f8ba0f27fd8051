"""A newer detector over the texts that were kept: which requests would be of a higher class now.

Nothing that it reads is shown or kept, only what kinds of entities there were and how many.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Engine, RowMapping, and_, func, select

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission, require
from router.audit.acts import Act, record_act
from router.audit.tables import decisions, outcomes
from router.audit.vault.errors import VaultError
from router.audit.vault.keys import stored_key, unwrapped
from router.audit.vault.reasons import given
from router.audit.vault.rules import Part
from router.audit.vault.sealing import Place
from router.audit.vault.tables import vault_texts
from router.audit.vault.texts import body_of
from router.audit.vault.wrapping import KeyWrapper
from router.domain import (
    Basis,
    Classification,
    DataClass,
    Endpoint,
    InferenceRequest,
    JsonObject,
    Principal,
)
from router.privacy.classify import Classifier
from router.privacy.rules import DetectionRules
from router.protocols import Clock, Detector
from router.store.database import reading

BATCH = 100


@dataclass(frozen=True, slots=True)
class Higher:
    """A request that would be of a higher class now; `sent_to` has each origin it went to.

    `undetermined`: not because of what was found, but because not all of it could be judged.
    """

    request_id: str
    team: str
    requested_at_s: float
    was: DataClass
    now: DataClass
    undetermined: bool
    entity_counts: Mapping[str, int]
    models: tuple[str, ...]
    sent_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rescan:
    """`unreadable` texts have lost their key meanwhile, or are damaged."""

    detector_version: str
    scanned: int = 0
    unreadable: int = 0
    higher: tuple[Higher, ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """Requests from `from_s` on and before `to_s`, of one team where it is named."""

    from_s: float
    to_s: float
    team: str | None = None


@dataclass(slots=True)
class _Tally:
    scanned: int = 0
    unreadable: int = 0
    higher: list[Higher] = field(default_factory=list)


class Rescanner:
    """Classifies as the pipeline does, on what was found alone, and wants every finding."""

    def __init__(
        self,
        *,
        engine: Engine,
        wrapper: KeyWrapper,
        detector: Detector,
        rules: DetectionRules,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._wrapper = wrapper
        self._detector = detector
        self._classifier = Classifier(detector, replace(rules, find_all=True), clock)
        self._clock = clock

    async def run(
        self,
        which: Range,
        actor: Actor,
        reason: str,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> Rescan:
        """Scans the kept inputs of `which`, oldest first. A recorded act, begun and ended.

        `progress` is told how many of how many are done. Raises RoleRequired, ValueError for no
        reason, DetectionFailed where there is no detector at all.
        """
        require(actor, Permission.RESCAN_TEXTS)
        version = self._detector.version
        total = await asyncio.to_thread(self._begin, which, actor, given(reason), version)
        tally = _Tally()
        async for row in self._rows(which):
            try:
                body = await asyncio.to_thread(self._read, row)
            except VaultError:
                tally.unreadable += 1
            else:
                tally.scanned += 1
                found = await self._classify(row, body)
                if found.data_class > DataClass.from_label(row["was"]):
                    tally.higher.append(_higher(row, found))
            progress(tally.scanned + tally.unreadable, total)
        result = Rescan(version, tally.scanned, tally.unreadable, tuple(tally.higher))
        await asyncio.to_thread(self._end, result, actor)
        return result

    def _begin(self, which: Range, actor: Actor, reason: str, version: str) -> int:
        with self._engine.begin() as connection:
            kept = select(func.count()).select_from(vault_texts).where(_inputs(which))
            total = connection.scalar(kept) or 0
            details: JsonObject = {
                "from_s": which.from_s,
                "to_s": which.to_s,
                "team": which.team,
                "texts": total,
                "detector_version": version,
            }
            act = Act("vault.rescan_begun", actor.name, reason, details)
            record_act(connection, act, self._clock.now_s())
        return total

    def _end(self, result: Rescan, actor: Actor) -> None:
        details: JsonObject = {
            "scanned": result.scanned,
            "unreadable": result.unreadable,
            "higher": len(result.higher),
            "detector_version": result.detector_version,
        }
        with self._engine.begin() as connection:
            act = Act("vault.rescanned", actor.name, details=details)
            record_act(connection, act, self._clock.now_s())

    async def _rows(self, which: Range) -> AsyncIterator[RowMapping]:
        """What is known of each text but the text: one at a time is in memory."""
        after: tuple[float, str] = (which.from_s, "")
        while rows := await asyncio.to_thread(self._page, which, after):
            for row in rows:
                yield row
            after = (rows[-1]["requested_at_s"], rows[-1]["request_id"])

    def _page(self, which: Range, after: tuple[float, str]) -> list[RowMapping]:
        text, at_s = vault_texts.c, vault_texts.c.requested_at_s
        following = (at_s > after[0]) | and_(at_s == after[0], text.request_id > after[1])
        page = (
            select(
                text.request_id,
                text.key_id,
                text.team,
                text.data_class,
                text.requested_at_s,
                decisions.c.data_class.label("was"),
                decisions.c.endpoint,
                decisions.c.choice,
                outcomes.c.attempts,
            )
            .join(decisions, decisions.c.request_id == text.request_id)
            .outerjoin(outcomes, outcomes.c.request_id == text.request_id)
            .where(_inputs(which), following)
            .order_by(at_s, text.request_id)
            .limit(BATCH)
        )
        with reading(self._engine).connect() as connection:
            return list(connection.execute(page).mappings())

    def _read(self, row: RowMapping) -> JsonObject:
        """Raises VaultError where the text is not to be had any more."""
        of_input = and_(
            vault_texts.c.request_id == row["request_id"], vault_texts.c.part == Part.INPUT.value
        )
        with reading(self._engine).connect() as connection:
            wrapped = stored_key(connection, row["key_id"])
            sealed = connection.scalar(select(vault_texts.c.sealed).where(of_input))
        key = unwrapped(self._wrapper, row["key_id"], wrapped)
        place = Place(row["request_id"], Part.INPUT, DataClass.from_label(row["data_class"]))
        return body_of(key.open(place, sealed or b""))

    async def _classify(self, row: RowMapping, body: JsonObject) -> Classification:
        request = InferenceRequest(
            request_id=row["request_id"],
            endpoint=Endpoint(row["endpoint"]),
            body=body,
            choice=row["choice"],
            stream=False,
        )
        # Without its key's floor, which does not rise by what a detector finds.
        principal = Principal("", row["team"], DataClass.PUBLIC, frozenset())
        return await self._classifier.classify(request, principal, None)


def _higher(row: RowMapping, found: Classification) -> Higher:
    attempts: list[dict[str, Any]] = row["attempts"] or []
    return Higher(
        request_id=row["request_id"],
        team=row["team"],
        requested_at_s=row["requested_at_s"],
        was=DataClass.from_label(row["was"]),
        now=found.data_class,
        undetermined=Basis.UNDETERMINED in found.basis and Basis.DETECTED not in found.basis,
        entity_counts=found.entity_counts,
        models=tuple(dict.fromkeys(attempt["model"] for attempt in attempts)),
        sent_to=tuple(dict.fromkeys(a["origin"] for a in attempts if a.get("origin"))),
    )


def _inputs(which: Range) -> Any:
    text = vault_texts.c
    of_team = [] if which.team is None else [text.team == which.team]
    return and_(
        text.part == Part.INPUT.value,
        text.requested_at_s >= which.from_s,
        text.requested_at_s < which.to_s,
        *of_team,
    )
