"""National identifiers of central, eastern and south-eastern Europe."""

from __future__ import annotations

from stdnum.bg import egn
from stdnum.cz import rc
from stdnum.hr import oib
from stdnum.pl import nip, pesel
from stdnum.ro import cnp
from stdnum.ru import inn
from stdnum.si import emso

from .checks import digits, plausible, valid_by, varied_and
from .pattern import Pattern
from .shapes import certain, groups, loose, named

_PL = ("pesel*", "nr pesel", "numer pesel", "numer ewidencyjny", "polish id*")
_PL_CARD = (
    "dowód osobisty", "dowodu osobistego", "dowód*", "nr dowodu", "numer dowodu", "seria i numer",
    "identity card*",
)  # fmt: skip
_CZ = ("rodné číslo*", "rodné č", "rodneho cisla", "rodné", "birth number*")
_RO = ("cnp*", "cod numeric personal*", "codul numeric*", "romanian id*")
_HU = (
    "taj*", "taj szám*", "tajszám*", "társadalombiztosítási*", "adóazonosító*", "személyi*",
    "személyi szám*", "adószám*", "személyi igazolvány*",
)  # fmt: skip
_BG = ("егн*", "egn*", "единен граждански*", "лнч")
_HR = ("oib*", "osobni identifikacijski*")
_YU = ("jmbg*", "emšo*", "emso*", "матични број*", "matični broj*", "jedinstveni matični*", "embg")
_RU = ("снилс*", "страховой номер*", "snils")
_RU_TAX = ("инн*", "inn", "налогоплательщик*")
_RU_PASSPORT = ("паспорт*", "серия и номер", "серия*", "passport*")
_UA = ("рнокпп", "ідентифікаційний код*", "іпн", "rnokpp", "податковий номер*")


def _is_snils(text: str) -> bool:
    """Russia's pension fund: weights 9 to 1, modulo 101."""
    number = digits(text)
    total = sum(int(d) * w for d, w in zip(number, range(9, 0, -1), strict=False))
    return total % 101 % 100 == int(number[9:])


PATTERNS: tuple[Pattern, ...] = (
    named("pl_pesel", "PL_PESEL", loose(11), _PL, plausible),
    named(
        "pl_pesel_identity",
        "PL_PESEL",
        r"\d{11}",
        ("obywatel*", "urodzon*", "dane osobowe", "pacjent*", "national id*"),
        valid_by(pesel),
    ),
    named(
        "pl_nip",
        "PL_NIP",
        r"\d{3}-?\d{3}-?\d{2}-?\d{2}|\d{3}-\d{2}-\d{2}-\d{3}|\d{10}",
        ("nip*", "numer identyfikacji podatkowej"),
        plausible,
    ),
    certain(
        "pl_nip_grouped",
        "PL_NIP",
        r"\d{3}-\d{3}-\d{2}-\d{2}|\d{3}-\d{2}-\d{2}-\d{3}",
        varied_and(valid_by(nip)),
        isolated=True,
    ),
    named("pl_identity_card", "PL_NATIONAL_ID", r"[A-Z]{3}[ ]?\d{6}", _PL_CARD),
    certain(
        "cz_rodne",
        "CZ_BIRTH_NUMBER",
        r"\d{2}(?:[05][1-9]|[16][0-2]|[27][1-9]|[38][0-2])(?:0[1-9]|[12]\d|3[01])/\d{3,4}",
        valid_by(rc),
        isolated=True,
    ),
    named("cz_rodne_named", "CZ_BIRTH_NUMBER", r"\d{6}[ /]?\d{3,4}", _CZ, plausible),
    named("ro_cnp", "RO_CNP", loose(13), _RO, plausible),
    named(
        "ro_cnp_identity",
        "RO_CNP",
        r"[1-8]\d{12}",
        ("buletin*", "carte de identitate*", "născut*", "national id*"),
        valid_by(cnp),
    ),
    named(
        "hu_ids",
        "HU_NATIONAL_ID",
        r"\d{3}[ -]?\d{3}[ -]?\d{3}|8\d{9}|[1-8][ -]?\d{6}[ -]?\d{4}|\d{6}[A-Z]{2}|\d{8}-\d-\d{2}",
        _HU,
        plausible,
    ),
    named("bg_egn", "BG_EGN", r"\d{10}", _BG, plausible),
    named(
        "bg_egn_identity",
        "BG_EGN",
        r"\d{10}",
        ("лична карта*", "роден*", "national id*"),
        valid_by(egn),
    ),
    named("hr_oib", "HR_OIB", loose(11), _HR, plausible),
    named(
        "hr_oib_identity",
        "HR_OIB",
        r"\d{11}",
        ("osobna iskaznica*", "porezni broj*", "national id*"),
        valid_by(oib),
    ),
    named("yu_jmbg", "JMBG", r"\d{13}", _YU, plausible),
    named(
        "yu_jmbg_identity",
        "JMBG",
        r"\d{13}",
        ("lična karta*", "rođen*", "rojen*", "national id*"),
        valid_by(emso),
    ),
    certain("ru_snils", "RU_SNILS", rf"{groups(3, 3, 3, separator='-')}[ -]\d{{2}}", _is_snils),
    named("ru_snils_named", "RU_SNILS", loose(11), _RU, plausible),
    named("ru_inn", "RU_INN", r"\d{10}(?:\d{2})?", _RU_TAX, varied_and(valid_by(inn))),
    named("ru_passport", "PASSPORT", r"\d{2}[ ]?\d{2}[ №]{0,3}\d{6}", _RU_PASSPORT, plausible),
    named("ua_rnokpp", "UA_NATIONAL_ID", r"\d{10}", _UA, plausible),
)
