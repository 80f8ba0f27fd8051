"""`ringfence policy explain`: what a policy makes of one request, from files alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from router.api.openai_requests import (
    CASCADE_HEADER,
    STAKES_HEADER,
    TASK_HEADER,
    parse_request,
)
from router.domain import (
    GENERAL_PURPOSE,
    Basis,
    Classification,
    DataClass,
    Decision,
    Endpoint,
    Exclusion,
    InferenceRequest,
    Principal,
    Tier,
)
from router.errors import MissingCapability, RequestError
from router.escalation.plan import plan_cascade
from router.features.classifier import load_classifier
from router.features.reader import FeatureReader
from router.ids import new_id
from router.policy.as_certified import as_certified
from router.policy.decide import decide
from router.policy.explain import explain as explanation_of
from router.policy.kinds import DEFAULT_TEAM
from router.policy.load import load_rules
from router.policy.places import Places
from router.policy.policy import Rules
from router.policy.refuse import WORDS
from router.policy.requirements import CONTEXT_TOO_SHORT, capable, requirements_of
from router.policy.undrawn import undrawn
from router.registry.validity import in_force
from router.task import TaskBasis
from serving.cli.options import MODELS, POLICY, AsJson, Models, Policy
from serving.cli.output import cures, fail, out, print_json
from serving.cli.today import day_of

_NO_DETECTOR = "none: the class was given"
_BASES = {
    TaskBasis.DECLARED: "as its caller says",
    TaskBasis.RULE: "by a rule of the policy",
    TaskBasis.CLASSIFIED: "by its words",
    TaskBasis.UNKNOWN: "since nothing says more",
}


def explain(
    body: Annotated[Path, typer.Argument(help="The request's body, a file of JSON.")],
    team: Annotated[str, typer.Option(help="Whose request it is.")] = DEFAULT_TEAM,
    purpose: Annotated[str, typer.Option(help="What the key is for.")] = GENERAL_PURPOSE,
    tiers: Annotated[str, typer.Option(help="The tiers that the key may use.")] = ",".join(Tier),
    data_class: Annotated[
        str, typer.Option("--class", help="What is in it, without any floor.")
    ] = "public",
    stakes: Annotated[str | None, typer.Option(help="What x-ringfence-stakes would say.")] = None,
    task: Annotated[str | None, typer.Option(help="What x-ringfence-task would say.")] = None,
    cascade: Annotated[
        str | None, typer.Option(help="What x-ringfence-cascade would say: allow or never.")
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="At /private/v1.")] = False,
    day: Annotated[str | None, typer.Option("--date", help="On another day than today.")] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    as_json: AsJson = False,
) -> None:
    """Say which models a request could go to, in which order, and what keeps out the others.

    And for what task it is held, and whether a cheaper model is tried first, by which certificate,
    or why not. Nothing is scanned and nothing is sent: the class is what --class says, raised by
    the policy's floors; the key is one that is made on the day, and drawn for no canary; nobody has
    answered in its conversation before, no model is slow or down, no learned router is asked, and
    models have the weights that models.yaml expects, or else those of a certificate.
    A running cluster says it of a request as it is at POST /v1/route. Exit status: 0, or 1 for a
    body, a name or a policy that will not do.

    Example: ringfence policy explain body.json --team claims --class confidential
    """
    asked_on = day_of(day)
    with cures():
        written = as_certified(load_rules(models, policy))
        rules = undrawn(replace(written, registry=in_force(written.registry, asked_on)))
        asker = Principal("", team, DataClass.PUBLIC, _tiers(tiers), purpose, key_made_on=asked_on)
        try:
            declared = {STAKES_HEADER: stakes, TASK_HEADER: task, CASCADE_HEADER: cascade}
            request = _request(body, rules, declared, private=private)
            found = _classification(data_class, asker, rules)
            reader = FeatureReader(rules.policy.routing.tasks, load_classifier())
            features = reader.features_of(request, asker)
            decision = decide(request, found, asker, rules, features)
            cascading, code = plan_cascade(request, decision, asker, rules, asked_on)
            lacking = _lacking(request, decision)
        except RequestError as error:
            fail(str(error))
    if code is not None:
        decision = replace(decision, reasons=(*decision.reasons, code))
    explained = explanation_of(decision, found, written, cascading, stream=request.stream)
    shown = _shown(explained, decision, lacking, written)
    if as_json:
        print_json(shown)
        return
    out.print(_table(shown))
    out.print(f"class {shown['data_class']}; {', '.join(shown['reasons'])}", markup=False)
    out.print(f"task {shown['task']}, {_BASES[decision.features.task_basis]}", markup=False)
    out.print(_cheaper_first(shown["cascade"]), markup=False)
    for rule in shown["rules"]:
        out.print(rule, markup=False)


def _request(
    body: Path, rules: Rules, declared: Mapping[str, str | None], *, private: bool
) -> InferenceRequest:
    """`declared` is what its headers say, by their names. Raises ValueError and RequestError."""
    stakes = declared[STAKES_HEADER]
    try:
        said = json.loads(body.read_bytes())
    except OSError as error:
        raise ValueError(f"{body} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{body} is not JSON: give the body of a request") from None
    if not isinstance(said, dict):
        raise ValueError(f"{body} is no JSON object: give the body of a request")
    if stakes is not None and stakes not in rules.policy.stakes:
        known = ", ".join(rules.policy.stakes)
        cure = f"--stakes takes {known}" if known else "leave out --stakes: the policy has none"
        raise ValueError(f"{stakes!r} is not among the policy's stakes; {cure}")
    endpoint = Endpoint.CHAT
    if "prompt" in said:
        endpoint = Endpoint.COMPLETIONS
    elif "input" in said:
        endpoint = Endpoint.EMBEDDINGS
    return parse_request(
        said,
        {header: value for header, value in declared.items() if value is not None},
        endpoint=endpoint,
        request_id=new_id(),
        private_only=private,
        known_stakes=rules.policy.stakes,
    )


def _classification(label: str, asker: Principal, rules: Rules) -> Classification:
    """As the classifier makes it, with the given class for what it found."""
    try:
        given = DataClass.from_label(label)
    except KeyError:
        known = ", ".join(data_class.label for data_class in DataClass)
        raise ValueError(f"{label!r} is not a data class; --class takes {known}") from None
    detection = rules.policy.detection
    candidates = (
        (detection.default_class, Basis.DEFAULT),
        (detection.floor_of(asker), Basis.KEY_FLOOR),
        (given, Basis.DECLARED),
    )
    highest = max(candidate for candidate, _ in candidates)
    basis = tuple(basis for candidate, basis in candidates if candidate == highest)
    return Classification(highest, basis, (), _NO_DETECTOR)


def _lacking(request: InferenceRequest, decision: Decision) -> tuple[Exclusion, ...]:
    """What models of the plan cannot do of what the body asks for."""
    needs = requirements_of(request)
    lacking: list[Exclusion] = []
    for step in decision.plan:
        try:
            lacking.extend(capable((step,), needs)[1])
        except MissingCapability:
            missing = sorted(needs.capabilities - step.model.capabilities)
            codes = [f"lacks:{capability}" for capability in missing] or [CONTEXT_TOO_SHORT]
            lacking.extend(Exclusion(step.model.key, code) for code in codes)
    return tuple(lacking)


def _tiers(text: str) -> frozenset[Tier]:
    try:
        return frozenset(Tier(name.strip()) for name in text.split(","))
    except ValueError:
        raise ValueError(f"--tiers takes some of {', '.join(Tier)}, with commas") from None


def _shown(
    shown: dict[str, Any], decision: Decision, lacking: tuple[Exclusion, ...], rules: Rules
) -> dict[str, Any]:
    """What was explained, and what files alone can say beside it."""
    places, label = Places(rules), decision.data_class
    for entry in shown["models"]:
        key = entry["model"]
        entry["canary_share"] = rules.registry.entries[key].card.lifecycle.canary_share
        entry["cannot"] = [each.code for each in lacking if each.model == key]
        entry["because"] = [
            _because(code, places.of_exclusion(code, key, label), label)
            for code in entry["excluded_by"]
        ]
    rest = [reason.partition(":") for reason in decision.reasons]
    shown["rules"] = [
        *(
            f"route: {places.of_route(label, name.rpartition('.')[2])}"
            for code, _, name in rest
            if code == "route"
        ),
        *(f"stakes {name}: {places.of_stakes(name)}" for code, _, name in rest if code == "stakes"),
    ]
    return shown


def _cheaper_first(cascade: dict[str, Any] | None) -> str:
    """In one line whether a cheaper model is tried first."""
    if cascade is None:
        return "no cheaper model is tried first: no pair of `escalation` is about it"
    if not cascade["tried"]:
        return f"no cheaper model is tried first: {cascade['why']} ({cascade['code']})"
    promised = cascade["certificate"]
    judged = f"{cascade['signal']} is {cascade['threshold']:.6g} at least"
    if cascade["second_sample"]:
        judged += ", a second sample says the same"
    if cascade["judge"]:
        judged += f", {cascade['judge']} holds it for right"
    held = "" if cascade["hold_s"] is None else f"; held for at most {cascade['hold_s']:g} s"
    return (
        f"{cascade['cheap']} is tried first, then {', '.join(cascade['strong'])}: its answer is "
        f"kept where {judged}; certified for at most {promised['max_wrong']:.3g} wrong of what is "
        f"{promised['of']}, until {promised['expires_on']}{held}"
    )


def _because(code: str, place: str | None, data_class: DataClass) -> str:
    words = WORDS[code].format(label=data_class.label)
    return words if place is None else f"{words} ({place})"


def _table(shown: dict[str, Any]) -> Table:
    table = Table(box=None)
    table.add_column("order", justify="right")
    table.add_column("model", no_wrap=True)
    for column in ("location", "tier", "why not"):
        table.add_column(column, overflow="fold")
    last = len(shown["models"]) + 1
    for entry in sorted(shown["models"], key=lambda entry: entry["order"] or last):
        why = [*entry["because"], *entry["cannot"]]
        if entry["permitted"] and entry["order"] is None:
            share = entry["canary_share"]
            why.append(
                f"permitted; a canary, which takes {share:.3g} of its champion's requests"
                if share
                else "permitted, and not on the way"
            )
        table.add_row(
            str(entry["order"] or ""),
            escape(entry["model"]),
            entry["location"],
            entry["tier"] or "",
            escape("; ".join(why)),
        )
    return table
