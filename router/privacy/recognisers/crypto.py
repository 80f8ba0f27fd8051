"""Addresses and keys of cryptocurrencies, by their checksums where they have one."""

from __future__ import annotations

from hashlib import sha256

from .pattern import Pattern
from .shapes import certain, named

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CONSTANT, _BECH32M_CONSTANT = 1, 0x2BC830A3


def is_base58check(text: str) -> bool:
    """The last four bytes are the first of a double SHA-256 over the rest."""
    value = 0
    for character in text:
        place = _BASE58.find(character)
        if place < 0:
            return False
        value = value * 58 + place
    zeros = len(text) - len(text.lstrip("1"))
    data = b"\0" * zeros + value.to_bytes((value.bit_length() + 7) // 8, "big")
    payload, check = data[:-4], data[-4:]
    return len(payload) >= 21 and sha256(sha256(payload).digest()).digest()[:4] == check


def is_bech32(text: str) -> bool:
    """BIP 173 and BIP 350."""
    prefix, _, data = text.lower().rpartition("1")
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    for character in data:
        place = _BECH32.find(character)
        if place < 0:
            return False
        values.append(place)
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            if top >> bit & 1:
                checksum ^= generator
    return checksum in (_BECH32_CONSTANT, _BECH32M_CONSTANT)


def _is_mixed(text: str) -> bool:
    """Capitals, small letters and digits: random text rather than a word."""
    return (
        any(c.isupper() for c in text)
        and any(c.islower() for c in text)
        and any(c.isdigit() for c in text)
    )


def _is_ethereum(text: str) -> bool:
    return len(set(text.lower()[2:])) > 4


_WALLET = (
    "bitcoin*", "btc", "wallet*", "crypto*", "ethereum", "eth", "litecoin", "ltc", "dogecoin",
    "doge", "monero", "xmr", "ripple", "xrp", "solana", "sol", "tron", "trx", "usdt", "tether",
    "cardano", "ada", "portefeuille", "monedero", "billetera", "portafoglio", "carteira",
    "blockchain", "dash", "zcash", "stellar", "xlm", "polkadot", "send funds", "payout address",
    "deposit address",
)  # fmt: skip

PATTERNS: tuple[Pattern, ...] = (
    certain(
        "base58check",
        "CRYPTO",
        r"(?-i:[13LMDTXtr5KK9cx][1-9A-HJ-NP-Za-km-z]{24,110})",
        is_base58check,
    ),
    certain(
        "bech32",
        "CRYPTO",
        r"(?:bc|tb|ltc|addr|cosmos|bnb|osmo)1[02-9ac-hj-np-z]{25,100}",
        is_bech32,
    ),
    certain("ethereum", "CRYPTO", r"0x[0-9a-f]{40}", _is_ethereum),
    named(
        "bitcoin_named",
        "CRYPTO",
        r"(?-i:[13][1-9A-HJ-NP-Za-km-z]{24,34})|bc1[02-9ac-hj-np-z]{20,60}",
        _WALLET,
    ),
    named("base58_named", "CRYPTO", r"(?-i:[1-9A-HJ-NP-Za-km-z]{32,106})", _WALLET, _is_mixed),
)
