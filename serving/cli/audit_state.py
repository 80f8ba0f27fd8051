"""What the commands about the log work on, and how they show hashes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.table import Table
from sqlalchemy import Engine

from router.audit.log.errors import LogError
from router.audit.log.verifier_key import read_key
from router.errors import RequestError
from serving.cli.output import cures, fail
from serving.cli.state import existing
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths

_SHOWN_DIGITS = 12


@contextmanager
def open_log(state_dir: Path, key: str | None = None) -> Iterator[tuple[Engine, Ed25519PublicKey]]:
    """The database, and the log's key: the one that is given, the state directory's otherwise.

    What is wrong with either ends the command.
    """
    with cures():
        paths = existing(state_dir)
        engine = open_database(paths)
        try:
            yield engine, key_of_log(paths) if key is None else key_given(key)
        except (LogError, RequestError) as error:
            fail(f"{error} (ringfence audit verify looks at the whole log)")
        finally:
            engine.dispose()


def key_of_log(paths: ClusterPaths) -> Ed25519PublicKey:
    """Raises ValueError where it cannot be read."""
    return _read(paths.audit_public_key)


def key_given(text: str) -> Ed25519PublicKey:
    """A key, or the file that has it. Raises ValueError for what is neither."""
    file = Path(text)
    try:
        is_file = file.is_file()
    except (OSError, ValueError):  # longer than any name may be
        is_file = False
    if is_file:
        return _read(file)
    try:
        return read_key(text.encode())
    except ValueError as error:
        raise ValueError(f"there is no file of the name that --key has, and {error}") from None


def shortened(digest: bytes) -> str:
    """Enough for people to compare; programs get it whole."""
    return f"{digest.hex()[:_SHOWN_DIGITS]}…"


def table_of(*columns: str) -> Table:
    table = Table(box=None)
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def _read(file: Path) -> Ed25519PublicKey:
    try:
        return read_key(file.read_bytes())
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
