"""Bank accounts by the schemes of their countries, and routing and bank codes."""

from __future__ import annotations

from .checks import digits, reference, weighted
from .pattern import Pattern
from .shapes import REFERENCE, certain, groups, loose, named

_ACCOUNT = (
    "account number*", "account no", "account num", "account nr", "account #", "acct", "acct no",
    "acct number", "acct num", "acct #", "accnum", "a/c no", "account details", "accountnumber",
    "bank account*", "bank acct", "checking account", "savings account", "current account",
    "deposit account", "member account*", "beneficiary account", "direct deposit", "kontonummer*",
    "konto nr", "konto-nr", "kontonr", "kontoverbindung", "konto", "blz",
    "bankverbindung", "bankkonto",
    "girokonto", "numéro de compte", "compte bancaire", "n° de compte", "compte n°",
    "número de cuenta", "cuenta bancaria", "cuenta corriente", "cuenta de ahorros", "nº de cuenta",
    "clabe", "cbu", "numero di conto", "conto corrente", "conto bancario", "número da conta",
    "número de conta", "n.º de conta", "conta n.º",
    "numéro du compte", "rekeningnr", "iban/rekening", "número de la cuenta", "n. conto",
    "conta bancária", "conta corrente", "conta poupança", "agência e conta", "rekeningnummer",
    "bankrekening*", "rekening", "numer konta", "numer rachunku", "rachunek*", "konta",
    "kontonummer", "bankgiro", "plusgiro", "tilinumero", "hesap numarası", "číslo účtu",
    "bankszámla*", "银行账号", "账号", "銀行口座", "口座番号", "계좌번호*", "계좌*", "رقم الحساب",
    "номер счета",
    "номер счёта", "расчетный счет",
)  # fmt: skip

_ROUTING = (
    "routing number*", "routing/account", "routing no", "routing #", "bank routing", "aba",
    "aba number", "rtn",
    "transit number", "routingnumber", "wire transfer", "direct deposit",
)  # fmt: skip

_SORT_CODE = ("sort code*", "sortcode", "sort-code", "sc:")

_BIC = (
    "bic", "swift:", "swift code", "bic code", "swift/bic", "bic/swift", "bank identifier code",
    "code bic", "código swift", "codice bic", "codice swift",
)  # fmt: skip


def _is_routing_number(text: str) -> bool:
    """The American Bankers Association's check, and the prefixes that the Federal Reserve uses."""
    prefix = int(digits(text)[:2])
    used = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80
    return used and prefix > 0 and weighted(text, (3, 7, 1, 3, 7, 1, 3, 7, 1), 10) == 0


def _is_clabe(text: str) -> bool:
    """Mexico: weights 3, 7, 1 over 17 digits, each product modulo 10."""
    number = digits(text)
    total = sum(int(d) * (3, 7, 1)[i % 3] % 10 for i, d in enumerate(number[:17]))
    return (10 - total % 10) % 10 == int(number[17])


PATTERNS: tuple[Pattern, ...] = (
    named("us_routing", "US_BANK_ROUTING", r"\d{9}|\d{4}[ -]\d{4}[ -]\d", _ROUTING),
    named(
        "bank_account_named",
        "US_BANK_NUMBER",
        r"\d(?:[ -]?\d){5,16}",
        (
            "checking account",
            "savings account",
            "us bank",
            "routing number*",
            "aba number",
            "aba routing",
            "direct deposit",
            "bank account number",
        ),
        reference(6),
    ),
    named(
        "account_named",
        "BANK_ACCOUNT",
        rf"{REFERENCE}|[A-Z]{{4,12}}\d{{5,20}}|\d{{16,26}}",
        _ACCOUNT,
        reference(6),
    ),
    named(
        "uk_sort_code",
        "UK_BANK_ACCOUNT",
        rf"{groups(2, 2, 2, separator='-')}(?:[ ,;]+(?:account|acc|a/c|no|number|is|and|:|\.| )*"
        r"\d{8})?|\d{6}",
        _SORT_CODE,
        characters=24,
    ),
    certain("uk_sort_code_account", "UK_BANK_ACCOUNT", r"\d{2}-\d{2}-\d{2}[ ,/]{1,2}\d{8}"),
    named(
        "bic",
        "BIC",
        r"(?-i:[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)",
        _BIC,
        characters=24,
    ),
    named("mx_clabe", "BANK_ACCOUNT", loose(18), ("clabe", "cuenta*", "interbancaria"), _is_clabe),
    named(
        "in_bank_account",
        "BANK_ACCOUNT",
        r"[A-Z]{4}0[A-Z0-9]{6}",
        ("ifsc", "ifsc code", "branch code"),
        characters=24,
    ),
    named(
        "fr_rib",
        "BANK_ACCOUNT",
        r"\d{5}[ -]?\d{5}[ -]?[A-Z0-9]{11}[ -]?\d{2}",
        ("rib", "relevé d'identité bancaire", "compte bancaire", "numéro de compte"),
    ),
    named(
        "au_bsb",
        "BANK_ACCOUNT",
        r"\d{3}[- ]?\d{3}",
        ("bsb", "bsb number", "bsb code"),
        characters=24,
    ),
)
