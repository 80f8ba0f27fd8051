"""Every family of evasion as a set of its own, with harmless twins written the same way."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.privacy.generated import disguises
from benchmarks.privacy.generated.bodies import Made, Message, make_body, said, user
from benchmarks.privacy.generated.compose import Composed, compose
from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.fields import RENDERERS, Field, slug, xml_document
from benchmarks.privacy.generated.item import Category
from benchmarks.privacy.generated.kinds import CATEGORY_OF_TYPE
from benchmarks.privacy.generated.language import Language
from benchmarks.privacy.generated.shapes import Twins
from benchmarks.privacy.generated.values import SLOTS, Value, labelled_harmless

FAMILIES = (
    *disguises.ON_NUMBERS,
    *disguises.ON_ANYTHING,
    "spelled_out_digits",
    "homoglyphs",
    "at_dot",
    "split_over_messages",
    "split_over_parts",
    "upper_case",
    "lower_case",
    "json_fields",
    "csv_fields",
    "xml_fields",
)

# Numbers that are told by check digits or by the label before them, whoever writes them.
_NUMBERS = ("card", "card", "iban", "id", "phone")
_ANYTHING = (*_NUMBERS, "email")
_FIELDS = ("person", "person", "address", "id", "card", "iban", "email", "phone")


def evade(draw: Draw, lang: Language, family: str) -> tuple[Twins, Category]:
    """An evasive request, its twin, and the category of what it hides."""
    if family in disguises.ON_NUMBERS:
        return _carried(draw, lang, _number_for(draw, family), disguises.ON_NUMBERS[family])
    if family in disguises.ON_ANYTHING:
        return _carried(draw, lang, draw.of(_ANYTHING), disguises.ON_ANYTHING[family])
    if family == "spelled_out_digits":
        spell = disguises.spelled(lang.digits)
        return _carried(draw, lang, draw.of(("card", "phone", "id")), spell)
    if family == "homoglyphs":
        return _carried(draw, lang, draw.of(("email", "iban")), disguises.homoglyphs)
    if family == "at_dot":
        return _carried(draw, lang, "email", disguises.at_and_dot)
    if family in {"split_over_messages", "split_over_parts"}:
        return _split(draw, lang, over_messages=family == "split_over_messages")
    if family in {"upper_case", "lower_case"}:
        return _cased(draw, lang, str.upper if family == "upper_case" else str.lower)
    return _fields(draw, lang, family)


def _number_for(draw: Draw, family: str) -> str:
    return draw.of(("card", "phone") if family == "unusual_dashes" else _NUMBERS)


def _carried(
    draw: Draw, lang: Language, kind: str, disguise: Callable[[str], str]
) -> tuple[Twins, Category]:
    """The label stays as it is: what is disguised is the value."""
    carrier, value = draw.of(lang.carriers), SLOTS[kind](draw, lang)
    harmless = labelled_harmless(draw, lang)
    made = [
        _one(
            compose(
                carrier,
                draw,
                lang,
                {"label": Value(shown.label), "value": _disguised(shown, disguise)},
            )
        )
        for shown in (value, harmless)
    ]
    return Twins(*made), _category(value)


def _disguised(value: Value, disguise: Callable[[str], str]) -> Value:
    return Value(disguise(value.text), value.entity_type, value.label)


def _one(content: Composed) -> Made:
    return make_body([user(content)])


def _category(value: Value) -> Category:
    return CATEGORY_OF_TYPE[value.entity_type or ""]


def _split(draw: Draw, lang: Language, *, over_messages: bool) -> tuple[Twins, Category]:
    """One number, its first half at the end of a text and the other at the next one's beginning."""
    value = SLOTS[draw.of(("card", "iban", "id"))](draw, lang)
    order = SLOTS["order"](draw, lang)
    shown = Value(order.text + draw.digits(8), None, lang.labels["order"])
    made = [_halves(draw, lang, entry, over_messages) for entry in (value, shown)]
    return Twins(*made), _category(value)


def _halves(draw: Draw, lang: Language, value: Value, over_messages: bool) -> Made:
    cut = len(value.text) // 2
    parts = tuple(
        Composed.whole(Value(half, value.entity_type))
        for half in (value.text[:cut], value.text[cut:])
    )
    first = Composed(f"{draw.of(lang.fillers)} {value.label}: ") + parts[0]
    second = parts[1] + f" {draw.of(lang.fillers)}"
    if over_messages:
        return make_body([user(first), said("assistant", "…"), user(second)])
    return make_body([Message("user", (first, second))])


def _cased(draw: Draw, lang: Language, change: Callable[[str], str]) -> tuple[Twins, Category]:
    kind: Category = "address" if draw.chance(0.25) else "person"
    pair = draw.of(lang.pairs[kind])
    pii = compose(pair.pii, draw, lang).mapped(change)
    harmless = compose(pair.harmless, draw, lang).mapped(change)
    return Twins(_one(pii), _one(harmless)), kind


def _fields(draw: Draw, lang: Language, family: str) -> tuple[Twins, Category]:
    value = SLOTS[draw.of(_FIELDS)](draw, lang)
    around = [labelled_harmless(draw, lang) for _ in range(2)]
    other = labelled_harmless(draw, lang)
    render = xml_document if family == "xml_fields" else RENDERERS[family.removesuffix("_fields")]
    name = draw.below(1 << 30)
    made = []
    for middle in (value, other):
        fields = [
            Field(
                f"{slug(shown.label)}_{number}" if number else slug(shown.label), shown.label, shown
            )
            for number, shown in enumerate((middle, *around))
        ]
        made.append(_one(render(Draw(0, "fields", name), lang, fields)))
    return Twins(*made), _category(value)
