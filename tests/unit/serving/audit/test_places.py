"""What each kind of second place gets, and what it must never be talked into."""

from __future__ import annotations

import http.server
import json
import re
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme

from router.audit.log.checkpoint import split_notes
from router.audit.log.rules import FilePlace, HttpPlace, SyslogPlace
from serving.audit.places import NotTaken, sink_for

NOTE = "ringfence/0123\n7\nAAAA\ntimestamp 1\n\n— ringfence/0123 BBBB\n"
LATER = NOTE.replace("\n7\n", "\n8\n")


class Witness(http.server.ThreadingHTTPServer):
    """Keeps what is sent to it; answers with `status`, and says `location`."""

    def __init__(self, authority: trustme.CA, name: str = "localhost") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.location: str | None = None
        self.taken: list[tuple[str, dict[str, str], str]] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def url(self, path: str = "/checkpoints") -> str:
        return f"https://localhost:{self.server_address[1]}{path}"

    def handle_error(self, *_: Any) -> None:
        """A client that does not trust it hangs up; nothing to say about that."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Witness

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.taken.append((self.path, headers, body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("location", self.server.location)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


@pytest.fixture
def witness(authority: trustme.CA) -> Iterator[Witness]:
    yield from serving(Witness(authority))


def serving(server: Witness) -> Iterator[Witness]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_has_one_note_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints"
    sink = sink_for(FilePlace(str(path)))
    sink.send(NOTE)
    sink.send(LATER)
    assert list(split_notes(path.read_text())) == [NOTE, LATER]
    assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        sink_for(FilePlace(str(tmp_path / "missing" / "checkpoints"))).send(NOTE)


def test_a_server_gets_the_note_and_the_token(
    witness: Witness, ca_file: str, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("a-token\n")
    sink = sink_for(HttpPlace(witness.url(), ca_file, str(token)))
    sink.send(NOTE)
    token.write_text("renewed\n")
    sink.send(NOTE)
    (path, headers, body), (_, later, _) = witness.taken
    assert (path, body) == ("/checkpoints", NOTE)
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["authorization"] == "Bearer a-token"
    assert later["authorization"] == "Bearer renewed"


@pytest.mark.parametrize("status", [302, 307, 401, 500, 503])
def test_what_a_server_does_not_take_is_not_taken_elsewhere(
    witness: Witness, ca_file: str, status: int
) -> None:
    witness.status, witness.location = status, witness.url("/elsewhere")
    with pytest.raises(NotTaken, match=str(status)):
        sink_for(HttpPlace(witness.url(), ca_file)).send(NOTE)
    assert [path for path, _, _ in witness.taken] == ["/checkpoints"]


def test_a_server_that_nobody_vouches_for_gets_nothing(witness: Witness) -> None:
    with pytest.raises(httpx2.ConnectError):
        sink_for(HttpPlace(witness.url())).send(NOTE)
    assert witness.taken == []


def test_a_server_of_another_name_gets_nothing(authority: trustme.CA, ca_file: str) -> None:
    for other in serving(Witness(authority, name="other.example")):
        with pytest.raises(httpx2.ConnectError):
            sink_for(HttpPlace(other.url(), ca_file)).send(NOTE)
        assert other.taken == []


def test_a_proxy_of_the_environments_sees_nothing(
    witness: Witness, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    sink_for(HttpPlace(witness.url(), ca_file)).send(NOTE)
    assert len(witness.taken) == 1


def carried(message: bytes) -> str:
    """The note of a message of RFC 5424."""
    text = message.decode()
    found = re.fullmatch(r"<109>1 \S+Z \S+ ringfence - checkpoint - (\{.*\})", text)
    assert found is not None
    said: dict[str, str] = json.loads(found[1])
    return said["checkpoint"]


def test_a_syslog_gets_a_message_over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog:
        syslog.bind(("127.0.0.1", 0))
        syslog.settimeout(60)
        sink_for(SyslogPlace(f"udp://127.0.0.1:{syslog.getsockname()[1]}")).send(NOTE)
        assert carried(syslog.recv(65_536)) == NOTE


def test_a_syslog_gets_a_message_over_a_unix_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(tmp_path / "log"))
        syslog.settimeout(60)
        sink_for(SyslogPlace(f"unix://{tmp_path / 'log'}")).send(NOTE)
        assert carried(syslog.recv(65_536)) == NOTE


def test_a_syslog_gets_a_message_over_tcp_with_its_length() -> None:
    with socket.create_server(("127.0.0.1", 0)) as syslog:
        sink_for(SyslogPlace(f"tcp://127.0.0.1:{syslog.getsockname()[1]}")).send(NOTE)
        connection, _ = syslog.accept()
        with connection, connection.makefile("rb") as stream:
            length, _, message = stream.read().partition(b" ")
    assert int(length) == len(message)
    assert carried(message) == NOTE


def test_a_syslog_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        sink_for(SyslogPlace(f"unix://{tmp_path / 'nothing'}")).send(NOTE)
