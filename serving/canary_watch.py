"""Testing the canaries that run, and sending nothing more to those that are halted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine

from router.protocols import Clock
from router.store.database import reading
from router.store.writer import Writer
from router.trials.canary_test import CanaryTest, evidence_of
from router.trials.evaluation import Canary, Evaluation, canaries_of
from router.trials.halts import halt, halts_now, resumed_at
from serving.rules_in_force import RulesInForce

POLL_INTERVAL_S = 0.5
EVALUATE_INTERVAL_S = 60.0
SETTLED_AFTER_S = 10.0
"""What is younger may still be being written, by another gateway, with an earlier time."""

logger = logging.getLogger(__name__)


class CanaryWatch:
    """Polls which canaries are halted, and has the rules follow; tests the others now and then.

    Effects: owns a thread from `start` to `close`; writes a halt where harm is shown. All gateways
    test alike and find the same: whoever is first halts it. When the database cannot be read, what
    was halted stays so.
    """

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        in_force: RulesInForce,
        clock: Clock,
        evaluate_interval_s: float = EVALUATE_INTERVAL_S,
    ) -> None:
        self._engine = reading(engine)
        self._writer = writer
        self._in_force = in_force
        self._clock = clock
        self._evaluate_interval_s = evaluate_interval_s
        self._evaluations: dict[Canary, Evaluation] = {}
        self._due_s = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="canary-watch", daemon=True)

    def start(self) -> None:
        """What is halted gets nothing, from the first request on. Raises what the database does."""
        self._follow()
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        steps: tuple[Callable[[], None], ...] = (self._follow, self._evaluate_if_due)
        while not self._closing.wait(POLL_INTERVAL_S):
            for step in steps:
                try:
                    step()
                except Exception as error:
                    # Whatever it is, the thread must live on to halt the next one.
                    logger.warning("canaries cannot be followed: %s", type(error).__name__)

    def _follow(self) -> None:
        with self._engine.connect() as connection:
            halted = frozenset(found.model for found in halts_now(connection))
        self._in_force.halt(halted)

    def _evaluate_if_due(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s >= self._due_s:
            self._due_s = now_s + self._evaluate_interval_s
            if self._evaluate():
                self._due_s = now_s

    def _evaluate(self) -> bool:
        """Reads on for each canary that runs, and halts those that are shown to do harm.

        Returns whether there is more to be read.
        """
        rules, more = self._in_force.written, False
        trials, running = rules.policy.trials, canaries_of(rules.registry)
        kept: dict[Canary, Evaluation] = {}
        with self._engine.connect() as connection:
            halted = {found.model for found in halts_now(connection)}
            resumed = resumed_at(connection)
            for each in running:
                if each.key in halted:
                    continue
                canary = each.resumed(resumed.get(each.key))
                evaluation = self._evaluations.get(canary)
                if evaluation is None or evaluation.test.answers.margin != trials.margin:
                    evaluation = Evaluation(canary, CanaryTest.begin(trials.margin))
                kept[canary] = evaluation
                until_s = self._clock.now_s() - SETTLED_AFTER_S
                more = evaluation.read_on(connection, until_s) or more
        self._evaluations = kept
        for canary, evaluation in kept.items():
            if evaluation.test.shows_harm(trials.alpha):
                self._halt(canary.key, evaluation.test, trials.alpha)
        return more

    def _halt(self, model: str, test: CanaryTest, alpha: float) -> None:
        evidence, now_s = evidence_of(test, alpha), self._clock.now_s()
        # Not owed: whoever evaluates next finds the same.
        write = partial(halt, model=model, evidence=evidence, now_s=now_s)
        if self._writer.submit(write).result():
            logger.error("canary %s is halted: it is bad more often than its champion", model)
