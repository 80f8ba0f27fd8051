"""`limits` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.accounts.limits.rules import LimitRules, Limits, OverBudget
from router.config.validate import closest
from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem
from router.policy.limits_schema import LimitsEntry, LimitsSection

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile
    from router.registry.registry import Registry

_NANO_USD_PER_USD = 1_000_000_000


def limit_rules(section: LimitsSection) -> LimitRules:
    """The rules of a section that `check_limits` has nothing against."""
    return LimitRules(
        all=_limits(section.all),
        each_team=_limits(section.each_team),
        each_key=_limits(section.each_key),
        teams={team: _limits(entry) for team, entry in section.teams.items()},
        keys={key_id: _limits(entry) for key_id, entry in section.keys.items()},
        models={name: _limits(entry) for name, entry in section.models.items()},
    )


def check_limits(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What the keys of the section must say together, and with the rest of the policy."""
    for here, entry in _entries(file.limits):
        day, month = entry.budget_usd_per_day, entry.budget_usd_per_month
        if day is not None and month is not None and day > month:
            yield document.problem(
                (*here, "budget_usd_per_day"),
                "the budget of a day is above that of the month, and is never reached",
                f"lower budget_usd_per_day to at most {month:g}, or raise budget_usd_per_month",
            )
        # A key may have a budget of its own, and the policy says what happens above it.
        of_keys = here[:2] in (("limits", "each_key"), ("limits", "keys"))
        if entry.over_budget is not None and day is None and month is None and not of_keys:
            yield document.problem(
                (*here, "over_budget"),
                "over_budget has no effect where there is no budget",
                "add budget_usd_per_day or budget_usd_per_month, or remove it",
            )


def check_limit_models(
    file: PolicyFile, document: YamlDocument, registry: Registry
) -> Iterator[ConfigProblem]:
    """Limits may only name models that the registry has: by id, or by id@version."""
    ids = {model.id for model in registry.models}
    known = [*sorted(ids), *registry.entries]
    for name in file.limits.models:
        if name not in ids and name not in registry.entries:
            near = closest(name, known)
            hint = f"write `{near}`" if near else f"name one of: {', '.join(known)}"
            yield document.problem(
                ("limits", "models", name),
                f"limits names {name}, which the registry does not have",
                f"{hint}, or add it to models.yaml",
            )


def _entries(section: LimitsSection) -> Iterator[tuple[KeyPath, LimitsEntry]]:
    for single in ("all", "each_team", "each_key"):
        yield ("limits", single), getattr(section, single)
    for group in ("teams", "keys", "models"):
        for name, entry in getattr(section, group).items():
            yield ("limits", group, name), entry


def _limits(entry: LimitsEntry) -> Limits:
    return Limits(
        requests_per_minute=entry.requests_per_minute,
        tokens_per_minute=entry.tokens_per_minute,
        budget_nano_usd_per_day=_nano_usd(entry.budget_usd_per_day),
        budget_nano_usd_per_month=_nano_usd(entry.budget_usd_per_month),
        over_budget=entry.over_budget or OverBudget.REFUSE,
    )


def _nano_usd(budget_usd: float | None) -> int | None:
    return None if budget_usd is None else round(budget_usd * _NANO_USD_PER_USD)
