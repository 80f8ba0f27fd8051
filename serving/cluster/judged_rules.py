"""The rules that a start begins with: those that were judged, whatever lies there by now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from router.policy.archive import active, text_of
from router.policy.load import load_rules, rules_of_text
from router.policy.policy import Rules, RulesText
from router.store.database import connect, reading
from serving.cluster.launch import JudgedRules


class FilesChanged(ValueError):
    """The files are not those that `ringfence up` judged; the message names the cure."""


def judged_rules(
    models: Path, policy: Path, judged: JudgedRules | None, database_url: str
) -> Rules:
    """The rules of the files, proven, if they are those that `up` judged.

    The files are read again in the supervisor and where Serve builds the gateway, minutes after
    `up` read them, and again if either starts anew. Rules that were applied since `up` go before
    them, whatever the files say by then: they were judged as well, and come from the archive.
    Where nobody judged (`judged` is None), whatever is there starts, and the gateway's log says so.

    Raises FilesChanged, ConfigError, and what the database raises.
    """
    if judged is None:
        return load_rules(models, policy)
    applied = _applied_since(database_url, judged.at_s)
    if applied is not None:
        return rules_of_text(replace(applied, models_file=str(models), policy_file=str(policy)))
    rules = load_rules(models, policy)
    if rules.policy.digest != judged.digest:
        raise FilesChanged(
            f"{models.name} or {policy.name} was changed after `ringfence up` had judged them: "
            "run `ringfence up` again, which judges them as they are now"
        )
    return rules


def _applied_since(database_url: str, at_s: float) -> RulesText | None:
    engine = connect(database_url)
    try:
        with reading(engine).connect() as connection:
            now = active(connection)
            is_since = now is not None and now.applied_at_s > at_s
            return text_of(connection, now.digest) if now is not None and is_since else None
    finally:
        engine.dispose()
