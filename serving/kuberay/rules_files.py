"""The files that the rules are read from, as pods find them: models.yaml, policy.yaml, records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from router.config.yaml_document import parse_yaml
from router.domain import Json, JsonObject
from router.policy.policy import Rules
from serving.kuberay.settings import ClusterSettings

MAX_BYTES = 1_000_000
"""What Kubernetes keeps in one ConfigMap is a MiB, names and all."""


class CannotCarry(ValueError):
    """Files that a ConfigMap does not take. Says which, and the cure."""


@dataclass(frozen=True, slots=True)
class RulesFiles:
    """Texts by their path below the directory of the rules; models.yaml and policy.yaml first."""

    texts: dict[str, str]

    def config_map(self, settings: ClusterSettings) -> JsonObject:
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": settings.rules_map, "namespace": settings.namespace},
            "data": {key: self.texts[path] for key, path in self._keys()},
        }

    def volume(self, settings: ClusterSettings) -> JsonObject:
        """Keys have no slashes; their paths may."""
        items: list[Json] = [{"key": key, "path": path} for key, path in self._keys()]
        return {"name": "rules", "configMap": {"name": settings.rules_map, "items": items}}

    def _keys(self) -> Iterator[tuple[str, str]]:
        for number, path in enumerate(self.texts):
            yield (path if number < 2 else f"record-{number}.json"), path


def rules_files(rules: Rules, models_path: Path) -> RulesFiles:
    """Reads the records that models.yaml and the policy name; loading the rules has verified them.

    Raises CannotCarry for a record outside of the directory of the file that names it, for two of
    one name, and for too much of it. What is no text, such as a learned router, belongs into the
    image.
    """
    text = rules.policy.text
    texts = {"models.yaml": text.models.decode(), "policy.yaml": text.policy.decode()}
    for content, naming in ((text.models, models_path), (text.policy, Path(text.policy_file))):
        for name in dict.fromkeys(_records(parse_yaml(content, str(naming)).data)):
            record = _below(name, naming)
            read = (naming.parent / record).read_text("utf-8")
            if texts.setdefault(str(record), read) != read:
                raise CannotCarry(
                    f"{record} is another record in {text.policy_file} than in {models_path.name},"
                    " and in a pod they lie in one directory: rename one of the two"
                )
    size_bytes = sum(len(content.encode()) for content in texts.values())
    if size_bytes > MAX_BYTES:
        raise CannotCarry(
            f"{models_path.name}, the policy and the records are {size_bytes:,} bytes together, and"
            f" a ConfigMap takes {MAX_BYTES:,}: name fewer records"
        )
    return RulesFiles(texts)


def _below(name: str, naming: Path) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise CannotCarry(
            f"the record {name} is outside of the directory of {naming.name}, and no pod has it:"
            " put it below, and write its relative path"
        )
    return path


def _records(data: Json) -> Iterator[str]:
    """Wherever a reference to a record stands: `{record: PATH, sha256: …}`."""
    if isinstance(data, dict):
        record = data.get("record")
        if isinstance(record, str) and "sha256" in data:
            yield record
        for value in data.values():
            yield from _records(value)
    elif isinstance(data, list):
        for value in data:
            yield from _records(value)
