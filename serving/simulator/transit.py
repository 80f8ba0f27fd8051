"""A Transit engine that is none: HashiCorp Vault's API for keys, over real HTTP on loopback.

What `serving/kms` asks of one, and an operator's `rotate`; keys are in memory and go with it.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Answer: TypeAlias = tuple[int, dict[str, Any]]

_NONCE_BYTES = 12
_MOUNT = "/v1/transit/"


class Refused(Exception):
    """What the engine says no to, and with which status."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status


class TransitEngine:
    """The keys, by name: the versions of each, the first at 1. Thread-safe as it is used here."""

    def __init__(self) -> None:
        self._versions: dict[str, list[bytes | None]] = {}

    def create(self, key: str) -> None:
        self._versions.setdefault(key, [secrets.token_bytes(32)])

    def rotate(self, key: str) -> None:
        self._of(key).append(secrets.token_bytes(32))

    def retire(self, key: str) -> None:
        """Only the newest version is left, as `trim` and `min_decryption_version` have it."""
        versions = self._of(key)
        versions[:-1] = [None] * (len(versions) - 1)

    def data_key(self, key: str, bits: int) -> dict[str, Any]:
        plaintext = secrets.token_bytes(bits // 8)
        return {
            "plaintext": base64.b64encode(plaintext).decode(),
            "ciphertext": self.encrypt(key, plaintext),
            "key_version": len(self._of(key)),
        }

    def encrypt(self, key: str, plaintext: bytes) -> str:
        versions, nonce = self._of(key), secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(versions[-1] or b"").encrypt(nonce, plaintext, None)
        return f"vault:v{len(versions)}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, key: str, ciphertext: str) -> bytes:
        try:
            name, version, encoded = ciphertext.split(":")
            secret = self._of(key)[int(version.removeprefix("v")) - 1]
            sealed = base64.b64decode(encoded, validate=True)
            if name != "vault" or secret is None:
                raise ValueError
            return AESGCM(secret).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (ValueError, IndexError, InvalidTag):
            raise Refused(400, "cipher: message authentication failed") from None

    def _of(self, key: str) -> list[bytes | None]:
        try:
            return self._versions[key]
        except KeyError:
            raise Refused(400, "encryption key not found") from None


class TransitSimulator:
    """Serves from `start` to `stop`, or for the time of a `with`; started again it keeps its port.

    Effects: a socket on 127.0.0.1 and threads. `sealed` has it answer 503 to everybody, as a sealed
    Vault does; `asked` counts what was asked of it, by operation.
    """

    def __init__(self, token: str) -> None:
        self.engine = TransitEngine()
        self.sealed = False
        self.asked: dict[str, int] = {}
        self._token = token
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self.answer))
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """From here on nobody listens; does nothing if nobody does."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> TransitSimulator:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def answer(self, path: str, token: str, body: dict[str, Any]) -> Answer:
        """One POST: its status and body."""
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            return 403, {"errors": ["permission denied"]}
        operation, _, key = path.removeprefix(_MOUNT).rpartition("/")
        self.asked[operation] = self.asked.get(operation, 0) + 1
        try:
            return 200, {"data": self._done(operation, key, body)}
        except Refused as refused:
            return refused.status, {"errors": [str(refused)]}

    def _done(self, operation: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "datakey/plaintext":
                return self.engine.data_key(key, int(body.get("bits", 256)))
            case "decrypt":
                plaintext = self.engine.decrypt(key, str(body["ciphertext"]))
                return {"plaintext": base64.b64encode(plaintext).decode()}
        raise Refused(404, "no handler for route")


def _handler(
    answer: Callable[[str, str, dict[str, Any]], Answer],
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            token = self.headers.get("x-vault-token", "")
            status, said = answer(self.path, token, json.loads(sent or b"{}"))
            content = json.dumps(said).encode()
            self.send_response(HTTPStatus(status))
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_said: object) -> None:
            """Nothing: whoever runs it asks `asked`."""

    return Handler
