"""Data against a pydantic model, with every error as file, line, problem and cure.

Messages quote keys and the allowed values, never a value that was refused: somebody may have put a
secret where its name belongs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigError, ConfigProblem

M = TypeVar("M", bound=BaseModel)


class ConfigModel(BaseModel):
    """Base of all configuration: no unknown keys, no conversions, no infinite numbers."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_by_name=False
    )


def pattern(regex: str, problem: str, cure: str) -> AfterValidator:
    """A constraint on text whose message says what is wrong and how to mend it."""
    compiled = re.compile(regex)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise PydanticCustomError("pattern", "{problem}", {"problem": problem, "cure": cure})
        return value

    return AfterValidator(check)


def validate(document: YamlDocument, model: type[M]) -> M:
    """The document as a `model`, whose file format is `schema: 1`.

    Raises ConfigError with all problems; with the schema version alone if that is another one,
    since nothing else can be judged then.
    """
    version = document.data.get("schema", 1)
    if version != 1 or isinstance(version, bool):
        raise ConfigError(
            (
                document.problem(
                    ("schema",),
                    "the schema is a version that this release does not read",
                    "write `schema: 1` and that format, or install the release that reads yours",
                ),
            )
        )
    try:
        # JSON mode is strict about types and still reads texts as enums.
        return model.model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        problems = tuple(_problem(document, model, detail) for detail in details)
        raise ConfigError(tuple(dict.fromkeys(problems))) from None


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, if one is near enough."""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.5)), None)


def _problem(document: YamlDocument, model: type[BaseModel], detail: ErrorDetails) -> ConfigProblem:
    path: KeyPath = tuple(part for part in detail["loc"] if part != "[key]")
    context = detail.get("ctx", {})
    name = f"`{_dotted(document, path)}`"
    match detail["type"]:
        case "extra_forbidden":
            problem, cure = f"unknown key {name}", _key_cure(model, path)
        case "missing":
            problem, cure = f"{name} is missing", f"add the key `{path[-1]}`"
        case "literal_error" | "enum":
            problem = f"{name} is none of the allowed values"
            cure = f"use one of: {context['expected']}"
            if isinstance(detail["input"], str):
                cure = _closest_first(detail["input"], str(context["expected"]))
        case "union_tag_invalid":
            problem = f"{name} has an unknown {context['discriminator']}"
            cure = f"use one of: {context['expected_tags']}"
        case "union_tag_not_found":
            problem = f"{name} does not say its {context['discriminator']}"
            cure = f"add the key {context['discriminator']}"
        case "string_type":
            problem, cure = f"{name} is not text", 'write it in quotes: "…"'
        case "pattern":
            problem, cure = f"{name} {context['problem']}", str(context["cure"])
        case _:
            message = detail["msg"].replace("Input", "it")
            problem, cure = f"{name} is not valid", f"change it so that {message}"
    return document.problem(path, problem, cure)


def _dotted(document: YamlDocument, path: KeyPath) -> str:
    """`models[0].backend.weights`: without the union tags that are in no file."""
    text = ""
    at: KeyPath = ()
    for position, part in enumerate(path):
        if (*at, part) in document.lines or position == len(path) - 1:
            at = (*at, part)
            text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _closest_first(value: str, expected: str) -> str:
    near = closest(value, re.findall(r"'([^']*)'", expected))
    hint = f"write `{near}`; " if near else ""
    return f"{hint}the allowed values are {expected}"


def _key_cure(model: type[BaseModel], path: KeyPath) -> str:
    known = sorted(_known_keys(model, path[:-1]))
    near = closest(str(path[-1]), known)
    hint = f"write `{near}`, or remove it" if near else "remove it"
    return f"{hint}; the keys here are {', '.join(known)}"


def _known_keys(annotation: Any, path: KeyPath) -> frozenset[str]:
    """The keys that a model has at `path` below `annotation`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = {field.alias or name: field for name, field in annotation.model_fields.items()}
        if not path:
            return frozenset(fields)
        if path[0] in fields:
            return _known_keys(fields[str(path[0])].annotation, path[1:])
        # What is no field is the tag by which pydantic tells a union's members apart.
        kind = annotation.model_fields.get("kind")
        tags = get_args(kind.annotation) if kind else ()
        return _known_keys(annotation, path[1:]) if path[0] in tags else frozenset()
    below = path[1:] if get_origin(annotation) in (list, tuple, dict) else path
    keys = (_known_keys(argument, below) for argument in get_args(annotation))
    return frozenset().union(*keys)
