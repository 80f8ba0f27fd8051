"""National identifiers of the Nordic and Baltic countries."""

from __future__ import annotations

from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.fi import hetu
from stdnum.is_ import kennitala
from stdnum.lt import asmens
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

from .checks import digits, luhn, plausible, valid_by, varied, varied_and, weighted
from .pattern import Pattern
from .shapes import certain, loose, named

_SE = (
    "personnummer*", "personnr", "pnr", "samordningsnummer*", "swedish id*", "personal number*",
    "personal identity*",
)  # fmt: skip
_NO = (
    "fødselsnummer*", "fodselsnummer*", "fnr", "personnummer*", "d-nummer", "norwegian id*",
    "national id*",
)  # fmt: skip
_DK = ("cpr*", "cpr-nummer*", "cpr-nr*", "personnummer*", "danish id*", "civil registration*")
_FI = (
    "henkilötunnus*", "hetu*", "sotu", "sosiaaliturvatunnus*", "personbeteckning*", "finnish id*",
    "personal identity*",
)  # fmt: skip
_IS = ("kennitala*", "kt.", "icelandic id*")
_EE = ("isikukood*", "isikukoodi", "personal code*", "estonian id*")
_LT = ("asmens kodas*", "asmens kodo*", "personal code*", "lithuanian id*")
_LV = ("personas kods*", "personas kodu", "personal code*", "latvian id*")

_DAY_MONTH = r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|[67]\d|8\d|9[01])"


def _is_swedish(text: str) -> bool:
    """Luhn over the last ten digits; alone, one whose owner is grown up, for logs and file names
    are full of a recent day followed by four digits."""
    number = digits(text)
    grown_up = len(number) == 10 or int(number[:4]) <= 2012
    return grown_up and varied(number) and luhn(number[-10:])


def _is_danish(text: str) -> bool:
    """The old check modulo 11, which most numbers still keep."""
    return valid_by(cpr)(text) and weighted(text, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1), 11) == 0


def _is_latvian(text: str) -> bool:
    weights = (10, 5, 8, 4, 2, 1, 6, 3, 7, 9)
    return (1 + weighted(text, weights, 11)) % 11 % 10 == int(digits(text)[10])


PATTERNS: tuple[Pattern, ...] = (
    certain(
        "se_personnummer",
        "SE_PERSONNUMMER",
        rf"(?:19|20)?\d{{2}}{_MONTH_DAY}[-+]\d{{4}}",
        _is_swedish,
        isolated=True,
    ),
    named(
        "se_personnummer_named", "SE_PERSONNUMMER", r"(?:19|20)?\d{6}[ +-]?\d{4}", _SE, plausible
    ),
    certain(
        "no_fodselsnummer_spaced",
        "NO_FODSELSNUMMER",
        r"[0-7]\d[014589]\d{3}[ -]\d{5}",
        valid_by(fodselsnummer),
        isolated=True,
    ),
    certain(
        "no_fodselsnummer",
        "NO_FODSELSNUMMER",
        r"[0-7]\d[0145]\d{8}",
        varied_and(valid_by(fodselsnummer)),
        isolated=True,
    ),
    named("no_fodselsnummer_named", "NO_FODSELSNUMMER", r"\d{6}[ -]?\d{5}", _NO, plausible),
    certain("dk_cpr", "DK_CPR", rf"{_DAY_MONTH}\d{{2}}-\d{{4}}", _is_danish, isolated=True),
    named("dk_cpr_named", "DK_CPR", r"\d{6}[ -]?\d{4}", _DK, plausible),
    certain(
        "fi_hetu",
        "FI_HETU",
        rf"{_DAY_MONTH}\d{{2}}[-+ABCDEFYXWVU]\d{{3}}[0-9A-FHJ-NPR-Y]",
        valid_by(hetu, as_written=True),
    ),
    named("fi_hetu_named", "FI_HETU", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", _FI),
    certain(
        "is_kennitala",
        "IS_NATIONAL_ID",
        rf"{_DAY_MONTH}\d{{2}}-\d{{3}}[890]",
        valid_by(kennitala),
        isolated=True,
    ),
    named("is_kennitala_named", "IS_NATIONAL_ID", r"\d{6}[ -]?\d{4}", _IS, plausible),
    named("ee_isikukood", "EE_NATIONAL_ID", r"[1-8]\d{10}", _EE, plausible),
    named(
        "ee_isikukood_identity",
        "EE_NATIONAL_ID",
        r"[1-8]\d{10}",
        ("isik*", "id code", "id-kood"),
        valid_by(ik),
    ),
    named("lt_asmens", "LT_NATIONAL_ID", r"[1-8]\d{10}", _LT, plausible),
    named(
        "lt_asmens_identity",
        "LT_NATIONAL_ID",
        r"[1-8]\d{10}",
        ("asmens*", "national id*"),
        valid_by(asmens),
    ),
    certain(
        "lv_personas",
        "LV_NATIONAL_ID",
        rf"{_DAY_MONTH}\d{{2}}-[0-2]\d{{4}}",
        _is_latvian,
        isolated=True,
    ),
    named("lv_personas_named", "LV_NATIONAL_ID", rf"{loose(11)}", _LV, plausible),
    named(
        "se_identity",
        "SE_PERSONNUMMER",
        r"(?:19|20)?\d{6}[-+]?\d{4}",
        ("id-nummer", "born", "född*"),
        valid_by(personnummer),
    ),
)
