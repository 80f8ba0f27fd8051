"""Which rules a gateway can take up while it runs, and what they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from router.config.yaml_document import YamlDocument, parse_yaml
from router.errors import ConfigError, ConfigProblem
from router.policy.load import rules_of_text
from router.policy.policy import Rules, RulesText
from router.registry.execution import IDENTITY, DeployedModel, as_deployed

RESTART = "restart needed: `ringfence down`, then `ringfence up` with these files"
APPLY = "`ringfence apply` deploys what is new, switches the rules, and removes what is not needed"
ANOTHER_VERSION = (
    "records name what answered by its version: give this one a `version` of its own, or "
    "`ringfence down`, then `ringfence up` with these files"
)


def reloaded(text: RulesText, started: Rules, deployed: Mapping[str, DeployedModel]) -> Rules:
    """The rules of `text`, proven, on the deployments that run.

    `started` are those that this gateway started with, `deployed` is what runs by registry key.
    Raises ConfigError with every problem, and where other deployments or detectors would be needed.
    """
    names = started.policy.text
    wanted = rules_of_text(
        replace(text, models_file=names.models_file, policy_file=names.policy_file)
    )
    problems = (*deployment_needed(deployed, wanted), *restart_needed(started, wanted))
    if problems:
        raise ConfigError(problems)
    return Rules(as_deployed(wanted.registry, deployed), wanted.policy)


def deployment_needed(
    deployed: Mapping[str, DeployedModel], wanted: Rules
) -> Iterator[ConfigProblem]:
    """Models that nothing runs for, or something else than these rules say."""
    models = parse_yaml(wanted.policy.text.models, wanted.policy.text.models_file)
    used = wanted.registry.without_retired().entries
    for index, (key, entry) in enumerate(wanted.registry.entries.items()):
        if key not in used:
            continue
        running = deployed.get(key)
        if running is None:
            yield models.problem(("models", index), f"{key} has no deployment", APPLY)
        elif differing := running.differs(entry):
            yield models.problem(
                ("models", index, "backend"),
                f"{key} is deployed in another way: {', '.join(differing)}",
                APPLY,
            )


def version_needed(deployed: Mapping[str, DeployedModel], wanted: Rules) -> Iterator[ConfigProblem]:
    """Versions that would be something else than what they were when they were deployed."""
    models = parse_yaml(wanted.policy.text.models, wanted.policy.text.models_file)
    used = wanted.registry.without_retired().entries
    for index, (key, entry) in enumerate(wanted.registry.entries.items()):
        if key not in used or key not in deployed:
            continue
        differing = deployed[key].differs(entry)
        changed = [name for name in differing if name.partition(".")[0] in _FOR_GOOD]
        if changed:
            yield models.problem(
                ("models", index),
                f"{key} would be another model under the same name: {', '.join(changed)}",
                ANOTHER_VERSION,
            )


def restart_needed(serving: Rules, wanted: Rules) -> Iterator[ConfigProblem]:
    """What running gateways cannot take up, whatever is deployed. Both as their files say it."""
    policy = parse_yaml(wanted.policy.text.policy, wanted.policy.text.policy_file)
    yield from _detection(serving, wanted, policy)
    if serving.policy.audit != wanted.policy.audit:
        yield policy.problem(
            ("audit",), "the log is signed and published as it was at the start", RESTART
        )


_FOR_GOOD = IDENTITY | {"weights_digest"}


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
