"""A YAML file as plain data that still knows on which line everything stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a value stands: the keys and list positions (from 0) that lead to it."""

MAX_BYTES = 1_000_000
"""Tables that people write have a few thousand bytes; more is some other file."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file, and what to do about it; `line` counts from 1."""

    file: str
    line: int | None
    problem: str
    cure: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.problem}\n  cure: {self.cure}"


class TableError(ValueError):
    """A table that cannot be believed. Holds all problems, not the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


@dataclass(frozen=True, slots=True)
class LocatedYaml:
    file: str
    data: dict[str, Any]
    lines: Mapping[KeyPath, int] = field(repr=False)

    def problem(self, path: KeyPath, problem: str, cure: str) -> Problem:
        """A problem on the line of `path`, or of what is nearest above it."""
        while path not in self.lines:
            path = path[:-1]
        return Problem(self.file, self.lines[path], problem, cure)


def read_yaml(path: Path) -> LocatedYaml:
    """Reads one file whose root is a mapping. Raises TableError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        cure = "give the path of a file that can be read"
        raise _refusal(str(path), None, f"cannot be read: {reason}", cure) from None
    return parse_yaml(content, str(path))


def parse_yaml(content: bytes, file: str) -> LocatedYaml:
    """Parses what was read from `file`. Aliases are refused: every figure is written out."""
    if len(content) > MAX_BYTES:
        raise _refusal(file, None, f"has more than {MAX_BYTES} bytes", "give a table of GPUs")
    try:
        loader = yaml.SafeLoader(content.decode("utf-8-sig"))
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise _refusal(file, 1, "is not a mapping", "start it with `schema: 1`")
        lines: dict[KeyPath, int] = {(): 1}
        return LocatedYaml(file, _Reader(file, loader, lines).mapping(root, ()), lines)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal(file, line, "is not UTF-8", "save the file as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise _refusal(
            file, mark.line + 1 if mark else None, said, "correct the YAML here or just above"
        ) from None
    except yaml.YAMLError:
        raise _refusal(file, None, "holds a control character", "remove it") from None
    except RecursionError:
        raise _refusal(file, None, "is nested too deeply", "flatten it") from None


class _Reader:
    """Turns nodes into data and notes their lines on the way."""

    def __init__(self, file: str, loader: yaml.SafeLoader, lines: dict[KeyPath, int]) -> None:
        self._file, self._loader, self._lines = file, loader, lines
        self._seen: set[int] = set()

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._value(key_node, path)
            if not isinstance(key, str):
                raise self._refusal(key_node, "has a key that is not text", "quote the key")
            if key in data:
                first = self._lines[*path, key]
                raise self._refusal(
                    key_node, f"the key `{key}` is already on line {first}", "keep one of the two"
                )
            self._lines[*path, key] = _line(key_node)
            data[key] = self._value(value_node, (*path, key))
        return data

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:
        if id(node) in self._seen:
            raise self._refusal(node, "is used again through an alias", "write the value out")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self._lines[*path, index] = _line(item)
                items.append(self._value(item, (*path, index)))
            return items
        try:
            return self._loader.construct_object(node)
        except (yaml.constructor.ConstructorError, ValueError):
            raise self._refusal(node, "is no text, number or truth value", "quote it") from None

    def _refusal(self, node: yaml.Node, problem: str, cure: str) -> TableError:
        return _refusal(self._file, _line(node), problem, cure)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _refusal(file: str, line: int | None, problem: str, cure: str) -> TableError:
    return TableError((Problem(file, line, problem, cure),))
