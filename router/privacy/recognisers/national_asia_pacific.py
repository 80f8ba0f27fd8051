"""National identifiers of Asia, Africa and the Pacific."""

from __future__ import annotations

from datetime import date

from stdnum.au import tfn
from stdnum.cn import ric
from stdnum.id import nik
from stdnum.in_ import aadhaar
from stdnum.jp import in_ as my_number
from stdnum.kr import rrn
from stdnum.my import nric
from stdnum.nz import ird
from stdnum.th import pin
from stdnum.za import idnr

from .checks import bare, digits, luhn, plausible, valid_by, varied, varied_and, weighted
from .pattern import Pattern
from .shapes import certain, groups, loose, named

_IN = ("aadhaar*", "aadhar*", "adhaar*", "adhar*", "uidai", "uid number", "आधार*", "ஆதார்*")
_PAN = (
    "pan", "pan card*", "pan number*", "pan no*", "permanent account number*", "पैन*",
    "income tax*",
)  # fmt: skip
_SG = ("nric*", "fin number*", "fin", "singapore id*", "ic number", "ic no")
_MY = (
    "mykad*", "nric*", "ic number", "ic no*", "no kp", "kad pengenalan*", "no. ic", "malaysian id*",
)  # fmt: skip
_CN = (
    "身份证*",
    "身份證*",
    "公民身份*",
    "居民身份*",
    "resident id*",
    "chinese id*",
    "id card*",
    "shenfenzheng",
)
_TW = ("身分證*", "國民身分*", "統一編號*", "taiwan id*", "national id*")
_HK = ("hkid*", "香港身份證*", "身份證*", "hong kong id*", "identity card*")
_KR = (
    "주민등록번호*",
    "주민번호*",
    "주민등록*",
    "rrn",
    "resident registration*",
    "외국인등록번호*",
)
_JP = ("マイナンバー*", "個人番号*", "my number*", "mynumber*", "individual number*")
_TH = ("บัตรประชาชน*", "เลขประจำตัว*", "thai id*", "citizen id*", "national id*")
_ID = ("nik*", "ktp*", "e-ktp", "nomor induk*", "kartu keluarga", "no ktp")
_VN = ("cccd*", "cmnd*", "căn cước*", "chứng minh*", "citizen identity*", "vietnamese id*")
_PH = ("philsys*", "sss*", "umid*", "philhealth*", "gsis")
_PK = ("cnic*", "nicop", "شناختی کارڈ*", "national id*")
_AU_TFN = ("tfn*", "tax file number*", "tax file no*")
_AU_MEDICARE = ("medicare*", "medicare number*", "medicare card*", "medicare no*", "irn")
_NZ = ("ird*", "ird number*", "inland revenue*", "nhi")
_ZA = (
    "id number*", "sa id*", "south african id*", "identity number*", "identiteitsnommer*", "id no*",
)  # fmt: skip
_GULF = (
    "emirates id*", "الهوية*", "iqama*", "الإقامة*", "civil id*", "رقم الهوية*", "هوية*",
    "qatar id*", "cpr number*",
)  # fmt: skip
_EG = ("الرقم القومي*", "national id*", "egyptian id*", "بطاقة*")
_AFRICA = (
    "nin", "nin number*", "bvn*", "huduma*", "kra pin*", "ghana card*", "nida*", "national id*",
)  # fmt: skip

_WORD_CHECK_ST, _WORD_CHECK_FG, _WORD_CHECK_M = "JZIHGFEDCBA", "XWUTRQPNMLK", "KLJNPQRTUWX"
_NRIC_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_AU_MEDICARE_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9)


def _is_nric(text: str) -> bool:
    """Singapore's weights; T and G add 4, M adds 3."""
    number = bare(text)
    kind = number[0]
    total = weighted(number, _NRIC_WEIGHTS, 10**6) + {"T": 4, "G": 4, "M": 3}.get(kind, 0)
    if kind == "M":
        return number[8] == _WORD_CHECK_M[10 - total % 11]
    return number[8] == (_WORD_CHECK_ST if kind in "ST" else _WORD_CHECK_FG)[total % 11]


def _is_taiwanese(text: str) -> bool:
    """The letter stands for 10 to 35; weights 1, 9, 8, …, 1, 1, modulo 10."""
    number = bare(text)
    letter = _TAIWAN_LETTERS.index(number[0]) + 10
    weights = (8, 7, 6, 5, 4, 3, 2, 1, 1)
    return (letter // 10 + letter % 10 * 9 + weighted(number[1:], weights, 10**6)) % 10 == 0


def _is_hong_kong(text: str) -> bool:
    """Letters from 10, a missing first one 36; weights 9 to 1, modulo 11, ten written A."""
    number = bare(text).rjust(9, " ")
    values = [36 if c == " " else int(c, 36) for c in number[:8]]
    total = sum(v * w for v, w in zip(values, range(9, 1, -1), strict=True))
    return (total + int(number[8], 36)) % 11 == 0


def _is_medicare(text: str) -> bool:
    number = digits(text)
    return number[0] in "23456" and weighted(number, _AU_MEDICARE_WEIGHTS, 10) == int(number[8])


def _is_korean(text: str) -> bool:
    """A day that was; the check digit was dropped in October 2020."""
    number = digits(text)
    century = "1800" if number[6] in "90" else "1900" if number[6] in "1256" else "2000"
    try:
        date(int(century) + int(number[:2]), int(number[2:4]), int(number[4:6]))
    except ValueError:
        return False
    return True


PATTERNS: tuple[Pattern, ...] = (
    certain(
        "in_aadhaar",
        "IN_AADHAAR",
        r"[2-9]\d{3}(?: \d{4} |-\d{4}-)\d{4}",
        varied_and(valid_by(aadhaar)),
        isolated=True,
    ),
    named(
        "in_aadhaar_named",
        "IN_AADHAAR",
        r"\d{4}[ -]?\d{4}[ -]?\d{4}(?:[ -]?\d{1,4})?",
        _IN,
        plausible,
    ),
    certain("in_pan", "IN_PAN", r"(?-i:[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z])"),
    named(
        "in_pan_named", "IN_PAN", r"[A-Z]{5}[ ]?\d{4}[ ]?[A-Z]|[A-Z]{3,10}\d{3,5}[A-Z]{0,2}", _PAN
    ),
    certain("sg_nric", "SG_NRIC_FIN", r"(?-i:[STFGM]\d{7}[A-Z])", _is_nric),
    named("sg_nric_named", "SG_NRIC_FIN", r"[STFGM][ -]?\d{7}[ -]?[A-Z]", _SG),
    certain(
        "my_nric", "MY_NATIONAL_ID", groups(6, 2, 4, separator="-"), valid_by(nric), isolated=True
    ),
    named("my_nric_named", "MY_NATIONAL_ID", r"\d{6}[ -]?\d{2}[ -]?\d{4}", _MY, plausible),
    certain(
        "cn_ric",
        "CN_RESIDENT_ID",
        r"[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]",
        valid_by(ric),
        isolated=True,
    ),
    named(
        "cn_ric_named", "CN_RESIDENT_ID", r"\d{6}[ -]?\d{8}[ -]?\d{3}[\dX]|\d{15}", _CN, plausible
    ),
    named("tw_id", "TW_NATIONAL_ID", r"[A-Z][1289]\d{8}", _TW),
    certain("tw_id_alone", "TW_NATIONAL_ID", r"(?-i:[A-Z][1289]\d{8})", varied_and(_is_taiwanese)),
    certain("hk_id", "HK_NATIONAL_ID", r"[A-Z]{1,2}\d{6}\([\dA]\)", _is_hong_kong),
    named("hk_id_named", "HK_NATIONAL_ID", r"[A-Z]{1,2}\d{6}\(?[\dA]\)?", _HK),
    certain("kr_rrn", "KR_RRN", r"\d{6}-\d{7}", _is_korean, isolated=True),
    named("kr_rrn_named", "KR_RRN", r"\d{6}[ -]?\d{7}", _KR),
    named(
        "kr_rrn_identity", "KR_RRN", r"\d{6}-?[1-8]\d{6}", ("주민*", "national id*"), valid_by(rrn)
    ),
    named("jp_my_number", "JP_MY_NUMBER", r"\d{4}[ -]?\d{4}[ -]?\d{4}", _JP, plausible),
    named(
        "jp_my_number_identity",
        "JP_MY_NUMBER",
        r"\d{12}",
        ("番号*", "national id*"),
        valid_by(my_number),
    ),
    certain("th_pin", "TH_NATIONAL_ID", r"\d-\d{4}-\d{5}-\d{2}-\d", valid_by(pin)),
    named("th_pin_named", "TH_NATIONAL_ID", loose(13), _TH, plausible),
    named("id_nik", "ID_NATIONAL_ID", loose(16), _ID, plausible),
    named(
        "id_nik_identity", "ID_NATIONAL_ID", r"\d{16}", ("penduduk*", "identitas*"), valid_by(nik)
    ),
    named("vn_cccd", "VN_NATIONAL_ID", r"\d{12}|\d{9}", _VN, plausible),
    named(
        "ph_numbers",
        "PH_NATIONAL_ID",
        r"\d{4}-\d{4}-\d{4}-\d{4}|\d{2}-\d{7}-\d|\d{4}-\d{7}-\d|\d{3}-\d{3}-\d{3}(?:-\d{3})?|\d{12,16}",
        _PH,
        plausible,
    ),
    certain("pk_cnic", "PK_NATIONAL_ID", groups(5, 7, 1, separator="-"), varied, isolated=True),
    named("pk_cnic_named", "PK_NATIONAL_ID", r"\d{13}", _PK, plausible),
    named("au_tfn", "AU_TFN", rf"{loose(9)}|{loose(8)}", _AU_TFN, plausible),
    named(
        "au_tfn_tax",
        "AU_TFN",
        r"\d{3}[ ]?\d{3}[ ]?\d{3}",
        ("ato", "tax file*", "superannuation"),
        valid_by(tfn),
    ),
    certain(
        "au_medicare",
        "AU_MEDICARE",
        r"[2-6]\d{3} \d{5} \d(?:[ /-]\d)?",
        _is_medicare,
        isolated=True,
    ),
    named(
        "au_medicare_named",
        "AU_MEDICARE",
        r"\d{4}[ -]?\d{5}[ -]?\d(?:[ /-]?\d)?",
        _AU_MEDICARE,
        plausible,
    ),
    named("nz_ird", "NZ_IRD", r"\d{2,3}[ -]?\d{3}[ -]?\d{3}", _NZ, varied_and(valid_by(ird))),
    named("nz_ird_typed", "NZ_IRD", r"\d{2,3}-\d{3}-\d{3}", _NZ),
    named(
        "nz_nhi",
        "NZ_NHI",
        r"[A-HJ-NP-Z]{3}\d{4}|[A-HJ-NP-Z]{3}\d{2}[A-HJ-NP-Z]{2}",
        ("nhi*", "national health index*"),
    ),
    certain("za_id_grouped", "ZA_NATIONAL_ID", r"\d{6} \d{4} \d{3}", valid_by(idnr), isolated=True),
    named("za_id", "ZA_NATIONAL_ID", loose(13), _ZA, varied_and(luhn)),
    named("za_id_named", "ZA_NATIONAL_ID", loose(13), ("sa id*", "south african id*", "rsa id*")),
    certain("ae_id", "AE_NATIONAL_ID", r"784-\d{4}-\d{7}-\d"),
    named("gulf_ids", "NATIONAL_ID", r"784\d{12}|[12]\d{9}|\d{11,12}|\d{9}", _GULF, plausible),
    named("eg_id", "EG_NATIONAL_ID", r"[23]\d{13}", _EG, plausible),
    named(
        "african_ids",
        "NATIONAL_ID",
        r"GHA-\d{9}-\d|A\d{9}[A-Z]|\d{11}|\d{8}-\d{5}-\d{5}-\d{2}|\d{8}",
        _AFRICA,
        plausible,
    ),
)
