"""One request with identifiers and its harmless twin, for each category and shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.privacy.generated.bodies import Made, Message, make_body, said, tool, user
from benchmarks.privacy.generated.compose import Composed, compose
from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.fields import RENDERERS, Field, slug
from benchmarks.privacy.generated.item import Category
from benchmarks.privacy.generated.language import Language, Pair
from benchmarks.privacy.generated.values import (
    SLOTS,
    STRUCTURED_DRAWN,
    Value,
    blank,
    labelled_harmless,
)

SHAPES: Mapping[Category, tuple[str, ...]] = {
    "structured": (
        *("chat",) * 5, "ticket", "kyc_form", "csv", "json", "sql", "code", "config", "log",
        "stack_trace", "agent",
    ),
    "secret": (*("chat",) * 4, "config", "config", "code", "log", "json", "stack_trace", "agent"),
    "address": (*("chat",) * 4, "ticket", "kyc_form", "csv", "json", "sql", "code", "agent"),
    "person": (
        *("chat",) * 5, "ticket", "kyc_form", "csv", "json", "sql", "log", "code", "agent",
    ),
    "special": (*("chat",) * 5, "ticket", "ticket", "agent"),
    "mixed": ("email", "email", "clinical", "clinical", "chat", "kyc_form", "csv", "json", "sql"),
}  # fmt: skip

_SELF_EVIDENT = ("card", "iban", "email", "crypto", "ip")
_SYSTEM = (
    "You are a helpful assistant.",
    "You are a support agent. Be brief.",
    "Answer in the language of the question.",
)
_PERSON_KEYS = ("customer_name", "full_name", "name", "assignee", "patient_name", "beneficiary")
_ADDRESS_KEYS = ("shipping_address", "street_address", "home_address", "address")
_SECRET_KEYS = ("api_key", "auth_token", "client_secret", "credentials", "access_token")
_BLANKED = 0.3
_TOOLS = [
    tool("crm_lookup", "Looks a record up.", "record"),
    tool("save_note", "Saves a note.", "text"),
]


@dataclass(frozen=True, slots=True)
class Twins:
    pii: Made = field(repr=False)
    harmless: Made = field(repr=False)


def make_twins(draw: Draw, lang: Language, category: Category, shape: str) -> Twins:
    """Two requests alike in shape, language and what stands around them; one has identifiers."""
    if shape in RENDERERS:
        pii, harmless = _fields_twins(draw, lang, category, shape)
    else:
        pii, harmless = _prose_twins(draw, lang, category, shape)
    if shape == "agent":
        return Twins(*_agents(draw, lang, pii, harmless))
    frame = _frame(draw, lang)
    return Twins(make_body([*frame, user(pii)]), make_body([*frame, user(harmless)]))


def _frame(draw: Draw, lang: Language) -> list[Message]:
    """What came before the message that counts: nothing, instructions, or earlier turns."""
    messages = [said("system", draw.of(_SYSTEM))] if draw.chance(0.3) else []
    if draw.chance(0.15):
        messages += [said("user", draw.of(lang.fillers)), said("assistant", "OK.")]
    return messages


def _prose_twins(
    draw: Draw, lang: Language, category: Category, shape: str
) -> tuple[Composed, Composed]:
    pii, harmless = _sentences(draw, lang, category, shape)
    if shape in {"email", "clinical"}:
        return pii, harmless
    before = f"{draw.of(lang.fillers)} " if draw.chance(0.2) else ""
    after = f" {draw.of(lang.fillers)}" if draw.chance(0.3) else ""
    if shape == "ticket":
        before = f"{lang.labels['ticket']} #{draw.digits(5)} · P{draw.between(1, 4)}\n{before}"
        after += f"\n--\n{lang.labels['status']}: open"
    return Composed(before) + pii + after, Composed(before) + harmless + after


def _sentences(
    draw: Draw, lang: Language, category: Category, shape: str
) -> tuple[Composed, Composed]:
    if category == "structured":
        return _carried(draw, lang)
    if category == "secret":
        return _carried_secret(draw, lang)
    kind = shape if shape in {"email", "clinical"} else category
    pair = draw.of(lang.pairs[kind])
    if category == "special":
        pii = Composed(pair.pii).as_one("SPECIAL_CATEGORY")
    else:
        pii = compose(pair.pii, draw, lang)
    return pii, _harmless(draw, lang, pair)


def _harmless(draw: Draw, lang: Language, pair: Pair) -> Composed:
    """The harmless sentence, or the same one as nobody has filled it in yet."""
    if "§" in pair.pii and draw.chance(_BLANKED):
        return compose(pair.pii, draw, lang, make=lambda kind: blank(draw, kind, lang))
    return compose(pair.harmless, draw, lang)


def _carried(draw: Draw, lang: Language) -> tuple[Composed, Composed]:
    kind = draw.of(STRUCTURED_DRAWN)
    value = SLOTS[kind](draw, lang)
    carrier = draw.of(lang.carriers)
    label = "" if kind in _SELF_EVIDENT and draw.chance(0.4) else value.label
    harmless = blank(draw, kind, lang) if draw.chance(_BLANKED) else labelled_harmless(draw, lang)
    return (
        _fill(carrier, draw, lang, Value(label), value),
        _fill(carrier, draw, lang, Value(harmless.label), harmless),
    )


def _fill(carrier: str, draw: Draw, lang: Language, label: Value, value: Value) -> Composed:
    return compose(carrier, draw, lang, {"label": label, "value": value})


def _carried_secret(draw: Draw, lang: Language) -> tuple[Composed, Composed]:
    kind = "password" if draw.chance(0.3) else "secret"
    carrier = draw.of(lang.password_carriers if kind == "password" else lang.secret_carriers)
    value, harmless = SLOTS[kind](draw, lang), blank(draw, kind, lang)
    return (
        compose(carrier, draw, lang, {"value": value}),
        compose(carrier, draw, lang, {"value": harmless}),
    )


def _fields_twins(
    draw: Draw, lang: Language, category: Category, shape: str
) -> tuple[Composed, Composed]:
    identifying = _identifying(draw, lang, category)
    around = [_harmless_field(draw, lang) for _ in range(draw.between(1, 3))]
    around = list({entry.key: entry for entry in around}.values())
    position = draw.below(len(around) + 1)
    replaced = [_replacement(draw, lang, entry) for entry in identifying]
    render = RENDERERS[shape]
    name = ("fields", draw.below(1 << 30))
    return (
        render(Draw(0, *name), lang, [*around[:position], *identifying, *around[position:]]),
        render(Draw(0, *name), lang, [*around[:position], *replaced, *around[position:]]),
    )


def _identifying(draw: Draw, lang: Language, category: Category) -> list[Field]:
    if category == "person":
        if draw.chance(0.4):
            return [
                _field("first_name", SLOTS["given"](draw, lang)),
                _field("last_name", SLOTS["family"](draw, lang)),
            ]
        return [_field(draw.of(_PERSON_KEYS), SLOTS["person"](draw, lang))]
    if category == "address":
        return [_field(draw.of(_ADDRESS_KEYS), SLOTS["address"](draw, lang))]
    if category == "secret":
        if draw.chance(0.3):
            key = draw.of(("password", "db_password", "smtp_password", "passwd"))
            return [_field(key, SLOTS["password"](draw, lang))]
        return [_field(draw.of(_SECRET_KEYS), SLOTS["secret"](draw, lang))]
    if category == "structured":
        value = SLOTS[draw.of(STRUCTURED_DRAWN)](draw, lang)
        return [_field(slug(value.label), value)]
    kinds = ["person", "dob", "address", draw.of(("id", "iban", "card", "email", "phone"))]
    values = [SLOTS[kind](draw, lang) for kind in kinds]
    return [_field(slug(value.label), value) for value in values]


def _field(key: str, value: Value) -> Field:
    return Field(key, value.label, value)


def _harmless_field(draw: Draw, lang: Language) -> Field:
    value = labelled_harmless(draw, lang)
    return Field(slug(value.label), value.label, value)


def _replacement(draw: Draw, lang: Language, entry: Field) -> Field:
    """The same key left open, or another field altogether."""
    if draw.chance(_BLANKED):
        text = draw.of(("", "null", "<redacted>", "n/a", "TODO", "${VALUE}"))
        return Field(entry.key, entry.label, Value(text))
    value = labelled_harmless(draw, lang)
    return Field(f"{slug(value.label)}_2", value.label, value)


def _agents(draw: Draw, lang: Language, pii: Composed, harmless: Composed) -> tuple[Made, Made]:
    """The text as what a tool returned, or as what the model gave a tool."""
    as_arguments, call_id = draw.chance(0.4), f"call_{draw.digits(8)}"
    ask = said("user", draw.of(lang.fillers))
    made = []
    for content in (pii, harmless):
        escaped = content.mapped(lambda text: json.dumps(text, ensure_ascii=False)[1:-1])
        if as_arguments:
            given = Composed('{"text": "') + escaped + '"}'
            call = Message("assistant", (given,), tool="save_note", call_id=call_id)
            result = Message("tool", (Composed('{"saved": true}'),), answers=call_id)
        else:
            looked_up = Composed('{"record": "latest"}')
            call = Message("assistant", (looked_up,), tool="crm_lookup", call_id=call_id)
            result = Message("tool", (content,), answers=call_id)
        made.append(make_body([ask, call, result, said("user", "Go on.")], _TOOLS))
    return made[0], made[1]
