"""YAML as plain data that still knows on which line everything stood.

Nothing but plain JSON-like data comes out: no tags, dates or binary values, no key that is written
twice (the YAML library would silently keep the last), no text that is not UTF-8.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from router.domain import Json, JsonObject
from router.errors import ConfigError, ConfigProblem

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a value stands: the keys and list positions (from 0) that lead to it."""

MAX_VALUES = 100_000
"""Bounds what aliases of aliases can unfold into; real files have a few hundred values."""

_MERGE_TAG = "tag:yaml.org,2002:merge"
_PLAIN_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One file: its bytes, its data, and the line (from 1) of every key and list item."""

    file: str
    content: bytes = field(repr=False)
    data: JsonObject
    lines: Mapping[KeyPath, int] = field(repr=False)

    def line(self, path: KeyPath) -> int:
        """The line of `path`, or of what is nearest above it. Parts not in the file are skipped."""
        known: KeyPath = ()
        for part in path:
            if (*known, part) in self.lines:
                known = (*known, part)
        return self.lines[known]

    def problem(self, path: KeyPath, problem: str, cure: str) -> ConfigProblem:
        return ConfigProblem(self.file, self.line(path), problem, cure)


def load_yaml(path: Path) -> YamlDocument:
    """Reads one file whose root is a mapping. Raises ConfigError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refusal(
            str(path),
            None,
            f"cannot be read: {error.strerror or type(error).__name__}",
            "create the file, or give the path of one that can be read",
        ) from None
    return parse_yaml(content, str(path))


def parse_yaml(content: bytes, file: str) -> YamlDocument:
    """Parses what was read from `file`. Raises ConfigError."""
    text = _decode(content, file)
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            raise _refusal(file, 1, "is empty", "write the configuration into it")
        if not isinstance(root, yaml.MappingNode):
            raise _refusal(file, _line(root), "is not a mapping", "start it with `schema: 1`")
        builder = _Builder(file, loader)
        data = builder.mapping(root, ())
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _refusal(
            file, line, "holds a control character", "remove it, or write it as an escape"
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise _refusal(
            file, mark.line + 1 if mark else None, problem, _syntax_cure(problem)
        ) from None
    except RecursionError:
        raise _refusal(file, None, "is nested too deeply", "flatten it") from None
    return YamlDocument(file, content, data, {(): _line(root), **builder.lines})


class _Builder:
    """Turns nodes into data and notes their lines on the way."""

    def __init__(self, file: str, loader: yaml.SafeLoader) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._file, self._loader = file, loader
        self._open: set[int] = set()
        self._values = 0

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> JsonObject:
        data: JsonObject = {}
        for key_node, value_node in self._pairs(node):
            key = self._key(key_node)
            # A key of the mapping itself comes after the merged ones, and its line wins.
            self.lines[(*path, key)] = _line(key_node)
            data[key] = self._value(value_node, (*path, key))
        return data

    def _value(self, node: yaml.Node, path: KeyPath) -> Json:
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._refusal(
                node, f"unfolds into more than {MAX_VALUES} values", "use fewer aliases"
            )
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in _PLAIN_TAGS:
            raise self._refusal(node, f"has the tag {node.tag}", "remove the tag")
        if id(node) in self._open:
            raise self._refusal(node, "contains itself through an alias", "write the value out")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, path)
            items: list[Json] = []
            for index, item in enumerate(node.value):
                self.lines[(*path, index)] = _line(item)
                items.append(self._value(item, (*path, index)))
            return items
        finally:
            self._open.discard(id(node))

    def _scalar(self, node: yaml.ScalarNode) -> Json:
        try:
            value = self._loader.construct_object(node)
            if isinstance(value, str):
                value.encode()
        except (yaml.constructor.ConstructorError, ValueError):
            raise self._refusal(
                node, "holds a value that is no text, number or truth value", "quote it"
            ) from None
        if isinstance(value, float) and not math.isfinite(value):
            raise self._refusal(node, "holds a number that is not finite", "write a finite number")
        if value is None or isinstance(value, bool | int | float | str):
            return value
        raise self._refusal(node, "holds a date or binary value where text was meant", "quote it")

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Merged pairs, least important first, then the mapping's own; refuses duplicates."""
        own: dict[object, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE_TAG:
                yield from self._merged(value_node)
                continue
            key = self._key(key_node)
            if key in own:
                first = _line(own[key][0])
                raise self._refusal(
                    key_node,
                    f"the key `{key}` is already on line {first}",
                    f"keep one of the two `{key}`",
                )
            own[key] = (key_node, value_node)
        yield from own.values()

    def _merged(self, node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        if id(node) in self._open:
            raise self._refusal(node, "merges itself", "write the values out")
        self._open.add(id(node))
        # Of several merged mappings the first has the last word, as YAML says.
        sources = reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise self._refusal(
                    source, "merges something that is not a mapping", "merge a mapping"
                )
            yield from self._pairs(source)
        self._open.discard(id(node))

    def _key(self, node: yaml.Node) -> str:
        if isinstance(node, yaml.ScalarNode):
            key = self._scalar(node)
            if isinstance(key, str):
                return key
        raise self._refusal(node, "has a key that is not text", "quote the key")

    def _refusal(self, node: yaml.Node, problem: str, cure: str) -> ConfigError:
        return _refusal(self._file, _line(node), problem, cure)


def _decode(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal(file, line, "is not UTF-8", "save the file as UTF-8") from None


def _syntax_cure(problem: str) -> str:
    if "\\t" in problem:
        return "indent with spaces; YAML knows no tabs"
    if "another document" in problem:
        return "keep one document; remove what follows `---`"
    if "alias" in problem:
        return "define the anchor (`&name`) above its first use (`*name`)"
    return "correct the YAML here or on the line above; quote texts that hold `:`, `#` or `@`"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _refusal(file: str, line: int | None, problem: str, cure: str) -> ConfigError:
    return ConfigError((ConfigProblem(file, line, problem, cure),))
