"""Records of quality → an OutcomeSet: what registered models made of the suites' items.

A record has no texts (I6); they come from the suites, which make them again from a seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.quality.item import Item
from benchmarks.quality.loaders.source import SetAbsent
from benchmarks.quality.record import QualityRecord
from benchmarks.quality.suite import Suite, SuiteChanged, make_suite
from benchmarks.quality.suites_file import SuiteEntry
from benchmarks.routing.load import BadOutcomes
from benchmarks.routing.outcomes import OutcomeSet, digest_of

NAME = "recorded"
_USD_PER_NANO = 1e-9

Answer = tuple[float, float]
"""(score, cost in USD)"""


def recorded_set(
    records: Iterable[QualityRecord],
    entries: Mapping[str, SuiteEntry],
    folders: Mapping[str, Path],
    on_prem: frozenset[str],
) -> OutcomeSet:
    """Every item that all recorded models answered, of suites of kind `task`.

    `on_prem` are the keys of models of one's own; `folders` has where sets of others lie. Of two
    records of a model the later counts, item by item. What was asked of a tier or of `auto` is not
    used: nobody knows what the others would have answered. Raises BadOutcomes.
    """
    answers: dict[str, dict[tuple[str, str], Answer]] = {}
    digests: dict[str, str] = {}
    for record in sorted(records, key=lambda each: each.made_at):
        if record.model is None:
            continue
        taken = {part.name: part.digest for part in record.suites if part.kind == "task"}
        for name, digest in taken.items():
            if digests.setdefault(name, digest) != digest:
                raise BadOutcomes(
                    f"the records have two editions of the suite {name}: leave out those of one"
                )
        of_model = answers.setdefault(record.model.key, {})
        for one in record.outcomes:
            if one.suite in taken and one.model == record.model.key and not one.escalated:
                cost_usd = one.cost_nano_usd * _USD_PER_NANO
                of_model[one.suite, one.item] = (one.score, cost_usd)
    if len(answers) < 2:
        raise BadOutcomes("there is nothing to choose: give records of at least two models")
    models = tuple(sorted(answers))
    common = sorted(set.intersection(*(set(answers[model]) for model in models)))
    if not common:
        raise BadOutcomes("no item was answered by all the models: run the same suites for each")
    items = _items({name for name, _ in common}, digests, entries, folders)
    return _set_of(
        models=models,
        common=common,
        answers=answers,
        items=items,
        entries=entries,
        on_prem=on_prem,
    )


def _set_of(
    *,
    models: Sequence[str],
    common: Sequence[tuple[str, str]],
    answers: Mapping[str, Mapping[tuple[str, str], Answer]],
    items: Mapping[tuple[str, str], Item],
    entries: Mapping[str, SuiteEntry],
    on_prem: frozenset[str],
) -> OutcomeSet:
    figures = np.array([[answers[model][at] for model in models] for at in common], float)
    quality, cost_usd = figures[..., 0], figures[..., 1]
    ids = tuple(f"{suite}/{item}" for suite, item in common)
    texts = tuple(last_user_text(items[at]) for at in common)
    tasks = [entries[suite].task.value for suite, _ in common]
    task_names = tuple(sorted(set(tasks)))
    return OutcomeSet(
        name=NAME,
        digest=digest_of(ids, texts, quality, cost_usd),
        ids=ids,
        texts=texts,
        stems=texts,
        task_names=task_names,
        tasks=np.array([task_names.index(task) for task in tasks], np.int64),
        models=tuple(models),
        is_on_prem=tuple(model in on_prem for model in models),
        quality=quality,
        cost_usd=cost_usd,
    )


def last_user_text(item: Item) -> str:
    """What the gateway reads of such a request: the last message of the user."""
    return next((each.text for each in reversed(item.messages) if each.role == "user"), "")


def _items(
    names: set[str],
    digests: Mapping[str, str],
    entries: Mapping[str, SuiteEntry],
    folders: Mapping[str, Path],
) -> dict[tuple[str, str], Item]:
    found: dict[tuple[str, str], Item] = {}
    for name in sorted(names):
        if name not in entries:
            raise BadOutcomes(f"no suite is called {name}: leave out its records, or name its file")
        suite = _suite(entries[name], folders)
        if suite.digest != digests[name]:
            raise BadOutcomes(
                f"the records are of another edition of the suite {name} than there is now: run "
                "`ringfence bench quality` again"
            )
        found |= {(name, item.id): item for item in suite.items}
    return found


def _suite(entry: SuiteEntry, folders: Mapping[str, Path]) -> Suite:
    try:
        return make_suite(entry, folders)
    except (SetAbsent, SuiteChanged) as error:
        raise BadOutcomes(f"suite {entry.name}: {error}") from None
