"""Numbers that states give people, with the check digits that their kind asks for."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from benchmarks.privacy.generated.draw import Draw

_MAX_TRIES = 20_000
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class NationalId:
    """`make` draws candidates until the `stdnum` module takes one; "" has no module to ask.

    `labels` are what such a number is called where it is used.
    """

    entity_type: str
    labels: tuple[str, ...]
    make: Callable[[Draw], str]
    stdnum: str = ""


def national_id(draw: Draw, kind: str) -> tuple[str, str]:
    """(label, number), with the separators that people write about half of the time."""
    known = _BY_TYPE[kind]
    number = known.make(draw)
    if known.stdnum:
        module = _module(known.stdnum)
        for _ in range(_MAX_TRIES):
            if module.is_valid(number):
                break
            number = known.make(draw)
        else:
            raise RuntimeError(f"no valid {kind} was drawn")
        if hasattr(module, "format") and draw.chance(0.5):
            number = module.format(number)
    return draw.of(known.labels), number


@cache
def _module(name: str):  # type: ignore[no-untyped-def]  # a module of python-stdnum
    return importlib.import_module(f"stdnum.{name}")


def _digits(length: int, first: str = "123456789") -> Callable[[Draw], str]:
    return lambda draw: draw.digits(length, first=first)


def _year(draw: Draw) -> int:
    return draw.between(1946, 1999)


def _yymmdd(draw: Draw) -> str:
    return f"{_year(draw) % 100:02d}{draw.between(1, 12):02d}{draw.between(1, 28):02d}"


def _ddmmyy(draw: Draw) -> str:
    return f"{draw.between(1, 28):02d}{draw.between(1, 12):02d}{_year(draw) % 100:02d}"


def _ssn(draw: Draw) -> str:
    area = draw.of([number for number in range(101, 773) if number != 666])
    return f"{area}-{draw.between(10, 99)}-{draw.between(1000, 9999)}"


def _nino(draw: Draw) -> str:
    letters = f"{draw.of('ABCEHJKLMPRSWXY')}{draw.of('ABCEHJKLMPRSTWXYZ')}"
    return f"{letters} {draw.digits(2)} {draw.digits(2)} {draw.digits(2)} {draw.of('ABCD')}"


def _nric(draw: Draw) -> str:
    """Singapore: weights 2 7 6 5 4 3 2, four more for those born since 2000."""
    prefix, digits = draw.of("ST"), draw.digits(7)
    total = sum(int(d) * w for d, w in zip(digits, (2, 7, 6, 5, 4, 3, 2), strict=True))
    return f"{prefix}{digits}{'JZIHGFEDCBA'[(total + (4 if prefix == 'T' else 0)) % 11]}"


def _pension_number(draw: Draw) -> str:
    """Germany's Rentenversicherungsnummer: VKVV § 4 has the weights and the check digit."""
    letter = draw.of(_UPPER)
    head, serial = f"{draw.between(10, 89)}{_ddmmyy(draw)}", f"{draw.between(0, 99):02d}"
    digits = f"{head}{ord(letter) - 64:02d}{serial}"
    products = (
        int(d) * w for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)
    )
    check = sum(p // 10 + p % 10 for p in products) % 10
    return f"{head[:2]} {head[2:]} {letter} {serial}{check}"


def _nir(draw: Draw) -> str:
    yymm = f"{_year(draw) % 100:02d}{draw.between(1, 12):02d}"
    stem = f"{draw.of('12')}{yymm}{draw.between(21, 95)}{draw.between(1, 400):03d}{draw.digits(3)}"
    return f"{stem}{97 - int(stem) % 97:02d}"


def _belgian(draw: Draw) -> str:
    stem = f"{_yymmdd(draw)}{draw.between(1, 997):03d}"
    return f"{stem}{97 - int(stem) % 97:02d}"


def _dni(draw: Draw) -> str:
    digits = draw.digits(8)
    return f"{digits}{'TRWAGMYFPDXBNJZSQVHLCKE'[int(digits) % 23]}"


def _nie(draw: Draw) -> str:
    prefix, digits = draw.of("XYZ"), draw.digits(7)
    return (
        f"{prefix}{digits}{'TRWAGMYFPDXBNJZSQVHLCKE'[int(str('XYZ'.index(prefix)) + digits) % 23]}"
    )


def _curp(draw: Draw) -> str:
    consonants = "BCDFGHJKLMNPQRSTVWXYZ"
    stem = (
        f"{draw.of(consonants)}{draw.of('AEIOU')}{draw.text(consonants, 2)}{_yymmdd(draw)}"
        f"{draw.of('HM')}{draw.of(('DF', 'JC', 'NL', 'PL', 'VZ'))}{draw.text(consonants, 3)}"
    )
    return f"{stem}{draw.digits(1)}{draw.digits(1)}"


def _codice_fiscale(draw: Draw) -> str:
    consonants = "BCDFGLMNPRSTVZ"
    birth = f"{_year(draw) % 100:02d}{draw.of('ABCDEHLMPRST')}{draw.between(1, 28):02d}"
    stem = f"{draw.text(consonants, 6)}{birth}{draw.of('ABCDEFGHIL')}{draw.between(100, 999)}"
    return stem + str(_module("it.codicefiscale").calc_check_digit(stem))


def _ahv(draw: Draw) -> str:
    return f"756{draw.digits(10)}"


def _hetu(draw: Draw) -> str:
    return f"{_ddmmyy(draw)}-{draw.between(2, 899):03d}{draw.of('0123456789ABCDEFHJKLMNPRSTUVWXY')}"


def _chinese(draw: Draw) -> str:
    area = draw.of(("110101", "310115", "440106", "510104"))
    birth = f"{_year(draw)}{draw.between(1, 12):02d}{draw.between(1, 28):02d}"
    return f"{area}{birth}{draw.digits(3)}{draw.of('0123456789X')}"


def _pan(draw: Draw) -> str:
    return f"{draw.text(_UPPER, 3)}P{draw.of(_UPPER)}{draw.between(1000, 9999)}{draw.of(_UPPER)}"


def _pps(draw: Draw) -> str:
    return f"{draw.digits(7)}{draw.of('ABCDEFGHIJKLMNOPQRSTUVW')}{draw.of('AB')}"


def _aged(century: str, birth: Callable[[Draw], str], tail: int) -> Callable[[Draw], str]:
    return lambda draw: f"{draw.of(century)}{birth(draw)}{draw.digits(tail)}"


def _cc(draw: Draw) -> str:
    digits = draw.digits(9, first="123")
    letters = draw.text(_UPPER, 2)
    return f"{digits}{letters}{draw.digits(1)}"


_KINDS = (
    NationalId("US_SSN", ("SSN", "Social Security number", "social"), _ssn, "us.ssn"),
    NationalId("US_ITIN", ("ITIN",), lambda d: f"9{d.digits(2)}-{d.between(70, 88)}-{d.digits(4)}"),
    NationalId("UK_NHS", ("NHS number", "NHS no."), _digits(10), "gb.nhs"),
    NationalId("UK_NINO", ("National Insurance number", "NI number", "NINO"), _nino),
    NationalId("IN_AADHAAR", ("Aadhaar", "Aadhaar number"), _digits(12, "23456789"), "in_.aadhaar"),
    NationalId("IN_PAN", ("PAN", "PAN card"), _pan, "in_.pan"),
    NationalId("AU_TFN", ("TFN", "tax file number"), _digits(9), "au.tfn"),
    NationalId("CA_SIN", ("SIN", "Social Insurance Number"), _digits(9, "1234567"), "ca.sin"),
    NationalId("IE_PPS", ("PPS number", "PPSN"), _pps, "ie.pps"),
    NationalId(
        "ZA_ID",
        ("South African ID number", "RSA ID"),
        lambda d: f"{_yymmdd(d)}{d.digits(4)}0{d.of('89')}{d.digits(1)}",
        "za.idnr",
    ),
    NationalId("NZ_IRD", ("IRD number",), _digits(8, "234567"), "nz.ird"),
    NationalId("SG_NRIC", ("NRIC",), _nric),
    NationalId(
        "DE_TAX_ID", ("Steuer-ID", "Steueridentifikationsnummer", "IdNr."), _digits(11), "de.idnr"
    ),
    NationalId(
        "DE_RVNR", ("Rentenversicherungsnummer", "Sozialversicherungsnummer"), _pension_number
    ),
    NationalId(
        "AT_SVNR",
        ("SVNR", "Sozialversicherungsnummer"),
        lambda d: d.digits(4) + _ddmmyy(d),
        "at.vnr",
    ),
    NationalId("CH_AHV", ("AHV-Nummer", "numéro AVS", "numero AVS"), _ahv, "ch.ssn"),
    NationalId("FR_NIR", ("numéro de sécurité sociale", "NIR", "n° de sécu"), _nir, "fr.nir"),
    NationalId("BE_NN", ("rijksregisternummer", "numéro national"), _belgian, "be.nn"),
    NationalId("ES_NIF", ("DNI", "NIF"), _dni, "es.dni"),
    NationalId("ES_NIE", ("NIE",), _nie, "es.nie"),
    NationalId("MX_CURP", ("CURP",), _curp, "mx.curp"),
    NationalId(
        "AR_CUIT", ("CUIT", "CUIL"), lambda d: d.of(("20", "23", "27")) + d.digits(9), "ar.cuit"
    ),
    NationalId(
        "CL_RUT",
        ("RUT",),
        lambda d: d.digits(8, first="12") + d.of("0123456789K"),
        "cl.rut",
    ),
    NationalId("CO_NIT", ("NIT",), _digits(10), "co.nit"),
    NationalId("IT_FISCAL_CODE", ("codice fiscale", "C.F.", "cod. fisc."), _codice_fiscale),
    NationalId("PT_NIF", ("NIF", "número de contribuinte"), _digits(9, "12"), "pt.nif"),
    NationalId("PT_CC", ("número do cartão de cidadão",), _cc, "pt.cc"),
    NationalId("BR_CPF", ("CPF",), _digits(11, "0123456789"), "br.cpf"),
    NationalId("NL_BSN", ("BSN", "burgerservicenummer"), _digits(9), "nl.bsn"),
    NationalId(
        "SE_PERSONNUMMER",
        ("personnummer",),
        lambda d: f"{_yymmdd(d)}-{d.digits(4)}",
        "se.personnummer",
    ),
    NationalId("FI_HETU", ("henkilötunnus", "HETU"), _hetu, "fi.hetu"),
    NationalId(
        "NO_FODSELSNUMMER",
        ("fødselsnummer",),
        lambda d: f"{_ddmmyy(d)}{d.digits(5, first='01234')}",
        "no.fodselsnummer",
    ),
    NationalId(
        "DK_CPR",
        ("CPR-nummer", "CPR"),
        lambda d: f"{_ddmmyy(d)}{d.digits(4, first='0123')}",
        "dk.cpr",
    ),
    NationalId("PL_PESEL", ("PESEL",), lambda d: f"{_yymmdd(d)}{d.digits(5)}", "pl.pesel"),
    NationalId("CZ_RC", ("rodné číslo",), lambda d: f"{_yymmdd(d)}{d.digits(4)}", "cz.rc"),
    NationalId(
        "RO_CNP",
        ("CNP", "cod numeric personal"),
        lambda d: f"{d.of('12')}{_yymmdd(d)}{d.between(1, 40):02d}{d.digits(4)}",
        "ro.cnp",
    ),
    NationalId("BG_EGN", ("ЕГН", "EGN"), lambda d: f"{_yymmdd(d)}{d.digits(4)}", "bg.egn"),
    NationalId("HR_OIB", ("OIB",), _digits(11), "hr.oib"),
    NationalId("EE_IK", ("isikukood",), _aged("34", _yymmdd, 4), "ee.ik"),
    NationalId("LT_AK", ("asmens kodas",), _aged("34", _yymmdd, 4), "lt.asmens"),
    NationalId("TR_TCKN", ("T.C. kimlik no", "TCKN"), _digits(11), "tr.tckimlik"),
    NationalId(
        "KR_RRN",
        ("주민등록번호", "RRN"),
        lambda d: f"{_yymmdd(d)}-{d.of('12')}{d.digits(6)}",
        "kr.rrn",
    ),
    NationalId("CN_RIC", ("身份证号", "resident ID"), _chinese, "cn.ric"),
    NationalId("IL_ID", ("Teudat Zehut", "Israeli ID"), _digits(9), "il.idnr"),
    NationalId("GR_AMKA", ("AMKA", "ΑΜΚΑ"), lambda d: f"{_ddmmyy(d)}{d.digits(5)}", "gr.amka"),
)

_BY_TYPE = {kind.entity_type: kind for kind in _KINDS}
ID_TYPES = tuple(_BY_TYPE)
