"""A bundle in a file, whole or not at all, and who took it in the log."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine

from router.audit.acts import Act, record_act
from router.audit.log.export import Selection, uncovered, write_bundle
from router.domain import JsonObject
from router.store.database import reading


@dataclass(frozen=True, slots=True)
class Exported:
    """`waiting` entries like those are not in the bundle: no signed checkpoint covers them yet."""

    entries: int
    waiting: int


def write_recorded(
    engine: Engine, public_key: Ed25519PublicKey, selection: Selection, file: Path, actor: str
) -> Exported:
    """The act is durable before the file has its name.

    The file is its owner's alone (mode 0600). Raises ValueError where there is one, or no directory
    for it; otherwise as `write_bundle`.
    """
    if file.exists():
        raise ValueError(f"there is a file {file} already: name another with -o")
    part = file.with_name(f"{file.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ValueError(f"{part} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            with reading(engine).connect() as connection:
                waiting = uncovered(connection, selection)
                count = write_bundle(connection, public_key, selection, out)
            out.flush()
            os.fsync(out.fileno())
        details: JsonObject = {
            "entries": count,
            "request": selection.request_id,
            "from_s": selection.from_s,
            "to_s": selection.to_s,
        }
        with engine.begin() as connection:
            record_act(connection, Act("audit.exported", actor, "", details), time.time())
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return Exported(count, waiting)
