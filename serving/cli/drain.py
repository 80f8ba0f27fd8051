"""`ringfence drain`"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from router.accounts.people.permissions import Permission
from router.audit.acts import Act, record_act
from router.domain import DataClass, JsonObject
from router.load.drains import Drain, DrainState, drain, drains_now, end_drain, state_of
from router.policy.policy import Rules
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.model_names import key_of
from serving.cli.options import EXIT_FAILED, STATE_DIR, AsJson, ReasonIfAny, StateDir
from serving.cli.output import Steps, cures, err, fail, out, print_json
from serving.cli.served import require_served
from serving.cli.state import existing
from serving.cluster.database import open_database

DEFAULT_DEADLINE_S = 120.0
_POLL_S = 0.2
_ANSWER_S = 15.0
"""For how long a gateway may say nothing, at the beginning and after the deadline."""


@dataclass(frozen=True, slots=True)
class _Told:
    drain: Drain
    state: DrainState

    def as_json(self) -> JsonObject:
        return {
            "model": self.drain.model,
            "since_s": self.drain.asked_at_s,
            "deadline_at_s": self.drain.deadline_at_s,
            "actor": self.drain.actor,
            "reason": self.drain.reason,
            "drained": self.state.is_over,
            "gateways": {"heard": self.state.heard, "running": self.state.gateways},
            "requests": asdict(self.state.presence),
        }


def drain_command(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A model, or a tier that has one engine; none, to see what is drained."
        ),
    ] = None,
    deadline_s: Annotated[
        float,
        typer.Option(help="How long those who are there may take, in seconds.", min=0, max=86_400),
    ] = DEFAULT_DEADLINE_S,
    undo: Annotated[bool, typer.Option("--undo", help="Let people in again.")] = False,
    reason: ReasonIfAny = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Let nobody in to a model, wait until nobody is there, and say what had to be cut.

    From then on no gateway sends it anything new: requests go to the next model that may see them,
    or get 503. Those that run or wait go on to their end, or to the deadline, when they are cut.
    The model stays where it is, idle, until --undo; a restart of the cluster changes nothing in
    that. Ctrl-C ends the watching and not the drain. Exit status: 0 when nothing was cut, 1 when
    something was, or no gateway answers.

    Example: ringfence drain private --deadline-s 300 --reason "new driver on node 3"
    """
    paths = existing(state_dir)
    if name is None:
        with cures():
            engine = open_database(paths)
            try:
                _print(_now(engine), as_json=as_json)
            finally:
                engine.dispose()
        return
    actor = require_actor(state_dir, Permission.MOVE_MODELS)
    with cures():
        engine = open_database(paths)
        try:
            rules = require_served(engine)
            drained = {each.drain.model for each in _now(engine)}
            # Also of a model that has left the registry since.
            key = name if undo and name in drained else key_of(name, rules)
            if undo:
                _undo(engine, key, actor.name, reason or "")
                return
            now_s = time.time()
            wanted = Drain(key, now_s, now_s + deadline_s, actor.name, reason or "")
            try:
                _begin(engine, wanted)
            except IntegrityError:
                fail("somebody else has begun to drain it just now: `ringfence drain` says how")
            _warn(rules, drained | {key})
            told = _followed(engine, wanted)
        finally:
            engine.dispose()
    _print([told], as_json=as_json)
    if told.state.presence.cut or told.state.presence.turned_away:
        raise typer.Exit(EXIT_FAILED)


def _begin(engine: Engine, wanted: Drain) -> None:
    details: JsonObject = {
        "model": wanted.model,
        "deadline_s": round(wanted.deadline_at_s - wanted.asked_at_s, 3),
    }
    with engine.begin() as connection:
        drain(connection, wanted)
        act = Act("model.drained", wanted.actor, wanted.reason, details)
        record_act(connection, act, wanted.asked_at_s)


def _undo(engine: Engine, key: str, actor: str, reason: str) -> None:
    """Raises ValueError for what is not drained."""
    with engine.begin() as connection:
        about = next((one for one in drains_now(connection) if one.model == key), None)
        if about is None:
            raise ValueError(f"{key} is not drained: `ringfence drain` lists what is")
        now_s = time.time()
        found = state_of(connection, about, now_s).presence
        end_drain(connection, key)
        details: JsonObject = {
            "model": key,
            "drained_s": round(now_s - about.asked_at_s, 3),
            "cut": found.cut,
            "turned_away": found.turned_away,
        }
        record_act(connection, Act("model.undrained", actor, reason, details), now_s)
    err.print(f"{key} answers again, within a second", markup=False)


def _warn(rules: Rules, drained: set[str]) -> None:
    """Of what nobody answers now."""
    entries = rules.registry.without_retired().entries
    listed = {key for keys in rules.policy.tiers.values() for key in keys} & entries.keys()
    for data_class in DataClass:
        may_see = {key for key in listed if data_class in entries[key].spec.approved}
        if may_see and may_see <= drained:
            err.print(
                f"nothing else may see {data_class.label} requests: they get 503 until --undo",
                style="yellow",
            )


def _followed(engine: Engine, wanted: Drain) -> _Told:
    """Until nobody is there; leaves with 1 where that cannot be waited for."""
    try:
        with Steps() as steps:
            steps.begin(f"{wanted.model}, until nobody is there")
            heard_s = wanted.asked_at_s
            while True:
                now_s = time.time()
                with reading(engine).connect() as connection:
                    is_on = wanted in drains_now(connection)
                    state = state_of(connection, wanted, now_s)
                if is_on and state.is_over:
                    return _Told(wanted, state)
                heard_s = now_s if state.heard else heard_s
                why = _in_vain(wanted, state, now_s - heard_s, now_s, is_on=is_on)
                if why is not None:
                    steps.done(failed=True)
                    fail(why)
                left_s = max(0, math.ceil(wanted.deadline_at_s - now_s))
                steps.say(f"{_there(state)}, {left_s} s left")
                time.sleep(_POLL_S)
    except KeyboardInterrupt:
        err.print("the drain goes on: `ringfence drain` says how it stands", markup=False)
        raise typer.Exit(EXIT_FAILED) from None


def _in_vain(
    wanted: Drain, state: DrainState, silent_s: float, now_s: float, *, is_on: bool
) -> str | None:
    """Why nobody need wait any longer; no gateway has said anything for `silent_s`."""
    if not is_on:
        return "somebody else has changed this drain: `ringfence drain` says how it is"
    if silent_s > _ANSWER_S:
        return (
            f"no gateway has answered for {silent_s:.0f} s: see `ringfence status`. The drain is "
            "kept, and holds for gateways that start; --undo ends it"
        )
    if now_s > wanted.deadline_at_s + _ANSWER_S:
        return f"{_there(state)} still, after the deadline: see the logs of the gateways"
    return None


def _there(state: DrainState) -> str:
    return f"{state.presence.running} run and {state.presence.waiting} wait"


def _now(engine: Engine) -> list[_Told]:
    now_s = time.time()
    with reading(engine).connect() as connection:
        return [_Told(one, state_of(connection, one, now_s)) for one in drains_now(connection)]


def _print(found: list[_Told], *, as_json: bool) -> None:
    if as_json:
        print_json({"drains": [one.as_json() for one in found]})
        return
    if not found:
        out.print("nothing is drained")
        return
    table = Table(box=None)
    for title in ("model", "state", "run", "wait", "cut", "turned away", "by", "reason"):
        table.add_column(title)
    for one in found:
        there = one.state.presence
        table.add_row(
            one.drain.model,
            _state(one),
            *map(str, (there.running, there.waiting, there.cut, there.turned_away)),
            one.drain.actor,
            one.drain.reason,
        )
    out.print(table)


def _state(told: _Told) -> str:
    if told.state.is_over:
        return "drained"
    if not told.state.heard:
        return "no gateway answers"
    return f"{told.state.heard} of {told.state.gateways} gateways"
