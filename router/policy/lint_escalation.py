"""Pairs of tiers of which the cheaper one is never tried, or soon will not be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import Capability, Tier
from router.errors import ConfigProblem
from router.policy.policy import Rules
from router.risk.certificate import Certificate

SOON_DAYS = 14


def lint_escalation(rules: Rules, document: YamlDocument, now_s: float) -> Iterator[ConfigProblem]:
    """Nothing is tried without a certificate that holds, for models that are in the tiers."""
    today = datetime.fromtimestamp(now_s, UTC).date()
    for number, rule in enumerate(rules.policy.escalation):
        here: KeyPath = ("escalation", number)
        pair, certificate = f"{rule.cheap_tier} before {rule.strong_tier}", rule.certificate
        if certificate is None:
            yield document.problem(
                here,
                f"{pair} is never tried: no certificate says which answers may be kept",
                "make one with `ringfence route certify`, or remove the pair",
            )
            continue
        at = (*here, "certificate")
        if not _certifies(certificate, rules, rule.cheap_tier, rule.strong_tier):
            yield document.problem(
                at,
                f"{pair} is never tried: the certificate is about "
                f"{certificate.cheap_model.key} and {certificate.strong_model.key}",
                "certify models of these tiers",
            )
        elif not _tells_logprobs(certificate, rules):
            yield document.problem(
                at,
                f"{pair} is never tried: {certificate.cheap_model.key} tells no log-probabilities",
                "add logprobs to its capabilities if it does; else remove the pair",
            )
        elif certificate.expires_on < today:
            yield document.problem(
                at,
                f"{pair} is not tried any more: the certificate expired on "
                f"{certificate.expires_on}",
                "certify again with newer outcomes",
            )
        elif certificate.expires_on < today + timedelta(days=SOON_DAYS):
            yield document.problem(
                at,
                f"the certificate of {pair} expires on {certificate.expires_on}",
                "certify again with newer outcomes before",
            )


def _tells_logprobs(certificate: Certificate, rules: Rules) -> bool:
    cheap = rules.registry.entries[certificate.cheap_model.key].spec
    return Capability.LOGPROBS in cheap.capabilities


def _certifies(certificate: Certificate, rules: Rules, cheap: Tier, strong: Tier) -> bool:
    pairs = (cheap, certificate.cheap_model.key), (strong, certificate.strong_model.key)
    return all(key in rules.registry.entries and tier in rules.tiers_of(key) for tier, key in pairs)
