"""Another policy, applied while requests run: each request lives under one of the two, whole."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from sqlalchemy import select

from router.audit.tables import audit_entries
from router.audit.vault.wrapping import FileKeyWrapper
from router.domain import DataClass
from router.policy.archive import Active, activate, active, keep, text_of
from router.policy.kinds import Destinations, Kind
from router.policy.load import rules_of_text
from router.policy.policy import RulesText
from router.store.database import connect, reading
from serving.detection.fake import FakePatternDetector
from serving.gateway import GatewaySettings, wire_gateway
from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, CONFIDENTIAL, chat
from tests.stack import Stack, running_stack, until

CLIENTS = 6
SWITCHES = 6
RECORDS = (
    "SELECT d.request_id, d.policy_digest, d.plan, o.model FROM decisions d"
    " JOIN outcomes o ON o.request_id = d.request_id"
)

ONE_UNDER = f"{RECORDS} WHERE d.policy_digest = ? LIMIT 1"


class Reloading:
    """A stack, the rules that it started with, and others to be applied."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.first = stack.rules.policy.text
        self.engine = connect(stack.database_url)
        self._applied_at_s = datetime.now(UTC).timestamp()

    def edited(self, **sections: Any) -> RulesText:
        written = yaml.safe_load(self.first.policy)
        for name, value in sections.items():
            written[name] = written[name] | value if isinstance(value, dict) else value
        return replace(self.first, policy=yaml.safe_dump(written).encode())

    def apply(self, text: RulesText) -> str:
        """As `ringfence policy apply` does it, but for what that would refuse."""
        self._applied_at_s += 1.0
        with self.engine.begin() as connection:
            digest = keep(connection, text)
            assert activate(connection, Active(digest, self._applied_at_s, "a test"))
        return digest

    def serving(self) -> str:
        """The digest that a new request is decided under."""
        return str(self.stack.post("/v1/route", chat()).headers["x-ringfence-policy-digest"])

    def acts(self) -> list[dict[str, Any]]:
        with reading(self.engine).connect() as connection:
            bodies = connection.scalars(
                select(audit_entries.c.body).where(audit_entries.c.kind == "act")
            )
            return [json.loads(body) for body in bodies]


@pytest.fixture
def reloading(tmp_path: Path, providers: Mapping[str, SimulatorProcess]) -> Iterator[Reloading]:
    patient = {"attempt_timeout_s": 60, "total_timeout_s": 90}
    with running_stack(tmp_path, providers=providers, cascade=patient) as stack:
        stack.reset()
        reloading = Reloading(stack)
        yield reloading
        reloading.engine.dispose()


def test_requests_under_load_see_one_policy_or_the_other_and_never_half(
    reloading: Reloading,
) -> None:
    stack = reloading.stack
    stays = reloading.edited(routes={"confidential": {"any": ["private"]}})
    texts = {reloading.serving(): reloading.first, reloading.apply(stays): stays}
    assert len(texts) == 2
    today = datetime.now(UTC).date()
    kind = Kind(DataClass.CONFIDENTIAL, "auto", team="default", purpose="general")
    plans = {
        digest: list(Destinations(rules_of_text(text), today).of(kind).plan)
        for digest, text in texts.items()
    }
    assert len({tuple(plan) for plan in plans.values()}) == 2
    done = threading.Event()

    def client() -> list[httpx2.Response]:
        answers = []
        while not done.is_set():
            answers.append(stack.post(CHAT, chat(CONFIDENTIAL)))
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(client) for _ in range(CLIENTS)]
        try:
            for turn in range(SWITCHES):
                wanted = reloading.apply(list(texts.values())[turn % 2])
                until(lambda wanted=wanted: reloading.serving() == wanted)
                until(lambda wanted=wanted: stack.rows(ONE_UNDER, wanted))
        finally:
            done.set()
        answers = [answer for future in clients for answer in future.result()]
    records = {
        request_id: (digest, json.loads(plan), model)
        for request_id, digest, plan, model in stack.rows(RECORDS)
    }
    for answer in answers:
        assert answer.status_code == 200, answer.text
        digest, plan, model = records[answer.headers["x-ringfence-request-id"]]
        assert answer.headers["x-ringfence-policy-digest"] == digest
        assert plan == plans[digest]
        assert model == plans[digest][0]
        assert model.startswith(answer.headers["x-ringfence-model"])
    assert {digest for digest, _, _ in records.values()} == set(texts)


def test_a_stream_ends_under_the_policy_that_it_began_under(reloading: Reloading) -> None:
    stack = reloading.stack
    before = reloading.serving()
    # Slow enough to be under way still when the other policy serves.
    stack.providers["fast"].configure(itl_s=0.1, completion_tokens=40)
    body = chat(CONFIDENTIAL, stream=True)
    headers = {"authorization": f"Bearer {stack.key}"}
    with stack.http.stream("POST", CHAT, json=body, headers=headers) as answer:
        events = answer.iter_lines()
        assert next(events)
        after = reloading.apply(reloading.edited(routes={"confidential": {"any": ["private"]}}))
        until(lambda: reloading.serving() == after)
        assert "data: [DONE]" in list(events)
    record = stack.record_of(answer)
    assert (record["policy_digest"], record["status"]) == (before, "answered")
    assert record["outcome"]["model"] == "fast-model@1"


def test_what_is_not_proven_serves_nobody_and_is_in_the_log(
    reloading: Reloading, caplog: pytest.LogCaptureFixture
) -> None:
    before = reloading.serving()
    leaky = reloading.edited(fallbacks={"fast-model": ["openai-model"]})
    refused = reloading.apply(leaky)
    (act,) = until(lambda: [act for act in reloading.acts() if act["act"] == "policy.refused"])
    assert act["details"]["digest"] == refused
    assert act["details"]["serving"] == before
    assert reloading.serving() == before
    logged = next(entry for entry in caplog.messages if refused in entry)
    assert "policy.yaml:" in logged
    assert "fast-model@1 → openai-model@1" in logged
    mended = reloading.apply(reloading.edited(fallbacks={"fast-model": ["private-model"]}))
    until(lambda: reloading.serving() == mended)


def test_the_archive_has_the_text_of_all_that_served(reloading: Reloading) -> None:
    first = reloading.serving()
    text = reloading.edited(latency_objectives={"fast": {"ttft_ms": 123}})
    second = reloading.apply(text)
    until(lambda: reloading.serving() == second)
    with reading(reloading.engine).connect() as connection:
        for digest, expected in ((first, reloading.first), (second, text)):
            found = text_of(connection, digest)
            assert found is not None
            assert (found.models, found.policy) == (expected.models, expected.policy)


def test_a_gateway_that_starts_again_takes_up_what_was_applied_since(
    reloading: Reloading,
) -> None:
    stack = reloading.stack
    applied = reloading.apply(reloading.edited(routes={"confidential": {"any": ["private"]}}))
    until(lambda: reloading.serving() == applied)
    directory = stack.database_file.parent
    settings = GatewaySettings(
        database_url=stack.database_url,
        root_secret=bytes(32),
        clearance_key=stack.clearance_key,
        audit_key=stack.clearance_key,
        vault=FileKeyWrapper((directory / "vault.key").read_bytes()),
        rules_given_at_s=1.0,
    )
    with ExitStack() as again:
        gateway = wire_gateway(settings, stack.rules, stack.backends, FakePatternDetector())
        gateway.start()
        again.callback(gateway.close)
        with reading(reloading.engine).connect() as connection:
            serving = active(connection)
        assert serving is not None
        assert serving.digest == applied
