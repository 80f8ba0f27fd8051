"""A process of its own for inspect: takes a job, says how far it is, and what came of it.

The job comes as JSON on the standard input, the key in the environment; each line of the standard
output is a `job.Line`. Whatever else is printed goes to the standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, TextIO

from inspect_ai import eval_set
from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.model import Model, get_model

from benchmarks.quality.inspected.gateway import PROVIDER
from benchmarks.quality.inspected.said_no import NO_ANSWER, code_in
from benchmarks.quality.inspected.task import inspect_task
from benchmarks.quality.job import KEY_VARIABLE, Done, Failed, Finished, Job
from benchmarks.quality.record import MAX_UNANSWERED, NOT_ASKED, Outcome, Unanswered
from benchmarks.quality.suite import Suite, make_suite
from benchmarks.quality.suites_file import load_entries

_RETRIES = 4


def main() -> None:
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    job = Job.model_validate_json(sys.stdin.read())
    try:
        _say(report, run(job, os.environ.pop(KEY_VARIABLE, ""), report))
    except Exception as error:
        _say(report, Failed(kind=type(error).__name__))


def run(job: Job, key: str, report: TextIO) -> Finished:
    """Asks every item that the log folder has no answer to yet. Raises what inspect raises."""
    entries = load_entries(job.suites_file)
    suites = [make_suite(entries[name], job.folders, job.limit) for name in job.suites]
    model = get_model(
        f"{PROVIDER}/{job.choice}",
        base_url=job.url,
        api_key=key,
        memoize=False,
        timeout_s=job.timeout_s,
    )

    def teller(suite: str) -> Callable[[], None]:
        return lambda: _say(report, Done(suite=suite))

    tasks = [inspect_task(suite, job, teller(suite.name)) for suite in suites]
    logs = _evaluated(tasks, model, job)
    outcomes: list[Outcome] = []
    unanswered: list[Unanswered] = []
    digests: set[str] = set()
    for log in logs:
        whole = read_eval_log(log.location)
        for sample in whole.samples or []:
            _sort(whole.eval.task, sample, outcomes, unanswered, digests)
    missing = _missing(suites, outcomes, unanswered)
    return Finished(
        outcomes=tuple(sorted(outcomes, key=lambda each: (each.suite, each.item))),
        unanswered=tuple(unanswered) + missing,
        policy_digests=tuple(sorted(digests)),
        inspect_ai=version("inspect-ai"),
    )


def _evaluated(tasks: list[Any], model: Model, job: Job) -> list[EvalLog]:
    _, logs = eval_set(
        tasks,
        log_dir=str(job.log_folder),
        model=model,
        retry_attempts=0,
        retry_immediate=False,
        max_tasks=1,
        max_connections=job.connections,
        max_samples=job.connections,
        max_retries=_RETRIES,
        # A suite that cannot be measured any more is given up: what is asked is paid for.
        fail_on_error=MAX_UNANSWERED,
        display="none",
        score=True,
        log_realtime=False,
        log_model_api=False,
    )
    return logs


def _sort(
    suite: str,
    sample: EvalSample,
    outcomes: list[Outcome],
    unanswered: list[Unanswered],
    digests: set[str],
) -> None:
    item = str(sample.id)
    score = next(iter((sample.scores or {}).values()), None)
    said = sample.output.metadata or {}
    if sample.error is not None or score is None or "request_id" not in said:
        unanswered.append(Unanswered(suite=suite, item=item, code=_code(sample)))
        return
    usage = sample.output.usage
    digests.add(said["policy_digest"])
    outcomes.append(
        Outcome(
            suite=suite,
            item=item,
            score=score.as_float(),
            note=(score.metadata or {}).get("note", ""),
            model=sample.output.model,
            escalated=said["escalated"],
            input_tokens=0 if usage is None else usage.input_tokens,
            output_tokens=0 if usage is None else usage.output_tokens,
            cost_nano_usd=said["cost_nano_usd"],
            latency_s=round(said["latency_s"], 4),
            request_id=said["request_id"],
            signals=said["signals"],
        )
    )


def _code(sample: EvalSample) -> str:
    """Why there is no answer: a word of the gateway's, where it was its error."""
    return NO_ANSWER if sample.error is None else code_in(sample.error.traceback)


def _missing(
    suites: Sequence[Suite], outcomes: list[Outcome], unanswered: list[Unanswered]
) -> tuple[Unanswered, ...]:
    """Items that inspect has nothing on, such as those of a task that it gave up."""
    known = {(each.suite, each.item) for each in outcomes}
    known |= {(each.suite, each.item) for each in unanswered}
    return tuple(
        Unanswered(suite=suite.name, item=item.id, code=NOT_ASKED)
        for suite in suites
        for item in suite.items
        if (suite.name, item.id) not in known
    )


def _say(report: TextIO, line: Done | Finished | Failed) -> None:
    report.write(line.model_dump_json() + "\n")
    report.flush()


if __name__ == "__main__":
    main()
