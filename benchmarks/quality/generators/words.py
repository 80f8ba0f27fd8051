"""Words that several families draw from. None of them is anybody's name."""

from __future__ import annotations

from benchmarks.privacy.generated.draw import Draw

GOODS = (
    "steel brackets", "copper tubes", "oak panels", "ceramic valves", "ball bearings",
    "glass jars", "rubber seals", "LED panels", "cable drums", "filter cartridges",
    "packing tape", "solar inverters", "paper rolls", "safety helmets", "hydraulic pumps",
    "thermal sensors", "work gloves", "battery packs", "roof tiles", "display racks",
)  # fmt: skip
MATERIALS = ("steel", "copper", "oak", "glass", "rubber", "aluminium", "ceramic", "nylon", "cork")
DEPARTMENTS = (
    "purchasing", "logistics", "finance", "quality", "production", "sales", "IT", "legal",
)  # fmt: skip
SITES = (
    "the north plant", "the harbour depot", "the east warehouse", "the pilot line",
    "the central store", "the river plant", "the test centre", "the south hub",
    "the hill depot", "the old mill",
)  # fmt: skip
SYSTEMS = (
    "the order portal", "the payroll export", "the label printer", "the stock app",
    "the invoice archive", "the shift planner", "the supplier gateway", "the price engine",
)  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
FILLERS = (
    "The canteen will be closed for cleaning on the last day of the month.",
    "Please use the side entrance while the car park is being resurfaced.",
    "The colours of the new brochure are still under discussion.",
    "Nobody has objected to the new seating plan so far.",
    "The quarterly newsletter appears a little later than usual.",
    "A reminder about the bicycle racks went out already.",
    "The window cleaners come in the morning.",
    "The coffee machine on the second floor works again.",
    "The next fire drill is announced in good time.",
    "The old posters may be taken down by anyone.",
)
_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


def coined(draw: Draw, syllables: int = 3) -> str:
    """A word that is none. For identifiers: in prose a detector takes it for somebody's name."""
    parts = (draw.of(_CONSONANTS) + draw.of(_VOWELS) for _ in range(syllables))
    return "".join(parts).capitalize() + draw.of("lnrsx")


def code(draw: Draw, letters: int = 2, digits: int = 4) -> str:
    """Such as QX-4821. Of letters that are no abbreviation of a street, a state or a party."""
    return f"{draw.text('BHJKQVWXZ', letters)}-{draw.digits(digits, first='123456789')}"


def shuffled(draw: Draw, values: list[str]) -> list[str]:
    """Fisher and Yates."""
    mixed = list(values)
    for last in range(len(mixed) - 1, 0, -1):
        other = draw.below(last + 1)
        mixed[last], mixed[other] = mixed[other], mixed[last]
    return mixed


def some(draw: Draw, values: tuple[str, ...], count: int) -> list[str]:
    """`count` different ones, in a random order."""
    return shuffled(draw, list(values))[:count]


def number_word(value: int) -> str:
    """0 to 12 in words, as prose has them; digits above."""
    return _NUMBERS[value] if 0 <= value < len(_NUMBERS) else str(value)
