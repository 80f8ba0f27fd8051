"""Changing one key of a YAML file and leaving every other byte of it alone.

A library that writes YAML anew would lose comments and layout, which were reviewed too. Here the
parser says where a value stands, and the text is cut there. Whoever edits reads the result again
and compares it with what was meant: a way of writing that is not foreseen here is refused by that.
"""

from __future__ import annotations

from typing import TypeAlias

import yaml

from router.config.yaml_document import KeyPath

Pair: TypeAlias = tuple[yaml.Node, yaml.Node]


class CannotEdit(ValueError):
    """A way of writing that cannot be changed in place; the message says how to write it."""


def set_value(text: str, path: KeyPath, written: str) -> str:
    """The text with the value at `path` replaced by `written`, or added to its mapping.

    `written` is YAML on one line. Raises CannotEdit.
    """
    mapping = _mapping(text, path[:-1])
    pair = _pair(mapping, path[-1])
    if pair is None:
        return _added(text, mapping, f"{_key(path[-1])}: {written}")
    value = pair[1]
    begin, end = value.start_mark.index, value.end_mark.index
    if begin < pair[0].end_mark.index or (
        isinstance(value, yaml.CollectionNode) and not value.flow_style
    ):
        raise CannotEdit(f"write the value of `{path[-1]}` on its own line, without an alias")
    return text[:begin] + written + text[end:]


def remove_key(text: str, path: KeyPath) -> str:
    """The text without the key at `path`, or as it is where there is none. Raises CannotEdit."""
    mapping = _mapping(text, path[:-1])
    pair = _pair(mapping, path[-1])
    if pair is None:
        return text
    place = mapping.value.index(pair)
    if mapping.flow_style:
        if place + 1 < len(mapping.value):
            begin = pair[0].start_mark.index
            end = mapping.value[place + 1][0].start_mark.index
        else:
            before = mapping.value[place - 1][1].end_mark if place else None
            begin = pair[0].start_mark.index if before is None else before.index
            end = pair[1].end_mark.index
        return text[:begin] + text[end:]
    if len(mapping.value) == 1:
        raise CannotEdit(f"`{path[-1]}` is the only key there: write `{{}}` around it")
    begin = _line_start(text, pair[0].start_mark.index)
    if text[begin : pair[0].start_mark.index].strip():
        raise CannotEdit(f"write `{path[-1]}` on a line of its own")
    return text[:begin] + text[_line_end(text, _end(pair[1])) :]


def _mapping(text: str, path: KeyPath) -> yaml.MappingNode:
    node = yaml.SafeLoader(text).get_single_node()
    for part in path:
        if isinstance(part, int) and isinstance(node, yaml.SequenceNode):
            node = node.value[part]
        else:
            pair = _pair(node, part)
            if pair is None:
                raise CannotEdit(f"there is no `{part}` to write into: add it")
            if pair[1].start_mark.index < pair[0].end_mark.index:
                raise CannotEdit(f"`{part}` is an alias of what stands elsewhere: write it out")
            node = pair[1]
    if not isinstance(node, yaml.MappingNode):
        raise CannotEdit(f"`{path[-1]}` is not a mapping")
    return node


def _pair(node: yaml.Node | None, key: str | int) -> Pair | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    for pair in node.value:
        if isinstance(pair[0], yaml.ScalarNode) and pair[0].value == key:
            return pair  # type: ignore[no-any-return]
    return None


def _added(text: str, mapping: yaml.MappingNode, line: str) -> str:
    if mapping.flow_style:
        end = mapping.end_mark.index - 1
        begin = mapping.value[-1][1].end_mark.index if mapping.value else end
        return f"{text[:begin]}{', ' if mapping.value else ''}{line}{text[begin:]}"
    end = _line_end(text, _end(mapping.value[-1][1]))
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = " " * mapping.value[0][0].start_mark.column
    before = "" if text[:end].endswith("\n") else newline
    return f"{text[:end]}{before}{indent}{line}{newline}{text[end:]}"


def _end(node: yaml.Node) -> int:
    """Where a value's last character stands: the parser ends a block where the next one begins."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1


def _key(key: str | int) -> str:
    """Ids as they are: an id of digits alone would read back as a number."""
    return str(key) if not str(key).replace(".", "").isdigit() else f'"{key}"'
