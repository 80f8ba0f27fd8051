"""What is asked, by whom and through which door. Pure: the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from benchmarks.leak.canary import canaries
from benchmarks.leak.sample import Sample
from benchmarks.leak.samples import drawn
from benchmarks.privacy.generated.draw import Draw
from router.domain import AUTO, GENERAL_PURPOSE, DataClass, Endpoint, Tier

FOLLOWS_AFTER = 100
"""A conversation goes on so many requests later: its answer should be there by then."""

Continuation: TypeAlias = Literal["resend", "quote"]
"""`resend`: the whole conversation and another turn. `quote`: the answer alone, among harmless
words, so that nothing but what sticks to it (I9) keeps it inside."""


@dataclass(frozen=True, slots=True)
class Callers:
    """The teams that ask, those floors that a key may have besides none, and a purpose for which
    nobody decided that requests may go outside; other keys have `GENERAL_PURPOSE`.
    """

    teams: tuple[str, ...] = ("default", "claims", "research")
    floors: tuple[DataClass, ...] = (DataClass.CONFIDENTIAL, DataClass.RESTRICTED)
    inside_purpose: str = "casework"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Ids of what can be asked for by name: `chat` models, one for `completions`, one to embed."""

    chat: tuple[str, ...]
    completions: tuple[str, ...]
    embeddings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """One request before it is sent. `number` counts from 0.

    `leaves_after_s` is when the client is gone, whatever it has got by then; None for one that
    stays. `continues` is the number of the request whose conversation this one goes on with, if
    that got an answer.
    """

    number: int
    sample: Sample = field(repr=False)
    canary: str = field(repr=False)
    team: str
    floor: DataClass
    purpose: str
    endpoint: Endpoint
    private: bool
    choice: str
    stream: bool
    declared: DataClass | None
    asks_for_tool: bool
    leaves_after_s: float | None
    continues: int | None
    continuation: Continuation

    @property
    def path(self) -> str:
        return f"{'/private' if self.private else ''}/v1/{self.endpoint.value}"

    @property
    def has_to_stay(self) -> bool:
        """Whoever sends it says that it must not leave, whatever is in it."""
        declared = self.declared or DataClass.PUBLIC
        if self.private or self.purpose != GENERAL_PURPOSE:
            return True
        return max(declared, self.floor) >= DataClass.CONFIDENTIAL


def plan(
    samples: Sequence[Sample],
    catalogue: Catalogue,
    *,
    requests: int,
    seed: int,
    callers: Callers | None = None,
) -> Iterator[Planned]:
    """Yields `requests` requests over `samples` in random order."""
    callers = callers or Callers()
    marks, order = canaries(seed), drawn(samples, seed)
    teams: list[str] = []
    for number in range(requests):
        draw = Draw(seed, "request", number)
        continues = number - FOLLOWS_AFTER if draw.chance(0.15) else None
        continues = continues if continues is not None and continues >= 0 else None
        # What sticks, sticks within a team.
        teams.append(draw.of(callers.teams) if continues is None else teams[continues])
        endpoint = Endpoint.CHAT if continues is not None else _endpoint(draw)
        yield Planned(
            number=number,
            sample=next(order),
            canary=next(marks),
            team=teams[-1],
            floor=draw.of(callers.floors) if draw.chance(0.04) else DataClass.PUBLIC,
            purpose=callers.inside_purpose if draw.chance(0.04) else GENERAL_PURPOSE,
            endpoint=endpoint,
            private=draw.chance(0.06),
            choice=_choice(draw, endpoint, catalogue),
            stream=endpoint is not Endpoint.EMBEDDINGS and draw.chance(0.5),
            declared=_declared(draw),
            asks_for_tool=endpoint is Endpoint.CHAT and draw.chance(0.05),
            leaves_after_s=draw.below(300) / 1000 if draw.chance(0.03) else None,
            continues=continues,
            continuation="quote" if draw.chance(0.5) else "resend",
        )


def _endpoint(draw: Draw) -> Endpoint:
    if draw.chance(0.92):
        return Endpoint.CHAT
    return Endpoint.COMPLETIONS if draw.chance(0.5) else Endpoint.EMBEDDINGS


def _choice(draw: Draw, endpoint: Endpoint, catalogue: Catalogue) -> str:
    if endpoint is Endpoint.EMBEDDINGS:
        return draw.of(catalogue.embeddings)
    models = catalogue.chat if endpoint is Endpoint.CHAT else catalogue.completions
    if draw.chance(0.4):
        return AUTO
    return draw.of(models) if draw.chance(0.4) else draw.of(tuple(Tier)).value


def _declared(draw: Draw) -> DataClass | None:
    """Mostly nothing; sometimes more than it is, sometimes less: only the first may count."""
    if draw.chance(0.04):
        return draw.of((DataClass.CONFIDENTIAL, DataClass.RESTRICTED))
    return DataClass.PUBLIC if draw.chance(0.04) else None
