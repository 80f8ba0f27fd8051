"""A task is what its caller declared, else what a rule says, else what the words tell."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from router.domain import DataClass, Endpoint, InferenceRequest, Principal, Tier
from router.features.reader import FeatureReader
from router.features.rules import TaskRule, TaskRules
from router.features.texts import AskedTexts
from router.task import AnswerFormat, Task, TaskBasis
from tests.bodies import chat

DIGEST = TaskRule(Task.SUMMARY, system="(?i)digest", tools=False)
DESK = TaskRule(Task.CLASSIFICATION, teams=frozenset({"desk"}), user="(?i)^which queue")
FORMS = TaskRule(
    Task.EXTRACTION,
    purposes=frozenset({"forms"}),
    formats=frozenset({AnswerFormat.JSON_OBJECT, AnswerFormat.JSON_SCHEMA}),
)
RULES = (DIGEST, DESK, FORMS)


class Sure:
    """A classifier that is as sure of one task as it is told to be."""

    def __init__(self, task: Task, probability: float) -> None:
        self._said = task, probability

    def classify(self, texts: AskedTexts) -> tuple[Task, float]:
        return self._said


def asked(body: dict[str, Any], **more: Any) -> InferenceRequest:
    return InferenceRequest("r", Endpoint.CHAT, body, "auto", stream=False, **more)


def asker(team: str = "team", purpose: str = "general") -> Principal:
    return Principal("key", team, DataClass.PUBLIC, frozenset(Tier), purpose)


def told(
    request: InferenceRequest, who: Principal, reader: FeatureReader
) -> tuple[Task, TaskBasis]:
    features = reader.features_of(request, who)
    return features.task, features.task_basis


READER = FeatureReader(TaskRules(RULES, 0.6), Sure(Task.CODE, 0.61))


def test_what_is_declared_holds_before_all_else() -> None:
    request = asked(chat("which queue?"), task=Task.MATHS)
    assert told(request, asker("desk"), READER) == (Task.MATHS, TaskBasis.DECLARED)


def test_a_rule_holds_where_all_of_it_does() -> None:
    ruled = (Task.CLASSIFICATION, TaskBasis.RULE)
    assert told(asked(chat("Which queue is it for?")), asker("desk"), READER) == ruled
    for request, who in (
        (asked(chat("Which queue is it for?")), asker("other")),
        (asked(chat("Say which queue it is for")), asker("desk")),
    ):
        assert told(request, who, READER) == (Task.CODE, TaskBasis.CLASSIFIED)


def test_a_rule_about_the_system_prompt_reads_no_other_message() -> None:
    system = {"role": "system", "content": "You write the daily Digest."}
    body = chat("Here is the news.")
    within = asked(body | {"messages": [system, *body["messages"]]})
    assert told(within, asker(), READER) == (Task.SUMMARY, TaskBasis.RULE)
    assert told(asked(chat("the digest")), asker(), READER)[1] is TaskBasis.CLASSIFIED
    with_tools = asked(dict(within.body) | {"tools": [{"type": "function"}]})
    assert told(with_tools, asker(), READER)[1] is TaskBasis.CLASSIFIED


@pytest.mark.parametrize("form", ["json_object", "json_schema"])
def test_a_rule_may_be_about_purpose_and_format(form: str) -> None:
    request = asked(chat(response_format={"type": form}))
    assert told(request, asker(purpose="forms"), READER) == (Task.EXTRACTION, TaskBasis.RULE)


def test_the_first_rule_that_fits_decides() -> None:
    both = (TaskRule(Task.CODE, user="a"), TaskRule(Task.WRITING, user="b"))
    reader = FeatureReader(TaskRules(both))
    assert told(asked(chat("b and a")), asker(), reader)[0] is Task.CODE
    assert told(asked(chat("b alone?")), asker(), FeatureReader(TaskRules(both[1:])))[0] is (
        Task.WRITING
    )


def test_a_classifier_that_is_not_sure_or_not_wanted_says_nothing() -> None:
    unknown = (Task.OTHER, TaskBasis.UNKNOWN)
    unsure = FeatureReader(TaskRules((), 0.6), Sure(Task.CODE, 0.59))
    unwanted = FeatureReader(TaskRules((), None), Sure(Task.CODE, 1.0))
    chatting = FeatureReader(TaskRules((), 0.6), Sure(Task.OTHER, 1.0))
    for reader in (unsure, unwanted, chatting, FeatureReader(TaskRules())):
        assert told(asked(chat()), asker(), reader) == unknown


def test_embeddings_are_for_no_task_unless_one_is_declared() -> None:
    request = replace(asked({"model": "v", "input": "which queue"}), endpoint=Endpoint.EMBEDDINGS)
    assert told(request, asker("desk"), READER) == (Task.OTHER, TaskBasis.UNKNOWN)
    declared = replace(request, task=Task.CLASSIFICATION)
    assert told(declared, asker(), READER)[0] is Task.CLASSIFICATION


class Noting:
    """A classifier that notes which thread asks it."""

    def __init__(self) -> None:
        self.threads: list[int] = []

    def classify(self, texts: AskedTexts) -> tuple[Task, float]:
        self.threads.append(threading.get_ident())
        return Task.OTHER, 1.0


async def test_the_event_loop_waits_for_no_long_tools_and_schemas() -> None:
    noting = Noting()
    reader = FeatureReader(TaskRules((), 0.6), noting)
    schema = {"type": "object", "description": "d" * 100_000}
    tools = [{"type": "function", "function": {"name": "f", "parameters": schema}}]
    form = {"type": "json_schema", "json_schema": {"schema": schema}}
    for body in (chat(), chat(tools=tools), chat(response_format=form)):
        await reader.read(asked(body), asker())
    here = threading.get_ident()
    assert [thread == here for thread in noting.threads] == [True, False, False]


@pytest.mark.parametrize("text", ["And then what?", "und " * 50_000], ids=["short", "long"])
async def test_short_and_long_bodies_are_read_alike(text: str) -> None:
    request = asked(chat(text))
    read = await READER.read(request, asker())
    assert read.features == READER.features_of(request, asker())
    assert read.features.input_tokens > len(text) / 10
    assert not read.goes_on
