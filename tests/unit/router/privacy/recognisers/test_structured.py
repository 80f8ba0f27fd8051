"""Structured identifiers of more than forty countries are found as people write them."""

from __future__ import annotations

import json

import pytest
from structured_examples import EVERYTHING, Example

from router.privacy.recognisers.match import PatternMatcher

SHAPES = {
    "chat": "hi, {} thanks!",
    "log": "2024-05-01T10:00:00Z INFO request from portal: {} status=200",
    "python": 'payload = "{}"  # from the form',
    "csv": "id;note\n17;{};open\n",
    "email": "Dear team,\n\nplease note: {}\n\nKind regards",
    "brackets": "[{}]",
}


def is_found(catalogue: PatternMatcher, text: str, example: Example) -> bool:
    return any(
        m.entity_type in example.entity_types and text[m.start : m.end] == example.value
        for m in catalogue.find(text)
    )


@pytest.mark.parametrize("example", EVERYTHING, ids=lambda e: e.text)
def test_it_is_found_with_its_type_and_place(catalogue: PatternMatcher, example: Example) -> None:
    assert is_found(catalogue, example.text, example)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_it_is_found_wherever_it_is_planted(catalogue: PatternMatcher, shape: str) -> None:
    missed = [e.text for e in EVERYTHING if not is_found(catalogue, shape.format(e.text), e)]
    assert missed == []


def test_it_is_found_in_json_inside_json(catalogue: PatternMatcher) -> None:
    missed = []
    for example in EVERYTHING:
        text = json.dumps({"note": example.text}, ensure_ascii=False)
        if example.value in text and not is_found(catalogue, text, example):
            missed.append(example.text)
    assert missed == []


FIELDS = {
    "ssn": "521449382",
    "social_security_number": "521-44-9382",
    "taxId": "36574261809",
    "cardNumber": "4539148803436467",
    "credit_card": "4539148803436468",
    "iban": "DE00370400440532013000",
    "accountNumber": "3847283911",
    "routing_number": "021000021",
    "passportNumber": "XG9382049",
    "driverLicense": "F16282354",
    "phone": "4085551234",
    "mobileNumber": "7911123456",
    "nationalId": "AB1234567",
    "nhsNumber": "9434765919",
    "aadhaar": "234123412346",
    "cpf": "39053344705",
    "email": "jane@mail.example.org",
    "ipAddress": "86.121.97.248",
    "cvv": "123",
    "sortCode": "123456",
    "personnummer": "198803200016",
    "steuer_id": "36574261809",
    "codiceFiscale": "RCCMNL83S18D969H",
}


@pytest.mark.parametrize(
    "form",
    ['{{"{}": "{}"}}', "<{0}>{1}</{0}>", "{}={}", "{}: {}", "{}\t{}", "--{} {}", "SET {} = '{}'"],
)
def test_a_field_name_is_context_enough(catalogue: PatternMatcher, form: str) -> None:
    missed = [
        name
        for name, value in FIELDS.items()
        if not any(
            form.format(name, value)[m.start : m.end].strip(" '") in value
            for m in catalogue.find(form.format(name, value))
        )
    ]
    assert missed == []
