"""A group whose commands are imported when they are asked for.

All of `ringfence` together takes seconds to import, and whoever types one command needs one.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import MarkupMode, TyperGroup
from typer.main import get_group


def lazy_group(places: Mapping[str, str]) -> type[TyperGroup]:
    """A class for `typer.Typer(cls=…)`, with commands by name, in this order.

    A place is `package.module:attribute`, of a function or of a `typer.Typer`. Help of the group
    itself imports all of them.
    """

    class LazyGroup(TyperGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands = _Commands(places, self.rich_markup_mode, self.suggest_commands)

    return LazyGroup


class _Commands(UserDict[str, Any]):
    """Places, and in their stead the commands that have been asked for."""

    def __init__(self, places: Mapping[str, str], markup_mode: MarkupMode, suggests: bool) -> None:
        super().__init__(places)
        self._markup_mode: MarkupMode = markup_mode
        self._suggests = suggests

    def __getitem__(self, name: str) -> Any:
        found = self.data[name]
        if isinstance(found, str):
            found = self.data[name] = self._imported(name, found)
        return found

    def _imported(self, name: str, place: str) -> Any:
        module, _, attribute = place.partition(":")
        found = getattr(import_module(module), attribute)
        alone = typer.Typer(rich_markup_mode=self._markup_mode, suggest_commands=self._suggests)
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=name)
        else:
            alone.command(name)(found)
        return get_group(alone).commands[name]
