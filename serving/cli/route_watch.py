"""`ringfence route watch`: what callers have said of the answers that were kept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, select

from router.accounts.people.permissions import Permission
from router.audit.acts import Act, record_act
from router.audit.tables import outcomes
from router.domain import JsonObject
from router.feedback.feedback import worth
from router.feedback.reading import Given, given
from router.registry.records import RecordProblem
from router.risk.certificate import Certificate
from router.risk.certificate_record import BadCertificate, read_certificate
from router.risk.watch import Watched, watched
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.costs_period import Since, Until, period
from serving.cli.options import EXIT_FAILED, STATE_DIR, AsJson, StateDir
from serving.cli.output import cures, out, print_json
from serving.cli.policy_records import opened
from serving.cli.state import existing

_IDS_AT_A_TIME = 500
_RIGHT_FROM = 0.5


def watch(
    certificate: Annotated[
        list[Path], typer.Argument(help="Certificates that answers are kept by.")
    ],
    since: Since = None,
    until: Until = None,
    right_from: Annotated[
        float, typer.Option(help="The feedback from which on an answer is right.", min=0, max=1)
    ] = _RIGHT_FROM,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Say whether feedback contradicts what is promised of kept answers.

    Counts the cheap model's answers that were kept in place of the strong one's, and of which
    somebody has said what they are; the worst that was said of one holds. It shows that a promise
    is broken, and never that it holds: who is content says nothing. Needs the role auditor, and is
    recorded. Exit status: 0, or 1 where a promise is contradicted.

    Example: ringfence route watch classification.json --since 30d
    """
    days = period(since, until)
    actor = require_actor(state_dir, Permission.READ_RECORDS_OF_ALL_TEAMS)
    with cures(), opened(existing(state_dir)) as engine:
        promised = [_read(path) for path in certificate]
        with reading(engine).connect() as connection:
            said = list(given(connection, days.from_s, days.to_s, latest=True))
            kept = _kept(connection, said)
        details: JsonObject = {"from_s": days.from_s, "to_s": days.to_s, "feedback": len(said)}
        with engine.begin() as connection:
            record_act(connection, Act("feedback.read", actor.name, "", details), time.time())
        found = [
            (path, each, watched(each, _are_right(each, said, kept, right_from)))
            for path, each in zip(certificate, promised, strict=True)
        ]
    if as_json:
        print_json([_as_json(*each) for each in found])
    else:
        for each in found:
            _say(*each)
    if any(result.is_refuted for _, _, result in found):
        raise typer.Exit(EXIT_FAILED)


def _read(path: Path) -> Certificate:
    try:
        return read_certificate(path)[0]
    except RecordProblem as error:
        raise ValueError(f"{error}: {error.cure}") from None
    except BadCertificate as error:
        raise ValueError(f"{path.name}: {error}; {error.cure}") from None


def _kept(connection: Connection, said: Sequence[Given]) -> dict[str, tuple[str, str]]:
    """By request, the cheap and the strong model where the cheap one's answer was kept."""
    found: dict[str, tuple[str, str]] = {}
    ids = iter(sorted({each.request_id for each in said}))
    while chunk := list(islice(ids, _IDS_AT_A_TIME)):
        query = select(outcomes.c.request_id, outcomes.c.escalation).where(
            outcomes.c.request_id.in_(chunk)
        )
        for request_id, escalation in connection.execute(query):
            if escalation and escalation["kept"]:
                found[request_id] = (escalation["cheap_model"], escalation["strong_model"])
    return found


def _are_right(
    certificate: Certificate,
    said: Sequence[Given],
    kept: dict[str, tuple[str, str]],
    right_from: float,
) -> Iterator[bool]:
    """One for each request that the certificate is about."""
    pair = certificate.cheap_model.key, certificate.strong_model.key
    worst: dict[str, float] = {}
    for each in said:
        value = worth(each.score, each.label)
        is_of_task = certificate.task is None or each.task == certificate.task.value
        if value is not None and is_of_task and kept.get(each.request_id) == pair:
            worst[each.request_id] = min(value, worst.get(each.request_id, 1.0))
    return (value >= right_from for value in worst.values())


def _say(path: Path, certificate: Certificate, result: Watched) -> None:
    pair = f"{certificate.cheap_model.key} before {certificate.strong_model.key}"
    out.print(f"{path.name}: {pair}", markup=False)
    out.print(
        f"  wrong are {result.wrong:,} of the {result.told:,} kept answers that somebody spoke of: "
        f"more than {result.low:.1%}, and {result.limit:.1%} may be",
        markup=False,
    )
    out.print(
        "  contradicted: have answers labelled anew, and certify by those"
        if result.is_refuted
        else "  not contradicted, which is not to say that it holds",
        markup=False,
        style="red" if result.is_refuted else None,
    )


def _as_json(path: Path, certificate: Certificate, result: Watched) -> dict[str, Any]:
    return {
        "certificate": path.name,
        "cheap": certificate.cheap_model.key,
        "strong": certificate.strong_model.key,
        "told": result.told,
        "wrong": result.wrong,
        "low": result.low,
        "limit": result.limit,
        "contradicted": result.is_refuted,
    }
