"""What escalations bought: what they cost, and which answers they made better, and worse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from router.costs.query import Tried
from router.domain import Price, Usage

RIGHT_FROM = 0.5
"""An answer that is worth so much counts as right: scores are halved, labels are 0 or 1."""


@dataclass(slots=True)
class Verdicts:
    """Of the answers that clients got. `unknown`: nobody said, and no record has it."""

    right: int = 0
    wrong: int = 0
    unknown: int = 0

    def add(self, worth: float | None) -> None:
        if worth is None:
            self.unknown += 1
        elif worth >= RIGHT_FROM:
            self.right += 1
        else:
            self.wrong += 1


@dataclass(slots=True)
class Turns:
    """What became of the cheaper answer by escalating; `unknown` where one of the two is."""

    wrong_to_right: int = 0
    right_to_wrong: int = 0
    stayed_right: int = 0
    stayed_wrong: int = 0
    unknown: int = 0

    def add(self, cheap: float | None, final: float | None) -> None:
        if cheap is None or final is None:
            self.unknown += 1
            return
        was, became = cheap >= RIGHT_FROM, final >= RIGHT_FROM
        if was and became:
            self.stayed_right += 1
        elif was:
            self.right_to_wrong += 1
        elif became:
            self.wrong_to_right += 1
        else:
            self.stayed_wrong += 1


@dataclass(frozen=True, slots=True)
class Bought:
    """Of the requests for which a cheaper model was tried first.

    `cost_nano_usd` is all that they cost, `in_vain_nano_usd` the part of it for cheaper answers
    that were not good enough. `saved_nano_usd` is what the kept ones would have cost more at the
    stronger model's price today, for the same tokens; None where that model is not known any more.
    """

    tried: int
    kept: Verdicts
    escalated: Verdicts
    turns: Turns
    cost_nano_usd: int
    in_vain_nano_usd: int
    saved_nano_usd: int | None

    @property
    def kept_count(self) -> int:
        return self.kept.right + self.kept.wrong + self.kept.unknown

    @property
    def escalated_count(self) -> int:
        return self.tried - self.kept_count


def bought(
    requests: Iterable[Tried],
    worth: Mapping[str, float],
    cheap_worth: Mapping[str, float],
    prices: Mapping[str, Price],
) -> Bought:
    """`worth` says of answers by request how good they were, `cheap_worth` of the cheaper ones that
    were not given out. `prices` are by model.
    """
    kept, escalated, turns = Verdicts(), Verdicts(), Turns()
    cost = in_vain = saved = count = 0
    all_priced = True
    for request in requests:
        said, final = request.escalation, worth.get(request.request_id)
        count += 1
        cost += request.cost_nano_usd
        if not said.kept:
            escalated.add(final)
            turns.add(cheap_worth.get(request.request_id), final)
            in_vain += said.cheap_cost_nano_usd
            continue
        kept.add(final)
        price = prices.get(said.strong_model)
        if price is None:
            all_priced = False
            continue
        usage = Usage(request.input_tokens, request.output_tokens)
        saved += price.cost_nano_usd(usage) - request.cost_nano_usd
    return Bought(
        tried=count,
        kept=kept,
        escalated=escalated,
        turns=turns,
        cost_nano_usd=cost,
        in_vain_nano_usd=in_vain,
        saved_nano_usd=saved if all_priced else None,
    )
