"""A fault makes the metric move that its alert looks at: through the wired gateway."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest
import yaml

from router.audit.vault.wrapping import FileKeyWrapper
from router.domain import Finding, Role, Segment
from router.errors import DetectorCrashed
from router.protocols import Settling
from serving.detection.fake import FakePatternDetector
from serving.gateway import GatewaySettings, wire_gateway
from serving.simulator.process import SimulatorProcess
from tests import metrics_page
from tests.bodies import CHAT, chat
from tests.stack import REPOSITORY, Stack, adapters, running_stack
from tests.waiting import until

OPERATOR = {"roles": frozenset({Role.OPERATOR}), "owner": "prometheus"}


class MortalDetector(FakePatternDetector):
    """Works until it is dead."""

    dead = False

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        if self.dead:
            raise DetectorCrashed("no process")
        return await super().detect(segments, settling)


DETECTOR = MortalDetector()
ROOT = bytes(32)


def _edit(models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["tiers"]["balanced"] = ["openai-model", "fast-model"]
    policy["limits"] = {"teams": {"payments": {"budget_usd_per_day": 0.00001}}}


@pytest.fixture(scope="module")
def shared_stack(
    providers: Mapping[str, SimulatorProcess], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("metrics")
    with running_stack(
        directory, providers=providers, detector=DETECTOR, edit=_edit, root_secret=ROOT
    ) as stack:
        yield stack


class Prometheus:
    """A real one, with the configuration that is deployed: its rules, and a key out of a file."""

    def __init__(self, program: str, directory: Path, stack: Stack) -> None:
        deployed = REPOSITORY / "deploy" / "prometheus"
        configuration = yaml.safe_load((deployed / "prometheus.yaml").read_text())
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        (job,) = configuration["scrape_configs"]
        job["static_configs"] = [{"targets": [stack.url.removeprefix("http://")]}]
        (directory / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
        shutil.copy(deployed / "alerts.yaml", directory)
        (directory / "ringfence.key").write_text(stack.known_key(**OPERATOR))
        command = [
            program,
            "--config.file=prometheus.yaml",
            "--storage.tsdb.path=data",
            "--web.listen-address=127.0.0.1:0",
        ]
        self._log = directory / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=directory, stderr=log)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._process as process:
            process.kill()

    def client(self) -> httpx2.Client:
        """It listens where there is room, and says so."""
        listens = re.compile(r'"Listening on" address=(\S+)\s')
        found = until(lambda: listens.search(self._log.read_text()))
        return httpx2.Client(base_url=f"http://{found[1]}", trust_env=False)


@pytest.fixture(scope="module", autouse=True)
def prometheus(
    shared_stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus | None]:
    """Started before the first test: it looks for what to scrape only 5 s later."""
    program = shutil.which("prometheus")
    if program is None:
        yield None
        return
    with Prometheus(program, tmp_path_factory.mktemp("prometheus"), shared_stack) as running:
        yield running


@pytest.fixture
def stack(shared_stack: Stack) -> Iterator[Stack]:
    """Every test finds what the ones before it have counted: what matters is what it adds."""
    shared_stack.reset()
    yield shared_stack
    shared_stack.reset()


def scraped(stack: Stack) -> httpx2.Response:
    key = stack.known_key(**OPERATOR)
    return stack.http.get("/metrics", headers={"authorization": f"Bearer {key}"})


def total(stack: Stack, sample: str, **labels: str) -> float:
    """As `metrics_page.total`, of the page as it is now."""
    return metrics_page.total(scraped(stack).text, sample, **labels)


class Rise:
    """By how much a sample rises from here on; a series that is not there yet is at 0."""

    def __init__(self, stack: Stack, sample: str, **labels: str) -> None:
        self._now = lambda: max(0.0, total(stack, sample, **labels))
        self._before = self._now()

    def __call__(self) -> float:
        return self._now() - self._before


def test_what_a_request_did_is_on_the_page(stack: Stack) -> None:
    answered = {"status": "answered", "http_status": "200", "choice": "auto"}
    requests = Rise(stack, "ringfence_requests_total", **answered)
    tokens = Rise(stack, "ringfence_tokens_total", team="default", type="output")
    recorded = Rise(stack, "ringfence_step_duration_seconds_count", step="record")
    scans = Rise(stack, "ringfence_detection_duration_seconds_count")
    asked = Rise(stack, "ringfence_http_requests_total", route=CHAT, status="200")

    answer = stack.post(CHAT, chat("good morning"))

    assert answer.status_code == 200
    assert (requests(), recorded(), asked()) == (1, 1, 1)
    assert tokens() == answer.json()["usage"]["completion_tokens"]
    assert scans() >= 1
    assert total(stack, "ringfence_gateways") == 1
    assert total(stack, "ringfence_database_up") == 1
    assert total(stack, "ringfence_store_owed_jobs") == 0


def test_what_rarely_happens_to_a_model_is_at_nought_before_it_does(stack: Stack) -> None:
    for family in ("ringfence_fallbacks_total", "ringfence_egress_refused_total"):
        for model in stack.rules.registry.entries:
            assert total(stack, family, model=model) >= 0


def test_a_stream_has_a_first_token_and_time_between_tokens(stack: Stack) -> None:
    first = Rise(stack, "gen_ai_server_time_to_first_token_seconds_count")
    between = Rise(stack, "gen_ai_server_time_per_output_token_seconds_count")
    pauses = Rise(stack, "ringfence_inter_token_latency_seconds_count")

    with stack.client() as client:
        chunks = client.chat.completions.create(
            model="auto", messages=[{"role": "user", "content": "good evening"}], stream=True
        )
        assert list(chunks)

    assert (first(), between()) == (1, 1)
    assert pauses() > 1


def test_choices_that_take_turns_say_nothing_of_time_between_tokens(stack: Stack) -> None:
    asked = Rise(stack, "gen_ai_server_time_to_first_token_seconds_count")
    between = Rise(stack, "ringfence_inter_token_latency_seconds_count")

    with stack.client() as client:
        chunks = client.chat.completions.create(
            model="auto", messages=[{"role": "user", "content": "good night"}], stream=True, n=2
        )
        assert {choice.index for chunk in chunks for choice in chunk.choices} == {0, 1}

    assert (asked(), between()) == (1, 0)


def test_only_those_who_run_the_cluster_see_the_page(stack: Stack) -> None:
    assert stack.http.get("/metrics").status_code == 401
    developer = {"authorization": f"Bearer {stack.key}"}
    refused = stack.http.get("/metrics", headers=developer)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "role_required")
    assert scraped(stack).headers["content-type"].startswith("text/plain; version=0.0.4")


def test_a_wrong_key_is_counted_at_the_gate(stack: Stack) -> None:
    refused = Rise(stack, "ringfence_http_requests_total", route=CHAT, status="401")

    assert stack.post(CHAT, chat("x"), key="rf-none").status_code == 401

    assert refused() == 1


def test_a_provider_that_is_gone_shows_as_fallbacks(stack: Stack) -> None:
    fallbacks = Rise(stack, "ringfence_fallbacks_total", model="openai-model@1")
    outcome = {"model": "openai-model@1", "outcome": "BackendUnreachable"}
    failures = Rise(stack, "ringfence_attempts_total", **outcome)

    stack.providers["openai"].configure(outage="closed")
    assert stack.post(CHAT, chat("good day", model="balanced")).status_code == 200

    assert fallbacks() == 1
    assert failures() >= 1


def test_nothing_that_is_permitted_is_up_shows_as_failures(stack: Stack) -> None:
    outcome = {"status": "failed", "http_status": "503", "code": "nothing_available"}
    failures = Rise(stack, "ringfence_requests_total", **outcome)

    stack.providers["private"].configure(outage="closed")
    assert stack.post(CHAT, chat("good night", model="private")).status_code == 503

    assert failures() == 1


def test_a_dead_detector_shows_as_undetermined_with_its_cause(stack: Stack) -> None:
    crashed = Rise(stack, "ringfence_detection_failures_total", cause="crashed")
    basis = {"basis": "undetermined", "data_class": "restricted"}
    undetermined = Rise(stack, "ringfence_classifications_total", **basis)

    DETECTOR.dead = True
    try:
        stack.post(CHAT, chat("what nobody has scanned before"))
    finally:
        DETECTOR.dead = False

    assert undetermined() == 1
    assert crashed() >= 1


def test_a_locked_ledger_shows_as_requests_without_a_record(stack: Stack) -> None:
    unwritten = Rise(stack, "ringfence_requests_total", status="failed", code="ledger_unavailable")

    with closing(stack.database()) as other:
        other.execute("BEGIN IMMEDIATE")
        assert stack.post(CHAT, chat("good morning")).status_code == 503
        assert unwritten() == 1
        other.execute("ROLLBACK")


def test_a_log_that_nobody_places_shows_as_entries_that_wait(stack: Stack) -> None:
    """Another replica leads and hangs: it keeps its lease and does nothing."""

    def unplaced() -> bool:
        assert stack.post(CHAT, chat("good morning")).status_code == 200
        return total(stack, "ringfence_audit_entries_waiting") >= 2

    done = threading.Event()
    leading = threading.Thread(target=_lead_and_do_nothing, args=(stack, done))
    leading.start()
    try:
        until(lambda: _leader(stack) == "somebody else")
        until(unplaced)
    finally:
        done.set()
        leading.join()
    until(lambda: total(stack, "ringfence_audit_entries_waiting") == 0)
    until(lambda: total(stack, "ringfence_audit_checkpoint_timestamp_seconds") > 0)
    assert total(stack, "ringfence_audit_log_entries") > 0


def _lead_and_do_nothing(stack: Stack, done: threading.Event) -> None:
    with closing(stack.database()) as connection:
        connection.execute("PRAGMA busy_timeout = 60000")
        while not done.wait(0.05):
            connection.execute(
                "INSERT INTO log_lease (name, holder, expires_at_s) VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, "
                "expires_at_s = excluded.expires_at_s",
                ("sequencer", "somebody else", time.time() + 5.0),
            )
        connection.execute("DELETE FROM log_lease WHERE holder = 'somebody else'")


def _leader(stack: Stack) -> str:
    found = stack.rows("SELECT holder FROM log_lease WHERE name = 'sequencer'")
    return found[0][0] if found else ""


def test_a_database_that_is_gone_costs_its_own_metrics_alone(stack: Stack) -> None:
    """A table that the page alone reads: requests go on."""
    stack.known_key(**OPERATOR)
    with closing(stack.database()) as other:
        other.execute("ALTER TABLE log_published RENAME TO somewhere_else")
        try:
            assert total(stack, "ringfence_database_up") == 0
            assert total(stack, "ringfence_audit_log_entries") == -1
            assert total(stack, "ringfence_gateways") == 1
        finally:
            other.execute("ALTER TABLE somewhere_else RENAME TO log_published")
    assert total(stack, "ringfence_database_up") == 1


def test_a_budget_that_is_used_up_shows(stack: Stack) -> None:
    outcome = {"status": "refused", "code": "budget_exceeded", "http_status": "429"}
    refused = Rise(stack, "ringfence_requests_total", **outcome)
    spent = {"scope": "team:payments", "window": "day"}
    assert total(stack, "ringfence_budget_used_ratio", **spent) == 0

    answer = stack.post(
        CHAT, chat("good morning", max_tokens=500), key=stack.known_key(team="payments")
    )

    assert (answer.status_code, refused()) == (429, 1)


async def test_any_gateway_of_a_host_answers_for_all(stack: Stack, tmp_path: Path) -> None:
    """Two more over the same database: one is asked for an answer, the other for the page."""
    directory = stack.database_file.parent
    settings = GatewaySettings(
        database_url=stack.database_url,
        root_secret=ROOT,
        clearance_key=stack.clearance_key,
        audit_key=stack.audit_key,
        vault=FileKeyWrapper((directory / "vault.key").read_bytes()),
        metrics_dir=tmp_path / "metrics",
    )
    key = stack.known_key(**OPERATOR)
    async with AsyncExitStack() as running:
        clients = []
        for _ in range(2):
            backends = adapters(stack.rules, stack.clearance_key)
            for backend in backends.values():
                running.push_async_callback(backend.aclose)  # type: ignore[attr-defined]
            gateway = wire_gateway(settings, stack.rules, backends, FakePatternDetector())
            gateway.start()
            running.callback(gateway.close)
            transport = httpx2.ASGITransport(app=gateway.app)
            client = httpx2.AsyncClient(
                transport=transport,
                base_url="http://gateway",
                headers={"authorization": f"Bearer {key}"},
            )
            clients.append(await running.enter_async_context(client))
        answering, shown = clients
        assert (await answering.post(CHAT, json=chat("good morning"))).status_code == 200
        await answering.get("/metrics")
        page = (await shown.get("/metrics")).text

    answered = 'status="answered"'
    (line,) = (line for line in page.splitlines() if "ringfence_requests_total{" in line)
    assert answered in line
    assert line.endswith(" 1.0")
    assert "ringfence_gateways 2.0" in page
    assert "ringfence_queue_places" in page


def test_prometheus_itself_scrapes_the_gateway(prometheus: Prometheus | None) -> None:
    if prometheus is None:
        pytest.skip("prometheus is not installed")
    with prometheus.client() as http:
        until(lambda: _values(http, "ringfence_database_up") == ["1"])


def _values(prometheus: httpx2.Client, query: str) -> list[str]:
    """What it has for this by now; nothing while it is not ready."""
    answer = prometheus.get("/api/v1/query", params={"query": query})
    if answer.status_code != 200:
        return []
    return [found["value"][1] for found in answer.json()["data"]["result"]]
