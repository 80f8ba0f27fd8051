"""`ringfence check`"""

from __future__ import annotations

import time
from dataclasses import asdict

import typer

from router.config.yaml_document import parse_yaml
from router.errors import ConfigError
from router.lifecycle import by_hand
from router.policy.lint import lint
from router.policy.load import load_rules
from router.privacy.exceptions import utc_day
from router.registry import expiring
from serving.cli.options import (
    EXIT_FAILED,
    MODELS,
    POLICY,
    STATE_DIR,
    AsJson,
    Models,
    Policy,
    StateDir,
)
from serving.cli.output import counted, cures, err, out, print_json
from serving.cli.unrecorded import look


def check(
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Prove the configuration without starting anything.

    Exit status: 0 it can be served with, 1 it cannot; every problem with file, line and cure. What
    does no harm and should be tidied up, such as a rule that is in vain, an exception that has
    expired, or a certification that will within 30 days, is a warning. Where there is a state
    directory, so is what no recorded move of a model has brought about.

    Example: ringfence check --models models.yaml --policy router/policy.yaml
    """
    try:
        rules = load_rules(models, policy)
        document = parse_yaml(rules.policy.text.models, str(models))
        with cures():
            unrecorded = look(state_dir, document)
        if problems := tuple(by_hand.undone_retirements(unrecorded, document)):
            raise ConfigError(problems)
    except ConfigError as error:
        if as_json:
            print_json({"ok": False, "problems": [asdict(p) for p in error.problems]})
        else:
            err.print(str(error), markup=False)
            err.print(counted(len(error.problems), "problem"), markup=False)
        raise typer.Exit(EXIT_FAILED) from None
    now_s = time.time()
    warned = [
        *expiring.warnings(rules.registry, document, utc_day(now_s)),
        *lint(rules, now_s),
        *by_hand.warnings(unrecorded, document),
    ]
    if as_json:
        print_json(
            {
                "ok": True,
                "problems": [],
                "warnings": [asdict(warning) for warning in warned],
                "models": list(rules.registry.entries),
            }
        )
    else:
        for warning in warned:
            err.print(f"warning: {warning}", style="yellow", markup=False)
        out.print(f"ok: {counted(len(rules.registry.entries), 'model')}", markup=False)
