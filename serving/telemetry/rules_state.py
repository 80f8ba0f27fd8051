"""What is in force, and until when: the rules' own dates as gauges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from prometheus_client.core import Metric

from router.escalation.rules import EscalationRule
from router.policy.policy import Rules
from router.registry.providers import Provider
from serving.telemetry.gauges import gauges


def expiries(rules: Rules) -> Iterator[Metric]:
    """Pure. A contract without an end is not among them."""
    registry = rules.registry
    yield gauges(
        "ringfence_certification_expires_timestamp_seconds",
        "The end of the last day on which a model's certification counts.",
        ("model", "name"),
        {
            (key, certification.name): _end_of(certification.expires)
            for key, entry in registry.without_retired().entries.items()
            for certification in entry.card.certifications
        }.items(),
    )
    yield gauges(
        "ringfence_contract_expires_timestamp_seconds",
        "The end of the last day of the contract of a kind, with a provider, that runs longest.",
        ("provider", "kind"),
        {
            (name, kind): _end_of(last)
            for name, provider in registry.providers.items()
            for kind, last in last_days(provider).items()
        }.items(),
    )
    yield gauges(
        "ringfence_exception_expires_timestamp_seconds",
        "The end of the last day of an exception that lowers a data class.",
        ("exception",),
        {(one.id,): _end_of(one.expires) for one in rules.policy.taint.exceptions}.items(),
    )
    yield gauges(
        "ringfence_cascade_certificate_expires_timestamp_seconds",
        "The end of the last day on which a cheaper tier is tried before a stronger one.",
        ("cheap_tier", "strong_tier", "task"),
        certificate_ends(rules.policy.escalation).items(),
    )


def certificate_ends(cascades: Sequence[EscalationRule]) -> dict[tuple[str, ...], float]:
    """By both tiers and the task, `all` for a certificate of all of them; of several the first."""
    ends: dict[tuple[str, ...], float] = {}
    for rule in cascades:
        certificate = rule.certificate
        if certificate is not None:
            task = "all" if certificate.task is None else certificate.task.value
            of = (rule.cheap_tier.value, rule.strong_tier.value, task)
            end = _end_of(certificate.expires_on)
            ends[of] = min(end, ends.get(of, end))
    return ends


def last_days(provider: Provider) -> dict[str, date]:
    """By kind of contract, without the kinds of which one is until it is ended."""
    days: dict[str, date] = {}
    endless = {contract.kind for contract in provider.contracts if contract.expires is None}
    for contract in provider.contracts:
        if contract.expires is not None and contract.kind not in endless:
            days[contract.kind] = max(contract.expires, days.get(contract.kind, date.min))
    return days


def _end_of(day: date) -> float:
    return datetime.combine(day + timedelta(days=1), time.min, UTC).timestamp()
