"""What `ringfence gate` is given: rules, outcomes, golden cases, and what is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from router.config.yaml_document import load_yaml
from router.errors import ConfigError
from router.gate.meaning import meaning_digest
from router.gate.record import Judged
from router.policy.archive import active, text_of
from router.policy.load import rules_digest, rules_of_text
from router.policy.policy import Rules, RulesText
from serving.cli.output import err, fail
from serving.cli.policy_records import NOTHING_SERVED, records
from serving.cluster.paths import ClusterPaths

if TYPE_CHECKING:
    from benchmarks.quality.gate.ask import GatewayAsk
    from benchmarks.quality.gate.misroutes import Golden
    from benchmarks.quality.gate.outcomes import Matrix
    from benchmarks.quality.suite import Suite

KEY_VARIABLE = "RINGFENCE_BENCH_KEY"


@dataclass(frozen=True, slots=True)
class Files:
    """One set of rules on disk."""

    models: Path
    policy: Path

    def text(self) -> RulesText:
        """Both as they are now. Raises ValueError."""
        try:
            contents = self.models.read_bytes(), self.policy.read_bytes()
        except OSError as error:
            raise ValueError(f"{error.filename} cannot be read: {error.strerror}") from None
        return RulesText(*contents, str(self.models), str(self.policy))


def with_named(files: Files, named: Sequence[Path]) -> Files:
    """The files with those in their place that are named, by what is in them.

    Raises ValueError for two of one kind, and ConfigError for what is no configuration.
    """
    seen: set[str] = set()
    for path in named:
        kind = "models" if "models" in load_yaml(path).data else "policy"
        if kind in seen:
            raise ValueError(f"{path} is the second {kind} that is named: name one of each")
        seen.add(kind)
        files = replace(files, **{kind: path})
    return files


def judged_of_text(text: RulesText) -> Judged:
    """What cannot be read as data has no meaning: it is empty."""
    try:
        meaning = meaning_digest(text)
    except ConfigError:
        meaning = ""
    return Judged(rules_digest(text.models, text.policy), meaning)


def judged_of(rules: Rules) -> Judged:
    return Judged(rules.policy.digest, meaning_digest(rules.policy.text))


def served(state_dir: Path, names: Files) -> Rules:
    """What serves, or did last, as if it lay where `names` do: records are named from there.

    Raises ValueError where nothing ever served, and ConfigError.
    """
    paths = ClusterPaths.of(state_dir)
    text = None
    if paths.state.is_dir():
        with records(paths) as connection:
            now = active(connection)
            text = None if now is None else text_of(connection, now.digest)
    if text is None:
        raise ValueError(f"{NOTHING_SERVED} (--against)")
    models, policy = str(names.models), str(names.policy)
    return rules_of_text(replace(text, models_file=models, policy_file=policy))


def golden_cases(own: Sequence[Path], *, shipped: bool) -> tuple[Golden, ...]:
    """Raises ConfigError."""
    from benchmarks.quality.gate.misroutes import SHIPPED, read_golden  # noqa: PLC0415

    files = [SHIPPED, *own] if shipped else own
    return tuple(map(read_golden, files))


def measured(outcomes: Path | None) -> Matrix:
    """Raises OutcomesRefused, a ValueError; nothing at all where no folder is named."""
    from benchmarks.quality.gate.outcomes import Matrix, read_outcomes  # noqa: PLC0415

    return Matrix((), {}, {}) if outcomes is None else read_outcomes(outcomes)


def asking(url: str | None, matrix: Matrix, on_item: Callable[[], None]) -> GatewayAsk | None:
    """Who asks what nobody measured; None without a gateway. Ends the command without a key."""
    from benchmarks.quality.gate.ask import GatewayAsk  # noqa: PLC0415

    if url is None:
        return None
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        fail(f"there is no key: put one of the gateway's into {KEY_VARIABLE}", 2)
    return GatewayAsk(url, key, _suites(matrix), on_item=on_item)


def _suites(matrix: Matrix) -> dict[str, Suite]:
    """Those of the outcomes that the repository makes, and makes as it did then."""
    from benchmarks.quality.loaders.source import SetAbsent  # noqa: PLC0415
    from benchmarks.quality.suite import SuiteChanged, make_suite  # noqa: PLC0415
    from benchmarks.quality.suites_file import load_entries  # noqa: PLC0415

    found: dict[str, Suite] = {}
    entries = load_entries()
    for name, digest in matrix.suites.items():
        try:
            suite = make_suite(entries[name], {}) if name in entries else None
        except (SetAbsent, SuiteChanged):
            suite = None
        if suite is not None and suite.digest == digest:
            found[name] = suite
        else:
            err.print(
                f"ringfence: items of {name} cannot be asked again: the suite is not here, or "
                "another one now",
                style="yellow",
                markup=False,
            )
    return found
