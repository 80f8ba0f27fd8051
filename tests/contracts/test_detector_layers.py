"""The real detector: the contract, and what only a real one can show. One pool for all of it."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from detector_contract import EMAIL, DetectorContract, segments

from router.domain import Finding, Segment
from router.errors import DetectionTimeout
from router.privacy.recognisers.pattern import Pattern
from router.protocols import Settling
from serving.detection.pool import DetectorPool
from serving.detection.process import WORKER_COMMAND

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE_S = 4.0
SECRET = "zanzibar-quokka-7391"
CARD = "4539148803436467"
CASE_NUMBERS = Pattern(
    "Cases: full", "CASE_NUMBER", r"CASE-\d{6}", score=0.9, context=("case", "claim")
)


@pytest.fixture(scope="module")
def stderr_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("detection") / "stderr"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def detector(stderr_path: Path) -> AsyncIterator[DetectorPool]:
    redirected = ("/bin/sh", "-c", f'exec "$0" "$@" 2>>{stderr_path}', *WORKER_COMMAND)
    assert sys.executable in redirected
    pool = DetectorPool(
        workers=1,
        deadline_s=DEADLINE_S,
        max_waiting=64,
        recognisers=[CASE_NUMBERS],
        command=redirected,
    )
    await pool.start()
    yield pool
    await pool.close()


async def _ready_again(pool: DetectorPool) -> None:
    for _ in range(60):
        try:
            await pool.detect(segments("hello"))
        except DetectionTimeout:
            await asyncio.sleep(0.1)
        else:
            return
    raise AssertionError("no process came up again")


def types(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.entity_type for finding in findings}


@pytest.mark.asyncio(loop_scope="module")
class TestLayeredPool(DetectorContract):
    async def test_names_and_versions(self, detector: DetectorPool) -> None:
        text = "My name is John Smith and I live in Boston."
        findings = await detector.detect(segments(text))
        found = {(finding.entity_type, text[finding.start : finding.end]) for finding in findings}
        assert ("PERSON", "John Smith") in found
        for part in ("layers/", "presidio-analyzer/", "google-re2/", "customer/"):
            assert part in detector.version

    async def test_a_customers_recogniser_is_one_of_them(self, detector: DetectorPool) -> None:
        text = "The claim has the number CASE-004711."
        findings = await detector.detect(segments(text, "Brief CASE-004711 beige."))
        cases = [finding for finding in findings if finding.entity_type == "CASE_NUMBER"]
        assert [(f.segment, text[f.start : f.end]) for f in cases] == [(0, "CASE-004711")]

    @pytest.mark.parametrize(
        "written",
        [
            "".join(chr(0xFF10 + int(digit)) for digit in CARD),
            "\u200b".join(CARD),
            base64.b64encode(f"the card is {CARD}".encode()).decode(),
            f"the card is {CARD}".encode().hex(),
            " ".join(CARD),
        ],
        ids=["fullwidth", "zero-width", "base64", "hex", "spaced"],
    )
    async def test_a_card_number_in_disguise_is_one(
        self, detector: DetectorPool, written: str
    ) -> None:
        text = f"please charge {written} today"
        findings = await detector.detect(segments(text))
        cards = [finding for finding in findings if finding.entity_type == "CREDIT_CARD"]
        assert cards
        assert all(written[:5] in text[finding.start : finding.end] for finding in cards)

    async def test_at_a_seam_only_what_is_checked_is_looked_for(
        self, detector: DetectorPool
    ) -> None:
        findings = await detector.detect(
            (Segment("", f"card {CARD}", joined=True), Segment("", "John Smith", joined=True))
        )
        assert types(findings) == {"CREDIT_CARD"}

    async def test_what_settles_may_end_the_scan(self, detector: DetectorPool) -> None:
        asked = segments(f"card {CARD}", "My name is John Smith.")
        settling = Settling(frozenset({"CREDIT_CARD"}), 0.5)
        assert types(await detector.detect(asked)) >= {"CREDIT_CARD", "PERSON"}
        assert "PERSON" not in types(await detector.detect(asked, settling))

    @pytest.mark.parametrize(
        ("text", "entity_type"),
        [
            ("Пожалуйста, переведите этот договор аренды квартиры", "UNSUPPORTED_SCRIPT"),
            (base64.b64encode(bytes(range(256)) * 4).decode(), "UNREADABLE_BLOB"),
        ],
        ids=["script", "blob"],
    )
    async def test_what_cannot_be_read_is_said_to_be_so(
        self, detector: DetectorPool, text: str, entity_type: str
    ) -> None:
        assert entity_type in types(await detector.detect(segments(text)))

    async def test_a_worker_is_small_and_has_no_credentials(
        self, detector: DetectorPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (pid,) = detector.worker_pids
        process = psutil.Process(pid)
        assert process.memory_info().rss < 500e6
        kept = {"PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONUTF8", "HF_HUB_OFFLINE"}
        kept |= {"OMP_NUM_THREADS", "PWD", "OLDPWD", "SHLVL", "_", "HOME", "XDG_CACHE_HOME"}
        assert set(process.environ()) <= kept

    async def test_more_than_there_is_time_for_is_never_clean_and_costs_no_process(
        self, detector: DetectorPool
    ) -> None:
        (pid,) = detector.worker_pids
        text = "The quick brown fox meets the lazy dog at noon. " * 20_000 + SECRET
        with pytest.raises(DetectionTimeout):
            await detector.detect(segments(text))
        await _ready_again(detector)
        assert detector.worker_pids == (pid,)
        assert await detector.detect(segments(EMAIL))

    async def test_a_stopped_process_is_killed_at_the_deadline(
        self, detector: DetectorPool
    ) -> None:
        (pid,) = detector.worker_pids
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DetectionTimeout):
            await detector.detect(segments("x" * 500_000))  # more than a socket's buffer takes
        await _ready_again(detector)
        assert not psutil.pid_exists(pid)

    async def test_workers_say_nothing(self, detector: DetectorPool, stderr_path: Path) -> None:
        await detector.detect(segments(f"{SECRET} {EMAIL} \ud800"))
        assert os.stat(stderr_path).st_size == 0
