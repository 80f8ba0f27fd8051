"""What serves, as a gate knows it: what other rules have to show before they may take its place."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from router.gate.meaning import meaning_digest
from router.gate.rules import GateRules
from router.policy.archive import active, text_of
from router.policy.gate import gate_rules_of
from router.policy.policy import RulesText


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules that serve, or did last; no `text` where nothing ever did."""

    text: RulesText | None
    rules: GateRules

    @classmethod
    def read(cls, connection: Connection) -> InForce:
        now = active(connection)
        text = None if now is None else text_of(connection, now.digest)
        return cls(text, GateRules() if text is None else gate_rules_of(text))

    @property
    def meaning(self) -> str | None:
        return None if self.text is None else meaning_digest(self.text)

    def asks_of(self, wanted: RulesText) -> bool:
        """Whether these rules may not just take its place. Raises ConfigError for what are none."""
        return self.rules.required and meaning_digest(wanted) != self.meaning
