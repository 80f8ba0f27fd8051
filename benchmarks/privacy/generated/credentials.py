"""Credentials of the shapes that services give out; random, so that none opens anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TypeAlias

from benchmarks.privacy.generated.draw import Draw

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()
_ALNUM = _UPPER + _LOWER + _DIGITS
_HEX = _DIGITS + "abcdef"
_URLSAFE = _ALNUM + "-_"
_BASE64 = _ALNUM + "+/"

_Maker: TypeAlias = Callable[[Draw], str]


def _prefixed(prefix: str, alphabet: str, length: int) -> _Maker:
    return lambda draw: prefix + draw.text(alphabet, length)


def _jwt(draw: Draw) -> str:
    def part(value: object) -> str:
        raw = json.dumps(value, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    claims = {"sub": draw.digits(8), "iat": 1_700_000_000 + draw.below(9_999_999), "scope": "admin"}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{draw.text(_URLSAFE, 43)}"


def _pem(draw: Draw) -> str:
    kind = draw.of(("RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY"))
    lines = [draw.text(_BASE64, 64) for _ in range(draw.between(4, 10))]
    body = "\n".join([*lines, draw.text(_BASE64, 42) + "=="])
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"


def password(draw: Draw) -> str:
    """As people make them: a word-like stem, digits and a sign; or as a manager makes them."""
    if draw.chance(0.4):
        return draw.text(_ALNUM + "!#%*+=?@_-", draw.between(12, 20))
    stem = "".join(draw.of("bdfgklmnprstvz") + draw.of("aeiou") for _ in range(draw.between(3, 4)))
    return f"{stem.capitalize()}{draw.digits(draw.between(2, 4))}{draw.of('!#$%*?')}"


def _connection_string(draw: Draw) -> str:
    scheme = draw.of(("postgresql", "mysql", "mongodb+srv", "amqp", "redis"))
    secret = draw.text(_ALNUM, draw.between(10, 18))
    host = f"{draw.of(('db', 'mq', 'cache', 'pg-1'))}.internal.{draw.text(_LOWER, 7)}.net"
    return f"{scheme}://{draw.of(('svc', 'app', 'root', 'reporting'))}:{secret}@{host}/prod"


def _azure_storage(draw: Draw) -> str:
    key = draw.text(_BASE64, 86) + "=="
    account = draw.text(_LOWER, 9)
    return f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={key}"


def _basic(draw: Draw) -> str:
    pair = f"admin:{password(draw)}".encode()
    return f"Authorization: Basic {base64.b64encode(pair).decode()}"


def _aws_pair(draw: Draw) -> str:
    return f"aws_access_key_id={_aws_id(draw)}\naws_secret_access_key={draw.text(_BASE64, 40)}"


def _aws_id(draw: Draw) -> str:
    return draw.of(("AKIA", "ASIA")) + draw.text(_UPPER + "234567", 16)


def _slack(draw: Draw) -> str:
    numbers = f"{draw.digits(12, first='123')}-{draw.digits(13, first='123')}"
    return f"xoxb-{numbers}-{draw.text(_ALNUM, 24)}"


def _webhook(draw: Draw) -> str:
    path = f"T{draw.text(_UPPER + _DIGITS, 8)}/B{draw.text(_UPPER + _DIGITS, 8)}"
    return f"https://hooks.slack.com/services/{path}/{draw.text(_ALNUM, 24)}"


def _bearer(draw: Draw) -> str:
    return f"Authorization: Bearer {draw.text(_URLSAFE, 48)}"


_MAKERS: dict[str, _Maker] = {
    "AWS_ACCESS_KEY": _aws_id,
    "AWS_SECRET_KEY": _aws_pair,
    "GITHUB_TOKEN": _prefixed("ghp_", _ALNUM, 36),
    "GITHUB_FINE_GRAINED_TOKEN": lambda d: f"github_pat_{d.text(_ALNUM, 22)}_{d.text(_ALNUM, 59)}",
    "GITLAB_TOKEN": _prefixed("glpat-", _URLSAFE, 20),
    "SLACK_TOKEN": _slack,
    "SLACK_WEBHOOK": _webhook,
    "STRIPE_KEY": _prefixed("sk_live_", _ALNUM, 24),
    "OPENAI_KEY": _prefixed("sk-proj-", _URLSAFE, 74),
    "ANTHROPIC_KEY": _prefixed("sk-ant-api03-", _URLSAFE, 93),
    "GOOGLE_API_KEY": _prefixed("AIza", _URLSAFE, 35),
    "HUGGINGFACE_TOKEN": _prefixed("hf_", _UPPER + _LOWER, 34),
    "NPM_TOKEN": _prefixed("npm_", _ALNUM, 36),
    "PYPI_TOKEN": _prefixed("pypi-AgEIcHlwaS5vcmc", _URLSAFE, 120),
    "SENDGRID_KEY": lambda d: f"SG.{d.text(_URLSAFE, 22)}.{d.text(_URLSAFE, 43)}",
    "DIGITALOCEAN_TOKEN": _prefixed("dop_v1_", _HEX, 64),
    "SHOPIFY_TOKEN": _prefixed("shpat_", _HEX, 32),
    "TELEGRAM_TOKEN": lambda d: f"{d.digits(10, first='123456789')}:AA{d.text(_URLSAFE, 33)}",
    "JWT": _jwt,
    "PRIVATE_KEY": _pem,
    "CONNECTION_STRING": _connection_string,
    "AZURE_STORAGE_KEY": _azure_storage,
    "BASIC_AUTH": _basic,
    "BEARER_TOKEN": _bearer,
}
SECRET_TYPES = (*_MAKERS, "PASSWORD")


def secret(draw: Draw) -> tuple[str, str]:
    """(type, secret); all but passwords, which need words around them."""
    kind = draw.of(tuple(_MAKERS))
    return kind, _MAKERS[kind](draw)


def harmless_secret(draw: Draw) -> str:
    """What stands where a secret would: a placeholder, a reference, a digest."""
    return draw.of(
        (
            "<your-api-key>",
            "${API_TOKEN}",
            'os.environ["API_TOKEN"]',
            "{{ vault.api_token }}",
            "YOUR_TOKEN_HERE",
            "********",
            "$(cat /run/secrets/token)",
            f"sha256:{draw.text(_HEX, 64)}",
            f"commit {draw.text(_HEX, 40)}",
            f"{draw.text(_HEX, 8)}-{draw.text(_HEX, 4)}-4{draw.text(_HEX, 3)}-a{draw.text(_HEX, 3)}"
            f"-{draw.text(_HEX, 12)}",
        )
    )
