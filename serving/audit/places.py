"""Second places for checkpoints: what each kind does with one. One try each, errors are raised."""

from __future__ import annotations

import json
import os
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx2

from router.audit.log.rules import FilePlace, HttpPlace, Place, SyslogPlace
from router.errors import RingfenceError

TIMEOUT_S = 10.0
_LOG_AUDIT_NOTICE = 13 * 8 + 5  # RFC 5424 §6.2.1: facility 13, severity 5


class NotTaken(RingfenceError):
    """The place answered, and did not take the checkpoint."""


class CheckpointSink(Protocol):
    def send(self, note: str) -> None:
        """Returns once the place has it, as far as its kind can say; raises whatever went wrong.

        A checkpoint may be sent again: it is the same one then, byte for byte.
        """
        ...


def sink_for(place: Place) -> CheckpointSink:
    match place:
        case FilePlace():
            return FileSink(place)
        case HttpPlace():
            return HttpSink(place)
        case SyslogPlace():
            return SyslogSink(place)


class FileSink:
    """Adds the note and an empty line to a file, and waits for the disk."""

    def __init__(self, place: FilePlace) -> None:
        self._path = Path(place.path)

    def send(self, note: str) -> None:
        content = f"{note}\n".encode()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            written = os.write(descriptor, content)
            if written != len(content):  # half a note would spoil the next one, too
                os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
                raise NotTaken("the disk is full")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class HttpSink:
    """POSTs the note as text: verified TLS, no redirects, no proxy of the environment's."""

    def __init__(self, place: HttpPlace) -> None:
        self._place = place

    def send(self, note: str) -> None:
        place = self._place
        headers = {"content-type": "text/plain; charset=utf-8"}
        # Read each time, so that both can be renewed.
        if place.token_file is not None:
            token = Path(place.token_file).read_text("ascii").strip()
            headers["authorization"] = f"Bearer {token}"
        tls = httpx2.create_ssl_context(trust_env=False)
        if place.ca_file is not None:
            tls = ssl.create_default_context(cafile=place.ca_file)
        with (
            httpx2.Client(
                verify=tls, trust_env=False, follow_redirects=False, timeout=TIMEOUT_S
            ) as client,
            # What it answers beside the status is not read.
            client.stream("POST", place.url, content=note.encode(), headers=headers) as response,
        ):
            if not response.is_success:
                raise NotTaken(f"status {response.status_code}")


class SyslogSink:
    """One message of RFC 5424, with the note as JSON in one line.

    Over TCP it is framed by its length (RFC 6587 §3.4.1). Syslog confirms nothing: sent is what
    the socket took.
    """

    def __init__(self, place: SyslogPlace) -> None:
        self._address = urlsplit(place.address)

    def send(self, note: str) -> None:
        message = _syslog_message(note)
        if self._address.scheme == "unix":
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
                unix.settimeout(TIMEOUT_S)
                unix.connect(self._address.path)
                unix.send(message)
            return
        host, port = str(self._address.hostname), self._address.port
        if self._address.scheme == "tcp":
            with socket.create_connection((host, port), TIMEOUT_S) as tcp:
                tcp.sendall(b"%d %s" % (len(message), message))
            return
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        family, kind, protocol, _, target = found
        with socket.socket(family, kind, protocol) as udp:
            udp.settimeout(TIMEOUT_S)
            udp.connect(target)
            udp.send(message)


def _syslog_message(note: str) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    host = socket.gethostname()
    host = host if host.isascii() and host.isprintable() and " " not in host else "-"
    text = json.dumps({"checkpoint": note}, ensure_ascii=True)
    return f"<{_LOG_AUDIT_NOTICE}>1 {now} {host} ringfence - checkpoint - {text}".encode()
