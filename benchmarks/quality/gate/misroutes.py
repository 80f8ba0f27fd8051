"""Golden misroutes: where a request must never go, or has to go first, whatever else is better.

Cases are data, and each has a reason. Those of the repository speak of locations alone and hold for
any registry; a file of one's own names models, teams and purposes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from benchmarks.quality.gate.routing import Routing, Way
from router.config.validate import ConfigModel, pattern, validate
from router.config.yaml_document import YamlDocument, load_yaml
from router.domain import GENERAL_PURPOSE, TEAM_NAME, DataClass, Endpoint, Location, Tier
from router.errors import ConfigError, ConfigProblem
from router.policy.kinds import DEFAULT_TEAM, NOT_PERMITTED, OTHER, Kind
from router.policy.policy import Rules
from router.policy.total import model_named
from router.registry.schema import DataClassLabel
from router.task import Task

SHIPPED = Path(__file__).parent.parent / "golden" / "misroutes.yaml"

_Asker: TypeAlias = Annotated[
    str,
    pattern(
        rf"{TEAM_NAME}|\*",
        "is no team or purpose",
        "write it as keys do, or `*` for one that no policy names",
    ),
]


class WhenEntry(ConfigModel):
    """A kind of request. `pin` asks for every model of a location by its name, one after another;
    `*` is a team or a purpose that no policy names.
    """

    data_class: Annotated[DataClassLabel, Field(alias="class")] = "public"
    entity_types: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default_factory=list
    )
    choice: Annotated[str, Field(min_length=1, max_length=200)] = "auto"
    pin: Literal["on-prem", "external"] | None = None
    team: _Asker = DEFAULT_TEAM
    purpose: _Asker = GENERAL_PURPOSE
    stakes: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    private_only: bool = False
    endpoint: Literal["chat/completions", "completions"] = "chat/completions"
    tiers: Annotated[list[Tier], Field(min_length=1)] = Field(default_factory=lambda: list(Tier))
    task: Task = Task.OTHER


class PlacesEntry(ConfigModel):
    """Models by id or by id@version, and by where they are; any of them."""

    locations: list[Location] = Field(default_factory=list)
    models: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(default_factory=list)


class CaseEntry(ConfigModel):
    """`never` is about the whole plan, fallbacks too; `first` about what is tried first."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    why: Annotated[str, Field(min_length=1, max_length=1_000)]
    when: WhenEntry
    never: PlacesEntry | None = None
    first: PlacesEntry | None = None


class MisroutesFile(ConfigModel):
    schema_version: Literal[1] = Field(alias="schema")
    cases: Annotated[list[CaseEntry], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Golden:
    """The cases of one file; `sha256` is of its bytes."""

    file: str
    sha256: str
    cases: tuple[CaseEntry, ...]


@dataclass(frozen=True, slots=True)
class Misroute:
    """A case that does not hold. `was_so` where it did not under the old rules either."""

    file: str
    case: str
    why: str
    asked: str
    went: str
    problem: str
    was_so: bool


def read_golden(path: Path) -> Golden:
    """Raises ConfigError."""
    document = load_yaml(path)
    file = validate(document, MisroutesFile)
    if problems := tuple(_check(file, document)):
        raise ConfigError(problems)
    return Golden(path.name, hashlib.sha256(document.content).hexdigest(), tuple(file.cases))


def shipped_golden() -> str:
    """The sha256 of the cases that come along with this release, 64 hex digits."""
    return hashlib.sha256(SHIPPED.read_bytes()).hexdigest()


def misroutes(
    golden: Sequence[Golden], old: Rules, new: Rules, day: date, drawn: frozenset[str] = frozenset()
) -> Iterator[Misroute]:
    """The cases that do not hold under `new`. Pure.

    Canaries of the ids in `drawn` are looked at beside their champions: a share of all requests is
    theirs.
    """
    after = [Routing(new, day), *([Routing(new, day, drawn)] if drawn else [])]
    before = Routing(old, day)
    for file in golden:
        for case in file.cases:
            yield from _failing(file.file, case, before, after)


def _failing(
    file: str, case: CaseEntry, before: Routing, after: Sequence[Routing]
) -> Iterator[Misroute]:
    for kind in _kinds(case.when, after[0].rules):
        for routing in after:
            way = routing.way(kind, case.when.task, 0)
            problem = _problem(case, way, routing.rules)
            if problem is not None:
                was = before.way(kind, case.when.task, 0)
                yield Misroute(
                    file=file,
                    case=case.name,
                    why=case.why,
                    asked=kind.choice,
                    went=way.refusal or " → ".join(way.plan),
                    problem=problem,
                    was_so=_problem(case, was, before.rules) is not None,
                )
                break


def _problem(case: CaseEntry, way: Way, rules: Rules) -> str | None:
    """What is wrong with where a kind goes. A refusal goes nowhere it must not; a request that no
    model can be meant by shows nothing.
    """
    if way.refusal is not None and way.refusal != NOT_PERMITTED:
        return f"the case asks for what there is not: {way.refusal}"
    if case.never is not None:
        for key in way.plan:
            if _is_in(key, case.never, rules):
                return f"{key} is in its plan"
    if case.first is not None:
        if way.first is None:
            return f"refused: {way.refusal}"
        if not _is_in(way.first, case.first, rules):
            return f"{way.first} is tried first"
    return None


def _is_in(key: str, places: PlacesEntry, rules: Rules) -> bool:
    model = model_named(key, rules.registry)
    return model.location in places.locations or not {model.id, model.key}.isdisjoint(places.models)


def _kinds(when: WhenEntry, rules: Rules) -> Iterator[Kind]:
    kind = Kind(
        found=DataClass.from_label(when.data_class),
        choice=when.choice,
        endpoint=Endpoint(when.endpoint),
        private_only=when.private_only,
        team=OTHER if when.team == "*" else when.team,
        purpose=OTHER if when.purpose == "*" else when.purpose,
        tiers=frozenset(when.tiers),
        stakes=when.stakes,
        entity_types=frozenset(when.entity_types),
    )
    if when.pin is None:
        yield kind
        return
    for model in rules.registry.models:
        if model.location == when.pin:
            yield replace(kind, choice=model.key)


def _check(file: MisroutesFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    seen: set[str] = set()
    for number, case in enumerate(file.cases):
        if case.name in seen:
            yield document.problem(
                ("cases", number, "name"),
                f"the case {case.name} is there twice",
                "give one of them another name",
            )
        seen.add(case.name)
        said = [each for each in (case.never, case.first) if each is not None]
        if not said or any(not each.locations and not each.models for each in said):
            yield document.problem(
                ("cases", number),
                f"the case {case.name} does not say where a request must not go, or has to",
                "add `never` or `first`, each with `locations` or `models`",
            )
        if case.when.pin is not None and case.when.choice != "auto":
            yield document.problem(
                ("cases", number, "when", "pin"),
                f"the case {case.name} asks for every model of a location and for one choice",
                "remove `pin` or `choice`",
            )
