"""Addresses that say they are: fields, words of address, and codes of places."""

from __future__ import annotations

from router.privacy.recognisers.address_checks import is_address_text, is_place_line
from router.privacy.recognisers.pattern import Pattern

_TYPE = "POSTAL_ADDRESS"
_STATES = (
    r"(?:A[LKZR]|C[AOT]|D[EC]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|"
    r"S[CD]|T[NX]|UT|V[TA]|W[AVIY]|PR"
    r"|A[AEP])"
)
_PROVINCES = r"(?:AB|BC|MB|NB|NL|NS|ON|PE|QC|SK|YT|NU|NT)"

_KEYS = (
    r"(?:(?:street|home|postal|mailing|billing|shipping|delivery|residential|physical|house|"
    r"permanent|current|business)[ _-]?)?(?:address|addr)(?:[ _-]?line)?[ _-]?\d?"
    r"|street(?:[ _-]?(?:name|line|address))?[ _-]?\d?|addr(?:ess)?Line\d|wohn(?:adresse|ort|"
    r"anschrift)|anschrift|(?:post|liefer|rechnungs)?adresse|(?:post|liefer|rechnungs)anschrift|"
    r"stra(?:ß|ss)e(?:[ _]?(?:und|u\.|\+)?[ _]?(?:hausnummer|nr))?"
    r"|domicilio|direcci[óo]n|calle|domicile|rue|adresse(?: postale)?|indirizzo|via|residenza|"
    r"endere[çc]o|morada|rua|logradouro|adres|straat|woonadres|straatnaam"
)

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        name="address_field",
        entity_type=_TYPE,
        regex=rf"(?:^|[^a-z0-9.@\x80-\x{{10ffff}}])(?:{_KEYS})[\"'*`\]]{{0,3}}\s{{0,3}}(?:=>|:|"
        rf"=)[*\s]{{0,4}}\n?\s{{0,8}}[\"'`]{{0,1}}(?P<value>[^\"'`\n|;<>\t]{{5,120}})",
        score=0.8,
        validate=is_address_text,
        boundaries=False,
    ),
    Pattern(
        name="address_element",
        entity_type=_TYPE,
        regex=rf"<(?:\w{{1,12}}:)?\w{{0,12}}(?:{_KEYS})(?:\s[^<>]{{0,60}})"
        rf"?>(?P<value>[^<>\n]{{5,120}})</",
        score=0.8,
        validate=is_address_text,
        boundaries=False,
    ),
    Pattern(
        name="address_said",
        entity_type=_TYPE,
        regex=r"(?:lives? (?:at|in|on)|living (?:at|in|on)|lived (?:at|in|on)|resid(?:es|ing|ed|"
        r"ent) (?:at|in|of)|domiciled (?:at|in)|(?:home|my|his|her|their|our|new|mailing|billing|"
        r"shipping|postal|delivery) address(?: is|:| to|,)|address (?:is|to)"
        r"|(?:sent|ship|deliver|moved|send|mail) (?:it |them |me |this )?to|wohnhaft(?: in)?|"
        r"wohnt? (?:in|am|an|unter)|anschrift (?:ist|lautet)|adresse (?:ist|lautet|est)|"
        r"habite (?:au|à|aux|le)|domiciliée? (?:au|à)|demeurant (?:au|à)|réside (?:au|à)"
        r"|viv[eoí]+ en|reside en|domiciliad[oa] en|dirección es|abit[ao] (?:in|a|al)|"
        r"residente (?:in|a)|indirizzo è|mor[ao] (?:na|no|em)|reside (?:na|no|em)|"
        r"residente (?:na|no|em)|morada é|endereço é|woont? (?:op|aan|in)|wonende te|adres is)"
        r"\s{1,3}(?:the |der |dem |la |le |il |a |o |"
        r"de )?(?P<value>(?:\d{1,6}[a-z]?,?\s(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я])"
        r"[^\s\d,]{1,24}(?:\s(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я])[^\s\d,]{1,24}){1,4}|"
        r"(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я])[^\s\d,]{1,24}(?:\s[^\s\d,]{1,24}){0,4},?\s\d{1,5}[a-z]?))",
        score=0.75,
        validate=is_address_text,
    ),
    Pattern(
        name="city_state_zip",
        entity_type=_TYPE,
        regex=rf"(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я][a-z\x80-\x{{10ffff}}.'’-]{{1,20}})"
        rf"(?:\s[a-z\x80-\x{{10ffff}}.'’-]{{2,20}}){{0,3}}\s?,?\s(?-i:{_STATES})"
        rf"\.?,?\s\d{{5}}(?:-\d{{4}})?",
        score=0.8,
        validate=is_place_line,
    ),
    Pattern(
        name="australian_place",
        entity_type=_TYPE,
        regex=r"(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я][a-z\x80-\x{10ffff}'’-]{1,20})(?:\s(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я])"
        r"[a-z\x80-\x{10ffff}'’-]{1,20}){0,2},?\s(?-i:NSW|VIC|QLD|SA|WA|TAS|ACT|NT),?\s\d{4}",
        score=0.8,
    ),
    Pattern(
        name="canadian_code",
        entity_type=_TYPE,
        regex=rf"(?-i:(?:{_PROVINCES},?\s)"
        r"?[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\s\d[ABCEGHJ-NPRSTV-Z]\d)",
        score=0.7,
    ),
    Pattern(
        name="british_code",
        entity_type=_TYPE,
        regex=r"(?-i:(?:[A-PR-UWYZ]\d[\dA-HJKSTUW]?|"
        r"[A-PR-UWYZ][A-HK-Y]\d[\dABEHMNPRV-Y]?)\s\d[ABD-HJLNP-UW-Z]{2}|GIR 0AA)",
        score=0.7,
    ),
    Pattern(
        name="irish_code",
        entity_type=_TYPE,
        regex=r"(?-i:(?:[AC-FHKNPRTV-Y]\d{2}|D6W)\s[AC-FHKNPRTV-Y0-9]{4})",
        score=0.6,
        validate=lambda value: (
            any(c.isdigit() for c in value[4:]) and any(c.isalpha() for c in value[4:])
        ),
    ),
    Pattern(
        name="postal_code_field",
        entity_type=_TYPE,
        regex=r"(?:^|[^a-z0-9\x80-\x{10ffff}])(?:zip(?:[ _-]?code)?|post(?:al)?[ _-]?code|"
        r"postcode|plz|postleitzahl|code postal|c[óo]digo postal|c\.p\.|cap|codice postale|"
        r"cep)[\"'*`]{0,2}\s{0,3}(?::|=|is|ist|est|es|è|é|\s)\s{0,3}[\"']?"
        r"(?P<value>\d{5}(?:-\d{3,4})?|\d{4}(?:\s?[a-z]{2})?(?:-\d{3})?|"
        r"[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2})",
        score=0.6,
    ),
    Pattern(
        name="country_prefixed_code",
        entity_type=_TYPE,
        regex=r"(?-i:\b(?:D|A|CH|F|I|NL|B|L|DK|S|N|FIN|PL|CZ|SK|H|E|P|"
        r"FL)-\d{4,5}(?:\s?[A-Z]{2})?)\s(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я])[a-z\x80-\x{10ffff}]{1,30}",
        score=0.75,
    ),
)
