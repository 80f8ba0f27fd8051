"""Documents of a business → one JSON object: notices of delivery, tickets, sheets, minutes, quotes.

A field that the document does not state is null; that, lists, and amounts in words are what makes
it hard.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.words import (
    DEPARTMENTS,
    FILLERS,
    GOODS,
    MATERIALS,
    MONTHS,
    SITES,
    SYSTEMS,
    code,
    number_word,
    shuffled,
    some,
)
from benchmarks.quality.item import Item, asked
from router.domain import Json, JsonObject

_Document: TypeAlias = tuple[list[str], JsonObject, JsonObject]
"""Sentences, the schema's properties, and the object that is right."""

_ORDERS = (
    "Extract the data of this document as one JSON object that follows the schema.",
    "Read the text and fill in the schema. Answer with the JSON object alone.",
    "Return a JSON object that is valid under the schema below, with what the text states.",
    "Turn the note into structured data: one JSON object, as the schema has it.",
)
_RULE = "What the text does not state is null. Dates are YYYY-MM-DD. No explanation."


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "extraction", number)
    sentences, properties, answer = _KINDS[number % len(_KINDS)](draw)
    for _ in range(number // len(_KINDS) % 4):
        sentences.insert(draw.below(len(sentences) + 1), draw.of(FILLERS))
    schema: JsonObject = {
        "type": "object",
        "properties": properties,
        "required": list[Json](properties),
        "additionalProperties": False,
    }
    text = (
        f"{draw.of(_ORDERS)} {_RULE}\n\nSchema:\n{json.dumps(schema)}\n\n"
        f"Text:\n{' '.join(sentences)}"
    )
    return asked(text, {"object": answer}, group=_KINDS[number % len(_KINDS)].__name__.strip("_"),
                 schema=schema)  # fmt: skip


def _delivery(draw: Draw) -> _Document:
    order, goods = code(draw), draw.of(GOODS)
    count, day, said_day = draw.between(3, 900), *_date(draw)
    carrier = code(draw, 3, 2) if draw.chance(0.6) else None
    damaged = draw.between(1, 12) if draw.chance(0.5) else None
    sentences = [
        draw.of((
            f"Order {order} for {count} {goods} reaches {draw.of(SITES)} on {said_day}.",
            f"On {said_day} we deliver {count} {goods}; the order is {order}.",
            f"{count} {goods} (order {order}) are due on {said_day}.",
        ))
    ]  # fmt: skip
    if carrier:
        sentences.append(draw.of((f"{carrier} carries them.", f"The carrier is {carrier}.")))
    if damaged is not None:
        sentences.append(f"Of the last load, {number_word(damaged)} had been damaged.")
    return shuffled(draw, sentences), {
        "order": _TEXT, "goods": _TEXT, "count": _WHOLE, "date": _TEXT,
        "carrier": _text_or_null(), "damaged_in_last_load": _whole_or_null(),
    }, {
        "order": order, "goods": goods, "count": count, "date": day, "carrier": carrier,
        "damaged_in_last_load": damaged,
    }  # fmt: skip


def _ticket(draw: Draw) -> _Document:
    number, system = code(draw, 3, 5), draw.of(SYSTEMS)
    levels: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("high", ("Nothing can be shipped until it runs.", "The whole line stands still.")),
        ("normal", ("Work goes on, more slowly.", "There is a way around it that costs time.")),
        ("low", ("It is merely a nuisance.", "Nobody is held up by it.")),
    )
    level, reasons = draw.of(levels)
    users, version = draw.between(1, 400), f"{draw.between(1, 9)}.{draw.between(0, 30)}"
    known = draw.chance(0.5)
    sentences = [
        f"Ticket {number}: {system} has failed for {users} of its users. {draw.of(reasons)}",
        f"It began in {draw.of(DEPARTMENTS)}.",
    ]
    if known:
        sentences.append(draw.of((f"All of them run release {version}.", f"Release: {version}.")))
    return sentences, {
        "ticket": _TEXT, "system": _TEXT, "users_affected": _WHOLE,
        "severity": {"type": "string", "enum": ["high", "normal", "low"]},
        "release": _text_or_null(),
    }, {
        "ticket": number, "system": system, "users_affected": users, "severity": level,
        "release": version if known else None,
    }  # fmt: skip


def _sheet(draw: Draw) -> _Document:
    name, material = code(draw, 1, 3), draw.of(MATERIALS)
    weight, length_cm = draw.between(2, 900) / 10, draw.between(5, 240)
    outdoors = draw.chance(0.5)
    colours = some(draw, ("red", "grey", "white", "blue", "black", "green"), draw.between(1, 3))
    in_metres = draw.chance(0.4)
    length = f"{length_cm / 100:g} m" if in_metres else f"{length_cm} cm"
    fit = "may stay outdoors all year" if outdoors else "is for indoor use only"
    sentences = [
        f"The {name} is made of {material} and weighs {weight:g} kg.",
        f"It is {length} long.",
        f"It comes in {_listed(colours)}.",
        f"The {name} {fit}.",
    ]
    colour_list: JsonObject = {"type": "array", "items": {"type": "string"}}
    return shuffled(draw, sentences), {
        "name": _TEXT, "material": _TEXT, "weight_kg": {"type": "number"},
        "length_cm": {"type": "number"}, "colours": colour_list,
        "for_outdoors": {"type": "boolean"},
    }, {
        "name": name, "material": material, "weight_kg": weight, "length_cm": length_cm,
        "colours": list[Json](sorted(colours)), "for_outdoors": outdoors,
    }  # fmt: skip


def _minutes(draw: Draw) -> _Document:
    day, said_day = _date(draw)
    teams = some(draw, DEPARTMENTS, draw.between(2, 4))
    tasks = [
        f"{draw.of(('check', 'replace', 'order', 'document', 'count'))} the {draw.of(GOODS)}"
        for _ in teams
    ]
    sentences = [f"The meeting took place on {said_day}."]
    sentences += [
        draw.of((f"It falls to {team} to {task}.", f"{team} will {task}."))
        for team, task in zip(teams, tasks, strict=True)
    ]
    action: JsonObject = {
        "type": "object",
        "properties": {"team": _TEXT, "task": _TEXT},
        "required": ["team", "task"],
        "additionalProperties": False,
    }
    return sentences, {"date": _TEXT, "actions": {"type": "array", "items": action}}, {
        "date": day,
        "actions": [
            {"team": team, "task": task} for team, task in zip(teams, tasks, strict=True)
        ],
    }  # fmt: skip


def _quote(draw: Draw) -> _Document:
    goods, count, cents = draw.of(GOODS), draw.between(2, 60), draw.between(150, 9900)
    discount = draw.of((None, 5, 10, 15))
    days = draw.between(7, 45)
    sentences = [
        f"We offer {count} {goods} at {cents / 100:.2f} euros apiece.",
        draw.of((f"The offer stands for {days} days.", f"You have {days} days to accept.")),
    ]
    if discount is not None:
        sentences.append(f"A discount of {discount} percent applies to the whole.")
    if draw.chance(0.5):
        sentences.append(f"Last year a piece was {(cents - 40) / 100:.2f} euros.")
    return sentences, {
        "goods": _TEXT, "count": _WHOLE, "unit_price_eur": {"type": "number"},
        "discount_percent": _whole_or_null(), "valid_days": _WHOLE,
    }, {
        "goods": goods, "count": count, "unit_price_eur": cents / 100,
        "discount_percent": discount, "valid_days": days,
    }  # fmt: skip


def _date(draw: Draw) -> tuple[str, str]:
    """As ISO 8601 has it, and as people do."""
    year, month, day = draw.between(2021, 2027), draw.between(1, 12), draw.between(1, 28)
    name = MONTHS[month - 1]
    said = draw.of((f"{day} {name} {year}", f"{name} {day}, {year}"))
    return f"{year}-{month:02d}-{day:02d}", said


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


_TEXT: JsonObject = {"type": "string"}
_WHOLE: JsonObject = {"type": "integer"}


def _text_or_null() -> JsonObject:
    return {"anyOf": [{"type": "string"}, {"type": "null"}]}


def _whole_or_null() -> JsonObject:
    return {"anyOf": [{"type": "integer"}, {"type": "null"}]}


_KINDS: tuple[Callable[[Draw], _Document], ...] = (_delivery, _ticket, _sheet, _minutes, _quote)
