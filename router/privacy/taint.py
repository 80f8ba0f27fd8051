"""Keys by which an answer is recognised when it comes back (I9). Pure; the store is elsewhere.

An answer to a restricted request is restricted wherever it turns up again: as an assistant message,
as a tool's result, or pasted into a longer message. Keys are 16 bytes of HMAC-SHA256 under a key of
the tenant's own, so they say nothing without the secret and never match across tenants. The text
that a key stands for is one of

- the whole text, whitespace collapsed: found however its lines were broken;
- a run of lines: for each line the shortest run that starts there and says enough. Found in the
  midst of other lines, and after any other line of the answer was edited or cut off;
- JSON in canonical form: tool-call arguments, which clients like to serialise again. Long strings
  inside it are texts of their own, for a tool may give them back;
- the turn before and the text, for a text that says too little to stand alone.

"Says enough" is 64 characters with 16 letters or digits among them: "Yes." or a ruler of dashes
would otherwise taint all of a tenant's requests.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import NamedTuple

from router.domain import JsonObject
from router.errors import TextTooLong
from router.privacy.extract import decode_json, extract
from router.privacy.normalise import canonical_json, collapse_whitespace, informative_lines
from router.privacy.turns import message_texts, messages_of, turn_text

MIN_CHARACTERS = 64
MIN_ALPHANUMERICS = 16
MAX_REQUEST_KEYS = 20_000
"""One a line: more than the prose or code that a scan takes ever has. Looking up as many costs the
store tens of milliseconds. A request with more is not looked up in part."""
MAX_REQUEST_CHARACTERS = 500_000
"""Deriving keys for as much text keeps a gateway busy for a fraction of a second, and no more."""

_MIN_SECRET_BYTES = 32


class TaintKeys:
    """Derives keys. `secret` has at least 32 bytes and is the same for all replicas."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _MIN_SECRET_BYTES:
            raise ValueError(f"a taint secret has at least {_MIN_SECRET_BYTES} bytes")
        self._secret = secret

    def answer_keys(self, tenant: str, answer: str, previous_turn: str) -> frozenset[bytes]:
        """What to remember of one answer: its text, or the arguments of one tool call.

        `previous_turn` is `last_turn(body)` of the request that was answered. Keys are 16 bytes.
        """
        tenant_key = self._tenant_key(tenant)
        texts = set(_paired_texts(answer, _turn_name(previous_turn)))
        for segment in extract({"content": answer}).segments:
            texts.update(_standing_texts(segment.text))
        texts.update(_bridging_runs(previous_turn, answer))
        return frozenset(_digest(tenant_key, text) for text in texts)

    def request_keys(self, tenant: str, body: JsonObject) -> frozenset[bytes]:
        """What to look up for one request: keys for all its text, wherever it stands.

        Raises TextTooLong beyond `MAX_REQUEST_CHARACTERS` or `MAX_REQUEST_KEYS`.
        """
        tenant_key = self._tenant_key(tenant)
        keys: set[bytes] = set()
        for count, text in enumerate(_request_texts(body), start=1):
            # Texts are counted and not keys: a million equal lines are as much work as others.
            if count > MAX_REQUEST_KEYS:
                raise TextTooLong(f"more than {MAX_REQUEST_KEYS} lines to look up")
            keys.add(_digest(tenant_key, text))
        return frozenset(keys)

    def _tenant_key(self, tenant: str) -> bytes:
        return hmac.digest(self._secret, b"ringfence taint\0" + _encode(tenant), "sha256")


def _request_texts(body: JsonObject) -> Iterator[str]:
    for segment in extract(body, max_characters=MAX_REQUEST_CHARACTERS).segments:
        yield from _standing_texts(segment.text)
    turn_name = ""
    for message in messages_of(body):
        texts = message_texts(message)
        for text in texts:
            yield from _paired_texts(text, turn_name)
        if len(texts) > 1:
            yield from _standing_texts("".join(texts))
        turn_name = _turn_name(turn_text(message)) or turn_name


def _standing_texts(text: str) -> Iterator[str]:
    """All that stands for `text` wherever it is found."""
    if len(text) < MIN_CHARACTERS:
        return
    for whole in _wholes(text):
        if _says_enough(whole):
            yield whole
    lines = [_Line.of(line) for line in informative_lines(text)]
    for first in range(len(lines)):
        run, _ = _run(lines, first)
        if run is not None:
            yield run


def _paired_texts(text: str, turn_name: str) -> Iterator[str]:
    """What stands for an answer that says too little: with the turn before it, and only with it."""
    for whole in _wholes(text):
        if turn_name and whole and not _says_enough(whole):
            # No collapsed text has a line break in it, so this meets no text that stands alone.
            yield f"{turn_name}\n{whole}"


def _turn_name(turn: str) -> str:
    """A digest, so that a long turn is read once and not for every short text after it."""
    collapsed = collapse_whitespace(turn)
    return hashlib.sha256(_encode(collapsed)).hexdigest() if collapsed else ""


def _bridging_runs(previous_turn: str, answer: str) -> Iterator[str]:
    """The runs that begin in the turn before and reach into the answer.

    A completion goes on with its prompt's last line, and comes back as one string with it.
    """
    before = previous_turn.splitlines(keepends=True)
    if before and before[-1].splitlines() == [before[-1]] and answer[:1].splitlines() != [""]:
        before.pop()
    boundary = len(informative_lines("".join(before)))
    lines = [_Line.of(line) for line in informative_lines(previous_turn + answer)]
    for first in range(max(0, boundary - MIN_CHARACTERS), min(boundary + 1, len(lines))):
        run, last = _run(lines, first)
        if run is not None and last >= boundary:
            yield run


def _wholes(text: str) -> Iterator[str]:
    yield collapse_whitespace(text)
    decoded = decode_json(text)
    if decoded is not None:
        try:
            yield canonical_json(decoded)
        except (RecursionError, ValueError):
            return


class _Line(NamedTuple):
    """A line measured once, for it is part of many runs."""

    text: str
    alphanumerics: int

    @classmethod
    def of(cls, text: str) -> _Line:
        return cls(text, _count_alphanumerics(text))


def _run(lines: list[_Line], first: int) -> tuple[str | None, int]:
    """The shortest run from line `first` on that says enough, and the number of its last line.

    Every line has a letter or digit, so it is 32 lines long at most; None if the lines end first.
    """
    characters, alphanumerics = -1, 0
    for last in range(first, len(lines)):
        characters += 1 + len(lines[last].text)
        alphanumerics += lines[last].alphanumerics
        if characters >= MIN_CHARACTERS and alphanumerics >= MIN_ALPHANUMERICS:
            return " ".join(line.text for line in lines[first : last + 1]), last
    return None, len(lines)


def _says_enough(text: str) -> bool:
    return len(text) >= MIN_CHARACTERS and _count_alphanumerics(text) >= MIN_ALPHANUMERICS


def _count_alphanumerics(text: str) -> int:
    return sum(map(str.isalnum, text))


def _digest(tenant_key: bytes, text: str) -> bytes:
    return hmac.digest(tenant_key, _encode(text), "sha256")[:16]


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
