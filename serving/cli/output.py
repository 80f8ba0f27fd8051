"""What the commands print: steps with their seconds, results, errors that name the cure."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.status import Status

from serving.cli.options import EXIT_FAILED

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def fail(message: str, code: int = EXIT_FAILED) -> NoReturn:
    """Prints an error and leaves with its exit status."""
    err.print(f"ringfence: {message}", style="red", markup=False)
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2))


def counted(count: int, one: str, many: str | None = None) -> str:
    """Such as "1 key" or "2,000 keys"; `many` is the plural where that takes more than an s."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


class Steps:
    """Progress of long work: one line for each step that is done, with how long it took.

    On a terminal the running step turns; elsewhere every step is two plain lines, so that a log
    says where it stands.
    """

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._step: tuple[str, float] | None = None
        self._status: Status | None = None

    def __enter__(self) -> Steps:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.done(failed=error is not None)

    def begin(self, name: str) -> None:
        """Ends the step before and begins another; the same name again changes nothing."""
        if self._step is not None and self._step[0] == name:
            return
        self.done()
        self._step = (name, time.monotonic())
        if err.is_terminal:
            self._status = err.status(name)
            self._status.start()
        else:
            err.print(f"      … {name}", markup=False)

    def say(self, detail: str) -> None:
        """What the running step is at; shown on terminals only."""
        if self._status is not None and self._step is not None:
            self._status.update(f"{self._step[0]}  [dim]{detail}[/dim]")

    def done(self, failed: bool = False) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
        if self._step is not None:
            name, began_s = self._step
            mark = "failed" if failed else f"{time.monotonic() - began_s:5.1f} s"
            err.print(f"{mark}  {name}", markup=False)
            self._step = None

    @property
    def total_s(self) -> float:
        return time.monotonic() - self._began_s


@contextmanager
def cures() -> Iterator[None]:
    """Turns the errors that our own code raises with a cure into one line and an exit status."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from router.errors import ConfigError  # noqa: PLC0415
    from serving.cluster.paths import UnsafeDirectory  # noqa: PLC0415
    from serving.cluster.ports import PortTaken  # noqa: PLC0415

    try:
        yield
    except ConfigError as error:
        fail(f"the configuration cannot be served with\n{error}")
    except SQLAlchemyError as error:
        fail(
            f"the database cannot be used now ({type(error).__name__}): see that it is up and that "
            "nobody holds it, and try again"
        )
    except (PortTaken, UnsafeDirectory, ValueError) as error:
        fail(str(error))
