"""Whether limits and budgets let a request in, in the transaction that records its decision."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from router.domain import Decision, InferenceRequest, Outcome, Principal
from router.errors import RequestError


@dataclass(frozen=True, slots=True)
class Admitted:
    """The decision, its plan narrowed to what can be paid; or with an empty plan and a refusal."""

    decision: Decision
    refusal: RequestError | None = None


class Admission:
    """Used by the ledger alone, on the writer's connection."""

    def admit(
        self,
        connection: Connection,
        request: InferenceRequest,
        principal: Principal,
        decision: Decision,
        now_s: float,
    ) -> Admitted:
        """Holds what the request may cost at most, or says why it may not go."""
        return Admitted(decision)

    def settle(self, connection: Connection, outcome: Outcome, now_s: float) -> None:
        """Puts what the request did cost in the place of what was held for it."""
