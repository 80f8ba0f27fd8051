"""One run in a process of its own, followed line by line, and ended with this one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from benchmarks.quality.job import KEY_VARIABLE, Done, Failed, Finished, Job, Line

_LINE: TypeAdapter[Done | Finished | Failed] = TypeAdapter(Line)
_PATIENCE_S = 20.0
STDERR = "stderr.txt"
_KEPT = frozenset({"PATH", "LANG", "TZ", "PYTHONPATH"})
_SEE = "what it said is in {} beside its logs, which --logs keeps"

OnItem = Callable[[str], None]
"""The suite of which an item is done."""


class RunFailed(Exception):
    """There is nothing to make a record of. The message has no text of a prompt or an answer."""


def run_job(job: Job, key: str, on_item: OnItem) -> Finished:
    """Asks the gateway what the job says. Raises RunFailed.

    inspect writes traces and caches below the user's home: here that is a folder that is removed.
    What it prints is kept in the log folder, since there may be texts in it.
    """
    job.log_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ringfence-inspect-") as home:
        errors = job.log_folder.parent / f"{job.log_folder.name}-{STDERR}"
        with errors.open("wb") as stderr, _process(stderr.fileno(), Path(home), key) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(job.model_dump_json().encode())
            process.stdin.close()
            for said in map(_line, process.stdout):
                match said:
                    case Done(suite=suite):
                        on_item(suite)
                    case Finished():
                        return said
                    case Failed(kind=kind):
                        raise RunFailed(f"inspect gave up with {kind}: {_SEE.format(errors.name)}")
                    case None:
                        continue
    raise RunFailed(f"the process of inspect ended by itself: {_SEE.format(errors.name)}")


@contextmanager
def _process(stderr: int, home: Path, key: str) -> Iterator[subprocess.Popen[bytes]]:
    """Ended when the block is left, however that is."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.quality.inspected.main"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=_environment(home, key),
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _environment(home: Path, key: str) -> dict[str, str]:
    """Nothing of the user's settings of inspect, nor anybody's credentials but the one key."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "TZ", "PYTHONPATH")
        if name in os.environ
    }
    folders = {name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "TMPDIR")}
    return kept | folders | {KEY_VARIABLE: key}


def _line(raw: bytes) -> Done | Finished | Failed | None:
    """None for what is none of ours."""
    try:
        return _LINE.validate_json(raw)
    except ValidationError:
        return None
