"""Commands that are imported when they are asked for."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner, Result

from serving.cli.lazy_group import lazy_group

HERE = __name__
PLACES = {
    "greet": f"{HERE}:greet",
    "many": f"{HERE}:many",
    "never": "nobody.has.written:this",
}


def greet(name: str = "you") -> None:
    """Say hello."""
    typer.echo(f"hello, {name}")


many = typer.Typer(help="Several at once.")


@many.command()
def first() -> None:
    typer.echo("the first")


@many.command()
def second() -> None:
    typer.echo("the second")


def run(*words: str, places: dict[str, str] | None = None) -> Result:
    app = typer.Typer(cls=lazy_group(PLACES if places is None else places))

    @app.callback()
    def callback() -> None:
        """All of them."""

    return CliRunner().invoke(app, words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("greet", "--name", "Ada"), "hello, Ada\n"),
        (("many", "second"), "the second\n"),
    ],
    ids=["a command", "a command of a group"],
)
def test_a_command_runs_and_nothing_else_is_imported(words: tuple[str, ...], says: str) -> None:
    found = run(*words)
    assert (found.exit_code, found.stdout) == (0, says)


def test_help_has_all_of_them_in_their_order() -> None:
    shown = run("--help", places={"many": PLACES["many"], "greet": PLACES["greet"]}).stdout
    assert 0 < shown.index("Several at once.") < shown.index("Say hello.")
    assert "--name" in run("greet", "--help").stdout


def test_who_mistypes_one_is_told_which_was_meant() -> None:
    found = run("gret")
    assert found.exit_code == 2
    assert "'greet'" in found.stderr


def test_one_that_cannot_be_imported_is_an_error_of_the_program() -> None:
    assert isinstance(run("never").exception, ModuleNotFoundError)
