"""Signing keys from a file or over TLS that is verified; nothing else is asked of anybody."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import identity_provider as idp
import pytest
import trustme

from router.accounts.people.fetch import MAX_JWKS_BYTES, KeysUnreadable, read_jwks
from router.accounts.people.rules import IssuerRules


class Published:
    """An identity provider's web server: `answers` by path, and what was asked of it."""

    def __init__(self, authority: trustme.CA) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {"/certs": (200, idp.EVERYBODY)}
        self.asked: list[tuple[str, dict[str, str]]] = []
        published = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                published.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                status, content = published.answers.get(self.path, (404, b""))
                self.send_response(status)
                if status == 302:
                    self.send_header("location", "/certs")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def url(self, path: str = "/certs") -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def published(authority: trustme.CA) -> Iterator[Published]:
    server = Published(authority)
    yield server
    server.close()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def at(url: str, ca_file: str | None) -> IssuerRules:
    return idp.rules(jwks_file=None, jwks_url=url, ca_file=ca_file)


def test_keys_are_read_from_a_server_that_the_named_authority_vouches_for(
    published: Published, ca_file: str
) -> None:
    assert read_jwks(at(published.url(), ca_file)) == idp.EVERYBODY
    [(path, headers)] = published.asked
    assert path == "/certs"
    assert "authorization" not in headers


def test_a_server_that_nobody_vouches_for_is_not_believed(published: Published) -> None:
    with pytest.raises(KeysUnreadable, match="ConnectError"):
        read_jwks(at(published.url(), None))
    assert published.asked == []


def test_a_redirect_is_not_followed(published: Published, ca_file: str) -> None:
    published.answers["/moved"] = (302, b"")
    with pytest.raises(KeysUnreadable, match="302"):
        read_jwks(at(published.url("/moved"), ca_file))
    assert len(published.asked) == 1


def test_an_error_and_too_much_of_an_answer_are_no_keys(published: Published, ca_file: str) -> None:
    with pytest.raises(KeysUnreadable, match="404"):
        read_jwks(at(published.url("/nothing"), ca_file))
    published.answers["/much"] = (200, b" " * (MAX_JWKS_BYTES + 1))
    with pytest.raises(KeysUnreadable, match="bytes"):
        read_jwks(at(published.url("/much"), ca_file))


def test_a_server_that_is_gone_or_a_broken_authority_is_an_error_of_its_kind(
    published: Published, ca_file: str, tmp_path: Path
) -> None:
    url = published.url()
    (tmp_path / "broken.pem").write_text("no certificate")
    for broken in (str(tmp_path / "broken.pem"), str(tmp_path / "absent.pem")):
        with pytest.raises(KeysUnreadable):
            read_jwks(at(url, broken))
    published.close()
    with pytest.raises(KeysUnreadable):
        read_jwks(at(url, ca_file))


def test_keys_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(idp.EVERYBODY)
    assert read_jwks(idp.rules(jwks_file=str(file))) == idp.EVERYBODY
    with pytest.raises(KeysUnreadable, match="FileNotFoundError"):
        read_jwks(idp.rules(jwks_file=str(tmp_path / "absent.json")))
