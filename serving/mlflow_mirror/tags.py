"""What a model version's tags say: the registry's entry, in words."""

from __future__ import annotations

from router.registry.registry import RegisteredModel

PREFIX = "ringfence."
KEY = f"{PREFIX}key"
WEIGHTS_DIGEST = f"{PREFIX}weights_digest"


def tags_of(entry: RegisteredModel, policy_digest: str | None) -> dict[str, str]:
    """What is not known has no tag. `policy_digest` is of the files that this is read from."""
    spec, card = entry.spec, entry.card
    said = {
        "key": spec.key,
        "weights_digest": weights_digest_of(entry),
        "location": spec.location.value,
        "residency": ",".join(sorted(spec.residency)),
        "approved_data_classes": ",".join(each.label for each in sorted(spec.approved)),
        "lifecycle": card.lifecycle.state.value,
        "licence": card.licence,
        "owner": card.owner,
        "policy_digest": policy_digest,
    }
    return {f"{PREFIX}{name}": value for name, value in said.items() if value}


def weights_digest_of(entry: RegisteredModel) -> str | None:
    """What was measured here, or else what models.yaml wants; None where neither is known."""
    return entry.spec.weights_digest or entry.expected_weights_digest
