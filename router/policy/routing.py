"""`routing` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import re2

from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem
from router.features.rules import TaskRule, TaskRules
from router.policy.once import check_once
from router.policy.routing_rules import (
    ConversationRules,
    LearnedReference,
    RankBy,
    RoutingRules,
    Weights,
)
from router.policy.routing_schema import (
    LearnedEntry,
    RoutingSection,
    TaskConditions,
    TaskRuleEntry,
)
from router.registry.records import RecordProblem, file_digest
from router.task import Preference

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile

_S_PER_HOUR = 3_600


def routing_rules(section: RoutingSection, directory: Path) -> RoutingRules:
    """The rules of a section that `check_routing` has nothing against.

    A learned router lies in `directory`, or is named from there.
    """
    learned = section.learned
    weights, tasks, kept = section.weights, section.tasks, section.conversation
    return RoutingRules(
        tasks=TaskRules(
            tuple(map(_task_rule, tasks.rules)),
            None if tasks.classifier is None else tasks.classifier.min_confidence,
        ),
        rank_auto=section.rank.auto,
        rank_tiers=section.rank.tiers,
        weights=Weights(weights.quality, weights.cost, weights.latency),
        prefer=dict(section.prefer),
        team_max_latency_ms=dict(section.team_max_latency_ms),
        conversation=None
        if kept is None
        else ConversationRules(kept.keep_hours * _S_PER_HOUR, kept.min_gain),
        learned=None
        if learned is None
        else LearnedReference(directory / learned.artifact, learned.sha256),
        embedders=dict(section.embeddings),
    )


def check_routing(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """Rules that say something, regexes of linear time, and weights by which anything differs."""
    section = file.routing
    seen: list[TaskConditions] = []
    for number, entry in enumerate(section.tasks.rules):
        here: KeyPath = ("routing", "tasks", "rules", number)
        yield from _check_conditions(entry.when, (*here, "when"), document)
        if entry.when in seen:
            yield document.problem(
                here,
                f"rule {seen.index(entry.when) + 1} holds of the same requests: this never decides",
                "remove one of the two",
            )
        seen.append(entry.when)
    weights = section.weights
    by_utility = RankBy.UTILITY in (section.rank.auto, section.rank.tiers)
    if by_utility and not (weights.quality or weights.cost or weights.latency):
        yield document.problem(
            ("routing", "weights"),
            "models are ranked by their utility, and no weight makes any of it",
            "give quality, cost or latency a weight above 0, or rank as `written`",
        )
    if section.learned is not None:
        yield from _check_learned(section.learned, document, by_utility=by_utility)
    for preference in section.prefer if by_utility else ():
        if not _weight_of(preference, section):
            yield document.problem(
                ("routing", "prefer", preference.value),
                f"whoever prefers {preference.value} gets nothing by it: its weight is 0",
                f"give weights.{preference.value} a value above 0, or remove this",
            )


def _check_learned(
    said: LearnedEntry, document: YamlDocument, *, by_utility: bool
) -> Iterator[ConfigProblem]:
    here: KeyPath = ("routing", "learned")
    if not by_utility:
        yield document.problem(
            here,
            "a learned router tells what answers are worth, and models are ranked as written",
            "rank `auto` or `tiers` by utility, or remove it",
        )
    try:
        found = file_digest(Path(document.file).parent / said.artifact)
    except RecordProblem as problem:
        cure = "name a file of `ringfence route train`, from where policy.yaml lies"
        yield document.problem((*here, "artifact"), str(problem), cure)
        return
    if found != said.sha256:
        yield document.problem(
            (*here, "sha256"),
            f"{Path(said.artifact).name} is not the learned router that was meant: its sha256 is "
            f"{found}",
            "review it, and write its digest; or put back the one that was meant",
        )


def _task_rule(entry: TaskRuleEntry) -> TaskRule:
    when = entry.when
    return TaskRule(
        task=entry.task,
        teams=frozenset(when.teams or ()),
        purposes=frozenset(when.purposes or ()),
        system=when.system,
        user=when.user,
        formats=frozenset(when.formats or ()),
        tools=when.tools,
    )


def _check_conditions(
    when: TaskConditions, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    if when == TaskConditions():
        yield document.problem(
            here,
            "the rule holds of every request, so that no rule after it ever decides",
            "say which: teams, purposes, system, user, formats or tools",
        )
    for key, names in (("teams", when.teams), ("purposes", when.purposes)):
        yield from check_once(names or [], (*here, key), document)
    for key, regex in (("system", when.system), ("user", when.user)):
        problem = None if regex is None else _problem_of(regex)
        if problem is not None:
            yield document.problem(
                (*here, key),
                f"the regex {problem}",
                "write it in RE2's syntax: no lookaround, no backreference; every match takes at "
                "least one character",
            )


def _problem_of(regex: str) -> str | None:
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(regex, options)
    except re2.error:
        return "cannot be matched in linear time"
    return "matches the empty text" if compiled.search("") else None


def _weight_of(preference: Preference, section: RoutingSection) -> float:
    weights = section.weights
    return {
        Preference.QUALITY: weights.quality,
        Preference.COST: weights.cost,
        Preference.LATENCY: weights.latency,
    }[preference]
