"""Whoever mistypes a key is told which key was meant, and where."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from router.config.validate import ConfigModel, closest, pattern, validate
from router.config.yaml_document import parse_yaml
from router.errors import ConfigError, ConfigProblem


class Engine(ConfigModel):
    kind: Literal["engine"]
    replicas: Annotated[int, Field(ge=1)] = 1


class Remote(ConfigModel):
    kind: Literal["openai", "anthropic"]
    credential: Annotated[str, pattern("[A-Z_]+", "is no variable", "name a variable")]


class File(ConfigModel):
    schema_version: Literal[1] = Field(alias="schema")
    backends: list[Annotated[Engine | Remote, Field(discriminator="kind")]] = Field(
        default_factory=list
    )
    classes: dict[Literal["public", "restricted"], int] = Field(default_factory=dict)
    named: dict[str, Engine] = Field(default_factory=dict)
    note: str = ""


def problems(text: str) -> tuple[ConfigProblem, ...]:
    with pytest.raises(ConfigError) as caught:
        validate(parse_yaml(text.encode(), "some.yaml"), File)
    return caught.value.problems


def test_a_right_file_is_a_model():
    document = parse_yaml(b"schema: 1\nbackends: [{kind: engine}]\n", "some.yaml")
    assert validate(document, File).backends == [Engine(kind="engine")]


@pytest.mark.parametrize(
    ("text", "line", "says", "cure"),
    [
        ("schema: 1\nbackend: []\n", 2, "unknown key `backend`", "write `backends`"),
        ("schema: 1\nzzz: []\n", 2, "unknown key `zzz`", "remove it; the keys here are backends"),
        (
            "schema: 1\nbackends:\n  - kind: engine\n    replica: 2\n",
            4,
            "unknown key `backends[0].replica`",
            "write `replicas`",
        ),
        (
            "schema: 1\nbackends:\n  - kind: anthropic\n    credentials: X\n    credential: X\n",
            4,
            "unknown key `backends[0].credentials`",
            "write `credential`",
        ),
        (
            "schema: 1\nnamed:\n  a:\n    kind: engine\n    replikas: 2\n",
            5,
            "unknown key `named.a.replikas`",
            "write `replicas`",
        ),
        ("note: x\n", 1, "`schema` is missing", "add the key `schema`"),
        ("schema: 1\nbackends:\n  - kind: openai\n", 3, "credential` is missing", "add the key"),
        ("schema: 1\nclasses: {publik: 1}\n", 2, "allowed values", "write `public`"),
        ("schema: 1\nbackends:\n  - kind: engin\n", 3, "unknown 'kind'", "'engine', 'openai'"),
        ("schema: 1\nbackends:\n  - replicas: 1\n", 3, "does not say its 'kind'", "add the key"),
        ("schema: 1\nnote: 1.0\n", 2, "`note` is not text", "quotes"),
        ("schema: 1\nnote: no\n", 2, "`note` is not text", "quotes"),
        ("schema: 1\nnamed: {a: {kind: engine, replicas: 0}}\n", 2, "not valid", "greater than"),
        ("schema: 1\nnamed: {a: {kind: engine, replicas: '2'}}\n", 2, "not valid", "integer"),
        ("schema: 2\nwhatever: 1\n", 1, "does not read", "write `schema: 1`"),
        ("note: x\nschema: true\n", 2, "does not read", "write `schema: 1`"),
    ],
)
def test_every_error_names_line_and_cure(text, line, says, cure):
    (problem,) = problems(text)
    assert problem.line == line
    assert says in problem.problem
    assert cure in problem.cure


def test_all_problems_are_told_at_once():
    assert [problem.line for problem in problems("schema: 1\nnote: 1\nnamd: {}\n")] == [2, 3]


def test_a_secret_in_the_place_of_its_name_is_not_repeated():
    text = "schema: 1\nbackends:\n  - kind: openai\n    credential: sk-very-secret\n"
    (problem,) = problems(text)
    assert "secret" not in str(problem)
    assert problem.cure == "name a variable"


def test_only_a_near_name_is_offered():
    assert closest("confidental", ["confidential", "public"]) == "confidential"
    assert closest("qqq", ["confidential", "public"]) is None
