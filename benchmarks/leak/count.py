"""Which of all that arrived outside should not have, and why. Pure.

A request is judged by the gateway's own record of it, found by the key that it alone was asked
with, whether its client got an answer or not; and by what its sender demanded, whatever the record
says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.leak.load import Asked
from benchmarks.leak.recorded import Recorded
from benchmarks.leak.sightings import Sighting
from router.domain import DataClass, OutcomeStatus


class LeakKind(StrEnum):
    """Why an arrival should not have been; the first that holds is counted."""

    CLASSIFIED = "classified"
    """The record, or the header of the answer, says confidential or above."""
    DEMANDED = "demanded"
    """The sender declared a class, has a key with a floor or for a purpose for which nobody decided
    to use external models, or used the private endpoint."""
    STUCK = "stuck"
    """It quotes what an on-prem model answered to a request that had to stay."""
    UNRECORDED = "unrecorded"
    """There is no record of it."""
    NOT_PERMITTED = "not_permitted"
    """The record permits none of the provider's models."""
    REPEATED = "repeated"
    """It arrived more often than the record has attempts."""
    ASTRAY = "astray"
    """Its words came with another request, of another conversation."""
    NOBODYS = "nobodys"
    """It belongs to no request that was asked."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An external one: where it is, and the keys of its models."""

    name: str
    origin: str
    models: frozenset[str]


@dataclass(frozen=True, slots=True)
class Leak:
    """One enforcement leak. `number` is None for what is nobody's."""

    number: int | None
    kind: LeakKind
    provider: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known when a run is over. `attempts_per_model` is the policy's."""

    asked: Mapping[int, Asked]
    records: Mapping[int, Recorded]
    sightings: Sequence[Sighting]
    providers: Mapping[str, Provider]
    attempts_per_model: int

    def reasons_to_stay(self, number: int) -> list[LeakKind]:
        """Why nothing of this request may arrive outside, weightiest first; empty if it may."""
        asked, record = self.asked.get(number), self.records.get(number)
        reasons: list[LeakKind] = []
        if self.is_classified(number):
            reasons.append(LeakKind.CLASSIFIED)
        if (asked and asked.planned.has_to_stay) or (record and record.private_only):
            reasons.append(LeakKind.DEMANDED)
        if asked and asked.sticks:
            reasons.append(LeakKind.STUCK)
        if record is None:
            reasons.append(LeakKind.UNRECORDED)
        return reasons

    def is_classified(self, number: int) -> bool:
        """Whether the gateway said, in its record or to the client, that it is sensitive."""
        asked, record = self.asked.get(number), self.records.get(number)
        said = (
            record.data_class if record else None,
            asked.seen.data_class if asked else None,
        )
        return any(each is not None and each >= DataClass.CONFIDENTIAL for each in said)

    def conversation(self, number: int) -> frozenset[int]:
        """The request and those whose words it brings along."""
        found: set[int] = set()
        here: int | None = number
        while here is not None and here not in found:
            found.add(here)
            asked = self.asked.get(here)
            here = asked.earlier if asked is not None else None
        return frozenset(found)


def enforcement_leaks(evidence: Evidence) -> list[Leak]:
    """Every request of which something arrived that should not have, each once."""
    found: dict[int, Leak] = {}
    nobodys: list[Leak] = []
    for sighting in evidence.sightings:
        if sighting.sender is None:
            # Of a head without a body, or half a body, nobody can say whose it is.
            if sighting.complete and sighting.has_body:
                nobodys.append(Leak(None, LeakKind.NOBODYS, sighting.provider, None))
            continue
        for leak in _leaks_of(evidence, sighting, sighting.sender):
            assert leak.number is not None
            found.setdefault(leak.number, leak)
    for leak in _repeated(evidence):
        assert leak.number is not None
        found.setdefault(leak.number, leak)
    return [*sorted(found.values(), key=lambda leak: leak.number or 0), *nobodys]


def detection_leaks(evidence: Evidence) -> frozenset[int]:
    """Requests with identifiers, taken for harmless by the gateway, that arrived outside."""
    return frozenset(
        number
        for number in arrived_outside(evidence.sightings)
        if number in evidence.asked
        and evidence.asked[number].identifiers
        and not evidence.reasons_to_stay(number)
    )


def arrived_outside(sightings: Iterable[Sighting]) -> frozenset[int]:
    return frozenset().union(*(sighting.numbers for sighting in sightings))


def unrecorded_answers(evidence: Evidence) -> list[int]:
    """Requests whose client has the whole answer and whose record does not say so (I5)."""
    found: list[int] = []
    for number, asked in evidence.asked.items():
        record = evidence.records.get(number)
        if asked.seen.is_answered and (
            record is None
            or record.status != OutcomeStatus.ANSWERED
            or record.request_id != asked.seen.request_id
        ):
            found.append(number)
    return found


def _leaks_of(evidence: Evidence, sighting: Sighting, sender: int) -> Iterator[Leak]:
    for number in sorted(sighting.numbers):
        kind = (
            _why_it_leaked(evidence, sighting, sender)
            if number == sender
            else _why_it_leaked_along(evidence, number, sender)
        )
        if kind is not None:
            yield _leak(evidence, number, kind, sighting.provider)


def _why_it_leaked(evidence: Evidence, sighting: Sighting, sender: int) -> LeakKind | None:
    reasons = evidence.reasons_to_stay(sender)
    if reasons:
        return reasons[0]
    models = evidence.providers[sighting.provider].models
    if not evidence.records[sender].permitted & models:
        return LeakKind.NOT_PERMITTED
    return None


def _why_it_leaked_along(evidence: Evidence, number: int, sender: int) -> LeakKind | None:
    """For words that came with another request. What a sender demands of one request it need not
    demand of the next, where it says the same words again; what is sensitive stays so.
    """
    if evidence.is_classified(number):
        return LeakKind.CLASSIFIED
    return None if number in evidence.conversation(sender) else LeakKind.ASTRAY


def _repeated(evidence: Evidence) -> Iterator[Leak]:
    arrivals = Counter(
        (sighting.sender, sighting.provider)
        for sighting in evidence.sightings
        if sighting.sender is not None
    )
    for (number, name), times in arrivals.items():
        record, provider = evidence.records.get(number), evidence.providers[name]
        if record is None:
            continue
        # Without an outcome the gateway was killed, and the policy's own bound is all there is.
        most = evidence.attempts_per_model * len(provider.models)
        if record.attempts is not None:
            most = record.attempts.count(provider.origin)
        if times > most:
            yield _leak(evidence, number, LeakKind.REPEATED, name)


def _leak(evidence: Evidence, number: int, kind: LeakKind, provider: str) -> Leak:
    record = evidence.records.get(number)
    return Leak(number, kind, provider, None if record is None else record.request_id)
