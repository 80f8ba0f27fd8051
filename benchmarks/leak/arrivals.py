"""What a provider wrote down of what arrived, read while it is still being written.

A provider's spool is lines of JSON, one for each event of a request, written before anything else
is done with it, so that a provider that is killed has said what it had got:

    {"id": …, "head": {"method": …, "path": …, "query": …, "headers": [[name, value], …]}}
    {"id": …, "body": base64}      for each piece of the body
    {"id": …, "end": true}         when the body is whole
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ESCAPES = re.compile(r'(?:\\u[0-9a-fA-F]{4})+|\\[bfnrt"/\\]')
_JSON_IN_JSON = 2


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as it arrived at `provider`, as far as it came. `text` is all that could be read
    in it: address, headers and body, as they are and with JSON's escapes undone.
    """

    provider: str
    text: str = field(repr=False)
    has_body: bool = True
    complete: bool = True


class Spool:
    """The reading end of one provider's spool."""

    def __init__(self, provider: str, path: Path) -> None:
        self._provider = provider
        self._path = path
        self._offset = 0
        self._heads: dict[str, dict[str, Any]] = {}
        self._bodies: dict[str, bytearray] = {}

    def read(self) -> list[Arrival]:
        """Requests that have come to their end since the last call; none twice."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [found for line in whole.splitlines() if (found := self._take(json.loads(line)))]

    def rest(self) -> list[Arrival]:
        """What has arrived and not ended: for when nothing more comes."""
        return [self._arrival(key, complete=False) for key in list(self._heads)]

    def _take(self, event: dict[str, Any]) -> Arrival | None:
        key = event["id"]
        if "head" in event:
            self._heads[key] = event["head"]
            self._bodies[key] = bytearray()
        elif "body" in event:
            self._bodies[key] += base64.b64decode(event["body"])
        else:
            return self._arrival(key, complete=True)
        return None

    def _arrival(self, key: str, *, complete: bool) -> Arrival:
        head, body = self._heads.pop(key), self._bodies.pop(key)
        address = [head["path"], head["query"], *(value for _, value in head["headers"])]
        text = "\n".join([*address, *readings(body.decode("utf-8", "replace"))])
        return Arrival(self._provider, text, has_body=bool(body), complete=complete)


def readings(text: str) -> list[str]:
    """The text, and what it says with JSON's escapes undone, twice: JSON stands in JSON's strings.

    Works on pieces that are cut anywhere, as a parser would not.
    """
    found = [text]
    for _ in range(_JSON_IN_JSON):
        if "\\" not in found[-1]:
            break
        found.append(_ESCAPES.sub(_unescaped, found[-1]))
    return found


def _unescaped(match: re.Match[str]) -> str:
    text: str = json.loads(f'"{match.group()}"')
    return text
