"""What models.yaml says about models and providers, as the types that decisions are made from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from router.domain import DataClass
from router.registry.card import (
    Certification,
    Lifecycle,
    ModelCard,
    QualityFigure,
    RecordReference,
)
from router.registry.providers import Contract, Provider, Requirements, Terms
from router.registry.quality import QUALITY, quality_of
from router.registry.records import read_referenced
from router.registry.schema import ModelEntry, ModelsFile
from router.registry.schema_providers import ProviderEntry
from router.task import Task


def model_card(entry: ModelEntry, directory: Path) -> ModelCard:
    """For an entry that `check_card` has nothing against. Reads the record of its quality again."""
    said = entry.lifecycle
    measured = {
        name: RecordReference(directory / figure.record, figure.sha256)
        for name, figure in entry.measured.items()
    }
    quality: Mapping[Task, QualityFigure] = {}
    if QUALITY in measured:
        record = read_referenced(measured[QUALITY])
        quality = quality_of(record, f"{entry.id}@{entry.version}", entry.weights_digest)
    return ModelCard(
        owner=entry.owner,
        licence=entry.licence,
        lifecycle=Lifecycle(said.state, said.since, said.canary_share or 0.0, said.shadow_share),
        next_review=entry.next_review,
        certifications=tuple(Certification(c.name, c.expires) for c in entry.certifications),
        measured=measured,
        quality=quality,
    )


def provider(name: str, entry: ProviderEntry) -> Provider:
    label = DataClass.from_label
    countries, others = entry.countries_of_processing, entry.sub_processors
    return Provider(
        name=name,
        legal_entity=entry.legal_entity,
        jurisdiction=entry.jurisdiction,
        countries_of_processing=None if countries is None else tuple(countries),
        sub_processors=None if others is None else tuple(others),
        terms=None if entry.terms is None else Terms(entry.terms.document, entry.terms.accepted_by),
        contracts=tuple(
            Contract(c.kind, c.signed, c.expires, frozenset(map(label, c.covers)))
            for c in entry.contracts
        ),
    )


def requirements(file: ModelsFile) -> Requirements:
    """What the file says of a class is all that is asked for it; the rest is as by default."""
    label = DataClass.from_label
    contracts = {label(name): frozenset(kinds) for name, kinds in file.contracts_required.items()}
    return Requirements(
        certifications={
            label(name): frozenset(names) for name, names in file.certifications_required.items()
        },
        contracts={**Requirements().contracts, **contracts},
    )
