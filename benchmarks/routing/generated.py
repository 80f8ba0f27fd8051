"""A set of our own, whose truth is known: it runs anywhere, and a test can say what must come out.

Questions are of tasks; each task has themes, and a theme has words of its own and a difficulty that
the task does not tell. Models have an ability by task; the probability of a right answer is
logistic in ability less difficulty (Rasch, 1960). So a lookup by task knows half of what there is
to know, and a text tells the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.routing.load import request_text
from benchmarks.routing.outcomes import Floats, Ints, OutcomeSet, digest_of
from benchmarks.routing.prices import ModelPrice

SEED = 6

_VERBS = ("compare", "explain", "estimate", "list", "describe", "derive", "rate", "summarise")
_FILL = ("briefly", "in detail", "for a colleague", "for the board", "with an example", "in steps")


@dataclass(frozen=True, slots=True)
class _Theme:
    words: tuple[str, ...]
    difficulty: float


_TASKS: dict[str, tuple[_Theme, ...]] = {
    "maths": (
        _Theme(("sum", "price", "apples", "change", "coins", "shop"), -2.2),
        _Theme(("triangle", "angle", "circle", "radius", "area", "square"), 0.0),
        _Theme(("integral", "manifold", "tensor", "eigenvalue", "measure", "lemma"), 2.4),
    ),
    "law": (
        _Theme(("parking", "fine", "licence", "speed", "street", "ticket"), -1.8),
        _Theme(("lease", "tenant", "landlord", "deposit", "repair", "notice"), 0.2),
        _Theme(("estoppel", "tort", "jurisdiction", "equity", "trust", "fiduciary"), 2.0),
    ),
    "health": (
        _Theme(("cold", "sleep", "water", "walk", "fruit", "rest"), -2.0),
        _Theme(("dosage", "allergy", "fever", "infection", "tablet", "clinic"), -0.2),
        _Theme(("receptor", "kinase", "pathway", "oncology", "titration", "assay"), 2.2),
    ),
    "writing": (
        _Theme(("greeting", "birthday", "card", "thanks", "invitation", "party"), -2.4),
        _Theme(("minutes", "meeting", "report", "agenda", "summary", "quarter"), -0.6),
        _Theme(("sonnet", "metre", "allegory", "stanza", "villanelle", "irony"), 1.6),
    ),
}

_MODELS: dict[str, tuple[float, ModelPrice]] = {
    "nano": (-0.8, ModelPrice(0.05, 0.05, True)),
    "small": (0.0, ModelPrice(0.20, 0.20, True)),
    "coder": (0.2, ModelPrice(0.30, 0.30, True)),
    "large": (1.4, ModelPrice(0.90, 0.90, True)),
    "frontier": (2.3, ModelPrice(2.50, 10.0, False)),
}
_STRENGTHS = {("coder", "maths"): 1.2, ("small", "writing"): 0.8, ("nano", "health"): 0.6}


def generated_set(questions: int = 2_000, seed: int = SEED) -> OutcomeSet:
    """The same for the same seed."""
    rng = np.random.default_rng(seed)
    task_names = tuple(_TASKS)
    tasks: Ints = rng.integers(0, len(task_names), questions).astype(np.int64)
    texts, stems, difficulty = [], [], np.empty(questions)
    for at, task in enumerate(tasks):
        themes = _TASKS[task_names[task]]
        theme = themes[int(rng.integers(len(themes)))]
        words = rng.choice(theme.words, 4, replace=False)
        verb, fill = rng.choice(_VERBS), rng.choice(_FILL)
        stem = (
            f"{_name(at)}: {verb} {words[0]} and {words[1]} {fill}, "
            f"then {words[2]}, and say what {words[3]} has to do with it."
        )
        stems.append(stem)
        texts.append(request_text(stem, ()))
        difficulty[at] = theme.difficulty + rng.normal(0.0, 0.5)
    ability = np.array(
        [
            [level + _STRENGTHS.get((model, task), 0.0) for model, (level, _) in _MODELS.items()]
            for task in task_names
        ]
    )
    chance = 1 / (1 + np.exp(difficulty[:, None] - ability[tasks]))
    quality: Floats = (rng.random(chance.shape) < chance).astype(float)
    output_chars = rng.lognormal(6.0, 0.4, chance.shape)
    cost_usd = np.stack(
        [
            [
                price.usd(len(text), chars)
                for (_, price), chars in zip(_MODELS.values(), row, strict=True)
            ]
            for text, row in zip(texts, output_chars, strict=True)
        ]
    )
    ids = tuple(str(at) for at in range(questions))
    return OutcomeSet(
        name="generated",
        digest=digest_of(ids, texts, quality, cost_usd),
        ids=ids,
        texts=tuple(texts),
        stems=tuple(stems),
        task_names=task_names,
        tasks=tasks,
        models=tuple(_MODELS),
        is_on_prem=tuple(price.is_on_prem for _, price in _MODELS.values()),
        quality=quality,
        cost_usd=cost_usd,
    )


def _name(at: int) -> str:
    """Letters for a number, so that no two stems have the same words."""
    letters = ""
    while True:
        at, digit = divmod(at, 26)
        letters += chr(ord("a") + digit)
        if not at:
            return letters
