"""Which rules a gateway can take up while it runs, and what they are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from router.config.yaml_document import YamlDocument, parse_yaml
from router.errors import ConfigError, ConfigProblem
from router.policy.load import rules_of_text
from router.policy.policy import Rules, RulesText
from router.registry.registry import RegisteredModel, Registry

RESTART = "restart needed: `ringfence down`, then `ringfence up` with these files"


def reloaded(text: RulesText, started: Rules) -> Rules:
    """The rules of `text`, proven, on the deployments that run.

    `started` are those that the deployments were made for: what was found or put in a provider's
    place when they started (weights' digests, stand-ins) holds for the same models still. Raises
    ConfigError with every problem, and where other deployments or recognisers would be needed.
    """
    as_written = rules_of_text(started.policy.text)
    names = started.policy.text
    wanted = rules_of_text(
        replace(text, models_file=names.models_file, policy_file=names.policy_file)
    )
    problems = tuple(restart_needed(as_written, wanted))
    if problems:
        raise ConfigError(problems)
    return Rules(_as_running(wanted.registry, started.registry), wanted.policy)


def restart_needed(serving: Rules, wanted: Rules) -> Iterator[ConfigProblem]:
    """What running gateways cannot take up. Both as their files say it."""
    text = wanted.policy.text
    models = parse_yaml(text.models, text.models_file)
    deployed = serving.registry.without_retired().entries
    used = wanted.registry.without_retired().entries
    for index, (key, entry) in enumerate(wanted.registry.entries.items()):
        running = deployed.get(key)
        if key not in used:
            continue
        if running is None:
            yield models.problem(("models", index), f"{key} has no deployment", RESTART)
        elif _execution(entry) != _execution(running):
            yield models.problem(
                ("models", index, "backend"), f"{key} is deployed in another way", RESTART
            )
    policy = parse_yaml(text.policy, text.policy_file)
    yield from _detection(serving, wanted, policy)
    if serving.policy.audit != wanted.policy.audit:
        yield policy.problem(
            ("audit",), "the log is signed and published as it was at the start", RESTART
        )


def _detection(serving: Rules, wanted: Rules, policy: YamlDocument) -> Iterator[ConfigProblem]:
    """What the scanning processes were started with."""
    now, then = serving.policy, wanted.policy
    if now.detection.recognisers != then.detection.recognisers:
        yield policy.problem(
            ("detection", "recognisers"), "the detectors run with other recognisers", RESTART
        )
    if now.detection_deadline_s != then.detection_deadline_s:
        yield policy.problem(
            ("detection", "deadline_s"), "the detectors run with another deadline", RESTART
        )


def _execution(entry: RegisteredModel) -> tuple[object, ...]:
    """What a deployment is made of; the rest of an entry is for deciding."""
    spec = entry.spec
    return (
        spec.dialect,
        spec.location,
        spec.upstream_model,
        spec.origin,
        spec.base_path,
        entry.backend,
        entry.expected_weights_digest,
    )


def _as_running(wanted: Registry, running: Registry) -> Registry:
    return replace(
        wanted,
        entries={
            key: _on_deployment(entry, running.entries[key]) if key in running.entries else entry
            for key, entry in wanted.entries.items()
        },
    )


def _on_deployment(entry: RegisteredModel, running: RegisteredModel) -> RegisteredModel:
    found = running.spec
    return replace(
        entry,
        backend=running.backend,
        spec=replace(
            entry.spec,
            origin=found.origin,
            base_path=found.base_path,
            weights_digest=found.weights_digest,
        ),
    )
