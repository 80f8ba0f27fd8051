"""A file that can be read in two ways, or not at all, is refused where it goes wrong."""

import pytest

from router.config.yaml_document import load_yaml, parse_yaml
from router.errors import ConfigError, ConfigProblem


def refusal(text: str | bytes) -> ConfigProblem:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(ConfigError) as caught:
        parse_yaml(content, "some.yaml")
    (problem,) = caught.value.problems
    assert problem.file == "some.yaml"
    assert problem.cure
    return problem


def test_every_key_and_item_knows_its_line():
    document = parse_yaml(b"# why\na:\n  b: 1\n  c:\n    - x\n    - y: 2\n", "some.yaml")
    assert document.data == {"a": {"b": 1, "c": ["x", {"y": 2}]}}
    assert document.line(("a",)) == 2
    assert document.line(("a", "b")) == 3
    assert document.line(("a", "c", 0)) == 5
    assert document.line(("a", "c", 1, "y")) == 6


def test_what_is_missing_is_blamed_on_what_is_nearest_above_it():
    document = parse_yaml(b"a:\n  b: 1\nc: 2\n", "some.yaml")
    assert document.line(("a", "missing", 0)) == 1
    assert document.line(("c", "tag", "missing")) == 3
    assert document.problem(("c",), "is wrong", "mend it") == ConfigProblem(
        "some.yaml", 3, "is wrong", "mend it"
    )


def test_anchors_and_merges_are_read_as_yaml_says():
    text = "base: &base {a: 1, b: 2}\nother: &other {b: 3, c: 4}\n"
    text += "own:\n  b: 9\n  <<: *base\nboth:\n  <<: [*base, *other]\nagain: *base\n"
    document = parse_yaml(text.encode(), "some.yaml")
    assert document.data["own"] == {"a": 1, "b": 9}
    assert document.data["both"] == {"a": 1, "b": 2, "c": 4}
    assert document.data["again"] == {"a": 1, "b": 2}
    assert document.line(("own", "b")) == 4
    assert document.line(("again", "a")) == 1


@pytest.mark.parametrize(
    ("text", "line", "says", "cure"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "`a` is already on line 1", "keep one"),
        ("a:\n  x: 1\n  x: 2\n", 3, "`x` is already on line 2", "keep one"),
        ("a:\n\tb: 1\n", 2, "\\t", "spaces"),
        ("a: 1\n---\nb: 2\n", 2, "document", "one document"),
        ("", 1, "empty", "write"),
        ("# only a comment\n", 1, "empty", "write"),
        ("- a\n", 1, "mapping", "schema"),
        ("a: 1\nb: [1, 2\n", 3, "flow sequence", "correct"),
        ("a: 1\nb: *nowhere\n", 2, "alias", "anchor"),
        ("a: 1\nb: 2025-08-07\n", 2, "date", "quote"),
        ("a: 1\nb: !!binary aGk=\n", 2, "binary", "quote"),
        ("a: 1\nb: !!python/object:os.system {}\n", 2, "tag", "remove the tag"),
        ("a: !!python/name:os.system x\n", 1, "no text", "quote"),
        ("a: 1\n2: b\n", 2, "key", "quote"),
        ("a: 1\n? [x, y]\n: b\n", 2, "key", "quote"),
        ("a: .nan\n", 1, "finite", "finite"),
        ("a: &a [*a]\n", 1, "itself", "write the value out"),
        ("a: &a\n  <<: *a\n", 1, "itself", "write the values out"),
        ("a: 1\nb:\n  <<: [1]\n", 3, "not a mapping", "merge a mapping"),
        ("a: 1\nb: \x01\n", 2, "control character", "remove"),
        ('a: "\\ud800"\n', 1, "no text", "quote"),
    ],
)
def test_what_is_no_plain_data_is_refused_with_line_and_cure(text, line, says, cure):
    problem = refusal(text)
    assert problem.line == line
    assert says in problem.problem
    assert cure in problem.cure


def test_bytes_that_are_no_utf8_are_refused_on_their_line():
    problem = refusal(b"a: 1\nb: caf\xe9\n")
    assert (problem.line, problem.cure) == (2, "save the file as UTF-8")


def test_a_byte_order_mark_does_no_harm():
    assert parse_yaml(b"\xef\xbb\xbfa: 1\n", "some.yaml").data == {"a": 1}


def test_aliases_cannot_unfold_without_bound():
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "unfolds" in refusal("\n".join(lines)).problem


def test_merges_cannot_unfold_without_bound():
    lines = ["l0: &l0 {x: 1}"]
    lines += [f"l{n}: &l{n}\n  <<: [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "unfolds" in refusal("\n".join(lines)).problem


def test_nesting_without_bound_is_refused():
    assert "nested" in refusal("a: " + "[" * 500).problem


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    for path in (tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read"):
            load_yaml(path)


def test_an_error_reads_as_file_line_problem_and_cure():
    assert str(refusal("a: 1\na: 2\n")) == (
        "some.yaml:2: the key `a` is already on line 1\n  cure: keep one of the two `a`"
    )
