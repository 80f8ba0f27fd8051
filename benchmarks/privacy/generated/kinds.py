"""Which type is of which category, and which data class a regulated team would ask for."""

from __future__ import annotations

from benchmarks.privacy.generated.credentials import SECRET_TYPES
from benchmarks.privacy.generated.item import Category
from benchmarks.privacy.generated.national_ids import ID_TYPES
from router.domain import DataClass

CONTACT_TYPES = ("EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS", "MAC_ADDRESS", "DATE_OF_BIRTH")
"""Structured, and confidential; every other structured type is restricted."""

_STRUCTURED_TYPES = (
    *CONTACT_TYPES,
    *ID_TYPES,
    "CREDIT_CARD",
    "IBAN_CODE",
    "BANK_ACCOUNT",
    "PASSPORT",
    "DRIVER_LICENSE",
    "MEDICAL_RECORD_NUMBER",
    "HEALTH_INSURANCE_NUMBER",
    "CRYPTO",
)

CATEGORY_OF_TYPE: dict[str, Category] = {
    **dict.fromkeys(_STRUCTURED_TYPES, "structured"),
    **dict.fromkeys(SECRET_TYPES, "secret"),
    "POSTAL_ADDRESS": "address",
    "PERSON": "person",
    "SPECIAL_CATEGORY": "special",
}


def demanded_class(entity_type: str) -> DataClass:
    """The least class that a request with such an identifier has to have."""
    if entity_type in CONTACT_TYPES or entity_type in {"PERSON", "POSTAL_ADDRESS"}:
        return DataClass.CONFIDENTIAL
    return DataClass.RESTRICTED
