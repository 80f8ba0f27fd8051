"""Where the tests of canaries stand, so that whoever starts goes on from there.

A gateway reads what the last of all gateways has kept, reads on, and keeps that in its turn, unless
another one has been faster: then it was told the same.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from router.trials.canary_test import CanaryTest
from router.trials.evaluation import Canary, Evaluation, last_before
from router.trials.tables import canary_observations, canary_tests


def resumed(connection: Connection, canary: Canary, margin: float) -> Evaluation:
    """The test as it was kept last; a new one where that was another, or by other rules."""
    row = (
        connection.execute(select(canary_tests).where(canary_tests.c.model == canary.key))
        .mappings()
        .first()
    )
    if row is None:
        return Evaluation.begin(canary, margin, after_seq=last_before(connection, canary))
    test = CanaryTest.of_state(row["state"])
    if Canary(row["model"], row["champion"], row["since_s"]) != canary:
        after_seq = last_before(connection, canary)
        return Evaluation.begin(canary, margin, after_seq=after_seq, revision=row["revision"])
    if test.margin != margin:
        after_seq = row["after_seq"]
        return Evaluation.begin(canary, margin, after_seq=after_seq, revision=row["revision"])
    return Evaluation(
        canary,
        test,
        after_seq=row["after_seq"],
        answers_to=row["answers_to"],
        opinions_to=(row["opinions_to_s"], row["opinions_to_id"]),
        revision=row["revision"],
        is_new=False,
    )


def keep(connection: Connection, evaluation: Evaluation, now_s: float) -> bool:
    """Writes how far it has come, and which opinions it has counted.

    False, and nothing written, where somebody else has kept one since this was read.
    """
    key, tests, observed = evaluation.canary.key, canary_tests.c, canary_observations.c
    kept = connection.scalar(select(tests.revision).where(tests.model == key))
    if (kept or 0) != evaluation.revision:
        return False
    if evaluation.is_new:
        connection.execute(
            update(canary_observations)
            .where(observed.canary == key, observed.judged_by.is_not(None))
            .values(judged_by=None, judged_on=None)
        )
    connection.execute(delete(canary_tests).where(tests.model == key))
    row = {
        "model": key,
        "champion": evaluation.canary.champion,
        "since_s": evaluation.canary.since_s,
        "revision": evaluation.revision + 1,
        "after_seq": evaluation.after_seq,
        "answers_to": evaluation.answers_to,
        "opinions_to_s": evaluation.opinions_to[0],
        "opinions_to_id": evaluation.opinions_to[1],
        "told_at_s": now_s,
        "state": evaluation.test.state,
    }
    connection.execute(insert(canary_tests), [row])
    if evaluation.counted:
        connection.execute(
            update(canary_observations)
            .where(observed.request_id == bindparam("of"))
            .values(judged_by=bindparam("by"), judged_on=bindparam("day")),
            [
                {"of": request_id, "by": voice.key_id, "day": voice.day}
                for request_id, voice in evaluation.counted.items()
            ],
        )
    return True
