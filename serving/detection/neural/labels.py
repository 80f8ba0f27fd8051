"""What the model's labels mean to us: names and places; numbers are left to patterns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

OUTSIDE = "O"
PERSON = "PERSON"
POSTAL_ADDRESS = "POSTAL_ADDRESS"
LOCATION = "LOCATION"

_ENTITY_TYPES = {
    "GIVEN_NAME": PERSON,
    "SURNAME": PERSON,
    "BUILDING_NUMBER": POSTAL_ADDRESS,
    "STREET_NAME": POSTAL_ADDRESS,
    "SECONDARY_ADDRESS": POSTAL_ADDRESS,
    "CITY": LOCATION,
    "STATE": LOCATION,
    "ZIP_CODE": LOCATION,
}
ENTITY_TYPES = tuple(dict.fromkeys(_ENTITY_TYPES.values()))
"""The columns of a folded matrix, in this order."""

_HAVE_A_SHAPE = frozenset(
    {
        "EMAIL",
        "PHONE",
        "URL",
        "TAX_ID",
        "BANK_ACCOUNT",
        "ROUTING_NUMBER",
        "GOVERNMENT_ID",
        "PASSPORT",
        "DRIVERS_LICENSE",
    }
)
"""Labels that are not believed: patterns find these, with their check digits, and the model finds
them in order numbers and versions as well."""


class UnknownLabel(Exception):
    """The model has a label that nobody gave a meaning to."""


def folding(id2label: Mapping[str, str]) -> NDArray[np.float32]:
    """The 0/1 matrix that sums label probabilities to those of ENTITY_TYPES; `O` goes nowhere.

    `id2label` as in config.json: number as text → `O`, `B-NAME` or `I-NAME`. Raises UnknownLabel.
    """
    matrix = np.zeros((len(id2label), len(ENTITY_TYPES)), np.float32)
    for number, label in id2label.items():
        if label == OUTSIDE:
            continue
        name = label.partition("-")[2]
        if name in _HAVE_A_SHAPE:
            continue
        if name not in _ENTITY_TYPES:
            raise UnknownLabel(f"the model's label {label!r} has no entity type")
        matrix[int(number), ENTITY_TYPES.index(_ENTITY_TYPES[name])] = 1
    return matrix
