"""`ringfence bench overload`"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from serving.cli.bench_readme import renew
from serving.cli.options import EXIT_FAILED, AsJson
from serving.cli.output import err, fail, out

if TYPE_CHECKING:
    from benchmarks.overload.load import Target
    from benchmarks.overload.record import Engine, OverloadRecord
    from benchmarks.overload.scenario import Scenario

RESULTS = Path("benchmarks/results/overload")
GUIDE = Path("docs/guides/overload.md")

_ANSWER_TOKENS = 16
_PRIVATE_PLACES, _FAST_PLACES = 32, 8
_SERVICE_S, _JITTER = 2.0, 0.2


def overload(
    seconds: Annotated[float, typer.Option(help="How long each scenario runs.", min=1)] = 35.0,
    repeats: Annotated[int, typer.Option(help="How often each runs.", min=1)] = 3,
    clients: Annotated[int, typer.Option(help="Clients of the flood.", min=1)] = 64,
    quiet_rps: Annotated[
        float, typer.Option(help="Requests a second of the quiet team.", min=0.1)
    ] = 2.0,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} if whole.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Measure nothing; guide of the last run.")
    ] = False,
    guide: Annotated[Path, typer.Option(help="The file that --report renews.")] = GUIDE,
    as_json: AsJson = False,
) -> None:
    """Flood a gateway, and see what it does to a team whose requests must stay.

    A gateway in a process of its own, before simulated engines; the same team is measured alone,
    beside a flood on `private`, and beside one on `fast`, in turn.
    Exit status: 1 if a whole run (200 samples of each) misses a goal.

    Example: ringfence bench overload --seconds 10 --repeats 1 --json
    """
    if report:
        _render(out_folder or RESULTS, guide)
        return
    from benchmarks.overload.measure import NothingAnswered, measure  # noqa: PLC0415
    from benchmarks.overload.record import save  # noqa: PLC0415
    from benchmarks.overload.scenario import Scenario, Workload  # noqa: PLC0415
    from serving.bench.leak.child import DidNotStart  # noqa: PLC0415

    workload = Workload(quiet_rps, clients, seconds, repeats=repeats)
    with tempfile.TemporaryDirectory(prefix="ringfence-overload-") as directory:
        try:
            with (
                _gateway(Path(directory)) as (target, engine),
                _progress(repeats * len(Scenario)) as on_phase,
            ):
                record = measure(target, engine, workload, on_phase)
        except DidNotStart as error:
            fail(f"the gateway cannot be measured: {error}")
        except NothingAnswered as error:
            fail(f"no request of {error} was answered; run it for longer, or with fewer clients")
    stored = save(record, out_folder or RESULTS) if record.is_whole or out_folder else None
    if as_json:
        typer.echo(record.model_dump_json(indent=2))
    else:
        _show(record)
    if stored is not None:
        err.print(f"stored in {stored}; `ringfence bench overload --report` renews the guide")
    if record.is_whole and record.missed:
        raise typer.Exit(EXIT_FAILED)


def _render(folder: Path, guide: Path) -> None:
    from benchmarks.overload.record import newest  # noqa: PLC0415
    from benchmarks.overload.report import BLOCK, guide_block  # noqa: PLC0415

    record = newest(folder)
    if record is None:
        fail(f"no whole run is recorded in {folder}")
    renew(guide, BLOCK, guide_block(record))
    out.print(f"renewed {guide}", markup=False)


@contextmanager
def _gateway(directory: Path) -> Iterator[tuple[Target, Engine]]:
    """The product's own wiring over simulators, and keys of two teams that it knows."""
    from benchmarks.overload.load import Target  # noqa: PLC0415
    from benchmarks.overload.record import Engine  # noqa: PLC0415
    from router.accounts.keys import KeyHasher, KeyStore  # noqa: PLC0415
    from router.clock import SystemClock  # noqa: PLC0415
    from router.store.database import connect  # noqa: PLC0415
    from router.store.migrate import migrate  # noqa: PLC0415
    from serving.bench.leak.configuration import write_configuration  # noqa: PLC0415
    from serving.bench.leak.gateway import GatewayProcess  # noqa: PLC0415
    from serving.bench.leak.gateway_main import sqlite_url  # noqa: PLC0415
    from serving.bench.leak.secrets import make_secrets, read_root_secret  # noqa: PLC0415
    from serving.simulator.config import SimulatorConfig  # noqa: PLC0415
    from serving.simulator.process import SimulatorProcess  # noqa: PLC0415

    config = SimulatorConfig(ttft_s=_SERVICE_S, jitter=_JITTER, completion_tokens=_ANSWER_TOKENS)
    make_secrets(directory)
    database = connect(sqlite_url(directory))
    migrate(database)
    store = KeyStore(database, KeyHasher(read_root_secret(directory)), SystemClock())
    keys = {team: store.create(team=team)[1] for team in ("quiet", "flood")}
    database.dispose()
    with ExitStack() as running:
        origins = dict.fromkeys(("openai", "anthropic"), "http://127.0.0.1:9")
        for name in ("private", "fast"):
            origins[name] = running.enter_context(SimulatorProcess(config)).origin
        models, policies, _ = write_configuration(directory, origins)
        policy, capacity = _with_capacity(policies[0])
        process = GatewayProcess(directory, "gateway", models, detector="fake")
        asyncio.run(process.start(policy))
        running.callback(lambda: asyncio.run(process.stop()))
        engine = Engine(
            service_s=_SERVICE_S,
            jitter=_JITTER,
            private_places=_PRIVATE_PLACES,
            fast_places=_FAST_PLACES,
            reserved_for_private=capacity["reserved_for_private"],
            headroom_for_other_teams=capacity["headroom_for_other_teams"],
        )
        yield Target(process.url, keys["quiet"], keys["flood"]), engine


def _with_capacity(policy: Path) -> tuple[Path, dict[str, Any]]:
    """The shipped section `capacity`, with the places that the simulated engines have."""
    import yaml  # noqa: PLC0415

    document = yaml.safe_load(policy.read_text("utf-8"))
    capacity = document["capacity"]
    capacity["models"] = {
        "private-model": {"concurrent": _PRIVATE_PLACES},
        "fast-model": {"concurrent": _FAST_PLACES},
    }
    # A flood's clients wait in the queue, or are turned away while it is measured.
    capacity["others"] = {"max_wait_s": 2, "max_waiting": 16}
    document["cascade"] |= {"attempt_timeout_s": 60, "total_timeout_s": 120}
    changed = policy.with_name("policy-overload.yaml")
    changed.write_text(yaml.safe_dump(document), encoding="utf-8")
    return changed, capacity


def _show(record: OverloadRecord) -> None:
    for waits in record.waits:
        out.print(
            f"{waits.scenario:<14} n {waits.n:>5,}  p50 {waits.p50_ms:>7,.0f} ms  "
            f"p95 {waits.p95_ms:>7,.0f} ms  to calm {record.ratio(waits.scenario):.2f}  "
            f"quiet {waits.quiet_statuses}  flood {waits.flood_statuses}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    for goal in record.missed:
        out.print(f"missed  {goal}", markup=False)


@contextmanager
def _progress(phases: int) -> Iterator[Callable[[int, Scenario], None]]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    ) as bars:
        task = bars.add_task("starting", total=phases)
        yield lambda done, scenario: bars.update(task, completed=done, description=scenario.value)
