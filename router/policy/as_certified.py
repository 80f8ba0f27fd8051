"""Rules on the weights that their certificates are about: for whoever has files alone."""

from __future__ import annotations

from dataclasses import replace

from router.policy.policy import Rules


def as_certified(rules: Rules) -> Rules:
    """Each model with the weights that models.yaml expects of it or, where it expects none, those
    that a certificate names.

    Which are served is known where they are loaded, and nowhere else: without this, no certificate
    of a model that runs here would hold for a file.
    """
    entries = rules.registry.entries
    certificates = [rule.certificate for rule in rules.policy.escalation if rule.certificate]
    digests = {
        model.key: model.weights_digest
        for certificate in certificates
        for model in (certificate.cheap_model, certificate.strong_model)
        if model.weights_digest is not None and model.key in entries
    }
    for key, entry in entries.items():
        if entry.expected_weights_digest is not None:
            digests[key] = entry.expected_weights_digest
    if not certificates or not digests:
        return rules
    return replace(rules, registry=rules.registry.with_weights_digests(digests))
