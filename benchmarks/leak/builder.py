"""A small set of samples that needs nothing else: for short runs, and for tests of this benchmark.

Not for figures about detection: a dozen templates say little about what people write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.leak.sample import HARMLESS, Sample
from benchmarks.privacy.generated.draw import Draw
from router.domain import Json, JsonObject

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_HEX = "0123456789abcdef"
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_SENSITIVE = {
    "structured": (
        "My card is {card}. Was it charged twice?",
        "The applicant's social security number is {ssn}; please fill in the form.",
        "Write to {email} that the parcel has left the warehouse.",
        "Row 14 of the export reads: {email};{ssn};active",
    ),
    "secret": (
        "Why is this refused?\nexport SERVICE_PASSWORD={password}\nmake deploy",
        "The pipeline logs in with token ghp_{token}, can you see why it fails?",
    ),
    "address": ("Ship it to {number} Old Mill Lane, Apartment {small}, Springfield, IL {zip}.",),
    "person": ("Draft a letter to {person}, who was late with the rent again.",),
    "special": ("{person} told us about the diagnosis of multiple sclerosis; draft a reply.",),
}
_HARMLESS = (
    "Summarise in one sentence why {thing} rusts faster near the sea.",
    "Write a function that returns the {small} largest items of a list.",
    "Which is heavier, a litre of oil or a litre of water, and why?",
    "Translate into French: the {thing} is behind the door.",
    "Explain the error: index {small} is out of range for a list of length {small}.",
    "Give me three titles for an essay about {thing} in the history of trade.",
)
_THINGS = ("iron", "a bicycle", "salt", "the steam engine", "glass", "a bridge", "paper")
_GIVEN = ("Tavira", "Ondrej", "Maelis", "Keoni", "Brannock", "Yusra", "Pellam", "Isaura")
_FAMILY = ("Quillfeather", "Dramstad", "Oyelowicz", "Varnhagen", "Tolmasky", "Eastrup")


def built_samples(seed: int, count: int) -> Iterator[Sample]:
    """As many sensitive as harmless samples, alternating; the same for the same seed."""
    categories = tuple(_SENSITIVE)
    for number in range(count):
        draw = Draw(seed, "sample", number)
        if number % 2:
            text, _ = _fill(draw, draw.of(_HARMLESS))
            yield Sample(f"built-{number}", _chat(draw, text), (), HARMLESS)
        else:
            category = categories[number // 2 % len(categories)]
            text, identifiers = _fill(draw, draw.of(_SENSITIVE[category]))
            yield Sample(f"built-{number}", _chat(draw, text), identifiers, category)


def _fill(draw: Draw, template: str) -> tuple[str, tuple[str, ...]]:
    """The template with values in it, and those of them that identify somebody."""
    person = f"{draw.of(_GIVEN)} {draw.of(_FAMILY)}"
    values = {
        "card": _card(draw),
        "ssn": f"{draw.between(100, 665)}-{draw.between(10, 99)}-{draw.between(1000, 9999)}",
        "email": f"{draw.text(_LOWER, 7)}.{draw.text(_LOWER, 5)}@example.org",
        "password": f"{draw.text(_LOWER, 5)}-{draw.digits(4)}!{draw.text(_LOWER, 6).upper()}",
        "token": draw.text(_HEX, 36),
        "person": person,
        "zip": draw.digits(5, first="123456789"),
    }
    shown = {key: value for key, value in values.items() if f"{{{key}}}" in template}
    identifying = tuple(value for key, value in shown.items() if key != "zip")
    if "Old Mill Lane" in template:
        street = f"{draw.between(100, 9999)}"
        filled = template.format(number=street, small=draw.between(2, 99), **shown)
        return filled, (f"{street} Old Mill Lane",)
    filled = template.format(small=draw.between(2, 99), thing=draw.of(_THINGS), **shown)
    return filled, identifying


def _card(draw: Draw) -> str:
    """16 digits that pass Luhn's check, in groups of four."""
    digits = [4, *(draw.below(10) for _ in range(14))]
    # The last digit stands at the right end, so the one before it is doubled, and every other.
    total = sum(
        _LUHN_DOUBLED[digit] if place % 2 == 0 else digit for place, digit in enumerate(digits)
    )
    text = "".join(map(str, [*digits, -total % 10]))
    return " ".join(text[start : start + 4] for start in range(0, 16, 4))


def _chat(draw: Draw, text: str) -> JsonObject:
    messages: list[Json] = [{"role": "user", "content": text}]
    if draw.chance(0.3):
        messages.insert(0, {"role": "system", "content": "Answer briefly."})
    if draw.chance(0.2):
        messages[-1] = {"role": "user", "content": [{"type": "text", "text": text}]}
    if draw.chance(0.2):
        turns: Sequence[Json] = (
            {"role": "user", "content": "Good morning."},
            {"role": "assistant", "content": "Good morning. What is it about?"},
        )
        messages[-1:-1] = turns
    return {"model": "auto", "messages": messages}
