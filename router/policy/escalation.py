"""`escalation` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from router.config.validate import closest
from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import Capability, DataClass
from router.errors import ConfigProblem
from router.escalation.rules import EscalationRule, SignalRules, StreamRules
from router.escalation.signals.names import CERTIFIABLE
from router.policy.escalation_schema import (
    CertificateEntry,
    EscalationEntry,
    RiskBudgetEntry,
    StreamsEntry,
)
from router.policy.once import check_once
from router.registry.records import RecordProblem
from router.registry.registry import Registry
from router.risk.certificate import Certificate, Promise
from router.risk.certificate_record import BadCertificate, read_certificate

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile


def escalation_rules(
    file: PolicyFile, registry: Registry, directory: Path
) -> tuple[EscalationRule, ...]:
    """The rules of a section that the checks have nothing against.

    Reads the certificates, which lie in `directory` or are named from there.
    """
    return tuple(_rule(entry, registry, directory) for entry in file.escalation)


def check_escalation(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """Pairs of two tiers that are there, both on some route, and signals that can be had."""
    for number, entry in enumerate(file.escalation):
        here: KeyPath = ("escalation", number)
        for key, said in (("choices", entry.choices), ("data_classes", entry.data_classes)):
            yield from check_once(list(said), (*here, key), document)
        yield from check_once([task.value for task in entry.tasks], (*here, "tasks"), document)
        if entry.cheap is entry.strong:
            yield document.problem(
                (*here, "to"),
                f"an answer of {entry.cheap} would escalate to {entry.strong}, the same tier",
                "name a stronger tier",
            )
            continue
        missing = [tier for tier in (entry.cheap, entry.strong) if not file.tiers.get(tier)]
        for tier in missing:
            yield document.problem(
                (*here, "from" if tier is entry.cheap else "to"),
                f"the tier {tier} has no models",
                f"add models to tiers.{tier}, or name another tier",
            )
        if not missing and not _has_route(entry, file):
            yield document.problem(
                here,
                f"no route of these classes and choices leads to {entry.cheap} and "
                f"{entry.strong}, so that nothing ever escalates",
                f"add both tiers to routes.CLASS.{entry.choices[0]}, or remove the pair",
            )


def check_escalation_models(
    file: PolicyFile, document: YamlDocument, registry: Registry
) -> Iterator[ConfigProblem]:
    """Judges that may see what they judge, and certificates that promise what is asked."""
    for number, entry in enumerate(file.escalation):
        here: KeyPath = ("escalation", number)
        if entry.judge is not None:
            yield from _check_judge(entry, file, (*here, "judge"), document, registry)
        if entry.certificate is not None:
            yield from _check_certificate(entry, entry.certificate, here, document)


def _has_route(entry: EscalationEntry, file: PolicyFile) -> bool:
    for label in entry.data_classes:
        route = file.routes.get(label, {})
        for choice in entry.choices:
            tiers = route.get(choice, route.get("any", []))
            if entry.cheap in tiers and entry.strong in tiers:
                return True
    return False


def _check_judge(
    entry: EscalationEntry,
    file: PolicyFile,
    here: KeyPath,
    document: YamlDocument,
    registry: Registry,
) -> Iterator[ConfigProblem]:
    name = entry.judge or ""
    judge = registry.resolve(name)
    if judge is None:
        near = closest(name, [*registry.aliases, *registry.entries])
        hint = f"write `{near}`" if near else f"name one of: {', '.join(registry.aliases)}"
        yield document.problem(
            here, f"the judge {name} is not in the registry", f"{hint}, or add it to models.yaml"
        )
        return
    if judge.is_external:
        yield document.problem(
            here,
            f"the judge {judge.key} is outside, and would see every answer that it judges",
            "name a model on-prem",
        )
    unapproved = [
        label for label in entry.data_classes if DataClass.from_label(label) not in judge.approved
    ]
    if unapproved:
        yield document.problem(
            here,
            f"the judge {judge.key} is not approved for {', '.join(unapproved)}",
            "name another judge, or leave these classes out of data_classes",
        )
    if Capability.CHAT not in judge.capabilities:
        yield document.problem(
            here, f"the judge {judge.key} takes no chat", "name a model that does"
        )
    named = (registry.resolve(each) for names in file.tiers.values() for each in names)
    if judge not in named:
        yield document.problem(
            here,
            f"the judge {judge.key} is in no tier, so that no request is permitted to it",
            f"add {judge.id} to a tier, or name another judge",
        )


def _check_certificate(
    entry: EscalationEntry, said: CertificateEntry, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    at: KeyPath = (*here, "certificate")
    try:
        certificate = _certificate(said, Path(document.file).parent)
    except (RecordProblem, BadCertificate) as problem:
        yield document.problem(at, str(problem), problem.cure)
        return
    if certificate.signal not in CERTIFIABLE:
        yield document.problem(
            at,
            f"{said.record} is about a signal that no certificate can be about: what makes it is "
            "not the cheaper model alone, or nothing here measures it",
            f"certify one of: {', '.join(CERTIFIABLE)}",
        )
    yield from _check_promise(certificate, entry.budget, at, document)
    if certificate.task is not None and certificate.task not in entry.tasks:
        yield document.problem(
            at,
            f"{said.record} is about {certificate.task}, which is not among these tasks",
            f"write `tasks: [{certificate.task}]`",
        )


def _check_promise(
    certificate: Certificate, budget: RiskBudgetEntry, at: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    wider = budget.of is Promise.OF_KEPT and certificate.promise is not Promise.OF_KEPT
    if (
        certificate.max_wrong_kept > budget.max_wrong_kept
        or certificate.confidence < budget.confidence
        or wider
    ):
        yield document.problem(
            at,
            f"the certificate promises at most {certificate.max_wrong_kept:.1%} wrong of "
            f"{certificate.promise} with {certificate.confidence:.1%} confidence, and the budget "
            f"is {budget.max_wrong_kept:.1%} of {budget.of} with {budget.confidence:.1%}",
            "certify again within the budget, or change the budget",
        )


def _rule(entry: EscalationEntry, registry: Registry, directory: Path) -> EscalationRule:
    judge = None if entry.judge is None else registry.resolve(entry.judge)
    said, certificate = entry.signals, entry.certificate
    return EscalationRule(
        cheap_tier=entry.cheap,
        strong_tier=entry.strong,
        choices=frozenset(entry.choices),
        tasks=frozenset(entry.tasks),
        data_classes=frozenset(map(DataClass.from_label, entry.data_classes)),
        certificate=None if certificate is None else _certificate(certificate, directory),
        signals=SignalRules(
            said.refusal, said.truncation, said.least_mean_logprob, said.least_min_logprob
        ),
        judge=None if judge is None else judge.key,
        second_sample=entry.second_sample,
        streams=_streams(entry.streams),
    )


def _streams(entry: StreamsEntry | None) -> StreamRules:
    if entry is None:
        return StreamRules()
    return StreamRules(entry.hold_s, entry.on_timeout, unasked=True)


def _certificate(said: CertificateEntry, directory: Path) -> Certificate:
    """Raises RecordProblem and BadCertificate."""
    path = directory / said.record
    certificate, sha256 = read_certificate(path)
    if sha256 != said.sha256:
        raise RecordProblem(
            f"{path.name} is not the certificate that was meant: its sha256 is {sha256}",
            "review it, and write its digest; or put back the one that was meant",
        )
    return certificate
