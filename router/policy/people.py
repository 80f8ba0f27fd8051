"""`people` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.accounts.people.rules import IssuerRules, PeopleRules
from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem
from router.policy.once import check_once
from router.policy.people_schema import IssuerEntry, JwksSection, PeopleSection

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile


def people_rules(section: PeopleSection) -> PeopleRules:
    """The rules of a section that `check_people` has nothing against."""
    return PeopleRules(tuple(map(_issuer_rules, section.issuers)))


def check_people(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What the keys of the section must say together, and with the rest of the policy."""
    yield from _check_said_once(file.people, document)
    for number, entry in enumerate(file.people.issuers):
        here: KeyPath = ("people", "issuers", number)
        yield from check_once(list(entry.algorithms), (*here, "algorithms"), document)
        yield from _check_jwks(entry.jwks, (*here, "jwks"), document)
        for mapping, claim in (("teams", "team_claim"), ("roles", "roles_claim")):
            if getattr(entry, mapping) and getattr(entry, claim) is None:
                yield document.problem(
                    (*here, mapping),
                    f"{mapping} say what values of a claim mean, and no {claim} says which claim",
                    f"add `{claim}: CLAIM`, or remove {mapping}",
                )
        if entry.roles_claim is not None and not entry.roles:
            yield document.problem(
                (*here, "roles_claim"),
                "roles_claim names a claim of which no value means a role",
                "add `roles: {VALUE: ROLE, …}`, or remove roles_claim",
            )


def _check_said_once(section: PeopleSection, document: YamlDocument) -> Iterator[ConfigProblem]:
    """Of two entries for one issuer a token could be believed by the one that was forgotten."""
    seen: set[str] = set()
    for number, entry in enumerate(section.issuers):
        if entry.issuer in seen:
            yield document.problem(
                ("people", "issuers", number, "issuer"),
                "this issuer has an entry above already",
                "keep one entry for each issuer",
            )
        seen.add(entry.issuer)


def _check_jwks(
    jwks: JwksSection, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    if (jwks.file is None) == (jwks.url is None):
        yield document.problem(
            here,
            "the signing keys come from exactly one place",
            "write either `file: /PATH` or `url: https://…`",
        )
    if jwks.ca_file is not None and jwks.url is None:
        yield document.problem(
            (*here, "ca_file"), "ca_file is for a url, and there is none", "remove ca_file"
        )


def _issuer_rules(entry: IssuerEntry) -> IssuerRules:
    return IssuerRules(
        issuer=entry.issuer,
        audience=entry.audience,
        algorithms=tuple(entry.algorithms),
        jwks_file=entry.jwks.file,
        jwks_url=entry.jwks.url,
        ca_file=entry.jwks.ca_file,
        team_claim=entry.team_claim,
        teams=dict(entry.teams),
        roles_claim=entry.roles_claim,
        roles=dict(entry.roles),
        floor_claim=entry.floor_claim,
    )
