"""What a list in policy.yaml names, it names once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem


def check_once(
    names: Sequence[str], path: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    """A problem for each name that stands more than once in the list at `path`."""
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield document.problem(
                path, f"{name} is named twice, the second has no effect", "name it once"
            )
