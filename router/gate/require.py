"""Whether a record lets rules be applied, by the policy in force and not by the one that comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from router.gate.record import GateRecord, GateRefused, Verdict
from router.gate.rules import GateRules

_RUN_IT = "run `ringfence gate --candidate FILE --outcomes DIR --out DIR` and name its record"
CLOCKS_APART = timedelta(minutes=5)
"""By how much a record may be from the future: it may have been made on another host."""


def require_gate(
    record: GateRecord | None, *, wanted: str, in_force: str | None, rules: GateRules, now_s: float
) -> None:
    """Raises GateRefused where `wanted` was not shown to do no harm against `in_force`.

    Both are digests of meaning, `in_force` None where nothing ever served; `rules` are those of the
    policy in force, so that no candidate widens its own margin. Rules that mean what is in force
    need nothing. A record that is shown has to hold even where none is required: whoever shows one
    wants to rely on it.
    """
    if record is None:
        if rules.required and wanted != in_force:
            raise GateRefused(
                f"the policy in force asks for a gate that these rules passed: {_RUN_IT} with "
                "--gate; in an emergency an admin says --without-gate REASON"
            )
        return
    if record.verdict is not Verdict.PASS:
        raise GateRefused(
            f"the gate's verdict is {record.verdict}: its report says what is lacking"
        )
    if record.candidate.meaning != wanted:
        raise GateRefused(
            f"the record is about other rules, {record.candidate.digest}: these were changed since,"
            f" or never judged; {_RUN_IT}"
        )
    if in_force is not None and record.against.meaning != in_force:
        raise GateRefused(
            f"the record compares with {record.against.digest}, and other rules serve now: run the "
            "gate again, against what serves"
        )
    _require_age(record, rules, datetime.fromtimestamp(now_s, UTC))
    _require_strictness(record, rules)


def _require_age(record: GateRecord, rules: GateRules, now: datetime) -> None:
    if now > record.made_at + timedelta(days=rules.max_age_days):
        raise GateRefused(
            f"the record is of {record.made_at:%Y-%m-%d}, and counts for {rules.max_age_days} "
            f"days: {_RUN_IT}"
        )
    if record.made_at > now + CLOCKS_APART:
        raise GateRefused("the record is from the future: set the clocks of the hosts right")


def _require_strictness(record: GateRecord, rules: GateRules) -> None:
    if record.margin > rules.margin:
        raise GateRefused(
            f"the record has a margin of {record.margin:g}, and the policy in force allows "
            f"{rules.margin:g}: run the gate again without --margin"
        )
    lacking = [each.name for each in rules.critical_slices if each.as_json() not in record.slices]
    if lacking:
        raise GateRefused(
            f"the record does not look at critical slices of the policy in force: "
            f"{', '.join(lacking)}; run the gate again"
        )
