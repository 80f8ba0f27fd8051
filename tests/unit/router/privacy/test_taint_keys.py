"""An answer is known again wherever it comes back; a "Yes." and another tenant's are not (I9)."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router.errors import TextTooLong
from router.privacy.normalise import informative_lines
from router.privacy.taint import MAX_REQUEST_CHARACTERS, MAX_REQUEST_KEYS, TaintKeys
from router.privacy.turns import last_turn

KEYS = TaintKeys(b"k" * 32)
ANSWER = "The patient is to be seen again in March, and her sister should come along with her."
LIST = "\n".join(f"- item number {n} of the list" for n in range(12))

line = st.text(st.characters(blacklist_characters="\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))
anything = st.one_of(st.text(), st.lists(line, max_size=12).map("\n".join))


def says_enough(text: str) -> bool:
    said = " ".join(informative_lines(text))
    return len(said) >= 64 and sum(map(str.isalnum, said)) >= 16


answers = st.one_of(
    st.text(alphabet="abcdefgh\u0661\u00e9\U0001f600 \n\t>-}", min_size=150).filter(says_enough),
    st.tuples(anything, st.sampled_from([ANSWER, LIST]), anything).map("".join),
)
questions = st.sampled_from(["What now?", "Is it so?\nReally?", "x"])


def chat(*turns: tuple[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def recognised(answer: str, body: dict[str, Any], before: str = "What now?") -> bool:
    remembered = KEYS.answer_keys("acme", answer, before)
    return bool(remembered & KEYS.request_keys("acme", body))


@given(answers, questions, st.booleans())
def test_as_an_assistant_message_of_a_later_turn(answer: str, question: str, parts: bool) -> None:
    assume(says_enough(answer))
    content = [{"type": "text", "text": answer}] if parts else answer
    body = chat(("user", "another beginning"), ("assistant", content), ("user", question))
    assert recognised(answer, body, question)


@given(answers, line, line)
def test_quoted_on_its_own_lines(answer: str, above: str, below: str) -> None:
    assume(says_enough(answer))
    body = chat(("user", f"{above}\n{answer}\n{below}"))
    assert recognised(answer, body)


@given(answers)
def test_quoted_with_marks(answer: str) -> None:
    assume(says_enough(answer))
    quoted = "\n".join(f"> {line}" for line in answer.splitlines())
    assert recognised(answer, chat(("user", f"You said:\n{quoted}\nWhy?")))


@given(answers)
def test_as_a_tools_result_in_any_wrapping(answer: str) -> None:
    assume(says_enough(answer))
    assert recognised(answer, chat(("tool", answer)))
    assert recognised(answer, chat(("tool", json.dumps({"ok": True, "result": [answer]}))))
    assert recognised(answer, {"prompt": f"Summary\n{answer}\n"})
    assert recognised(answer, {"input": ["x", answer]})
    assert recognised(answer, {"metadata": {"notes": answer}})


@given(answers, st.data())
def test_whitespace_does_not_matter(answer: str, data: st.DataObject) -> None:
    assume(says_enough(answer))
    spaces = st.sampled_from([" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\n\n"])
    changed = re.sub(r"\s+", lambda _: data.draw(spaces), answer)
    assume(changed.split() == answer.split())
    assert recognised(answer, chat(("assistant", f" \n{changed}\t")))


@given(answers, answers)
def test_other_tenants_keys_never_match(answer: str, other: str) -> None:
    body = chat(("user", answer), ("assistant", other), ("assistant", answer))
    mine = KEYS.answer_keys("acme", answer, "q") | KEYS.request_keys("acme", body)
    assert mine
    assert not mine & (KEYS.answer_keys("acme2", answer, "q") | KEYS.request_keys("acme2", body))
    assert not mine & TaintKeys(b"l" * 32).request_keys("acme", body)
    assert all(len(key) == 16 for key in mine)


@pytest.mark.parametrize("short", ["Yes.", "42", "-" * 80, '{"ok":true}'])
def test_what_says_too_little_is_known_after_the_same_turn_alone(short: str) -> None:
    question = "Does the patient in bed 4 have it?"
    same = chat(("user", "hi"), ("user", question), ("assistant", f" {short}\n"), ("user", "ok"))
    other = chat(("user", "Is water wet?"), ("assistant", short), ("user", short))
    assert recognised(short, same, question)
    assert not recognised(short, other, question)
    assert not recognised(short, chat(("user", short)), question)
    assert not recognised(short, chat(("user", short)), "")


def test_a_list_edited_at_either_end_is_still_known() -> None:
    lines = LIST.splitlines()
    assert recognised(LIST, chat(("user", "\n".join(lines[3:]))))
    assert recognised(LIST, chat(("user", "\n".join(lines[:-3]))))
    assert recognised(LIST, chat(("user", "\n".join(["new first", *lines[1:6], "new last"]))))
    assert not recognised(LIST, chat(("user", "\n".join(reversed(lines)))))


def test_rulers_and_braces_are_not_content() -> None:
    answer = f"{ANSWER}\n{'-' * 100}\n}}\n"
    assert not recognised(answer, chat(("user", f"mine\n{'-' * 100}\n}}\nmine too")))


def test_tool_call_arguments_in_another_serialisation() -> None:
    arguments = {"to": "the sister", "text": "short", "numbers": [1, 2], "more": {"b": 1, "a": 2}}
    arguments |= {"note": "something that makes it long enough to stand alone"}
    body = chat(("user", "q"))
    call = {"id": "c", "type": "function"}
    again = json.dumps(dict(reversed(arguments.items())), indent=2)
    body["messages"].append(
        {
            "role": "assistant",
            "tool_calls": [call | {"function": {"name": "f", "arguments": again}}],
        }
    )
    assert recognised(json.dumps(arguments), body)
    body["messages"][-1]["tool_calls"][0]["function"]["arguments"] = '{"a":{"c":1,"b":2}}'
    assert recognised('{"a": {"b": 2, "c": 1}}', body, "q")
    assert not recognised('{"a": {"b": 2, "c": 1}}', body, "another")


def test_long_strings_in_arguments_come_back_as_a_tools_result() -> None:
    assert recognised(json.dumps({"body": ANSWER}), chat(("tool", f"sent:\n{ANSWER}")))


@pytest.mark.parametrize("answer", [" John Smith, 1970", "\nJohn Smith, born in 1970\n"])
def test_a_completion_that_comes_back_as_one_string_with_its_prompt(answer: str) -> None:
    prompt = "Patients seen in March of this year, all of them:\nName:"
    remembered = KEYS.answer_keys("acme", answer, last_turn({"prompt": prompt}))
    assert remembered & KEYS.request_keys("acme", {"prompt": f"{prompt}{answer}\nName:"})
    assert not remembered & KEYS.request_keys("acme", {"prompt": f"{prompt} Ann\nName:"})


def test_the_last_turn_is_the_last_that_said_anything() -> None:
    body = chat(("user", "question"), ("tool", ""), ("tool", [{"type": "text", "text": " "}]))
    assert last_turn(body) == "question"
    assert recognised(
        "Yes.",
        chat(*((m["role"], m["content"]) for m in body["messages"]), ("assistant", "Yes.")),
        last_turn(body),
    )
    image = {"type": "image_url", "image_url": {"url": "https://example.com/1"}}
    assert "example.com/1" in last_turn(chat(("user", [image])))
    assert last_turn({"messages": []}) == last_turn({}) == last_turn({"messages": "x"}) == ""


def test_requests_are_bounded() -> None:
    many = "\n".join(f"{n} abcdefghijkl" for n in range(60_000))
    with pytest.raises(TextTooLong):
        KEYS.request_keys("acme", chat(("user", many[:MAX_REQUEST_CHARACTERS])))
    with pytest.raises(TextTooLong):
        KEYS.request_keys("acme", chat(("user", "x" * (MAX_REQUEST_CHARACTERS + 1))))
    usual = "\n".join(many.splitlines()[: MAX_REQUEST_KEYS // 2])
    assert len(KEYS.request_keys("acme", chat(("user", usual)))) > 5_000


def test_a_secret_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError):
        TaintKeys(b"short")


@pytest.mark.parametrize(
    "text",
    ["ab\n" * 160_000, ("-" * 700 + "a\n") * 700, ("-" * 30_000 + "a\n") * 16, "-x" * 249_999],
)
def test_the_worst_texts_take_a_fraction_of_a_second(text: str) -> None:
    started_s = time.process_time()
    with suppress(TextTooLong):
        KEYS.request_keys("acme", chat(("user", text)))
    assert time.process_time() - started_s < 2.0
