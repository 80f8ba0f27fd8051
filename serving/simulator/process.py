"""A simulator in a process of its own, for tests and for `ringfence up`."""

from __future__ import annotations

import base64
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2

from serving.simulator.config import SimulatorConfig


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request as it arrived; see `recorder.Arrival`. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    client_disconnected: bool
    completed: bool
    tokens_sent: int


class SimulatorProcess:
    """Runs from `start()` to `stop()`, or for the time of a `with`; dies with this process.

    A simulator that is started again keeps its port, as a provider keeps its address.
    """

    def __init__(
        self,
        config: SimulatorConfig | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls_certificate: Path | None = None,
        tls_key: Path | None = None,
    ) -> None:
        self._config = config or SimulatorConfig()
        self._host, self._port = host, port
        self._tls_certificate, self._tls_key = tls_certificate, tls_key
        self._process: subprocess.Popen[bytes] | None = None
        self._control: httpx2.Client | None = None

    @property
    def origin(self) -> str:
        scheme = "http" if self._tls_certificate is None else "https"
        return f"{scheme}://{self._host}:{self._port}"

    @property
    def port(self) -> int:
        """The port bound, 0 before the first start."""
        return self._port

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Returns when the port takes connections; raises RuntimeError if it never does."""
        command = [sys.executable, "-m", "serving.simulator.server", "--host", self._host]
        command += ["--port", str(self._port), "--config", self._config.model_dump_json()]
        if self._tls_certificate and self._tls_key:
            command += ["--tls-certificate", str(self._tls_certificate)]
            command += ["--tls-key", str(self._tls_key)]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.strip().isdigit():
            self.stop()
            raise RuntimeError("the simulator did not start; its error output says why")
        self._port = int(line)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # Our own process, whose certificate may be the very thing that a test has wrong.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._control = httpx2.Client(
            base_url=self.origin, verify=context, trust_env=False, timeout=30
        )

    def stop(self, *, kill: bool = False) -> None:
        """Ends the process, with SIGKILL if `kill`; does nothing if it does not run."""
        if self._control is not None:
            self._control.close()
            self._control = None
        process, self._process = self._process, None
        if process is None:
            return
        process.kill() if kill else process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> SimulatorProcess:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def configure(self, **changes: Any) -> SimulatorConfig:
        """Changes these settings from those it was started with; the others are as at the start."""
        config = SimulatorConfig.model_validate(self._config.model_dump() | changes)
        answer = self._client.put("/simulator/config", json=config.model_dump(mode="json"))
        answer.raise_for_status()
        return config

    def requests(self) -> list[RecordedRequest]:
        """What has arrived, oldest first; needs `record` in the configuration."""
        answer = self._client.get("/simulator/requests").raise_for_status().json()
        return [_recorded(item) for item in answer]

    def clear(self) -> None:
        """Forgets what has arrived."""
        self._client.delete("/simulator/requests").raise_for_status()

    def usage(self) -> dict[str, int]:
        """`requests`, `input_tokens`, `output_tokens` and `cost_nano_usd`, all since the start."""
        usage: dict[str, int] = self._client.get("/simulator/usage").raise_for_status().json()
        return usage

    def wait_for_disconnect(self, timeout_s: float = 30.0) -> RecordedRequest:
        """The last request, once its client has left; raises TimeoutError if it stays."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            requests = self.requests()
            if requests and requests[-1].client_disconnected:
                return requests[-1]
            time.sleep(0.02)
        raise TimeoutError("the client did not leave")

    @property
    def _client(self) -> httpx2.Client:
        if self._control is None:
            raise RuntimeError("the simulator does not run; call start() first")
        return self._control


def _recorded(item: dict[str, Any]) -> RecordedRequest:
    return RecordedRequest(
        method=item["method"],
        path=item["path"],
        query=item["query"],
        headers={name.lower(): value for name, value in item["headers"]},
        body=base64.b64decode(item["body_base64"]),
        client_disconnected=item["client_disconnected"],
        completed=item["completed"],
        tokens_sent=item["tokens_sent"],
    )
