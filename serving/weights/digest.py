"""The digest of a directory: every file's sha256, and one over the names and hashes of all."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from serving.weights.errors import WeightsError

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileEntry:
    """`sha256` is 64 hex digits; `mtime_ns` is nanoseconds since the epoch."""

    sha256: str
    size_bytes: int
    mtime_ns: int


def unpaced(_size_bytes: int) -> None:
    """Reads as fast as the disk gives."""


def digest_of(files: Mapping[str, FileEntry]) -> str:
    """`sha256:<hex>` over the lines that `sha256sum` would print for them, in order of the names.

    Names have no line break (`listing`), so no other files have the same lines.
    """
    lines = "".join(f"{files[name].sha256}  {name}\n" for name in sorted(files))
    return "sha256:" + hashlib.sha256(lines.encode()).hexdigest()


def inventory(
    directory: Path,
    leave_out: frozenset[str] = frozenset(),
    pace: Callable[[int], None] = unpaced,
) -> dict[str, FileEntry]:
    """Hashes every file below `directory` but those called as in `leave_out`.

    `pace` is called with the size in bytes of what was just read. Raises WeightsError for what
    cannot be read, is not a file, leads out of the directory, or changes meanwhile.
    """
    names = listing(directory, leave_out)
    files = {name: _entry(directory, name, pace) for name in names}
    if listing(directory, leave_out) != names:
        raise _changes(directory, "the list of its files")
    return files


def listing(directory: Path, leave_out: frozenset[str] = frozenset()) -> list[str]:
    """The names of the files below `directory`, relative, sorted. Raises WeightsError."""
    root = directory.resolve()
    names = []
    try:
        for folder, folders, files in os.walk(root, onerror=_raise):
            here = Path(folder)
            for name in folders:
                if (here / name).is_symlink():
                    raise WeightsError(
                        f"{here / name} is a link to a directory: put the directory itself there"
                    )
            for name in files:
                relative = (here / name).relative_to(root).as_posix()
                if relative not in leave_out:
                    _must_be_ours(root, here / name)
                    names.append(relative)
    except OSError as error:
        raise _unreadable(Path(str(error.filename or directory)), error) from None
    return sorted(names)


def differences(
    recorded: Mapping[str, FileEntry], found: Mapping[str, FileEntry]
) -> tuple[str, ...]:
    """What is missing, new or other than recorded, in words; empty where the contents agree."""
    told = [f"{name} is missing" for name in sorted(recorded.keys() - found.keys())]
    told += [f"{name} is new" for name in sorted(found.keys() - recorded.keys())]
    told += [
        f"{name} has another content"
        for name in sorted(recorded.keys() & found.keys())
        if recorded[name].sha256 != found[name].sha256
    ]
    return tuple(told)


def is_unchanged(
    directory: Path, recorded: Mapping[str, FileEntry], leave_out: frozenset[str] = frozenset()
) -> bool:
    """Whether names, sizes and times are as recorded. Reads no file; raises WeightsError."""
    if set(listing(directory, leave_out)) != set(recorded):
        return False
    try:
        found = {name: (directory / name).stat() for name in recorded}
    except OSError as error:
        raise _unreadable(directory, error) from None
    return all(
        (found[name].st_size, found[name].st_mtime_ns) == (entry.size_bytes, entry.mtime_ns)
        for name, entry in recorded.items()
    )


def sha256_of(file: Path, pace: Callable[[int], None] = unpaced) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK_BYTES):
            digest.update(chunk)
            pace(len(chunk))
    return digest.hexdigest()


def _entry(directory: Path, name: str, pace: Callable[[int], None]) -> FileEntry:
    file = directory / name
    try:
        before = file.stat()
        sha256 = sha256_of(file, pace)
        after = file.stat()
    except OSError as error:
        raise _unreadable(file, error) from None
    if _identity(before) != _identity(after):
        raise _changes(directory, name)
    return FileEntry(sha256, after.st_size, after.st_mtime_ns)


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _must_be_ours(root: Path, file: Path) -> None:
    """A file, or a link to one, inside of the directory. Raises WeightsError, OSError."""
    try:
        printable = str(file).encode().decode().isprintable()
    except UnicodeEncodeError:
        printable = False
    if not printable:
        raise WeightsError(f"a file below {root} has an unprintable name: rename or remove it")
    if file.is_symlink() and not file.resolve(strict=True).is_relative_to(root):
        raise WeightsError(
            f"{file} is a link that leads out of {root}, to where it can change unseen: copy the "
            "directory with `cp -rL`, and point models.yaml at the copy"
        )
    if not stat.S_ISREG(file.stat().st_mode):
        raise WeightsError(f"{file} is not a file: remove it, weights are files alone")


def _changes(directory: Path, what: str) -> WeightsError:
    return WeightsError(
        f"{what} in {directory} changed while it was hashed: wait until nothing writes there "
        "any more, and start again"
    )


def _unreadable(file: Path, error: OSError) -> WeightsError:
    return WeightsError(
        f"{file} cannot be read ({error.strerror}): it has to be there, and the user that runs "
        "Ringfence has to be allowed to read it"
    )


def _raise(error: OSError) -> None:
    raise error
