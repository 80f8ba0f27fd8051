"""`ringfence route advise`: for each pair of tiers, whether to try the cheaper one first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from router.domain import ModelSpec, Tier
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.registry.records import RecordProblem
from router.risk.advice import TYPICAL, Advice, Candidate, Question, Verdict
from router.risk.adviser import advise as advised
from router.risk.certificate_record import BadCertificate, read_certificate
from router.risk.figures import Estimate, Figures
from router.risk.labelled import RIGHT_FROM
from router.risk.learn_then_test import Terms
from router.risk.outcomes import of_model
from router.task import Task
from serving.cli.options import MODELS, POLICY, AsJson, Models, Policy
from serving.cli.output import Steps, counted, cures, err, out, print_json
from serving.cli.route_page import page
from serving.cli.route_records import DEFAULT_SIGNAL, read_outcomes, registered
from serving.cli.today import day_of

RESULTS = Path("benchmarks/results/quality")


def advise(
    record: Annotated[
        list[Path] | None,
        typer.Option(
            help="Records of quality, or folders of them; may be given repeatedly. Without any,"
            f" those that models.yaml refers to and those in {RESULTS}."
        ),
    ] = None,
    certificate: Annotated[
        list[Path] | None,
        typer.Option(help="Certificates whose thresholds are to be judged; repeatedly, too."),
    ] = None,
    signal: Annotated[
        str, typer.Option(help="By what an answer is kept; it is in the records.")
    ] = DEFAULT_SIGNAL,
    task: Annotated[Task | None, typer.Option(help="Of this task alone.")] = None,
    max_wrong: Annotated[
        float, typer.Option(help="The share of wrong answers that is put up with.")
    ] = 0.05,
    confidence: Annotated[float, typer.Option(help="How surely it is kept to.")] = 0.95,
    right_from: Annotated[
        float, typer.Option(help="The score from which on an answer is right.", min=0, max=1)
    ] = RIGHT_FROM,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with the cost-quality curves.")
    ] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    as_json: AsJson = False,
) -> None:
    """Say for each pair of tiers whether trying the cheaper one first pays, and why not.

    Prices are the registry's of now; acceptance, and how well the signal tells right from wrong,
    come from records in which both models answered the same items. A cascade is recommended where
    it is shown to cost less than always the stronger model, to be better than drawing lots between
    the two for the same money, and where the promise can be certified. Exit status: 0, or 1 for
    files that will not do.

    Example: ringfence route advise --task classification --html cascades.html
    """
    with cures():
        rules = load_rules(models, policy)
        paths = [*(record or []), *(() if record else _usual(rules))]
        runs = read_outcomes(paths)
        question = Question(
            signal=signal,
            terms=Terms(max_wrong, confidence),
            task=task,
            right_from=right_from,
            thresholds=_thresholds(certificate or [], signal),
        )
        asked = {model: of_model(runs, model) for model in {run.model for run in runs}}
        with Steps() as steps:
            steps.begin("resampling")
            advice = [advised(each, asked, question) for each in candidates(rules)]
        if html is not None:
            _write(html, page(advice))
    if as_json:
        print_json({"pairs": [_as_json(each) for each in advice]})
        return
    for each in advice:
        _say(each)
    recommended = sum(each.verdict is Verdict.CASCADE for each in advice)
    out.print(
        f"{counted(len(advice), 'pair')} of tiers; a cascade pays for {recommended or 'none'}",
        markup=False,
    )
    if html is not None:
        err.print(f"the curves are in {html}", markup=False)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}") from None


def candidates(rules: Rules) -> Iterator[Candidate]:
    """Each tier before those above it, by the first model of either that answers clients. Not
    `private`: what is there for requests that must stay leads nowhere else.
    """
    first = {tier: _first(rules, tier) for tier in Tier if tier is not Tier.PRIVATE}
    for cheap_tier, strong_tier in combinations(first, 2):
        cheap, strong = first[cheap_tier], first[strong_tier]
        if cheap is not None and strong is not None and cheap.key != strong.key:
            yield Candidate(cheap_tier, strong_tier, cheap, strong)


def _first(rules: Rules, tier: Tier) -> ModelSpec | None:
    entries = (rules.registry.entries[key] for key in rules.policy.tiers.get(tier, ()))
    answering = (each for each in entries if each.card.lifecycle.state.answers_clients)
    return next((each.spec for each in answering), None)


def _usual(rules: Rules) -> Iterator[Path]:
    yield from registered(rules.registry)
    if RESULTS.is_dir():
        yield RESULTS


def _thresholds(paths: Sequence[Path], signal: str) -> dict[tuple[str, str], float]:
    """Of certificates that hold today. Raises ValueError for what is none, or not by `signal`."""
    thresholds: dict[tuple[str, str], float] = {}
    today = day_of(None)
    for path in paths:
        try:
            read, _ = read_certificate(path)
        except RecordProblem as error:
            raise ValueError(f"{error}: {error.cure}") from None
        except BadCertificate as error:
            raise ValueError(f"{path.name}: {error}; {error.cure}") from None
        if read.signal != signal:
            raise ValueError(f"{path.name} is by {read.signal}: give --signal {read.signal}")
        if not read.made_on <= today <= read.expires_on:
            raise ValueError(f"{path.name} expired on {read.expires_on}: certify anew")
        thresholds[read.cheap_model.key, read.strong_model.key] = read.threshold
    return thresholds


def _say(advice: Advice) -> None:
    pair = advice.candidate
    out.print(
        f"{pair.cheap_tier} → {pair.strong_tier}: {pair.cheap.key}, then {pair.strong.key}",
        markup=False,
        style="bold",
    )
    if advice.figures is None:
        out.print(f"  {_listed(pair)}", markup=False)
    else:
        out.print(_table(advice.figures))
        for line in _lines(advice.figures):
            out.print(f"  {line}", markup=False)
    style = "green" if advice.verdict is Verdict.CASCADE else "yellow"
    out.print(f"  {advice.why}\n", markup=False, style=style)


def _listed(pair: Candidate) -> str:
    """What prices alone say."""
    ratio = pair.listed_price_ratio
    if not isfinite(ratio):
        needed = "the cheap one is free"
    elif ratio > 1:
        needed = f"it costs less than always the strong one from {1 / ratio:.0%} kept on"
    else:
        needed = "it never costs less than always the strong one"
    return (
        f"price ratio {_number(ratio)}, by the registry for {TYPICAL.input_tokens:,} tokens in and "
        f"{TYPICAL.output_tokens:,} out: {needed}"
    )


def _table(figures: Figures) -> Table:
    table = Table(box=None, padding=(0, 2))
    table.add_column("", no_wrap=True)
    for name in ("USD per 1,000", "95%", "quality", "95%"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, point in figures.ways:
        cost, quality = point.cost_usd, point.quality
        table.add_row(
            escape(name),
            f"{cost.value * 1e3:.4g}",
            f"{cost.low * 1e3:.4g} to {cost.high * 1e3:.4g}",
            f"{quality.value:.3f}",
            f"{quality.low:.3f} to {quality.high:.3f}",
        )
    return table


def _lines(figures: Figures) -> Iterator[str]:
    area = figures.auroc
    tells = "cannot be told" if area is None else _interval(area)
    yield (
        f"kept {figures.accepted:.1%} of {figures.items:,} items, at {_number(figures.threshold)} "
        f"and above; AUROC {tells}"
    )
    mix = figures.ratio_against_mix
    against_mix = "never better than a mix" if mix is None else f"a mix above {_number(mix)}"
    yield (
        f"price ratio {_number(figures.price_ratio)}; it beats always strong above "
        f"{_number(figures.ratio_against_strong)}, or from {figures.acceptance_against_strong:.0%} "
        f"kept on, and {against_mix}"
    )
    yield f"over the mix {_interval(figures.over_mix)}"


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _number(value: float) -> str:
    return f"{value:.3g}" if isfinite(value) else "any" if value < 0 else "∞"


def _as_json(advice: Advice) -> dict[str, Any]:
    pair = advice.candidate
    return {
        "from": pair.cheap_tier.value,
        "to": pair.strong_tier.value,
        "cheap": pair.cheap.key,
        "strong": pair.strong.key,
        "cascade": advice.verdict is Verdict.CASCADE,
        "verdict": advice.verdict.value,
        "why": advice.why,
        "listed_price_ratio": _finite(pair.listed_price_ratio),
        "figures": None if advice.figures is None else _figures_json(advice.figures),
    }


def _figures_json(figures: Figures) -> dict[str, Any]:
    """Ratios that nothing reaches are null."""
    return {
        "items": figures.items,
        "threshold": _finite(figures.threshold),
        "accepted": figures.accepted,
        "auroc": None if figures.auroc is None else _estimate_json(figures.auroc),
        "price_ratio": _finite(figures.price_ratio),
        "break_even_ratio_against_strong": _finite(figures.ratio_against_strong),
        "break_even_ratio_against_mix": _finite(figures.ratio_against_mix),
        "break_even_accepted_against_strong": _finite(figures.acceptance_against_strong),
        "over_mix": _estimate_json(figures.over_mix),
        "saved_usd": _estimate_json(figures.saved_usd),
        "ways": {
            name.replace(" ", "_"): {
                "cost_usd": _estimate_json(point.cost_usd),
                "quality": _estimate_json(point.quality),
            }
            for name, point in figures.ways
        },
        "curve": [{"cost_usd": cost, "quality": quality} for cost, quality in figures.curve],
    }


def _estimate_json(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
