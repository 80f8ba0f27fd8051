"""Passports, driving licences, identity cards: short numbers that their names must announce."""

from __future__ import annotations

from .checks import has_digits, reference
from .pattern import Pattern
from .shapes import REFERENCE, certain, named

_PASSPORT = (
    "passport*", "passport number*", "passport no", "reisepass*", "mein pass", "pass hat",
    "passnummer", "pass nr",
    "pass-nr", "passeport*", "pasaporte*", "passaporto*", "passaporte*", "paspoort*", "paszport*",
    "pass-nummer", "passnr", "pasaport*", "pașaport*", "cestovní pas", "útlevél*", "διαβατήριο*",
    "паспорт*", "护照*", "旅券*", "パスポート*", "여권*", "جواز السفر", "جواز سفر", "hộ chiếu",
    "travel document",
)  # fmt: skip

_LICENCE = (
    "driver license*", "driver's license*", "drivers license*", "driver licence*",
    "driver's licence*", "drivers licence*", "driving license*", "driving licence*", "dl no", "dl:",
    "dl number", "dl #", "dln", "driver s licen*", "driving licen*",
    "driver number", "driver id", "führerschein*", "fahrerlaubnis*",
    "permis de conduire", "permis n°", "numéro de permis", "carnet de conducir",
    "permiso de conducir",
    "licencia de conducir", "licencia de manejo", "patente di guida", "numero patente",
    "numero di patente", "numero della patente",
    "patente di", "patente n",
    "carta de condução", "carteira de motorista",
    "carta de conduzir", "número da carta", "carteira de habilitação", "habilitação",
    "cnh", "rijbewijs*", "prawo jazdy",
    "prawa jazdy", "körkort*", "førerkort*", "kørekort*", "ajokortti*", "sürücü belgesi",
    "ehliyet*", "驾驶证*", "驾照*", "運転免許*", "운전면허*", "رخصة القيادة", "водительск*",
)  # fmt: skip

_IDENTITY = (
    "national id*", "national identification*", "national identity*", "identity card*", "id card*",
    "identity number", "identity no", "identification number*", "identification no", "citizen id*",
    "personal id*", "personal identification*", "personal number", "personal code", "id number",
    "government id", "voter id*", "voter card", "epic no", "ration card", "resident permit",
    "residence permit*", "resident id*", "residence card", "social security*", "social insurance*",
    "insurance number", "alien number", "a-number", "uscis number", "green card*",
    "immigration number", "military id", "dod id", "police id", "tribal id", "student id number",
    "suspect id*", "personalausweis*", "ausweisnummer*", "ausweis-nr", "ausweisnr", "ausweis",
    "personalnummer", "sozialversicherungsnummer*", "sozialversicherung*",
    "rentenversicherungsnummer*", "versicherungsnummer*", "sv-nummer", "svnr", "ahv*",
    "aufenthaltstitel*", "personenkennziffer", "carte d'identité", "carte nationale d'identité",
    "cni", "numéro de sécurité sociale", "sécurité sociale", "numéro de sécu", "titre de séjour",
    "numéro d'identité", "niss", "numéro national", "registre national", "documento de identidad",
    "documento nacional", "dni*", "cédula*", "cedula*", "seguridad social",
    "número de la seguridad social", "identificación", "curp", "carné de identidad",
    "tarjeta de identidad", "número de afiliación", "carta d'identità", "carta identità",
    "documento d'identità", "tessera sanitaria", "permesso di soggiorno", "cartão de cidadão",
    "cartão cidadão", "bilhete de identidade", "número de identificação", "segurança social",
    "registro geral", "título de eleitor", "identiteitskaart*", "identiteitsbewijs",
    "burgerservicenummer*", "rijksregister*", "verblijfsvergunning", "vreemdelingennummer",
    "id-kaart", "dowód osobisty", "dowodu osobistego", "nr dowodu", "numer dowodu", "pesel*",
    "personnummer*", "fødselsnummer*", "cpr*", "cpr-nummer", "henkilötunnus*", "hetu", "kennitala*",
    "isikukood*", "asmens kodas", "personas kods", "rodné číslo", "občanský průkaz",
    "občiansky preukaz", "személyi*", "taj szám", "jmbg", "emšo", "cod numeric personal", "cnp",
    "carte de identitate", "егн", "егн*", "ταυτότητα*", "αμκα", "tc kimlik*", "kimlik numarası",
    "kimlik no", "тc", "снилс", "удостоверение*", "aadhaar*", "aadhar*", "uidai", "nric*",
    "fin number", "mykad*", "ktp", "cccd", "cmnd", "身份证*", "身分證*", "居民身份",
    "マイナンバー*", "個人番号*",
    "주민등록번호*", "주민번호*", "บัตรประชาชน*", "الهوية*", "رقم الهوية", "الرقم القومي",
    "תעודת זהות",
    "ת.ז", "emirates id", "iqama*", "civil id", "bvn", "philsys", "sss number", "umid", "cnic*",
)  # fmt: skip

PATTERNS: tuple[Pattern, ...] = (
    named(
        "passport_named",
        "PASSPORT",
        rf"{REFERENCE}|[CFGHJKLMNPRTVWXYZ0-9]{{9}}",
        _PASSPORT,
        reference(5),
    ),
    # German and Dutch series mix letters in and may have few digits.
    named(
        "passport_letters",
        "PASSPORT",
        r"(?-i:[A-Z][A-Z0-9]{7}\d[A-Z0-9]?|[CFGHJK][CFGHJKLMNPRTVWXYZ0-9]{8})",
        _PASSPORT,
        has_digits(2),
    ),
    named(
        "it_driving_licence",
        "IT_DRIVER_LICENSE",
        r"U1[A-Z0-9]{7}[A-Z]|[A-Z]{2}\d{7}[A-Z]",
        ("patente*",),
    ),
    named(
        "us_passport",
        "US_PASSPORT",
        r"[A-Z]?\d{8,9}",
        ("us passport*", "u.s. passport*", "american passport*", "united states passport*"),
    ),
    named(
        "driver_license_named",
        "DRIVER_LICENSE",
        rf"{REFERENCE}|[A-Z0-9]{{1,8}}\d[A-Z0-9]{{3,14}}",
        _LICENCE,
        reference(5),
    ),
    named(
        "us_driver_license",
        "US_DRIVER_LICENSE",
        r"[A-Z]{0,3}\d[0-9A-Z-]{4,18}",
        ("driver's license*", "drivers license*", "driver license*", "dmv", "state license"),
        reference(5),
    ),
    named(
        "licence_number",
        "DRIVER_LICENSE",
        r"[A-Z]{1,2}\d{2,}(?:[ -]?\d{2,6}){1,5}",
        ("license number", "licence number", "licence no", "license no"),
        has_digits(6),
        characters=20,
    ),
    # The surname's first five letters, the birth date mixed with a digit of sex, the initials.
    certain(
        "uk_driving_licence",
        "UK_DRIVING_LICENCE",
        r"(?-i:[A-Z9]{5}\d[0156]\d(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z0-9]{3}(?:[ ]?\d{2})?)",
    ),
    named(
        "identity_named",
        "NATIONAL_ID",
        rf"{REFERENCE}|[A-Z]{{2,6}}\d{{2}}[A-Z0-9]{{5,12}}",
        _IDENTITY,
        reference(6),
    ),
    # The machine-readable zone of a passport or an identity card, ICAO 9303.
    certain(
        "machine_readable_zone",
        "PASSPORT",
        r"(?-i:[PIACV][A-Z<][A-Z]{3}[A-Z]{1,30}<<[A-Z<]{2,40}[0-9A-Z<]{0,90})",
        lambda text: len(text) >= 30,
    ),
)
