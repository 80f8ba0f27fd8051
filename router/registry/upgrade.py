"""Files of schema 1 or 2 as files of schema 3, in memory: what they say stays, what they lack is
None.

Schema 1 knew one version per id by an alias, and no owners, lifecycles or providers. Its models are
in production, and its external ones are used under their providers' terms: contracts were not asked
for, and none is assumed. Schema 2 knew one number of replicas, and took any node with room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import Json, JsonObject
from router.errors import ConfigError, ConfigProblem

SCHEMA = 3
_SCHEMAS = range(1, SCHEMA + 1)
# What came with a schema, by where it stands.
_FILE_KEYS: Mapping[int, tuple[str, ...]] = {
    2: ("providers", "certifications_required", "contracts_required"),
}
_MODEL_KEYS: Mapping[int, tuple[KeyPath, ...]] = {
    2: (
        ("owner",),
        ("licence",),
        ("lifecycle",),
        ("next_review",),
        ("certifications",),
        ("weights_digest",),
        ("measured",),
        ("price", "gpu_hour_usd"),
        ("price", "throughput_record"),
    ),
    3: (
        ("backend", "placement"),
        ("backend", "autoscaling"),
        ("backend", "replicas", "min"),
        ("backend", "replicas", "max"),
        ("backend", "replicas", "target"),
    ),
}
_UNSTATED_TERMS = "not stated: models.yaml is of schema 1"


def schema_of(document: YamlDocument) -> int:
    """1, 2 or 3. Raises ConfigError for any other, which alone can be judged then."""
    if "schema" not in document.data:
        raise ConfigError(
            (document.problem((), "`schema` is missing", f"add the key `schema: {SCHEMA}`"),)
        )
    version = document.data["schema"]
    if type(version) is not int or version not in _SCHEMAS:
        cure = f"write `schema: {SCHEMA}` and that format, or install the release that reads yours"
        problem = "the schema is a version that this release does not read"
        raise ConfigError((document.problem(("schema",), problem, cure),))
    return version


def upgraded(document: YamlDocument) -> YamlDocument:
    """The document with the keys of schema 3 and without `schema`; lines are those of the file.

    Raises ConfigError for keys of a later schema than the file's: it is half of each.
    """
    data = {key: value for key, value in document.data.items() if key != "schema"}
    schema = schema_of(document)
    problems = tuple(_too_new(document, schema))
    if problems:
        raise ConfigError(problems)
    if schema == 1:
        data |= {"aliases": _champions(data), "providers": _providers(data)}
        if "aliases" not in document.data:
            del data["aliases"]
    return replace(document, data=data)


def missing(document: YamlDocument) -> Iterator[ConfigProblem]:
    """The warning that a file of schema 1 is due; nothing for a later one."""
    if schema_of(document) == 1:
        yield document.problem(
            ("schema",),
            "schema 1 says nothing of owners, licences, lifecycles, reviews and providers",
            f"write `schema: {SCHEMA}` and add them, as docs/guides/models.md says",
        )


def _too_new(document: YamlDocument, schema: int) -> Iterator[ConfigProblem]:
    models = document.data.get("models")
    count = len(models) if isinstance(models, list) else 0
    for since in range(schema + 1, SCHEMA + 1):
        places: list[KeyPath] = [(key,) for key in _FILE_KEYS.get(since, ())]
        for index in range(count):
            places += [("models", index, *path) for path in _MODEL_KEYS.get(since, ())]
        for place in places:
            if place in document.lines:
                yield document.problem(
                    place,
                    f"unknown key `{place[-1]}`: it came with schema {since}",
                    f"write `schema: {SCHEMA}`, or remove it",
                )


def _champions(data: JsonObject) -> Json:
    aliases = data.get("aliases")
    if not isinstance(aliases, dict):
        return aliases
    return {model_id: {"champion": version} for model_id, version in aliases.items()}


def _providers(data: JsonObject) -> JsonObject:
    models = data.get("models")
    found: JsonObject = {}
    for entry in models if isinstance(models, list) else []:
        backend = entry.get("backend") if isinstance(entry, dict) else None
        name = backend.get("provider") if isinstance(backend, dict) else None
        if (
            isinstance(name, str)
            and isinstance(entry, dict)
            and entry.get("location") == "external"
        ):
            found[name] = {"terms": {"document": _UNSTATED_TERMS, "accepted_by": "not stated"}}
    return found
