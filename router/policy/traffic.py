"""Requests that were made: out of the records of a time, or out of a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, RowMapping, select

from router.accounts.tables import api_keys
from router.audit.entries import EntryKind
from router.audit.tables import audit_entries, decisions, outcomes
from router.domain import AUTO, GENERAL_PURPOSE, Basis, DataClass, Endpoint, Tier
from router.errors import ConfigError, ConfigProblem
from router.escalation.codes import DECLINED, code_among, is_tried
from router.policy.kinds import DEFAULT_TEAM, NOT_PERMITTED, Kind
from router.policy.rank import NOTHING_KNOWN
from router.policy.total import class_named
from router.task import Features, Task, TaskBasis

_FLOORS_ALONE = frozenset({Basis.DEFAULT.value, Basis.KEY_FLOOR.value})
_ROWS_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Made:
    """One request and what it took.

    `planned` is the key of the model that it was to try first, or the code of why there was none.
    That and the cost are None where nobody knows them, as of a request in a file; so is when it was
    made, in seconds since the epoch. `features` are what routing knew of it then. `choices` are the
    answers that it asked for at once. `may_cascade` is what its caller said about a cheaper model,
    and `cascade` the code of what became of that.
    """

    kind: Kind
    input_tokens: int = 0
    output_tokens: int = 0
    planned: str | None = None
    cost_nano_usd: int | None = None
    features: Features = NOTHING_KNOWN
    made_at_s: float | None = None
    stream: bool = False
    choices: int = 1
    may_cascade: bool | None = None
    cascade: str | None = None


class AskedLine(BaseModel):
    """One line of a file of requests. `class` is what a request is without any floor."""

    model_config = ConfigDict(extra="forbid", strict=True)

    team: str = DEFAULT_TEAM
    purpose: str = GENERAL_PURPOSE
    data_class: Annotated[str, Field(alias="class")]
    choice: str = AUTO
    endpoint: Endpoint = Endpoint.CHAT
    private_only: bool = False
    tiers: list[Tier] = Field(default_factory=lambda: list(Tier))
    stakes: str | None = None
    task: Task | None = None
    stream: bool = False
    tools: bool = False
    cascade: Literal["allow", "never"] | None = None
    input_tokens: Annotated[int, Field(ge=0)] = 0
    output_tokens: Annotated[int, Field(ge=0)] = 0


def of_lines(lines: Iterable[str], file: str) -> Iterator[Made]:
    """Requests out of JSON lines. Raises ConfigError for the first line that is none.

    A class that there is not is restricted. What a line says is not quoted.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked = AskedLine.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"] if part in _KEYS) or "the line"
            problem = ConfigProblem(
                file,
                number,
                f"is no request: {place}: {first['msg']}",
                f"write a JSON object with `class`, and any of the keys {', '.join(_KEYS)}",
            )
            raise ConfigError((problem,)) from None
        yield Made(
            kind=Kind(
                found=class_named(asked.data_class),
                choice=asked.choice,
                endpoint=asked.endpoint,
                private_only=asked.private_only,
                team=asked.team,
                purpose=asked.purpose,
                tiers=frozenset(asked.tiers),
                stakes=asked.stakes,
                embeds=asked.task if asked.endpoint is Endpoint.EMBEDDINGS else None,
            ),
            input_tokens=asked.input_tokens,
            output_tokens=asked.output_tokens,
            features=Features(
                task=asked.task or Task.OTHER,
                task_basis=TaskBasis.DECLARED if asked.task else TaskBasis.UNKNOWN,
                input_tokens=asked.input_tokens,
                has_tools=asked.tools,
            ),
            stream=asked.stream,
            may_cascade=None if asked.cascade is None else asked.cascade == "allow",
        )


_KEYS = tuple(field.alias or name for name, field in AskedLine.model_fields.items())


def of_records(connection: Connection, from_s: float, to_s: float) -> Iterator[Made]:
    """The requests of a time, in seconds since the epoch, `to_s` not in it; read as they are used.

    A record has the class with every floor in it. Where a floor or the default alone made it, what
    was found is not known to be more than public, and is taken for that; else the class stands. The
    tiers of a key that is gone are taken to have been all.
    """
    kind_of_entry = audit_entries.c.kind == EntryKind.DECISION.value
    rows = connection.execution_options(yield_per=_ROWS_AT_A_TIME).execute(
        select(
            decisions.c.team,
            decisions.c.data_class,
            decisions.c.basis,
            decisions.c.choice,
            decisions.c.endpoint,
            decisions.c.private_only,
            api_keys.c.purpose,
            api_keys.c.tiers,
            decisions.c.stream,
            decisions.c.plan,
            decisions.c.reasons,
            decisions.c.task,
            decisions.c.features,
            decisions.c.recorded_at_s,
            outcomes.c.input_tokens,
            outcomes.c.output_tokens,
            outcomes.c.cost_nano_usd,
            audit_entries.c.body,
        )
        .select_from(
            decisions.outerjoin(outcomes, outcomes.c.request_id == decisions.c.request_id)
            .outerjoin(api_keys, api_keys.c.id == decisions.c.key_id)
            .outerjoin(
                audit_entries,
                (audit_entries.c.request_id == decisions.c.request_id) & kind_of_entry,
            )
        )
        .where(decisions.c.recorded_at_s >= from_s, decisions.c.recorded_at_s < to_s)
    )
    for row in rows.mappings():
        yield _made(row)


def _made(row: RowMapping) -> Made:
    said: dict[str, Any] = json.loads(row["body"]) if row["body"] is not None else {}
    by_floor = _FLOORS_ALONE.issuperset(row["basis"])
    tiers, endpoint = row["tiers"], Endpoint(row["endpoint"])
    features, cascade = _features(row["task"], row["features"]), code_among(row["reasons"])
    choices = (said.get("parameters") or {}).get("n")
    return Made(
        kind=Kind(
            found=DataClass.PUBLIC if by_floor else class_named(row["data_class"]),
            choice=row["choice"],
            endpoint=endpoint,
            private_only=row["private_only"],
            team=row["team"],
            purpose=said.get("purpose") or row["purpose"] or GENERAL_PURPOSE,
            tiers=frozenset(Tier) if tiers is None else frozenset(map(Tier, tiers)),
            stakes=said.get("stakes"),
            embeds=_embeds(endpoint, features.task),
        ),
        input_tokens=row["input_tokens"] or 0,
        output_tokens=row["output_tokens"] or 0,
        planned=next(iter(row["plan"]), NOT_PERMITTED),
        cost_nano_usd=row["cost_nano_usd"] or 0,
        features=features,
        made_at_s=row["recorded_at_s"],
        stream=row["stream"],
        choices=choices if isinstance(choices, int) else 1,
        may_cascade=_may_cascade(cascade),
        cascade=cascade,
    )


def _embeds(endpoint: Endpoint, task: Task) -> Task | None:
    """Nobody guesses what is embedded for: where a task is recorded, it was declared."""
    return task if endpoint is Endpoint.EMBEDDINGS and task is not Task.OTHER else None


def _may_cascade(code: str | None) -> bool | None:
    """No record has what the caller said: it is taken from what became of it, where that tells."""
    if code == DECLINED:
        return False
    return True if is_tried(code) else None


def _features(task: str | None, said: dict[str, Any] | None) -> Features:
    """As far as they say where a request goes; of older records nothing is known."""
    if task is None or said is None:
        return NOTHING_KNOWN
    return Features(
        task=next((each for each in Task if each.value == task), Task.OTHER),
        input_tokens=said.get("input_tokens") or 0,
        max_output_tokens=said.get("max_output_tokens"),
        has_tools=bool(said.get("has_tools")),
        in_tool_loop=bool(said.get("in_tool_loop")),
        conversation_model=said.get("conversation_model"),
        escalated_before=bool(said.get("escalated_before")),
    )
