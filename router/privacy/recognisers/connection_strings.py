"""Connection strings that carry the credentials they connect with."""

from __future__ import annotations

import re

from router.privacy.recognisers.pattern import Pattern
from router.privacy.recognisers.secret_values import is_placeholder, is_url_with_password


def _is_password(value: str) -> bool:
    return not is_placeholder(value) and not re.fullmatch(r"[\w.]+\.\w+\)*|[\w.]+\(.*", value)


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        name="url_with_password",
        entity_type="CONNECTION_STRING",
        regex=r"[a-z][a-z0-9+.-]{1,30}://[^\s:/@\"'<>`]{0,64}:[^\s/\"'<>`]{1,128}@[\w.\[\]:()"
        r",-]{1,255}",
        score=0.95,
        validate=is_url_with_password,
    ),
    Pattern(
        name="jdbc",
        entity_type="CONNECTION_STRING",
        regex=r"jdbc:[a-z][^\s\"'<>]{5,300}?(?:[?&;:](?:password|pwd)=|:thin:[\w.-]{1,40}/)"
        r"(?P<value>[^\s&;\"'<>@]{1,128})",
        score=0.95,
        validate=_is_password,
    ),
    Pattern(
        name="ado_net",
        entity_type="CONNECTION_STRING",
        regex=r"(?:server|data source|host(?:name)?|addr(?:ess)?|endpoint|driver|dsn|"
        r"initial catalog|database|dbname"
        r"|user id|uid|user)\s?=[^\n\"']{1,250}?[;\s](?:password|"
        r"pwd)\s?=\s?(?P<value>[^;\s\"'<>]{1,128})",
        score=0.95,
        validate=_is_password,
    ),
    Pattern(
        name="oracle_easy_connect",
        entity_type="CONNECTION_STRING",
        regex=r"(?:sqlplus|expdp|impdp|rman target|"
        r"sqlldr)\s[\"']?[\w$#]{1,40}/(?P<value>[^\s@\"'<>]{3,128})@",
        score=0.9,
        validate=_is_password,
    ),
)
