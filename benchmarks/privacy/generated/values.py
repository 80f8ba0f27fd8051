"""What stands in the slots of a template: identifiers, and harmless things."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.privacy.generated import numbers
from benchmarks.privacy.generated.credentials import harmless_secret, password, secret
from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.language import Language
from benchmarks.privacy.generated.names import address, family_name, given_name, person
from benchmarks.privacy.generated.national_ids import ID_TYPES, national_id

_HEX = "0123456789abcdef"
_TLDS = ("com", "org", "net", "io", "eu")
_MAIL_HOSTS = ("mail", "post", "inbox", "corp", "kontor", "web")
_PRODUCTS = (
    "Aurora X2", "Kettle Pro", "Nimbus router", "Trailhead 40L", "PixelPad", "BrightDesk lamp",
    "Cobalt SSD", "OakLine table", "Vento fan", "Polar jacket", "StreamBox", "Zephyr e-bike",
)  # fmt: skip
_COMPANIES = ("Siemens", "Airbus", "Philips", "Renault", "IKEA", "Toyota", "Nestlé", "Nokia")
_COUNTRIES = ("Japan", "Canada", "Portugal", "Brazil", "Kenya", "Vietnam", "Chile", "Iceland")
_FILES = ("report_q3.csv", "src/app/main.py", "docs/setup.md", "config/prod.yaml", "index.html")
_TEAMS = ("payments", "platform", "search", "mobile", "checkout", "data")
_URLS = (
    "https://docs.python.org/3/library/asyncio.html",
    "https://www.postgresql.org/docs/current/sql-select.html",
    "https://kubernetes.io/docs/concepts/workloads/pods/",
    "https://en.wikipedia.org/wiki/Photosynthesis",
)


@dataclass(frozen=True, slots=True)
class Value:
    """`entity_type` is None for what identifies nobody. `label` is what it is called in a form."""

    text: str = field(repr=False)
    entity_type: str | None = None
    label: str = ""


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(character for character in plain if character.isalnum())


def email(draw: Draw, lang: Language) -> str:
    given, family = _ascii(given_name(draw, lang)), _ascii(family_name(draw, lang))
    local = draw.of((f"{given}.{family}", f"{given[0]}{family}", f"{family}{draw.between(1, 99)}"))
    host = f"{_ascii(draw.of(lang.parts['town'][0]))}{draw.of(_MAIL_HOSTS)}"
    return f"{local}@{host}.{draw.of(_TLDS)}"


_Maker = Callable[[Draw, Language], Value]


def _typed(entity_type: str, label: str, make: Callable[[Draw], str]) -> _Maker:
    return lambda draw, lang: Value(make(draw), entity_type, lang.labels.get(label, label))


def _national(draw: Draw, lang: Language) -> Value:
    kind = draw.of(ID_TYPES) if draw.chance(0.3) else draw.of(lang.id_kinds)
    label, number = national_id(draw, kind)
    return Value(number, kind, label)


def secret_value(draw: Draw, lang: Language) -> Value:
    kind, text = secret(draw)
    return Value(text, kind, lang.labels["password"])


STRUCTURED: Mapping[str, _Maker] = {
    "id": _national,
    "card": _typed("CREDIT_CARD", "card", numbers.card),
    "iban": _typed("IBAN_CODE", "iban", numbers.iban),
    "email": lambda d, g: Value(email(d, g), "EMAIL_ADDRESS", g.labels["email"]),
    "phone": lambda d, g: Value(numbers.phone(d, g.code), "PHONE_NUMBER", g.labels["phone"]),
    "dob": lambda d, g: Value(numbers.date_of_birth(d, g.code), "DATE_OF_BIRTH", g.labels["dob"]),
    "passport": _typed("PASSPORT", "passport", numbers.passport),
    "licence": _typed("DRIVER_LICENSE", "licence", numbers.driving_licence),
    "mrn": _typed("MEDICAL_RECORD_NUMBER", "mrn", numbers.medical_record),
    "insurance": _typed("HEALTH_INSURANCE_NUMBER", "insurance", numbers.insurance),
    "account": _typed("BANK_ACCOUNT", "account", numbers.bank_account),
    "ip": _typed("IP_ADDRESS", "IP", numbers.ip_address),
    "mac": _typed("MAC_ADDRESS", "MAC", numbers.mac_address),
    "crypto": _typed("CRYPTO", "wallet", numbers.crypto_address),
}
STRUCTURED_DRAWN = (
    *("id",) * 10, *("card",) * 3, *("iban",) * 3, *("email",) * 2, *("phone",) * 2, "dob",
    "passport", "licence", "mrn", "insurance", "account", "ip", "mac", "crypto",
)  # fmt: skip
"""How often each is drawn: national ids are many kinds."""

_OTHERS: Mapping[str, _Maker] = {
    "person": lambda d, g: Value(person(d, g), "PERSON", g.labels["name"]),
    "given": lambda d, g: Value(given_name(d, g), "PERSON", g.labels["given"]),
    "family": lambda d, g: Value(family_name(d, g), "PERSON", g.labels["family"]),
    "address": lambda d, g: Value(address(d, g), "POSTAL_ADDRESS", g.labels["address"]),
    "password": lambda d, g: Value(password(d), "PASSWORD", g.labels["password"]),
    "secret": secret_value,
}


def _date(draw: Draw, _: Language) -> Value:
    return Value(f"{draw.between(2019, 2026)}-{draw.between(1, 12):02d}-{draw.between(1, 28):02d}")


def _amount(draw: Draw, _: Language) -> Value:
    return Value(
        f"{draw.between(3, 4999)}.{draw.digits(2)} {draw.of(('EUR', 'USD', 'GBP', 'CHF'))}"
    )


def _version(draw: Draw, _: Language) -> Value:
    return Value(f"{draw.between(1, 24)}.{draw.between(0, 40)}.{draw.between(0, 19)}")


def _order(draw: Draw, _: Language) -> Value:
    return Value(
        f"{draw.of(('ORD', 'SO', 'PO', 'RMA'))}-{draw.between(2019, 2026)}-{draw.digits(5)}"
    )


def _plain(*choices: str) -> _Maker:
    return lambda draw, _: Value(draw.of(choices))


_HARMLESS: Mapping[str, _Maker] = {
    "product": _plain(*_PRODUCTS),
    "company": _plain(*_COMPANIES),
    "country": _plain(*_COUNTRIES),
    "file": _plain(*_FILES),
    "team": _plain(*_TEAMS),
    "url": _plain(*_URLS),
    "city": lambda d, g: Value(d.of(g.public_cities)),
    "figure": lambda d, g: Value(d.of(g.figures)),
    "role": lambda d, g: Value(d.of(g.roles)),
    "amount": _amount,
    "version": _version,
    "order": _order,
    "date": _date,
    "hash": lambda d, _: Value(d.text(_HEX, 40)),
    "n": lambda d, _: Value(str(d.between(2, 9999))),
    "sku": lambda d, _: Value(f"{d.text('ABCDEFGHKLMNPRST', 3)}-{d.digits(4)}"),
}

SLOTS: Mapping[str, _Maker] = {**STRUCTURED, **_OTHERS, **_HARMLESS}
HARMLESS_LABELS = ("order", "version", "amount", "product", "sku", "commit", "invoice")


def labelled_harmless(draw: Draw, lang: Language) -> Value:
    """A field of a form that identifies nobody, or one left as a placeholder."""
    name = draw.of(HARMLESS_LABELS)
    kind = {"commit": "hash", "invoice": "amount"}.get(name, name)
    return Value(SLOTS[kind](draw, lang).text, None, lang.labels[name])


def blank(draw: Draw, kind: str, lang: Language) -> Value:
    """What stands in the slot of an identifier in a template that nobody has filled in."""
    label = SLOTS[kind](draw, lang).label
    if kind in {"secret", "password"}:
        return Value(harmless_secret(draw), None, label)
    return Value(
        draw.of((f"[{kind.upper()}]", f"<{kind}>", f"{{{{{kind}}}}}", "n/a", "…", "XXXX")),
        None,
        label,
    )
