"""National identifiers of the United Kingdom and Ireland."""

from __future__ import annotations

from stdnum.gb import nhs
from stdnum.ie import pps

from .checks import bare, plausible, valid_by, varied_and
from .pattern import Pattern
from .shapes import certain, groups, loose, named

_NEVER_ISSUED = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def _is_nino(text: str) -> bool:
    """HM Revenue & Customs, NIM39110: which prefixes are never issued."""
    return bare(text)[:2] not in _NEVER_ISSUED


_NINO = (
    "nino", "ni:", "ni number*", "ni no", "ni no.", "national insurance*", "nat ins", "ni #",
    "insurance number",
)  # fmt: skip

PATTERNS: tuple[Pattern, ...] = (
    certain(
        "uk_nino",
        "UK_NINO",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:(?: \d{2}){3} [A-D]|(?:-\d{2}){3}-[A-D]|"
        r" ?\d{6} ?[A-D])",
        _is_nino,
    ),
    named(
        "uk_nino_named", "UK_NINO", r"[A-Z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}(?:[ -]?[A-Z])?", _NINO
    ),
    certain(
        "uk_nhs", "UK_NHS", groups(3, 3, 4, separator=" "), varied_and(valid_by(nhs)), isolated=True
    ),
    named(
        "uk_nhs_named",
        "UK_NHS",
        loose(10),
        (
            "nhs",
            "nhs number*",
            "nhs no",
            "nhs #",
            "national health service*",
            "health service number",
            "chi number",
            "h&c number",
        ),
        plausible,
    ),
    named(
        "uk_utr_named",
        "UK_TAX_ID",
        r"\d{5}[ ]?\d{5}K?",
        ("utr", "unique taxpayer*", "self assessment"),
    ),
    named(
        "ie_pps",
        "IE_PPS",
        r"\d{7}[ -]?[A-W][A-IW]?",
        ("pps*", "ppsn*", "personal public service*", "rsi number"),
    ),
    certain("ie_pps_alone", "IE_PPS", r"(?-i:\d{7}[A-W][ABHTW])", valid_by(pps)),
)
