"""Harmless work of an agent, thirty steps long: what must not be forced on-prem by mere length."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from benchmarks.privacy.generated.bodies import Made, Message, arguments, make_body, said, tool
from benchmarks.privacy.generated.compose import Composed
from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.language import Language

STEPS = 30

_TASKS = (
    "Find out why the nightly build fails and fix it.",
    "Migrate the settings loader from INI to TOML and keep the tests green.",
    "Compare the three caching libraries we could use and recommend one.",
    "Make the import command report progress and document it.",
    "Find the slow query behind the orders page and speed it up.",
)
_MODULES = ("settings", "loader", "cache", "orders", "progress", "schema", "render", "queue", "cli")
_WORDS = (
    "timeout retry batch index cursor handler worker parser buffer token stream schema column",
    "metric template route session socket commit branch release plugin adapter registry window",
)
_VERBS = ("load", "read", "write", "merge", "check", "build", "flush", "open", "close", "split")
_TOPICS = (
    ("Caching strategies compared", "https://docs.python.org/3/library/functools.html"),
    ("Indexes and query plans", "https://www.postgresql.org/docs/current/indexes.html"),
    ("TOML v1.0.0 specification", "https://toml.io/en/v1.0.0"),
    ("Progress bars in terminals", "https://rich.readthedocs.io/en/stable/progress.html"),
    ("Retry with exponential backoff", "https://aws.amazon.com/builders-library/"),
)
_TOOLS = [
    tool("list_files", "Lists the files of a folder.", "path"),
    tool("read_file", "Returns a file's text.", "path"),
    tool("run_tests", "Runs the tests and returns their output.", "selection"),
    tool("search", "Searches the documentation.", "query"),
    tool("apply_patch", "Applies a unified diff.", "diff"),
    tool("git_log", "Lists the latest commits.", "path"),
]
_Step: TypeAlias = Callable[[Draw, Language], tuple[str, Composed, str]]


def agent_run(draw: Draw, lang: Language) -> Made:
    """A whole body: a task, and thirty calls of tools with what each returned."""
    messages = [
        said("system", "You are a careful software engineer. Use the tools; explain at the end."),
        said("user", f"{draw.of(_TASKS)} {draw.of(lang.fillers)}"),
    ]
    for number in range(STEPS):
        name, call, result = draw.of(_STEPS)(draw, lang)
        call_id = f"call_{draw.text('abcdefghijklmnopqrstuvwxyz0123456789', 10)}"
        messages.append(Message("assistant", (call,), tool=name, call_id=call_id))
        messages.append(Message("tool", (Composed(result),), answers=call_id))
        if number % 7 == 6:
            messages.append(
                said("assistant", f"So far: {_word(draw)} is fine, {_word(draw)} next.")
            )
            messages.append(said("user", draw.of(lang.fillers)))
    return make_body(messages, _TOOLS)


def _word(draw: Draw) -> str:
    return draw.of(" ".join(_WORDS).split())


def _path(draw: Draw) -> str:
    return f"src/{draw.of(_MODULES)}/{_word(draw)}.py"


def _list_files(draw: Draw, lang: Language) -> tuple[str, Composed, str]:
    lines = [
        f"-rw-r--r-- 1 root root {draw.between(80, 98000):>6} 2025-{draw.between(1, 12):02d}-"
        f"{draw.between(1, 28):02d} {draw.below(24):02d}:{draw.below(60):02d} {_path(draw)}"
        for _ in range(draw.between(5, 18))
    ]
    return "list_files", arguments(path="src"), "\n".join(lines)


def _read_file(draw: Draw, lang: Language) -> tuple[str, Composed, str]:
    lines = [f'"""{draw.of(lang.comments)}."""', "", "from __future__ import annotations", ""]
    for _ in range(draw.between(2, 5)):
        verb, word, other = draw.of(_VERBS), _word(draw), _word(draw)
        lines += [
            f"def {verb}_{word}({other}: str, limit: int = {draw.between(1, 5000)}) -> list[str]:",
            f"    if len({other}) > limit:",
            f'        raise ValueError(f"{word} is longer than {{limit}}")',
            f"    return [{word} for {word} in {other}.split(',') if {word}]",
            "",
        ]
    return "read_file", arguments(path=_path(draw)), "\n".join(lines)


def _run_tests(draw: Draw, lang: Language) -> tuple[str, Composed, str]:
    passed, seconds = draw.between(12, 480), f"{draw.between(1, 90)}.{draw.digits(2)}"
    lines = [
        f"tests/test_{draw.of(_MODULES)}.py::test_{draw.of(_VERBS)}_{_word(draw)} PASSED"
        f" [{percent:>3}%]"
        for percent in sorted(draw.between(1, 100) for _ in range(draw.between(4, 14)))
    ]
    lines.append(f"====== {passed} passed, {draw.below(4)} skipped in {seconds}s ======")
    return "run_tests", arguments(selection=draw.of(_MODULES)), "\n".join(lines)


def _search(draw: Draw, lang: Language) -> tuple[str, Composed, str]:
    entries = []
    for rank in range(1, draw.between(3, 6)):
        title, url = draw.of(_TOPICS)
        entries.append(f"{rank}. {title}\n   {url}\n   How {_word(draw)} and {_word(draw)} differ.")
    return "search", arguments(query=f"{_word(draw)} {_word(draw)}"), "\n".join(entries)


def _apply_patch(draw: Draw, lang: Language) -> tuple[str, Composed, str]:
    path, line, word = _path(draw), draw.between(1, 300), _word(draw)
    old, new = draw.text("0123456789abcdef", 7), draw.text("0123456789abcdef", 7)
    diff = (
        f"diff --git a/{path} b/{path}\nindex {old}..{new} 100644\n--- a/{path}\n+++ b/{path}\n"
        f"@@ -{line},3 +{line},3 @@\n def {draw.of(_VERBS)}_{word}():\n"
        f"-    {word} = {draw.between(1, 999)}\n+    {word} = {draw.between(1000, 99999)}\n"
        f"     return {word}\n"
    )
    return "apply_patch", arguments(diff=diff), f"patched {path}\n{new} ok"


def _git_log(draw: Draw, lang: Language) -> tuple[str, Composed, str]:
    lines = [
        f"{draw.text('0123456789abcdef', 40)} 2025-{draw.between(1, 12):02d}-"
        f"{draw.between(1, 28):02d} {draw.of(_VERBS).capitalize()} the {_word(draw)} in"
        f" {draw.of(_MODULES)} (#{draw.between(100, 9999)})"
        for _ in range(draw.between(3, 10))
    ]
    return "git_log", arguments(path="."), "\n".join(lines)


_STEPS: tuple[_Step, ...] = (
    _list_files,
    _read_file,
    _read_file,
    _run_tests,
    _search,
    _apply_patch,
    _git_log,
)
