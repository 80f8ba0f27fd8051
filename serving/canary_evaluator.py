"""Testing the canaries that run, and halting those that are shown to do harm."""

from __future__ import annotations

import logging
import threading
from functools import partial

from sqlalchemy import Engine

from router.policy.policy import Rules
from router.protocols import Clock
from router.store.database import reading
from router.store.writer import Writer
from router.trials.canary_test import evidence_of
from router.trials.evaluation import Canary, Evaluation, canaries_of
from router.trials.halts import halt, halts_now, resumed_at
from router.trials.progress import keep, resumed
from serving.rules_in_force import RulesInForce

EVALUATE_INTERVAL_S = 60.0
BETWEEN_BATCHES_S = 0.05
"""While there is more to be read: the database has requests to answer for."""
SETTLED_AFTER_S = 10.0
"""An opinion that is younger may not be alone: another gateway may still write an earlier one."""

logger = logging.getLogger(__name__)


class CanaryEvaluator:
    """Reads on for each canary that runs, now and then, from where the last of all gateways stood.

    Effects: owns a thread from `start` to `close`, since reading may take long and nobody is to
    wait for it; writes how far it has come, and a halt where harm is shown. All gateways test alike
    and find the same: whoever is first halts it.
    """

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        in_force: RulesInForce,
        clock: Clock,
        interval_s: float = EVALUATE_INTERVAL_S,
    ) -> None:
        self._engine = reading(engine)
        self._writer = writer
        self._in_force = in_force
        self._clock = clock
        self._interval_s = interval_s
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="canary-evaluator", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Returns when the batch that is being read has been."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        wait_s = 0.0
        while not self._closing.wait(wait_s):
            wait_s = self._interval_s
            try:
                if self._evaluate():
                    wait_s = BETWEEN_BATCHES_S
            except Exception as error:
                # Whatever it is, the thread must live on to halt the next one.
                logger.warning("canaries cannot be evaluated: %s", type(error).__name__)

    def _evaluate(self) -> bool:
        """One batch of each canary that runs; returns whether there is more to be read."""
        rules = self._in_force.written
        running = canaries_of(rules.registry)
        if not running:
            return False
        with self._engine.connect() as connection:
            halted = {found.model for found in halts_now(connection)}
            resumed_s = resumed_at(connection)
        more = [
            self._evaluate_alone(each.resumed(resumed_s.get(each.key)), rules)
            for each in running
            if each.key not in halted
        ]
        return any(more)

    def _evaluate_alone(self, canary: Canary, rules: Rules) -> bool:
        """One that cannot be tested keeps no other from being halted, and is tried again later."""
        try:
            return self._evaluate_one(canary, rules)
        except Exception as error:
            # Whatever it is, as above; its name only, for its text may quote what was read.
            name = type(error).__name__
            logger.warning("canary %s cannot be evaluated: %s", canary.key, name)
            return False

    def _evaluate_one(self, canary: Canary, rules: Rules) -> bool:
        trials, until_s = rules.policy.trials, self._clock.now_s() - SETTLED_AFTER_S
        with self._engine.connect() as connection:
            evaluation = resumed(connection, canary, trials.margin)
            stood = evaluation.answers_to, evaluation.opinions_to
            more = evaluation.read_on(connection, until_s)
        if evaluation.test.shows_harm(trials.alpha):
            self._halt(evaluation, trials.alpha)
        elif (evaluation.answers_to, evaluation.opinions_to) != stood:
            write = partial(keep, evaluation=evaluation, now_s=self._clock.now_s())
            self._writer.submit(write).result()
        return more

    def _halt(self, evaluation: Evaluation, alpha: float) -> None:
        model, evidence = evaluation.canary.key, evidence_of(evaluation.test, alpha)
        # Not owed: whoever evaluates next finds the same.
        write = partial(halt, model=model, evidence=evidence, now_s=self._clock.now_s())
        if self._writer.submit(write).result():
            logger.error("canary %s is halted: it is bad more often than its champion", model)
