"""SIGKILL under load, a gateway in a plain process: whoever has an answer has its record (I5), no
money is lost or spent twice, and the log is whole.

Five kills in a run of the tests; `RINGFENCE_KILLS=100` is the long drill, whose figures
`--log-cli-level=INFO` shows.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path

import pytest

from tests.e2e.gateway_processes import MODEL, TEAM, gateway_processes
from tests.e2e.steady_load import LOST, Load
from tests.e2e.what_is_left import (
    check_answers,
    check_budget,
    check_log,
    entries_of,
    is_sequenced,
    notes,
)
from tests.waiting import until

logger = logging.getLogger(__name__)

KILLS = int(os.environ.get("RINGFENCE_KILLS", "5"))
ANSWERS_BETWEEN_KILLS = 25


@pytest.mark.timeout(120 + 20 * KILLS)
async def test_no_answer_without_its_record_and_no_money_without_its_answer(
    tmp_path: Path,
) -> None:
    witnesses: set[str] = set()
    began_s = time.monotonic()
    async with gateway_processes(tmp_path) as processes:
        (gateway,), engine = processes.gateways, processes.engine
        await gateway.start(processes.policy)
        load = Load(processes.doors, processes.key, MODEL)
        async with load.running():
            kills = 0
            while kills < KILLS or not load.refusals[LOST]:  # until one hit somebody who waited
                kills += 1
                await load.more(ANSWERS_BETWEEN_KILLS)
                await gateway.stop(kill=True)
                witnesses.update(notes(engine))
                await gateway.start(processes.policy)
            await load.more(ANSWERS_BETWEEN_KILLS)
        await asyncio.to_thread(until, lambda: is_sequenced(engine))
        await gateway.stop()

        entries = entries_of(engine, TEAM)
        assert len(load.whole) >= ANSWERS_BETWEEN_KILLS * (kills + 1)
        check_answers(entries, load.whole, f"{MODEL}@1")
        unsettled = check_budget(engine, entries, "all")
        assert check_budget(engine, entries, f"team:{TEAM}") == unsettled
        found = check_log(engine, processes.audit_key, witnesses)
    logger.info(
        "%d kills in %.0f s: %d answers whole, without one %s; %d decisions, %d of them unsettled; "
        "%d entries in the log, %d checkpoints, %d kept elsewhere",
        kills,
        time.monotonic() - began_s,
        len(load.whole),
        dict(load.refusals),
        len(entries),
        unsettled,
        found.size,
        found.checkpoints,
        found.witnesses,
    )
