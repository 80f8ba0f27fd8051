"""Numbers of taxpayers and of VAT, alone by their check and beside their name in any country."""

from __future__ import annotations

from stdnum import vatin

from .checks import reference, valid_by
from .pattern import Pattern
from .shapes import REFERENCE, certain, named

_TAX = (
    "tax id*", "tax identification*", "tax number", "tax no", "tax ref*", "taxpayer id*",
    "taxpayer", "tax file number", "tin no", "tin number", "itin", "fein",
    "employer identification number", "atin", "federal tax id", "irs number", "utr",
    "unique taxpayer reference", "steuernummer*", "steuer-id*", "steuer id", "steuerid",
    "steueridentifikationsnummer*", "steuer-identifikationsnummer*", "idnr",
    "identifikationsnummer", "st-nr", "umsatzsteuer*", "ust-id*", "ustid*", "numéro fiscal",
    "n° fiscal",
    "identifiant fiscal", "numéro spi", "référence fiscale", "siret", "n° siren", "numéro siren",
    "nif", "cif", "número fiscal", "número de identificación fiscal", "identificación fiscal",
    "cuit", "cuil", "rut", "ruc", "codice fiscale", "partita iva", "p.iva", "p. iva",
    "número de contribuinte", "contribuinte", "cpf", "cnpj", "número de identificação fiscal",
    "fiscaal nummer", "fiscal number", "belastingnummer", "sofinummer", "bsn", "rsin", "btw-nummer",
    "btw nummer", "btw-nr", "numer identyfikacji podatkowej", "nip", "regon", "skattenummer",
    "verokortti", "vergi numarası", "vergi no", "vkn", "afm", "αφμ", "инн", "daňové", "dič", "ičo",
    "adószám*", "adóazonosító*", "cod fiscal", "oib", "npwp", "gstin", "gst number", "税号",
    "纳税人识别号",
    "納税者番号", "個人番号", "마이넘버", "사업자등록번호*", "الرقم الضريبي", "ird number", "tfn",
    "pps number", "voen",
)  # fmt: skip

_VAT = (
    "vat", "vat number", "vat no", "vat id*", "vat reg*", "vatin", "ust-id*", "ust-idnr",
    "umsatzsteuer-identifikationsnummer", "uid-nr", "tva", "numéro de tva", "n° tva", "partita iva",
    "nif", "cif", "btw-nummer", "btw nummer", "moms*", "alv-numero", "nip", "dič", "pvn", "kmkr",
)  # fmt: skip

_VAT_SHAPE = (
    r"(?:ATU\d{8}|BE[01]?\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}|"
    r"ES[A-Z0-9]\d{7}[A-Z0-9]|FI\d{8}|FR[A-Z0-9]{2}\d{9}|GB\d{9}(?:\d{3})?|HR\d{11}|HU\d{8}|"
    r"IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|IT\d{11}|LT\d{9}(?:\d{3})?|LU\d{8}|LV\d{11}|MT\d{8}|"
    r"NL\d{9}B\d{2}|PL\d{10}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}|XI\d{9}|"
    r"CHE[- ]?\d{3}[. ]?\d{3}[. ]?\d{3}(?: ?(?:MWST|TVA|IVA))?)"
)

PATTERNS: tuple[Pattern, ...] = (
    named(
        "tax_id_named",
        "TAX_ID",
        REFERENCE,
        _TAX,
        reference(6),
        characters=45,
    ),
    named(
        "us_ein", "TAX_ID", r"\d{2}-\d{7}", ("ein", "fein", "tax id*", "employer id*", "tin", "irs")
    ),
    certain("vat_solid", "VAT_NUMBER", f"(?-i:{_VAT_SHAPE})", valid_by(vatin)),
    named("vat_named", "VAT_NUMBER", rf"(?-i:[A-Z]{{2,3}}) ?{REFERENCE}", _VAT, reference(7)),
)
