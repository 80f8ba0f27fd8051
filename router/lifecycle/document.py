"""models.yaml as a file that moves edit: in place, line by line, whole or not at all."""

from __future__ import annotations

import copy
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from router.audit.canonical import canonical_json
from router.config.yaml_document import KeyPath, YamlDocument, parse_yaml
from router.errors import ConfigError
from router.lifecycle.edit_yaml import CannotEdit, remove_key, set_value
from router.lifecycle.plan import Change, MoveKind
from router.lifecycle.requirements import MoveRefused
from router.lifecycle.standing import decimal
from router.registry.registry import CANDIDATE, CHAMPION
from router.registry.upgrade import schema_of

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Edit:
    """A file and what is to become of it; the same bytes twice where nothing is."""

    path: Path
    before: bytes
    after: bytes

    @property
    def sha256(self) -> str:
        """64 hex digits over the file as the edit leaves it."""
        return hashlib.sha256(self.after).hexdigest()

    def write(self) -> None:
        """Puts the new file in place of the old one, at once and durably.

        Raises MoveRefused if somebody else has changed it meanwhile, and OSError.
        """
        if self.path.read_bytes() != self.before:
            raise MoveRefused(f"{self.path.name} has changed meanwhile: try again")
        if self.after == self.before:
            return
        target = self.path.resolve()
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self.after)
                file.flush()
                os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
                os.fsync(file.fileno())
            os.replace(temporary, target)
            directory = os.open(target.parent, os.O_RDONLY)
            os.fsync(directory)
            os.close(directory)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def edited(
    document: YamlDocument, change: Change, day: date, check: Callable[[YamlDocument], object]
) -> Edit:
    """The edit that makes a change from `day` on, of a document as it was read.

    `check` has the last word on what comes out: it raises ConfigError for what cannot be served
    with. Raises MoveRefused where the file's layout allows no edit.
    """
    path = Path(document.file)
    if change.kind is MoveKind.ADOPT:
        return Edit(path, document.content, document.content)
    text = document.content.decode()
    bom = _BOM if text.startswith(_BOM) else ""
    try:
        after = (bom + _rewritten(text.removeprefix(bom), document, change, day)).encode()
        read_back = parse_yaml(after, document.file)
    except (CannotEdit, ConfigError, yaml.YAMLError) as error:
        hint = f": {error}" if isinstance(error, CannotEdit) else ""
        raise MoveRefused(
            f"{path.name} is written in a way that cannot be edited in place{hint}"
        ) from None
    if read_back.data != _meant(document, change, day):
        raise MoveRefused(
            f"{path.name} is written in a way that cannot be edited in place: write the model's "
            "`lifecycle` and its aliases each on one line, without anchors"
        )
    check(read_back)
    return Edit(path, document.content, after)


def entry_digest(document: YamlDocument, key: str) -> str:
    """64 hex digits over what the file says of a version and its id's aliases. Raises KeyError."""
    index = _index(document, key)
    data: Any = document.data
    model_id = key.partition("@")[0]
    said = {"entry": data["models"][index], "aliases": data["aliases"].get(model_id)}
    return hashlib.sha256(canonical_json(said)).hexdigest()


def _rewritten(text: str, document: YamlDocument, change: Change, day: date) -> str:
    here: KeyPath = ("models", _index(document, change.key), "lifecycle")
    if change.kind is not MoveKind.ROLLBACK:
        text = set_value(text, (*here, "state"), change.to_state.value)
        text = set_value(text, (*here, "since"), f'"{day}"')
        share = (*here, "canary_share")
        if change.canary_share is None:
            text = remove_key(text, share)
        else:
            text = set_value(text, share, decimal(change.canary_share))
        text = remove_key(text, (*here, "shadow_share"))
    return _aliases(text, document, change)


def _aliases(text: str, document: YamlDocument, change: Change) -> str:
    here: KeyPath = ("aliases", change.model_id)
    named = _named(change)
    aliases: Any = document.data["aliases"]
    if not named:
        return remove_key(text, here)
    if change.model_id not in aliases:
        inside = ", ".join(f'{alias}: "{version}"' for alias, version in named.items())
        return set_value(text, here, f"{{{inside}}}")
    for alias in (CHAMPION, CANDIDATE):
        if alias in named and aliases[change.model_id].get(alias) != named[alias]:
            text = set_value(text, (*here, alias), f'"{named[alias]}"')
    for alias in (CHAMPION, CANDIDATE):
        if alias not in named:
            text = remove_key(text, (*here, alias))
    return text


def _meant(document: YamlDocument, change: Change, day: date) -> dict[str, Any]:
    data: dict[str, Any] = copy.deepcopy(document.data)
    if change.kind is not MoveKind.ROLLBACK:
        said: dict[str, Any] = data["models"][_index(document, change.key)]["lifecycle"]
        said.pop("canary_share", None)
        said.pop("shadow_share", None)
        said |= {"state": change.to_state.value, "since": day.isoformat()}
        if change.canary_share is not None:
            said["canary_share"] = change.canary_share
    data["aliases"].pop(change.model_id, None)
    if named := _named(change):
        data["aliases"][change.model_id] = named
    return data


def _named(change: Change) -> dict[str, str]:
    named = {CHAMPION: change.champion_after, CANDIDATE: change.candidate_after}
    return {alias: version for alias, version in named.items() if version is not None}


def _index(document: YamlDocument, key: str) -> int:
    if schema_of(document) == 1:
        raise MoveRefused(
            "models.yaml is of schema 1, which knows no lifecycle: write `schema: 2`, as "
            "docs/guides/models.md says"
        )
    models: Any = document.data["models"]
    keys = [f"{entry['id']}@{entry['version']}" for entry in models]
    if key not in keys:
        raise KeyError(key)
    return keys.index(key)
