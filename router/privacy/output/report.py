"""What the record says of the scan of one answer: types and counts, never text."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.domain import OutputAction


@dataclass(slots=True)
class OutputReport:
    """Filled in while the answer passes. `action` is what was to become of findings, None where no
    rule asked for a scan; `undetermined` says that not all of the answer could be judged.
    """

    action: OutputAction | None = None
    findings: dict[str, int] = field(default_factory=dict)
    undetermined: bool = False

    def count(self, entity_type: str) -> None:
        self.findings[entity_type] = self.findings.get(entity_type, 0) + 1
