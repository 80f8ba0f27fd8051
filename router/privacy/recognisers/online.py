"""Addresses of people and machines on networks: e-mail, IP, MAC."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from .pattern import Pattern
from .shapes import SCORE_CERTAIN, certain, named

# RFC 6531 lets letters of all scripts into both parts; a domain ends in letters.
# Nothing is counted here: counted classes of Unicode make the automaton too large to be quick.
# And no `=`, `&` or `/`, which a local part may have and the field before an address does have.
_LOCAL = r"[\pL\pN._%+'~-]*[\pL\pN_%+-]"
_LABEL = r"[\pL\pN][\pL\pN\pM-]*"
_DOMAIN = rf"(?:{_LABEL}\.)+(?:\pL[\pL\pM]+|xn--[a-z0-9-]+)"
_EMAIL = rf"(?:[\pL\pN_+]{_LOCAL}|[\pL\pN])@{_DOMAIN}"

_NOBODYS_DOMAINS = ("localhost", "example", "invalid", "test", "local")
"""Reserved by RFC 2606 and 6761: an address there is nobody's. `example.com` is kept all the same,
since people who mask an address by hand leave the name before it as it is."""

_CODE_SUFFIXES = frozenset({"py", "js", "ts", "png", "jpg", "jpeg", "gif", "svg", "webp", "css"})


def _is_email(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    top = domain.rpartition(".")[2].lower()
    if len(local) > 128 or len(domain) > 253:
        return False
    if top in _NOBODYS_DOMAINS or top in _CODE_SUFFIXES:
        return False
    return not (local.lower() == "git" or ".." in local)


_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_IPV6 = (
    r"(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|"
    r"(?:[0-9a-f]{1,4}:){1,7}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?|"
    r"::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4}"
)


def _identifies(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is somebody's: not this host, not nobody, not a netmask, not for documentation."""
    return not (
        address.is_loopback
        or address.is_unspecified
        or address.is_multicast
        or address.is_link_local
        or address.is_private
        or address.is_reserved
    )


def _is_address(text: str) -> bool:
    try:
        return _identifies(ip_address(text))
    except ValueError:
        return False


def _is_ipv4(text: str) -> bool:
    """A public address that does not look like a version, which starts small, as in 4.10.0.84."""
    parts = [int(part) for part in text.split(".")] if text.count(".") == 3 else []
    large = sum(part > 31 for part in parts)
    return _is_address(text) and (large >= 2 or (large == 1 and parts[0] > 15))


def _is_ipv6(text: str) -> bool:
    """Any but this host's, a link's, a private network's and the documentation's (RFC 3849)."""
    try:
        address = IPv6Address(text)
    except ValueError:
        return False
    nobodys = address.is_loopback or address.is_unspecified or address.is_link_local
    private = text.lower().startswith(("fc", "fd", "ff", "2001:db8", "2001:0db8"))
    groups = [group for group in text.split(":") if group]
    if "::" not in text and all(len(group) <= 2 for group in groups):
        return False  # part of a fingerprint
    telling = len(groups) >= 3 and sum(c.isdigit() for c in text) >= 2  # unlike `Face::add` in code
    return telling and not nobodys and not private and len(set(groups)) > 2


def _is_varied_mac(text: str) -> bool:
    """Neither zeros nor the broadcast address, nor a handbook's example."""
    compact = text.lower().replace(":", "").replace("-", "").replace(".", "")
    return len(set(compact)) > 2 and compact not in {"001122334455", "aabbccddeeff", "123456789abc"}


def _is_mac(text: str) -> bool:
    """With hyphens or points, two letters at least: tables are full of hyphens between numbers."""
    return _is_varied_mac(text) and sum(c.isalpha() for c in text) >= 2


PATTERNS: tuple[Pattern, ...] = (
    certain("email", "EMAIL_ADDRESS", _EMAIL, _is_email),
    certain("ipv4", "IP_ADDRESS", _IPV4, _is_ipv4, isolated=True),
    named(
        "ipv4_named",
        "IP_ADDRESS",
        _IPV4,
        (
            "client ip",
            "ip address*",
            "source ip",
            "src ip",
            "remote ip",
            "remote addr*",
            "ip",
            "user ip",
            "from ip",
            "ip-adresse",
            "adresse ip",
            "dirección ip",
            "indirizzo ip",
            "endereço ip",
            "ip-adres",
            "adres ip",
            "x-forwarded-for",
        ),
        _is_address,
        isolated=True,
    ),
    named("upi", "EMAIL_ADDRESS", r"[a-z0-9._-]{2,64}@[a-z]{2,20}", ("upi*", "vpa", "bhim")),
    # Not part of a longer row of hexadecimal groups.
    Pattern(
        name="ipv6",
        entity_type="IP_ADDRESS",
        regex=r"(?:^|[^0-9a-z:.]|(?:^|[^0-9a-z]|[a-z]{5}|[^0-9a-f:]):)"
        rf"(?P<value>{_IPV6})(?:$|[^0-9a-z:]|:(?:$|[^0-9a-f:]))",
        score=SCORE_CERTAIN,
        validate=_is_ipv6,
        joins=True,
        boundaries=False,
    ),
    # Not six pairs out of a fingerprint of twenty.
    Pattern(
        name="mac_colons",
        entity_type="MAC_ADDRESS",
        regex=r"(?:^|[^0-9a-z:]|(?:^|[^0-9a-z]|[a-z]{3}|[^0-9a-f:]):)"
        r"(?P<value>[0-9a-f]{2}(?::[0-9a-f]{2}){5})(?:$|[^0-9a-z:]|:(?:$|[^0-9a-f]))",
        score=SCORE_CERTAIN,
        validate=_is_varied_mac,
        joins=True,
        boundaries=False,
    ),
    certain(
        "mac",
        "MAC_ADDRESS",
        r"[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}",
        _is_mac,
        isolated=True,
    ),
)
