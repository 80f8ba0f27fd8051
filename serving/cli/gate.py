"""`ringfence gate`: whether a change of policy, model or price was shown to do no harm."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.domain import JsonObject
from router.errors import ConfigError
from router.gate.record import Verdict, record_of
from router.gate.require import lacking
from router.policy.lint import lint
from router.policy.load import load_rules, rules_of_text
from router.policy.policy import Rules, RulesText
from serving.cli.gate_inputs import (
    KEY_VARIABLE,
    Files,
    asking,
    golden_cases,
    judged_of,
    judged_of_text,
    measured,
    served,
    with_named,
)
from serving.cli.gate_sign import keep_record, signer_of
from serving.cli.options import (
    EXIT_FAILED,
    MODELS,
    POLICY,
    STATE_DIR,
    AsJson,
    Models,
    Policy,
    StateDir,
)
from serving.cli.output import Steps, cures, err, print_json

if TYPE_CHECKING:
    from benchmarks.quality.gate.examine import Terms
    from benchmarks.quality.gate.judge import Judgement
    from benchmarks.quality.gate.outcomes import Matrix

EXIT_INCONCLUSIVE = 3
_EXITS = {
    Verdict.PASS: 0,
    Verdict.FAIL: EXIT_FAILED,
    Verdict.INCONCLUSIVE: EXIT_INCONCLUSIVE,
}


def gate(
    candidate: Annotated[
        list[Path],
        typer.Option(help="The policy or the registry as it would be; both, said twice."),
    ],
    against: Annotated[
        list[Path] | None,
        typer.Option(help="What to compare with, as files; without it, what serves."),
    ] = None,
    outcomes: Annotated[
        Path | None,
        typer.Option(help="A folder of records of `bench quality`, of every model concerned."),
    ] = None,
    traffic: Annotated[
        Path | None,
        typer.Option(help="What is asked for, as `policy simulate` reads it; else all there is."),
    ] = None,
    misroutes: Annotated[
        list[Path] | None, typer.Option(help="Golden cases of your own; may be repeated.")
    ] = None,
    shipped: Annotated[
        bool,
        typer.Option(
            "--shipped-misroutes/--no-shipped-misroutes", help="The golden cases that come along."
        ),
    ] = True,
    margin: Annotated[
        float | None,
        typer.Option(
            help="How much worse answers may get, as a share; else as the old policy says.",
            min=0.001,
            max=0.5,
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help=f"A gateway to ask what nobody measured; its key in {KEY_VARIABLE}."),
    ] = None,
    rerun_max: Annotated[
        int, typer.Option(help="How many items are asked again at most.", min=1)
    ] = 1_000,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Where report and record go.")
    ] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Say whether other rules, models or prices were shown to do no harm.

    Lints and proves the candidate, checks the golden misroutes, and replays the items of --outcomes
    under the old rules and the new: paired non-inferiority over all and in each critical slice and
    suite of safety and bias, McNemar's test with Holm's correction on those, a bootstrap on cost.
    The record binds every file that was judged by; the policy in force says which have to be among
    them (`gate.traffic`, `gate.misroutes`). --models and --policy are the file of the two that
    --candidate, or --against, does not name. With --out the record is written beside the report,
    signed where --state-dir has the audit key (that takes the role operator or admin); `policy
    apply` and `models promote` take it as --gate. Exit status: 0 it passes, 1 it fails, 3
    inconclusive.

    Example: ringfence gate --candidate new-policy.yaml --outcomes benchmarks/results/quality
    --out gates
    """
    from benchmarks.quality.gate.asked import read_traffic  # noqa: PLC0415
    from benchmarks.quality.gate.content import content_of  # noqa: PLC0415
    from benchmarks.quality.gate.examine import Terms, slices_of  # noqa: PLC0415
    from benchmarks.quality.gate.report import markdown  # noqa: PLC0415

    now = datetime.now(UTC)
    with cures():
        files = with_named(Files(models, policy), candidate)
        other = with_named(Files(models, policy), against or [])
        old = load_rules(other.models, other.policy) if against else served(state_dir, other)
        matrix = measured(outcomes)
        said = None if traffic is None else read_traffic(traffic)
        terms = Terms(
            margin=old.policy.gate.margin if margin is None else margin,
            day=now.date(),
            slices=old.policy.gate.critical_slices,
            golden=golden_cases(misroutes or [], shipped=shipped),
            asked=None if said is None else said.asked,
            most_asked_again=rerun_max,
        )
        signer = None if out_folder is None else signer_of(state_dir)
        text = files.text()
        judgement = _judged(text, old, matrix, terms, url)
        wanted = judged_of_text(text)
        content = content_of(
            judgement,
            candidate=wanted,
            against=judged_of(old),
            slices=slices_of(matrix, terms),
            matrix=matrix,
            traffic=said,
            golden=terms.golden,
            now=now,
            by=None if signer is None else signer.actor.name,
        )
        report = markdown(judgement, wanted.digest, old.policy.digest)
        path = None if out_folder is None else keep_record(out_folder, content, report, signer)
    _say(content, report, as_json=as_json)
    _warn(content, old)
    if path is not None:
        signed = "" if signer is not None else ", unsigned: there is no audit key in --state-dir"
        err.print(f"stored in {path}{signed}", markup=False)
    raise typer.Exit(_EXITS[judgement.verdict])


def _judged(
    text: RulesText, old: Rules, matrix: Matrix, terms: Terms, url: str | None
) -> Judgement:
    """Raises OutcomesRefused, a ValueError."""
    from benchmarks.quality.gate.examine import examine  # noqa: PLC0415
    from benchmarks.quality.gate.judge import Findings, judge  # noqa: PLC0415

    again = 0
    with Steps() as steps:

        def on_item() -> None:
            nonlocal again
            again += 1
            steps.say(f"{again:,} items")

        ask = asking(url, matrix, on_item)
        steps.begin("lint and proof")
        try:
            new = rules_of_text(text)
        except ConfigError as error:
            return judge(Findings(margin=terms.margin, problems=error.problems))
        warnings = tuple(lint(new, time.time()))
        found = examine(new, old, matrix, terms, ask=ask, warnings=warnings, on_step=steps.begin)
    return judge(found)


def _warn(content: JsonObject, old: Rules) -> None:
    """Of a record that would open nothing, before somebody relies on it."""
    from benchmarks.quality.gate.misroutes import shipped_golden  # noqa: PLC0415

    rules = old.policy.gate
    for lack in lacking(record_of(content), rules, shipped_golden()) if rules.required else ():
        err.print(
            f"warning: the policy in force would not take this record: {lack}",
            style="yellow",
            markup=False,
        )


def _say(content: JsonObject, report: str, *, as_json: bool) -> None:
    if as_json:
        print_json(content)
    else:
        typer.echo(report, nl=False)
