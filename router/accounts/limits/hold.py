"""What a request under way holds, and what becomes of that when it is settled. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from router.accounts.limits.windows import Window
from router.domain import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Amount:
    """Tokens and nano-dollars: estimated, held or spent."""

    tokens: int = 0
    nano_usd: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.tokens + other.tokens, self.nano_usd + other.nano_usd)


NOTHING = Amount()


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to one window's row."""

    scope: str
    window: Window
    starts_at_s: int
    requests: int = 0
    tokens: int = 0
    spent_nano_usd: int = 0
    held_nano_usd: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """One request and `amount`, held in one window of one scope.

    `models` are the keys of those that it is held for, None for whichever answers.
    """

    scope: str
    window: Window
    starts_at_s: int
    amount: Amount
    models: frozenset[str] | None = None

    @property
    def held(self) -> Change:
        amount = self.amount
        change = Change(self.scope, self.window, self.starts_at_s, requests=1)
        return replace(change, tokens=amount.tokens, held_nano_usd=amount.nano_usd)

    def returned(self) -> Change:
        """What gives tokens and money back; the request was made, and stays counted."""
        amount = self.amount
        change = Change(self.scope, self.window, self.starts_at_s)
        return replace(change, tokens=-amount.tokens, held_nano_usd=-amount.nano_usd)

    def settled(
        self, spent: Mapping[str, Amount], tried: Collection[str], *, released: bool
    ) -> Change:
        """What puts the true amounts, by model, in the place of what was held.

        `tried` are the models that the request went to: one that it did not reach after all was
        asked for nothing. With `released`, what was held has been given back before.
        """
        mine = sum((spent[model] for model in spent if self._covers(model)), NOTHING)
        change = Change(self.scope, self.window, self.starts_at_s) if released else self.returned()
        unasked = self.models is not None and self.models.isdisjoint(tried)
        return replace(
            change,
            requests=-1 if unasked else 0,
            tokens=change.tokens + mine.tokens,
            spent_nano_usd=mine.nano_usd,
        )

    def _covers(self, model: str) -> bool:
        return self.models is None or model in self.models


@dataclass(frozen=True, slots=True)
class Hold:
    """Everything that one request holds."""

    shares: tuple[Share, ...]

    def to_json(self) -> JsonObject:
        shares: list[Json] = [
            {
                "scope": share.scope,
                "window": share.window.value,
                "starts_at_s": share.starts_at_s,
                "tokens": share.amount.tokens,
                "nano_usd": share.amount.nano_usd,
                "models": None if share.models is None else [*sorted(share.models)],
            }
            for share in self.shares
        ]
        # The release before reads it, beside this one and after a way back; nothing is in it now.
        return {"shares": shares, "estimates": {}}


def read_hold(amounts: Any) -> Hold:
    """A hold as `to_json` wrote it."""
    shares = tuple(
        Share(
            scope=share["scope"],
            window=Window(share["window"]),
            starts_at_s=share["starts_at_s"],
            amount=Amount(share["tokens"], share["nano_usd"]),
            models=None if share["models"] is None else frozenset(share["models"]),
        )
        for share in amounts["shares"]
    )
    return Hold(shares)
