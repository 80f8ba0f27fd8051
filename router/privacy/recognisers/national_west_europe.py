"""National identifiers of western and southern Europe."""

from __future__ import annotations

from stdnum.at import vnr
from stdnum.ch import ssn
from stdnum.de import idnr
from stdnum.es import cif, dni, nie
from stdnum.fr import nir
from stdnum.gr import amka
from stdnum.il import idnr as israeli
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pt import cc
from stdnum.tr import tckimlik

from .checks import bare, digits, plausible, valid_by, varied, varied_and
from .pattern import Pattern
from .shapes import certain, loose, named

_DE_TAX = (
    "steuer-id*", "steuer id*", "steuerid*", "steueridentifikationsnummer*",
    "steuerliche identifikationsnummer*", "steuer-identifikationsnummer*", "idnr", "id-nr",
    "steuernummer*", "steuer-nr", "identifikationsnummer*", "tax id*", "tin",
)  # fmt: skip
_DE_PENSION = (
    "rentenversicherung*", "rentenversicherungsnummer*", "sozialversicherung*",
    "sozialversicherungsnummer*", "sv-nummer*", "sv-nr", "svnr", "rvnr", "versicherungsnummer*",
    "sozialversicherungsausweis*", "social security*", "pension insurance*",
)  # fmt: skip
_AT = (
    "sozialversicherungsnummer*", "sv-nummer", "svnr", "sv-nr", "versicherungsnummer*", "e-card",
    "vsnr",
)  # fmt: skip
_CH = (
    "ahv*", "avs*", "navs*", "ahvn13", "sozialversicherungsnummer*", "oasi", "numéro avs",
    "numero avs",
)  # fmt: skip
_FR = (
    "sécurité sociale", "numéro de sécurité sociale", "n° sécu", "numéro de sécu", "sécu", "nir",
    "numéro insee", "n° ss", "carte vitale", "insee", "social security*", "assuré",
)  # fmt: skip
_ES = (
    "dni*", "nif*", "nie*", "documento nacional*", "documento de identidad", "número de identidad",
    "identificación", "id number", "national id*", "identity card*",
)  # fmt: skip
_IT = ("codice fiscale*", "cod. fiscale", "cod fisc", "c.f.", "cf", "fiscal code*", "tax code*")
_PT = (
    "nif*", "contribuinte*", "número fiscal", "número de identificação fiscal", "niss", "nº fiscal",
    "número de contribuinte",
)  # fmt: skip
_PT_CARD = ("cartão de cidadão*", "cartão cidadão", "bilhete de identidade", "citizen card*")
_NL = (
    "bsn*", "burgerservicenummer*", "sofinummer*", "sofi-nummer", "burger service nummer*",
    "citizen service number*", "persoonsnummer*",
)  # fmt: skip
_BE = (
    "rijksregister*", "rijksregisternummer*", "registre national*", "numéro national*", "niss",
    "insz", "nrn", "national number*", "nationaalnummer*", "numéro de registre*",
    "nationalregister*",
)  # fmt: skip
_GR = ("αμκα", "amka", "α.μ.κ.α", "αφμ", "afm", "α.φ.μ")
_TR = (
    "tc kimlik*", "t.c. kimlik*", "tckn", "kimlik no*", "kimlik numarası*", "tc no", "vatandaşlık*",
)  # fmt: skip
_IL = (
    "תעודת זהות", "ת.ז", "מספר זהות", "teudat zehut", "israeli id*", "id number", "identity number",
)  # fmt: skip
_DE_CARD = (
    "personalausweis*", "ausweisnummer*", "ausweis-nr*", "ausweisnr", "ausweis", "reisepass*",
    "identity card*", "german id*", "perso",
)  # fmt: skip


def _is_german_pension_number(text: str) -> bool:
    """Deutsche Rentenversicherung: area, birthday, initial as its place in the alphabet, serial,
    check; each product's digits summed, modulo 10."""
    number = bare(text)
    day, month = int(number[2:4]), int(number[4:6])
    if not (1 <= day <= 31 or 51 <= day <= 81) or not 1 <= month <= 12:
        return False
    spelled = f"{number[:8]}{ord(number[8]) - 64:02d}{number[9:11]}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(divmod(int(d) * w, 10)) for d, w in zip(spelled, weights, strict=True))
    return total % 10 == int(number[11])


def _starts_like_a_birthday(text: str) -> bool:
    number = digits(text)
    return number[0] in "12" and varied(number)


PATTERNS: tuple[Pattern, ...] = (
    named("de_tax_id", "DE_TAX_ID", loose(11), _DE_TAX, plausible),
    named("de_tax_number", "DE_TAX_ID", r"\d{2,5}[ /]\d{3,4}[ /]\d{4,5}", _DE_TAX),
    certain(
        "de_tax_id_grouped",
        "DE_TAX_ID",
        r"[1-9]\d \d{3} \d{3} \d{3}",
        valid_by(idnr),
        isolated=True,
    ),
    certain(
        "de_pension",
        "DE_SOCIAL_SECURITY",
        r"\d{2}[ ]?\d{6}[ ]?[A-Z][ ]?\d{3}",
        _is_german_pension_number,
    ),
    named(
        "de_pension_named",
        "DE_SOCIAL_SECURITY",
        r"\d{2}[ /-]?\d{2}[ /-]?\d{2}[ /-]?\d{2}[ /-]?[A-Z][ /-]?\d{2}[ /-]?\d",
        _DE_PENSION,
    ),
    named(
        "de_identity_card",
        "DE_NATIONAL_ID",
        r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}\d?|T\d{8}",
        _DE_CARD,
        lambda text: len(digits(text)) >= 2,
    ),
    certain(
        "at_svnr",
        "AT_SOCIAL_SECURITY",
        r"[1-9]\d{3} (?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}",
        valid_by(vnr),
        isolated=True,
    ),
    named(
        "at_svnr_named",
        "AT_SOCIAL_SECURITY",
        r"\d{4}[ /-]?\d{2}[./]?\d{2}[./]?\d{2}",
        _AT,
        plausible,
    ),
    certain("ch_ahv", "CH_AHV", r"756\.\d{4}\.\d{4}\.\d{2}|756 \d{4} \d{4} \d{2}"),
    certain("ch_ahv_bare", "CH_AHV", r"756\d{10}", valid_by(ssn)),
    named(
        "ch_ahv_named",
        "CH_AHV",
        r"756[ .-]?\d{4}[ .-]?\d{4}[ .-]?\d{2}|\d{3}\.\d{2}\.\d{3}\.\d{3}",
        _CH,
    ),
    certain(
        "fr_nir",
        "FR_NIR",
        r"[12][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d{2}|2[AB])"
        r"[ .]?\d{3}[ .]?\d{3}[ .]?\d{2}",
        valid_by(nir),
        isolated=True,
    ),
    named(
        "fr_nir_named",
        "FR_NIR",
        r"[1-478][ .-]?\d{2}[ .-]?\d{2}[ .-]?(?:\d{2}|2[AB])[ .-]?\d{3}[ .-]?\d{3}"
        r"(?:[ ./-]{0,3}\d{2})?",
        _FR,
    ),
    named(
        "fr_fiscal",
        "FR_TAX_ID",
        loose(13),
        ("numéro fiscal*", "identifiant fiscal*", "spi", "référence fiscale"),
        _starts_like_a_birthday,
    ),
    certain(
        "es_dni",
        "ES_NIF",
        r"(?-i:\d{8}[ -]?[A-HJ-NP-TV-Z])|\d{2}\.\d{3}\.\d{3}-?[A-HJ-NP-TV-Z]",
        valid_by(dni),
    ),
    certain("es_nie", "ES_NIE", r"[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z]", valid_by(nie)),
    named(
        "es_dni_named",
        "ES_NIF",
        r"\d{1,2}[. ]?\d{3}[. ]?\d{3}[ -]{0,2}[A-Z]|[XYZKLM][ -]?\d{7}[ -]?[A-Z]",
        _ES,
    ),
    named(
        "es_cif",
        "ES_CIF",
        r"[ABCDEFGHJNPQRSUVW][ -]?\d{7}[ -]?[0-9A-J]",
        ("cif*", "nif*"),
        valid_by(cif),
    ),
    named(
        "es_social_security",
        "ES_SOCIAL_SECURITY",
        r"\d{2}[ /-]?\d{8}[ /-]?\d{2}",
        ("seguridad social", "nuss", "naf", "número de afiliación", "n.º ss", "nss"),
    ),
    certain(
        "it_fiscal_code",
        "IT_FISCAL_CODE",
        r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]",
        valid_by(codicefiscale),
    ),
    certain(
        "it_fiscal_code_typed", "IT_FISCAL_CODE", r"[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"
    ),
    named(
        "it_fiscal_code_named",
        "IT_FISCAL_CODE",
        r"[A-Z]{3}[ ]?[A-Z]{3}[ ]?\d{2}[A-Z]\d{2}[ ]?[A-Z]\d{3}[A-Z]",
        _IT,
    ),
    named("it_vat", "IT_VAT_CODE", r"\d{11}", ("partita iva", "p.iva", "p. iva", "piva", "vat")),
    named(
        "it_identity_card",
        "IT_IDENTITY_CARD",
        r"[A-Z]{2}\d{5}[A-Z]{2}|[A-Z]{2} ?\d{7}",
        ("carta d'identità*", "carta identità", "cie", "identity card*"),
    ),
    named("pt_nif", "PT_NIF", loose(9), _PT, plausible),
    certain("pt_cc", "PT_NATIONAL_ID", r"\d{8} ?\d ?[A-Z]{2}\d", valid_by(cc)),
    named(
        "pt_cc_named",
        "PT_NATIONAL_ID",
        r"\d{8}(?:[ -]?\d)?(?:[ -]?[A-Z0-9]{2}\d)?",
        _PT_CARD,
        plausible,
    ),
    named("nl_bsn", "NL_BSN", rf"{loose(9)}|{loose(8)}", _NL, plausible),
    certain("nl_bsn_grouped", "NL_BSN", r"\d{4}\.\d{2}\.\d{3}", valid_by(bsn), isolated=True),
    certain("be_national", "BE_NATIONAL_ID", r"\d{2}\.\d{2}\.\d{2}[- ]\d{3}[.]\d{2}", varied),
    named(
        "be_national_named",
        "BE_NATIONAL_ID",
        r"\d{2}[ ./-]?\d{2}[ ./-]?\d{2}[ ./-]?\d{3}[ ./-]?\d{2}",
        _BE,
        plausible,
    ),
    named("gr_amka", "GR_NATIONAL_ID", r"\d{11}|\d{9}", _GR, plausible),
    certain(
        "gr_amka_grouped",
        "GR_NATIONAL_ID",
        r"\d{6} \d{5}",
        varied_and(valid_by(amka)),
        isolated=True,
    ),
    named("tr_kimlik", "TR_NATIONAL_ID", r"[1-9]\d{10}", _TR, plausible),
    named(
        "tr_kimlik_identity",
        "TR_NATIONAL_ID",
        r"[1-9]\d{10}",
        ("kimlik*", "turkish id*", "national id*"),
        valid_by(tckimlik),
    ),
    named("il_id", "IL_NATIONAL_ID", r"\d{8,9}|\d{8}-\d", _IL, varied_and(valid_by(israeli))),
)
