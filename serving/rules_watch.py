"""Taking up the rules that were applied, within a second, or saying why not."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from router.audit.acts import Act, record_act
from router.errors import ConfigError
from router.policy.archive import Active, active, keep, text_of
from router.policy.policy import Rules
from router.policy.reload import reloaded
from router.store.database import reading
from serving.pipelines import Shared
from serving.rules_in_force import RulesInForce
from serving.started_with import start_with

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Which rules a gateway decides by, and which it could not take up, with the reason."""

    serving: str
    refused: Active | None = None
    why: str = ""


POLL_INTERVAL_S = 0.5


class RulesWatch:
    """Polls which rules are to serve and switches to them.

    Effects: owns a thread from `start` to `close`; writes what serves into the archive. Rules that
    cannot be taken up change nothing: the old ones serve on, the log says which lines are to
    blame, and an act is recorded.
    """

    def __init__(
        self,
        shared: Shared,
        in_force: RulesInForce,
        started: Rules,
        given_at_s: float | None = None,
    ) -> None:
        """`started` are the rules that the gateway starts with, decided on at `given_at_s`, None
        for now: what was applied since goes before them.
        """
        self._shared = shared
        self._in_force = in_force
        self._started = started
        self._given_at_s = shared.clock.now_s() if given_at_s is None else given_at_s
        self._refused: Active | None = None
        self._why = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rules-watch", daemon=True)

    def start(self) -> None:
        """Puts the rules at hand in force (`start_with`), and switches at once to what was applied
        since.

        Raises what the database raises.
        """
        now_s = self._shared.clock.now_s()
        with self._shared.engine.begin() as connection:
            start_with(connection, self._started.policy.text, self._given_at_s, now_s)
        self._refresh()
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    @property
    def standing(self) -> Standing:
        return Standing(self._in_force.digest, self._refused, self._why)

    def _run(self) -> None:
        while not self._closing.wait(POLL_INTERVAL_S):
            try:
                self._refresh()
            except SQLAlchemyError as error:
                logger.warning("active rules could not be read: %s", type(error).__name__)
            except Exception as error:
                # Whatever it is, the thread must live on to see the rules that mend it.
                logger.error("active rules could not be taken up: %s", type(error).__name__)

    def _refresh(self) -> None:
        with reading(self._shared.engine).connect() as connection:
            wanted = active(connection)
            if wanted is None or wanted.digest == self._in_force.digest or wanted == self._refused:
                return
            text = text_of(connection, wanted.digest)
        if text is None:
            self._refuse(wanted, "they are not in the archive", [])
            return
        try:
            rules = reloaded(text, self._started, self._shared.deployed())
        except ConfigError as error:
            places = [f"{problem.file}:{problem.line}" for problem in error.problems]
            self._refuse(wanted, str(error), places)
            return
        self._in_force.switch(rules)
        self._refused = None
        self._shared.writer.owe(partial(keep, text=text, served_at_s=self._shared.clock.now_s()))
        logger.info("rules %s serve now", wanted.digest)

    def _refuse(self, wanted: Active, why: str, places: list[str]) -> None:
        self._refused, self._why = wanted, why
        logger.error(
            "rules %s are refused, %s serve on: %s", wanted.digest, self._in_force.digest, why
        )
        act = Act(
            "policy.refused",
            actor="cluster",
            reason="a gateway cannot serve with it",
            details={
                "digest": wanted.digest,
                "serving": self._in_force.digest,
                "places": list(places),
            },
        )

        def write(connection: Connection) -> None:
            record_act(connection, act, self._shared.clock.now_s())

        self._shared.writer.owe(write)
