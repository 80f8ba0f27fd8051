"""National identifiers of the Americas."""

from __future__ import annotations

from stdnum.ar import cuit
from stdnum.cl import rut
from stdnum.co import nit
from stdnum.do import cedula
from stdnum.ec import ci
from stdnum.mx import curp, rfc

from .checks import digits, luhn, plausible, valid_by, varied, varied_and
from .pattern import Pattern
from .shapes import certain, groups, loose, named

_SSN = (
    "ssn*", "ssns", "social security", "social security number*", "social security no",
    "social security #", "my social", "his social", "her social", "their social", "your social",
    "social:", "social is", "social #", "soc sec", "ss#", "ss #", "social number", "seguro social",
    "número de seguro social", "sozialversicherungsnummer*", "sécurité sociale",
    "socialsecuritynumber", "taxpayer id*", "tin",
)  # fmt: skip


def _is_ssn(text: str) -> bool:
    """Areas, groups and serials that the Social Security Administration never issues are not."""
    number = digits(text)
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _is_itin(text: str) -> bool:
    """900 to 999 with the middle groups that the Internal Revenue Service uses."""
    group = int(digits(text)[3:5])
    return 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99


PATTERNS: tuple[Pattern, ...] = (
    certain(
        "us_ssn",
        "US_SSN",
        rf"{groups(3, 2, 4, separator='-')}|{groups(3, 2, 4, separator=' ')}",
        _is_ssn,
        isolated=True,
    ),
    named("us_ssn_named", "US_SSN", loose(9), _SSN, plausible),
    certain("us_itin", "US_ITIN", r"9\d{2}-\d{2}-\d{4}", _is_itin, isolated=True),
    named(
        "us_itin_named",
        "US_ITIN",
        r"9\d{2}[ -]?\d{2}[ -]?\d{4}",
        ("itin", "individual taxpayer*", "tin", "taxpayer id*", "tax id*"),
    ),
    certain("ca_sin", "CA_SIN", groups(3, 3, 3, separator="-"), varied_and(luhn), isolated=True),
    named(
        "ca_sin_named",
        "CA_SIN",
        loose(9),
        (
            "sin number",
            "sin no",
            "canadian sin",
            "social insurance*",
            "numéro d'assurance sociale",
            "nas",
            "assurance sociale",
        ),
        plausible,
    ),
    named("ca_sin_beside", "CA_SIN", loose(9), ("sin",), varied_and(luhn), characters=12),
    certain("br_cpf", "BR_CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", varied),
    named(
        "br_cpf_named",
        "BR_CPF",
        loose(11),
        ("cpf*", "cadastro de pessoa*", "contribuinte"),
        plausible,
    ),
    certain("br_cnpj", "BR_CNPJ", r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}", varied),
    named("br_cnpj_named", "BR_CNPJ", loose(14), ("cnpj*",), plausible),
    named(
        "br_rg_named",
        "BR_NATIONAL_ID",
        r"\d{1,2}\.?\d{3}\.?\d{3}-?[\dX]",
        ("rg", "registro geral", "carteira de identidade", "identidade"),
    ),
    certain(
        "mx_curp", "MX_CURP", r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", valid_by(curp)
    ),
    named("mx_curp_named", "MX_CURP", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", ("curp*",)),
    certain("mx_rfc", "MX_RFC", r"(?-i:[A-ZÑ&]{4}\d{6}[A-Z0-9]{3})", valid_by(rfc)),
    named(
        "mx_rfc_named", "MX_RFC", r"[A-ZÑ&]{3,4}-?\d{6}-?[A-Z0-9]{3}", ("rfc*", "registro federal*")
    ),
    certain("ar_cuit", "AR_CUIT", r"(?:2[0347]|3[034])-?\d{8}-\d", valid_by(cuit), isolated=True),
    named("ar_cuit_named", "AR_CUIT", r"\d{2}[ -]?\d{8}[ -]?\d", ("cuit*", "cuil*")),
    named(
        "ar_dni_named",
        "AR_NATIONAL_ID",
        r"\d{1,2}\.?\d{3}\.?\d{3}",
        ("dni*", "d.n.i.", "documento nacional*", "documento de identidad"),
        plausible,
        isolated=True,
    ),
    certain("cl_rut", "CL_NATIONAL_ID", r"\d{1,2}\.\d{3}\.\d{3}-[\dk]", valid_by(rut)),
    named(
        "cl_rut_named",
        "CL_NATIONAL_ID",
        r"\d{1,2}\.?\d{3}\.?\d{3}-?[\dk]",
        ("rut*", "rol único*", "cédula de identidad"),
    ),
    named(
        "co_cedula_named",
        "CO_NATIONAL_ID",
        r"\d{1,3}(?:\.\d{3}){2,3}|\d{6,10}",
        ("cédula*", "cedula*", "cédula de ciudadanía", "nit", "tarjeta de identidad"),
        plausible,
    ),
    certain("do_cedula", "DO_NATIONAL_ID", groups(3, 7, 1, separator="-"), valid_by(cedula)),
    named("ec_ci_named", "EC_NATIONAL_ID", r"\d{10}", ("cédula*", "cedula*"), valid_by(ci)),
    named("co_nit_named", "CO_TAX_ID", r"\d{3}\.?\d{3}\.?\d{3}-?\d", ("nit",), valid_by(nit)),
    named("pe_dni_named", "PE_NATIONAL_ID", r"\d{8}", ("dni*", "ruc")),
)
