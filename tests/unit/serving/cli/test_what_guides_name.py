"""What README, guides and runbooks tell people to type, and where they send them, is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import router
from serving.cli.main import app

ROOT = Path(router.__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
GUIDES = (
    ROOT / "README.md",
    ROOT / "deploy/kuberay/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)

RINGFENCE = get_command(app)

_BLOCK = re.compile(r"^[ \t]*```\w*\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"^\s*(?:\$ )?(?:\S*/)?ringfence (.+)$")
_QUOTED = re.compile(r"`ringfence\s+([^`]+)`")
_OPTION = re.compile(r"`(--[a-z][a-z0-9-]*)")
_LINK = re.compile(r"\]\(([^)]+)\)")
_ANY = "…"
_OTHERS = {"--no-deps": "pip's"}


def name_of(guide: Path) -> str:
    return str(guide.relative_to(ROOT))


def commands_of(text: str) -> Iterator[list[str]]:
    """The words after `ringfence`, in blocks of code and between backticks, each to its end."""
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            for part in line.split("&&"):
                if typed := _TYPED.match(part):
                    yield words_of(typed[1])
    for quoted in _QUOTED.findall(_BLOCK.sub("", text)):
        yield words_of(quoted)


def words_of(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(takewhile(lambda word: not set(word) & set("|<>;&()"), lexer))


def problem_of(words: list[str]) -> str | None:
    """What of a command there is not; None if there is all of it."""
    command: Any = RINGFENCE
    for word in words:
        if word == _ANY:
            return None
        if word.startswith("-") or not hasattr(command, "commands"):
            break
        if word not in command.commands:
            return f"there is no `{word}`"
        command = command.commands[word]
    given = [word.partition("=")[0] for word in words if word[:1] == "-" != word]
    unknown = [option for option in given if option not in options_of(command)]
    return f"it does not take {', '.join(unknown)}" if unknown else None


def options_of(command: Any) -> set[str]:
    said = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return said | {"--help"}


def all_options(command: Any) -> Iterator[str]:
    yield from options_of(command)
    for below in getattr(command, "commands", {}).values():
        yield from all_options(below)


def headings_of(text: str) -> set[str]:
    """As sites that show Markdown call them in addresses."""
    titles = re.findall(r"^#+ (.+)$", _BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("guide", GUIDES, ids=name_of)
def test_every_command_that_is_named_is_there_with_its_options(guide: Path) -> None:
    named = commands_of(guide.read_text("utf-8"))
    problems = {" ".join(words): problem_of(words) for words in named}
    assert not {command: problem for command, problem in problems.items() if problem}


def test_every_option_that_is_named_alone_is_one_of_some_command() -> None:
    known = set(all_options(RINGFENCE)) | _OTHERS.keys()
    for guide in GUIDES:
        named = set(_OPTION.findall(_BLOCK.sub("", guide.read_text("utf-8"))))
        assert named <= known, name_of(guide)


@pytest.mark.parametrize("guide", GUIDES, ids=name_of)
def test_every_link_leads_somewhere(guide: Path) -> None:
    text = guide.read_text("utf-8")
    for link in _LINK.findall(_BLOCK.sub("", text)):
        if link.startswith(("https://", "http://")):
            continue
        path, _, heading = link.partition("#")
        target = guide.parent / path if path else guide
        assert target.exists(), link
        if heading:
            assert heading in headings_of(target.read_text("utf-8")), link


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["gate", "--candidate", "policy.yaml"], None),
        (["models", "list", "--json"], None),
        (["fence"], "there is no `fence`"),
        (["models", "promote", "tiny@2", "--too", "canary"], "it does not take --too"),
    ],
)
def test_what_is_not_there_is_noticed(words: list[str], problem: str | None) -> None:
    assert problem_of(words) == problem


def test_the_readmes_table_names_commands_that_are_there() -> None:
    rows = re.search(r"^\| to \| there is `ringfence …` .*?\n\n", README, re.MULTILINE | re.DOTALL)
    assert rows is not None
    columns = [row.split(" | ")[1] for row in rows[0].strip().splitlines()[2:]]
    named = [words.split() for column in columns for words in re.findall(r"`([a-z].*?)`", column)]
    assert len(named) >= 30
    assert not [" ".join(words) for words in named if problem_of(words)]


def test_the_readme_leads_to_every_guide() -> None:
    linked = set(_LINK.findall(README))
    assert {name_of(guide) for guide in (ROOT / "docs/guides").glob("*.md")} <= linked


def test_the_index_of_decisions_names_each() -> None:
    decisions = ROOT / "docs/decisions"
    linked = set(_LINK.findall((decisions / "README.md").read_text("utf-8")))
    assert {page.name for page in decisions.glob("0*.md")} <= linked
