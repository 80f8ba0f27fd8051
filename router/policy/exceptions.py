"""The policy's exceptions: what is wrong with them, what they become, what to be warned of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from router.config.validate import closest
from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import DataClass
from router.errors import ConfigProblem
from router.policy.schema import ExceptionEntry, PolicyFile
from router.privacy.exceptions import (
    MAX_DAYS,
    NEVER_EXCEPTED,
    PathPattern,
    PolicyException,
    utc_day,
)
from router.privacy.rules import UNREADABLE
from router.privacy.vocabulary import KNOWN_KEYS

_SEPARATORS = re.compile(r"[.\[\]()]+")


def policy_exception(entry: ExceptionEntry) -> PolicyException:
    """The exception that an entry means that `check_exceptions` has nothing against."""
    return PolicyException(
        id=entry.id,
        team=entry.team,
        entity_types=frozenset(entry.entity_types),
        paths=None if entry.paths is None else tuple(map(PathPattern.parse, entry.paths)),
        lowers_to=DataClass.from_label(entry.lowers_to),
        reason=entry.reason,
        approved_by=tuple(entry.approved_by),
        approved_on=entry.approved_on,
        expires=entry.expires,
    )


def check_exceptions(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """An exception has to be reviewed, to end, and to lower something that may be lowered."""
    seen: set[str] = set()
    for number, entry in enumerate(file.exceptions):
        here: KeyPath = ("exceptions", number)
        if entry.id in seen:
            yield document.problem(
                (*here, "id"), f"two exceptions are called {entry.id}", "give each an id of its own"
            )
        seen.add(entry.id)
        yield from _check_types(entry, here, file, document)
        yield from _check_paths(entry, here, document)
        yield from _check_review(entry, here, document)


def warnings(
    exceptions: Sequence[PolicyException], document: YamlDocument, now_s: float
) -> Iterator[ConfigProblem]:
    """What does no harm and is to be tidied up: `exceptions` of this document that do nothing."""
    today = utc_day(now_s)
    for number, exception in enumerate(exceptions):
        here: KeyPath = ("exceptions", number)
        if exception.expires < today:
            yield document.problem(
                (*here, "expires"),
                f"the exception {exception.id} expired on {exception.expires}: it lowers nothing",
                "remove it, or have it reviewed again",
            )
        elif exception.approved_on > today:
            yield document.problem(
                (*here, "approved_on"),
                f"the exception {exception.id} lowers nothing before {exception.approved_on}",
                "write the day of its approval, if that was meant",
            )


def _check_types(
    entry: ExceptionEntry, here: KeyPath, file: PolicyFile, document: YamlDocument
) -> Iterator[ConfigProblem]:
    lowest = DataClass.from_label(entry.lowers_to)
    meanings = _meanings(file)
    for number, entity_type in enumerate(entry.entity_types):
        path = (*here, "entity_types", number)
        if entity_type in NEVER_EXCEPTED | UNREADABLE:
            yield document.problem(
                path,
                f"{entity_type} may not be excepted by {entry.id}: nobody can vouch for it",
                f"remove {entity_type}, and mend what finds it where it is none",
            )
        elif entity_type not in meanings:
            near = closest(entity_type, meanings)
            yield document.problem(
                path,
                f"{entry.id} excepts {entity_type}, of which the policy does not say what it means",
                (f"write `{near}`, or " if near else "")
                + f"add {entity_type} to detection.entity_types",
            )
        elif meanings[entity_type] <= lowest:
            yield document.problem(
                path,
                f"{entry.id} does not lower {entity_type}: it never means more than "
                f"{meanings[entity_type].label}",
                f"remove {entity_type}, or lower it to a class below that",
            )


def _meanings(file: PolicyFile) -> dict[str, DataClass]:
    """The highest class that each entity type can mean, alone or with others."""
    detection, label = file.detection, DataClass.from_label
    meanings = {entry.supported_entity: DataClass.RESTRICTED for entry in detection.recognisers}
    meanings |= {name: label(made) for name, made in detection.entity_types.items()}
    for entry in detection.combinations:
        for name in entry.entity_types:
            alone = meanings.get(name, DataClass.RESTRICTED)
            meanings[name] = max(alone, label(entry.data_class))
    return meanings


def _check_paths(
    entry: ExceptionEntry, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    """Paths have only keys of the API in them; a pattern with another one would match nothing."""
    for number, pattern in enumerate(entry.paths or ()):
        for name in _SEPARATORS.split(pattern.replace("(json)", ".")):
            if not name or "*" in name or name.isdigit() or name in KNOWN_KEYS:
                continue
            near = closest(name, KNOWN_KEYS)
            yield document.problem(
                (*here, "paths", number),
                f"{entry.id} names the key {name}: keys that clients choose stand in no path",
                (f"write `{near}`; or " if near else "") + "write `*` for a key of a client's",
            )


def _check_review(
    entry: ExceptionEntry, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    names = {" ".join(name.split()).casefold() for name in entry.approved_by}
    if len(names) < 2:
        yield document.problem(
            (*here, "approved_by"),
            f"{entry.id} is approved by one person, who may have written it",
            "have somebody else review it, and name both",
        )
    if not entry.approved_on <= entry.expires:
        yield document.problem(
            (*here, "expires"),
            f"{entry.id} expires before it was approved",
            f"write a day from {entry.approved_on} on",
        )
    elif (entry.expires - entry.approved_on).days > MAX_DAYS:
        latest = entry.approved_on + timedelta(days=MAX_DAYS)
        yield document.problem(
            (*here, "expires"),
            f"{entry.id} holds for more than {MAX_DAYS} days after its approval",
            f"let it expire on {latest} at the latest, and review it again by then",
        )
