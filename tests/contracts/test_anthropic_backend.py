from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from backend_contract import BackendContract, ProviderFaultContract, collect
from external_case import CREDENTIAL, ExternalCase, external_case, provider, simulator

from router.domain import Dialect
from serving.simulator.process import SimulatorProcess

__all__ = ["provider", "simulator"]


@pytest.fixture
async def case(simulator: SimulatorProcess) -> AsyncIterator[ExternalCase]:
    async with external_case(simulator, Dialect.ANTHROPIC) as made:
        yield made


class TestAnthropicBackend(BackendContract):
    pass


class TestAnthropicBackendFaults(ProviderFaultContract):
    pass


async def test_what_arrives_is_what_was_cleared(case: ExternalCase) -> None:
    dispatch = case.dispatch(stream=True, content="héllo 😀")
    await collect(case.backend, dispatch)
    (arrived,) = case.simulator.requests()
    assert (arrived.method, arrived.path, arrived.query) == ("POST", "/v1/messages", "")
    assert arrived.body == dispatch.body
    assert arrived.headers["authorization"] == f"Bearer {CREDENTIAL}"
    assert arrived.headers["anthropic-version"]
