"""Whether a record lets rules be applied, by the policy in force and not by the one that comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from router.gate.record import GateRecord, GateRefused, Verdict
from router.gate.rules import GateRules

_RUN_IT = "run `ringfence gate --candidate FILE --outcomes DIR --out DIR` and name its record"
CLOCKS_APART = timedelta(minutes=5)
"""By how much a record may be from the future: it may have been made on another host."""


def require_gate(
    record: GateRecord | None,
    *,
    wanted: str,
    in_force: str | None,
    rules: GateRules,
    shipped_golden: str,
    now_s: float,
) -> None:
    """Raises GateRefused where `wanted` was not shown to do no harm against `in_force`.

    Both are digests of meaning, `in_force` None where nothing ever served; `rules` are those of the
    policy in force, so that no candidate widens its own margin; `shipped_golden` is the sha256 of
    the golden cases that come along. Rules that mean what is in force need nothing. A record that
    is shown has to hold even where none is required: whoever shows one wants to rely on it.
    """
    if record is None:
        if rules.required and wanted != in_force:
            raise GateRefused(
                f"the policy in force asks for a gate that these rules passed: {_RUN_IT} with "
                "--gate. The way back to what served before takes none (`policy apply --rollback "
                "REASON`); in an emergency an admin says --without-gate REASON"
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
    if found := tuple(lacking(record, rules, shipped_golden)):
        raise GateRefused(
            "the record does not show what the policy in force asks for: "
            f"{'; '.join(found)}. Run the gate again"
        )


def lacking(record: GateRecord, rules: GateRules, shipped_golden: str) -> Iterator[str]:
    """What the rules ask for and the record does not have, each with its cure: whatever an
    applicant could have chosen to their own advantage.
    """
    if record.margin > rules.margin:
        yield (
            f"it has a margin of {record.margin:g}, and {rules.margin:g} is allowed: leave out "
            "--margin"
        )
    slices = [each.name for each in rules.critical_slices if each.as_json() not in record.slices]
    if slices:
        yield f"it does not look at the critical slices {', '.join(slices)}"
    inputs = record.inputs
    if inputs is None:
        yield (
            "it is of an earlier release, and does not bind which requests and golden cases it "
            "judged by"
        )
        return
    if rules.shipped_golden and shipped_golden not in inputs.golden:
        yield (
            "the golden cases that come along with this release were left out: leave out "
            "--no-shipped-misroutes"
        )
    files = [each.name for each in rules.golden if each.sha256 not in inputs.golden]
    if files:
        yield f"golden cases were left out, or others: {', '.join(files)} (--misroutes)"
    if rules.traffic is not None and inputs.traffic != rules.traffic:
        yield "it judged by other requests than those that `gate.traffic` names (--traffic)"
    elif rules.traffic is None and inputs.traffic is not None:
        yield (
            "it judged by requests that the applicant chose: leave out --traffic, so that every "
            "kind counts, or have `gate.traffic` name the file first"
        )


def _require_age(record: GateRecord, rules: GateRules, now: datetime) -> None:
    if now > record.made_at + timedelta(days=rules.max_age_days):
        raise GateRefused(
            f"the record is of {record.made_at:%Y-%m-%d}, and counts for {rules.max_age_days} "
            f"days: {_RUN_IT}"
        )
    if record.made_at > now + CLOCKS_APART:
        raise GateRefused("the record is from the future: set the clocks of the hosts right")
