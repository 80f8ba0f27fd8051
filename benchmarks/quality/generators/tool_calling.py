"""A request, and the functions that may be called for it: the right one, with the right arguments.

One in six asks for two calls, and one in six fits no function, where the right reply is in words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.words import (
    DEPARTMENTS,
    GOODS,
    SITES,
    SYSTEMS,
    WEEKDAYS,
    code,
    shuffled,
)
from benchmarks.quality.item import Item, asked
from router.domain import Json, JsonObject

_Wish: TypeAlias = tuple[str, JsonObject]
"""A request in words, and the arguments of the call that it comes down to."""

_TEXT: JsonObject = {"type": "string"}
_WHOLE: JsonObject = {"type": "integer"}
_DAY: JsonObject = {"type": "string", "enum": list[Json](WEEKDAYS)}


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "tool_calling", number)
    names = list(_FUNCTIONS)
    kind = number % 6
    if kind == 4:
        wanted: list[str] = []
        text = draw.of(_NOTHING_FITS).format(system=draw.of(SYSTEMS), goods=draw.of(GOODS))
        calls: list[Json] = []
    else:
        wanted = shuffled(draw, names)[: 2 if kind == 5 else 1]
        wishes = [_FUNCTIONS[name][2](draw) for name in wanted]
        text = " Also: ".join(wish for wish, _ in wishes)
        calls = [
            {"name": name, "arguments": arguments}
            for name, (_, arguments) in zip(wanted, wishes, strict=True)
        ]
    others = [name for name in shuffled(draw, names) if name not in wanted]
    offered = shuffled(draw, wanted + others[: 2 + number % 4])
    tools = tuple(_tool(name) for name in offered)
    system = "Call a function where one fits the request. Where none does, answer in words."
    group = {4: "none fits", 5: "two calls"}.get(kind, "one call")
    return asked(text, {"calls": calls}, system=system, group=group, tools=tools)


def _tool(name: str) -> JsonObject:
    description, properties, _ = _FUNCTIONS[name]
    schema: JsonObject = {
        "type": "object",
        "properties": properties,
        "required": list[Json](properties),
    }
    function: JsonObject = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": function}


def _stock(draw: Draw) -> _Wish:
    goods, site = draw.of(GOODS), draw.of(SITES)
    return draw.of((f"How many {goods} are there at {site}?", f"Count the {goods} at {site}.")), {
        "goods": goods,
        "site": site,
    }


def _order(draw: Draw) -> _Wish:
    goods, count = draw.of(GOODS), draw.between(2, 400)
    is_express = draw.chance(0.5)
    how = "by express" if is_express else "in the ordinary way, without express"
    return f"Order {count} {goods} {how}.", {"goods": goods, "count": count, "express": is_express}


def _shipment(draw: Draw) -> _Wish:
    order = code(draw)
    return draw.of((f"Where is the shipment of order {order}?", f"Track order {order}.")), {
        "order": order
    }


def _shift(draw: Draw) -> _Wish:
    team, day, hours = draw.of(DEPARTMENTS), draw.of(WEEKDAYS), draw.between(2, 10)
    return f"Plan a shift of {hours} hours for {team} on {day}.", {
        "team": team,
        "day": day,
        "hours": hours,
    }


def _ticket(draw: Draw) -> _Wish:
    system, priority = draw.of(SYSTEMS), draw.of(("low", "normal", "high"))
    return f"Open a ticket of {priority} priority: {system} does not respond.", {
        "system": system,
        "priority": priority,
    }


def _convert(draw: Draw) -> _Wish:
    amount = draw.between(10, 9000)
    source, target = shuffled(draw, ["EUR", "USD", "CHF", "GBP", "SEK"])[:2]
    return f"What are {amount} {source} in {target}?", {
        "amount": amount,
        "source": source,
        "target": target,
    }


def _cancel(draw: Draw) -> _Wish:
    orders = [code(draw) for _ in range(draw.between(1, 3))]
    return f"Cancel {' and '.join(orders)}.", {"orders": list[Json](orders)}


def _room(draw: Draw) -> _Wish:
    day, seats = draw.of(WEEKDAYS), draw.between(3, 40)
    return f"We need a room for {seats} people on {day}.", {"day": day, "seats": seats}


_FUNCTIONS: dict[str, tuple[str, JsonObject, Callable[[Draw], _Wish]]] = {
    "get_stock": (
        "How many pieces of some goods are at a site.",
        {"goods": _TEXT, "site": _TEXT},
        _stock,
    ),
    "place_order": (
        "Orders goods.",
        {"goods": _TEXT, "count": _WHOLE, "express": {"type": "boolean"}},
        _order,
    ),
    "track_shipment": ("Where an order is.", {"order": _TEXT}, _shipment),
    "plan_shift": (
        "Plans a shift of a team.",
        {"team": _TEXT, "day": _DAY, "hours": _WHOLE},
        _shift,
    ),
    "open_ticket": (
        "Opens a ticket about a system.",
        {"system": _TEXT, "priority": {"type": "string", "enum": ["low", "normal", "high"]}},
        _ticket,
    ),
    "convert_currency": (
        "Converts an amount; currencies as ISO 4217 has them.",
        {"amount": _WHOLE, "source": _TEXT, "target": _TEXT},
        _convert,
    ),
    "cancel_orders": (
        "Cancels orders.",
        {"orders": {"type": "array", "items": {"type": "string"}}},
        _cancel,
    ),
    "book_room": ("Books a room for a day.", {"day": _DAY, "seats": _WHOLE}, _room),
}

_NOTHING_FITS = (
    "Write a friendly line for the birthday card of whoever maintains {system}.",
    "Why do {goods} expand when they are warm? Explain it in a sentence.",
    "Suggest a name for the new newsletter about {goods}.",
    "Translate into German: {goods}.",
    "Is it polite to ask about {system} twice in a week?",
    "What would be a good slogan for {goods}?",
)
