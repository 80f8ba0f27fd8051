"""What is said of models.yaml where no move has brought it there, with line and cure.

What serves so was there before, and somebody may answer for it: a warning. What differs from that
would go around evidence and the second person: it is neither served nor moved from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem
from router.lifecycle.requirements import CANARY, CANDIDATE, MoveRefused
from router.lifecycle.standing import NO_VERSION, Kind, standing
from router.lifecycle.unrecorded import Unrecorded


def warnings(found: Sequence[Unrecorded], document: YamlDocument) -> Iterator[ConfigProblem]:
    """One for each; `document` is what they were found in."""
    for each in found:
        yield document.problem(
            _path(each, document),
            str(each),
            "bring it there by `ringfence models promote`; or, if it serves already, answer for "
            "it as it is, by `ringfence models adopt`",
        )


def refusals(found: Sequence[Unrecorded], document: YamlDocument) -> Iterator[ConfigProblem]:
    """One for each that was edited by hand: with these, running gateways are not to go by it."""
    for each in found:
        if each.by_hand:
            yield document.problem(_path(each, document), *_refusal(each))


def undone_retirements(
    found: Sequence[Unrecorded], document: YamlDocument
) -> Iterator[ConfigProblem]:
    """Those of `refusals` with which a cluster does not even start."""
    yield from refusals([each for each in found if each.undoes_retirement], document)


def require_recorded(found: Sequence[Unrecorded], document: YamlDocument, key: str) -> None:
    """Refuses to move, or to answer for, what was edited by hand: a version, its id's aliases.

    The record of the move would say that it had always been so. Raises MoveRefused.
    """
    names = {key, key.partition("@")[0]}
    problem = next(refusals([each for each in found if each.place.name in names], document), None)
    if problem is not None:
        raise MoveRefused(f"no move starts from an edit by hand\n{problem}")


def _refusal(each: Unrecorded) -> tuple[str, str]:
    """The problem and its cure."""
    if each.undoes_retirement:
        return (
            f"{each.place.name} is {each.said} in models.yaml, and was retired for good",
            "write `retired` again, and bring the model back as another version",
        )
    problem = str(each)
    if each.serving not in {None, each.recorded}:
        problem += f", and {each.serving} is what serves"
    before = each.recorded or each.serving
    if each.place.kind is Kind.STATE:
        again = f"write `{before or CANDIDATE}` again"
        return problem, f"{again}, and bring it there by `ringfence models promote`"
    again = "remove it" if before in {None, NO_VERSION} else f'write "{before}" again'
    return problem, f"{again}: `ringfence models promote` and `rollback` move aliases"


def _path(each: Unrecorded, document: YamlDocument) -> KeyPath:
    place = each.place
    if place.kind is not Kind.STATE:
        return ("aliases", place.name, place.kind.value)
    keys = [known.name for known in standing(document) if known.kind is Kind.STATE]
    before = each.recorded or each.serving or ""
    is_share = all(text.startswith(CANARY) for text in (each.said, before))
    field = "canary_share" if is_share else "state"
    return ("models", keys.index(place.name), "lifecycle", field)
