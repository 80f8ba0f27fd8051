"""The record of every request: the decision before anything is sent, then the outcome (I5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, insert

from router.audit.tables import decisions, outcomes
from router.domain import Classification, Decision, InferenceRequest, Outcome, Principal
from router.privacy.taint_store import TaintMarks, add_marks
from router.protocols import Clock
from router.store.writer import Writer

_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(\[[0-9]+\])?")


class Ledger:
    """Every method returns once its half of the record is durable, or raises LedgerUnavailable."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    async def open(
        self,
        request: InferenceRequest,
        principal: Principal,
        classification: Classification,
        decision: Decision,
    ) -> None:
        row = _decision_row(request, principal, classification, decision, self._clock.now_s())
        await self._writer.write(lambda connection: _add(connection, decisions, row))

    async def close(self, outcome: Outcome, marks: TaintMarks | None = None) -> None:
        """Writes the outcome and, in the same transaction, what sticks to the answer (I9).

        What was sent of an answer sticks whether its outcome could be written or not: where this
        raises, it is written as soon as the database takes it.
        """
        await self._writer.write(self._closing(outcome, marks), owed=True)

    def close_later(self, outcome: Outcome) -> None:
        """For a decision that came too late to be acted on, and may have been written since."""
        self._writer.owe(self._closing(outcome, None))

    def _closing(self, outcome: Outcome, marks: TaintMarks | None) -> Callable[[Connection], None]:
        row = _outcome_row(outcome, self._clock.now_s())

        def write(connection: Connection) -> None:
            _add(connection, outcomes, row)
            if marks is not None:
                add_marks(connection, marks)

        return write


def _add(connection: Connection, table: Any, row: dict[str, Any]) -> None:
    connection.execute(insert(table), [row])


def _decision_row(
    request: InferenceRequest,
    principal: Principal,
    classification: Classification,
    decision: Decision,
    now_s: float,
) -> dict[str, Any]:
    return {
        "request_id": request.request_id,
        "recorded_at_s": now_s,
        "team": principal.team,
        "key_id": principal.key_id,
        "endpoint": request.endpoint.value,
        "choice": decision.choice,
        "stream": request.stream,
        "private_only": request.private_only,
        "data_class": classification.data_class.label,
        "basis": [basis.value for basis in classification.basis],
        "entity_counts": classification.entity_counts,
        "exceptions": list(classification.exceptions),
        "detector_version": classification.detector_version,
        "permitted": list(decision.permitted),
        "excluded": [asdict(exclusion) for exclusion in decision.excluded],
        "plan": [step.model.key for step in decision.plan],
        "reasons": list(decision.reasons),
        "policy_digest": decision.policy_digest,
    }


def _outcome_row(outcome: Outcome, now_s: float) -> dict[str, Any]:
    row = asdict(outcome)
    usage = row.pop("usage")
    return row | {
        "recorded_at_s": now_s,
        "status": outcome.status.value,
        "attempts": list(row["attempts"]),
        "dropped_fields": [_recordable(name) for name in outcome.dropped_fields],
        "output_findings": dict(outcome.output_findings),
        "output_action": outcome.output_action and outcome.output_action.value,
        "input_tokens": usage["input_tokens"],
        "output_tokens": usage["output_tokens"],
    }


def _recordable(field_name: str) -> str:
    """Clients name their fields: what does not look like a name could be content (I6)."""
    return field_name if _FIELD_NAME.fullmatch(field_name) else "?"
